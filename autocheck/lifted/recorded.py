"""The plain run, watched: machine floats as ever, with the outcome of every comparison written down.

Compared with the outcomes of the exact run it tells whether floating point took another branch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck.lifted.array import LiftedArray
from autocheck.lifted.run import Run, current

Array = np.ndarray[Any, Any]


class RecordedArray(LiftedArray):
    """Floats that remember nothing but the comparisons made with them."""

    __slots__ = ()

    def __init__(self, data: Any, dtype: Any = None) -> None:
        self.data = np.asarray(data)
        self.dtype = np.dtype(dtype or self.data.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape  # type: ignore[no-any-return]

    def floats(self) -> Array:
        return self.data.astype(np.float64)

    def with_dtype(self, dtype: np.dtype[Any]) -> RecordedArray:
        return RecordedArray(self.data.astype(dtype))

    def copy(self, order: str = "C") -> RecordedArray:
        return RecordedArray(self.data.copy())

    def __getitem__(self, index: Any) -> Any:
        return RecordedArray(self.data[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        self.data[index] = _plain(value)

    def __float__(self) -> float:
        return float(self.data)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return self.data if dtype is None else self.data.astype(dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        with np.errstate(all="ignore"):
            return _watched(getattr(ufunc, method)(*_plain(inputs), **_plain(kwargs)), kwargs.get("out", (None,))[0])

    def __array_function__(self, func: Callable[..., Any], _types: Any, args: Any, kwargs: Any) -> Any:
        with np.errstate(all="ignore"):
            return _watched(func(*_plain(args), **_plain(kwargs)))


def lift(array: Any, dtype: Any = None) -> RecordedArray:
    return RecordedArray(np.asarray(array))


def new_run(**facts: Any) -> Run:
    """A run in which NumPy's creation functions stay as they are."""
    return Run(wrap=lambda array, dtype: array, **facts)


def _plain(value: Any) -> Any:
    if type(value) is RecordedArray:
        return value.data
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def _watched(value: Any, out: Any = None) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_watched, value))
    if np.asarray(value).dtype.kind == "b":
        run = current()
        if run:
            run.decisions.append(np.asarray(value))
        return value
    if out is not None:
        return out
    return RecordedArray(value) if np.asarray(value).dtype.kind == "f" else value
