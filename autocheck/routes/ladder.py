"""Finite differences on a ladder of steps, with an error bar that says what can go wrong: curvature, noise, kinks.

The steps are h_k = 2^-k of the point's own size. D2 is the central difference (f(x + h) - f(x - h)) / 2h, and D4 its
extrapolation (4 D2(h) - D2(2h)) / 3. On each rung the bar adds

    truncation   |D4 - D2| + |D4 - D4 of the next rung|     shrinks with h; jumps where the function does
    noise        3 eps(h) / h                               grows as h shrinks

where eps(h) is the noise of f on the scale of h and below: its divided differences of high order over x, x ± h, x ± 2h, x ± 4h
(the idea of Moré and Wild, 2011, on the ladder's own points). What is no polynomial there, a kink, a pole, a wave, is noise
to them too, so that no wide step can pass for a converged one. A bar also reaches to what every smaller step says, and the rung
with the smallest bar wins. Two more ladders, to the right and to the left, tell a kink at the point itself (its bar holds both
slopes) and a slope that grows without end (no value). All rungs, and all elements of `at`, are evaluated in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb, factorial
from typing import Any

import numpy as np

from autocheck import limits

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Ladder:
    """A derivative by differences; arrays are shaped as the point, with one leading axis more for the rungs."""

    value: Array
    error: Array
    best: Array
    """The rung that was chosen."""
    steps: Array
    estimates: Array
    bars: Array


@dataclass(frozen=True, slots=True)
class Rungs:
    """f around the point, from the widest step to the smallest: offsets from the point and values, of either side."""

    right: Array
    left: Array
    up: Array
    down: Array
    here: Array


def ladder(
    phi: Callable[[Array], Array],
    at: Array,
    unit_roundoff: float,
    rungs: tuple[int, int] = (0, limits.LADDER_RUNGS),
) -> Ladder:
    """The derivative of phi at `at`, element by element.

    phi: (k, ...) points -> (k, ...) values; element i of a row of values depends on element i of its row of points alone.
    at: the point; each element has its own ladder.
    unit_roundoff: of the precision that phi works in: 2^-53, or 2^-24 for float32.
    rungs: the steps are 2^-first to 2^-(last - 1); with fewer than all of them the noise's floor is not measured.
    """
    at = np.asarray(at, dtype=np.float64)
    size = np.where(at == 0, 1.0, 2.0 ** np.floor(np.log2(np.where(at == 0, 1.0, np.abs(at)))))

    def called(offsets: Array) -> tuple[Array, Array]:
        points = at + np.multiply.outer(offsets, size)
        if unit_roundoff > limits.FLOAT32_ROUNDOFF / 2:
            points = points.astype(np.float32).astype(np.float64)
        return points - at, np.asarray(phi(points), dtype=np.float64)

    steps = 2.0 ** -np.arange(*rungs, dtype=np.float64)
    n = len(steps)
    beside_it = _noise_offsets(unit_roundoff) if n == limits.LADDER_RUNGS else np.zeros(0)
    with np.errstate(all="ignore"):
        away, values = called(np.concatenate([steps, -steps, [0.0], beside_it]))
        found = Rungs(away[:n], away[n : 2 * n], values[:n], values[n : 2 * n], values[2 * n])
        floor = unit_roundoff * np.abs(found.here) / 2
        if len(beside_it):
            floor = np.maximum(floor, _noise_of(values[2 * n + 1 :]))
        flat = _flat(found)
        if _is_suspicious(flat).any():
            _, beside = called(np.concatenate([steps, -steps]) * limits.BESIDE)
            flat &= _is_staircase(found, flat, beside, unit_roundoff)
        else:
            flat = np.zeros_like(flat)
        return _chosen(found, floor, flat)


def _chosen(rungs: Rungs, floor: Array, flat: Array) -> Ladder:
    """The central ladder; at a kink what the two sides say together, at an edge the side that there is."""
    estimates, bars = _central(rungs, floor, flat)
    value, error, best = _best(estimates, bars)
    (right, right_bar, right_ends), (left, left_bar, left_ends) = (
        _side(h, f, rungs.here, floor, flat) for h, f in ((rungs.right, rungs.up), (rungs.left, rungs.down))
    )
    gap = np.abs(right - left)
    kink = (gap > right_bar + left_bar) & ~(error < gap * limits.KINK_SHARE)
    value = np.where(kink, (right + left) / 2, value)
    error = np.where(kink, gap / 2 + np.maximum(right_bar, left_bar), error)
    for side, bar in ((right, right_bar), (left, left_bar)):
        alone = np.isnan(error) & np.isfinite(bar)
        value, error = np.where(alone, side, value), np.where(alone, bar, error)
    endless = right_ends | left_ends
    value, error = np.where(endless, np.nan, value), np.where(endless, np.nan, error)
    return Ladder(value, error, best, np.abs(rungs.right), estimates, bars)


def _central(rungs: Rungs, floor: Array, flat: Array) -> tuple[Array, Array]:
    slope = (rungs.up - rungs.down) / (rungs.right - rungs.left)
    here, zero = np.broadcast_to(rungs.here, slope.shape), np.zeros_like(slope)
    near = [(zero, here), *((h, f) for j in (0, 1) for h, f in _both(rungs, j))]
    wide = [*near, *_both(rungs, 2)]
    noise = np.fmax(_contrast(near), _contrast(wide))
    return _with_bars(slope, 2, _accumulated(noise, floor), rungs.right, flat)


def _side(h: Array, f: Array, here: Array, floor: Array, flat: Array) -> tuple[Array, Array, Array]:
    """(slope, bar, whether it grows without end) of one side."""
    slope = (f - here) / h
    nodes = [(np.zeros_like(h), np.broadcast_to(here, h.shape)), *((_before(h, j), _before(f, j)) for j in range(5))]
    noise = np.fmax(_contrast(nodes[:5]), _contrast(nodes))
    estimates, bars = _with_bars(slope, 1, _accumulated(noise, floor), h, flat)
    value, error, _ = _best(estimates, bars)
    return value, error, _is_endless(slope, f, h)


def _is_endless(slope: Array, f: Array, h: Array) -> Array:
    """Whether the slope's change from rung to rung does not shrink, and does so regularly, down to the smallest: no noise would."""
    change = np.diff(slope, axis=0)
    ratio = change[1:] / change[:-1]
    told = np.abs(change) > limits.ENDLESS_NOISE * np.abs(f[1:] / h[1:])
    steady = np.abs(np.diff(ratio, axis=0)) < limits.ENDLESS_WAVER
    grows = told[2:] & told[1:-1] & steady & (ratio[1:] >= limits.ENDLESS_RATIO)
    return np.asarray(grows[-limits.ENDLESS_RUNGS :].all(axis=0) & (len(grows) >= limits.ENDLESS_RUNGS))


