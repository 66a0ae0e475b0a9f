"""Derivations with one line broken, as students break them: the machine names that line, and the right chain agrees."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from autocheck import textbook
from autocheck.chain import check_chain
from handgrad.derivations import DERIVATIONS, Derivation
from handgrad.derivations.activations import both_cases, eye, outer_form, sigma, softmax
from handgrad.equations import batched, elemental, vector

BY_NAME = {d.name: d for d in DERIVATIONS}
FEW = 2  # random points; one is enough to see a broken line


def judged(d: Derivation, points: int = FEW):
    return check_chain(d.f, d.steps, d.inputs, d.argnum, textbook.DERIVATIONS[d.name], name=d.name, points=points)


def with_step(derivation: Derivation, i: int, compute) -> Derivation:
    steps = list(derivation.steps)
    steps[i] = replace(steps[i], compute=compute)
    return replace(derivation, steps=tuple(steps))


def residual(W, b, a, y):
    return a @ W + b - y


MISTAKES = (
    ("sigmoid'", 1, "a sign lost in the inner derivative", lambda z: -np.exp(-z) / (1 + np.exp(-z)) ** 2),
    ("sigmoid'", 4, "a(1 + a)", lambda z: sigma(z) * (1 + sigma(z))),
    ("tanh'", 2, "the square forgotten", lambda z: 1 - np.tanh(z)),
    ("tanh'", 0, "the quotient rule with a plus", lambda z: 1 + np.tanh(z) ** 2),
    ("softmax, m = n", 1, "the second term dropped", lambda z, r: np.exp(z) / (np.exp(z) + np.sum(np.exp(r)))),
    ("softmax, m = n", 0, "S held constant", lambda z, r: np.exp(z) / (np.exp(z) + np.sum(np.exp(r)))),
    (
        "softmax, m ≠ n",
        2,
        "the minus sign lost",
        lambda z, w, r: np.exp(w) * np.exp(z) / (np.exp(z) + np.exp(w) + np.sum(np.exp(r))) ** 2,
    ),
    ("softmax, the Jacobian", 1, "the delta on the wrong index", lambda z: softmax(z)[:, None] * eye(z) - softmax(z)),
    ("softmax, the Jacobian", 2, "diag(a) - aᵗa, a number", lambda z: outer_form(z) * 0 + np.sum(softmax(z) ** 2)),
    ("softmax with temperature", 1, "1/T forgotten", lambda z, T: outer_form(z / T)),
    ("softmax with temperature", 2, "T in the place of 1/T", lambda z, T: outer_form(z / T) * T),
    ("log-softmax", 2, "the transpose", lambda z: eye(z) - softmax(z)[:, None] @ np.ones_like(z)[None, :]),
    ("categorical cross-entropy, ∂J/∂a", 1, "the minus sign lost, as on the slide", lambda a, y: y * (1 / a)),
    (
        "softmax with categorical cross-entropy",
        1,
        "the own term only: softmax taken for elementwise",
        lambda z, y: np.sum((-y / softmax(z))[:, None] * both_cases(z) * eye(z), axis=0),
    ),
    ("softmax with categorical cross-entropy", 6, "Σ y = 1 where nobody said so", lambda z, y: softmax(z) - y),
    ("softmax with categorical cross-entropy, Σ y = 1", 7, "the order turned round", lambda z, y: y - softmax(z)),
    ("softmax with temperature and categorical cross-entropy", 2, "1/T forgotten", lambda z, y, T: softmax(z / T) - y),
    ("sigmoid with binary cross-entropy", 1, "the poles exchanged", lambda z, y: -y * sigma(z) + (1 - y) * (1 - sigma(z))),
    ("sigmoid with binary cross-entropy", 0, "h' forgotten", lambda z, y: (1 - y) / (1 - sigma(z)) - y / sigma(z)),
    (
        "sigmoid with binary cross-entropy, summed",
        1,
        "summed over the outputs",
        lambda z, y: np.sum(sigma(z) - y) + 0 * z,
    ),
    ("sigmoid with binary cross-entropy, averaged", 1, "1/n forgotten", lambda z, y: sigma(z) - y),
    ("sigmoid with half squared error", 1, "the 2 kept", lambda z, y: 2 * (sigma(z) - y) * sigma(z) * (1 - sigma(z))),
    ("sigmoid with half squared error", 2, "h' taken at a", lambda z, y: (sigma(z) - y) * sigma(sigma(z)) * (1 - sigma(sigma(z)))),
    ("sigmoid with half squared error, saturated", 1, "1 - σ(z) = -σ(z)", lambda z, y: -(sigma(z) - y) * sigma(z) ** 2),
    ("half squared error on a sigmoid, d²J/dz²", 0, "h'' forgotten", lambda z, y: (sigma(z) * (1 - sigma(z))) ** 2),
    (
        "half squared error on a sigmoid, d²J/dz²",
        1,
        "1 - a for 1 - 2a",
        lambda z, y: sigma(z) * (1 - sigma(z)) ** 2 * (2 * sigma(z) - y),
    ),
    ("binary cross-entropy on a sigmoid, d²J/dz²", 0, "y not held", lambda z, y: sigma(z) * (1 - sigma(z)) - 1),
    (
        "Eqn 3, elemental",
        1,
        "h' of the unit above",
        lambda z, W, b, y: np.sum(residual(W, b, sigma(z), y) * W * 1.0, axis=1),
    ),
    ("Eqn 3, vector", 1, "the order kept", lambda z, W, b, y: W @ residual(W, b, sigma(z), y)),
    ("Eqn 3, batched", 1, "h' at a", lambda z, W, b, y: sigma(sigma(z)) * (residual(W, b, sigma(z), y) @ W.T)),
    ("Eqn 4, elemental", 2, "every row the same", lambda W, b, a, y: elemental.grad_W(np.ones_like(a), residual(W, b, a, y))),
    ("Eqn 4, vector", 1, "a outer product with y", lambda W, b, a, y: vector.grad_W(a, y)),
    ("Eqn 4, batched", 2, "1/m forgotten", lambda W, b, A, Y: A.T @ residual(W, b, A, Y)),
    ("Eqn 4, batched", 1, "1/m twice", lambda W, b, A, Y: batched.grad_W(A, residual(W, b, A, Y)) / len(A)),
    ("Eqn 5, elemental", 1, "delta summed", lambda W, b, a, y: 0 * b + np.sum(residual(W, b, a, y))),
    ("Eqn 5, vector", 1, "times the bias", lambda W, b, a, y: residual(W, b, a, y) * b),
    ("Eqn 5, batched", 1, "a sum where a mean belongs", lambda W, b, A, Y: np.sum(residual(W, b, A, Y), axis=0)),
    ("∂J/∂x, elemental", 1, "delta without its weights", lambda W, b, x, y: 0 * x + np.sum(residual(W, b, x, y))),
    ("∂J/∂x, vector", 1, "the shape of the output", lambda W, b, x, y: residual(W, b, x, y)),
    ("∂J/∂x, batched", 1, "1/m added", lambda W, b, X, Y: batched.grad_x(W, residual(W, b, X, Y)) / len(X)),
    ("L2 penalty", 1, "the 2 kept", lambda W, b, a, y, l2: vector.grad_W(a, residual(W, b, a, y)) + 2 * l2 * W),
    ("L2 penalty", 0, "the penalty left out", lambda W, b, a, y, l2: vector.grad_W(a, residual(W, b, a, y))),
)  # fmt: skip


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=lambda d: d.name)
def test_a_derivation_agrees_and_says_how_far(derivation: Derivation) -> None:
    report = judged(derivation, points=20)
    assert report.ok, str(report)
    assert report.broken is report.mended is None
    assert all(s.digits >= 90 for s in report.steps[1:])
    assert report.definition > 80  # what the definition's own step of 2^-200 leaves
    assert report.autodiff > 140


@pytest.mark.parametrize(("name", "i", "mistake", "compute"), MISTAKES, ids=[f"{m[0]}: {m[2]}" for m in MISTAKES])
def test_the_broken_line_is_the_one_that_is_named(name: str, i: int, mistake: str, compute) -> None:
    report = judged(with_step(BY_NAME[name], i, compute))
    assert report.verdict == "wrong", mistake
    assert report.broken == i + 1, str(report)
    assert any(word in report.steps[i].finding for word in (" = ", "shape"))  # a point at which it shows


def test_every_derivation_is_broken_somewhere() -> None:
    assert {m[0] for m in MISTAKES} == set(BY_NAME)


def times_minus_one(compute, *inputs):
    return -compute(*inputs)


def nearly_the_same(compute, *inputs):
    """Off by 1e-30 of itself: no float sees it."""
    return compute(*inputs) * (1 + np.exp(-69 * np.ones(())))


LINES = [(d, i) for d in DERIVATIONS for i in range(len(d.steps))]


@pytest.mark.parametrize(("derivation", "i"), LINES, ids=lambda v: getattr(v, "name", str(v)))
def test_any_line_may_break_and_none_hides_it(derivation: Derivation, i: int) -> None:
    """Each of all the lines, by its sign or by the thirtieth digit; the line after it says that it is right again."""
    mutant = (times_minus_one, nearly_the_same)[i % 2]
    broken = with_step(derivation, i, functools.partial(mutant, derivation.steps[i].compute))
    report = check_chain(broken.f if i == 0 else None, broken.steps, broken.inputs, broken.argnum, points=FEW)
    assert (report.verdict, report.broken) == ("wrong", i + 1), str(report)
    if 0 < i < len(derivation.steps) - 1:
        assert report.mended == i + 2
