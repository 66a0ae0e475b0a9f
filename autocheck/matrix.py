"""Many claims judged in one run: the order of work, the processes that share it, and the report on all of them."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

from autocheck.claim import Claim
from autocheck.progress import progress_bar
from autocheck.report import SCHEMA, Report, worst

CHUNK = 8  # cases handed to a worker at a time: long enough to be worth the message, short enough to share the end


@dataclass(frozen=True, slots=True)
class Case:
    """One claim of the catalogue, not yet built, and what the catalogue knows about it."""

    id: str
    facts: tuple[tuple[str, str], ...]
    build: Callable[[], Claim]
    curves: bool = False
    """Whether the picture of error against step is wanted."""
    explore: bool = False
    """Whether the arguments are moved to other points too."""
    learned: Callable[[], tuple[tuple[str, str], ...]] = tuple
    """Facts that are known only once the claim has been built."""


@dataclass(frozen=True, slots=True)
class MatrixReport:
    """The reports on a whole catalogue."""

    reports: tuple[Report, ...]
    refused: tuple[tuple[str, str, str], ...] = ()
    """(loss, activation, reason) of the pairs that have no gradient."""
    skipped: tuple[str, ...] = ()
    """What could not be judged at all, and the way out."""
    chosen: str = ""
    """How the claims were chosen, in one sentence."""
    seed: int = 0
    seconds: float = 0.0
    versions: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self) -> str:
        return worst([r.verdict for r in self.reports])

    @property
    def counts(self) -> dict[str, int]:
        """How many reports there are of each verdict."""
        return dict(Counter(r.verdict for r in self.reports))

    def of_kind(self, kind: str) -> list[Report]:
        return [r for r in self.reports if r.fact("kind") == kind]

    def cell(self, loss: str, activation: str) -> list[Report]:
        """The reports on one pairing."""
        return [r for r in self.of_kind("pairing") if (r.fact("loss"), r.fact("activation")) == (loss, activation)]

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "counts": self.counts,
            "chosen": self.chosen,
            "seed": self.seed,
            "seconds": round(self.seconds, 2),
            "versions": dict(self.versions),
            "refused": [dict(zip(("loss", "activation", "reason"), r, strict=True)) for r in self.refused],
            "skipped": list(self.skipped),
            "reports": [r.to_dict() for r in self.reports],
        }


def judge_all(
    cases: Sequence[Case],
    remake: Callable[[], Sequence[Case]],
    progress: bool | None = None,
    workers: int | None = None,
) -> tuple[list[Report], float]:
    """Every case judged, in the order given, by as many processes as there are cores; and the seconds that it took.

    `remake` makes the same cases in a worker: a claim holds functions, which do not travel between processes.
    """
    started = time.perf_counter()
    workers = workers or min(available_cores(), max(1, len(cases) // CHUNK))
    reports: dict[int, Report] = {}
    with progress_bar(progress, len(cases)) as advance:
        for i, report in _serial(cases) if workers == 1 else _parallel(len(cases), remake, workers):
            reports[i] = report
            advance()
    return [reports[i] for i in range(len(cases))], time.perf_counter() - started


def judge_case(case: Case) -> Report:
    from autocheck.judge import judge

    report = judge(replace(case.build(), name=case.id), curves=case.curves, explore=case.explore)
    return replace(report, facts=(*case.facts, *case.learned()))


def available_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _serial(cases: Sequence[Case]) -> Iterator[tuple[int, Report]]:
    for i, case in enumerate(cases):
        yield i, judge_case(case)


def _parallel(count: int, remake: Callable[[], Sequence[Case]], workers: int) -> Iterator[tuple[int, Report]]:
    """Chunks dealt out as workers come free. A fresh interpreter each: JAX's threads do not survive a fork."""
    chunks = [range(i, min(i + CHUNK, count)) for i in range(0, count, CHUNK)]
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (remake,)) as pool:
        for found in pool.map(_judge_chunk, chunks):
            yield from found


_cases: Sequence[Case] = ()


def _begin(remake: Callable[[], Sequence[Case]]) -> None:
    global _cases
    _cases = remake()


def _judge_chunk(chunk: Iterable[int]) -> list[tuple[int, Report]]:
    return [(i, judge_case(_cases[i])) for i in chunk]