def _with_bars(slope: Array, order: int, noise: Array, h: Array, flat: Array) -> tuple[Array, Array]:
    """(one Richardson step of the slopes, its bar) on every rung; rung k + 1 has half the step of rung k."""
    factor = 2**order
    better = (factor * slope - _before(slope, 1)) / (factor - 1)
    after = np.concatenate([better[1:], np.full_like(better[:1], np.nan)])
    bars = np.abs(better - slope) + np.abs(better - after) + limits.NOISE_FACTOR * noise / np.abs(h)
    bars = np.where(np.isfinite(bars) & np.isfinite(better) & ~flat, bars, np.inf)
    return better, np.fmax(bars, _contradicted(better, bars))


def _contradicted(estimates: Array, bars: Array) -> Array:
    """By how much, on each rung, the estimate lies outside what the smaller steps leave possible."""
    told = np.isfinite(bars)
    low = np.where(told, estimates - bars, -np.inf)
    high = np.where(told, estimates + bars, np.inf)
    low, high = np.maximum.accumulate(low[::-1])[::-1], np.minimum.accumulate(high[::-1])[::-1]
    return np.fmax(low - estimates, estimates - high)  # its own bar holds it


def _best(estimates: Array, bars: Array) -> tuple[Array, Array, Array]:
    best = np.argmin(bars, axis=0)
    take = lambda a: np.take_along_axis(a, best[None], axis=0)[0]  # noqa: E731
    found = np.isfinite(take(bars))
    return np.where(found, take(estimates), np.nan), np.where(found, take(bars), np.nan), best


