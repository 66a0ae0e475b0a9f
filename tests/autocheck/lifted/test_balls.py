"""NumPy's scalar functions on balls: the same values, the same answers at the poles, and what a float would decide."""

from __future__ import annotations

import math

import flint
import numpy as np
import pytest
import scipy.special as special
from flint import arb

from autocheck.lifted import balls

ULPS = 64
"""What NumPy's and SciPy's own functions may be off, in units of the last place (gamma and Bessel are the worst)."""
ENDS = (0.0, 1.0, -1.0, math.inf, -math.inf, math.nan)
POINTS = (0.3, 0.75, 1.5, 2.5, 7.0, -0.3, -0.75, -1.5, -4.25)


def numpy_says(name, *values):
    function = getattr(np, name, None) or getattr(special, name)
    with np.errstate(all="ignore"):
        return float(function(*map(np.float64, values)))


def close(mine, theirs):
    if math.isnan(theirs) or math.isinf(theirs):
        return mine == theirs or (math.isnan(mine) and math.isnan(theirs))
    return abs(mine - theirs) <= ULPS * np.spacing(max(abs(theirs), 1e-300))


def public(names):
    """Those of the functions that NumPy or SciPy show under that name: the others can't be compared."""
    return [name for name in names if hasattr(np, name) or hasattr(special, name)]


@pytest.mark.parametrize("name", public(balls.UNARY))
def test_a_function_of_one_number_is_numpys(name):
    for x in POINTS:
        theirs = numpy_says(name, x)
        if math.isfinite(theirs):
            with balls.precision(200):
                assert close(float(balls.UNARY[name](arb(x))), theirs), x


@pytest.mark.parametrize("name", public(balls.BINARY))
def test_a_function_of_two_numbers_is_numpys(name):
    for a, b in [(2.0, 0.5), (3.0, 1.25), (1.0, 2.5), (2.0, 3.0), (-1.0, 2.0)]:
        theirs = numpy_says(name, a, b)
        if math.isfinite(theirs):
            with balls.precision(200):
                assert close(float(balls.BINARY[name](arb(a), arb(b))), theirs), (a, b)


POLES = [
    "absolute",
    "arcsinh",
    "arctanh",
    "cbrt",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expit",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log2",
    "log_expit",
    "log_ndtr",
    "logit",
    "ndtr",
    "negative",
    "sign",
    "sqrt",
    "square",
    "tanh",
    "reciprocal",
    "sin",
    "cos",
    "floor",
    "ceil",
    "trunc",
    "rint",
]


@pytest.mark.parametrize("name", POLES)
def test_at_poles_and_infinities_the_answer_is_numpys(name):
    with balls.precision(200):
        for x in ENDS:
            if not (name == "reciprocal" and x == 0):  # its sign is that of a zero, which balls don't have
                assert close(float(balls.UNARY[name](arb(x))), numpy_says(name, x)), x


@pytest.mark.parametrize(
    "name", ["add", "multiply", "maximum", "minimum", "fmax", "fmin", "logaddexp", "xlogy", "power"]
)
def test_with_infinities_two_numbers_give_what_numpy_gives(name):
    with balls.precision(200):
        for a in (0.0, 1.0, 2.0, math.inf):
            for b in (0.0, 1.0, 2.0, math.inf):
                assert close(float(balls.BINARY[name](arb(a), arb(b))), numpy_says(name, a, b)), (a, b)


# --- comparisons ------------------------------------------------------------------------------------------------------


def inexact(value):
    return arb(value, 1e-30)


COMPARED = [(0.5, 0.5), (0.5, 0.75), (0.75, 0.5), (0.0, 0.0), (math.inf, 1.0), (-math.inf, math.inf), (math.nan, 1.0)]


