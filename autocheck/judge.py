"""One claim on trial: what the routes find is gathered and handed to the verdict."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import corroboration, draws, limits, opaque, rounding, tree, verdict
from autocheck.claim import BadClaim, Claim, is_float, parameters, with_parameters
from autocheck.lifted import jaxpr
from autocheck.lifted.run import CannotLift
from autocheck.report import Report
from autocheck.routes import autodiff, finite_difference
from autocheck.routes.curve import error_against_step
from autocheck.routes.definition import Definition, judge_by_definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.location import located
from autocheck.routes.plain import Observed, call, observe

Array = np.ndarray[Any, Any]


def judge(claim: Claim, budget: float = limits.BUDGET, curves: bool = False) -> Report:
    """One claim through all routes to its report; with `curves`, the picture of error against step as well."""
    if not isinstance(budget, (int, float)) or not budget >= 0:
        raise BadClaim(f"{claim.check}: budget={budget!r}, needs a number of seconds from 0 up")
    started = time.perf_counter()
    with np.errstate(all="ignore"), draws.kept():  # NaN and infinity are findings here, and told as such
        claim = replace(claim, f=draws.repeatable(claim.f), gradient=draws.repeatable(claim.gradient))
        observed = observe(claim)
        report = _report(claim, observed, budget, curves)
        call(claim, claim.gradient)  # what f and the gradient keep of their last run (a layer's cache) is plain again
    return replace(report, seconds=time.perf_counter() - started)


def in_exact_terms(claim: Claim, observed: Observed) -> Claim:
    """The claim with what is written in JAX made to run on exact numbers too."""
    f, gradient = (
        jaxpr.on_lifted(function) if written else function
        for function, written in zip((claim.f, claim.gradient), observed.in_jax, strict=True)
    )
    return replace(claim, f=f, gradient=gradient)


def _report(claim: Claim, observed: Observed, budget: float, curves: bool) -> Report:
    if any(note.id == "shape" for note in observed.faults):
        return verdict.unjudged(claim, observed, "wrong")
    if any(note.id == "random-f" for note in observed.faults):
        return verdict.unjudged(claim, observed, "inconclusive")
    claim = in_exact_terms(claim, observed)
    definition = judge_by_definition(claim, observed, budget)
    if definition.abstained and claim.reference is not None:
        definition = opaque.judge_against_reference(claim, observed, definition.abstained, budget)
    if definition.gradient_abstained:
        definition = replace(definition, excused=opaque.excused(claim, observed, definition.boxed))
    spread, rounded = _rounding(claim, observed, definition)
    scale = verdict.natural_scale(claim, observed)
    auto = autodiff.differentiate(claim, observed, spread, scale)
    difference = _differences(claim, observed, definition, auto)
    if verdict.loses_digits(definition, difference):
        definition = Definition(abstained=f"{claim.name} loses the digits on its way: its exact quotients are all zero")
        spread, rounded = _rounding(claim, observed, definition)
        difference = _differences(claim, observed, definition, auto)
    definition = located(claim, observed, definition, auto, budget)
    reference = _digits_of_reference(claim, definition, auto)
    found = verdict.Found(observed, definition, rounded, auto, difference, reference)
    report = verdict.reached(claim, found)
    if any(n.id == "contradiction" for n in report.notes) and autodiff.by_convention(claim, observed, scale):
        report = verdict.reached(claim, replace(found, autodiff=replace(auto, at_kink=True)))
    if curves:
        report = replace(report, curves=error_against_step(claim, definition, difference))
    silent = [
        k for k in range(len(rounded)) if report.ok and definition.outcomes and not verdict.has_influence(definition, k)
    ]
    return _at_other_points(claim, report, silent, budget) if silent else report


def _differences(claim: Claim, observed: Observed, definition: Definition, auto: Derivatives) -> Derivatives:
    """At the elements that tell most; where nothing else speaks at all elements, or along directions if they are too many."""
    if not definition.abstained:
        return finite_difference.differentiate(claim, observed, verdict.telling_elements(definition))
    few = all(p.value.size <= limits.DIFFERENCE_ELEMENTS_ALONE for p in parameters(claim))
    if claim.rows or claim.jacobian or (few and not definition.large):
        most = limits.DIFFERENCE_ELEMENTS_ALONE if auto.abstained else limits.DIFFERENCE_ELEMENTS
        return finite_difference.differentiate(claim, observed, most=most)
    return finite_difference.along_directions(claim, observed, jointly=not auto.abstained)


def _rounding(
    claim: Claim, observed: Observed, definition: Definition
) -> tuple[list[Array], list[rounding.Rounding | None]]:
    """By how much one-ulp moves of the inputs change each gradient, and what floating point loses of it."""
    hands = observed.gradients
    if definition.abstained or definition.gradient_abstained:
        return [np.zeros(g.shape) for g in hands], [None] * len(hands)
    spread = definition.spread
    scale = max((float(np.max(np.abs(v), initial=0.0)) for v in definition.values), default=0.0)
    scale = scale or verdict.natural_scale(claim, observed)
    rounded: list[rounding.Rounding | None] = [
        rounding.rounding(hand, exact, rounding.exact_errors(hand, ball), s, scale)
        for hand, exact, ball, s in zip(hands, definition.values, definition.gradients, spread, strict=True)
    ]
    return list(spread), rounded


def _digits_of_reference(
    claim: Claim, definition: Definition, auto: Derivatives
) -> corroboration.ReferenceDigits | None:
    """The reference in exact arithmetic, where its floats alone leave a doubt."""
    if claim.reference is None or definition.abstained or definition.gradient_abstained or auto.abstained:
        return None
    if not corroboration.doubts(definition, auto):
        return None
    try:
        value = autodiff.reference_value_digits(claim, None)
        return corroboration.ReferenceDigits(value, autodiff.reference_digits(claim, None))
    except CannotLift as reason:
        return corroboration.by_floats(definition, auto, str(reason))


def _at_other_points(claim: Claim, report: Report, silent: list[int], budget: float) -> Report:
    """A gradient that is zero, and claimed to be, is asked again elsewhere: dead units hide mistakes."""
    rng = np.random.default_rng([claim.seed, 1])
    points = 1
    for number in range(limits.OTHER_POINTS):
        moved = [_elsewhere(p.value, rng, number) for p in parameters(claim)]
        args = list(with_parameters(claim, claim.args, moved))
        for n in claim.free:
            args[n] = tree.rebuild(args[n], lambda leaf: _elsewhere(leaf, rng, 1) if is_float(leaf) else leaf)
        there = replace(claim, args=tuple(args))
        definition = judge_by_definition(there, observe(there), budget / limits.OTHER_POINTS)
        if definition.abstained or any(o.state == "edge" for found in definition.outcomes for _, o in found):
            continue
        points += 1
        report = verdict.with_other_point(report, there, definition, silent)
        silent = [k for k in silent if not verdict.has_influence(definition, k)]
        if not silent or not report.ok:
            break
    return verdict.without_influence(report, silent, points)


def _elsewhere(value: Array, rng: np.random.Generator, number: int) -> Array:
    """Another point: the parameter moved at random by about its own size, thrown about zero, negated, or ten times as far."""
    largest = float(np.max(np.abs(value), initial=0.0))
    size = largest if largest > 0 and np.isfinite(largest) else 1.0
    noise = size * rng.normal(size=value.shape)
    return np.asarray((value + noise, noise, noise / 4 - value, 10 * noise)[number % 4]).astype(value.dtype)
