"""For those who insist on a tolerance of their own: it may turn a verdict to `agrees`, and the report says that it did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autocheck.report import Note, ParameterReport, Report
from autocheck.routes.definition import Definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.plain import Observed
from autocheck.routes.probes import is_direction

Array = np.ndarray[Any, Any]
Tolerance = tuple[float, float]
"""(rtol, atol), as of `np.allclose`."""


def tolerated(
    report: Report, observed: Observed, definition: Definition, routes: tuple[Derivatives, ...], tolerance: Tolerance
) -> Report:
    """The report, with every parameter agreeing whose gradient lies within the tolerance at all that was judged."""
    said = "rtol={:g}, atol={:g}".format(*tolerance)

    def looked_at(k: int, p: ParameterReport) -> ParameterReport:
        if p.verdict == "agrees" or not _is_within(observed.gradients[k], k, definition, routes, tolerance):
            return p
        note = Note("override", f"agrees within the caller's own {said} only; without them: {p.verdict}")
        return replace(p, verdict="agrees", notes=(*p.notes, note))

    parameters = tuple(looked_at(k, p) for k, p in enumerate(report.parameters))
    forgiven = parameters != report.parameters and all(p.verdict == "agrees" for p in parameters)
    faults = [
        n for n in report.notes if n.text in report.reasons
    ]  # of f or of the whole gradient: no tolerance mends them
    if not forgiven or faults:
        return replace(report, parameters=parameters)
    return replace(report, parameters=parameters, verdict="agrees", reasons=())


def _is_within(
    hand: Array, k: int, definition: Definition, routes: tuple[Derivatives, ...], tolerance: Tolerance
) -> bool:
    rtol, atol = tolerance
    if not definition.abstained:
        outcomes = definition.outcomes[k]
        claimed = np.array([o.claim if is_direction(i) else hand[i] for i, o in outcomes], dtype=np.float64)
        true = np.array([o.slope for _, o in outcomes])
        return bool(np.all(np.abs(claimed - true) <= atol + rtol * np.abs(true)))
    speaking = [r.values[k] for r in routes if not r.abstained]
    if not speaking:
        return False
    return bool(np.all(np.abs(hand.astype(np.float64) - speaking[0]) <= atol + rtol * np.abs(speaking[0])))
