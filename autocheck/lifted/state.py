"""The float arrays that a function reaches outside of its arguments, lifted for the length of a run.

Work buffers, weights kept in an object, data in a closure or a module: code that stores into them, or asks them for `.dot`, meets
machine floats, where the digits end. Where a run was refused for such a reason it is done over with copies of them that are lifted.
The originals are never touched.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autocheck.copies import Copies
from autocheck.lifted.patches import NOT_ADOPTED
from autocheck.lifted.run import current

Place = tuple[Callable[[Any], None], Any]
"""How to put something there, and what stands there."""


@contextmanager
def lifted_state(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The function to call while the arrays that it reaches are lifted copies; all is put back in the end."""
    run = current()
    if run is None:
        raise RuntimeError("state is lifted for a lifted run only")
    copies = Copies(lambda array: run.wrap(np.array(array), array.dtype), kinds="f")
    undo: list[Place] = []
    try:
        for put, value in list(places(function, set())):
            if copies.holds_any(value):
                undo.append((put, value))
                put(copies.of(value))
        yield copies.of(function) if isinstance(function, types.MethodType) else function
    finally:
        for put, value in reversed(undo):
            put(value)


def places(function: Any, seen: set[int]) -> Iterator[Place]:
    """The closure cells and the names of modules that a function's code can read, and those of the functions in them."""
    for plain in functions_of(function):
        if id(plain) in seen or plain.__globals__.get("__name__", "").partition(".")[0] in NOT_ADOPTED:
            continue
        seen.add(id(plain))
        found: list[Place] = [
            (functools.partial(setattr, cell, "cell_contents"), value) for cell, value in cells(plain)
        ]
        names = plain.__globals__
        found += [
            (functools.partial(names.__setitem__, n), names[n]) for n in sorted(names_in(plain.__code__)) if n in names
        ]
        for put, value in found:
            if callable(value) and not isinstance(value, np.ndarray):
                yield from places(value, seen)
            if not isinstance(value, (types.FunctionType, types.ModuleType, type, types.BuiltinFunctionType)):
                yield put, value
                yield from places_of_class(type(value), seen)


def places_of_class(kind: type, seen: set[int]) -> Iterator[Place]:
    """Those that the methods of an object can read."""
    if kind.__module__.partition(".")[0] in NOT_ADOPTED or id(kind) in seen:
        return
    seen.add(id(kind))
    for member in list(vars(kind).values()):
        if isinstance(member, types.FunctionType):
            yield from places(member, seen)


def functions_of(value: Any) -> list[types.FunctionType]:
    """The functions written in Python that a callable runs first."""
    if isinstance(value, functools.partial):
        return functions_of(value.func)
    if isinstance(value, types.MethodType):
        return [f for f in vars(type(value.__self__)).values() if isinstance(f, types.FunctionType)]
    wrapped = getattr(value, "__wrapped__", None) if isinstance(value, types.FunctionType) else None
    return [f for f in (value, wrapped) if isinstance(f, types.FunctionType)]


def cells(function: types.FunctionType) -> list[tuple[types.CellType, Any]]:
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append((cell, cell.cell_contents))
        except ValueError:  # not filled yet
            continue
    return found


def names_in(code: types.CodeType) -> set[str]:
    inner = [names_in(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*inner)
