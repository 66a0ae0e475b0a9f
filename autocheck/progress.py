"""A progress bar for work that takes long: on a terminal, where rich is installed; nothing otherwise."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Advance(Protocol):
    """Says that one piece of the work is done, or (`total`) how many pieces there are to be."""

    def __call__(self, total: int | None = None) -> None: ...


def silent(total: int | None = None) -> None:
    """Says nothing to nobody."""


@contextmanager
def progress_bar(wanted: bool | None, total: int | None = None, after: float = 0.0) -> Iterator[Advance]:
    """What to call after each piece. The bar appears on standard error `after` seconds, and goes when the work is done.

    wanted: None for a bar on a terminal only, whose owner has nothing against it (NO_COLOR).
    """
    if wanted is None:
        wanted = sys.stderr is not None and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        wanted = False
    if not wanted:
        yield silent
        return
    columns: tuple[Any, ...] = (TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task, started = bar.add_task("judging", total=total), time.perf_counter()

    def advance(total: int | None = None) -> None:
        if total is None:
            bar.advance(task)
        else:
            bar.update(task, total=total)
        if not bar.live.is_started and time.perf_counter() - started >= after:
            bar.start()

    if after == 0.0:
        bar.start()
    try:
        yield advance
    finally:
        bar.stop()
