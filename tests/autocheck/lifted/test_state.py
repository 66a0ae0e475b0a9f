"""Arrays that a function reaches outside of its arguments: stored into, asked for products, and found untouched afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from autocheck import check_gradient

X = np.array([0.3, 0.2, -0.7])
WEIGHTS = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
BUFFER = np.zeros(2)


class Layer:
    """Work arrays made once, one a view of another."""

    def __init__(self):
        self.w = WEIGHTS.copy()
        self.out = np.empty(2)
        self.first = self.out[:1]
        self.parts = {"sums": np.zeros(3)}

    def loss(self, x):
        for i in range(2):
            self.out[i] = self.w[i].dot(x)
        self.first *= 2
        self.parts["sums"] += x
        return float(self.out.dot(self.out)) + self.parts["sums"].sum()

    def gradient(self, x):
        scale = np.array([4.0, 1.0])
        return 2 * self.w.T.dot(scale * self.w.dot(x)) + 1


def in_a_module(x):
    BUFFER[:] = 0
    for i in range(2):
        BUFFER[i] += WEIGHTS[i].dot(x)
    return np.sum(BUFFER**2)


def in_a_closure():
    out, weights = np.empty(2), WEIGHTS.copy()

    def product(x):
        out[:] = weights.dot(x)

    def loss(x):
        product(x)
        return np.sum(out**2)

    return loss


def in_an_object_of_a_closure():
    layer = Layer()
    return lambda x: layer.w.dot(x) @ layer.w.dot(x)


def in_place_on_a_constant(x):
    r = WEIGHTS.dot(np.ones(3)) * 0
    r += WEIGHTS.dot(x)
    return r @ r


def squares(x):
    return 2 * WEIGHTS.T.dot(WEIGHTS.dot(x))


CLAIMS = {
    "a buffer of a module": (in_a_module, squares),
    "a buffer of a closure": (in_a_closure(), squares),
    "an object in a closure": (in_an_object_of_a_closure(), squares),
    "an object's own": (Layer().loss, Layer().gradient),
    "in place on a constant": (in_place_on_a_constant, squares),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_right_gradient_agrees(name):
    report = check_gradient(*CLAIMS[name], X)
    assert report.ok
    assert report.parameters[0].digits > 60


@pytest.mark.parametrize("name", CLAIMS)
def test_a_wrong_gradient_is_caught(name):
    f, gradient = CLAIMS[name]
    assert check_gradient(f, lambda x: gradient(x) * (1 + 1e-12), X).verdict == "wrong"


def test_the_arrays_are_the_users_own_again():
    layer = Layer()
    before = (BUFFER, layer.out, layer.first)
    check_gradient(in_a_module, squares, X)
    check_gradient(layer.loss, layer.gradient, X)
    assert all(a is b and type(b) is np.ndarray for a, b in zip(before, (BUFFER, layer.out, layer.first), strict=True))
    assert layer.first.base is layer.out
