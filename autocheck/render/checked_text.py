"""What a run of tests checked, in words: a line for one test, a table on a terminal and in Markdown, a last line that counts."""

from __future__ import annotations

from collections.abc import Sequence

from autocheck.checked import CheckedRun, CheckedTest, power
from autocheck.report import VERDICTS, Report
from autocheck.words import tallied

COLUMNS = ("verdict", "formula", "rounding", "would show", "test")
MOST_NAMES = 3


def one_line(reports: Sequence[Report]) -> str:
    """One test in one line: `agrees: gradient of loss; formula 91 digits, rounding 0.4 ulp, an error of 3e-92 would have shown`."""
    test = CheckedTest("", "", tuple(reports))
    said = strength(test.telling)
    return f"{test.verdict}: {_what(test)}" + (f"; {said}" if said else "")


def strength(reports: Sequence[Report]) -> str:
    """What several reports say together, in words."""
    found, many = power(reports), len(reports) > 1
    parts = []
    if found.digits is not None:
        parts.append(f"formula {found.digits:.0f} digits{' or more' * many}")
    if found.ulp is not None:
        parts.append(f"rounding {_ulp(found.ulp)}{' or less' * many}")
    if found.floor:
        parts.append(f"an error of {found.floor:.0e} would have shown")
    if found.floats:
        parts.append(f"{found.floats} in floating point only" if many else "in floating point only")
    return ", ".join(parts)


def last_line(run: CheckedRun) -> str:
    """`14 checks in 9 tests: 12 agree, 2 wrong in failed tests; formula 61 digits or more, ...; seed 0`."""
    reports = run.reports
    agreeing = [r for r in reports if r.ok]
    counts = [tallied([("agrees", len(agreeing))])] if agreeing else []
    for verdict in reversed(VERDICTS[1:]):
        counts += [f"{n} {verdict} in {outcome} tests" for outcome, n in sorted(run.counts.get(verdict, {}).items())]
    seeds = f"seed {run.seeds[0]}" if len(run.seeds) == 1 else f"{len(run.seeds)} seeds"
    if not reports:
        return "no test checked anything"
    judged = f"{_many(len(reports), 'check')} in {_many(len(run.tests), 'test')}: {', '.join(counts)}"
    return "; ".join(filter(None, [judged, strength(agreeing), seeds]))


def table(run: CheckedRun, most: int | None = None) -> list[str]:
    """The tests in columns, `most` of them; with how many more there are."""
    rows = [COLUMNS, *(_cells(test) for test in run.tests[:most])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*lines, *_hidden(run, most)]


def markdown(run: CheckedRun, most: int | None = None) -> str:
    """A heading, what counts, and the table; with the first reason of whatever does not agree."""
    rows = [" | ".join(COLUMNS), " | ".join("---" for _ in COLUMNS)]
    for test in run.tests[:most]:
        *cells, what = map(_escaped, _cells(test))
        why = "".join(f"<br>{_escaped(r.reasons[0])}" for r in test.telling if r.reasons and not r.ok)
        rows.append(" | ".join([*cells, what + why]))
    lines = [f"### autocheck\n\n{last_line(run)}\n", *(f"| {row} |" for row in rows if run.tests)]
    return "\n".join([*lines, *(f"\n{text}" for text in _hidden(run, most))]) + "\n"


def _cells(test: CheckedTest) -> tuple[str, ...]:
    """One test in the columns of the table."""
    found = power(test.telling)
    natural = "passed" if test.verdict == "agrees" else "failed"
    outcome = "" if test.outcome == natural else f" ({test.outcome})"
    return (
        f"{test.verdict}{outcome}",
        "floats only" if found.digits is None else f"{found.digits:.0f} digits",
        "" if found.ulp is None else _ulp(found.ulp),
        f"{found.floor:.0e}" if found.floor else "",
        f"{test.id}: {_what(test)}",
    )


def _what(test: CheckedTest) -> str:
    names = test.subjects
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    said = ", ".join(names[:MOST_NAMES]) + more
    return said if len(test.reports) == 1 else f"{len(test.reports)} checks: {said}"


def _hidden(run: CheckedRun, most: int | None) -> list[str]:
    hidden = len(run.tests) - len(run.tests[:most])
    return [f"... and {_many(hidden, 'more test')}: -v or --autocheck-report has them all"] if hidden else []


def _ulp(value: float) -> str:
    return f"{value:.1f} ulp" if value < 100 else f"{value:.0e} ulp"


def _many(n: int, what: str) -> str:
    return f"{n} {what}{'s' if n != 1 else ''}"


def _escaped(text: str) -> str:
    """Text that Markdown leaves alone in a cell of a table."""
    for sign, meant in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\n", " ")):
        text = text.replace(sign, meant)
    return "".join(f"\\{c}" if c in "\\|*_`[]~" else c for c in text)
