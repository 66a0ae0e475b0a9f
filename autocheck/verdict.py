"""From what the routes found to a verdict: pure functions of data, two layers (formula, rounding), by precedence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.by_floats import by_floats
from autocheck.claim import Claim, claimed_shape, noun, parameters
from autocheck.corroboration import (
    ReferenceDigits,
    notes_on_directions,
    notes_on_routes,
    notes_on_stops,
    notes_on_value,
)
from autocheck.per_parameter import by_definition, telling, where
from autocheck.report import Note, ParameterReport, Report, worst
from autocheck.rounding import Rounding
from autocheck.routes.convergence import WRONG
from autocheck.routes.definition import Definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.plain import Observed
from autocheck.routes.probes import is_direction
from autocheck.routes.subgradient import Beside, Place
from autocheck.words import place, reason

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that the routes found about one claim."""

    observed: Observed
    definition: Definition
    rounded: list[Rounding | None]
    autodiff: Derivatives
    difference: Derivatives
    reference: ReferenceDigits | None = None
    beside: Beside | None = None


def reached(claim: Claim, found: Found) -> Report:
    """The report on a claim: every parameter's verdict, and what concerns them all."""
    definition, observed, routes = found.definition, found.observed, (found.autodiff, found.difference)
    exact = not definition.abstained
    judged = [
        by_definition(p, k, observed.gradients[k], definition, found.rounded[k], routes)
        if exact
        else by_floats(p, k, observed.gradients[k], definition, routes)
        for k, p in enumerate(parameters(claim))
    ]
    notes = [
        *observed.notes,
        *notes_on_value(claim, definition, observed),
        *notes_on_routes(claim, definition, found.autodiff, found.reference),
    ]
    notes += [note_beside(claim, found.beside)] if found.beside else []
    agreeing = all(p.verdict == "agrees" for p in judged)
    notes += [*notes_on_stops(claim, definition, agreeing), *notes_on_directions(found.difference, agreeing)]
    verdicts = [p.verdict for p in judged] + [FAULTS[n.id] for n in notes if n.id in FAULTS]
    reasons = [n.text for n in notes if n.id in FAULTS]
    reasons += [reason(p) for p in judged if p.verdict != "agrees"]
    value = np.asarray(observed.value, dtype=np.float64)
    return Report(
        name=claim.name,
        form=noun(claim),
        verdict=worst(verdicts),
        parameters=tuple(judged),
        notes=tuple(notes),
        reasons=tuple(dict.fromkeys(reasons)),
        value=float(value.sum()) if value.size else None,
        mode=MODES[definition.mode],
        evaluations=definition.evaluations,
        precision=definition.precision,
        seed=claim.seed,
        reproduce=reproduce(claim),
    )


MODES = {
    "elements": "exact, element by element",
    "directions": "exact, along random directions",
    "elements and directions": "exact, element by element and along random directions",
    "floats": "floating point only",
}

FAULTS = {
    "shape": "wrong",
    "structure": "wrong",
    "ignored-cotangent": "wrong",
    "no-subgradient": "wrong",
    "mutated-f": "wrong",
    "mutated-gradient": "wrong",
    "random-gradient": "wrong",
    "random-f": "inconclusive",
    "reference-value": "wrong",
    "reference-gradient": "wrong",
    "contradiction": "inconclusive",
    "reference-unused": "inconclusive",
}
"""What a note means for the verdict; a note that is not here never decides."""


def telling_elements(definition: Definition, rounded: list[Rounding | None]) -> dict[int, tuple[int, ...]]:
    """For each parameter the element that the report will show: worth a finite difference of its own."""
    found = {}
    for k, (outcomes, loss) in enumerate(zip(definition.outcomes, rounded, strict=True)):
        wrong = [i for i, (_, o) in enumerate(outcomes) if o.state in WRONG]
        index = outcomes[telling(outcomes, wrong or range(len(outcomes)))][0] if outcomes else ()
        if loss and loss.fault and not wrong:
            index = loss.index
        if not is_direction(index):
            found[k] = index
    return found


def found_wrong(definition: Definition, observed: Observed) -> list[Array]:
    """The elements of each gradient that the definition has found wrong."""
    masks = [np.zeros(g.shape, dtype=bool) for g in observed.gradients]
    for mask, outcomes in zip(masks, definition.outcomes, strict=False):
        for index, outcome in outcomes:
            if outcome.state in WRONG and not is_direction(index):
                mask[index] = True
    return masks


def at_kinks(definition: Definition, auto: Derivatives) -> list[Place]:
    """The elements that were found to be at a kink, the claim between its slopes."""
    exact = [
        (k, index)
        for k, outcomes in enumerate(definition.outcomes)
        for index, o in outcomes
        if o.state == "kink" and not is_direction(index)
    ]
    floats = [
        (k, tuple(map(int, index)))
        for k, jump in enumerate(auto.jumps)
        for index in np.argwhere(jump)[: limits.KINKS_LISTED]
    ]
    return floats if definition.abstained else exact


