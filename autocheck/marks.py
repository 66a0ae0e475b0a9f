"""Marks in the user's own code: identities for the caller, meaningful while a function is judged."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


def stop_gradient(value: T) -> T:
    """Mark a value that the gradient is meant to hold constant. Returns it unchanged.

    While f is judged by the definition, its displaced runs get the value of the run at the point itself.
    """
    run = _run() or _plain.get()
    if run is None:
        return value
    run.frozen.append(copy.deepcopy(value))
    if run.replay is not None:
        return copy.deepcopy(run.replay[len(run.frozen) - 1])  # type: ignore[no-any-return]
    return run.stop(value)  # type: ignore[no-any-return]


def tap(name: str, value: T) -> T:
    """Mark an intermediate of f under a name of its own. Returns it unchanged.

    While a backward pass is judged, f runs with marked values replaced too: see `check_intermediates`.
    """
    hook = _hook.get()
    return value if hook is None else hook(name, value)


_hook: ContextVar[Callable[[str, Any], Any] | None] = ContextVar("tap_hook", default=None)


@contextmanager
def tapping(hook: Callable[[str, Any], Any]) -> Iterator[None]:
    """What `tap(name, value)` returns in the runs inside."""
    token = _hook.set(hook)
    try:
        yield
    finally:
        _hook.reset(token)


@dataclass(slots=True)
class Held:
    """A plain run of f under the judge: what passed through `stop_gradient`, or what is to pass instead."""

    replay: list[Any] | None = None
    frozen: list[Any] = field(default_factory=list)
    stop: Callable[[Any], Any] = lambda value: value


_plain: ContextVar[Held | None] = ContextVar("plain_run", default=None)


@contextmanager
def holding(replay: list[Any] | None = None) -> Iterator[list[Any]]:
    """What f marks as constant in the plain runs inside; `replay` makes it pass the values of an earlier run instead."""
    token = _plain.set(Held(replay))
    try:
        yield _plain.get().frozen  # type: ignore[union-attr]
    finally:
        _plain.reset(token)


def _run() -> Any:
    import sys

    lifted = sys.modules.get("autocheck.lifted.run")  # nothing is under way if nobody has loaded it
    return lifted.current() if lifted else None
