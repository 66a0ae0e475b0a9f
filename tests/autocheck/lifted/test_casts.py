"""`float(x)` of a lifted number stays lifted, and a name that is bound otherwise meanwhile is the same type to everyone."""

from __future__ import annotations

import math
from math import exp

import numpy as np
import pytest
from numpy import asarray, float64, zeros

import autocheck
from autocheck.lifted import balls, casts, exact
from autocheck.lifted.exact import ExactArray, lift
from autocheck.lifted.run import running

X = np.array([0.3, -1.2, 2.5])

CASTS = {
    "float": lambda x: float(x[1]),
    "float of a sum": lambda x: float(np.sum(x**2)),
    "np.float64": lambda x: np.float64(x[1]),
    "np.float32": lambda x: np.float32(x[1]),
    "an imported name": lambda x: float64(x[1]),
    "map": lambda x: list(map(float, x)),
    "np.array with dtype": lambda x: np.array([*x], dtype=float),
    "astype": lambda x: x.astype(float),
    "item": lambda x: x[1].item(),
    "math": lambda x: math.exp(x[1]),
    "an imported function of math": lambda x: exp(x[1]),
    "an imported function of NumPy": lambda x: asarray([x[0], x[1]]),
    "an imported creation": lambda x: zeros(3) + x,
    "round": lambda x: round(x[1], 2),
}


def leaves(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", CASTS)
def test_a_cast_number_stays_lifted(name):
    with balls.precision(300), running(exact.new_run()):
        assert {type(leaf) for leaf in leaves(CASTS[name](lift(X)))} == {ExactArray}


SAME = {
    "isinstance": lambda: [isinstance(1.5, float), isinstance(1, float), isinstance(np.float64(1), (int, float))],
    "issubclass": lambda: [issubclass(np.float64, float), issubclass(float, float), issubclass(int, float)],
    "equality": lambda: [float == float, float == float, int == float],  # noqa: E721
    "membership": lambda: [float in (int, float), {float: 1}.get(float), {float, int} == {int, float}],
    "dtype": lambda: [
        np.dtype(float),
        np.ones(1).astype(float).dtype,
        np.zeros(1, np.float32).dtype,
        np.finfo(float).eps,
    ],
    "abstract dtypes": lambda: [np.issubdtype(np.float64, np.floating), np.issubdtype(np.dtype("f4"), np.float32)],
    "plain calls": lambda: [
        float("1.5"),
        float(2),
        type(float(2)).__name__,
        np.float32("0.5").dtype,
        float.fromhex("0x1p3"),
    ],
    "a lifted scalar is a float": lambda: [isinstance(np.sum(lift(X) if RUNS else X), float)],
}
RUNS: list[bool] = []


@pytest.mark.parametrize("name", SAME)
def test_everywhere_but_in_a_call_it_is_the_type_that_it_stands_for(name):
    plain = SAME[name]()
    RUNS.append(True)
    try:
        with running(exact.new_run()):
            assert SAME[name]() == plain
    finally:
        RUNS.clear()


def test_the_names_are_put_back():
    before = dict(globals())
    with running(exact.new_run()):
        assert globals()["float"] is casts.BUILTINS["float"]
    assert globals() == before


def test_a_module_that_asks_for_identity_keeps_its_float(tmp_path):
    import types

    module = types.ModuleType("asks")
    exec("def f(x):\n    return type(x) is float", vars(module))
    plain = types.ModuleType("plain")
    exec("def f(x):\n    return float(x)", vars(plain))
    assert not casts.leaves_to_us(module, "float")
    assert casts.leaves_to_us(plain, "float")


def loss(x):
    return float(np.sum(x**2)) + exp(float(x[0])) + float64(x[1]) ** 2


def gradient(x):
    out = zeros(3)
    out[:] = 2 * x
    out[0] += float(np.exp(x[0]))
    out[1] += 2 * float(x[1])
    return out


def test_a_right_gradient_through_casts_agrees():
    report = autocheck.check_gradient(loss, gradient, X)
    assert report.ok
    assert report.parameters[0].digits > 60


def test_a_wrong_gradient_through_casts_is_caught():
    assert autocheck.check_gradient(loss, lambda x: gradient(x) * (1 + 1e-13), X).verdict == "wrong"
