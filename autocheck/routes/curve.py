"""Error against step at one element: floating-point differences and their noise floor, the exact quotient without one."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Claim, parameters
from autocheck.lifted import balls
from autocheck.lifted.patches import patched
from autocheck.lifted.run import CannotLift
from autocheck.report import Curve
from autocheck.routes.along import first_precision
from autocheck.routes.convergence import WRONG
from autocheck.routes.definition import Definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.evaluator import Evaluator
from autocheck.routes.probes import element_probes


def error_against_step(
    claim: Claim, definition: Definition, difference: Derivatives, budget: float = limits.BUDGET
) -> tuple[Curve, ...]:
    """The curve of an element that both were asked for, a wrong one if there is any; none where either abstained."""
    if definition.abstained or definition.gradient_abstained or not difference.curves:
        return ()
    asked = [
        (k, first, ladder, outcome)
        for k, places, ladder in difference.curves
        for first in [tuple(int(np.ravel(i)[0]) for i in places)]
        if (outcome := dict(definition.outcomes[k]).get(first)) is not None and np.isfinite(outcome.slope)
    ]
    if not asked:
        return ()
    k, first, ladder, outcome = min(asked, key=lambda one: one[-1].state not in WRONG)
    column = lambda a: np.ravel(a) if np.ndim(a) == 1 else np.asarray(a)[:, 0]  # noqa: E731
    steps, estimates, bars = (column(a) for a in (ladder.steps, ladder.estimates, ladder.bars))
    known = np.isfinite(estimates) & np.isfinite(bars)
    chosen = int(np.ravel(ladder.best)[0])
    with patched():
        exact_steps, exact_errors = exact_curve(claim, k, first, outcome.limit, budget * limits.CURVE_SHARE)
    return (
        Curve(
            parameter=parameters(claim)[k].name,
            index=first,
            slope=outcome.slope,
            steps=tuple(steps[known].tolist()),
            errors=tuple(np.abs(estimates - outcome.slope)[known].tolist()),
            bars=tuple(bars[known].tolist()),
            chosen=int(known[:chosen].sum()),
            exact_steps=exact_steps,
            exact_errors=exact_errors,
        ),
    )


def exact_curve(
    claim: Claim, k: int, index: tuple[int, ...], slope: Any, seconds: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """log10 of steps and of |one-sided quotient - slope|, in exact arithmetic, from large steps down to 2^-160 if time allows."""
    probe = next(p for indices, p in element_probes(claim, k) if index in indices)
    row = index[0] if claim.rows else 0
    unit = probe.offsets.ravel()[row].abs_upper()
    evaluator, bits = Evaluator(claim, deadline=time.perf_counter() + seconds), first_precision(probe)
    steps, errors = [], []
    for exponent in limits.CURVE_EXPONENTS:
        if evaluator.is_late():
            break
        try:
            quotient = evaluator.quotient(probe, exponent, 1, bits).ravel()[row]
        except CannotLift:  # a branch that only such a step takes
            continue
        with balls.precision(bits):
            error = abs(quotient / unit - slope).abs_upper()
            if quotient.is_finite() and not error.is_zero():
                steps.append(log10(unit) - exponent * np.log10(2))
                errors.append(log10(error))
    return tuple(map(float, steps)), tuple(map(float, errors))


def log10(ball: balls.Ball) -> float:
    return float(ball.log() / balls.to_ball(10).log())
