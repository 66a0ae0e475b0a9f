"""Does a difference quotient go to the claim? Pure arithmetic on balls: no function is called here.

For a step t and a direction v the quotient (f(x + t v) - f(x)) / t is taken from both sides at two steps, t and
t / 2^40. The claim is the derivative from a side iff the residual, quotient - claim, goes to zero as the step does.
Convergence decides, not closeness: there is no tolerance and no scale, and what a precision leaves open is asked
again at twice the bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autocheck import limits
from autocheck.lifted import balls

WRONG = ("wrong", "outside")
"""States of a claim that is not the derivative."""


@dataclass(frozen=True, slots=True)
class Side:
    """What the quotients of one side say: they go to the claim, to another number, to none, or are not finite."""

    state: str  # "claim" | "other" | "steep" | "no limit" | "edge" | "open"
    limit: balls.Ball = balls.NAN
    residual: balls.Ball = balls.NAN
    sees: balls.Ball = balls.ZERO
    """The smallest error of the claim that would have kept it from being the limit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The judgement of one derivative by its definition; numbers in units of the derivative, rounded to float64."""

    # "agrees" | "constants" | "beneath" | "kink" | "outside" | "crossed" | "wrong" | "steep" | "no limit" | "edge" | "open"
    state: str
    claim: float
    left: float
    right: float
    digits: float
    """To how many digits of the largest element of the gradient claim and definition are the same."""
    miss: float
    """How far claim and definition are apart at the smallest step."""
    sees: float
    """The smallest error of a single element that would have been seen."""
    residual: balls.Ball
    limit: balls.Ball
    """The derivative to all its digits."""
    one_sided: bool

    @property
    def ok(self) -> bool:
        return self.state in ("agrees", "constants", "beneath", "kink")

    @property
    def slope(self) -> float:
        """The derivative: both sides' where they agree, the finite side's at an edge, the right one's at a kink."""
        return self.left if np.isnan(self.right) else self.right


def smallest(*beside: balls.Ball) -> balls.Ball:
    """What is as good as zero beside the numbers that were compared."""
    scale = max((b.abs_upper() for b in beside), default=balls.ZERO)
    return scale * balls.to_ball(2) ** -limits.NARROW_BITS


def is_small(ball: balls.Ball, *beside: balls.Ball) -> bool:
    """Whether all of the ball is that."""
    return bool(ball.abs_upper() <= smallest(*beside))


def settles(before: balls.Ball, after: balls.Ball, *beside: balls.Ball) -> bool | None:
    """Whether `after`, at the smaller step, is on its way to zero from `before`; None if the balls don't tell.

    What is below 2^-200 of the very numbers that it is the difference of has arrived.
    """
    shrink = balls.to_ball(2) ** -limits.CONVERGED_BITS
    if is_small(after, *beside):
        return True
    if after.contains(0):
        return None
    if bool(after.abs_upper() <= before.abs_lower() * shrink):
        return True
    return False if bool(after.abs_lower() > before.abs_upper() * shrink) else None


def halves(before: balls.Ball, after: balls.Ball) -> bool:
    return bool(after.abs_upper() * 2 <= before.abs_lower())


def judge_side(
    claim: balls.Ball, first: balls.Ball, second: balls.Ball, third: Callable[[], balls.Ball], last: bool
) -> Side:
    """One side: quotients at two steps, and at a third where the claim is not their limit."""
    if not (first.is_finite() and second.is_finite()):
        return Side("edge")
    residual = second - claim
    settled: bool | None = False
    if claim.is_finite():
        settled = settles(first - claim, residual, second, claim)
        if settled is None and last and residual.contains(0):
            settled = True
    if settled:
        share = balls.to_ball(2) ** -limits.CONVERGED_BITS
        sees = residual.abs_upper() + (first - claim).abs_upper() * share + smallest(second, claim)
        return Side("claim", second, residual, sees)
    if settled is None:
        return Side("open")
    smaller = third()
    if not smaller.is_finite():
        return Side("edge")
    has_limit = settles(second - first, smaller - second, smaller, second)
    if has_limit is None:
        return Side("other" if last else "open", smaller, residual)
    if has_limit:
        return Side("other", smaller, residual)
    if claim.is_finite() and halves(first - claim, residual) and halves(residual, smaller - claim):
        return Side("claim", smaller, smaller - claim, residual.abs_upper())  # slowly, as |x|^1.1 does at 0
    if halves(second - first, smaller - second):
        return Side("other", smaller, residual)
    grows = smaller.abs_lower() > second.abs_upper() and second.abs_lower() > first.abs_upper()
    return Side("steep" if grows else "no limit", smaller, residual)


