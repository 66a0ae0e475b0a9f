"""Is the right mistake named? Every wrong gradient of the corpus' catalogue, and what autocheck's diagnosis says of it.

    python benchmarks/diagnosis.py [--rows N ...] [--generic N] [--write] [--workers N] [--verbose]

Each row of the catalogue (mistakes that people published) and each transformation of a right gradient has the causes that tell
it truly; a case counts as named if the first cause said is one of them. A diagnosis that says "exact" with another cause is counted
apart. `--generic N` adds every N-th transformation, `--generic -N` takes
those alone. `--write` makes docs/mistakes.md of the catalogue's rows.
"""

from __future__ import annotations

import argparse
import collections
import functools
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from corpus import mistakes, mutants
from corpus.entry import Wrong

import autocheck
from autocheck import cause, judge

PAGE = Path(__file__).parents[1] / "docs" / "mistakes.md"

PATHS = "path-missing path-sign path-factor"
SLOPES = "slope-missing slope-twice slope-at-output slope-of-input slope-mirrored slope-extra slope-inverted"

CAUSES: dict[int, str] = {
    1: "diagonal",
    2: "diagonal",
    3: "path-missing",
    4: "shortcut path-missing wrong-axis",
    5: "shortcut wrong-axis",
    6: "factor path-factor other-function",
    7: "shortcut slope-missing",
    8: "slope-extra array-factor",
    9: "slope-missing",
    10: "slope-missing slope-extra",
    11: "sign",
    12: "slope-of-input",
    13: "stale",
    14: "transposed operand-transposed path-exchanged",
    15: "operand-transposed",
    16: "first-use last-use shape",
    17: "factor averaged",
    18: "other-argument",
    19: "factor",
    20: "factor",
    21: "factor",
    22: "factor path-factor",
    23: "path-factor",
    24: "path-missing term",
    25: "shortcut slope-at-output",
    26: "shortcut",
    27: "zeroed place clip",
    28: "not-finite",
    29: "epsilon other-constant other-function",
    30: "other-function",
    31: "sign place",
    32: "place",
    33: "place factor-missing",
    34: f"{SLOPES} other-function",
    35: "place factor-missing mask",
    36: "place factor-missing",
    38: "place kink",
    39: "last-use first-use path-missing",
    40: "not-a-function",
    41: "last-use first-use permuted",
    42: "factor-missing other-function",
    43: f"{PATHS} other-constant wrong-axis",
    44: "path-factor",
    45: "last-use permuted stride",
    46: "permuted operand-reversed",
    47: "overwrites-argument slope-at-output",
    48: "path-missing slope-missing",
    49: "copied",
    51: f"factor factor-missing other-function mask {PATHS}",
    52: f"mask {PATHS}",
    53: PATHS,
    54: "not-finite",
    55: f"{PATHS} {SLOPES} other-function",
    56: "shortcut array-factor other-function",
}
"""The causes that tell a row of the catalogue truly."""

OF_TRANSFORMATIONS: dict[str, str] = {
    "11 sign": "sign",
    "22 factor two": "factor",
    "22 half of it": "factor",
    "20 not divided by the batch": "factor",
    "21 an extra 1/n": "factor",
    "zero": "zeroed",
    "14 transposed": "transposed",
    "shifted by one row": "permuted",
    "rows reversed": "permuted",
    "one row only": "place",
    "averaged over the rows": "averaged",
    "averaged over the elements": "averaged",
    "two elements exchanged": "permuted",
    "two parameters exchanged": "other-argument",
    "one element dropped": "place",
    "one element's sign": "place",
    "one element doubled": "place",
    "clipped": "shaped place clip",
    "negative part lost": "shaped place",
    "absolute value": "shaped place",
    "sign only": "shaped",
    "squared": "shaped slope-twice",
    "normalised": "shaped",
    "centred": "averaged",
    "small elements dropped": "shaped place",
    "24 penalty added, 1e-3": "term",
    "24 penalty added, 5e-6": "term",
    "13 taken one step later": "stale",
    "taken at a rounded input": "stale",
    "36 upstream forgotten": "factor-missing array-factor",
    "a central difference instead": "difference",
    "a forward difference instead": "difference",
    "NaN in one element": "not-finite place",
    "rounded to three places": "shaped place",
}

TRIVIAL = "factor sign zeroed"
"""With one element, or where all elements are alike, these are what was done, in simpler words: they reproduce it as exactly."""


@dataclass(frozen=True)
class Row:
    """One case: what was done, what autocheck said."""

    mistake: str
    function: str
    verdict: str
    cause: str
    sentence: str
    evidence: str
    seconds: float
    of_diagnosis: float
    published: bool

    @property
    def named(self) -> bool:
        return self.cause in expected(self.mistake, self.published)

    @property
    def is_fault(self) -> bool:
        """At some points a mistake does no harm: there is nothing to tell."""
        return self.verdict in ("wrong", "inaccurate")

    @property
    def exact(self) -> bool:
        return self.evidence.startswith("exact")


def expected(mistake: str, published: bool) -> list[str]:
    return CAUSES[int(mistake[:2])].split() if published else f"{OF_TRANSFORMATIONS[mistake]} {TRIVIAL}".split()


