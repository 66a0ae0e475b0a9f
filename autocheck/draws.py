"""Every run of the user's code finds what the first one found: its object, and the global random generators."""

from __future__ import annotations

import copy
import functools
import random
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autocheck.copies import Copies
from autocheck.lifted.run import current

States = tuple[Any, Any]


def states() -> States:
    """Of NumPy's global generator and of Python's."""
    return np.random.get_state(), random.getstate()  # noqa: NPY002 - the user's code may draw from the global generator


def restore(found: States) -> None:
    np.random.set_state(found[0])  # noqa: NPY002
    random.setstate(found[1])


@contextmanager
def kept() -> Iterator[None]:
    """The global generators are given back as they were."""
    found = states()
    try:
        yield
    finally:
        restore(found)


def drawn_since(before: States) -> bool:
    return not _same(states(), before)


def repeatable(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function on a fresh copy of the object that it is bound to; if its first call draws, each call makes the same draws."""
    start, draws = states(), True

    @functools.wraps(function)
    def run(*args: Any) -> Any:
        nonlocal draws
        run.lifted = current() is not None  # type: ignore[attr-defined]
        with around() as ready:
            if not draws:  # reading and writing a generator's state takes longer than many a function
                return ready(*args)
            restore(start)
            try:
                return ready(*args)
            finally:
                draws = drawn_since(start)

    @contextmanager
    def around() -> Iterator[Callable[..., Any]]:
        if not (run.lifts_state and run.lifted):  # type: ignore[attr-defined]
            yield run.held or fresh(function)  # type: ignore[attr-defined]
            return
        from autocheck.lifted.state import lifted_state

        with lifted_state(function) as ready:
            yield ready

    run.held, run.of = None, function  # type: ignore[attr-defined] # the object kept from call to call, if any
    run.lifted = False  # type: ignore[attr-defined]
    run.lifts_state = False  # type: ignore[attr-defined] # set where a lifted run was refused without
    return run


@contextmanager
def on_one_object(function: Callable[..., Any]) -> Iterator[None]:
    """A function made `repeatable` finds what its last call left in the object that it is bound to; any other does anyway."""
    if not hasattr(function, "held"):
        yield
        return
    function.held = fresh(function.of)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        function.held = None  # type: ignore[attr-defined]


def ran_lifted(function: Callable[..., Any]) -> bool:
    """Whether the last run of a function made `repeatable` was one on lifted arrays."""
    return bool(function.lifted)  # type: ignore[attr-defined]


def fresh(function: Callable[..., Any]) -> Callable[..., Any]:
    """A bound method with its object copied, so that no evaluation sees another's state."""
    owner = getattr(function, "__self__", None)
    try:
        if isinstance(function, types.MethodType) and hasattr(owner, "__dict__"):
            return functools.partial(function.__func__, Copies(np.array, kinds="biufc").of(owner))
        plain = isinstance(function, (types.FunctionType, types.BuiltinFunctionType, functools.partial, type))
        return function if plain else copy.deepcopy(function)
    except TypeError:  # it holds what can't be copied: a lock, an open file
        return function


def _same(one: States, other: States) -> bool:
    return one[1] == other[1] and one[0][2:] == other[0][2:] and bool(np.array_equal(one[0][1], other[0][1]))
