"""What is in force while a block runs: options that its checks take unless told otherwise, and who hears of every report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autocheck.report import Report

_options: ContextVar[Mapping[str, Any]] = ContextVar("options", default={})  # noqa: B039 - nobody writes into it
_hear: ContextVar[Callable[[Report], None] | None] = ContextVar("hear", default=None)


@contextmanager
def session(hear: Callable[[Report], None] | None = None, options: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Of two sessions, one inside the other, the inner one holds."""
    heard, given = _hear.set(hear), _options.set(options or {})
    try:
        yield
    finally:
        _hear.reset(heard)
        _options.reset(given)


def given() -> Mapping[str, Any]:
    """The options that a check takes unless told otherwise."""
    return _options.get()


def announce(report: Report) -> None:
    """A check is finished."""
    if hear := _hear.get():
        hear(report)
