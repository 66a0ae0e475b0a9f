"""What people do to one NumPy call by mistake: another axis, a mask ignored or moved, a clip too many, a stride forgotten.

Each is the call done otherwise, in a run of f or of the claimed gradient as they are written; `reruns.py` asks what comes out.
"""

from __future__ import annotations

import ast
import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck.diagnosis import code
from autocheck.lifted.exact import ExactArray
from autocheck.lifted.taped import Site, plain

Array = np.ndarray[Any, Any]
Change = Callable[..., Any]
"""(what computes the call, *arguments, **options) -> another result."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A place where a NumPy function is called, and what with, each time."""

    function: Any
    site: Site
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]]

    @property
    def first(self) -> Any:
        return self.calls[0][0][0]

    def option(self, name: str, place: int, default: Any = None) -> Any:
        args, options = self.calls[0]
        return options.get(name, args[place] if len(args) > place else default)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do a call otherwise: the cause, and the words that complete "with `the call` ..."."""

    cause: str
    words: str
    change: Change
    place: str = ""
    """What is said in the place of the call itself: a part of it."""


def axes(seen: Seen) -> Iterator[Way]:
    """Over another axis; what is left has one number for each row or column, or stands beside them."""
    own, dims = seen.option("axis", 1), np.ndim(seen.first)
    if dims < 2 or not (own is None or isinstance(own, int)) or not hasattr(seen.first, "shape"):
        return
    for axis in range(dims):
        if own is not None and axis == own % dims:
            continue
        for options in ({"keepdims": True}, {}) if seen.function in REDUCTIONS else ({},):
            yield Way("wrong-axis", f"taken over axis {axis}", functools.partial(_over, {"axis": axis, **options}))
    if own is not None:
        yield Way("wrong-axis", "taken over all elements", functools.partial(_over, {"axis": None}))


def _over(other: dict[str, Any], rule: Change, a: Any, *_: Any, **options: Any) -> Any:
    return rule(a, **{**options, **other})


def counts(seen: Seen) -> Iterator[Way]:
    """A variance of n numbers divided by n - 1, or the other way round."""
    own = seen.option("ddof", 4, 0)
    text = "divided by n" if own else "divided by n - 1 (ddof=1)"
    yield Way("other-constant", text, lambda rule, *args, **options: rule(*args, **{**options, "ddof": int(not own)}))


def no_masks(seen: Seen) -> Iterator[Way]:
    """A choice that is none: what a mask hides is seen."""
    for words, change in (
        ("done as if its condition held everywhere", np.ones_like),
        ("done as if its condition held nowhere", np.zeros_like),
    ):
        yield Way("mask", words, functools.partial(_masked, change))


def masks(seen: Seen) -> Iterator[Way]:
    """The condition of a choice turned around, transposed, or one off."""
    yield Way("mask", "given its condition turned around", functools.partial(_masked, np.logical_not))
    yield Way("mask", "given its condition transposed", functools.partial(_masked, np.transpose))
    for axis, by in itertools.product(range(np.ndim(seen.first)), (1, -1)):
        there = functools.partial(moved, axis=axis, by=by)
        yield Way("mask", f"given its condition moved by {by} along axis {axis}", functools.partial(_masked, there))


def _masked(change: Callable[..., Any], rule: Change, condition: Any, *branches: Any) -> Any:
    return rule(change(np.asarray(condition, dtype=bool)), *branches)


def moved(mask: Array, axis: int, by: int) -> Array:
    """Each entry one place on; at the edge the last one stays."""
    places = np.clip(np.arange(mask.shape[axis]) - by, 0, mask.shape[axis] - 1)
    return np.take(mask, places, axis)


def diagonals(seen: Seen) -> Iterator[Way]:
    """A triangle that begins one diagonal off, or no triangle at all."""
    own = seen.option("k", 1, 0)
    for k in (own + 1, own - 1):
        yield Way("mask", f"given k={k}", lambda rule, a, *_, k=k, **options: rule(a, k))
    yield Way("mask", "left out", _as_it_is)


def clips(seen: Seen) -> Iterator[Way]:
    yield Way("clip", "left out (nothing is cut off)", _as_it_is)


def _as_it_is(rule: Change, a: Any, *_: Any, **options: Any) -> Any:
    return a


def rolls(seen: Seen) -> Iterator[Way]:
    turned = lambda rule, a, shift, *rest, **options: rule(a, np.negative(shift), *rest, **options)  # noqa: E731
    yield Way("shifted", "turned the other way", turned)


def strides(seen: Seen) -> Iterator[Way]:
    """Windows that start side by side, though f leaves a stride between them."""
    indices = [args[1] if isinstance(args[1], tuple) else (args[1],) for args, _ in seen.calls]
    if any(len(i) != len(indices[0]) or not all(map(_is_forward, i)) for i in indices):
        return
    starts = [{p.start or 0 for p in part} for part in zip(*indices, strict=True)]
    steps = [math.gcd(*some) if len(some) > 1 else 1 for some in starts]
    most = max([*steps, *(p.step or 1 for p in indices[0])])
    if most > 1:
        yield Way("stride", f"taken with a stride of 1, not of {most}", functools.partial(_side_by_side, steps))


def _is_forward(part: Any) -> bool:
    return isinstance(part, slice) and (part.start or 0) >= 0 and (part.step or 1) > 0


def _side_by_side(steps: list[int], rule: Change, a: Any, index: Any) -> Any:
    parts = index if isinstance(index, tuple) else (index,)
    spans = [p.indices(n) for p, n in zip(parts, a.shape, strict=False)]
    close = [
        slice(start // step, start // step + len(range(start, stop, by)))
        for (start, stop, by), step in zip(spans, steps, strict=True)
    ]
    return rule(a, tuple(close))


def pieces(seen: Seen) -> Iterator[Way]:
    """Of what is put together some pieces do not count: the borders that are padded with what is there already."""
    parts = seen.first if isinstance(seen.first, (list, tuple)) else ()
    texts = _elements(seen.site)
    names = [f"`{t}`" for t in texts] if len(texts) == len(parts) else [f"piece {n + 1}" for n in range(len(parts))]
    lifted = [n for n, p in enumerate(parts) if isinstance(p, ExactArray)]
    for lost in (*([n] for n in lifted), *([m for m in lifted if m != n] for n in lifted if len(lifted) > 2)):
        text = " and ".join(names[n] for n in lost)
        yield Way("path-missing", "", functools.partial(_without, lost), f"what passes through {text} in ")


def _without(lost: list[int], rule: Change, parts: Any, *rest: Any, **options: Any) -> Any:
    return rule([held(p) if n in lost else p for n, p in enumerate(parts)], *rest, **options)


def borders(seen: Seen) -> Iterator[Way]:
    yield Way("path-missing", "", _without_borders, "what passes through the borders in ")


def _without_borders(rule: Change, a: Any, width: Any, *rest: Any, **options: Any) -> Any:
    wide = rule(held(a), width, *rest, **options)
    inside = [
        slice(int(w), int(w) + n) for w, n in zip(np.broadcast_to(width, (a.ndim, 2))[:, 0], a.shape, strict=True)
    ]
    wide[tuple(inside)] = a
    return wide


def held(value: Any) -> Any:
    """The numbers without their past: constants."""
    if not isinstance(value, ExactArray) or not value.size:
        return value
    return ExactArray(np.frompyfunc(plain, 1, 1)(value.data.reshape(-1)).reshape(value.shape), value.dtype)


def _elements(site: Site) -> list[str]:
    """The source of what a call puts together, element by element."""
    text = code.expression(site)
    try:
        node: Any = ast.parse(text, mode="eval").body
    except SyntaxError:
        return []
    parts = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if not isinstance(parts, (ast.List, ast.Tuple)):
        return []
    return [ast.get_source_segment(text, part) or "" for part in parts.elts]


REDUCTIONS = (np.sum, np.mean, np.max, np.min, np.amax, np.amin, np.prod, np.var, np.std)

IN_BOTH: tuple[tuple[tuple[Any, ...], Callable[[Seen], Iterator[Way]]], ...] = (
    ((*REDUCTIONS, np.cumsum, np.cumprod), axes),
    ((np.var, np.std), counts),
    ((np.where,), masks),
    ((np.tril, np.triu), diagonals),
    ((np.clip,), clips),
    ((np.roll,), rolls),
)
"""NumPy's functions, and what is done to a call of them: in f, so that the claim is its gradient, or in the claim, to mend it."""

IN_F: tuple[tuple[tuple[Any, ...], Callable[[Seen], Iterator[Way]]], ...] = (
    *IN_BOTH,
    ((np.where,), no_masks),
    ((operator.getitem,), strides),
    ((np.concatenate, np.stack, np.hstack, np.vstack, np.column_stack), pieces),
    ((np.pad,), borders),
)
