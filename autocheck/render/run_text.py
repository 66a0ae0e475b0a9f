"""Files on trial in words: one file as its reports, many as a table of one row each, and a last line that counts."""

from __future__ import annotations

from collections.abc import Iterator

from autocheck.file_report import FileReport, RunReport
from autocheck.report import Report
from autocheck.words import counted, tallied

MOST_SILENT = 8


def run_text(report: RunReport, quiet: bool = False) -> str:
    """Everything; with `quiet` only what does not agree, and the last line."""
    files = [file for file in report.files if file.verdict != "agrees" or not quiet]
    if len(report.files) == 1:
        parts = [text for file in files for text in _whole(file)]
    else:
        width = max((len(file.path) for file in files), default=0)
        parts = ["\n".join(line for file in files for line in _row(file, width))] if files else []
    parts += [_silent(report.silent)] if report.silent and not quiet else []
    return "\n\n".join([*parts, last_line(report)])


def last_line(report: RunReport) -> str:
    """`wrong: 3 claims in 3 files (1 wrong, 2 agree), 1 file not judged, seed 0, 4.2 s`: the verdict, the counts, the time."""
    claims = counted(sum(file.count for file in report.files), "claim")
    lost = sum(not failure.claim for file in report.files for failure in file.failures)
    found = [(verdict, n - lost * (verdict == "error")) for verdict, n in reversed(report.counts.items())]
    counts = tallied(pair for pair in found if pair[1])
    told = f"{claims} in {counted(len(report.files), 'file')} ({counts or 'nothing to judge'})"
    parts = (told, f"{counted(lost, 'file')} not judged" * bool(lost), f"seed {report.seed}", f"{report.seconds:.1f} s")
    return f"{report.verdict}: {', '.join(filter(None, parts))}"


def findings(file: FileReport) -> Iterator[tuple[str, str, str]]:
    """(verdict, claim, what was found) of what does not agree in a file, in a line each."""
    for failure in file.failures:
        yield "error", failure.claim, failure.text
    for report in file.reports:
        if not report.ok:
            yield report.verdict, claim_of(report), told(report)


def claim_of(report: Report) -> str:
    """The function that was derived by hand, and where it stands."""
    line = report.fact("line")
    return report.fact("claim") + (f" (line {line})" if line else "")


def told(report: Report) -> str:
    """Why a report does not agree, in a sentence: the likely mistake where that is known."""
    return report.diagnosis.sentence if report.diagnosis else (report.reasons or (report.mode,))[0]


def agreeing(file: FileReport) -> str:
    """`2 of 3 agree`; nothing is known of a file that can't be imported."""
    return f"{sum(r.ok for r in file.reports)} of {file.count} agree" if file.count else ""


def _whole(file: FileReport) -> Iterator[str]:
    for failure in file.failures:
        yield f"error: {file.path}{f'::{failure.claim}' if failure.claim else ''}\n  {failure.text}"
    for report in file.reports:
        yield f"{file.path}::{claim_of(report)}\n{report}"


def _row(file: FileReport, width: int) -> Iterator[str]:
    yield f"{file.verdict:<13} {file.path:<{width}}  {agreeing(file)}".rstrip()
    for verdict, claim, text in findings(file):
        yield f"    {verdict}: {claim}{': ' if claim else ''}{text}"


def _silent(paths: tuple[str, ...]) -> str:
    shown = ", ".join(paths[:MOST_SILENT])
    more = f" and {len(paths) - MOST_SILENT} more" if len(paths) > MOST_SILENT else ""
    return f"not run, they claim nothing: {shown}{more}"
