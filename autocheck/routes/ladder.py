"""Finite differences on a ladder of steps, with an error bar that says what can go wrong: curvature, and noise.

The steps are h_k = 2^-k of the point's own size. D2 is the central difference (f(x + h) - f(x - h)) / 2h, and D4 its
extrapolation (4 D2(h) - D2(2h)) / 3. On each rung the bar adds

    truncation   |D4 - D2| + |D4 - D4 of the next rung|     shrinks with h; jumps where the function does
    noise        3 max(eps_f, u |f|) / h                    grows as h shrinks

where eps_f is the noise of f itself, measured by differences of high order (Moré and Wild, 2011), so that a float32, clipped or
stepwise f gets an honest bar. The rung with the smallest bar wins, and its bar is the error. All rungs, and all elements
of `at`, are evaluated in one call.
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
    noise: Array
    """eps_f, the noise of one value of f."""


def ladder(phi: Callable[[Array], Array], at: Array, unit_roundoff: float) -> Ladder:
    """The derivative of phi at `at`, element by element.

    phi: (k, ...) points -> (k, ...) values; element i of a row of values depends on element i of its row of points alone.
    at: the point; each element has its own ladder.
    unit_roundoff: of the precision that phi works in: 2^-53, or 2^-24 for float32.
    """
    at = np.asarray(at, dtype=np.float64)
    size = np.where(at == 0, 1.0, 2.0 ** np.floor(np.log2(np.where(at == 0, 1.0, np.abs(at)))))
    rungs = 2.0 ** -np.arange(limits.LADDER_RUNGS, dtype=np.float64)
    offsets = np.concatenate([rungs, -rungs, [0.0], _noise_offsets(unit_roundoff)])
    points = at + np.multiply.outer(offsets, size)
    if unit_roundoff > limits.FLOAT32_ROUNDOFF / 2:
        points = points.astype(np.float32).astype(np.float64)
    values = np.asarray(phi(points), dtype=np.float64)
    n = len(rungs)
    up, down, here, around = values[:n], values[n : 2 * n], values[2 * n], values[2 * n + 1 :]
    h_up, h_down = points[:n] - points[2 * n], points[2 * n] - points[n : 2 * n]
    with np.errstate(all="ignore"):
        noise = np.maximum(_noise_of(around), unit_roundoff * np.abs(here) / 2)
        slopes = [(up - down) / (h_up + h_down), (up - here) / h_up, (here - down) / h_down]
        candidates = [
            (*_extrapolated(slope, order, noise, h), h)
            for slope, order, h in zip(slopes, (2, 1, 1), (h_up, h_up, h_down), strict=True)
        ]
    central = candidates[0]
    one_sided = ~np.isfinite(central[1]).any(axis=0)
    value, error, best, estimates, bars = (np.array(part) for part in _best(*central[:2]))
    for estimate, bar, _ in candidates[1:]:
        v, e, b, es, bs = _best(estimate, bar)
        better = one_sided & (np.nan_to_num(e, nan=np.inf) < np.nan_to_num(error, nan=np.inf))
        value, error, best = np.where(better, v, value), np.where(better, e, error), np.where(better, b, best)
        estimates, bars = np.where(better, es, estimates), np.where(better, bs, bars)
    return Ladder(value, error, best, np.abs(central[2]), estimates, bars, noise)


def _extrapolated(slope: Array, order: int, noise: Array, h: Array) -> tuple[Array, Array]:
    """(one Richardson step of the slopes, its bar) on every rung; rung k + 1 has half the step of rung k."""
    factor = 2.0**order
    better = np.full_like(slope, np.nan)
    better[1:] = (factor * slope[1:] - slope[:-1]) / (factor - 1)
    truncation = np.full_like(slope, np.nan)
    truncation[1:-1] = np.abs(better[1:-1] - slope[1:-1]) + np.abs(better[1:-1] - better[2:])
    return better, truncation + limits.NOISE_FACTOR * noise / h


def _best(estimates: Array, bars: Array) -> tuple[Array, Array, Array, Array, Array]:
    usable = np.where(np.isfinite(bars) & np.isfinite(estimates), bars, np.inf)
    best = np.argmin(usable, axis=0)
    take = lambda a: np.take_along_axis(a, best[None], axis=0)[0]  # noqa: E731
    found = np.isfinite(take(usable))
    return np.where(found, take(estimates), np.nan), np.where(found, take(bars), np.nan), best, estimates, bars


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
        found.append(np.sqrt(factorial(k) ** 2 / factorial(2 * k) * np.mean(table**2, axis=0)))
    return np.nan_to_num(np.max(found, axis=0))
