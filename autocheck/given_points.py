"""A claim at all the points that it is to be judged at, and one report on it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autocheck.claim import BadClaim
from autocheck.judge import judge as judge_claim
from autocheck.options import Options, complete
from autocheck.report import Note, ParameterReport, Report, worst


def tried(
    make: Callable[[tuple[Any, ...]], Any],
    args: tuple[Any, ...],
    options: Options,
    judge: Callable[..., Report] = judge_claim,
) -> Report:
    """The report on `make(args)`, a claim or what else `judge` judges, with what the points and the small instance show."""
    chosen = complete(options)
    claim = make(args)
    _require(claim.check, chosen)
    tolerance = (
        None if chosen["rtol"] is None and chosen["atol"] is None else (chosen["rtol"] or 0, chosen["atol"] or 0)
    )
    how = functools.partial(
        judge, budget=chosen["budget"], explore=chosen["explore"], progress=chosen["progress"], tolerance=tolerance
    )
    report = how(claim, curves=True)
    for n, point in enumerate(chosen["points"]):
        report = _with_point(report, how(make(tuple(point))), f"points[{n}]")
    if chosen["formula_at"] is not None:
        report = _with_formula(report, how(make(tuple(chosen["formula_at"]))))
    return report


def _require(check: str, options: Options) -> None:
    """Raises: BadClaim for options that can't be meant."""
    given: dict[str, Any] = dict(options)
    for name in ("rtol", "atol"):
        value = given[name]
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0):
            raise BadClaim(f"{check}: {name}={value!r}, needs a number from 0 up")
    points, small = given["points"], given["formula_at"]
    if not isinstance(points, (list, tuple)) or not all(isinstance(point, (list, tuple)) for point in points):
        raise BadClaim(f"{check}: points={points!r:.60}, needs a sequence of tuples, each with all arguments of f")
    if not isinstance(small, (list, tuple, type(None))):
        raise BadClaim(
            f"{check}: formula_at is {type(small).__name__}, needs a tuple with all arguments of a small instance"
        )


# --- several points, one report ---------------------------------------------------------------------------------------


def _with_point(report: Report, other: Report, where: str) -> Report:
    """Of each parameter the worse of two reports, with a note on where that was."""
    pairs = zip(report.parameters, other.parameters, strict=True)
    parameters = tuple(_worse(one, two, where) for one, two in pairs)
    verdict = worst([report.verdict, other.verdict])
    reasons = report.reasons + tuple(f"at {where}: {reason}" for reason in other.reasons)
    notes = report.notes + tuple(replace(n, text=f"at {where}: {n.text}") for n in other.notes)
    return replace(
        report,
        parameters=parameters,
        verdict=verdict,
        reasons=reasons,
        notes=notes,
        points=report.points + other.points,
        evaluations=report.evaluations + other.evaluations,
        precision=max(report.precision, other.precision),
        seconds=report.seconds + other.seconds,
    )


def _worse(one: ParameterReport, two: ParameterReport, where: str) -> ParameterReport:
    """The one with the worse verdict; of two alike the first, with the weakest figures of both."""
    if one.verdict != worst([one.verdict, two.verdict]):
        return replace(two, notes=(*two.notes, Note("at-point", f"this is at {where}")))
    if one.verdict != two.verdict:
        return one
    least = min((d for d in (one.digits, two.digits) if d is not None), default=None)
    most = max((u for u in (one.ulp, two.ulp) if u is not None), default=None)
    floor = max((f for f in (one.detection_floor, two.detection_floor) if f is not None), default=None)
    return replace(one, digits=least, ulp=most, detection_floor=floor)


def _with_formula(report: Report, small: Report) -> Report:
    """The formula's verdict of a small instance beside the numbers of the large one."""
    if small.digits is None or len(small.parameters) != len(report.parameters):
        text = f"the formula was not judged at formula_at either: {'; '.join(small.reasons) or small.mode}"
        verdict = worst([report.verdict, "inconclusive"])
        return replace(
            report, verdict=verdict, notes=(*report.notes, Note("formula-at", text)), reasons=(*report.reasons, text)
        )
    text = f"formula judged at formula_at, {small.mode.removeprefix('exact, ')}: agrees to {small.digits:.0f} digits"
    if small.ok:
        pairs = zip(report.parameters, small.parameters, strict=True)
        parameters = tuple(replace(p, digits=s.digits) for p, s in pairs)
        return replace(report, parameters=parameters, notes=(*report.notes, Note("formula-at", text)))
    return _with_point(report, small, "formula_at")
