"""Other points than the given one: dead units, saturation and unvisited branches hide mistakes that show elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from autocheck import coverage, limits, tree, verdict
from autocheck.claim import Claim, is_float, parameters, with_parameters
from autocheck.report import Report
from autocheck.routes.convergence import WRONG, Outcome
from autocheck.routes.definition import Definition, judge_by_definition
from autocheck.routes.plain import observe
from autocheck.routes.probes import is_direction

Array = np.ndarray[Any, Any]

Move = Callable[[Array, Array], Array]
MOVES: dict[str, Move] = {
    "jittered": lambda x, noise: x + noise,
    "drawn anew": lambda x, noise: noise,
    "negated": lambda x, noise: noise / 4 - x,
    "ten times as large": lambda x, noise: 10 * noise,
    "a thousandth as large": lambda x, noise: x / 1000 + noise / 10_000,
    "saturated": lambda x, noise: limits.SATURATED * np.sign(noise),
}
"""Where the arguments go: what is differentiated, and noise of the size of its largest element."""
TO_ORDINARY_SIZE: dict[str, Move] = {
    "of ordinary size": lambda x, noise: (x + noise / 4) / (float(np.max(np.abs(x), initial=0.0)) or 1.0)
}


def elsewhere(
    claim: Claim, report: Report, sites: coverage.Sites, silent: list[int], explore: bool, budget: float
) -> Report:
    """The report, with what other points say: of the `silent` parameters, which were zero, or of all if asked to explore.

    sites: the branches visited at the given point.
    """
    points, quiet, others = 1, list(silent), _others(claim)
    while report.ok and (quiet or (explore and points <= len(MOVES))):
        name, there = next(others, ("", None))
        if there is None:
            break
        definition = _judged_at(there, budget)
        if definition is None:
            continue
        points, sites = points + 1, coverage.together(sites, coverage.watched_run(there).sites)
        report = verdict.with_other_point(report, there, definition, name)
        quiet = [k for k in quiet if not verdict.has_influence(definition, k)]
    report = verdict.without_influence(report, quiet, points) if silent else report
    notes = (*report.notes, *coverage.unvisited(sites, points))
    return replace(report, points=max(points, report.points), notes=notes)


def without_what_no_float_shows(claim: Claim, definition: Definition, budget: float) -> Definition:
    """The definition, where all that is wrong lies beneath the last place of any float, and not because the point is saturated.

    Who adds 1e-20 inside of a logarithm, or takes the derivative of a limit for that of its fortieth term, means the same function.
    """
    wrong = [(index, o) for outcomes in definition.outcomes for index, o in outcomes if o.state in WRONG]
    if not wrong or not all(_is_beneath_floats(index, o) for index, o in wrong):
        return definition
    others = [
        _judged_at(there, budget) for _, there in islice(_others(claim, TO_ORDINARY_SIZE), limits.ORDINARY_POINTS)
    ]
    seen = [o for other in others if other for outcomes in other.outcomes for _, o in outcomes]
    if not seen or not all(o.ok or o.digits >= np.finfo(np.float64).precision for o in seen):
        return definition

    def excused(o: Outcome) -> Outcome:
        return replace(o, state="beneath") if o.state in WRONG else o

    return replace(
        definition, outcomes=tuple(tuple((i, excused(o)) for i, o in outcomes) for outcomes in definition.outcomes)
    )


def _is_beneath_floats(index: Any, o: Outcome) -> bool:
    return not is_direction(index) and o.miss <= abs(o.slope) * limits.BENEATH_FLOATS


def _others(claim: Claim, table: dict[str, Move] = MOVES) -> Iterator[tuple[str, Claim]]:
    """(how the arguments were moved, the claim there)."""
    rng = np.random.default_rng([claim.seed, 1])
    moves = list(table.items())
    for number in range(limits.OTHER_POINTS):
        name, move = moves[number % len(moves)]
        if claim.elsewhere is not None:
            try:
                there = claim.elsewhere(partial(_moved, move=move, rng=rng))
            except Exception:  # the user's own code refuses the point
                continue
            yield name, replace(claim, args=there)
            continue
        moved = [_moved(p.value, move, rng) for p in parameters(claim)]
        args = list(with_parameters(claim, claim.args, moved))
        for n in claim.free:
            args[n] = tree.rebuild(
                args[n], lambda leaf: _moved(leaf, MOVES["drawn anew"], rng) if is_float(leaf) else leaf
            )
        yield name, replace(claim, args=tuple(args))


def _moved(value: Array, move: Move, rng: np.random.Generator) -> Array:
    largest = float(np.max(np.abs(value), initial=0.0))
    size = largest if largest > 0 and np.isfinite(largest) else 1.0
    noise = np.asarray(size * rng.normal(size=value.shape))
    return np.asarray(move(value.astype(np.float64), noise)).astype(value.dtype)


def _judged_at(claim: Claim, budget: float) -> Definition | None:
    """What the definition says there, along one direction for each parameter; None where f is not finite or not defined."""
    try:
        observed = observe(claim)
    except Exception:  # the user's own code refuses the point
        return None
    if not np.isfinite(observed.value.astype(np.float64)).all() or any(
        n.id in ("shape", "structure") for n in observed.notes
    ):
        return None
    definition = judge_by_definition(claim, observed, budget / limits.OTHER_POINTS, thorough=False)
    edges = any(o.state == "edge" for found in definition.outcomes for _, o in found)
    return None if definition.abstained or edges else definition
