"""Parameters of an array class of the user's own keep its methods and attributes while they are judged."""

from __future__ import annotations

import numpy as np
import pytest

from autocheck import check_gradient
from autocheck.claim import BadClaim


class Parameter(np.ndarray):
    """The recipe of NumPy's manual, as public code has it."""

    def __new__(cls, values, name="w"):
        made = np.asarray(values, dtype=float).view(cls)
        made.name = name
        return made

    def __array_finalize__(self, source):
        self.name = getattr(source, "name", None)

    @property
    def positive(self):
        return self > 0

    def relu(self):
        return np.maximum(self, 0)


class Counted(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return getattr(ufunc, method)(*(np.asarray(i) for i in inputs), **kwargs)


X = np.array([0.3, -0.7, 1.2])
W = Parameter(X)


def named(w):
    return (w**2).sum() if w.name == "w" else w.sum() * 0


def cast_inside(x):
    return (np.asarray(x).view(Parameter).relu() ** 2).sum()


def made_inside(x):
    w = Parameter(x, name="made")
    assert isinstance(w, Parameter)
    return (w[w.positive] ** 2).sum() * (w.name == "made")


FUNCTIONS = {
    "a method": (lambda w: (w.relu() ** 2).sum(), lambda w: 2 * w.relu(), W),
    "an attribute": (named, lambda w: 2 * w, W),
    "cast inside": (cast_inside, lambda x: 2 * np.maximum(x, 0), X),
    "made inside": (made_inside, lambda x: 2 * np.maximum(x, 0), X),
    "the class alone": (lambda w: (w**2).sum(), lambda w: 2 * w, X.view(Parameter)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_judged_in_exact_arithmetic(name):
    f, gradient, x = FUNCTIONS[name]
    right = check_gradient(f, gradient, x)
    assert right.ok, str(right)
    assert right.digits > 60
    assert check_gradient(f, lambda w: 1.001 * gradient(w), x).verdict == "wrong"


def test_a_class_with_an_arithmetic_of_its_own_is_refused_by_name():
    report = check_gradient(lambda w: (w**2).sum(), lambda w: 2 * np.asarray(w), X.view(Counted))
    assert "the array class Counted has a __array_ufunc__ of its own" in str(report)


@pytest.mark.parametrize(
    "argument", [X.reshape(1, 3).view(np.matrix), np.ma.array(X, mask=[0, 1, 0])], ids=["matrix", "masked"]
)
def test_arrays_that_would_mean_something_else_as_plain_ones_are_refused_at_the_door(argument):
    with pytest.raises(BadClaim, match=r"np\.asarray"):
        check_gradient(lambda w: (w * w).sum(), lambda w: 2 * w, argument)
