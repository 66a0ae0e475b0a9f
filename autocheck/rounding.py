"""The second layer: what the floating-point gradient returns, against its own formula evaluated exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.lifted import balls

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

    `errors` are |hand - exact| taken before rounding, `spread` is what one-ulp moves of the inputs change, and `scale`
    is the largest element of the whole gradient, beside which a parameter that has no influence is rounded.
    """
    kind = hand.dtype if hand.dtype.kind == "f" else np.dtype(np.float64)
    info = np.finfo(kind)
    size = np.abs(np.where(np.abs(exact) <= info.max, exact, 0.0))
    largest = float(size.max(initial=0.0))
    unit = float(np.spacing(kind.type(max(largest, float(info.tiny)))))
    own = np.spacing(np.maximum(size, float(info.tiny)).astype(kind)).astype(np.float64)
    finite = np.isfinite(hand.astype(np.float64)) & np.isfinite(exact)
    lost = ~np.isfinite(hand.astype(np.float64)) & (np.abs(exact) <= info.max)
    if lost.any():
        index = _first(lost)
        return Rounding(
            float("inf"), float("inf"), index, f"is {hand[index]} where its formula gives {exact[index]:.6g}"
        )
    misses = np.where(finite, errors, 0.0)
    index = _first(misses == misses.max(initial=0.0)) if misses.size else ()
    ulp = float(misses.max(initial=0.0)) / unit
    half_the_digits = 2.0 ** ((info.nmant + 1) / 2)
    excused = limits.EXCUSED_SPREADS * float(np.max(spread, initial=0.0)) + unit + _rounded_away(scale, kind)
    fault = ""
    if ulp > half_the_digits and float(misses.max()) > excused:
        fault = f"keeps fewer than half of its digits: {hand[index]:.9g} where its formula gives {exact[index]:.9g}"
    return Rounding(ulp, float(np.max(misses / own, initial=0.0)), index, fault)


def _rounded_away(scale: float, kind: Any) -> float:
    """What rounding leaves of a gradient whose true value is zero, beside the largest element of the whole gradient."""
    return limits.EXCUSED_SPREADS * float(np.spacing(kind.type(min(scale, float(np.finfo(kind).max)))))


def _first(mask: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])


def exact_errors(hand: Array, exact: Any) -> Array:
    """|hand - exact| element by element, subtracted before anything is rounded."""
    with balls.precision(limits.FIRST_PRECISION):
        return np.abs(balls.to_floats(np.asarray(balls.to_balls(hand) - exact, dtype=object).reshape(hand.shape)))
