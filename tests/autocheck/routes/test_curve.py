"""The picture of error against step shows the element that the report is about."""

import numpy as np
import pytest

from autocheck.claim import make_claim
from autocheck.judge import judge


def f(W, b):
    return np.sum(np.tanh(W @ np.array([1.0, -2.0]) + b))


def gradient(wrong):
    def hand(W, b):
        slope = 1 - np.tanh(W @ np.array([1.0, -2.0]) + b) ** 2
        found = {"W": np.outer(slope, [1.0, -2.0]), "b": slope}
        return tuple(-g if name == wrong else g for name, g in found.items())

    return hand


@pytest.mark.parametrize("wrong", ["W", "b"])
def test_it_is_drawn_of_a_parameter_that_is_wrong(wrong, rng):
    claim = make_claim(f, gradient(wrong), (rng.normal(size=(3, 2)), rng.normal(size=3)), argnums=(0, 1))
    (curve,) = judge(claim, curves=True).curves
    assert curve.parameter == wrong
