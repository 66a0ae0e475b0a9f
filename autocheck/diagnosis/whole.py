"""Mistakes that are made on a gradient as a whole: each a function of the true gradient, tried from simple to complex.

A row of the table is (cause, what yields the ways to make the mistake). A way is the words that complete "equals the true
gradient ...", a function of the true array (in floats for a first look, then in balls), and the mend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck.diagnosis.case import Case, Suspect, near
from autocheck.diagnosis.constants import Named, recognised
from autocheck.lifted import balls

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make a mistake: words, what it does, and how many free numbers it took from the claim."""

    words: str
    make: Callable[..., Any]
    mend: str = ""
    free: int = 0
    """Numbers read off the claim itself that have no name: they explain nothing at so many elements."""


INSTEAD = "is "
"""Words that begin so say what the gradient is; all others what is to be done with the true one."""


Ways = Callable[[Suspect, Case], Iterator[Way]]


def negated(s: Suspect, case: Case) -> Iterator[Way]:
    yield Way("with the opposite sign", np.negative, "turn the sign")


def zeroed(s: Suspect, case: Case) -> Iterator[Way]:
    if not s.coarse.any() and s.coarse_true.any():
        yield Way("times zero", lambda g: g * 0, "nothing of it arrives: is it assigned, and to the right name?")


def not_finite(s: Suspect, case: Case) -> Iterator[Way]:
    """NaN or infinity is never reproduced; where the other elements are right it is all that is wrong."""
    bad = ~np.isfinite(s.coarse)
    if bad.any() and np.isfinite(s.coarse_true).all():
        filled = np.where(bad, s.claimed, s.true)
        where = place_words(bad, s)
        yield Way(
            f"but for NaN or infinity {where}",
            lambda g: np.where(bad, filled, g),
            "a 0/0, 0 * inf or inf - inf on the way, perhaps in a branch that is not taken",
        )


def scaled(s: Suspect, case: Case) -> Iterator[Way]:
    ratio = constant_ratio(s)
    if ratio is None:
        return
    named = recognised(ratio, case)
    text = str(named) if named else f"{float(ratio):.6g}"
    mend = mend_of_factor(named) if named else "a factor too many or too few"
    yield Way(f"times {text}", lambda g: g * number_for(ratio, g), mend, int(named is None))


def mend_of_factor(named: Named) -> str:
    text = named.text.lstrip("-")
    if not named.meaning:
        return {
            "2": "the 2 of a square's derivative, or a 1/2 of the loss: it belongs in both or in neither",
            "1/2": "the 2 of a square's derivative is left out, or a 1/2 is counted twice",
        }.get(text, "a factor too many or too few")
    if named.meaning.endswith("`"):
        return "that number of f's code is left out, or counted once too often"
    if set(text) - set("1/(0123456789* )"):
        return "a factor too many or too few"
    if text.startswith("1/"):
        return "it is divided by that once too often (a sum taken for a mean)"
    return (
        "the division by that is left out (a mean taken for a sum)"
        if "/" not in text
        else "a factor too many or too few"
    )


def constant_ratio(s: Suspect) -> balls.Ball | None:
    """claimed/true, if it is the same at the largest elements as far as floats can see."""
    known = np.isfinite(s.coarse_true) & (s.coarse_true != 0)
    if not known.any() or not s.coarse.any():
        return None
    at = np.unravel_index(np.argmax(np.where(known, np.abs(s.coarse_true), 0)), s.coarse.shape)
    if not near(s.coarse_true * (s.coarse[at] / s.coarse_true[at]), s):
        return None
    return s.claimed[at] / s.true[at]


def transposed(s: Suspect, case: Case) -> Iterator[Way]:
    if s.coarse.ndim != 2 or min(s.coarse.shape) < 2:
        return
    if s.coarse.shape[0] == s.coarse.shape[1]:
        yield Way("transposed", lambda g: g.T, "swap the factors of the product, or the indices")
    else:
        yield Way("transposed, then read into its shape", lambda g: g.T.reshape(g.shape), "reshape is no transpose")
        yield Way("read column by column", lambda g: g.reshape(g.shape[::-1]).T, "reshape is no transpose")


