"""One claim on trial: what the routes find is gathered and handed to the verdict."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import corroboration, coverage, draws, elements, limits, opaque, points, rounding, verdict
from autocheck.cause import cause_of, of_faults
from autocheck.claim import BadClaim, Claim, parameters
from autocheck.lifted import jaxpr
from autocheck.lifted.run import CannotLift
from autocheck.progress import Advance, progress_bar
from autocheck.report import Report
from autocheck.routes import autodiff, finite_difference, subgradient
from autocheck.routes.curve import error_against_step
from autocheck.routes.definition import Definition, judge_by_definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.location import located
from autocheck.routes.plain import Observed, call, observe
from autocheck.tolerance import Tolerance, tolerated

Array = np.ndarray[Any, Any]


def judge(
    claim: Claim,
    budget: float = limits.BUDGET,
    curves: bool = False,
    explore: bool = False,
    progress: bool | None = False,
    tolerance: Tolerance | None = None,
    diagnose: bool = True,
) -> Report:
    """One claim through all routes to its report.

    curves: the picture of error against step as well.
    explore: other points too, to which the arguments are moved.
    progress: a bar while exact arithmetic is at work; None for one on a terminal.
    tolerance: (rtol, atol) of a caller who insists.
    diagnose: whether to look for the mistake in a wrong claim.
    """
    if not isinstance(budget, (int, float)) or not budget >= 0:
        raise BadClaim(f"{claim.check}: budget={budget!r}, needs a number of seconds from 0 up")
    started = time.perf_counter()
    with np.errstate(all="ignore"), draws.kept():  # NaN and infinity are findings here, and told as such
        claim = replace(claim, f=draws.repeatable(claim.f), gradient=draws.repeatable(claim.gradient))
        observed = observe(claim)
        with progress_bar(progress, after=limits.SECONDS_BEFORE_A_BAR) as advance:
            report = _report(claim, observed, budget, curves, explore, tolerance, diagnose, advance)
        if draws.ran_lifted(claim.f) or draws.ran_lifted(claim.gradient):
            call(claim, claim.gradient)  # what they keep of their last run (a layer's cache) is plain again
    return replace(report, seconds=time.perf_counter() - started)


def in_exact_terms(claim: Claim, observed: Observed) -> Claim:
    """The claim with what is written in JAX made to run on exact numbers too."""
    f, gradient = (
        jaxpr.on_lifted(function) if written else function
        for function, written in zip((claim.f, claim.gradient), observed.in_jax, strict=True)
    )
    return replace(claim, f=f, gradient=gradient)


def _report(
    claim: Claim,
    observed: Observed,
    budget: float,
    curves: bool,
    explore: bool,
    tolerance: Tolerance | None,
    diagnose: bool,
    advance: Advance,
) -> Report:
    if any(note.id in ("shape", "structure") for note in observed.notes):
        return replace(verdict.unjudged(claim, observed, "wrong"), diagnosis=of_faults(observed))
    for id, worst in (("random-f", "inconclusive"), ("random-gradient", "wrong")):
        if any(note.id == id for note in observed.notes):
            return replace(verdict.unjudged(claim, observed, worst), diagnosis=of_faults(observed))
    claim = in_exact_terms(claim, observed)
    watched = coverage.watched_run(claim)
    definition = judge_by_definition(claim, observed, budget, advance=advance, cost=watched.cost)
    if definition.abstained and claim.reference is not None:
        definition = opaque.judge_against_reference(claim, observed, definition.abstained, budget)
    if definition.gradient_abstained:
        definition = replace(definition, excused=opaque.excused(claim, observed, definition.boxed))
    definition = points.without_what_no_float_shows(claim, definition, budget)
    spread, rounded = _rounding(claim, observed, definition)
    scale = verdict.natural_scale(claim, observed)
    auto = autodiff.differentiate(claim, observed, spread, scale, verdict.found_wrong(definition, observed))
    difference = _differences(claim, observed, definition, auto, rounded)
    if verdict.loses_digits(definition, difference):
        definition = Definition(abstained=f"{claim.name} loses the digits on its way: its exact quotients are all zero")
        spread, rounded = _rounding(claim, observed, definition)
        difference = _differences(claim, observed, definition, auto, rounded)
    definition, before = located(claim, observed, definition, auto, budget), definition
    if definition is not before:
        difference = _differences(claim, observed, definition, auto, rounded)
    reference = _digits_of_reference(claim, definition, auto)
    beside = subgradient.beside_the_subgradients(
        claim, autodiff.of_function(observed, claim), observed.gradients, verdict.at_kinks(definition, auto)
    )
    found = verdict.Found(observed, definition, rounded, auto, difference, reference, beside)
    report = verdict.reached(claim, found)
    if any(n.id == "contradiction" for n in report.notes):
        report = verdict.reached(claim, replace(found, **_excuses(claim, observed, auto, difference, scale)))
    if tolerance is not None:
        report = tolerated(report, observed, definition, (auto, difference), tolerance)
    report = elements.with_elements(report, observed, definition, (auto, difference))
    if diagnose:
        report = replace(report, diagnosis=cause_of(claim, observed, definition, auto, report))
    if curves:
        report = replace(report, curves=error_against_step(claim, definition, difference, budget))
    silent = [
        k for k in range(len(rounded)) if report.ok and definition.outcomes and not verdict.has_influence(definition, k)
    ]
    return points.elsewhere(claim, report, watched.sites, silent, explore, budget)


def _excuses(claim: Claim, observed: Observed, auto: Derivatives, difference: Derivatives, scale: float) -> Any:
    """What explains that two routes contradict each other: JAX's convention at a kink, or values that it holds constant."""
    if autodiff.by_convention(claim, observed, scale):
        return {"autodiff": replace(auto, at_kink=True)}
    if difference.directions and observed.in_jax[0] and jaxpr.holds_constants(claim.f, claim.args):
        why = f"{claim.name} holds values constant inside of JAX, where differences can't hold them"
        return {"difference": Derivatives("finite difference", abstained=why)}
    return {}


def _differences(
    claim: Claim,
    observed: Observed,
    definition: Definition,
    auto: Derivatives,
    rounded: list[rounding.Rounding | None],
) -> Derivatives:
    """At the elements that tell most; where nothing else speaks at all elements, or along directions if they are too many."""
    if not definition.abstained:
        return finite_difference.differentiate(claim, observed, verdict.telling_elements(definition, rounded))
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
        return [np.broadcast_to(0.0, g.shape) for g in hands], [None] * len(hands)
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
