"""A derivation on trial, step by step: each against the one before, the first against JAX and the definition of the derivative.

All steps run, as they are written, on exact numbers at random points of several sizes. Two steps agree where they do to ninety
digits at all of them; where both are rational in the inputs (or in e^z) the evidence is stronger, see `evidence.py`, and the report
says how strong, and which branches of the code it is about. Rounding is not judged: a step is mathematics, not a program.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import BadClaim, Claim
from autocheck.inputs import Inputs, Point, draw
from autocheck.judge import in_exact_terms
from autocheck.lifted import balls, exact
from autocheck.lifted.run import CannotLift
from autocheck.per_parameter import where
from autocheck.report import worst
from autocheck.routes import autodiff
from autocheck.routes.convergence import WRONG, Outcome
from autocheck.routes.definition import judge_by_definition
from autocheck.routes.plain import Observed, observe
from autocheck.steps import ChainReport, Function, Step, StepReport
from autocheck.trial import Trial, told
from autocheck.verdict import FAULTS

__all__ = ["ChainReport", "Step", "StepReport", "assert_chain", "check_chain"]


def check_chain(
    f: Function | None,
    steps: Sequence[Any],
    inputs: Inputs,
    argnum: int = 0,
    reference: Function | None = None,
    seed: int = 0,
    name: str = "",
    points: int = limits.CHAIN_POINTS,
) -> ChainReport:
    """Judge a derivation of the derivative of `f` with respect to its argument `argnum`, step by step.

    f: what is differentiated: one number, or an array, whose derivative is then its Jacobian. None for a chain of equalities.
    steps: `Step`s, or whatever has latex, reason, compute and slide; `compute(*inputs)` is the derivative as that line has it.
    inputs: {"z": ("logits", "n"), "y": ("distribution", "n")}: the kind of each input (`inputs.KINDS`) and the lengths of its axes,
        where a letter stands for a number that is drawn.
    reference: an independent definition of f in JAX.

    Returns: a ChainReport, which names the first step that breaks.
    Raises: BadClaim if there is nothing to judge.
    """
    if not steps or not inputs:
        raise BadClaim("check_chain: needs one step and one input at the least")
    started = time.perf_counter()
    exact.new_run()  # its tables name NumPy's functions as they are unpatched
    trial = Trial(tuple(steps), inputs, [draw(inputs, seed, number) for number in range(points + 1)], seed)
    with np.errstate(all="ignore"):
        first = against_definition(f, trial, argnum, reference) if f else First(*trial.runs(0))
        found = [trial.report(0, first.verdict, first.definition, finding=first.finding)]
        found += [trial.compared(i, i - 1) for i in range(1, len(steps))]
        broken = next((s.number for s in found if s.verdict == "wrong"), None)
        mended = trial.mended(broken) if broken and broken > 1 else None
    return ChainReport(
        name=name or next(filter(str.isidentifier, [getattr(f, "__name__", "")]), "the derivation"),
        verdict=worst([s.verdict for s in found]),
        steps=tuple(found),
        broken=broken,
        mended=mended,
        definition=first.definition,
        autodiff=first.autodiff,
        branches=trial.branches(),
        inputs=", ".join(f"{name}: {kind}" + _axes(axes) for name, (kind, *axes) in inputs.items()),
        points=points,
        seed=seed,
        seconds=time.perf_counter() - started,
    )


def _axes(lengths: Sequence[Any]) -> str:
    return f"[{', '.join(map(str, lengths))}]" if lengths else ""


def assert_chain(f: Function | None, steps: Sequence[Any], inputs: Inputs, **options: Any) -> ChainReport:
    """`check_chain` that raises AssertionError, with the report as its message, for all but `agrees`."""
    __tracebackhide__ = True
    report = check_chain(f, steps, inputs, **options)
    if not report.ok:
        raise AssertionError(f"{report}")
    return report


@dataclass(frozen=True, slots=True)
class First:
    """What the definition and JAX say of the first step, and to how many digits."""

    verdict: str
    finding: str = ""
    definition: float | None = None
    autodiff: float | None = None


def against_definition(f: Function, trial: Trial, argnum: int, reference: Function | None) -> First:
    """The first step at every point; the first point that is not fine ends it."""
    ours: list[float] = []
    theirs: list[tuple[float, int]] = []
    for number, point in enumerate(trial.points):
        jacobian = np.ndim(f(*point.floats)) > 0
        facts: Any = {"reference": reference, "jacobian": jacobian, "seed": trial.seed, "name": "f"}
        claim = Claim(f, trial.steps[0].compute, point.floats, (argnum,), **facts)
        try:
            observed = observe(claim)
        except Exception as error:  # the user's own code, at a point that it never met
            return First("inconclusive", f"{told(error)} at {point}")
        if faults := [note for note in observed.notes if note.id in FAULTS]:
            return First(worst([FAULTS[note.id] for note in faults]), faults[0].text)
        claim = in_exact_terms(claim, observed)
        found = judge_by_definition(claim, observed)
        if reason := found.abstained or found.gradient_abstained:
            return First("inconclusive", reason)
        if bad := next((o for o in found.outcomes[0] if not o[1].ok), None):
            return _not_agreeing(*bad, point)
        ours += [o.digits for _, o in found.outcomes[0]]
        if number < (
            limits.CHAIN_JAX_POINTS if reference else 1
        ):  # without one it runs in float64, and compiles each time
            theirs += jax_digits(claim, observed)
    least, needed = min(theirs, default=(None, 0))
    if least is None or least >= needed:
        return First("agrees", "", min(ours), least)
    finding = f"the definition agrees, but JAX's derivative of the {'reference' if reference else 'function'} does not"
    return First("wrong" if reference else "inconclusive", finding, min(ours), least)


def _not_agreeing(index: Any, outcome: Outcome, point: Point) -> First:
    place = where("the derivative", index)
    if outcome.state in WRONG:
        finding = f"at {point} {place} is {outcome.slope:.6g} by its definition, and {outcome.claim:.6g} here"
        return First("wrong", finding)
    return First("inconclusive", f"{place}: {outcome.state} at {point}")


def jax_digits(claim: Claim, observed: Observed) -> list[tuple[float, int]]:
    """(digits, how many are needed) of JAX's derivative: of the reference in exact arithmetic, else in float64."""
    if claim.reference is not None:
        try:
            return [(digits, limits.REFERENCE_DIGITS) for digits in autodiff.reference_digits(claim, None)]
        except CannotLift:
            pass
    found = autodiff.differentiate(claim, observed, [np.zeros(g.shape) for g in observed.gradients], 0.0)
    pairs = zip(observed.gradients, found.values, strict=False)
    digits = [autodiff.common_digits(balls.to_balls(one), balls.to_balls(other)) for one, other in pairs]
    return [(d, limits.REFERENCE_FLOAT_DIGITS) for d in digits]
