"""The definition of the derivative, in exact arithmetic: f and the claimed gradient, as they are written, on balls.

What converges is decided in `convergence.py`, what is moved in `probes.py`, and the user's code runs in `evaluator.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float, parameters
from autocheck.lifted import balls, exact
from autocheck.lifted.patches import patched
from autocheck.lifted.run import CannotLift, TooMuchWork, line_of
from autocheck.precision import is_floating
from autocheck.progress import Advance, silent
from autocheck.routes.along import judge_probe
from autocheck.routes.convergence import Outcome
from autocheck.routes.evaluator import Evaluator
from autocheck.routes.guards import OtherValue, same_function
from autocheck.routes.plain import Observed
from autocheck.routes.probes import Probe, around_kinks, direction_probes, element_probes, is_direction

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
    is_full: bool | None = None
    """Of such an f, whether the claim is the derivative with nothing held constant; None where that was not asked."""
    raised: str = ""
    """What f raised next to the point, though not at it."""
    large: bool = False
    """Whether it abstained because of what it would have cost."""

    @property
    def mode(self) -> str:
        """Whether it was judged by "elements", along random "directions", by both, or by neither."""
        kinds = {is_direction(index) for found in self.outcomes for index, _ in found}
        if self.abstained:
            return "floats"
        return "elements" if kinds <= {False} else "directions" if kinds == {True} else "elements and directions"


def judge_by_definition(
    claim: Claim,
    observed: Observed,
    budget: float = limits.BUDGET,
    thorough: bool = True,
    advance: Advance = silent,
    cost: int = 0,
) -> Definition:
    """The exact route: f and the claimed gradient, or what it returned in floating point if it can't run on balls.

    budget: seconds that it may take. They buy every element, else random directions for each parameter, else nothing.
    thorough: every element if possible, and what rounding does; else one direction for each parameter, for the formula alone.
    advance: is told how many probes there are to be, and of each one.
    cost: ball operations that one run of f takes, as far as it is known.
    """
    exact.new_run()  # its tables name NumPy's functions as they are unpatched
    most, deadline = affordable(claim, budget), time.perf_counter() + budget
    for count, what in ((size_of(claim), "numbers"), (cost, "operations")):
        if count > most:
            return Definition(abstained=f"{count} {what} are too many for exact arithmetic in {budget:g} s", large=True)

    def attempt() -> Definition:
        evaluator = Evaluator(claim, most=most, deadline=deadline)
        return _judge_by_definition(evaluator, observed, budget if thorough else 0, advance)

    with patched():  # once for all the runs inside
        found = attempt()
        if found.large or not (found.abstained or found.gradient_abstained) or not _lift_state(claim, True):
            return found
        again = attempt()
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


def affordable(claim: Claim, budget: float, of_f: float | None = None) -> float:
    """Ball operations for one run, where one direction is asked for each parameter: of f, or, knowing those, of the gradient.

    f runs at the point and along each probe, the gradient at the point and with the inputs moved by one ulp.
    """
    runs, beside = 1 + RUNS_PER_PROBE * len(parameters(claim)), 1 + limits.ULP_DRAWS
    total = budget / limits.SECONDS_PER_BALL
    return total / (runs + beside) if of_f is None else (total - runs * of_f) / beside


def size_of(claim: Claim) -> int:
    return sum(np.size(leaf) for a in claim.args for _, leaf in tree.leaves(a) if is_float(leaf))


def _judge_by_definition(evaluator: Evaluator, observed: Observed, budget: float, advance: Advance) -> Definition:
    claim, gradient_abstained = evaluator.claim, ""
    try:
        evaluator.value(limits.FIRST_PRECISION)
        evaluator.most = max(evaluator.most, affordable(claim, budget, evaluator.cost))
        try:
            evaluator.gradient(limits.FIRST_PRECISION)
        except TooMuchWork:
            raise
        except CannotLift as reason:
            gradient_abstained = str(reason)
            evaluator.opaque = observed.gradients
        value, gradients, run = evaluator.point(limits.FIRST_PRECISION)
        branch = same_function(evaluator, observed, value)
        planned = plan(evaluator, budget)
        advance(total=sum(count for count, _ in planned))
        outcomes = tuple(tuple(judged(evaluator, k, value, probes, advance)) for k, (_, probes) in enumerate(planned))
    except CannotLift as reason:
        other, large = isinstance(reason, OtherValue), isinstance(reason, TooMuchWork)
        return Definition(abstained=str(reason), other_value=other, large=large)
    except Exception as error:  # the user's own code, on arrays that it never met
        where = f" ({line})" if (line := line_of(error)) else ""
        return Definition(abstained=f"{claim.name} raised {type(error).__name__} on exact numbers: {error}{where}")
    if evaluator.raised and any(o.state == "edge" for found in outcomes for _, o in found):
        return Definition(abstained=f"{claim.name} raised on either side of the point: {evaluator.raised}")
    return Definition(
        outcomes=outcomes,
        values=tuple(rounded(g) for g in gradients),
        gradients=tuple(gradients),
        spread=tuple(evaluator.spread_of_gradient(coarsest(observed))) if budget and not gradient_abstained else (),
        value=value,
        evaluations=evaluator.evaluations,
        precision=max(evaluator.at_point),
        undecided=evaluator.undecided,
        gradient_abstained=gradient_abstained,
        as_floats=tuple(evaluator.as_floats) or (False,) * len(gradients),
        branch=branch,
        responds=evaluator.responds,
        stopped=bool(run.frozen),
        is_full=is_full(evaluator, budget) if run.frozen and budget else None,
        raised=evaluator.raised,
    )


def is_full(evaluator: Evaluator, budget: float) -> bool | None:
    """Whether the claim is f's derivative with nothing held constant, as far as the time goes."""
    e = evaluator
    free = Evaluator(e.claim, opaque=e.opaque, most=e.most, deadline=e.deadline, holds=False)
    try:
        value = free.point(limits.FIRST_PRECISION)[0]
        planned = [probes for _, probes in plan(free, budget)]
        found = [o for k, probes in enumerate(planned) for _, o in judged(free, k, value, probes, silent)]
    except Exception:  # nobody needs to know this
        return None
    return all(o.ok for o in found)


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
    return [(*index, *o) if is_direction(index) else (*o, *index) for o in out]


