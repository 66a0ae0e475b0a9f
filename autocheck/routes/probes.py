"""In which directions a function is moved: element by element, column by column, or along random directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Claim, parameters
from autocheck.lifted import balls

Objects = np.ndarray[Any, Any]
Array = np.ndarray[Any, Any]


def is_direction(index: Any) -> bool:
    """Whether an outcome's index stands for a random direction, not for an element."""
    return index[:1] == ("direction",)


@dataclass(frozen=True, slots=True)
class Probe:
    """A direction v for one parameter (indices and offsets), and the derivative claimed along it."""

    parameter: int
    places: tuple[Any, ...]
    """Index arrays of the moved elements."""
    offsets: Objects
    """By how much each moves for t = 1: a power of two of its own size, times a random weight along a direction."""
    smallest_exponent: int
    """How far below 1 the smallest move lies, in bits."""
    is_direction: bool = False


Probing = tuple[list[Any], Probe]
"""What a probe judges, by index, and the probe."""


def exponents(values: Array, zero: int) -> Array:
    """The binary exponent of each element; `zero` for those that are 0."""
    return np.where(values == 0, zero, np.frexp(values.astype(np.float64))[1]).astype(np.int64)


def below_one(exponent: Array) -> int:
    return int(max(0, -np.min(exponent, initial=0)))


def powers(exponent: Array) -> Objects:
    two = balls.to_ball(2)
    return np.array([two ** int(e) for e in exponent.ravel()], dtype=object).reshape(exponent.shape)


def element_probes(claim: Claim, k: int) -> Iterator[Probing]:
    """One probe for each element; with independent rows, one for each column of all rows."""
    value = parameters(claim)[k].value
    if not claim.rows:
        yield from (element_probe(claim, k, index) for index in np.ndindex(value.shape))
        return
    rows = np.arange(len(value))
    for column in np.ndindex(value.shape[1:]):
        places = (rows, *(np.full(len(value), i) for i in column))
        e = exponents(value[places], limits.ZERO_EXPONENT)
        yield [(int(r), *column) for r in rows], Probe(k, places, powers(e), below_one(e))


def element_probe(claim: Claim, k: int, index: tuple[int, ...]) -> Probing:
    e = exponents(parameters(claim)[k].value[index], limits.ZERO_EXPONENT)
    return [index], Probe(k, tuple(np.array(i) for i in index), powers(e), below_one(e))


def direction_probes(claim: Claim, k: int, count: int) -> Iterator[Probing]:
    """Random directions; with independent rows each row has its own."""
    everywhere = np.arange(parameters(claim)[k].value.size)
    return (direction_along(claim, k, number, everywhere) for number in range(count))


def direction_along(claim: Claim, k: int, number: int, among: Array) -> Probing:
    """A direction in which the elements `among` move, by their own size times a random weight of 20 bits and random sign."""
    value = parameters(claim)[k].value
    rng = np.random.default_rng([claim.seed, k, number])
    places = np.unravel_index(among, value.shape)
    largest = int(exponents(np.max(np.abs(value)), 0))
    size = powers(exponents(value[places], largest))
    weights = rng.integers(2**19, 2**20, len(among)) * rng.choice([-1, 1], len(among))
    rows = [("direction", number, r) for r in range(len(value))] if claim.rows else [("direction", number)]
    return rows, Probe(k, places, size * balls.to_balls(weights) / 2**20, 0, True)


def around_kinks(claim: Claim, k: int, number: int) -> Iterator[Probing]:
    """What stands for a direction that meets kinks: one that leaves the likely ones where they are, and some of them one by one.

    Most kinks are where a number is zero, or occurs more than once: max(x, 0), a clipped value, a tie.
    """
    value = parameters(claim)[k].value
    _, inverse, counts = np.unique(value, return_inverse=True, return_counts=True)
    likely = (value.ravel() == 0) | (counts[inverse.ravel()] > 1)
    if not likely.all():
        yield direction_along(claim, k, number, np.flatnonzero(~likely))
    drawn = np.random.default_rng([claim.seed, k]).permutation(np.flatnonzero(likely))[number * limits.KINKS_ASKED :]
    for place in drawn[: limits.KINKS_ASKED]:
        yield element_probe(claim, k, tuple(int(i) for i in np.unravel_index(place, value.shape)))


def claimed_along(claim: Claim, gradient: Objects, probe: Probe) -> Objects:
    """The claimed derivative along the probe's direction, shaped as f's output."""
    along = np.asarray(gradient[(..., *probe.places)] * probe.offsets, dtype=object)
    if claim.rows:
        return np.asarray(along.reshape(len(gradient), -1).sum(axis=1), dtype=object) if probe.is_direction else along
    moved = np.ndim(probe.offsets)
    return np.asarray(
        along.sum(axis=-1) if claim.jacobian and moved else along if claim.jacobian else along.sum(), dtype=object
    )


def largest(gradient: Objects) -> balls.Ball:
    return max((g.abs_upper() for g in gradient.flat if g.is_finite()), default=balls.ZERO)
