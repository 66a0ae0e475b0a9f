"""The plain run, watched: machine floats as ever, with the outcome of every comparison written down and the work counted.

Compared with the outcomes of the exact run it tells whether floating point took another branch; by line of code it tells which
sides of a `where`, a maximum, an absolute value were never visited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck.lifted import exact, functions
from autocheck.lifted.array import LiftedArray
from autocheck.lifted.run import Run, current, user_line

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
        given = _plain(inputs)
        if run := current():
            run.count(exact.work_of(ufunc, given))
        with np.errstate(all="ignore"):
            if method == "__call__" and (side := SIDES.get(ufunc.__name__)):
                _visited(ufunc.__name__, side(*given[:2]))
            value = getattr(ufunc, method)(*given, **_plain(kwargs))
        if method == "__call__" and ufunc.__name__ in COMPARED:
            _visited(ufunc.__name__, np.asarray(value))
        return _watched(value, kwargs.get("out", (None,))[0])

    def __array_function__(self, func: Callable[..., Any], _types: Any, args: Any, kwargs: Any) -> Any:
        if func is np.clip:
            _clipped(*args, **kwargs)
        given = _plain(args)
        with np.errstate(all="ignore"):
            value = func(*given, **_plain(kwargs))
        if run := current():
            run.count(functions.work_of(func, given, lambda: np.size(value)))
        return _watched(value)


COMPARED = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
TAKING = ("maximum", "minimum", "fmax", "fmin")
SIGNED = {"absolute": "abs", "fabs": "fabs", "sign": "sign", "heaviside": "heaviside"}
WORDS: dict[str, tuple[str, str]] = {
    **{name: (f"`{sign}` is never false", f"`{sign}` is never true") for name, sign in COMPARED.items()},
    **{name: (f"{name} always takes its first operand", f"{name} never takes its first operand") for name in TAKING},
    **{
        name: (f"{word} meets only numbers below 0", f"{word} meets no number below 0") for name, word in SIGNED.items()
    },
    "clip below": ("clip always cuts at its lower bound", "clip never cuts at its lower bound"),
    "clip above": ("clip always cuts at its upper bound", "clip never cuts at its upper bound"),
}
"""What to say where a decision comes out true everywhere, and where it comes out false everywhere."""

SIDES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("maximum", "fmax"), np.greater),
    **dict.fromkeys(("minimum", "fmin"), np.less),
    **dict.fromkeys(("absolute", "fabs", "sign", "heaviside"), lambda a, *_: np.less(a, 0)),
}


def _clipped(a: Any, a_min: Any = None, a_max: Any = None, **bounds: Any) -> None:
    low, high = bounds.get("min", a_min), bounds.get("max", a_max)
    for name, bound, beyond in (("clip below", low, np.less), ("clip above", high, np.greater)):
        if bound is not None:
            _visited(name, beyond(_plain(a), _plain(bound)))


def _visited(name: str, outcome: Any) -> None:
    run = current()
    if run and run.sites is not None:
        outcome = np.asarray(outcome, dtype=bool)
        run.sites.setdefault((user_line(), name), set()).update(np.unique(outcome).tolist())


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
