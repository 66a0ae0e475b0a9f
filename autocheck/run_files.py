"""`autocheck run`: every file in a process of its own, every claim under a time limit, and one report on them all.

A process that exceeds the limit or dies is replaced for the claims that are left, so no file, and no claim, stops the others. This
keeps mistakes apart; it is no sandbox: the files run with the rights of whoever names them.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from autocheck import limits
from autocheck.file_report import Failure, FileReport, RunReport
from autocheck.matrix import available_cores
from autocheck.progress import Advance, progress_bar
from autocheck.progress import silent as uncounted
from autocheck.report import Report
from autocheck.user_file import Target
from autocheck.worker import work

NO_CLAIM = "holds no claim: write @autocheck.gradient_of(f, at=...) above a function that was derived by hand"
Hear = Callable[[float | None], Any]


def judge_files(
    targets: Sequence[Target],
    silent: Sequence[Path] = (),
    seed: int = 0,
    limit: float = limits.SECONDS_PER_CLAIM,
    progress: bool | None = None,
) -> RunReport:
    """Every file judged, in the order given, by as many processes at a time as there are cores.

    silent: files that claim nothing, to be mentioned.
    limit: seconds for each claim, and for the import of a file.
    """
    started, known = time.perf_counter(), list[int]()
    with progress_bar(progress, len(targets)) as advance, ThreadPoolExecutor(available_cores()) as pool:

        def count(total: int | None = None) -> None:
            known.extend([] if total is None else [total])
            advance(None if total is None else sum(known) + len(targets) - len(known))

        files = tuple(pool.map(lambda target: judge_file(target, seed, limit, count), targets))
    return RunReport(files, tuple(map(str, silent)), seed, limit, time.perf_counter() - started)


class Lost(Exception):  # noqa: N818 - named for what happened
    """The worker gave no answer."""


class OutOfTime(Lost):
    """It was not done within the limit."""


def judge_file(target: Target, seed: int, limit: float, count: Advance = uncounted) -> FileReport:
    """The report on one file; `count` is told how many claims it holds, and of each one that is done."""
    names, found = list[str](), list[Report | Failure]()
    while not names or len(found) < len(names):
        with worker(target, seed, len(found)) as hear:
            try:
                hear(None)
                told = _names(target, hear(limit))
                if not names:
                    count(total=len(told))
                names = told
                while len(found) < len(names):
                    found.append(hear(limit))
                    count()
            except Lost as lost:
                if not names:
                    return FileReport(str(target.path), failures=(Failure(str(lost)),))
                found.append(_unheard(target, names[len(found)], seed, limit, lost))
                count()
    reports = tuple(r for r in found if isinstance(r, Report))
    return FileReport(str(target.path), reports, tuple(f for f in found if isinstance(f, Failure)))


def _names(target: Target, answer: list[str] | Failure) -> list[str]:
    """The names of the claims that the worker found.

    Raises: Lost if there is none, and if the file could not be imported
    """
    if isinstance(answer, Failure):
        raise Lost(answer.text)
    if not answer:
        raise Lost(f"holds no claim named {target.name!r}" if target.name else NO_CLAIM)
    return answer


def _unheard(target: Target, name: str, seed: int, limit: float, lost: Lost) -> Report | Failure:
    """A claim on which nothing was heard: what takes too long may be right."""
    if not isinstance(lost, OutOfTime):
        return Failure(str(lost), name)
    text = f"{lost}: raise --limit, or judge at a smaller point"
    again = f"autocheck run {shlex.quote(f'{target.path}::{name}')} --seed {seed} --limit {limit:g}"
    facts = (("kind", "file"), ("file", str(target.path)), ("claim", name))
    return Report(name, "inconclusive", reasons=(text,), mode="not judged", seed=seed, reproduce=again, facts=facts)


@contextmanager
def worker(target: Target, seed: int, done: int) -> Iterator[Hear]:
    """A fresh process for one file; what it yields returns the next answer, at most so many seconds later."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(theirs, target, seed, done))
    process.start()
    theirs.close()

    def hear(seconds: float | None) -> Any:
        if not ours.poll(seconds):
            raise OutOfTime(f"not done within {seconds:g} s")
        try:
            return ours.recv()
        except EOFError:
            process.join()
            raise Lost(f"the process ended with exit code {process.exitcode}") from None

    try:
        yield hear
    finally:
        process.kill()
        process.join()
        ours.close()
