"""The delta of the output layer, ∂J/∂z, for the losses of the lecture: from the chain rule to the short form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from handgrad import choice_of_loss, losses
from handgrad.derivations.activations import both_cases, eye, outer_form, sigma, softmax
from handgrad.derivations.step import BEYOND, CHOICE, CODE, GENERAL, MULTI_CLASS, Derivation, Step
from handgrad.pairings import pairing
from handgrad.shapes import Array

SOFTMAX_DELTA = pairing("categorical_cross_entropy", "softmax").delta
SIGMOID_DELTA = pairing("binary_cross_entropy", "sigmoid").delta

# --- softmax with categorical cross-entropy ---------------------------------------------------------------------------


def _cross_entropy(a: Array, y: Array) -> Any:
    return -np.sum(y * np.log(a))


cross_entropy_a = Derivation(
    "categorical cross-entropy, ∂J/∂a",
    "how the loss depends on each prediction",
    r"J = -\sum_m y_m \ln a_m",
    _cross_entropy,
    {"a": ("positive", "n"), "y": ("positive", "n")},
    (
        Step(
            r"-\sum_m y_m \frac{\partial \ln a_m}{\partial a_n}",
            "a sum is differentiated term by term",
            lambda a, y: -np.sum((y / a)[:, None] * eye(a), axis=0),
            MULTI_CLASS[3],
        ),
        Step(
            r"-y_n \frac{\partial \ln a_n}{\partial a_n}",
            "only the n-th term depends on a_n; the minus sign stays",
            lambda a, y: -y * (1 / a),
            MULTI_CLASS[3],
        ),
        Step(r"-\frac{y_n}{a_n}", "the derivative of ln", lambda a, y: -y / a, MULTI_CLASS[3]),
    ),
)


def _others(values: Array) -> Array:
    """[m, n] with the diagonal m = n left out."""
    return values * (1 - eye(values))


softmax_cross_entropy = Derivation(
    "softmax with categorical cross-entropy",
    "delta for targets of any sum",
    r"J = -\sum_m y_m \ln a_m,\ a = \mathrm{softmax}(z)",
    lambda z, y: _cross_entropy(softmax(z), y),
    {"z": ("logits", "n"), "y": ("positive", "n")},
    (
        Step(
            r"\sum_m \frac{\partial J}{\partial a_m} \frac{\partial a_m}{\partial z_n}",
            "chain rule: every output depends on z_n",
            lambda z, y: np.sum((-y / softmax(z))[:, None] * both_cases(z), axis=0),
            MULTI_CLASS[3],
        ),
        Step(
            r"\sum_{m \ne n} \frac{\partial J}{\partial a_m} \frac{\partial a_m}{\partial z_n}"
            r" + \frac{\partial J}{\partial a_n} \frac{\partial a_n}{\partial z_n}",
            "the term m = n set apart",
            lambda z, y: (
                np.sum(_others((-y / softmax(z))[:, None] * both_cases(z)), axis=0)
                + np.sum((-y / softmax(z))[:, None] * both_cases(z) * eye(z), axis=0)
            ),
            MULTI_CLASS[3],
        ),
        Step(
            r"\sum_{m \ne n} \left(-\frac{y_m}{a_m}\right) (-a_m a_n) - \frac{y_n}{a_n} a_n (1 - a_n)",
            "both cases of the Jacobian, and ∂J/∂a",
            lambda z, y: (
                np.sum(_others((-y / softmax(z) * -softmax(z))[:, None] * softmax(z)[None, :]), axis=0)
                - y / softmax(z) * softmax(z) * (1 - softmax(z))
            ),
            MULTI_CLASS[4],
        ),
        Step(
            r"\sum_{m \ne n} y_m a_n - y_n (1 - a_n)",
            "a_m and a_n cancel",
            lambda z, y: np.sum(_others(y[:, None] * softmax(z)[None, :]), axis=0) - y * (1 - softmax(z)),
            MULTI_CLASS[5],
        ),
        Step(
            r"\sum_{m \ne n} y_m a_n + y_n a_n - y_n",
            "multiplied out",
            lambda z, y: np.sum(_others(y[:, None] * softmax(z)[None, :]), axis=0) + y * softmax(z) - y,
            MULTI_CLASS[5],
        ),
        Step(
            r"\sum_m y_m a_n - y_n",
            "y_n a_n is the missing term of the sum",
            lambda z, y: np.sum(y[:, None] * softmax(z)[None, :], axis=0) - y,
            MULTI_CLASS[5],
        ),
        Step(
            r"a_n \sum_m y_m - y_n",
            "a_n does not depend on m",
            lambda z, y: softmax(z) * np.sum(y) - y,
            MULTI_CLASS[5],
        ),
        Step(r"a_n \sum_{m \ne n} y_m - y_n \sum_{m \ne n} a_m", CODE, SOFTMAX_DELTA),
    ),
)

softmax_cross_entropy_one = replace(
    softmax_cross_entropy,
    name="softmax with categorical cross-entropy, Σ y = 1",
    title="delta for targets that sum to one",
    inputs={"z": ("logits", "n"), "y": ("distribution", "n")},
    steps=(
        *softmax_cross_entropy.steps[:-1],
        Step(r"a_n - y_n", "Σ y = 1", lambda z, y: softmax(z) - y, MULTI_CLASS[5]),
        softmax_cross_entropy.steps[-1],
    ),
)

temperature_cross_entropy = Derivation(
    "softmax with temperature and categorical cross-entropy",
    "delta at temperature T",
    r"J = -\sum_m y_m \ln a_m,\ a = \mathrm{softmax}(z/T)",
    lambda z, y, T: _cross_entropy(softmax(z / T), y),
    {"z": ("real", "n"), "y": ("distribution", "n"), "T": ("positive",)},
    (
        Step(
            r"\left(\frac{\partial a}{\partial z}\right)^t \frac{\partial J}{\partial a} = "
            r"\frac{\mathrm{diag}(a) - a a^t}{T} \left(-\frac{y}{a}\right)",
            "chain rule, and the Jacobian at temperature T, which is symmetric",
            lambda z, y, T: outer_form(z / T) / T @ (-y / softmax(z / T)),
        ),
        Step(
            r"\frac{1}{T} \left(-y + a \sum_m y_m\right)",
            "multiplied out: a cancels in both terms",
            lambda z, y, T: (-y + softmax(z / T) * np.sum(y)) / T,
        ),
        Step(r"\frac{a - y}{T}", "Σ y = 1", lambda z, y, T: (softmax(z / T) - y) / T),
        Step(
            r"\frac{a_n \sum_{m \ne n} y_m - y_n \sum_{m \ne n} a_m}{T}",
            CODE,
            lambda z, y, T: SOFTMAX_DELTA(z / T, y) / T,
        ),
    ),
)


# --- sigmoid with binary cross-entropy --------------------------------------------------------------------------------


def _binary(z: Array, y: Array) -> Array:
    return -(y * np.log(sigma(z)) + (1 - y) * np.log(1 - sigma(z)))


def _slope(z: Array, y: Array) -> Array:
    """∂J/∂a of each output"""
    return -y / sigma(z) + (1 - y) / (1 - sigma(z))


def _h_prime(z: Array) -> Array:
    return sigma(z) * (1 - sigma(z))


BINARY = (
    Step(
        r"-y (1 - a) + (1 - y) a",
        "h' cancels both poles",
        lambda z, y: -y * (1 - sigma(z)) + (1 - y) * sigma(z),
    ),
    Step(r"-y + y a + a - y a", "multiplied out", lambda z, y: -y + y * sigma(z) + sigma(z) - y * sigma(z)),
    Step(r"a - y", "y a cancels", lambda z, y: sigma(z) - y, CHOICE),
    Step(r"(1 - y) \sigma(z) - y \sigma(-z)", CODE, SIGMOID_DELTA),
)
"""The lines that one output and each of n outputs have in common."""

sigmoid_binary = Derivation(
    "sigmoid with binary cross-entropy",
    "delta for one output",
    r"J = -[y \ln a + (1 - y) \ln (1 - a)],\ a = \sigma(z)",
    _binary,
    {"z": ("logits",), "y": ("unit",)},
    (
        Step(
            r"\frac{\partial J}{\partial a} h'(z) = \left(-\frac{y}{a} + \frac{1 - y}{1 - a}\right) a (1 - a)",
            "chain rule, and sigmoid'",
            lambda z, y: _slope(z, y) * _h_prime(z),
            CHOICE,
        ),
        *BINARY,
    ),
)

sigmoid_binary_sum = Derivation(
    "sigmoid with binary cross-entropy, summed",
    "delta for n outputs whose losses are added up",
    r"J = -\sum_m [y_m \ln a_m + (1 - y_m) \ln (1 - a_m)]",
    lambda z, y: np.sum(_binary(z, y)),
    {"z": ("logits", "n"), "y": ("unit", "n")},
    (
        Step(
            r"\sum_m \frac{\partial J}{\partial a_m} \frac{\partial a_m}{\partial z_n}",
            "chain rule",
            lambda z, y: np.sum((_slope(z, y) * _h_prime(z))[:, None] * eye(z), axis=0),
            CHOICE,
        ),
        Step(
            r"\frac{\partial J}{\partial a_n} h'(z_n)",
            "only the n-th output depends on z_n: sigmoids are not coupled",
            lambda z, y: _slope(z, y) * _h_prime(z),
            CHOICE,
        ),
        *BINARY,
    ),
)

sigmoid_binary_mean = Derivation(
    "sigmoid with binary cross-entropy, averaged",
    "delta for n outputs whose losses are averaged",
    r"J = -\frac{1}{n} \sum_m [y_m \ln a_m + (1 - y_m) \ln (1 - a_m)]",
    lambda z, y: np.sum(_binary(z, y)) / len(z),
    sigmoid_binary_sum.inputs,
    (
        Step(
            r"\frac{1}{n} \frac{\partial}{\partial z_n} \sum_m [\dots]",
            "a constant factor stays in front",
            lambda z, y: _slope(z, y) * _h_prime(z) / len(z),
            CHOICE,
        ),
        Step(r"\frac{a_n - y_n}{n}", "the derivation before", lambda z, y: (sigma(z) - y) / len(z), CHOICE),
        Step(
            r"\frac{(1 - y) \sigma(z) - y \sigma(-z)}{n}",
            CODE,
            pairing(losses.binary_cross_entropy("mean"), "sigmoid").delta,
        ),
    ),
)


# --- sigmoid with half the squared error ------------------------------------------------------------------------------

half_squared_sigmoid = Derivation(
    "sigmoid with half squared error",
    "delta for n outputs",
    r"J = \frac{1}{2} \sum_m (a_m - y_m)^2",
    lambda z, y: np.sum((sigma(z) - y) ** 2) / 2,
    {"z": ("logits", "n"), "y": ("real", "n")},
    (
        Step(
            r"\frac{1}{2} \sum_m 2 (a_m - y_m) \frac{\partial a_m}{\partial z_n}",
            "power rule and chain rule",
            lambda z, y: np.sum((2 * (sigma(z) - y) * _h_prime(z))[:, None] * eye(z), axis=0) / 2,
            GENERAL,
        ),
        Step(
            r"(a_n - y_n) h'(z_n)",
            "the 2 cancels; only the n-th output depends on z_n",
            lambda z, y: (sigma(z) - y) * _h_prime(z),
            GENERAL,
        ),
        Step(r"(a_n - y_n) a_n (1 - a_n)", "sigmoid'", lambda z, y: (sigma(z) - y) * sigma(z) * (1 - sigma(z))),
    ),
)

half_squared_saturation = Derivation(
    "sigmoid with half squared error, saturated",
    "why that delta dies in saturation: an error of 1 is multiplied with e^(-|z|)",
    r"J = \frac{1}{2} (a - y)^2",
    lambda z, y: (sigma(z) - y) ** 2 / 2,
    {"z": ("logits",), "y": ("unit",)},
    (
        Step(
            r"(a - y) a (1 - a)",
            "the derivation before",
            lambda z, y: (sigma(z) - y) * sigma(z) * (1 - sigma(z)),
            GENERAL,
        ),
        Step(
            r"(a - y) \sigma(z) \sigma(-z)",
            "1 - σ(z) = σ(-z)",
            lambda z, y: (sigma(z) - y) * sigma(z) * sigma(-z),
            BEYOND,
        ),
        Step(
            r"(a - y) \sigma(z)^2 e^{-z}",
            "σ(-z) = σ(z) e^(-z): for large z the factor e^(-z) is left, however large the error is",
            lambda z, y: (sigma(z) - y) * sigma(z) ** 2 * np.exp(-z),
        ),
        Step(
            r"(a - y) \sigma(-z)^2 e^z",
            "by the same identity with -z: for very negative z the factor e^z is left",
            lambda z, y: (sigma(z) - y) * sigma(-z) ** 2 * np.exp(z),
        ),
    ),
)

# --- second derivatives: is the loss convex? --------------------------------------------------------------------------

half_squared_curvature = Derivation(
    "half squared error on a sigmoid, d²J/dz²",
    "the second derivative, below 0 where a neuron is wrong and sure of it",
    r"\frac{dJ}{dz} = (a - y) h',\ h' = a (1 - a)",
    lambda z, y: (sigma(z) - y) * _h_prime(z),
    {"z": ("logits",), "y": ("unit",)},
    (
        Step(
            r"h' h' + (a - y) h'' = h'^2 + (a - y) [h' (1 - a) - a h']",
            "product rule, twice",
            lambda z, y: _h_prime(z) ** 2 + (sigma(z) - y) * (_h_prime(z) * (1 - sigma(z)) - sigma(z) * _h_prime(z)),
        ),
        Step(
            r"h' [h' + (a - y)(1 - 2 a)]",
            "h' taken out",
            lambda z, y: _h_prime(z) * (_h_prime(z) + (sigma(z) - y) * (1 - 2 * sigma(z))),
        ),
        Step(
            r"h' \left[h' - (a - y) \tanh \frac{z}{2}\right]",
            "1 - 2a = -tanh(z/2); " + CODE,
            choice_of_loss.half_squared_curvature,
        ),
    ),
)

cross_entropy_curvature = Derivation(
    "binary cross-entropy on a sigmoid, d²J/dz²",
    "the second derivative, above 0 everywhere",
    r"\frac{dJ}{dz} = a - y",
    lambda z, y: sigma(z) - y,
    half_squared_curvature.inputs,
    (
        Step(r"a (1 - a)", "sigmoid'; y is a constant", lambda z, y: sigma(z) * (1 - sigma(z))),
        Step(r"h'(z)", CODE, choice_of_loss.cross_entropy_curvature),
    ),
)

OUTPUT_DERIVATIONS = (
    cross_entropy_a,
    softmax_cross_entropy,
    softmax_cross_entropy_one,
    temperature_cross_entropy,
    sigmoid_binary,
    sigmoid_binary_sum,
    sigmoid_binary_mean,
    half_squared_sigmoid,
    half_squared_saturation,
    half_squared_curvature,
    cross_entropy_curvature,
)
