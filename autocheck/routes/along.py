"""One probe: what f's difference quotients along it say of the claim, the precision doubled until they say it."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.lifted import balls
from autocheck.routes.convergence import Outcome, judge, judge_side
from autocheck.routes.evaluator import Evaluator
from autocheck.routes.guards import same_decisions
from autocheck.routes.probes import Probe, claimed_along, largest

Objects = np.ndarray[Any, Any]


def judge_probe(evaluator: Evaluator, probe: Probe) -> list[Outcome]:
    """The outcomes along one probe, the precision doubled until each is decided."""
    bits = first_precision(probe)
    outcomes = judge_probe_at(evaluator, probe, bits)
    while any(o.state == "open" for o in outcomes) and bits < limits.LAST_PRECISION:
        bits *= 2
        outcomes = judge_probe_at(evaluator, probe, bits)
    return outcomes if evaluator.opaque else excused(evaluator, probe, outcomes, bits)


def first_precision(probe: Probe) -> int:
    """Bits that leave a few hundred below the second step; doubled, so that probes share the values at the point."""
    bits = limits.FIRST_PRECISION
    while bits < limits.FIRST_PRECISION + probe.smallest_exponent - limits.SPARE_BITS:
        bits *= 2
    return bits


def judge_probe_at(evaluator: Evaluator, probe: Probe, bits: int) -> list[Outcome]:
    """The outcomes along one probe at one precision: one for each number that f returns.

    A direction that moves several elements off their kinks mixes their sides: a subgradient need not lie between its slopes.
    """

    @functools.cache
    def quotient(side: int, i: int) -> Objects:
        step = limits.STEP_BITS + i * limits.STEP_RATIO_BITS
        return evaluator.quotient(probe, step, side, bits).ravel()

    gradient = evaluator.point(bits)[1][probe.parameter]
    last = bits >= limits.ZERO_PRECISION
    with balls.precision(bits):
        outcomes = []
        for j, claimed in enumerate(claimed_along(evaluator.claim, gradient, probe).ravel()):
            left, right = (
                judge_side(claimed, quotient(s, 0)[j], quotient(s, 1)[j], lambda s=s, j=j: quotient(s, 2)[j], last)  # type: ignore[misc]
                for s in (-1, 1)
            )
            unit = unit_of(evaluator, probe, j)
            outcomes.append(judge(claimed, left, right, scale_of(gradient, probe, unit), unit, least_move(probe, unit)))
    return [replace(o, state="crossed") if probe.is_direction and o.state == "outside" else o for o in outcomes]


def unit_of(evaluator: Evaluator, probe: Probe, j: int) -> balls.Ball:
    """By how much the j-th judged element moves for a step of 1; a direction is its own unit."""
    return balls.ONE if probe.is_direction else probe.offsets.ravel()[j if evaluator.claim.rows else 0].abs_upper()


def least_move(probe: Probe, unit: balls.Ball) -> balls.Ball:
    """By how much the element that moves least moves for a step of 1: an error in it shows least."""
    if not probe.is_direction:
        return unit
    return min((offset.abs_lower() for offset in np.ravel(probe.offsets)), default=unit)


def scale_of(gradient: Objects, probe: Probe, unit: balls.Ball) -> balls.Ball:
    """The largest of the numbers that a derivative along the probe is the sum of, or stands beside."""
    if probe.is_direction:
        return largest(np.asarray(gradient[(..., *probe.places)] * probe.offsets, dtype=object))
    return largest(gradient) * unit


def excused(evaluator: Evaluator, probe: Probe, outcomes: list[Outcome], bits: int) -> list[Outcome]:
    """The outcomes, where a small residual that moves with the float constants of the code is laid to their rounding.

    Each constant is moved within its half ulp; a residual that is an error stays where it is.
    """
    gradient = evaluator.point(bits)[1][probe.parameter]
    with balls.precision(bits):
        share = balls.to_ball(2) ** -limits.CONSTANT_RESIDUAL_BITS
        limit = [scale_of(gradient, probe, unit_of(evaluator, probe, j)) * share for j in range(len(outcomes))]
        small = [j for j, o in enumerate(outcomes) if o.state == "wrong" and bool(o.residual.abs_upper() <= limit[j])]
    asked = set(small)
    for draw in range(limits.CONSTANT_DRAWS):
        if not asked:
            break
        other = evaluator.with_moved_constants(draw)
        moved = judge_probe_at(other, probe, bits)
        if not same_decisions(evaluator.decisions[bits], other.decisions[bits]):
            continue  # a moved constant flipped a comparison: another function
        with balls.precision(bits):
            asked -= {j for j in asked if moves(outcomes[j].residual, moved[j].residual)}
    laid = set(small) - asked
    with balls.precision(bits):  # any error up to the limit might have been laid to them
        seen = [float((limit[j] / least_move(probe, unit_of(evaluator, probe, j))).mid()) for j in range(len(outcomes))]
    return [replace(o, state="constants", sees=seen[j]) if j in laid else o for j, o in enumerate(outcomes)]


def moves(residual: balls.Ball, moved: balls.Ball) -> bool:
    """Whether a residual changed by a fair share of its own size."""
    return bool(abs(moved - residual).abs_upper() * limits.CONSTANT_SHARE >= residual.abs_upper())