def note_beside(claim: Claim, found: Beside) -> Note:
    """What is wrong with numbers that may each stand at its kink, and may not stand together."""
    names = [place(parameters(claim)[k].name, index) for k, index in found.places]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    weights = ", ".join(f"{w:.3g}" for w in found.weights[:3]) + (", ..." if len(names) > 3 else "")
    text = f"each of {shown} lies between the slopes at its kink, together they do not: moved at once, by {weights}, "
    text += f"they change f with slope {found.slope:.6g} at each of {found.points} points close by, "
    return Note("no-subgradient", f"{text}the claim says {found.claimed:.6g}")


def reproduce(claim: Claim) -> str:
    """A line that runs this check again."""
    numbers = claim.argnums[0] if claim.single else claim.argnums
    options = f"argnums={numbers}, " if numbers != 0 else ""
    options += "rows=True, " if claim.rows else ""
    return f"autocheck.{claim.check}({claim.again}, {options}seed={claim.seed})"


def unjudged(claim: Claim, observed: Observed, verdict: str) -> Report:
    """The report on a claim that no route was asked about: a gradient of another shape, or a random f."""
    pairs = list(zip(parameters(claim), observed.gradients, strict=True))
    needed = [claimed_shape(claim, p, observed.value) for p, _ in pairs]
    broken = any(note.id == "structure" for note in observed.notes)
    bad = [broken or g.shape != need for (_, g), need in zip(pairs, needed, strict=True)]
    verdicts = ["wrong" if wrong else "inconclusive" for wrong in bad]
    judged = tuple(
        ParameterReport(p.name, p.value.shape, str(p.value.dtype), v) for (p, _), v in zip(pairs, verdicts, strict=True)
    )
    reasons = tuple(note.text for note in observed.notes if note.id in FAULTS)
    return Report(
        name=claim.name,
        form=noun(claim),
        verdict=verdict,
        parameters=judged,
        notes=observed.notes,
        reasons=reasons,
        mode=MODES["floats"],
        seed=claim.seed,
        reproduce=reproduce(claim),
    )


def natural_scale(claim: Claim, observed: Observed) -> float:
    """The size that a gradient has by its units, |f| / |x|: beside it noise is told from a gradient where all is zero."""
    value = float(np.max(np.abs(np.asarray(observed.value, dtype=np.float64)), initial=0.0))
    size = max((float(np.max(np.abs(p.value), initial=0.0)) for p in parameters(claim)), default=0.0)
    return value / size if size > 0 and np.isfinite(value / size) else value


def loses_digits(definition: Definition, difference: Derivatives) -> bool:
    """Whether no exact run of f took notice of a displacement, where floating-point differences do: a leak of any kind."""
    if definition.abstained or difference.abstained or definition.responds:
        return False
    pairs = zip(difference.values, difference.errors, strict=True)
    with np.errstate(invalid="ignore"):
        return any(bool(np.any(np.abs(value) > limits.EXCUSED_SPREADS * error)) for value, error in pairs)


def has_influence(definition: Definition, k: int) -> bool:
    """Whether parameter k's gradient is claimed, or found, to be anything but zero."""
    return any(o.claim != 0 or o.slope != 0 for _, o in definition.outcomes[k])


def with_other_point(report: Report, claim: Claim, definition: Definition, moved: str) -> Report:
    """The report, with what another point, to which the arguments were `moved`, showed to be wrong."""
    judged = list(report.parameters)
    for k in range(len(judged)):
        excused = any(note.id == "beneath-floats" for note in judged[k].notes)
        shown = np.finfo(np.float64).precision if excused else np.inf
        wrong = [(i, o) for i, o in definition.outcomes[k] if o.state in WRONG and not o.digits >= shown]
        if wrong:
            index, o = wrong[0]
            text = (
                f"{where(judged[k].name, index)} is right at the given point and wrong at another, with the arguments "
            )
            text += f"{moved}: claimed {o.claim:.6g}, the definition gives {o.slope:.6g}"
            note = Note("other-point", text)
            judged[k] = replace(judged[k], verdict="wrong", notes=(*judged[k].notes, note), wrong=len(wrong))
    reasons = tuple(p.notes[-1].text for p in judged if p.verdict == "wrong")
    return replace(report, parameters=tuple(judged), verdict=worst([p.verdict for p in judged]), reasons=reasons)


def without_influence(report: Report, silent: list[int], points: int) -> Report:
    """The report, with a note on the parameters that changed f at none of the points tried."""
    judged = list(report.parameters)
    for k in silent:
        note = Note("no-influence", f"{judged[k].name} has no influence on f at any of {points} points")
        judged[k] = replace(judged[k], notes=(*judged[k].notes, note))
    return replace(report, parameters=tuple(judged))
