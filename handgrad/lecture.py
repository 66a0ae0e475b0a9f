"""The lecture as printed, as data: every formula and figure of its slides a claim that a machine can put to the test.

Nothing here says which of them are slips. Where the machine finds one, `amended` is what the slide could say; it is tested too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from handgrad import choice_of_loss, codes, pairings
from handgrad.activations import Activation
from handgrad.codes import AUSTRALIA, BEST, FIRST_TRY, INDIA, TWO_BITS
from handgrad.derivations import activations, layers, outputs
from handgrad.derivations.activations import both_cases, eye, softmax
from handgrad.derivations.step import CHOICE, GENERAL, MULTI_CLASS, Compute, Inputs, Step
from handgrad.information import cross_entropy, cross_entropy_value, entropy, entropy_value
from handgrad.losses import Loss
from handgrad.shapes import Array

E_1, E_2, E_3 = "Entropy: 1", "Entropy: 2", "Entropy and Cross-Entropy: 3"
E_4, E_5 = "Entropy and Cross Entropy: 4", "Entropy and Cross Entropy: 5"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on a slide: what it is worked out from, and how it is printed. Its last decimal may be rounded."""

    slide: str
    says: str
    value: Callable[[], Any]
    printed: str
    amended: Figure | None = None


@dataclass(frozen=True, slots=True)
class Decodable:
    """A code of which every message can be read in one way only."""

    slide: str
    says: str
    code: codes.Code
    amended: Decodable | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """left < right (or another relation), element by element, whatever the inputs are."""

    slide: str
    says: str
    inputs: Inputs
    left: Compute
    relation: str
    """One of < <= > >= = and « (ten times smaller, at the least)."""
    right: Compute
    denied: bool = False
    """Whether the slide says that this does *not* hold always."""
    amended: Relation | None = None


@dataclass(frozen=True, slots=True)
class Equalities:
    """A chain of equalities; with f its first line is the derivative of f.

    Where a line is itself a derivative, its compute is a `Derivative`.
    """

    slide: str
    says: str
    inputs: Inputs
    lines: tuple[Step, ...]
    f: Compute | None = None
    argnum: int = 0
    amended: Equalities | None = None


@dataclass(frozen=True, slots=True)
class Derivative:
    """∂(of)/∂(first input), for the machine to take."""

    of: Compute


@dataclass(frozen=True, slots=True)
class ForEach:
    """One formula that is claimed for each of several things: its name -> the claim."""

    slide: str
    says: str
    members: dict[str, Equalities]
    amended: ForEach | None = None


Printed = Figure | Decodable | Relation | Equalities | ForEach

# --- entropy and codes ------------------------------------------------------------------------------------------------

TIMES = {name: 1000 * share for name, share in INDIA.items()}
TIMES_AUSTRALIA = {name: 1000 * share for name, share in AUSTRALIA.items()}
P_INDIA = np.array(list(INDIA.values()))
PAIR = {"p": ("distribution", "n"), "q": ("distribution", "n")}

