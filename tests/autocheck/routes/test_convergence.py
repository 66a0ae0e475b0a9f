"""Convergence decides: quotients whose limit is known, judged without any function being run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from flint import arb

from autocheck import limits
from autocheck.lifted import balls
from autocheck.routes import convergence
from autocheck.routes.convergence import WRONG, judge, judge_side, settles

BITS = 2048
Quotient = Callable[[Any], Any]
"""The difference quotient as a function of the step, which is negative on the left."""


def steps():
    """The three steps at which a quotient is taken."""
    return [arb(2) ** -(limits.STEP_BITS + i * limits.STEP_RATIO_BITS) for i in range(3)]


def outcome(quotient: Quotient, claim: Any, last: bool = True) -> convergence.Outcome:
    sides = []
    for sign in (-1, 1):
        first, second, third = (quotient(sign * t) for t in steps())
        sides.append(judge_side(arb(claim), first, second, lambda third=third: third, last))
    return judge(arb(claim), *sides, abs(arb(claim)), balls.ONE)


@pytest.fixture(autouse=True)
def digits():
    with balls.precision(BITS):
        yield


def one_sided(left: Any, right: Any) -> Quotient:
    return lambda t: arb(left) + t if t < 0 else arb(right) + t


SMOOTH = {
    "linear": lambda t: arb(3),
    "quadratic": lambda t: 3 + t,
    "cubic": lambda t: 3 + t**2,
    "curved by 1e200": lambda t: 3 + arb(10) ** 20 * t,
    "|x|^1.5": lambda t: 3 + abs(t).sqrt(),
    "|x|^1.1": lambda t: 3 + abs(t) ** (arb(1) / 10),
    "flat beyond all powers": lambda t: 3 + (-1 / abs(t)).exp(),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_the_limit_agrees(name):
    found = outcome(SMOOTH[name], 3)
    assert found.state == "agrees"
    assert found.ok


@pytest.mark.parametrize("error", [1, -6, 1e-3, 1e-14])
@pytest.mark.parametrize("name", [name for name in SMOOTH if name != "|x|^1.1"])
def test_anything_else_is_wrong(name, error):
    found = outcome(SMOOTH[name], 3 + error)
    assert found.state == "wrong"
    assert found.slope == pytest.approx(3)
    assert found.miss == pytest.approx(abs(error), rel=1e-6)


def test_what_converges_slowly_is_told_from_what_does_not_converge_to_the_claim():
    """|x|^1.1 at 0: the residual of a right claim shrinks by 2^-4 only, that of a wrong one not at all."""
    assert outcome(SMOOTH["|x|^1.1"], 3 + 1e-3).state == "wrong"


@pytest.mark.parametrize("exponent", [-1500, -600, 0, 600, 1500])
@pytest.mark.parametrize(("claim", "state"), [(3, "agrees"), (3 + 1e-14, "wrong")])
def test_there_is_no_scale(claim, state, exponent):
    """Quotient and claim times any power of two: the same verdict."""
    size = arb(2) ** exponent
    assert outcome(lambda t: size * (3 + t), size * claim).state == state


@pytest.mark.parametrize(
    ("claim", "state"), [(-1, "kink"), (0, "kink"), (0.5, "kink"), (2, "kink"), (2.1, "outside"), (-1.1, "outside")]
)
def test_between_two_slopes_is_a_subgradient_and_beyond_them_is_wrong(claim, state):
    found = outcome(one_sided(-1, 2), claim)
    assert (found.state, found.left, found.right) == (state, -1, 2)


def test_no_number_for_a_claim_is_wrong_where_there_is_a_slope_and_open_where_there_is_none():
    assert outcome(SMOOTH["quadratic"], "nan").state == "wrong"
    assert not outcome(one_sided(-1, 2), "nan").ok
    assert outcome(one_sided(-1, 2), "nan").state not in WRONG


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize(("claim", "state"), [(3, "agrees"), (4, "wrong")])
def test_where_one_side_is_not_finite_the_other_decides(side, claim, state):
    found = outcome(lambda t: arb("nan") if t * side > 0 else 3 + t, claim)
    assert (found.state, found.one_sided, found.slope) == (state, True, 3)


UNDECIDED = {
    "edge": lambda t: arb("nan"),
    "steep": lambda t: 1 / abs(t).sqrt(),
    "no limit": lambda t: arb(1) if abs(t) == steps()[1] else arb(-1),
}


@pytest.mark.parametrize("state", UNDECIDED)
@pytest.mark.parametrize("claim", [0, 1, "nan"])
def test_where_there_is_no_derivative_no_claim_agrees(state, claim):
    if (state, claim) != ("no limit", 1):
        assert outcome(UNDECIDED[state], claim).state == state


@pytest.mark.parametrize("power", [0.1, 0.5, 0.9, 1])
@pytest.mark.parametrize("claim", [0, 5, "inf"])
def test_growth_like_a_power_of_the_step_is_an_infinite_slope(power, claim):
    assert outcome(lambda t: abs(t) ** arb(-power), claim).state == "steep"


def test_the_logarithm_is_an_infinite_slope():
    assert outcome(lambda t: abs(t).log(), 0).state == "steep"


def test_a_ball_too_wide_to_tell_is_left_open_until_the_last_precision():
    assert outcome(lambda t: 3 + arb(0, 1e-20), 3, last=False).state == "open"


def test_a_zero_claim_with_a_zero_quotient_agrees_to_all_digits():
    found = outcome(lambda t: arb(0), 0)
    assert (found.state, found.miss) == ("agrees", 0)
    assert found.digits == balls.carried_digits()


@pytest.mark.parametrize("error", [2.0**-k for k in (1, 10, 30, 45)])
def test_digits_are_those_of_the_largest_element(error):
    assert convergence.digits(arb(error), arb(1)) == pytest.approx(-math.log10(error))
    assert convergence.digits(arb(error), arb(1000)) == pytest.approx(3 - math.log10(error))


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [(1, 2**-11, True), (1, 2**-9, False), (1, 1, False), (1, arb(0, 1), None), (0, 0, True), (1, 0, True)],
    ids=str,
)
def test_a_residual_settles_where_it_shrinks_by_two_to_the_ten(before, after, answer):
    assert settles(arb(before), arb(after), arb(1)) is answer
