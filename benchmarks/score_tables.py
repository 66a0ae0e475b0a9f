"""The scoreboard's tables: rows of results in, Markdown out. Pure functions of what was found."""

from __future__ import annotations

import importlib.metadata
import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import checkers
from corpus import found
from reasons import reason

Row = dict[str, Any]
SHOWN = 400
"""Characters of a checker's own words that are shown."""
WHY = {
    "formula": "the formula is wrong at the point",
    "floats": "the formula is right, its floats have lost more than half of their digits",
    "destroys its input": "right numbers, but the arguments are overwritten",
    "second call": "a second call gives something else",
    "elsewhere": "right at the point, wrong at other points",
    "raises": "raises by itself",
}


def page(rows: list[Row], machine: str, about: str = "", totals: dict[str, int] | None = None, seed: int = 0) -> str:
    """All tables that the rows are enough for; `about` says what was run, `totals` how many cases each part has."""
    parts = {part: [r for r in rows if r["part"] == part] for part in dict.fromkeys(r["part"] for r in rows)}
    wrong = [r for part in ("catalogue", "small") for r in parts.get(part, []) if r.get("why")]
    good = [*parts.get("right", []), *parts.get("hostile", [])]
    sections = [
        "# Scoreboard",
        about,
        f"```text\n{machine}\n{versions()}\n```",
        summary(parts, wrong, good),
        samples(parts, totals or {}, seed),
        by_reason(wrong),
        by(wrong, "kind", "Missed wrong gradients, by mistake", missed, lambda r: r["part"] == "catalogue"),
        by_size(parts.get("small", [])),
        by(good, "kind", "False alarms, by kind of right gradient", rejected, lambda r: True),
        mechanical(parts.get("mechanical", [])),
        as_found(parts.get("found", [])),
        left_over(wrong, good, parts.get("mechanical", [])),
    ]
    return "\n\n".join(section for section in sections if section)


def versions() -> str:
    def version(name: str) -> str:
        try:
            return f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            return f"{name} not installed"

    return "checkers     " + ", ".join(map(version, checkers.VERSIONED))


def answer(row: Row, name: str) -> str:
    return row["answers"].get(name, ["", "", 0.0])[0]


def missed(row: Row, name: str) -> bool:
    return answer(row, name) == "accepts"


def rejected(row: Row, name: str) -> bool:
    return answer(row, name) == "rejects"


def asked(rows: Iterable[Row], name: str) -> list[Row]:
    return [r for r in rows if name in r["answers"]]


def seen_here(row: Row) -> bool:
    """Whether the point itself shows what is wrong: a checker of points can't see the others."""
    return row["why"] not in ("elsewhere", "undecided")


def names_in(rows: list[Row]) -> list[str]:
    present = {name for r in rows for name in r["answers"]}
    return [name for name in checkers.CHECKERS if name in present]


