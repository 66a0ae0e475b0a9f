"""The definition of the derivative, in exact arithmetic: f and the claimed gradient, as they are written, on balls.

What converges is decided in `convergence.py`, what is moved in `probes.py`, and the user's code runs in `evaluator.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Claim, parameters
from autocheck.lifted import balls, exact
from autocheck.lifted.patches import patched
from autocheck.lifted.run import CannotLift, line_of
from autocheck.precision import is_floating
from autocheck.routes.convergence import Outcome, judge, judge_side
from autocheck.routes.evaluator import Evaluator
from autocheck.routes.guards import OtherValue, same_decisions, same_function
from autocheck.routes.plain import Observed
from autocheck.routes.probes import Probe, claimed_along, direction_probes, element_probes, largest

Objects = np.ndarray[Any, Any]
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Definition:
    """What the exact route found, parameter by parameter; or why it abstained."""

    outcomes: tuple[tuple[tuple[Any, Outcome], ...], ...] = ()
    """For each parameter the judged (index, outcome); the index is an element's, or ("direction", k)."""
    values: tuple[Array, ...] = ()
    """The claimed gradient, exact and then rounded to float64, for each parameter."""
    gradients: tuple[Objects, ...] = ()
    """The same as balls at the first precision."""
    spread: tuple[Array, ...] = ()
    """By how much one-ulp moves of all inputs change the claimed gradient."""
    value: Objects | None = None
    """f at the point, as balls."""
    mode: str = "elements"
    evaluations: int = 0
    precision: int = 0
    undecided: int = 0
    abstained: str = ""
    gradient_abstained: str = ""
    other_value: bool = False
    """Whether it abstained because the exact run computes something else than the plain one."""
    boxed: bool = False
    """Whether f could not be run, and the reference stood in for it."""
    excused: tuple[float, ...] = ()
    """How far off each gradient may be where it is known in floating point only."""
    as_floats: tuple[bool, ...] = ()
    """For each parameter whether its gradient came as machine floats that owe nothing to the arguments."""
    branch: str = ""
    """Which function, if any, takes another branch in floating point than in exact arithmetic."""
    responds: bool = True
    """Whether f gave another number in any of the displaced runs."""
    stopped: bool = False
    """Whether f passes a value through `stop_gradient`."""


def judge_probe(evaluator: Evaluator, probe: Probe) -> list[Outcome]:
    """The outcomes along one probe, the precision doubled until each is decided."""
    bits = first_precision(probe)
    outcomes = judge_probe_at(evaluator, probe, bits)
    while any(o.state == "open" for o in outcomes) and bits < limits.LAST_PRECISION:
        bits *= 2
        outcomes = judge_probe_at(evaluator, probe, bits)
    return excused(evaluator, probe, outcomes, bits)


def first_precision(probe: Probe) -> int:
    """Bits that leave a few hundred below the second step; doubled, so that probes share the values at the point."""
    bits = limits.FIRST_PRECISION
    while bits < limits.FIRST_PRECISION + probe.smallest_exponent - limits.SPARE_BITS:
        bits *= 2
    return bits


def judge_probe_at(evaluator: Evaluator, probe: Probe, bits: int) -> list[Outcome]:
    """The outcomes along one probe at one precision: one for each number that f returns."""

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
            outcomes.append(judge(claimed, left, right, scale_of(gradient, probe, unit), unit))
    return outcomes


def unit_of(evaluator: Evaluator, probe: Probe, j: int) -> balls.Ball:
    """By how much the j-th judged element moves for a step of 1; a direction is its own unit."""
    return balls.ONE if probe.is_direction else probe.offsets.ravel()[j if evaluator.claim.rows else 0].abs_upper()


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
    return [replace(o, state="constants") if j in laid else o for j, o in enumerate(outcomes)]


def moves(residual: balls.Ball, moved: balls.Ball) -> bool:
    """Whether a residual changed by a fair share of its own size."""
    return bool(abs(moved - residual).abs_upper() * limits.CONSTANT_SHARE >= residual.abs_upper())


def judge_by_definition(claim: Claim, observed: Observed, budget: float = limits.BUDGET) -> Definition:
    """The exact route: f and the claimed gradient, or what it returned in floating point if it can't run on balls."""
    exact.new_run()  # its tables name NumPy's functions as they are unpatched
    with patched():  # once for all the runs inside
        found = _judge_by_definition(Evaluator(claim), observed, budget)
        if (found.abstained or found.gradient_abstained) and _lift_state(claim, True):
            again = _judge_by_definition(Evaluator(claim), observed, budget)
            if not (again.abstained or again.gradient_abstained):
                return again
            _lift_state(claim, False)
        return found