def permuted(s: Suspect, case: Case) -> Iterator[Way]:
    for axis, length in enumerate(s.coarse.shape):
        if length > 1:
            yield Way(f"reversed along axis {axis}", lambda g, axis=axis: np.flip(g, axis), "undo the flip")
            for by in (1, -1):
                yield Way(
                    f"shifted by {by} along axis {axis}",
                    lambda g, a=axis, b=by: np.roll(g, b, a),
                    "an index is off by one",
                )
                yield Way(
                    f"shifted by {by} along axis {axis}, with zero moved in",
                    lambda g, a=axis, b=by: _moved_in(g, b, a),
                    "an index is off by one",
                )
    if s.coarse.ndim > 1:
        yield Way("flipped along every axis", np.flip, "undo the flip")
    if s.coarse.size > 1 and np.allclose(np.sort(s.coarse.ravel()), np.sort(s.coarse_true.ravel()), rtol=1e-9, atol=0):
        order = np.empty(s.coarse.size, dtype=int)
        order[np.argsort(s.coarse.ravel(), kind="stable")] = np.argsort(s.coarse_true.ravel(), kind="stable")
        moved = order != np.arange(order.size)
        words = "with two elements exchanged" if moved.sum() == 2 else "with its elements in another order"
        yield Way(words, lambda g: g.ravel()[order].reshape(g.shape), "the order of the elements is another")


def _moved_in(g: Array, by: int, axis: int) -> Array:
    rolled = np.roll(g, by, axis)
    first = [slice(None)] * g.ndim
    first[axis] = slice(0, by) if by > 0 else slice(by, None)
    rolled[tuple(first)] = rolled[tuple(first)] * 0
    return rolled


def averaged(s: Suspect, case: Case) -> Iterator[Way]:
    mend = "a sum or mean is taken over an axis that has to stay"
    if s.coarse.size > 1:
        yield Way("averaged over all elements", lambda g: g * 0 + np.sum(g) / g.size, mend)
        yield Way("summed over all elements", lambda g: g * 0 + np.sum(g), mend)
        yield Way("less its mean", lambda g: g - np.sum(g) / g.size, "a mean is subtracted that does not belong")
    if s.coarse.ndim < 2 and s.coarse.ndim:
        return
    for axis, length in enumerate(s.coarse.shape):
        if length > 1:
            yield Way(
                f"averaged over axis {axis}",
                lambda g, a=axis: g * 0 + np.sum(g, axis=a, keepdims=True) / g.shape[a],
                mend,
            )
            yield Way(f"summed over axis {axis}", lambda g, a=axis: g * 0 + np.sum(g, axis=a, keepdims=True), mend)
            yield Way(
                f"less its mean over axis {axis}",
                lambda g, a=axis: g - np.sum(g, axis=a, keepdims=True) / g.shape[a],
                "a mean is subtracted that does not belong",
            )


def of_another(s: Suspect, case: Case) -> Iterator[Way]:
    """The gradient of another argument, as it is or summed into shape."""
    for other in case.suspects:
        if other.name == s.name:
            continue
        mend = f"it is built from {other.name}'s"
        if other.true.shape == s.true.shape:
            yield Way(f"of {other.name}", _instead(other), mend)
        elif other.true.size == s.true.size and s.true.size > 1:
            yield Way(f"of {other.name}, reshaped", lambda g, o=other: _instead(o)(g).reshape(g.shape), mend)
        for axis in range(other.true.ndim):
            if other.true.ndim > 1 and np.delete(other.true.shape, axis).tolist() == list(s.true.shape):
                yield Way(
                    f"of {other.name}, summed over axis {axis}",
                    lambda g, o=other, a=axis: np.sum(_instead(o)(g), axis=a),
                    mend,
                )
        if s.true.size == 1 and other.true.size > 1:
            yield Way(f"of {other.name}, summed", lambda g, o=other: g * 0 + np.sum(_instead(o)(g)), mend)


def _instead(other: Suspect) -> Callable[[Array], Array]:
    return lambda g: other.true if g.dtype == object else other.coarse_true