def judge(
    claim: balls.Ball, left: Side, right: Side, scale: balls.Ball, unit: balls.Ball, least: balls.Ball | None = None
) -> Outcome:
    """Both sides together: the derivative, a subgradient at a kink, one side at a domain's edge, or wrong.

    `scale` is the largest element of the gradient, `unit` by how much the parameter moves for a step of 1,
    and `least` by how much that element of it does which moves least.
    """
    sides = [s for s in (left, right) if s.state != "edge"]
    states = {s.state for s in sides}

    def outcome(state: str, residual: balls.Ball = balls.NAN) -> Outcome:
        both_zero = state == "agrees" and (claim.contains(0) or all(s.limit.contains(0) for s in sides))
        size = max(
            (b.abs_upper() for b in (claim, scale, *(s.limit for s in sides)) if b.is_finite()), default=balls.ZERO
        )
        return Outcome(
            state=state,
            claim=float((claim / unit).mid()),
            left=float((left.limit / unit).mid()),
            right=float((right.limit / unit).mid()),
            digits=balls.carried_digits() if both_zero else digits(residual, size),
            miss=float((residual / unit).abs_upper()),
            sees=float((seen_by(state, sides) / (unit if least is None else least)).abs_upper()),
            residual=residual,
            limit=(sides[-1].limit if sides else balls.NAN) / unit,
            one_sided=len(sides) == 1,
        )

    if not sides:
        return outcome("edge")
    for state in ("open", "steep", "no limit"):
        if state in states:
            return outcome(state)
    if states == {"claim"}:
        return outcome("agrees", sum((s.residual for s in sides), balls.ZERO) / len(sides))
    smooth = len(sides) == 1 or same_limit(left, right)
    if not claim.is_finite() and not smooth:
        return outcome("no limit")  # no derivative here, and the claim says so
    if smooth or not claim.is_finite():
        return outcome("wrong", sides[-1].residual)
    if states == {"claim", "other"} or between(claim, left.limit, right.limit):
        return outcome("kink", balls.ZERO)
    return outcome("outside", min((s.residual for s in sides), key=lambda r: float(r.abs_lower())))


def seen_by(state: str, sides: list[Side]) -> balls.Ball:
    """The smallest error that both sides would have seen; at a kink it may be as wide as the gap between them."""
    if state == "kink":
        return abs(sides[0].limit - sides[1].limit)
    return max((side.sees for side in sides), key=lambda seen: float(seen.abs_upper()), default=balls.ZERO)


def same_limit(left: Side, right: Side) -> bool:
    """Two sides that miss the claim by the same amount, up to what one step changes."""
    gap = left.limit - right.limit
    scale = max((r.abs_upper() for r in (left.residual, right.residual) if r.is_finite()), default=gap.abs_upper())
    scale = scale if left.residual.is_finite() else max(left.limit.abs_upper(), right.limit.abs_upper())
    return gap.contains(0) or bool(gap.abs_upper() <= scale * balls.to_ball(2) ** -limits.CONVERGED_BITS)


def between(value: balls.Ball, one: balls.Ball, other: balls.Ball) -> bool:
    low, high = (one, other) if one.mid() < other.mid() else (other, one)
    return bool(low.mid() <= value.mid() <= high.mid())


def digits(residual: balls.Ball, size: balls.Ball) -> float:
    """To how many decimal digits of `size` the residual is zero; at most as many as were carried."""
    most = balls.carried_digits()
    if not residual.is_finite() or not size.is_finite():
        return float("nan")
    miss = residual.abs_upper()
    if miss.is_zero():
        return most
    return 0.0 if size.is_zero() else min(most, max(0.0, float((size / miss).log() / balls.to_ball(10).log())))
