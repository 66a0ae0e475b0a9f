"""Mistakes that can be made on any function: transformations of a right gradient, and small errors of a chosen size.

A transformation changes the array of one parameter. It is plain arithmetic on what the right gradient returned, so that a
run on exact numbers makes the same mistake.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .entry import Entry, Function, Wrong
from .table import ENTRIES, PLAIN

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Place:
    """Where a transformation acts: a parameter, one of its elements, and what is known of the gradient there."""

    entry: Entry
    parameter: int
    """Which of the gradient's arrays."""
    mask: Array
    """1 at one element that is not zero, 0 elsewhere."""
    first_row: Array
    """1 in the first row, 0 elsewhere."""
    middle: float
    """The median of the elements' sizes."""
    rows: int
    """The batch: the longest leading axis of the arguments."""

    @property
    def number(self) -> int:
        return self.entry.numbers[self.parameter]


Transformation = Callable[[Any, Place, tuple[Any, ...]], Any]
"""(the right array, where, the arguments) -> the wrong array; None where it makes no sense."""


def place_of(entry: Entry, salt: str) -> Place:
    """A parameter and an element, drawn from the names alone."""
    rng = np.random.default_rng(zlib.crc32(f"{entry.name}/{salt}".encode()))
    args = entry.make_args(np.random.default_rng(0))
    parts = in_parts(entry.gradient(*args))
    parameter = int(rng.integers(len(parts)))
    part = np.asarray(parts[parameter], dtype=float)
    candidates = np.flatnonzero(part) if np.any(part) else np.arange(part.size)
    mask, first_row = np.zeros(part.shape), np.zeros(part.shape)
    mask.flat[rng.choice(candidates)] = 1
    first_row[0 if part.ndim else ...] = 1
    lengths = [np.shape(arg)[0] for arg in args if np.ndim(arg)]
    middle = float(np.median(np.abs(part)))
    return Place(entry, parameter, mask, first_row, middle, max(lengths, default=1))


def in_parts(returned: Any) -> list[Any]:
    return list(returned) if isinstance(returned, tuple) else [returned]


def swapped_elements(g: Any, place: Place, args: Any) -> Any:
    if np.size(g) < 2:
        return None
    one = int(np.argmax(place.mask))
    order = np.arange(np.size(g))
    order[[one, one - 1]] = order[[one - 1, one]]
    return np.reshape(np.ravel(g)[order], np.shape(g))


def transposed(g: Any, place: Place, args: Any) -> Any:
    return np.reshape(g.T, g.shape) if np.ndim(g) > 1 and min(np.shape(g)) > 1 else None


def shifted(g: Any, place: Place, args: Any) -> Any:
    return np.roll(g, 1, axis=0) if np.ndim(g) and len(g) > 1 else None


def reversed_rows(g: Any, place: Place, args: Any) -> Any:
    return g[::-1] if np.ndim(g) and len(g) > 1 else None


def averaged_rows(g: Any, place: Place, args: Any) -> Any:
    return np.mean(g, axis=0) + 0 * g if np.ndim(g) and len(g) > 1 else None


def only_first_row(g: Any, place: Place, args: Any) -> Any:
    return g * place.first_row if np.ndim(g) and len(g) > 1 else None


def one_step_later(g: Any, place: Place, args: Any) -> Any:
    """Taken at parameters that a step of descent has moved already."""
    x = args[place.number]
    return at_other(place, args, x - 0.01 * np.reshape(g, np.shape(x)))


def at_rounded_input(g: Any, place: Place, args: Any) -> Any:
    return at_other(place, args, np.round(args[place.number], 3))


def at_other(place: Place, args: Any, x: Any) -> Any:
    moved = [*args[: place.number], x, *args[place.number + 1 :]]
    return in_parts(place.entry.gradient(*moved))[place.parameter]


def central_difference(g: Any, place: Place, args: Any) -> Any:
    """No derivation at all: (f(x + h) − f(x − h))/2h with h = 1e-5, as a checker would compute it."""
    return difference_quotient(g, place, args, 1e-5, -1e-5) if np.size(g) <= 12 else None


def forward_difference(g: Any, place: Place, args: Any) -> Any:
    return difference_quotient(g, place, args, 1e-7, 0.0) if np.size(g) <= 12 else None


def difference_quotient(g: Any, place: Place, args: Any, ahead: float, behind: float) -> Any:
    def f_at(i: int, step: float) -> Any:
        move = np.reshape(step * np.eye(np.size(g))[i], np.shape(g))
        return place.entry.f(*args[: place.number], args[place.number] + move, *args[place.number + 1 :])

    slopes = [(f_at(i, ahead) - f_at(i, behind)) / (ahead - behind) for i in range(np.size(g))]
    return np.reshape(np.stack(slopes), np.shape(g))


def upstream_forgotten(g: Any, place: Place, args: Any) -> Any:
    """Ones in place of what comes from above."""
    names = place.entry.f.__code__.co_varnames[: place.entry.f.__code__.co_argcount]
    upstream = [n for n, name in enumerate(names) if name in ("up", "c") and n not in place.entry.numbers]
    if not upstream:
        return None
    changed = [1 + 0 * arg if n in upstream else arg for n, arg in enumerate(args)]
    return in_parts(place.entry.gradient(*changed))[place.parameter]


def plus_penalty(weight: float) -> Transformation:
    return lambda g, place, args: g + weight * np.reshape(args[place.number], np.shape(g))


