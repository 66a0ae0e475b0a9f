"""The claimed and the true derivative element by element, kept for pictures where there are few enough of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.report import Elements, Report
from autocheck.routes.convergence import WRONG
from autocheck.routes.definition import Definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.plain import Observed
from autocheck.routes.probes import is_direction

Array = np.ndarray[Any, Any]


def with_elements(
    report: Report, observed: Observed, definition: Definition, routes: tuple[Derivatives, ...]
) -> Report:
    """The report, with what may be drawn of each parameter."""
    pairs = enumerate(zip(report.parameters, observed.gradients, strict=True))
    drawn = tuple(replace(p, elements=elements_of(k, hand, definition, routes)) for k, (p, hand) in pairs)
    return replace(report, parameters=drawn)


def elements_of(k: int, hand: Array, definition: Definition, routes: tuple[Derivatives, ...]) -> Elements | None:
    """By the definition where it was asked for each element, else by the first other route that was."""
    if not 0 < hand.size <= limits.DRAWN_ELEMENTS:
        return None
    known = [("definition", by_definition(k, hand, definition)), *((r.route, by_floats(k, hand, r)) for r in routes)]
    return next((Elements(flat(hand), flat(true), route) for route, true in known if true is not None), None)


def by_definition(k: int, hand: Array, definition: Definition) -> Array | None:
    """The slopes, NaN where that is undecided; at a kink, where many numbers are right, the claimed one if it is."""
    found = {i: o for i, o in definition.outcomes[k] if not is_direction(i)} if definition.outcomes else {}
    if len(found) < hand.size:
        return None
    true = np.full(hand.shape, np.nan)
    for index, outcome in found.items():
        if outcome.ok or outcome.state in WRONG:
            true[index] = outcome.claim if outcome.state == "kink" else outcome.slope
    return true


def by_floats(k: int, hand: Array, route: Derivatives) -> Array | None:
    """The same by automatic differentiation or finite differences."""
    if route.abstained or np.isnan(route.errors[k]).any() or route.values[k].shape != hand.shape:
        return None
    return np.where(route.kinks[k], hand, route.values[k]) if route.kinks else route.values[k]


def flat(values: Array) -> tuple[float, ...]:
    return tuple(values.astype(np.float64).ravel().tolist())
