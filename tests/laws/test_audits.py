"""What a function and its gradient should not do, whatever their numbers are: each is told, and decides what it should."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import autocheck

X = np.array([0.5, -1.5, 2.0])
M = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])


def squares(x):
    return np.sum(x**2)


def in_place(x):
    x *= 2
    return x


def squares_in_place(x):
    x **= 2
    return np.sum(x)


@dataclass(frozen=True)
class Fault:
    f: Any
    gradient: Any
    args: tuple[Any, ...]
    verdict: str
    note: str
    says: str
    argnums: Any = 0


GENERATOR = np.random.default_rng(0)
BUFFER = np.empty(3)

FAULTS = {
    "a random f": Fault(
        lambda x: np.sum(x) + GENERATOR.normal(), np.ones_like, (X,), "inconclusive", "random-f", "two different"
    ),
    "a random gradient": Fault(
        squares, lambda x: 2 * x + GENERATOR.normal(size=3), (X,), "wrong", "random-gradient", "two different answers"
    ),
    "f draws from NumPy's generator": Fault(
        lambda x: np.sum(x * np.random.normal(size=3)),  # noqa: NPY002
        lambda x: np.random.normal(size=3),  # noqa: NPY002
        (X,),
        "agrees",
        "global-random-f",
        "global random generator",
    ),
    "the gradient draws from Python's generator": Fault(
        squares,
        lambda x: 2 * x + 0 * random.random(),
        (X,),
        "agrees",
        "global-random-gradient",
        "global random generator",
    ),
    "f changes its argument": Fault(
        squares_in_place, lambda x: 2 * x, (X,), "wrong", "mutated-f", "argument x in place"
    ),
    "the gradient changes its argument": Fault(
        squares, in_place, (X,), "wrong", "mutated-gradient", "argument x in place"
    ),
    "the gradient is its argument": Fault(
        lambda x: squares(x) / 2, lambda x: x, (X,), "agrees", "aliased-gradient", "shares memory with its argument x"
    ),
    "the gradient keeps its buffer": Fault(
        squares, lambda x: np.multiply(2, x, out=BUFFER), (X,), "agrees", "aliased-gradient", "one array in both calls"
    ),
    "integers": Fault(np.sum, lambda x: np.ones(3, int), (X,), "agrees", "dtype", "int64.*fractions are lost"),
    "a narrow dtype": Fault(
        squares, lambda x: (2 * x).astype(np.float32), (X,), "agrees", "dtype", "carries fewer digits"
    ),
    "no gradient": Fault(squares, lambda x: None, (X,), "wrong", "structure", "NoneType"),
    "two for one": Fault(squares, lambda x: (2 * x, x), (X,), "wrong", "structure", "is a tuple"),
    "one for two": Fault(
        lambda x, y: np.sum(x * y),
        lambda x, y: (y,),
        (X, X),
        "wrong",
        "structure",
        r"returned 1 array, needs 2",
        (0, 1),
    ),
    "the gradient for another argument": Fault(
        lambda W, b: np.sum(M @ W + b), lambda W, b: np.full(2, 2.0), (M.T, X[:2]), "wrong", "shape", "b has that shape"
    ),
    "swapped gradients": Fault(
        lambda W, b: np.sum(M @ W + b),
        lambda W, b: (np.full(2, 2.0), np.ones((3, 2))),
        (M.T, X[:2]),
        "wrong",
        "shape",
        "b has that shape",
        (0, 1),
    ),
    "the batch not summed": Fault(
        lambda b: np.sum(M + b), lambda b: np.ones((2, 3)), (X,), "wrong", "shape", "first axis"
    ),
    "a broadcast axis not summed": Fault(
        lambda b: np.sum(M + b), lambda b: np.ones((2, 3)), (X[:2, None],), "wrong", "shape", "summed over axis 1"
    ),
    "a transpose": Fault(lambda W: np.sum(W**2), lambda W: 2 * W.T, (M,), "wrong", "shape", "its transpose would fit"),
    "not a number": Fault(squares, lambda x: 2 * x * np.nan, (X,), "wrong", "", ""),
    "an infinity": Fault(squares, lambda x: 2 * x + np.inf, (X,), "wrong", "", ""),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_should_not_be_is_told_and_decides_what_it_should(name):
    case = FAULTS[name]
    report = autocheck.check_gradient(case.f, case.gradient, *case.args, argnums=case.argnums)
    assert report.verdict == case.verdict
    notes = [n for n in report.notes if n.id == case.note]
    assert notes or not case.note
    if notes:
        import re

        assert re.search(case.says, notes[0].text)
        assert notes[0].text in str(report)


def test_a_clean_gradient_has_no_such_note():
    report = autocheck.check_gradient(squares, lambda x: 2 * x, X)
    assert not {n.id for n in report.notes} & {case.note for case in FAULTS.values()}


# --- cotangents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cotangent", [None, np.ones(3)], ids=["random", "ones"])
def test_a_vjp_that_ignores_its_cotangent_is_wrong_even_where_that_is_all_ones(cotangent):
    report = autocheck.check_vjp(np.tanh, lambda x, c: 1 - np.tanh(x) ** 2, X, cotangent=cotangent)
    assert report.verdict == "wrong"
    assert any("ignores its cotangent" in reason for reason in report.reasons)


def test_a_vjp_that_uses_its_cotangent_agrees():
    assert autocheck.check_vjp(np.tanh, lambda x, c: c * (1 - np.tanh(x) ** 2), X, cotangent=np.ones(3)).ok


def test_a_zero_softmax_vjp_does_not_pass_with_a_cotangent_of_ones():
    def softmax(z):
        e = np.exp(z - z.max())
        return e / e.sum()

    report = autocheck.check_vjp(softmax, lambda z, c: np.zeros_like(z), X, cotangent=np.ones(3))
    assert report.verdict == "wrong"


# --- the global state of others ---------------------------------------------------------------------------------------


def test_global_generators_and_error_state_are_left_as_they_were():
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    before = np.random.get_state()[1].tolist(), random.getstate(), np.geterr()  # noqa: NPY002
    autocheck.check_gradient(lambda x: np.sum(x * np.random.normal(size=3)), lambda x: 2 * x, X)  # noqa: NPY002
    assert (np.random.get_state()[1].tolist(), random.getstate(), np.geterr()) == before  # noqa: NPY002


class Layer:
    """Squares its input; its gradient is added to what it keeps, as many a layer does."""

    def __init__(self, adds: bool) -> None:
        self.dx, self.adds = np.zeros(3), adds

    def loss(self, x):
        return np.sum(x**2)

    def gradient(self, x):
        self.dx *= self.adds
        self.dx += 2 * x
        return self.dx


@pytest.mark.parametrize("adds", [False, True], ids=["starts anew", "adds"])
def test_a_gradient_that_adds_to_what_its_object_keeps_is_right_the_first_time_and_said_to_add(adds):
    layer = Layer(adds)
    report = autocheck.check_gradient(layer.loss, layer.gradient, np.array([1.0, -2.0, 0.5]))
    assert report.ok
    assert [n.id for n in report.notes if n.id.startswith("keeps-state")] == ["keeps-state-gradient"] * adds
    assert ("second call on the same object" in str(report)) is adds
    assert not layer.dx.any()
