"""A report in words: at most 25 lines, plain text that is complete without colour."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from autocheck.report import VERDICTS, Estimate, ParameterReport, Report
from autocheck.words import counted, is_elsewhere, reason, size, telling, ulps, wrongness

MOST_LINES = 25
MOST_HEAD, MOST_NOTES = 11, 6
"""Of the lines before the parameters, and of the notes below them."""
TOLD_ABOVE = ("first-wrong", "also-wrong", "inherited", "other-point")
"""Notes on a parameter that its own line, or a reason of the report, says already."""


def report_text(report: Report) -> str:
    """Verdict first, then the mistake, then every parameter, then how it was judged and how to run it again."""
    head, notes = _cut(list(_head(report)), MOST_HEAD), _cut(list(_notes(report)), MOST_NOTES)
    tail = [*notes, f"  judged: {how(report)}"] + ([] if report.ok else [f"  again:  {report.reproduce}"])
    return "\n".join([*head, *_body(report, MOST_LINES - len(head) - len(tail)), *tail])


def _head(report: Report) -> Iterator[str]:
    """The verdict, what concerns all parameters, and the mistake with its mend."""
    own = {reason(p) for p in report.parameters if p.verdict != "agrees"}
    yield f"{report.verdict}: the {report.form} of {report.name}"
    yield from (f"  {text}" for text in report.reasons if not text.endswith(tuple(own)))
    if report.diagnosis and report.diagnosis.sentence not in report.reasons:
        yield f"  diagnosis: {report.diagnosis.sentence}"
        yield f"  evidence:  {report.diagnosis.evidence}"


def _body(report: Report, room: int) -> list[str]:
    """A line for each parameter, those that do not agree first; the numbers behind them as far as there is room."""
    order = sorted(report.parameters, key=lambda p: p.verdict == "agrees")
    least = sum(1 for p in order[:1] for _ in _numbers(p, report))  # there is always room for the first one's
    shown = order if len(order) + least <= room else order[: max(1, room - least - 1)]
    rest = Counter(p.verdict for p in order[len(shown) :])
    hidden = [f"{rest[v]} {v}" for v in reversed(VERDICTS) if rest[v]]
    more = [f"  ... and {', '.join(hidden)} more: report.parameters has them all"] if hidden else []
    lines, room = [], room - len(shown) - len(more)
    for p in shown:
        behind = list(_numbers(p, report))
        room -= len(behind)  # as soon as there is no room for one, none follows
        lines += [_line(p), *(behind if room >= 0 else ())]
    return lines + more


def _line(p: ParameterReport) -> str:
    """`W (4, 3) float64: agrees (formula to 91 digits, rounding 0.3 ulp, an error of 7e-53 would have shown)`."""
    facts = []
    if p.digits is not None and (p.verdict != "wrong" or p.digits >= 1) and not is_elsewhere(p):
        facts.append(f"formula to {p.digits:.0f} digit{'s' * (round(p.digits) != 1)}")
    if p.ulp is not None and p.verdict != "wrong":
        facts.append(f"rounding {ulps(p.ulp)}")
    if p.directions and p.verdict != "wrong":
        facts.append(f"{p.judged} judged")
    if p.verdict == "agrees" and p.detection_floor:
        facts.append(f"an error of {size(p.detection_floor)} would have shown")
    return f"  {p.name} {p.shape} {p.dtype}: {_said(p)}" + (f" ({', '.join(facts)})" if facts else "")


def _said(p: ParameterReport) -> str:
    if inherited := [note.text for note in p.notes if note.id == "inherited"]:
        return f"wrong, {inherited[0]}"
    if p.verdict == "wrong" and p.count and not is_elsewhere(p):
        return wrongness(p)
    return p.verdict if p.verdict == "agrees" or not p.notes else f"{p.verdict}: {reason(p)}"


def _numbers(p: ParameterReport, report: Report) -> Iterator[str]:
    """Hand, definition, autodiff and difference at the element that tells most, and the notes."""
    told = {*report.reasons, *([] if p.verdict == "agrees" else [reason(p)])}
    tells = not is_elsewhere(p) and not any(note.id == "inherited" for note in p.notes)
    if p.verdict != "agrees" and p.hand is not None and tells:
        digits = telling(p.hand, next((e.value for e in p.estimates if e.value is not None), None))
        speaking = {e.route: f"{e.value: .{digits}g}" for e in p.estimates if e.value is not None}
        width = max(map(len, speaking.values()), default=0)
        yield f"      {'hand':<18} {p.hand: .{digits}g}"
        for e in p.estimates:
            bar = f" +/- {size(e.error or 0.0)}" if math.isfinite(e.value or 0.0) else ""
            value = f"{speaking.get(e.route, ''):<{width}}{bar}".rstrip()
            yield f"      {e.route:<18} {f' {abstention(e, p)}' if e.abstains else value}"
    for note in p.notes:
        if note.id not in TOLD_ABOVE and note.text not in told:
            yield f"      note: {note.text}"


def abstention(e: Estimate, p: ParameterReport) -> str:
    """Why a route says nothing, unless a note on the parameter says it."""
    noted = any(note.text.endswith(e.abstained) for note in p.notes)
    return "abstains: see the note" if noted else f"abstains: {e.abstained}"


def _notes(report: Report) -> Iterator[str]:
    yield from (f"  note: {note.text}" for note in report.notes if note.text not in report.reasons)


def how(report: Report) -> str:
    """`exact, element by element; 68 evaluations, up to 512 bits; 2 points; seed 0`."""
    work = f"{report.evaluations} evaluations, up to {report.precision} bits" if report.evaluations else ""
    points = counted(report.points, "point") if report.points > 1 else ""
    return "; ".join(filter(None, (report.mode, work, points, f"seed {report.seed}")))


def _cut(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], "  ..."]
