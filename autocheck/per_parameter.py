"""The verdict on the gradient with respect to one parameter: by the definition, or, failing that, by floats alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Parameter
from autocheck.precision import largest_ulp
from autocheck.report import Estimate, Note, ParameterReport
from autocheck.rounding import Rounding
from autocheck.routes.convergence import WRONG, Outcome
from autocheck.routes.definition import Definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.probes import is_direction
from autocheck.words import place

Array = np.ndarray[Any, Any]

UNDECIDED = {
    "open": "could not be decided with {bits} bits",
    "steep": "has an infinite slope",
    "no limit": "has no derivative: the difference quotients settle on no number",
    "edge": "is not finite on either side",
    "crossed": "meets kinks of several elements at once, at which a direction tells nothing",
}


def by_definition(
    parameter: Parameter,
    k: int,
    hand: Array,
    definition: Definition,
    rounded: Rounding | None,
    routes: tuple[Derivatives, ...],
) -> ParameterReport:
    """By the definition and by rounding, with every route's number at the element that tells most."""
    outcomes = definition.outcomes[k]
    opaque = bool(definition.gradient_abstained)
    saved = definition.as_floats[k] and not opaque
    states = [
        _opaque_state(o, hand, definition.excused[k]) if opaque else _saved_state(o, hand) if saved else o.state
        for _, o in outcomes
    ]
    wrong = [i for i, state in enumerate(states) if state in WRONG]
    undecided = [i for i, state in enumerate(states) if state in UNDECIDED or state == "imprecise"]
    verdict = (
        "wrong" if wrong else "inaccurate" if rounded and rounded.fault else "inconclusive" if undecided else "agrees"
    )
    notes = _notes(parameter, outcomes, states, definition)
    if saved and states != [o.state for _, o in outcomes]:
        text = (
            "the gradient returned machine floats that do not come from its arguments: judged as numbers, to a few ulp"
        )
        notes.append(Note("machine-floats", text))
    if opaque:
        by = "against the reference, " if definition.boxed else ""
        text = f"formula not judged, opaque; its numbers are, {by}in ulp: {definition.gradient_abstained}"
        notes.append(Note("opaque-gradient", text))
    index: tuple[Any, ...] = ()
    outcome: Outcome | None = None
    if outcomes:
        among = wrong or undecided or range(len(outcomes))
        places = [i for i in among if not is_direction(outcomes[i][0])]
        index, outcome = outcomes[telling(outcomes, places or among)]
    if verdict == "inaccurate" and rounded:
        index, outcome = rounded.index, dict(outcomes).get(rounded.index)
        notes.append(Note("rounding", f"{where(parameter.name, index)} {rounded.fault}"))
    directions = is_direction(index)
    judged = [o for _, o in outcomes]
    return ParameterReport(
        name=parameter.name,
        shape=hand.shape,
        dtype=str(parameter.value.dtype),
        verdict=verdict,
        digits=None if opaque else min((o.digits for o in judged if not np.isnan(o.digits)), default=None),
        ulp=rounded.ulp if rounded else None,
        elementwise_ulp=rounded.elementwise_ulp if rounded else None,
        worst_index=None if directions else index,
        hand=outcome.claim if directions and outcome else float(hand[index]) if hand.size else None,
        estimates=(
            _told(outcome),
            *(estimate_of(route, k, None if directions else index, definition.values[k]) for route in routes),
        ),
        detection_floor=_floor(outcomes, definition.excused[k] if opaque else _few_ulp(hand) if saved else 0.0),
        wrong=len(wrong),
        count=len(outcomes),
        directions=sum(is_direction(i) for i, _ in outcomes),
        wrong_directions=sum(is_direction(outcomes[i][0]) for i in wrong),
        notes=tuple(notes),
    )


def estimate_of(found: Derivatives, k: int, index: tuple[int, ...] | None, hand: Array) -> Estimate:
    """A float route's number at one element, and its agreement with the claim over all that it was asked for."""
    if found.abstained:
        return Estimate(found.route, abstained=found.abstained)
    value, error = found.values[k], found.errors[k]
    if not value.size:
        return Estimate(found.route, abstained="no element to ask for")
    agreement = agreeing_digits(hand, value)
    if index is None or np.isnan(error[index]):
        why = "compared element by element only" if index is None else "no number at this element"
        return Estimate(found.route, digits=agreement, abstained=why)
    return Estimate(found.route, float(value[index]), float(error[index]), agreement)


