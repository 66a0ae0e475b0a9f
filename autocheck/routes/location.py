"""Which element is wrong, where only a random direction was seen to be: the one that autodiff points to, or by halving."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck.claim import Claim, parameters
from autocheck.lifted.patches import patched
from autocheck.lifted.run import CannotLift
from autocheck.routes.along import judge_probe
from autocheck.routes.convergence import WRONG, Outcome
from autocheck.routes.definition import Definition, of_outputs
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.evaluator import Evaluator
from autocheck.routes.plain import Observed
from autocheck.routes.probes import direction_along, element_probe, is_direction

Array = np.ndarray[Any, Any]
Found = tuple[tuple[Any, Outcome], ...]


def located(claim: Claim, observed: Observed, definition: Definition, auto: Derivatives, budget: float) -> Definition:
    """The definition with one element more for each parameter that was judged along directions: the one that autodiff points to.

    Where that is none, and the parameter was found wrong along a direction alone, a wrong element is found by halving.
    """
    suspects = {
        k: _suspect(observed.gradients[k], auto, k)
        for k, found in enumerate(definition.outcomes)
        if any(is_direction(index) for index, _ in found)
    }
    asked = [k for k, suspect in suspects.items() if suspect or _is_lost(definition.outcomes[k])]
    if not asked or claim.rows:
        return definition
    opaque = observed.gradients if definition.gradient_abstained else None
    evaluator = Evaluator(claim, opaque=opaque, deadline=time.perf_counter() + budget)
    found = list(definition.outcomes)
    with patched():
        for k in asked:
            try:
                found[k] += _at(evaluator, k, suspects[k])
                if _is_lost(found[k]):
                    found[k] += _by_halving(evaluator, k)
            except (CannotLift, TimeoutError):
                continue
    return replace(definition, outcomes=tuple(found))


def _is_lost(found: Found) -> bool:
    wrong = [is_direction(index) for index, o in found if o.state in WRONG]
    return bool(wrong) and all(wrong)


def _suspect(hand: Array, auto: Derivatives, k: int) -> tuple[int, ...] | None:
    """The element at which the claim and autodiff differ most, beyond its bar and JAX's conventions at kinks."""
    if auto.abstained or auto.values[k].shape != hand.shape:
        return None
    miss = np.abs(hand.astype(np.float64) - auto.values[k])
    miss = np.where(np.isfinite(miss) & (miss > auto.errors[k]), miss, 0.0)
    if auto.kinks:
        miss[auto.kinks[k]] = 0
    return tuple(int(i) for i in np.unravel_index(np.argmax(miss), miss.shape)) if miss.any() else None


def _at(evaluator: Evaluator, k: int, place: tuple[int, ...] | None) -> Found:
    """The outcomes at one element, if any: with a Jacobian, of each output."""
    if place is None:
        return ()
    index = place[len(place) - parameters(evaluator.claim)[k].value.ndim :]
    indices, probe = element_probe(evaluator.claim, k, index)
    if evaluator.is_late():
        raise TimeoutError
    outcomes = judge_probe(evaluator, probe)
    value = evaluator.point(max(evaluator.at_point))[0]
    return tuple(zip(of_outputs(evaluator.claim, value, indices), outcomes, strict=True))


def _by_halving(evaluator: Evaluator, k: int) -> Found:
    """One wrong element of a set that is known to hold one."""
    shape = parameters(evaluator.claim)[k].value.shape
    among = np.arange(int(np.prod(shape)))
    while len(among) > 1:
        if evaluator.is_late():
            raise TimeoutError
        half = among[: len(among) // 2]
        _, probe = direction_along(evaluator.claim, k, 0, half)
        wrong = any(o.state in WRONG for o in judge_probe(evaluator, probe))
        among = half if wrong else among[len(half) :]
    return _at(evaluator, k, tuple(int(i) for i in np.unravel_index(among[0], shape)))
