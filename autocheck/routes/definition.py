"""The definition of the derivative, in exact arithmetic: f and the claimed gradient, as they are written, on balls.

What converges is decided in `convergence.py`, what is moved in `probes.py`, and the user's code runs in `evaluator.py`.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float, parameters
from autocheck.lifted import balls, exact, recorded
from autocheck.lifted.run import CannotLift, line_of, patched, running
from autocheck.routes.convergence import Outcome, judge, judge_side
from autocheck.routes.evaluator import Evaluator
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
            offset = probe.offsets.ravel()[j if evaluator.claim.rows else 0].abs_upper()
            unit = balls.ONE if probe.is_direction else offset
            outcomes.append(judge(claimed, left, right, largest(gradient) * offset, unit))
    return outcomes


def excused(evaluator: Evaluator, probe: Probe, outcomes: list[Outcome], bits: int) -> list[Outcome]:
    """The outcomes, where a small residual that moves with the float constants of the code is laid to their rounding.

    Each constant is moved within its half ulp; a residual that is an error stays where it is.
    """
    gradient = evaluator.point(bits)[1][probe.parameter]
    with balls.precision(bits):
        share = largest(gradient) * balls.to_ball(2) ** -limits.CONSTANT_RESIDUAL_BITS
        offsets = [o.abs_upper() for o in probe.offsets.ravel()]
        limit = [share * offsets[j if evaluator.claim.rows else 0] for j in range(len(outcomes))]
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


def same_decisions(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def moves(residual: balls.Ball, moved: balls.Ball) -> bool:
    """Whether a residual changed by a fair share of its own size."""
    return bool(abs(moved - residual).abs_upper() * limits.CONSTANT_SHARE >= residual.abs_upper())


def judge_by_definition(claim: Claim, observed: Observed, budget: float = limits.BUDGET) -> Definition:
    """The exact route: f and the claimed gradient, or what it returned in floating point if it can't run on balls."""
    exact.new_run()  # its tables name NumPy's functions as they are unpatched
    with patched():  # once for all the runs inside
        return _judge_by_definition(Evaluator(claim), observed, budget)


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
                pair for indices, probe in probes for pair in zip(indices, judge_probe(evaluator, probe), strict=True)
            )
            for probes in plans
        )
    except CannotLift as reason:
        return Definition(abstained=str(reason))
    except Exception as error:  # the user's own code, on arrays that it never met
        where = f" ({line})" if (line := line_of(error)) else ""
        return Definition(abstained=f"{claim.name} raised {type(error).__name__} on exact numbers: {error}{where}")
    return Definition(
        outcomes=outcomes,
        values=tuple(rounded(g) for g in gradients),
        gradients=tuple(gradients),
        spread=tuple(evaluator.spread_of_gradient()) if not gradient_abstained else (),
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


def rounded(gradient: Objects) -> Array:
    """The claimed gradient as float64; a ball that holds zero is zero."""
    zero = np.vectorize(lambda b: b.is_finite() and b.contains(0), otypes=[bool])
    return np.where(zero(gradient), 0.0, balls.to_floats(gradient))


def same_function(evaluator: Evaluator, observed: Observed, value: Objects) -> str:
    """Whether the exact run computes what the plain run does; the name of f if it took another branch, else "".

    Raises: CannotLift if the two values differ for no reason that one-ulp moves of the inputs or a branch explain: then
        digits were lost on the way, and what the exact run says of the gradient would be said of another function.
    """
    claim, plain = evaluator.claim, np.asarray(observed.value, dtype=np.float64).ravel()
    exact_value = balls.to_floats(value).ravel()
    if not (np.isfinite(plain).all() and np.isfinite(exact_value).all()) or plain.shape != exact_value.shape:
        return ""
    miss = np.abs(plain - exact_value)
    precision = np.finfo(
        np.asarray(observed.value).dtype if np.asarray(observed.value).dtype.kind == "f" else np.float64
    )
    size = float(np.max(np.abs(exact_value), initial=0.0))
    if bool(np.all(miss <= size * 2.0 ** (-(precision.nmant + 1) / 2))):
        return ""
    if bool(np.all(miss <= rounding_bound(evaluator, precision.nmant + 1))) or leaves_the_range(claim):
        return ""
    if other_branch(evaluator):
        return claim.name
    raise CannotLift(f"{claim.name} gives {exact_value[0]:.9g} on exact numbers and {plain[0]:.9g} in floating point")


def rounding_bound(evaluator: Evaluator, bits: int) -> Array:
    """What rounding at the working precision can do to f at most: the radius of f evaluated on balls of that precision."""
    value, _ = evaluator.value(bits)
    return balls.to_floats(np.array([b.rad() for b in value.ravel()], dtype=object))


def leaves_the_range(claim: Claim) -> bool:
    """Whether f overflows or underflows on its way, in floating point."""
    with np.errstate(over="raise", under="raise"):
        try:
            claim.f(*(tree.rebuild(a, copy.deepcopy) for a in claim.args))
        except FloatingPointError:
            return True
    return False


def other_branch(evaluator: Evaluator) -> bool:
    """Whether any comparison in f comes out otherwise in floating point than in exact arithmetic."""
    claim = evaluator.claim
    run = recorded.new_run()
    args = tuple(
        tree.rebuild(a, lambda x: recorded.lift(x.copy()) if is_float(x) else copy.deepcopy(x)) for a in claim.args
    )
    with running(run), np.errstate(all="ignore"):
        claim.f(*args)
    mine = evaluator.point(limits.FIRST_PRECISION)[2].decisions
    return not same_decisions(mine, run.decisions)


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