def agreeing_digits(hand: Array, other: Array) -> float | None:
    """Decimal digits of the largest element to which two float gradients agree where both are finite; at most 17."""
    hand = hand.astype(np.float64, copy=False)
    if not np.isfinite(miss := float(np.max(np.abs(hand - other), initial=0.0))) or not hand.size:
        both = np.isfinite(hand) & np.isfinite(other)
        if not both.any():
            return None
        hand, other = hand[both], other[both]
        miss = float(np.max(np.abs(hand - other)))
    size = float(np.max(np.abs(hand)))
    most = float(np.finfo(np.float64).precision + 2)
    if miss == 0:
        return most
    return float(np.clip(np.log10(size / miss), 0, most)) if size > 0 else 0.0


def telling(outcomes: Any, among: Any) -> int:
    """Of the outcomes `among`, the one that agrees to the fewest digits."""
    return min(among, key=lambda i: np.nan_to_num(outcomes[i][1].digits, nan=-1.0), default=0)


def _told(outcome: Outcome | None) -> Estimate:
    if outcome and outcome.state == "steep":
        return Estimate("definition", abstained="the difference quotients grow without end")
    return Estimate("definition", outcome.slope, _bar(outcome)) if outcome else Estimate("definition")


def _bar(outcome: Outcome) -> float:
    """The definition's own error bar: of a right claim what is left of the residual, else what float64 rounds away."""
    return outcome.miss if outcome.ok else float(np.spacing(abs(outcome.slope)))


def _saved_state(outcome: Outcome, hand: Array) -> str:
    """Of numbers that were computed before: a few ulp are their rounding."""
    return "agrees" if outcome.state == "wrong" and outcome.miss <= _few_ulp(hand) else outcome.state


def _few_ulp(hand: Array) -> float:
    return limits.EXCUSED_SPREADS * largest_ulp(hand)


def _floor(outcomes: Any, excused: float) -> float | None:
    """The smallest error in a single element that would have been wrong at each of them, beyond what is excused."""
    beneath = [0.0 if is_direction(index) else abs(o.slope) * limits.BENEATH_FLOATS for index, o in outcomes]
    told = [(i, o) for i, (_, o) in enumerate(outcomes) if (o.ok or excused) and not np.isnan(o.sees)]
    return excused + max(float(np.fmax(o.sees, beneath[i])) for i, o in told) if told else None


def _opaque_state(outcome: Outcome, hand: Array, excused: float) -> str:
    """Of a gradient that is known in floating point only: within what rounding excuses, wrong, or too imprecise to tell."""
    if outcome.state not in WRONG:
        return outcome.state
    if outcome.miss <= excused:
        return "agrees"
    return "wrong" if outcome.miss > limits.BOX_DOUBT * excused else "imprecise"


def _notes(parameter: Parameter, outcomes: Any, states: list[str], definition: Definition) -> list[Note]:
    """What is worth knowing beside the verdict, each with the first element that it holds for."""
    notes = []

    def first(wanted: tuple[str, ...]) -> tuple[str, Outcome, int] | None:
        found = [i for i, s in enumerate(states) if s in wanted]
        return (where(parameter.name, outcomes[found[0]][0]), outcomes[found[0]][1], len(found)) if found else None

    if hit := first(("kink", "outside")):
        place, o, count = hit
        verb = "lies between them" if "outside" not in states else "lies outside"
        text = f"{place} is at a kink: slope {o.left:.6g} on the left, {o.right:.6g} on the right; the claim {verb}"
        notes.append(Note("kink", text + (f" ({count} elements)" if count > 1 else "")))
    if hit := first(("constants",)):
        text = f"agreement ends at digit {hit[1].digits:.0f}, where the code's own constants are rounded"
        notes.append(Note("rounded-constants", text))
    if hit := first(("beneath",)):
        text = f"{hit[0]} and the derivative part at digit {hit[1].digits:.0f}, which no float64 shows: "
        notes.append(Note("beneath-floats", f"{text}an epsilon, or a series or loop cut off, in one of the two"))
    for state, words in UNDECIDED.items():
        if hit := first((state,)):
            text = f"at {hit[0]} f " + words.format(bits=limits.LAST_PRECISION)
            notes.append(Note(state.replace(" ", "-"), text))
    if first(("imprecise",)):
        notes.append(
            Note("imprecise", f"{parameter.name}: further off than rounding explains, nearer than a mistake would be")
        )
    if any(o.one_sided for _, o in outcomes):
        beyond = f"; beyond it f raised {definition.raised}" if definition.raised else ""
        notes.append(Note("edge", f"{parameter.name}: judged from one side at the edge of f's domain{beyond}"))
    return notes


def where(name: str, index: Any) -> str:
    """`W[2, 1]`, or `W along direction 0`."""
    if is_direction(index):
        output = f", output {list(index[2:])}" if index[2:] else ""
        return f"{name} along random direction {index[1]}{output}"
    return place(name, index)
