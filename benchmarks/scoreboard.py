"""Who notices a wrong gradient, and who cries wolf at a right one? autocheck and eight other checkers on one public corpus.

    python benchmarks/scoreboard.py [--part NAME ...] [--checkers NAME ...] [--sample N] [--seed S] [--json PATH] [--write]

Parts: right (every function of the corpus), catalogue and small (wrong gradients), hostile (right, hard to judge), mechanical
(every hand gradient with one node of its syntax tree changed; autocheck only, unless others are named), found (code as found
at pinned versions). Results are kept in PATH line by line: a run that was broken off goes on where it stopped, and what is
there already is not asked again. `--write` makes benchmarks/results/scoreboard.md of them. All cases of one function are asked
by one process, one after the other, so that what JAX compiles for it is compiled once. Times are processor time.

A wrong gradient counts only if exact arithmetic shows it to differ from the right one, at the case's own point or at one of
twenty others; or its floats are off by half their digits, it destroys its arguments, or a second call gives something else.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import checkers
import machine
import score_tables
from corpus import cases, found

HERE = Path(__file__).parent
PAGE = HERE / "results" / "scoreboard.md"
PARTS = (*cases.PARTS, "found")
Row = dict[str, Any]
Question = tuple[str, int, list[str]]
"""(part, which of its cases, the checkers to ask)"""


def work(questions: list[Question]) -> list[Row]:
    """The rows of some cases: what each checker answers, and for wrong ones how wrong they are."""
    return [
        found.row(found.SUBJECTS[n]) if part == "found" else row_of(cases.cases(part)[n], names)
        for part, n, names in questions
    ]


def row_of(case: cases.Case, names: list[str]) -> Row:
    row: Row = {"part": case.part, "name": case.name, "kind": case.kind, "right": case.right, "answers": {}}
    row |= {"size": case.size, "twin": case.twin}
    for name in names:
        try:
            gradient = case.afresh()
        except ValueError as error:  # a mutant that has lost a variable of the function around it
            row["answers"][name] = ["rejects", f"does not compile: {error}", 0.0]
            continue
        row["answers"][name] = list(checkers.ask(name, case.entry, gradient, case.args()))
    if not case.right:
        row |= how_wrong(case)
    return row


def how_wrong(case: cases.Case) -> Row:
    try:
        with checkers.patience(checkers.PATIENCE):
            decision = case.decision()
    except Exception as error:  # numbers that no ball can hold, or a mutant that never ends
        return {"why": "undecided", "raises": f"{type(error).__name__}: {error}"[:200]}
    errors = {name: repr(float(getattr(decision, name))) for name in ("here", "elsewhere", "floats")}
    return {"why": decision.why, "raises": decision.raises[:200], **errors}


def names_for(part: str, asked: list[str] | None) -> list[str]:
    """The checkers of one part: all that are installed, but autocheck alone for the thousands of mechanical mutants."""
    return asked or (["autocheck"] if part == "mechanical" else checkers.installed())


def questions(
    parts: list[str], asked: list[str] | None, rows: list[Row], sample: int, seed: int
) -> list[list[Question]]:
    """What has not been asked yet, all questions about one function together."""
    known = {(row["part"], row["name"]): set(row["answers"]) for row in rows}
    groups: dict[str, list[Question]] = {}
    for part in parts:
        subjects = found.SUBJECTS if part == "found" else cases.cases(part)
        names = [] if part == "found" else names_for(part, asked)
        for n in sampled(len(subjects), sample, seed):
            key = (part, subjects[n].name)
            left = [name for name in names if name not in known.get(key, ())]
            if left or key not in known:
                about = subjects[n].name if part == "found" else subjects[n].entry.name
                groups.setdefault(about, []).append((part, n, left))
    return list(groups.values())


def sampled(total: int, sample: int, seed: int) -> list[int]:
    """So many of the cases, drawn by the seed; all of them where there are no more or none are said."""
    return sorted(random.Random(seed).sample(range(total), sample)) if 0 < sample < total else list(range(total))


def run(jobs: list[list[Question]], workers: int) -> Iterator[list[Row]]:
    if workers < 2:
        yield from map(work, jobs)
        return
    with get_context("spawn").Pool(workers, maxtasksperchild=100) as pool:  # afresh: JAX keeps what it compiles
        yield from pool.imap_unordered(work, jobs)


def read(path: Path | None) -> list[Row]:
    """The rows so far; answers to the same case are put together."""
    rows: dict[tuple[str, str], Row] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path and path.exists() else []:
        row = json.loads(line)
        if "part" in row:
            merged(rows, row)
    return list(rows.values())


def merged(rows: dict[tuple[str, str], Row], row: Row) -> None:
    key = (row["part"], row["name"])
    known = rows.get(key, row)
    rows[key] = {**known, **row, "answers": {**known.get("answers", {}), **row.get("answers", {})}}


def progress(done: int, total: int, started: float) -> None:
    left = (time.monotonic() - started) * (total - done) / max(done, 1)
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{done} of {total} cases, about {left / 60:.0f} min left   {end}")
    sys.stderr.flush()


def about() -> str:
    """The docstring without its usage."""
    return "\n\n".join(part for part in str(__doc__).strip().split("\n\n") if not part.startswith("    "))


def options_of(arguments: Iterable[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--checkers", nargs="+", choices=checkers.installed(), help="default: all that are installed")
    parser.add_argument("--sample", type=int, default=0, help="so many cases of each part, drawn by the seed")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: 0)")
    parser.add_argument("--json", type=Path, help="keep the results there, one case to a line, and go on from them")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--write", action="store_true", help=f"write the page {PAGE.name}")
    parser.add_argument("--note", default="", help="a sentence on how the results came about, for the page")
    parser.add_argument("--tables", action="store_true", help="ask nothing, only show what is known")
    return parser.parse_args(arguments)


def main() -> None:
    options = options_of()
    rows = read(options.json)
    asked = questions(options.part, options.checkers, rows, options.sample, options.seed)
    jobs = [] if options.tables else asked
    total, done, started = sum(map(len, jobs)), 0, time.monotonic()
    known = {(row["part"], row["name"]): row for row in rows}
    out = options.json.open("a", encoding="utf-8") if options.json else None
    for made in run(jobs, options.workers):
        for row in made:
            merged(known, row)
            if out:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        done += len(made)
        if out:
            out.flush()
        progress(done, total, started)
    totals = {part: len(cases.cases(part)) for part in cases.PARTS}
    words = "\n\n".join(filter(None, (about(), options.note)))
    page = score_tables.page(list(known.values()), machine.text(), words, totals, options.seed)
    print(page)
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
