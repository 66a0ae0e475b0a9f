"""The verdict on one parameter where exact numbers are not to be had: automatic differentiation decides, else differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Parameter
from autocheck.per_parameter import estimate_of, where
from autocheck.precision import half_the_digits, ulp_of
from autocheck.report import Estimate, Note, ParameterReport, worst
from autocheck.routes.definition import Definition
from autocheck.routes.derivatives import Derivatives, Directional

Array = np.ndarray[Any, Any]


def by_floats(
    parameter: Parameter, k: int, hand: Array, definition: Definition, routes: tuple[Derivatives, ...]
) -> ParameterReport:
    """The verdict where exact numbers are not to be had: automatic differentiation decides, else finite differences."""
    notes = [Note("formula-not-judged", f"formula not judged: {definition.abstained}")]
    speaking = [r for r in routes if not r.abstained]
    states, near = _float_states(hand, speaking[0], k) if speaking else (np.full(hand.shape, OPEN, np.int8), 0.0)
    flat = int(np.argmin(states)) if hand.size else 0
    place = tuple(int(i) for i in np.unravel_index(flat, hand.shape)) if hand.size else ()
    wrong, imprecise, asked = ((states == s).sum() for s in (MISSES, IMPRECISE, OPEN))
    asked, along = int(states.size - asked), _along(speaking, k)
    missed = sum(_directional_state(d) == MISSES for d in along)
    verdict = "wrong" if wrong else "inconclusive" if imprecise else "agrees"
    if along and (asked < states.size or not wrong):
        verdict = worst([verdict, *(VERDICT_OF[_directional_state(d)] for d in along)])
    elif asked < states.size and not wrong:
        verdict = "inconclusive"
    if speaking and asked < states.size:
        notes.append(Note("not-asked", f"{parameter.name}: {asked} of {states.size} elements were compared"))
    if verdict == "inconclusive" and imprecise:
        notes.append(Note("imprecise", _too_far(where(parameter.name, place), hand[place], speaking[0], k, place)))
    return ParameterReport(
        name=parameter.name,
        shape=hand.shape,
        dtype=str(parameter.value.dtype),
        verdict=verdict,
        worst_index=place,
        hand=float(hand[place]) if hand.size else None,
        estimates=(
            Estimate("definition", abstained=definition.abstained),
            *(estimate_of(route, k, place, hand) for route in routes),
        ),
        detection_floor=near if asked == states.size and hand.size else None,
        wrong=int(wrong) + missed,
        count=asked + len(along),
        directions=len(along),
        wrong_directions=missed,
        notes=tuple(notes),
    )


def _too_far(name: str, hand: Any, route: Derivatives, k: int, place: tuple[int, ...]) -> str:
    miss, bar = abs(float(hand) - route.values[k][place]), route.errors[k][place]
    text = f"{name} is {miss:.1e} off what {route.route} gives (+/- {bar:.0e}): more than rounding explains"
    return f"{text}, less than most mistakes are; formula_at= a small instance, or a larger budget=, lets the formula decide"


MISSES, IMPRECISE, OPEN, AGREES = range(4)
"""Of one element in floating point: wrong, between rounding and wrong, not asked, within rounding."""
VERDICT_OF = {MISSES: "wrong", IMPRECISE: "inconclusive", AGREES: "agrees"}


def _along(routes: list[Derivatives], k: int) -> list[Directional]:
    """The random directions that this parameter alone was moved along."""
    return [d for r in routes for d in r.directions if d.parameter == k]


def _float_states(hand: Array, route: Derivatives, k: int) -> tuple[Array, float]:
    """(the state of each element, the smallest error that is seen at each).

    An element agrees within the route's bar and rounding; it is wrong where more than half the digits differ.
    """
    kind, value, bar = hand.dtype, route.values[k], route.errors[k]
    with np.errstate(invalid="ignore", over="ignore"):
        miss = np.abs(hand.astype(np.float64, copy=False) - value)
        widest = float(np.max(bar, initial=0.0))
        asked = True if np.isfinite(np.max(miss, initial=widest)) else np.isfinite(value) & ~np.isnan(bar)
        ulp = float(ulp_of(np.max(np.abs(value), initial=0.0, where=asked), kind))
        half = half_the_digits(kind) * ulp
        near = bar + limits.BLACK_BOX_ULPS * ulp
        agrees = miss <= near
        floor = float(np.max(near, initial=0.0, where=asked))
        if asked is True and widest <= half and agrees.all():  # as most do
            return np.broadcast_to(np.int8(AGREES), hand.shape), floor
        state = np.where(agrees, np.int8(AGREES), np.int8(IMPRECISE))
        state[~(miss <= limits.EXCUSED_SPREADS * bar + half)] = MISSES
    state[(bar > half) & (state == AGREES)] = IMPRECISE  # a bar that wide would let a mistake pass
    if route.kinks:
        state[route.kinks[k]] = AGREES
    state[~np.broadcast_to(asked, state.shape)] = OPEN
    return state, floor


def _directional_state(found: Directional) -> int:
    """The same of a derivative along a direction."""
    if not np.isfinite(found.claimed) or found.differs:
        return MISSES
    return AGREES if found.agrees and not found.vague else IMPRECISE
