"""The second layer: what the floating-point gradient returns, against its own formula evaluated exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.lifted import balls
from autocheck.precision import finfo, floating, half_the_digits, ulp_of

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Rounding:
    """What the floating-point gradient returns, against its own formula evaluated exactly."""

    ulp: float
    elementwise_ulp: float
    index: tuple[int, ...]
    fault: str = ""


def rounding(hand: Array, exact: Array, errors: Array, spread: Array, scale: float) -> Rounding:
    """Errors of one parameter's float gradient, in ulp; a fault only where inputs one ulp away don't explain it.

    `exact` is the formula's value and `errors` |hand - exact|, taken before rounding; `spread` is what one-ulp moves of the
    inputs change. Where the formula gives zero, noise is measured against `scale`, the size of the whole gradient.
    """
    kind = floating(hand.dtype)
    lost = ~np.isfinite(hand.astype(np.float64)) & (np.abs(exact) <= float(finfo(kind).max))
    if lost.any():
        index = _first(lost)
        fault = f"is {hand[index]} where its formula gives {exact[index]:.6g}"
        return Rounding(float("inf"), float("inf"), index, fault)
    comparable = np.isfinite(errors) & np.isfinite(exact)
    misses = np.where(
        comparable & ~((exact == 0) & (errors <= limits.EXCUSED_SPREADS * ulp_of(scale, kind))), errors, 0.0
    )
    size = np.where(comparable, np.abs(exact), 0.0)
    worst, unit = float(misses.max(initial=0.0)), float(ulp_of(size.max(initial=0.0), kind))
    index = _first(misses == worst) if misses.size else ()
    fault = ""
    if worst > half_the_digits(kind) * unit and worst > limits.EXCUSED_SPREADS * float(np.max(spread, initial=0.0)):
        fault = f"keeps fewer than half of its digits: {hand[index]:.9g} where its formula gives {exact[index]:.9g}"
    return Rounding(worst / unit, float(np.max(misses / ulp_of(size, kind), initial=0.0)), index, fault)


def _first(mask: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])


def exact_errors(hand: Array, exact: Any) -> Array:
    """|hand - exact| element by element, subtracted before anything is rounded."""
    with balls.precision(limits.FIRST_PRECISION):
        difference = np.asarray(balls.to_balls(hand) - exact, dtype=object).reshape(hand.shape)
        return np.abs(balls.to_floats(difference))
