"""The alphabet of shapes, and the one place where an array that does not fit is turned into words.

    m        examples in a batch        n_in, n_out    units on the two sides of a layer's weights

The checks read `.shape` and `.dtype` and nothing else, so whatever behaves like an array may pass through.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]


class ShapeError(ValueError):
    """An array does not fit beside the others: reshape it as the message says."""


def require(needs: str, *arrays: Array) -> None:
    """Raise ShapeError unless the arrays fit `needs`, such as "grad_W: delta (m, n_out), a_prev (m, n_in)".

    The first array that carries a letter gives it its number; the later ones must agree.
    """
    try:
        shapes = [array.shape for array in arrays]
    except AttributeError:
        who, wanted = _parse(needs)
        name, stray = next((n, a) for (n, _), a in zip(wanted, arrays, strict=True) if not hasattr(a, "shape"))
        raise ShapeError(f"{who}: {name} is a {type(stray).__name__}, needs an array. Try np.array({name}).") from None
    _compare(needs, *shapes)


@lru_cache(maxsize=4096)  # a network asks the same few questions at every step; a refusal is never remembered
def _compare(needs: str, *shapes: tuple[int, ...]) -> None:
    who, wanted = _parse(needs)
    sizes: dict[str, tuple[int, str]] = {}
    for (name, letters), shape in zip(wanted, shapes, strict=True):
        known = {letter: sizes[letter] for letter in letters if letter in sizes}
        came = f"{who}: {name} has shape {shape}, needs"
        if len(shape) != len(letters) or any(shape[letters.index(k)] != size for k, (size, _) in known.items()):
            raise ShapeError(f"{came} {_words(letters, known)}.{_way_out(name, shape, letters, known)}")
        if 0 in shape:
            raise ShapeError(
                f"{came} {_words(letters, {})} with none of them 0.{_way_out(name, shape, letters, known)}"
            )
        for letter, size in zip(letters, shape, strict=True):
            sizes.setdefault(letter, (size, f"{name} {shape}"))


@lru_cache
def _parse(needs: str) -> tuple[str, list[tuple[str, list[str]]]]:
    who, _, arrays = needs.partition(": ")
    return who, [(name, re.findall(r"\w+", letters)) for name, letters in re.findall(r"(\S+) \(([^)]*)\)", arrays)]


def _words(letters: list[str], known: dict[str, tuple[int, str]]) -> str:
    symbols = f"({', '.join(letters)}{',' if len(letters) == 1 else ''})"
    reasons = [f"{letter} = {size} from {origin}" for letter, (size, origin) in known.items()]
    return f"{symbols} with {', '.join(reasons)}" if reasons else symbols


def _way_out(name: str, shape: tuple[int, ...], letters: list[str], known: dict[str, tuple[int, str]]) -> str:
    if shape[:1] == (0,) and letters[0] == "m":
        return " An empty batch has no mean: leave it out."
    if len(shape) == len(letters) - 1 and letters[0] == "m":
        return f" For one example use equations.vector, or {name}[None, :]."
    if len(shape) == 2 and len(letters) == 1:
        return f" For a batch use equations.batched; for one example {name}.ravel()."
    fits = [known[letter][0] if letter in known else None for letter in letters]
    if len(shape) == len(letters) == 2 and all(n in (None, size) for n, size in zip(fits, shape[::-1], strict=True)):
        return f" {name}.T would fit."
    return ""


def as_array(who: str, name: str, values: object, dtype: np.dtype[Any] | None = None) -> Array:
    """`values` as a finite floating-point array. Lists and integers become `dtype` (float64 if none is asked for).

    An array that is floating-point already passes as it is, and must then have that dtype: nothing is rounded silently.
    """
    array: Any = values if isinstance(values, np.ndarray) else _convert(who, name, values, dtype)
    if array.dtype.kind in "iub":
        array = array.astype(dtype or np.float64)
    if array.dtype.kind != "f":
        raise ValueError(f"{who}: {name} has dtype {array.dtype}, needs real numbers, float64 or float32.")
    if dtype is not None and array.dtype != dtype:
        came = f"{who}: {name} has dtype {array.dtype}, needs {dtype} as the parameters have."
        raise ValueError(f"{came} Say {name}.astype(np.{dtype}) if that is meant.")
    if not np.all(np.isfinite(array)):
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = f"{name}[{', '.join(map(str, index))}]" if index else name
        raise ValueError(f"{who}: {where} is {array[index]}, needs finite numbers. np.isfinite({name}) shows where.")
    return array  # type: ignore[no-any-return]


def _convert(who: str, name: str, values: object, dtype: np.dtype[Any] | None) -> Array:
    try:
        array = np.asarray(values)
        return array if hasattr(values, "dtype") or array.dtype.kind != "f" else array.astype(dtype or np.float64)
    except (ValueError, TypeError):
        raise ShapeError(f"{who}: {name} has rows of unequal length, needs an array of numbers.") from None
