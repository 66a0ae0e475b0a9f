"""Arrays of a class of the user's own, `class Parameter(np.ndarray)`: lifted arrays that have its methods and attributes.

A run's copies of such arguments are views of their class again, and `x.view(Parameter)` of a lifted array is one. What arithmetic
makes of them is a plain lifted array.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck import tree
from autocheck.lifted.run import refuse

CONSTRUCTION = frozenset(
    "__new__ __init__ __array_finalize__ __dict__ __weakref__ __module__ __doc__ __slots__ __array_priority__".split()
)
"""What a class has for making its arrays, which a lifted one is not made by."""

PROTOCOLS = ("__array_ufunc__", "__array_function__", "__array_wrap__")
"""Through these a class changes what NumPy's functions do: another arithmetic."""


def is_kind(kind: Any) -> bool:
    """Whether it is a class of arrays that is neither NumPy's own nor of another library of numbers."""
    own = isinstance(kind, type) and issubclass(kind, np.ndarray) and kind is not np.ndarray
    return own and kind.__module__.partition(".")[0] not in ("numpy", "jax", "scipy")


def viewed(array: Any, kind: Any, facts: dict[str, Any] | None = None) -> Any:
    """The lifted array as one of the class; `facts` are the attributes of the array that it stands for."""
    backend: Any = type(array)
    made_of = _lifted_kind(backend, kind)
    view = made_of.__new__(made_of)
    for base in backend.__mro__:
        for slot in getattr(base, "__slots__", ()):
            if slot not in ("__dict__", "is_lifted"):
                setattr(view, slot, getattr(array, slot))
    if facts is not None:
        view.__dict__.update(facts)
    elif isinstance(vars_of(kind).get("__array_finalize__"), types.FunctionType):
        kind.__array_finalize__(view, array)
    return view


def vars_of(kind: type) -> dict[str, Any]:
    """What the class adds to `np.ndarray`, its own bases included."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__[: kind.__mro__.index(np.ndarray)]):
        found |= vars(base)
    return found


@functools.cache
def _lifted_kind(backend: Any, kind: Any) -> Any:
    added = vars_of(kind)
    if changed := [name for name in PROTOCOLS if name in added]:
        raise refuse(f"the array class {kind.__name__} has a {changed[0]} of its own, which is not lifted")
    methods = {name: value for name, value in added.items() if name not in CONSTRUCTION}
    return type(
        kind.__name__, (backend,), {**methods, "__slots__": ("__dict__",), "__class__": property(lambda _: kind)}
    )


def given_kinds(function: Callable[..., Any], args: tuple[Any, ...]) -> Callable[..., Any]:
    """The function, on arguments that are of the classes that these are of; a bound method is left to its object."""
    leaves = [[leaf for _, leaf in tree.leaves(a)] for a in args]
    if isinstance(function, types.MethodType) or not any(is_kind(type(leaf)) for found in leaves for leaf in found):
        return function

    @functools.wraps(function)
    def run(*given: Any) -> Any:
        return function(*(_restored(a, leaves[n]) if n < len(leaves) else a for n, a in enumerate(given)))

    return run


def _restored(given: Any, leaves: list[Any]) -> Any:
    ways = iter(leaves)

    def one(leaf: Any) -> Any:
        like = next(ways)
        if not is_kind(type(like)):
            return leaf
        if getattr(type(leaf), "is_lifted", False):
            return viewed(leaf.sharing(), type(like), dict(vars(like)))
        view = np.asarray(leaf).view(type(like))
        vars(view).update(vars(like))
        return view

    return tree.rebuild(given, one)
