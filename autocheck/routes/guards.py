"""Is the exact run about the same function? Guards: f's value in exact arithmetic against the plain one, and the branches taken."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float
from autocheck.lifted import balls, recorded
from autocheck.lifted.run import CannotLift, running
from autocheck.precision import digits_of
from autocheck.routes.evaluator import Evaluator
from autocheck.routes.plain import Observed

Objects = np.ndarray[Any, Any]
Array = np.ndarray[Any, Any]


class OtherValue(CannotLift):
    """The exact run computes something else than the plain one."""


def same_function(evaluator: Evaluator, observed: Observed, value: Objects) -> str:
    """Whether the exact run computes what the plain run does; the name of f if it took another branch, else "".

    Raises: CannotLift if the two values differ for no reason that one-ulp moves of the inputs or a branch explain: then
        digits were lost on the way, and what the exact run says of the gradient would be said of another function.
    """
    claim, plain = evaluator.claim, np.asarray(observed.value, dtype=np.float64).ravel()
    exact_value = balls.to_floats(value).ravel()
    if not (np.isfinite(plain).all() and np.isfinite(exact_value).all()) or plain.shape != exact_value.shape:
        return ""
    miss = np.abs(plain - exact_value)
    bits = digits_of(observed.value.dtype)
    size = float(np.max(np.abs(exact_value), initial=0.0))
    if bool(np.all(miss <= size * 2.0 ** (-bits / 2))):
        return ""
    if bool(np.all(miss <= rounding_bound(evaluator, bits))) or leaves_the_range(claim):
        return ""
    if bool(np.all(miss <= limits.EXCUSED_SPREADS * evaluator.spread_of_value(observed.value.dtype).ravel())):
        return ""
    if other_branch(evaluator):
        return claim.name
    raise OtherValue(f"{claim.name} gives {exact_value[0]:.9g} on exact numbers and {plain[0]:.9g} in floating point")


def rounding_bound(evaluator: Evaluator, bits: int) -> Array:
    """What rounding at the working precision can do to f at most: the radius of f evaluated on balls of that precision."""
    try:
        value, _ = evaluator.value(bits)
    except CannotLift:
        raise
    except Exception:  # a matrix that is singular to that precision
        return np.asarray(np.inf)
    radii = balls.to_floats(np.array([b.rad() for b in value.ravel()], dtype=object))
    return np.where(np.isnan(radii), np.inf, radii)


def leaves_the_range(claim: Claim) -> bool:
    """Whether f overflows or underflows on its way, in floating point."""
    with np.errstate(over="raise", under="raise"):
        try:
            claim.f(*(tree.rebuild(a, copy.deepcopy) for a in claim.args))
        except FloatingPointError:
            return True
    return False


def other_branch(evaluator: Evaluator) -> bool:
    """Whether any comparison in f comes out otherwise in floating point than in exact arithmetic."""
    claim = evaluator.claim
    run = recorded.new_run()
    args = tuple(
        tree.rebuild(a, lambda x: recorded.lift(x.copy()) if is_float(x) else copy.deepcopy(x)) for a in claim.args
    )
    with running(run), np.errstate(all="ignore"):
        claim.f(*args)
    mine = evaluator.point(limits.FIRST_PRECISION)[2].decisions
    return not same_decisions(mine, run.decisions)


def same_decisions(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))