def diagonal(s: Suspect, case: Case) -> Iterator[Way]:
    """Of a matrix with numbers everywhere only the diagonal."""
    if s.coarse.ndim == 2 and s.coarse.shape[0] == s.coarse.shape[1] > 1 and s.coarse_true.all():
        mend = "the elements outside of it count as well"
        yield Way("with all but its diagonal set to zero", lambda g: g * np.eye(len(g), dtype=int), mend)


def by_signs(s: Suspect, case: Case) -> Iterator[Way]:
    """Elements of one sign are lost, or all signs: told only where there are two of each."""
    t = s.coarse_true
    if (t < 0).sum() < 2 or (t > 0).sum() < 2:
        return
    yield Way("with its negative elements set to zero", _by_sign(lambda e: e, lambda e: e * 0), "nothing may cut it")
    yield Way("with its positive elements set to zero", _by_sign(lambda e: e * 0, lambda e: e), "nothing may cut it")
    yield Way("without its signs", _by_sign(lambda e: e, lambda e: -e), "the absolute value is one too many")


def by_elements(g: Array, function: Callable[[Any], Any]) -> Array:
    return np.array([function(e) for e in g.ravel()], dtype=g.dtype).reshape(g.shape)


def _by_sign(positive: Callable[[Any], Any], negative: Callable[[Any], Any]) -> Callable[[Array], Array]:
    return lambda g: by_elements(g, lambda e: negative(e) if e < 0 else positive(e))


def number_for(ball: balls.Ball, g: Array) -> Any:
    return ball if g.dtype == object else float(ball)


def place_words(bad: Array, s: Suspect) -> str:
    """Where a mask is true, in words; nothing where no words are simpler than the mask."""
    values = balls.to_floats(s.value) if s.value.shape == bad.shape else None
    if bad.all():
        return "everywhere"
    if values is not None and bad.sum() > 1:
        for words, region in (
            (f"where {s.name} is negative", values < 0),
            (f"where {s.name} is positive", values > 0),
            (f"where {s.name} is zero", values == 0),
        ):
            if (bad == region).all():
                return words
    if bad.sum() == 1:
        return f"at {s.name}[{', '.join(str(int(i)) for i in np.argwhere(bad)[0])}]"
    for axis in range(bad.ndim):
        across = tuple(a for a in range(bad.ndim) if a != axis)
        some = bad.any(axis=across) if across else bad
        for mask, words in ((some, "in"), (~some, "outside of")):
            if mask.sum() == 1 and some.size > 2:
                full = np.zeros(bad.shape, dtype=bool)
                index = int(np.argmax(mask))
                full[(slice(None),) * axis + (index,)] = True
                if not bad[full if words == "in" else ~full].any():
                    continue
                kind = "element" if bad.ndim == 1 else ("row", "column")[axis] if axis < 2 else f"axis {axis}, entry"
                return f"{words} {kind} {index}"
    if bad.ndim and min(bad.shape) > 2:
        border = np.ones(bad.shape, dtype=bool)
        border[(slice(1, -1),) * bad.ndim] = False
        if bad[~border].sum() == 0:
            return "at the border"
    if values is not None and np.abs(values[bad]).min() > np.abs(values[~bad]).max():
        return f"where {s.name} is large (beyond {np.abs(values[bad]).min():.3g}: saturated)"
    if values is not None:
        if values[bad].max() < values[~bad].min():
            return f"where {s.name} is below {values[~bad].min():.3g}"
        if values[bad].min() > values[~bad].max():
            return f"where {s.name} is above {values[~bad].max():.3g}"
        if (values[bad] < 0).all():
            return f"at some elements where {s.name} is negative"
        if (values[bad] > 0).all():
            return f"at some elements where {s.name} is positive"
    return f"at {int(bad.sum())} of {bad.size} elements" if bad.sum() <= bad.size / 2 else ""


SIMPLE: tuple[tuple[str, Ways], ...] = (
    ("not-finite", not_finite),
    ("zeroed", zeroed),
    ("sign", negated),
    ("factor", scaled),
    ("transposed", transposed),
    ("permuted", permuted),
    ("averaged", averaged),
    ("other-argument", of_another),
    ("diagonal", diagonal),
    ("shaped", by_signs),
)
"""Mistakes that one word tells, tried before anything is looked for in the derivation."""