def _lift_state(claim: Claim, on: bool) -> bool:
    """Whether f and the gradient can run on lifted copies of what they reach outside of their arguments; and let them."""
    functions = [function for function in (claim.f, claim.gradient) if hasattr(function, "lifts_state")]
    for function in functions:
        function.lifts_state = on
    return bool(functions)


def _judge_by_definition(evaluator: Evaluator, observed: Observed, budget: float) -> Definition:
    claim, gradient_abstained = evaluator.claim, ""
    try:
        evaluator.value(limits.FIRST_PRECISION)
        try:
            evaluator.gradient(limits.FIRST_PRECISION)
        except CannotLift as reason:
            gradient_abstained = str(reason)
            evaluator.opaque = observed.gradients
        value, gradients, run = evaluator.point(limits.FIRST_PRECISION)
        branch = same_function(evaluator, observed, value)
        mode, plans = plan(evaluator, budget)
        outcomes = tuple(
            tuple(
                pair
                for indices, probe in probes
                for pair in zip(of_outputs(claim, value, indices), judge_probe(evaluator, probe), strict=True)
            )
            for probes in plans
        )
    except CannotLift as reason:
        return Definition(abstained=str(reason), other_value=isinstance(reason, OtherValue))
    except Exception as error:  # the user's own code, on arrays that it never met
        where = f" ({line})" if (line := line_of(error)) else ""
        return Definition(abstained=f"{claim.name} raised {type(error).__name__} on exact numbers: {error}{where}")
    return Definition(
        outcomes=outcomes,
        values=tuple(rounded(g) for g in gradients),
        gradients=tuple(gradients),
        spread=tuple(evaluator.spread_of_gradient(coarsest(observed))) if not gradient_abstained else (),
        value=value,
        mode=mode,
        evaluations=evaluator.evaluations,
        precision=max(evaluator.at_point),
        undecided=evaluator.undecided,
        gradient_abstained=gradient_abstained,
        as_floats=tuple(evaluator.as_floats) or (False,) * len(gradients),
        branch=branch,
        responds=evaluator.responds,
        stopped=bool(run.frozen),
    )


def coarsest(observed: Observed) -> Any:
    """The dtype of the least precision that the gradient came in: JAX without x64 rounds its inputs to it."""
    floats = [g.dtype for g in observed.gradients if is_floating(g.dtype)]
    return min(floats, key=lambda kind: kind.itemsize, default=np.dtype(np.float64))


def of_outputs(claim: Claim, value: Objects, indices: list[Any]) -> list[Any]:
    """The indices of what one probe judges: with a Jacobian, of each element of f's output along it."""
    if not claim.jacobian:
        return indices
    (index,) = indices
    out = list(np.ndindex(value.shape))
    return [(*index, *o) if index[:1] == ("direction",) else (*o, *index) for o in out]


def rounded(gradient: Objects) -> Array:
    """The claimed gradient as float64; a ball that holds zero is zero."""
    zero = np.vectorize(lambda b: b.is_finite() and b.contains(0), otypes=[bool])
    return np.where(zero(gradient), 0.0, balls.to_floats(gradient))


def plan(evaluator: Evaluator, budget: float) -> tuple[str, list[Iterator[tuple[list[Any], Probe]]]]:
    """Every element where the budget allows it, else as many random directions for each parameter as it buys."""
    claim = evaluator.claim
    found = parameters(claim)
    seconds = 4 * max(evaluator.cost, 1) * limits.SECONDS_PER_BALL
    columns = [p.value.size // len(p.value) if claim.rows and p.value.size else p.value.size for p in found]
    if sum(columns) * seconds <= budget or all(c <= limits.DIRECTIONS for c in columns):
        return "elements", [element_probes(claim, k) for k in range(len(found))]
    count = int(np.clip(budget / seconds / len(found), limits.DIRECTIONS, limits.MOST_DIRECTIONS))
    return "directions", [
        element_probes(claim, k) if claim.rows or columns[k] <= count else direction_probes(claim, k, count)
        for k in range(len(found))
    ]