def rounded(gradient: Objects) -> Array:
    """The claimed gradient as float64; a ball that holds zero is zero."""
    zero = np.vectorize(lambda b: b.is_finite() and b.contains(0), otypes=[bool])
    return np.where(zero(gradient), 0.0, balls.to_floats(gradient))


Probes = Iterator[tuple[list[Any], Probe]]


def plan(evaluator: Evaluator, budget: float) -> list[tuple[int, Probes]]:
    """For each parameter (how many, the probes): all elements where the budget allows it, else what directions it buys."""
    claim, found = evaluator.claim, parameters(evaluator.claim)
    probes = budget / limits.SECONDS_PER_BALL / max(evaluator.point(limits.FIRST_PRECISION)[2].cost, 1) / RUNS_PER_PROBE
    columns = [p.value.size // len(p.value) if claim.rows and p.value.size else p.value.size for p in found]
    if sum(columns) <= probes:
        return [(columns[k], element_probes(claim, k)) for k in range(len(found))]
    count = int(np.clip(probes / len(found), 1, limits.MOST_DIRECTIONS))
    return [
        (columns[k], element_probes(claim, k)) if columns[k] <= count else (count, direction_probes(claim, k, count))
        for k in range(len(found))
    ]


RUNS_PER_PROBE = 4
"""Two steps to either side."""


def judged(
    evaluator: Evaluator, k: int, value: Objects, probes: Probes, advance: Advance
) -> Iterator[tuple[Any, Outcome]]:
    """(index, outcome) along each probe; when the time is up, one random direction stands for all that were not asked."""
    asked = 0
    for indices, probe in probes:
        if evaluator.is_late():
            break
        yield from told(evaluator, k, value, indices, probe)
        asked += 1
        advance()
    else:
        return
    if asked and probe.is_direction:
        return
    for indices, probe in direction_probes(evaluator.claim, k, 1):
        yield from told(evaluator, k, value, indices, probe)


def told(
    evaluator: Evaluator, k: int, value: Objects, indices: list[Any], probe: Probe
) -> Iterator[tuple[Any, Outcome]]:
    """(index, outcome) along one probe; a direction that meets kinks goes around them, as far as the time goes."""
    claim = evaluator.claim
    outcomes = judge_probe(evaluator, probe)
    meets_kinks = probe.is_direction and any(o.state in ("kink", "crossed") for o in outcomes)
    if claim.rows or not meets_kinks:
        yield from zip(of_outputs(claim, value, indices), outcomes, strict=True)
        return
    for n, (places, part) in enumerate(around_kinks(claim, k, indices[0][1])):
        if n and evaluator.is_late():
            return
        yield from zip(of_outputs(claim, value, places), judge_probe(evaluator, part), strict=True)
