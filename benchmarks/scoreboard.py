"""Who notices a wrong gradient, and who cries wolf at a right one? autocheck and eight other checkers on one public corpus.

    python benchmarks/scoreboard.py [--part NAME ...] [--checkers NAME ...] [--sample N] [--json PATH] [--write] [--workers N]

Parts: right (every function of the corpus), catalogue and small (wrong gradients), hostile (right, hard to judge), mechanical
(every hand gradient with one node of its syntax tree changed; autocheck only, unless others are named), found (code as found
at pinned versions). Results are kept in PATH line by line: a run that was broken off goes on where it stopped, and what is
there already is not asked again. `--write` makes benchmarks/scoreboard.md of them.

A wrong gradient counts only if exact arithmetic shows it to differ from the right one, at the case's own point or at one of
twenty others; or its floats are off by half their digits, it destroys its arguments, or a second call gives something else.
"""

from __future__ import annotations

import argparse
import json
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
PAGE = HERE / "scoreboard.md"
PARTS = (*cases.PARTS, "found")
CHUNK = 12
Row = dict[str, Any]


def work(part: str, numbers: list[int], names: list[str]) -> list[Row]:
    """The rows of some cases: what each checker answers, and for wrong ones how wrong they are."""
    if part == "found":
        return [found.row(found.SUBJECTS[n]) for n in numbers]
    return [row_of(cases.cases(part)[n], names) for n in numbers]


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


def missing(part: str, names: list[str], rows: list[Row], sample: int) -> list[tuple[list[int], list[str]]]:
    """(numbers, checkers) of what has not been asked yet, in chunks."""
    asked = {row["name"]: set(row["answers"]) | {"found"} for row in rows if row["part"] == part}
    wanted = {"found"} if part == "found" else set(names)
    subjects = found.SUBJECTS if part == "found" else cases.cases(part)
    groups: dict[tuple[str, ...], list[int]] = {}
    for n in range(0, len(subjects), stride(len(subjects), sample)):
        left = tuple(c for c in checkers.CHECKERS if c in wanted - asked.get(subjects[n].name, set()))
        if left or (part == "found" and subjects[n].name not in asked):
            groups.setdefault(left, []).append(n)
    return [(ns[i : i + CHUNK], list(left)) for left, ns in groups.items() for i in range(0, len(ns), CHUNK)]


def stride(total: int, sample: int) -> int:
    return max(1, -(-total // sample)) if sample else 1


def run(jobs: list[tuple[str, list[int], list[str]]], workers: int) -> Iterator[list[Row]]:
    if workers < 2:
        yield from (work(*job) for job in jobs)
        return
    with get_context("spawn").Pool(
        workers, maxtasksperchild=40
    ) as pool:  # afresh now and then: JAX keeps what it compiles
        yield from pool.imap(do, jobs)


def do(job: tuple[str, list[int], list[str]]) -> list[Row]:
    return work(*job)


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
    parser.add_argument("--sample", type=int, default=0, help="about so many cases of each part, evenly spread")
    parser.add_argument("--json", type=Path, help="keep the results there, one case to a line, and go on from them")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--write", action="store_true", help=f"write the page {PAGE.name}")
    parser.add_argument("--tables", action="store_true", help="ask nothing, only show what is known")
    return parser.parse_args(arguments)


def main() -> None:
    options = options_of()
    rows = read(options.json)
    jobs = [] if options.tables else [
        (part, numbers, names)
        for part in options.part
        for numbers, names in missing(part, names_for(part, options.checkers), rows, options.sample)
    ]  # fmt: skip
    total, done, started = sum(len(numbers) for _, numbers, _ in jobs), 0, time.monotonic()
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
    page = score_tables.page(list(known.values()), machine.text(), about())
    print(page)
    if options.write:
        PAGE.write_text(page + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