# --- noise ------------------------------------------------------------------------------------------------------------


def _before(a: Array, j: int) -> Array:
    """Of each rung the one with 2^j times its step; NaN where there is none."""
    return a if j == 0 else np.concatenate([np.full_like(a[:j], np.nan), a[:-j]])


def _both(rungs: Rungs, j: int) -> list[tuple[Array, Array]]:
    sides = ((rungs.right, rungs.up), (rungs.left, rungs.down))
    return [(_before(h, j), _before(f, j)) for h, f in sides]


def _contrast(nodes: list[tuple[Array, Array]]) -> Array:
    """The divided difference of the values at the nodes, scaled so that independent errors of size 1 give about 1."""
    places = [h for h, _ in nodes]
    unit = np.nanmax(np.abs(np.array(places)), axis=0)
    total, squares = np.zeros_like(unit), np.zeros_like(unit)
    for i, (h, f) in enumerate(nodes):
        weight = 1 / np.prod([(h - other) / unit for j, other in enumerate(places) if j != i], axis=0)
        total, squares = total + weight * f, squares + weight**2
    return np.asarray(np.abs(total) / np.sqrt(squares))


def _accumulated(noise: Array, floor: Array) -> Array:
    """The largest noise on this scale, the next wider one, and all below: what shows at a small step is there at a wide one."""
    below = np.fmax.accumulate(np.fmax(noise, _before(noise, 1))[::-1], axis=0)[::-1]
    return np.where(np.isnan(noise), np.nan, np.fmax(below, floor))


def _noise_offsets(unit_roundoff: float) -> Array:
    """Equally spaced offsets so close that the function is a straight line to within its noise."""
    spacing = 2.0 ** round(np.log2(unit_roundoff) * limits.NOISE_SPACING)
    return spacing * (np.arange(limits.NOISE_POINTS) - limits.NOISE_POINTS // 2)


def _noise_of(values: Array) -> Array:
    """The noise of equally spaced values: their k-th differences, k = 3 to 5, scaled by k!²/(2k)!; the largest of the three."""
    found = []
    for k in (3, 4, 5):
        signs = np.array([(-1) ** i * comb(k, i) for i in range(k + 1)], dtype=np.float64)
        table = np.stack([np.tensordot(signs, values[i : i + k + 1], axes=1) for i in range(len(values) - k)])
        size = np.max(np.abs(table), axis=0)  # its square may overflow
        found.append(size * np.sqrt(factorial(k) ** 2 / factorial(2 * k) * np.mean((table / size) ** 2, axis=0)))
    return np.nan_to_num(np.max(found, axis=0))


# --- a staircase: a function that rounds inside has no noise, and no slope, on small steps ----------------------------


def _flat(rungs: Rungs) -> Array:
    """The rungs from which on f does not change at all, down to the smallest."""
    still = (rungs.up == rungs.here) & (rungs.down == rungs.here) | (rungs.right == 0) | (rungs.left == 0)
    return np.asarray(np.logical_and.accumulate(still[::-1], axis=0)[::-1])


def _is_suspicious(flat: Array) -> Array:
    return np.asarray(flat[-limits.STILL_RUNGS] & ~flat[0])


def _is_staircase(rungs: Rungs, flat: Array, beside: Array, unit_roundoff: float) -> Array:
    """Whether f stands still elsewhere too, next to points where it has another value: then what is flat here is a step of it."""
    n = len(flat)
    first = np.cumsum(~flat[::-1], axis=0)[::-1]  # 1 on the smallest rung where f moves, 2 on the next
    asked = ~flat & (first <= limits.STAIRS)
    found = np.zeros(flat.shape[1:], dtype=bool)
    for f, other in ((rungs.up, beside[:n]), (rungs.down, beside[n:])):
        moved = np.abs(f - rungs.here) > limits.STAIR_ULPS * unit_roundoff * np.abs(rungs.here)
        found |= (asked & moved & (f == other)).any(axis=0)
    return found & _is_suspicious(flat)