def row_of(wrong: Wrong) -> Row:
    args = wrong.make_args(np.random.default_rng(0))
    started = time.perf_counter()
    spent: list[float] = []
    with timed(spent):
        report = autocheck.check_gradient(
            wrong.entry.f, wrong.afresh(), *args, argnums=wrong.entry.argnums, name=wrong.entry.name
        )
    d = report.diagnosis
    told = (d.cause, d.sentence, d.evidence) if d else ("", "", "")
    seconds = time.perf_counter() - started
    published = any(wrong is w for w in catalogue()[: len(mistakes.TABLE)])
    return Row(wrong.mistake, wrong.entry.name, report.verdict, *told, seconds, sum(spent), published)


@contextmanager
def timed(spent: list[float]) -> Iterator[None]:
    """Notes how long the diagnosis takes; where it breaks down, which a report does without, says so."""
    gathered, made = judge.cause_of, cause.diagnose

    def watched(*args, **options):
        started = time.perf_counter()
        try:
            return gathered(*args, **options)
        finally:
            spent.append(time.perf_counter() - started)

    def told(case):
        try:
            return made(case)
        except Exception:
            traceback.print_exc()
            raise

    judge.cause_of, cause.diagnose = watched, told
    try:
        yield
    finally:
        judge.cause_of, cause.diagnose = gathered, made


@functools.cache
def catalogue() -> tuple[Wrong, ...]:
    with np.errstate(all="ignore"):  # a mutant of a network is infinite soon
        return mutants.catalogue()


def subjects(rows: list[int], every: int) -> list[Wrong]:
    published, generic = catalogue()[: len(mistakes.TABLE)], catalogue()[len(mistakes.TABLE) :]
    if every < 0:
        return list(generic[::-every])
    return [w for w in published if not rows or int(w.mistake[:2]) in rows] + list(generic[::every] if every else ())


def work(job: tuple[list[int], int, int]) -> Row:
    rows, every, number = job
    return row_of(subjects(rows, every)[number])


def measured(rows: list[int], every: int, workers: int) -> Iterator[Row]:
    jobs = [(rows, every, n) for n in range(len(subjects(rows, every)))]
    if workers < 2:
        yield from map(work, jobs)
        return
    with get_context("spawn").Pool(workers, maxtasksperchild=60) as pool:
        yield from pool.imap(work, jobs, chunksize=4)


def summary(rows: Iterable[Row]) -> str:
    """Counts by mistake, then in all."""
    found: dict[str, list[Row]] = collections.defaultdict(list)
    for row in rows:
        if row.is_fault:
            found[row.mistake if row.published else f"transformed: {row.mistake}"].append(row)
    lines = [f"{'mistake':<44} cases named none exact-but-other"]
    for mistake, of in sorted(found.items()):
        others = [r for r in of if r.exact and not r.named]
        lines.append(
            f"{mistake[:44]:<44} {len(of):5} {sum(r.named for r in of):5} {sum(not r.cause for r in of):4} {len(others):5}"
            + "  "
            + ", ".join(sorted({r.cause for r in others}))
        )
    every = [r for of in found.values() for r in of]
    spent, whole = sum(r.of_diagnosis for r in every), sum(r.seconds for r in every)
    lines.append(
        f"{len(every)} faults: named {sum(r.named for r in every)}, none {sum(not r.cause for r in every)}, "
        f"exact with another cause {sum(r.exact and not r.named for r in every)}; {spent:.0f} of {whole:.0f} s diagnosing"
    )
    return "\n".join(lines)


def rates(rows: list[Row]) -> str:
    """What the documents quote of the published mistakes."""
    faults = [r for r in rows if r.published and r.is_fault]
    functions = collections.defaultdict(set)
    for r in faults:
        functions[r.mistake].add(r.function)
    several = sum(len(names) > 1 for names in functions.values())
    named, false = sum(r.named for r in faults), sum(r.exact and not r.named for r in faults)
    return (
        f"{len(functions)} mistakes in {len(faults)} gradients, {several} of them on two functions or more. The cause is named "
        f"first in {named} ({named / max(1, len(faults)):.1%}); said to be exact with another cause: {false}; "
        f"no cause told: {sum(not r.cause for r in faults)}."
    )


def page(rows: list[Row]) -> str:
    """docs/mistakes.md: for each published mistake what autocheck says of it, function by function."""
    lines = [
        "# What autocheck says of published mistakes",
        "",
        "Made by `python benchmarks/diagnosis.py --write`: the mistakes are those that people published, made again on functions",
        "of `benchmarks/corpus`; each is found `wrong` without a tolerance (`inaccurate`, where only the rounding is), and this",
        "is the diagnosis that the report gives.",
        "",
        rates(rows),
        "",
        "| mistake | function | cause | what autocheck says | evidence |",
        "| --- | --- | --- | --- | --- |",
    ]
    for r in sorted((r for r in rows if r.is_fault), key=lambda r: (r.mistake, r.function)):
        sentence = r.sentence.replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {r.mistake} | {r.function} | {r.cause or '—'} | {sentence or '—'} | {r.evidence or '—'} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[])
    parser.add_argument("--generic", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    rows = []
    for row in measured(options.rows, options.generic, options.workers):
        rows.append(row)
        if options.verbose:
            mark = "+" if row.named else "!" if row.exact else "-"
            told = (row.mistake, row.function, row.verdict, row.cause, row.sentence, row.evidence)
            print(mark, *told, sep=" | ", flush=True)
    print(summary(rows))
    print(rates(rows))
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page([r for r in rows if r.published]), encoding="utf-8")


if __name__ == "__main__":
    main()