@pytest.mark.parametrize("name", ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"])
def test_comparisons_are_those_of_the_midpoints(name):
    """flint itself answers False to a == a for an inexact ball: then a max-pool's mask would come out empty."""
    for a, b in COMPARED:
        assert balls.COMPARISONS[name](arb(a), arb(b)) == bool(getattr(np, name)(a, b))
        if math.isfinite(a) and math.isfinite(b):
            assert balls.COMPARISONS[name](inexact(a), inexact(b)) == bool(getattr(np, name)(a, b))


def test_nothing_equals_not_a_number():
    for a in (arb("nan"), arb(1), arb("inf")):
        assert balls.order(arb("nan"), a) is None
        assert not balls.COMPARISONS["equal"](arb("nan"), a)
        assert balls.COMPARISONS["not_equal"](a, arb("nan"))


def test_the_truth_of_a_ball_is_that_of_the_float():
    """`bool(arb(0))` is True in flint."""
    assert [balls.is_true(arb(x)) for x in (0, 1, -2, math.inf, math.nan)] == [False, True, True, True, True]


def test_a_comparison_between_balls_that_overlap_is_counted_unless_they_are_the_same_number():
    one = inexact(1)
    with balls.counting_overlaps() as seen:
        balls.order(one, one)
        balls.order(arb(1), arb(2))
        assert seen == [0]
        balls.order(one, arb(1) + arb(2) ** -200)
        assert seen == [1]


# --- arithmetic ----------------------------------------------------------------------------------------------------


def test_arithmetic_is_rigorous(rng):
    """The true value, at four times the digits, lies in the ball."""
    for x, y in rng.normal(size=(20, 2)):
        with balls.precision(400):
            truth = (arb(x) * arb(y) + arb(x) / arb(y)).tanh()
        with balls.precision(100):
            assert (arb(x) * arb(y) + balls.divide(arb(x), arb(y))).tanh().contains(truth.mid())


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 7])
def test_an_integer_power_of_a_ball_around_zero_is_finite_unless_it_divides(n):
    """flint's own answers NaN, and x³ at 0 would have no derivative."""
    around_zero = arb(0, 1e-10)
    assert balls.power(around_zero, arb(n)).is_finite() == (n >= 0)
    assert float(balls.power(arb(-2), arb(n))) == (-2.0) ** n


def test_zero_to_the_zero_is_one_as_for_floats():
    assert balls.power(arb(0), arb(0)) == 1
    assert balls.power(arb(0), arb(0.5)) == 0
    assert balls.power(arb(-8), arb(1) / 3).is_nan()


@pytest.mark.parametrize("x", [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4999, 1e17, -3.0, 0.0])
def test_rounding_is_numpys_ties_to_even(x):
    assert float(balls.rint(arb(x))) == np.rint(x)
    assert float(balls.floor(arb(x))) == np.floor(x)
    assert float(balls.ceil(arb(x))) == np.ceil(x)
    assert float(balls.trunc(arb(x))) == np.trunc(x)


@pytest.mark.parametrize(("a", "b"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (6.0, 2.0)])
def test_remainders_have_numpys_signs(a, b):
    for name in ("remainder", "fmod", "floor_divide"):
        assert float(balls.BINARY[name](arb(a), arb(b))) == numpy_says(name, a, b)


# --- in and out -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.bool_])
def test_every_number_comes_in_and_goes_out_as_it_is(dtype, rng):
    array = (100 * rng.normal(size=(3, 2))).astype(dtype)
    assert np.array_equal(balls.to_floats(balls.to_balls(array)), array.astype(float))


def test_the_ends_of_float64_come_in_exactly():
    array = np.array([5e-324, 1.7976931348623157e308, -0.0, np.inf, -np.inf, np.nan])
    assert np.array_equal(balls.to_floats(balls.to_balls(array)), array, equal_nan=True)


def test_within_a_precision_flint_has_it():
    with balls.precision(999):
        assert flint.ctx.prec == 999


def test_empty_arrays_come_in_empty():
    assert balls.to_balls(np.zeros((0, 3))).shape == (0, 3)
    assert balls.to_floats(balls.to_balls(np.zeros((0, 3)))).shape == (0, 3)


def test_flints_precision_is_given_back_even_after_an_error():
    before = flint.ctx.prec
    with pytest.raises(ZeroDivisionError), balls.precision(before + 7):
        raise ZeroDivisionError(flint.ctx.prec)
    assert flint.ctx.prec == before
