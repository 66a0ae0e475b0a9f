"""Deep copies of what holds arrays, in which two views of the same numbers stay views of the same numbers."""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Copies:
    """One set of copies: what is met twice is copied once. `make` copies an array that owns its numbers."""

    def __init__(self, make: Callable[[Array], Any], kinds: str) -> None:
        self.make, self.kinds = make, kinds
        self.memo: dict[int, Any] = {}
        self.kept: list[Any] = []

    def of(self, value: Any) -> Any:
        """A deep copy; the value itself where it can't be copied."""
        for array in arrays_in(value, set()):
            if array.dtype.kind in self.kinds and id(array) not in self.memo:
                self.memo[id(array)] = self.view(array)
                self.kept.append(array)  # its number stays its own
        if isinstance(value, types.MethodType):
            return types.MethodType(value.__func__, self.of(value.__self__))
        try:
            return copy.deepcopy(value, self.memo)
        except Exception:  # it holds what can't be copied: a lock, an open file
            return value

    def view(self, array: Array) -> Any:
        """The same place in the copy of the array that owns the numbers."""
        root = array
        while type(root.base) is np.ndarray:
            root = root.base
        if root is array or not root.flags.c_contiguous or root.dtype != array.dtype:
            return self.make(array)
        if id(root) not in self.memo:
            self.memo[id(root)] = self.make(root)
            self.kept.append(root)
        start = (array.__array_interface__["data"][0] - root.__array_interface__["data"][0]) // array.itemsize
        flat = np.reshape(self.memo[id(root)], -1)[start:]
        return np.lib.stride_tricks.as_strided(flat, array.shape, array.strides)

    def holds_any(self, value: Any) -> bool:
        return any(array.dtype.kind in self.kinds for array in arrays_in(value, set()))


def arrays_in(value: Any, seen: set[int]) -> Iterator[Array]:
    """The plain arrays in containers and objects, however deep."""
    if id(value) in seen or isinstance(value, (str, bytes, int, float, type, types.ModuleType)):
        return
    seen.add(id(value))
    if type(value) is np.ndarray:
        yield value
        return
    for item in inside(value):
        yield from arrays_in(item, seen)


def inside(value: Any) -> list[Any]:
    """What a container or an object holds."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, (list, tuple, set)):
        return list(value)
    if isinstance(value, types.MethodType):
        return [value.__self__]
    compiled = type(value).__module__.startswith(
        "scipy."
    )  # a sparse matrix, a spline: its arrays are read by compiled code
    if compiled or isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        return []
    return list(getattr(value, "__dict__", {}).values())
