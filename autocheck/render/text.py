"""A report in words: at most 25 lines, plain text that is complete without colour."""

from __future__ import annotations

from autocheck.report import Estimate, ParameterReport, Report

MOST_LINES = 25
MOST_REASONS = 6
TOLD_ABOVE = ("first-wrong", "also-wrong")
"""Notes on a parameter that a reason of the report says already."""


def report_text(report: Report) -> str:
    """Verdict first, then why, then every parameter, then how it was judged and how to run it again."""
    head = [f"{report.verdict}: the {report.form} of {report.name}"]
    head += [f"  {reason}" for reason in report.reasons[:MOST_REASONS]]
    if len(report.reasons) > MOST_REASONS:
        head.append(f"  ... and {len(report.reasons) - MOST_REASONS} more like these")
    if report.diagnosis:
        head += [f"  diagnosis: {report.diagnosis.sentence}", f"      {report.diagnosis.evidence}"]
    order = sorted(report.parameters, key=lambda p: p.verdict == "agrees")
    body = [line for p in order for line in _parameter(p)]
    tail = [f"  note: {note.text}" for note in report.notes if note.text not in report.reasons]
    tail.append(
        f"  judged: {report.mode}; {report.evaluations} evaluations, up to {report.precision} bits; seed {report.seed}"
    )
    if not report.ok:
        tail.append(f"  again:  {report.reproduce}")
    tail = [*tail[:MOST_REASONS], *tail[-2:]] if len(tail) > MOST_REASONS + 2 else tail
    room = MOST_LINES - len(head) - len(tail)
    if len(body) > room:
        body = [*body[: room - 1], f"  ... {len(body) - room + 1} more lines: report.parameters has them all"]
    return "\n".join([*head, *body, *tail])


def _parameter(p: ParameterReport) -> list[str]:
    line = f"  {p.name} {p.shape} {p.dtype}: {p.verdict}"
    facts = []
    if p.digits is not None:
        facts.append(
            f"formula agrees to {p.digits:.0f} digits" if p.verdict != "wrong" else f"{p.digits:.0f} digits agree"
        )
    if p.ulp is not None:
        facts.append(f"rounding {p.ulp:.1f} ulp")
    if p.directions:
        facts.append(f"{p.judged} judged")
    if p.verdict == "agrees" and p.detection_floor:
        facts.append(f"an error of {p.detection_floor:.0e} would have shown")
    lines = [f"{line} ({', '.join(facts)})" if facts else line]
    inherited = any(note.id == "inherited" for note in p.notes)  # its numbers say nothing of its own formula
    if p.verdict != "agrees" and p.hand is not None and not inherited:
        place = f"[{', '.join(map(str, p.worst_index))}]" if p.worst_index else ""
        digits = _digits_that_tell(p)
        lines.append(f"      {f'hand {p.name}{place}':<24} {p.hand:.{digits}g}")
        lines += [_estimate(e, digits) for e in p.estimates]
    lines += [f"      note: {note.text}" for note in p.notes if note.id not in TOLD_ABOVE]
    return lines


def _digits_that_tell(p: ParameterReport) -> int:
    """So many digits that two different numbers do not look the same."""
    values = [e.value for e in p.estimates[:1] if e.value is not None and p.hand != e.value]
    return next((n for n in (12, 15) if all(f"{v:.{n}g}" != f"{p.hand:.{n}g}" for v in values)), 17)


def _estimate(e: Estimate, digits: int) -> str:
    if e.abstains:
        return f"      {e.route:<24} abstains: {e.abstained}"
    return f"      {e.route:<24} {e.value:.{digits}g} +/- {e.error:.1e}"
