"""Is a gradient wrong at all? Decided in exact arithmetic against the right one, at the point and at twenty others.

The right gradient is the corpus' own, which the definition of the derivative has been seen to go to; here it is only
compared with. What floating point makes of a right formula (NaN, lost digits) and what a gradient does to its arguments
and to its own next call are decided apart.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck.claim import make_claim
from autocheck.lifted import balls
from autocheck.lifted.run import CannotLift
from autocheck.routes.evaluator import Evaluator

from .entry import Draw, Entry, Function

BITS = 512
POINTS = 20
SAME = 2.0**-45
"""Two formulas that differ by less, beside the largest element, differ by the rounding of their own float constants."""
HALF_THE_DIGITS = 2.0**-25.5
"""A float64 gradient that is further off has lost more than half of its 53 digits: 2^26.5 ulp, of 2^-52 at the most."""


@dataclass(frozen=True)
class Decision:
    """How wrong a gradient is: the largest error of an element, beside the largest element of the right gradient."""

    here: float
    """Of the formula, at the case's own point."""
    elsewhere: float
    """Of the formula, at the first of the other points that shows one (0 where none of them does)."""
    floats: float
    """Of what it returns in floating point, at the case's own point."""
    destroys: bool = False
    """It writes into its arguments."""
    impure: bool = False
    """A second call gives something else."""
    raises: str = ""

    @property
    def wrong(self) -> bool:
        return bool(self.why)

    @property
    def why(self) -> str:
        """The most telling reason, or nothing."""
        reasons = {
            "raises": self.raises,
            "formula": self.here > SAME,
            "floats": self.floats > HALF_THE_DIGITS,
            "destroys its input": self.destroys,
            "second call": self.impure,
            "elsewhere": self.elsewhere > SAME,
        }
        return next((name for name, holds in reasons.items() if holds), "")


def decide(entry: Entry, afresh: Callable[[], Function], make_args: Draw) -> Decision:
    args = make_args(np.random.default_rng(0))
    given = copy.deepcopy(args)
    try:
        with np.errstate(all="ignore"):
            wrong = afresh()
            first = flat(wrong(*given))
            second = flat(wrong(*copy.deepcopy(args)))
    except Exception as error:
        return Decision(np.inf, np.inf, np.inf, raises=f"{type(error).__name__}: {error}")
    right = exact_gradient(entry, entry.gradient, args)
    here = gap(right, exact_gradient(entry, afresh(), args))
    floats = gap(right, [balls.to_balls(part) for part in first])
    destroys = not all(np.array_equal(a, b) for a, b in zip(args, given, strict=True))
    impure = not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
    elsewhere = 0.0
    if not here > SAME:
        for seed in range(1, POINTS + 1):
            args = make_args(np.random.default_rng(seed))
            elsewhere = gap(exact_gradient(entry, entry.gradient, args), exact_gradient(entry, afresh(), args))
            if elsewhere > SAME:
                break
    return Decision(here, elsewhere, floats, destroys, impure)


def flat(returned: Any) -> list[Any]:
    parts = list(returned) if isinstance(returned, tuple) else [returned]
    return [np.asarray(part, dtype=np.float64) for part in parts]


def exact_gradient(entry: Entry, gradient: Function, args: tuple[Any, ...]) -> list[Any]:
    """The gradient's arrays as balls; as floats where it can't be lifted."""
    claim = make_claim(entry.f, gradient, copy.deepcopy(args), entry.argnums)
    try:
        with np.errstate(all="ignore"):
            return Evaluator(claim).gradient(BITS)
    except CannotLift:
        return [balls.to_balls(part) for part in flat(gradient(*copy.deepcopy(args)))]


def gap(right: list[Any], wrong: list[Any]) -> float:
    """The largest difference beside the largest element of the same array (of any array, where that is all zero)."""
    if [np.shape(part) for part in right] != [np.shape(part) for part in wrong]:
        return np.inf
    with balls.precision(BITS):
        sizes = [float(np.max(np.abs(balls.to_floats(part)), initial=0.0)) for part in right]
        differences = [
            np.abs(balls.to_floats(np.asarray(w - r, dtype=object))) for r, w in zip(right, wrong, strict=True)
        ]
    largest = max(sizes) or 1.0
    errors = [np.max(d, initial=0.0) / (size or largest) for d, size in zip(differences, sizes, strict=True)]
    return float(np.max(np.nan_to_num(errors, nan=np.inf, posinf=np.inf)))