ENTROPY: tuple[Printed, ...] = (
    Decodable(E_1, "00, 01, 10, 11 stand for four names", TWO_BITS),
    Figure(E_1, "1000 names of two bits each take 2000 bits", lambda: codes.message_length(TWO_BITS, TIMES), "2000"),
    Decodable(
        E_2,
        "try 0, 1, 01, 10 (the slide goes on to say that it fails)",
        FIRST_TRY,
        amended=Decodable(E_2, "0, 10, 110, 111", BEST),
    ),
    Figure(E_2, "0000001 has two readings in it", lambda: len(codes.readings(FIRST_TRY, "0000001", most=9)), "2"),
    Decodable(E_2, "0, 10, 110, 111: no message has two readings", BEST),
    Figure(E_2, "500 + 500 + 375 + 375 = 1750 bits for 1000 names", lambda: codes.message_length(BEST, TIMES), "1750"),
    Figure(E_2, "1.75 bits per name", lambda: codes.average_message_length(BEST, INDIA), "1.75"),
    Figure(
        E_3,
        "entropy is the average length with the best code possible: 1.75",
        lambda: codes.average_message_length(codes.huffman(INDIA), INDIA),
        "1.75",
    ),
    Figure(
        E_3,
        "1500 + 750 + 250 + 125 = 2625 bits for the Australian's 1000 names",
        lambda: codes.message_length(BEST, TIMES_AUSTRALIA),
        "2625",
    ),
    Figure(E_3, "an average message length of 2.6", lambda: codes.average_message_length(BEST, AUSTRALIA), "2.6"),
    Relation(
        E_3,
        "cross-entropy is always higher than entropy",
        PAIR,
        cross_entropy_value,
        ">",
        lambda p, q: entropy_value(p),
        amended=Relation(
            E_3,
            "cross-entropy is never lower than entropy, and equal to it for p = q",
            PAIR,
            cross_entropy_value,
            ">=",
            lambda p, q: entropy_value(p),
        ),
    ),
    Figure(
        E_4,
        "E = Σ p log₂ p, which gives 1.75 for the four names",
        lambda: np.sum(P_INDIA * np.log2(P_INDIA)),
        "1.75",
        amended=Figure(E_4, "E = -Σ p log₂ p gives 1.75", lambda: entropy(P_INDIA), "1.75"),
    ),
    Figure(E_4, "AML = Σ n p = 1.75", lambda: codes.average_message_length(BEST, INDIA), "1.75"),
    Figure(
        E_5,
        "CE = -(0.2 log₂ 0.4 + 0.8 log₂ 0.6), the 0.854 of -Σ p^A log₂ p^B",
        lambda: cross_entropy([0.2, 0.8], [0.4, 0.6]),
        "0.854",
    ),
    Figure(E_5, "certainty has entropy 0", lambda: entropy([1.0, 0.0, 0.0, 0.0]), "0"),
    Figure(E_5, "four equal probabilities have entropy 2", lambda: entropy([0.25] * 4), "2"),
    Relation(
        E_5,
        "... which is the highest that four have",
        {"p": ("distribution", 4)},
        entropy_value,
        "<=",
        lambda p: 2 + 0 * entropy_value(p),
    ),
)

# --- choice of loss, softmax ------------------------------------------------------------------------------------------

NEURON = {"z": ("logits",), "y": ("unit",)}


def _zero(z: Array, *rest: Array) -> Array:
    return 0 * z


SOFTMAX: tuple[Printed, ...] = (
    Relation(
        CHOICE,
        "squared error is convex in regression: d²J/dz² of ½(z - y)² is above 0",
        {"z": ("real",), "y": ("real",)},
        lambda z, y: np.ones_like(z),
        ">",
        _zero,
    ),
    Relation(
        CHOICE,
        "squared error is not convex in classification: d²J/dz² >= 0 fails on a sigmoid",
        NEURON,
        choice_of_loss.half_squared_curvature,
        ">=",
        _zero,
        denied=True,
    ),
    Relation(
        CHOICE,
        "cross-entropy is the better choice: its d²J/dz² on a sigmoid is above 0",
        NEURON,
        choice_of_loss.cross_entropy_curvature,
        ">",
        _zero,
    ),
    Relation(
        MULTI_CLASS[1],
        "0 « a « 1",
        {"z": ("logits", "n")},
        softmax,
        "«",
        lambda z: np.ones_like(z),
        amended=Relation(
            MULTI_CLASS[1],
            "0 < a < 1, which is a (1 - a) > 0",
            {"z": ("logits", "n")},
            lambda z: softmax(z) * (1 - softmax(z)),
            ">",
            _zero,
        ),
    ),
    Relation(
        MULTI_CLASS[1], "Σ a = 1", {"z": ("logits", "n")}, lambda z: np.sum(softmax(z)), "=", lambda z: np.ones(())
    ),
)

# --- the general formalism --------------------------------------------------------------------------------------------


def _residual_line(h: Activation) -> Compute:
    return lambda z, y: _slope(h, z) * (h.h(z) - y)


def _chain_line(h: Activation, loss: Loss) -> Compute:
    return lambda z, y: _slope(h, z) * loss.grad_a(h.h(z), y)


def _slope(h: Activation, z: Array) -> Array:
    """h'(z), element by element"""
    return h.pullback(z, np.ones_like(z))