GENERIC: tuple[tuple[str, Transformation], ...] = (
    ("11 sign", lambda g, p, args: -g),
    ("22 factor two", lambda g, p, args: 2 * g),
    ("22 half of it", lambda g, p, args: g / 2),
    ("20 not divided by the batch", lambda g, p, args: g * p.rows if p.rows > 1 else None),
    ("21 an extra 1/n", lambda g, p, args: g / p.rows if p.rows > 1 else None),
    ("zero", lambda g, p, args: 0 * g),
    ("14 transposed", transposed),
    ("shifted by one row", shifted),
    ("rows reversed", reversed_rows),
    ("one row only", only_first_row),
    ("averaged over the rows", averaged_rows),
    ("averaged over the elements", lambda g, p, args: np.mean(g) + 0 * g if np.size(g) > 1 else None),
    ("two elements exchanged", swapped_elements),
    ("one element dropped", lambda g, p, args: g * (1 - p.mask)),
    ("one element's sign", lambda g, p, args: g * (1 - 2 * p.mask)),
    ("one element doubled", lambda g, p, args: g * (1 + p.mask)),
    ("clipped", lambda g, p, args: np.clip(g, -p.middle, p.middle)),
    ("negative part lost", lambda g, p, args: np.maximum(g, 0)),
    ("absolute value", lambda g, p, args: np.abs(g)),
    ("sign only", lambda g, p, args: np.sign(g)),
    ("squared", lambda g, p, args: g * g),
    ("normalised", lambda g, p, args: g / np.sqrt(np.sum(g * g) + 1e-30)),
    ("centred", lambda g, p, args: g - np.mean(g)),
    ("small elements dropped", lambda g, p, args: np.where(np.abs(g) < p.middle, 0, g)),
    ("24 penalty added, 1e-3", plus_penalty(1e-3)),
    ("24 penalty added, 5e-6", plus_penalty(5e-6)),
    ("13 taken one step later", one_step_later),
    ("taken at a rounded input", at_rounded_input),
    ("36 upstream forgotten", upstream_forgotten),
    ("a central difference instead", central_difference),
    ("a forward difference instead", forward_difference),
    ("NaN in one element", lambda g, p, args: g * (1 + p.mask * np.nan) if np.size(g) > 0 else None),
    ("rounded to three places", lambda g, p, args: np.round(g, 3)),
)

SIZES = tuple(10.0**-k for k in range(2, 11))


def one_off(size: float) -> Transformation:
    return lambda g, place, args: g * (1 + size * place.mask)


def all_off(size: float) -> Transformation:
    return lambda g, place, args: g * (1 + size)


def through_dtype(dtype: str) -> Transformation:
    """Rounded on its way: the dtype that comes out is the one that went in."""
    return lambda g, place, args: np.asarray(g).astype(dtype).astype(np.float64)


def left_in(dtype: str) -> Transformation:
    """Rounded, and handed over in the narrow dtype, although the parameter is float64."""
    return lambda g, place, args: np.asarray(g).astype(dtype)


SMALL: tuple[tuple[str, Transformation, float], ...] = (
    *((f"one element off by {size:.0e}", one_off(size), size) for size in SIZES),
    *((f"all off by {size:.0e}", all_off(size), size) for size in SIZES),
    ("through float16", through_dtype("float16"), 2.0**-11),
    ("through float32", through_dtype("float32"), 2.0**-24),
    ("left in float16", left_in("float16"), 2.0**-11),
    ("left in float32", left_in("float32"), 2.0**-24),
)


def wrong_gradient(entry: Entry, title: str, transformation: Transformation) -> Function | None:
    """The entry's gradient with the transformation applied to one of its arrays."""
    place = place_of(entry, title)

    def wrong(*args: Any) -> Any:
        returned = entry.gradient(*args)
        parts = in_parts(returned)
        parts[place.parameter] = transformation(parts[place.parameter], place, args)
        return tuple(parts) if isinstance(returned, tuple) else parts[0]

    args = entry.make_args(np.random.default_rng(0))
    if any(part is None for part in in_parts(wrong(*args))):
        return None
    wrong.__name__ = f"parameter_{place.parameter}"
    return wrong


def parameters_exchanged(entry: Entry) -> Function | None:
    """Two arrays of the same shape in the wrong order."""
    shapes = [np.shape(part) for part in in_parts(entry.gradient(*entry.make_args(np.random.default_rng(0))))]
    pairs = [(i, j) for j in range(len(shapes)) for i in range(j) if shapes[i] == shapes[j]]
    if not pairs:
        return None
    i, j = pairs[0]

    def exchanged(*args: Any) -> Any:
        parts = in_parts(entry.gradient(*args))
        parts[i], parts[j] = parts[j], parts[i]
        return tuple(parts)

    return exchanged


PLAIN_SHARE, OURS_SHARE = 3, 13
"""Each transformation is tried on every third function of the corpus, and on every thirteenth of handgrad's."""


def chosen(table: tuple[Any, ...]) -> Iterator[tuple[Entry, Any]]:
    for i, entry in enumerate(ENTRIES):
        share = PLAIN_SHARE if i < len(PLAIN) else OURS_SHARE
        yield from ((entry, row) for k, row in enumerate(table) if (i + k) % share == 0)


def generic() -> Iterator[Wrong]:
    for entry, (title, transformation) in chosen(GENERIC):
        if wrong := wrong_gradient(entry, title, transformation):
            yield Wrong(entry, title, wrong, entry.make_args)
    for entry in PLAIN:
        if wrong := parameters_exchanged(entry):
            yield Wrong(entry, "two parameters exchanged", wrong, entry.make_args)


def small() -> Iterator[Wrong]:
    for entry, (title, transformation, size) in chosen(SMALL):
        if wrong := wrong_gradient(entry, title, transformation):
            yield Wrong(entry, title, wrong, entry.make_args, size)
