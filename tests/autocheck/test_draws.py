"""Code that draws random numbers is judged as any other, and leaves the caller's generators alone."""

from __future__ import annotations

import random

import numpy as np
import pytest

import autocheck
from autocheck import draws

X = np.array([0.5, -1.5, 2.5, 0.25, -0.75, 1.25])


def numpy_mask(x):
    return np.random.random(x.shape) < 0.5  # noqa: NPY002


def python_mask(x):
    return np.array([random.random() < 0.5 for _ in x])


@pytest.mark.parametrize("mask", [numpy_mask, python_mask])
def test_dropout_makes_the_same_draws_in_f_and_in_its_gradient(mask):
    f = lambda x: (x**2 * mask(x)).sum()  # noqa: E731
    assert autocheck.check_gradient(f, lambda x: 2 * x * mask(x), X).ok
    assert autocheck.check_gradient(f, lambda x: x * mask(x), X).verdict == "wrong"


def test_the_callers_generators_are_given_back_as_they_were():
    before = draws.states()
    autocheck.check_gradient(lambda x: (x * numpy_mask(x) * python_mask(x)).sum(), lambda x: x, X)
    after = draws.states()
    assert np.array_equal(after[0][1], before[0][1])
    assert after[0][2:] == before[0][2:]
    assert after[1] == before[1]


def test_a_bound_method_never_sees_another_runs_state():
    class Layer:
        calls = 0

        def f(self, x):
            self.calls += 1
            return self.calls * (x**2).sum()

    layer = Layer()
    assert autocheck.check_gradient(layer.f, lambda x: 2 * x, X).ok
    assert layer.calls == 0


def test_what_can_not_be_copied_is_used_as_it_is():
    stream = open(__file__, encoding="utf-8")  # noqa: SIM115 - an object that copy.deepcopy refuses
    with stream:
        assert draws.fresh(stream.tell) == stream.tell