def output_delta(short: bool) -> dict[str, Equalities]:
    """δ of the output layer for every loss, on an activation that it makes sense on: (a - y) h', or ∂J/∂a h'."""
    found = {}
    for pair in pairings.PAIRINGS:
        loss, h = pair.loss, pair.activation
        if h.vector_valued or h.kinks or loss.kinks or loss.targets.signs or loss.name in found:
            continue
        value, _ = pairings.chain(loss, h)
        compute = _residual_line(h) if short else _chain_line(h, loss)
        latex = r"(a - y) h'(z)" if short else r"\frac{\partial J}{\partial a} h'(z)"
        step = Step(latex, "Eqn 3", compute, GENERAL)
        inputs: Inputs = {"z": ("real", "n"), "y": ("distribution", "n")}
        found[loss.name] = Equalities(GENERAL, f"{loss.name} on {h.name}", inputs, (step,), value)
    return found


FORMALISM: tuple[Printed, ...] = (
    Equalities(
        GENERAL,
        "Eqn 3: δ_n = h'(z_n) Σ_m δ_m w_nm",
        layers.ONE,
        layers.delta_elemental.steps[2:],
        layers.delta_elemental.f,
    ),
    ForEach(
        GENERAL,
        "Eqn 3 in the output layer, for whatever loss: δ_n = (a_n - y_n) h'(z_n)",
        output_delta(short=True),
        amended=ForEach(GENERAL, "δ_n = ∂J/∂a_n h'(z_n)", output_delta(short=False)),
    ),
    Equalities(
        GENERAL,
        "Eqn 4: ∂J/∂w_mn = δ_n a_m",
        layers.ONE_LAYER,
        layers.weights_elemental.steps[2:],
        layers.weights_elemental.f,
    ),
    Equalities(
        GENERAL,
        "Eqn 5: ∂J/∂b_n = δ_n",
        layers.ONE_LAYER,
        layers.biases_elemental.steps[1:],
        layers.biases_elemental.f,
        1,
    ),
)

# --- softmax with categorical cross-entropy, line by line -------------------------------------------------------------

ONE_OF_MANY = {"a_n": ("positive",), "y_n": ("positive",), "a": ("positive", "k"), "y": ("positive", "k")}


def _loss(a_n: Array, y_n: Array, a: Array, y: Array) -> Any:
    """-Σ_m y_m ln a_m, with the n-th of them set apart"""
    return -(y_n * np.log(a_n) + np.sum(y * np.log(a)))


def _line(latex: str, compute: Any, slide: str) -> Step:
    return Step(latex, "as printed", compute, slide)


def _loss_slope(sign: str, middle: Compute, amended: Equalities | None = None) -> Equalities:
    """The chain of the slide, with either sign before the term that is left of the sum."""
    slide = MULTI_CLASS[3]
    lines = (
        _line(r"\frac{\partial (-\sum_m y_m \ln a_m)}{\partial a_n}", Derivative(_loss), slide),
        _line(rf"\frac{{\partial ({sign}y_n \ln a_n)}}{{\partial a_n}}", Derivative(middle), slide),
        _line(r"-\frac{y_n}{a_n}", lambda a_n, y_n, a, y: -y_n / a_n, slide),
    )
    says = f"∂J/∂a_n = ∂(-Σ y ln a)/∂a_n = ∂({sign}y_n ln a_n)/∂a_n = -y_n/a_n"
    return Equalities(slide, says, ONE_OF_MANY, lines, _loss, amended=amended)


def _terms(z: Array, y: Array) -> Array:
    """[m, n]: ∂J/∂a_m ∂a_m/∂z_n"""
    return (-y / softmax(z))[:, None] * both_cases(z)


def _without_own(terms: Array) -> Any:
    """Σ over m ≠ n"""
    return np.sum(terms * (1 - eye(terms)), axis=0)


GENERAL_Y, SUM_ONE = outputs.softmax_cross_entropy, outputs.softmax_cross_entropy_one
SHORT = _line(r"a_n - y_n", lambda z, y: softmax(z) - y, MULTI_CLASS[6])