def table(head: list[str], body: list[list[Any]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *body]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def cell(counts: Callable[[Row, str], bool], group: list[Row], name: str) -> str:
    """How many of a group, and of how many if the checker was asked about some of it only."""
    known = asked(group, name)
    count = sum(counts(r, name) for r in known)
    return f"{count}" if len(known) == len(group) else f"{count} of {len(known)}"


def share(count: int, total: int) -> str:
    return f"{count} ({count / total:.1%})" if total else "-"


def summary(parts: dict[str, list[Row]], wrong: list[Row], good: list[Row]) -> str:
    """One line for each checker."""
    here = [r for r in wrong if seen_here(r)]
    accepted = {
        (r["name"], name) for r in parts.get("right", []) for name in r["answers"] if answer(r, name) == "accepts"
    }
    body = []
    for name in names_in([*wrong, *good]):
        bad, fine = asked(here, name), asked(good, name)
        useful = sum(rejected(r, name) and (r["twin"], name) in accepted for r in bad)
        seconds = [r["answers"][name][2] for r in [*bad, *fine]]
        body.append(
            [
                name,
                share(sum(missed(r, name) for r in bad), len(bad)),
                share(sum(rejected(r, name) for r in fine), len(fine)),
                sum(answer(r, name) == "abstains" for r in [*bad, *fine]),
                share(useful, len(bad)),
                f"{1e3 * statistics.median(seconds):.1f}" if seconds else "-",
                f"{1e3 * statistics.fmean(seconds):.1f}" if seconds else "-",
                f"{len(bad)} + {len(fine)}",
            ]
        )
    if not body:
        return ""
    head = ["checker", "missed", "false alarms", "abstained", "useful", "median ms", "mean ms", "asked: wrong + right"]
    counts = Counter(r["part"] for r in [*here, *good])
    words = (
        f"Wrong gradients that their point shows: {len(here)} ({counts['catalogue']} by the catalogue, {counts['small']} small). "
        f"Right ones: {len(good)} ({counts['right']} of the corpus and twins, {counts['hostile']} hostile). "
        "Useful: the wrong gradient is rejected and its right twin, at the same point, accepted. "
        "A checker that abstains has neither missed nor alarmed, and is not useful. Shares are of what a checker was asked."
    )
    return f"## Summary\n\n{words}\n\n{table(head, body)}"


def samples(parts: dict[str, list[Row]], totals: dict[str, int], seed: int) -> str:
    """How much of each part every checker was asked."""
    names = [name for name in names_in([r for rows in parts.values() for r in rows]) if totals]
    body = [[part, totals.get(part, len(rows)), *(len(asked(rows, n)) for n in names)] for part, rows in parts.items()]
    words = f"Where fewer were asked than there are, they were drawn at random with seed {seed}."
    body = [line for line in body if line[0] != "found"]
    return f"## Cases asked\n\n{words}\n\n{table(['part', 'cases', *names], body)}" if names else ""


def by_reason(wrong: list[Row]) -> str:
    def cells(why: str, names: list[str]) -> list[Any]:
        group = [r for r in wrong if r["why"] == why]
        return [WHY.get(why, why), len(group), *(cell(missed, group, n) for n in names)]

    names = names_in(wrong)
    body = [cells(why, names) for why in dict.fromkeys(r["why"] for r in wrong)]
    return f"## Missed, by what is wrong\n\n{table(['what', 'cases', *names], body)}" if body else ""


def by(rows: list[Row], key: str, title: str, counts: Callable[[Row, str], bool], wanted: Callable[[Row], bool]) -> str:
    """Lines of one kind each, a column for each checker; kinds in order of their names."""
    rows = [r for r in rows if wanted(r) and (r["right"] or seen_here(r))]
    names = names_in(rows)
    body = []
    for kind in sorted({r[key] for r in rows}):
        group = [r for r in rows if r[key] == kind]
        body.append([kind, len(group), *(cell(counts, group, n) for n in names)])
    return f"## {title}\n\n{table([key, 'cases', *names], body)}" if body else ""


def by_size(small: list[Row]) -> str:
    rows = [{**r, "kind": r["kind"]} for r in small if r.get("why") and seen_here(r)]
    order = sorted({(r["kind"].split(" off")[0], -r["size"], r["kind"]) for r in rows})
    names = names_in(rows)
    body = []
    for _, _, kind in order:
        group = [r for r in rows if r["kind"] == kind]
        body.append([kind, len(group), *(cell(missed, group, n) for n in names)])
    return f"## Missed small errors, by size\n\n{table(['error', 'cases', *names], body)}" if body else ""


def outcome(row: Row) -> str:
    """What became of a mechanical mutant."""
    said, why = answer(row, "autocheck"), row.get("why", "")
    if why == "raises":
        return "crashed"
    if said == "rejects":
        return "killed" if why else "equal, rejected"
    if why in ("", "undecided"):
        return "equal" if why == "" else "undecided"
    silent = "abstained" if said == "abstains" else "missed"
    return f"{silent} elsewhere" if why == "elsewhere" else silent


OUTCOMES = (
    "killed",
    "crashed",
    "equal",
    "missed",
    "abstained",
    "missed elsewhere",
    "abstained elsewhere",
    "equal, rejected",
    "undecided",
)


def mechanical(rows: list[Row]) -> str:
    if not rows:
        return ""
    body = []
    for kind in [*sorted({r["kind"] for r in rows}), "all"]:
        found = Counter(outcome(r) for r in rows if kind in (r["kind"], "all"))
        body.append([kind, sum(found.values()), *(found[o] for o in OUTCOMES)])
    words = (
        "Every hand gradient with one node of its syntax tree changed. Killed: autocheck says wrong or inaccurate. Crashed: the "
        "mutant raises by itself. Equal: accepted, and the same numbers in exact arithmetic at the point and at twenty others. "
        "Missed: accepted although it differs at the point; elsewhere: it differs only at other points than the one judged."
    )
    return f"## Mechanical mutants\n\n{words}\n\n{table(['change', 'mutants', *OUTCOMES], body)}"


def as_found(rows: list[Row]) -> str:
    if not rows:
        return ""
    body = []
    for package in dict.fromkeys(r["kind"] for r in rows):
        group = [r for r in rows if r["kind"] == package]
        verdicts = Counter(r["verdict"] for r in group)
        lifted = sum(r["lifted"] == "yes" for r in group)
        version = next((r["version"] for r in group if "version" in r), "not installed")
        body.append([f"{package} {version}", len(group), lifted, *(verdicts[v] for v in VERDICTS)])
    head = ["package", "derivatives", "judged exactly", *VERDICTS]
    lines = [
        f"- {r['name']}: **{r['verdict']}**" + ("" if r["lifted"] == "yes" else ", not lifted") + f". {words(r)}"
        for r in rows
        if r["verdict"] != "agrees" or r["lifted"] != "yes"
    ]
    return f"## Code as found\n\n{table(head, body)}\n\n" + "\n".join(lines)


VERDICTS = ("agrees", "inconclusive", "inaccurate", "wrong", "error")


def words(row: Row) -> str:
    remark = found.REMARKS.get(row["name"], "")
    said = " ".join(row["said"].split())
    return f"{remark[:1].upper()}{remark[1:]}." if remark else said


def left_over(wrong: list[Row], good: list[Row], mutants: list[Row]) -> str:
    """Every case that autocheck did not get right, with its reason or its own words."""
    lists = {
        "Missed, though the point shows it": [r for r in wrong if seen_here(r) and missed(r, "autocheck")],
        "Abstained on a wrong gradient": [r for r in wrong if seen_here(r) and answer(r, "autocheck") == "abstains"],
        "False alarms": [r for r in good if rejected(r, "autocheck")],
        "Abstained on a right gradient": [r for r in good if answer(r, "autocheck") == "abstains"],
        "Accepted, though wrong at other points": [r for r in wrong if not seen_here(r) and missed(r, "autocheck")],
        **{f"Mechanical mutants: {o}": [r for r in mutants if outcome(r) == o] for o in OUTCOMES[3:]},
    }
    sections = [f"### {title} ({len(rows)})\n\n" + "\n".join(map(line, rows)) for title, rows in lists.items() if rows]
    return "## What remains of autocheck's\n\n" + "\n\n".join(sections or ["Nothing."])


def line(row: Row) -> str:
    said = (
        reason(row["name"], row.get("why", ""))
        or " ".join(row["answers"].get("autocheck", ["", ""])[1].split())[:SHOWN]
    )
    size = f" (off by {row['here']} here, {row['elsewhere']} elsewhere)" if "here" in row else ""
    return f"- {row['name']}{size}: {said}"
