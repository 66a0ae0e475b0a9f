"""Inputs of a derivation: what they are, as data; random points of several sizes are drawn from that.

Every number drawn is a numerator over a power of two, or the logarithm of one (`logits`): so e^z is such a fraction too, and
what is rational in e^z can be compared as fractions are (`evidence.py`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import BadClaim
from autocheck.evidence import Rational, variable
from autocheck.lifted import balls
from autocheck.lifted.exact import ExactArray

Array = np.ndarray[Any, Any]
Inputs = Mapping[str, tuple[Any, ...]]
"""Name -> (kind, and the lengths of its axes: numbers, or letters that stand for the same number in all inputs)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of numbers: (numerators, a power of two, the largest numerator there is) -> values in its domain."""

    draw: Callable[[Array, float, int], Array]
    words: str
    is_log: bool = False
    """Whether the input is the logarithm of the values drawn."""
    bound: Callable[[Array], Array] = lambda free: free
    """What the values are in terms of free ones."""


def _last_is_the_rest(free: Array) -> Array:
    """Along the last axis the last number is 1 less the others."""
    return np.concatenate([free[..., :-1], 1 - np.sum(free[..., :-1], axis=-1, keepdims=True)], axis=-1)


def _power_above(number: int) -> float:
    return 2.0 ** int(number).bit_length()


KINDS = {
    "real": Kind(lambda k, scale, most: np.where(k % 2, k, -k) / scale, "real numbers"),
    "positive": Kind(lambda k, scale, most: k / scale, "numbers above 0"),
    "unit": Kind(lambda k, scale, most: k / _power_above(most), "numbers between 0 and 1"),
    "distribution": Kind(
        lambda k, scale, most: _last_is_the_rest(k / _power_above(most * k.shape[-1])),
        "numbers between 0 and 1 whose sum is 1",
        bound=_last_is_the_rest,
    ),
    "logits": Kind(lambda k, scale, most: k / scale, "logarithms of numbers above 0", is_log=True),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One point: dyadic values, and for which inputs they are taken logarithms of."""

    names: tuple[str, ...]
    values: tuple[Array, ...]
    is_log: tuple[bool, ...]

    @property
    def floats(self) -> tuple[Array, ...]:
        return tuple(np.asarray(np.log(v) if log else v) for v, log in zip(self.values, self.is_log, strict=True))

    def lifted(self) -> tuple[ExactArray, ...]:
        """The very numbers, at the precision in force."""
        exact = [balls.to_balls(v) for v in self.values]
        return tuple(
            ExactArray(
                np.asarray(np.vectorize(lambda b: b.log(), otypes=[object])(b) if log else b, dtype=object), np.float64
            )
            for b, log in zip(exact, self.is_log, strict=True)
        )

    @property
    def bits_below(self) -> int:
        """How many bits after the point the values have, at the most."""
        ratios = [float(v).as_integer_ratio()[1].bit_length() - 1 for value in self.values for v in np.ravel(value)]
        return max(ratios, default=0)

    @property
    def largest(self) -> float:
        """The largest value; 1 at the least."""
        return max([1.0, *(float(np.max(np.abs(v), initial=0.0)) for v in self.values)])

    def __str__(self) -> str:
        return ", ".join(f"{name} = {_short(x)}" for name, x in zip(self.names, self.floats, strict=True))


def draw(inputs: Inputs, seed: int, number: int) -> Point:
    """Point `number`: 0 is a simple one, whose numbers are easy to follow by hand; the others are random."""
    rng = np.random.default_rng([seed, number])
    sizes = np.roll(limits.CHAIN_SIZES, -number).tolist()
    letters = dict.fromkeys(axis for _, *axes in inputs.values() for axis in axes if isinstance(axis, str))
    lengths = {letter: sizes[i % len(sizes)] for i, letter in enumerate(letters)}
    most, scale = limits.CHAIN_CHOICES, 2.0 ** limits.CHAIN_SCALES[number % len(limits.CHAIN_SCALES)]
    if number == 0:
        most, scale = 6, 2.0
    values = []
    for name, (kind, *axes) in inputs.items():
        if kind not in KINDS:
            raise BadClaim(f"check_chain: {name} is said to be {kind!r}, needs one of {', '.join(KINDS)}")
        shape: Any = tuple(lengths.get(axis, axis) for axis in axes)
        numerators = rng.integers(1, most, shape, endpoint=True).astype(float)
        values.append(np.asarray(KINDS[kind].draw(numerators, scale, most)))
    return Point(tuple(inputs), tuple(values), tuple(KINDS[kind].is_log for kind, *_ in inputs.values()))


def variables(inputs: Inputs, point: Point) -> tuple[Array, ...]:
    """The inputs as unknowns, shaped as at the point."""
    found = []
    for (kind, *_), value, log in zip(inputs.values(), point.values, point.is_log, strict=True):
        free: Array = np.empty(value.shape, dtype=object)
        free[...] = variable()
        unknowns = np.asarray(KINDS[kind].bound(free), dtype=object)
        unknowns = np.asarray(np.vectorize(Rational.log, otypes=[object])(unknowns) if log else unknowns, dtype=object)
        found.append(unknowns if unknowns.shape else unknowns[()])  # NumPy's own 0-d results are scalars too
    return tuple(found)


def _short(x: Array) -> str:
    return np.array2string(np.asarray(x), precision=4, separator=", ", suppress_small=True).replace("\n", "")


def special(inputs: Inputs) -> list[Point]:
    """Points where a relation that holds nearly everywhere may fail: equal inputs, equal numbers, certainty, saturation."""
    letters = dict.fromkeys(axis for _, *axes in inputs.values() for axis in axes if isinstance(axis, str))
    lengths = dict(zip(letters, limits.CHAIN_SIZES, strict=False))
    choices = [
        [make(np.ones(tuple(lengths.get(axis, axis) for axis in axes))) for make in SPECIAL[kind]]
        for kind, *axes in inputs.values()
    ]
    is_log = tuple(KINDS[kind].is_log for kind, *_ in inputs.values())
    return [Point(tuple(inputs), tuple(map(np.asarray, values)), is_log) for values in itertools.product(*choices)]


def _first_only(ones: Array, rest: float) -> Array:
    """1 for the first along the last axis, `rest` for the others."""
    if not ones.ndim:
        return ones
    return np.where(np.arange(ones.shape[-1]) == 0, ones, rest)


SPECIAL: dict[str, tuple[Callable[[Array], Array], ...]] = {
    "real": (lambda ones: 0 * ones, lambda ones: ones, lambda ones: -ones * limits.SATURATED),
    "positive": (lambda ones: ones, lambda ones: _first_only(ones, limits.SATURATED)),
    "unit": (lambda ones: ones / 2, lambda ones: 0 * ones, lambda ones: ones),
    "distribution": (
        lambda ones: ones / (ones.shape[-1] if ones.ndim else 1),
        lambda ones: _first_only(ones, 0.0),
        lambda ones: _first_only(ones, 0.0)[..., ::-1],
        lambda ones: _last_is_the_rest(ones / 2.0 ** (1 + np.arange(ones.shape[-1]))),
    ),
    "logits": (lambda ones: ones, lambda ones: _first_only(2.0**60 * ones, 1.0), lambda ones: ones / 2.0**60),
}
"""For each kind, arrays made from an array of ones."""