LINE_BY_LINE: tuple[Printed, ...] = (
    Equalities(
        MULTI_CLASS[3],
        "δ_n = Σ_m ∂J/∂a_m ∂a_m/∂z_n = Σ_{m≠n} (...) + ∂J/∂a_n ∂a_n/∂z_n",
        GENERAL_Y.inputs,
        GENERAL_Y.steps[:2],
        GENERAL_Y.f,
    ),
    _loss_slope(
        "",
        lambda a_n, y_n, a, y: y_n * np.log(a_n),
        amended=_loss_slope("-", lambda a_n, y_n, a, y: -y_n * np.log(a_n)),
    ),
    Equalities(
        MULTI_CLASS[3],
        "∂a_n/∂z_n = e^z_n/Σ (e^z_n/e^z_n - e^z_n/Σ) = a_n (1 - a_n)",
        activations.softmax_own.inputs,
        (
            _line(r"\frac{\partial a_n}{\partial z_n}", Derivative(activations.softmax_own.f), MULTI_CLASS[3]),
            *activations.softmax_own.steps[1:],
        ),
        activations.softmax_own.f,
    ),
    Equalities(
        MULTI_CLASS[4],
        "Eqn 2: δ_n = Σ_{m≠n} ∂J/∂a_m ∂a_m/∂z_n - y_n (1 - a_n)",
        GENERAL_Y.inputs,
        (
            _line(
                r"\sum_{m \ne n} \dots - y_n (1 - a_n)",
                lambda z, y: _without_own(_terms(z, y)) - y * (1 - softmax(z)),
                MULTI_CLASS[4],
            ),
        ),
        GENERAL_Y.f,
    ),
    Equalities(
        MULTI_CLASS[4],
        "∂J/∂a_m = -y_m/a_m",
        outputs.cross_entropy_a.inputs,
        outputs.cross_entropy_a.steps[2:],
        outputs.cross_entropy_a.f,
    ),
    Equalities(
        MULTI_CLASS[4],
        "∂a_m/∂z_n = e^z_m/Σ (0 - e^z_n/Σ) = -a_m a_n for m ≠ n",
        activations.softmax_other.inputs,
        (
            _line(r"\frac{\partial a_m}{\partial z_n}", Derivative(activations.softmax_other.f), MULTI_CLASS[4]),
            *activations.softmax_other.steps[1:],
        ),
        activations.softmax_other.f,
    ),
    Equalities(
        MULTI_CLASS[4],
        "∂J/∂a_m ∂a_m/∂z_n = -y_m/a_m · -a_m a_n = y_m a_n for m ≠ n",
        {"a_m": ("positive",), "a_n": ("positive",), "y_m": ("positive",)},
        (
            _line(r"-\frac{y_m}{a_m} \cdot -a_m a_n", lambda a_m, a_n, y_m: -y_m / a_m * (-a_m * a_n), MULTI_CLASS[4]),
            _line(r"y_m a_n", lambda a_m, a_n, y_m: y_m * a_n, MULTI_CLASS[4]),
        ),
    ),
    Equalities(
        MULTI_CLASS[5],
        "δ_n = Σ_{m≠n} (...) - y_n (1 - a_n) = Σ_{m≠n} y_m a_n - y_n (1 - a_n) = ... = a_n Σ y_m - y_n",
        GENERAL_Y.inputs,
        GENERAL_Y.steps[3:7],
        GENERAL_Y.f,
    ),
    Equalities(
        MULTI_CLASS[5], "Σ y = 1, therefore δ_n = a_n - y_n", SUM_ONE.inputs, (*SUM_ONE.steps[6:7], SHORT), SUM_ONE.f
    ),
    Equalities(
        MULTI_CLASS[6],
        "δ = h'(z) ⊙ W δ",
        layers.ONE,
        layers.delta_vector.steps[2:],
        layers.delta_vector.f,
    ),
    Equalities(
        MULTI_CLASS[6],
        "δ = a - y for categorical cross-entropy and softmax; that Σ y = 1 is not said here",
        GENERAL_Y.inputs,
        (SHORT,),
        GENERAL_Y.f,
        amended=Equalities(MULTI_CLASS[6], "δ = a Σ y - y", GENERAL_Y.inputs, GENERAL_Y.steps[6:7], GENERAL_Y.f),
    ),
    Equalities(
        MULTI_CLASS[6], "∂J/∂b = δ", layers.ONE_LAYER, layers.biases_vector.steps[1:], layers.biases_vector.f, 1
    ),
    Equalities(
        MULTI_CLASS[6], "∂J/∂W = a δᵗ", layers.ONE_LAYER, layers.weights_vector.steps[1:], layers.weights_vector.f
    ),
)

PRINTED: tuple[Printed, ...] = (*ENTROPY, *SOFTMAX, *FORMALISM, *LINE_BY_LINE)
"""In the order of the slides."""
