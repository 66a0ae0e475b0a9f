"""The mistake in a wrong claim: what the routes found is gathered for the diagnosis."""

from __future__ import annotations

from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float, noun, parameters
from autocheck.diagnosis import code
from autocheck.diagnosis.case import Case, Suspect, same_elements
from autocheck.diagnosis.diagnose import diagnose
from autocheck.diagnosis.pullback import exactly
from autocheck.lifted import balls
from autocheck.precision import digits_of
from autocheck.report import Diagnosis, Report
from autocheck.routes.definition import Definition
from autocheck.routes.derivation import Derivation, derivation_of
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.evaluator import Evaluator
from autocheck.routes.plain import Observed
from autocheck.routes.probes import is_direction
from autocheck.words import listed

Objects = np.ndarray[Any, Any]
Array = np.ndarray[Any, Any]


def cause_of(
    claim: Claim, observed: Observed, definition: Definition, auto: Derivatives, report: Report
) -> Diagnosis | None:
    """The most likely mistake in a claim that was found wrong or inaccurate; None where there is nothing to compare."""
    if report.verdict == "inaccurate":
        return of_overflow(report) or of_precision(observed, definition, report)
    if report.verdict != "wrong":
        return None
    if seen := of_faults(observed):
        return seen
    wrong = [p.name for p in report.parameters if p.verdict == "wrong"]
    if not wrong:
        return None
    if definition.is_full:
        return of_stops(claim, wrong)
    exact = not definition.abstained and not definition.gradient_abstained
    with balls.precision(limits.FIRST_PRECISION):
        claimed = list(definition.gradients) if exact else [balls.to_balls(g) for g in observed.gradients]
        true = [_slopes(definition, k, g.shape) for k, g in enumerate(claimed)]
        worth = definition.evaluations and not definition.abstained
        derivation = derivation_of(Evaluator(claim)) if worth else None
        pulled = exactly(derivation, {}) if derivation else None
        if pulled and _witnessed(pulled, true, auto):
            true = pulled
        else:
            derivation = None
        if any(_unknown(t) for t in true):
            if auto.abstained:
                return None
            exact = False
            true = [balls.to_balls(a) if _unknown(t) else t for t, a in zip(true, auto.values, strict=True)]
        suspects = tuple(
            Suspect(p.name, balls.to_balls(p.value), c, t, r.verdict == "wrong")
            for p, c, t, r in zip(parameters(claim), claimed, true, report.parameters, strict=True)
        )
    value = tuple(definition.value.ravel()) if definition.value is not None and definition.value.size == 1 else ()
    case = Case(
        suspects,
        tuple(_arguments(claim)),
        value,
        derivation,
        tuple(code.typed(derivation.steps)) if derivation else (),
        _bits(observed, exact),
        exact,
        noun(claim),
        lambda: _derived(Evaluator(claim)),
        (lambda: _claimed(Evaluator(claim))) if exact else None,
        _effort(definition, derivation),
    )
    try:
        return diagnose(case) if case.wrong else None
    except Exception:
        # numbers that no mistake can be made with, as an infinite slope: the verdict stands without its cause
        return None


FAULTS = {
    "shape": "shape",
    "structure": "structure",
    "ignored-cotangent": "ignored-cotangent",
    "mutated-f": "overwrites-argument",
    "mutated-gradient": "overwrites-argument",
    "random-gradient": "not-a-function",
}
"""What is seen of plain runs and needs no reproduction."""


def of_faults(observed: Observed) -> Diagnosis | None:
    """What the plain runs show by themselves."""
    found = [note for note in observed.notes if note.id in FAULTS]
    return Diagnosis(FAULTS[found[0].id], found[0].text, "observed in the plain runs") if found else None


def of_stops(claim: Claim, names: list[str]) -> Diagnosis:
    """f with nothing held constant has been judged too, by the definition: it is what was claimed."""
    sentence = (
        f"the gradient for {listed(names)} is that of {claim.name} with nothing held constant: leave out the path through "
        "stop_gradient, or take the mark away"
    )
    return Diagnosis("stop-gradient", sentence, "exact, by the definition of the derivative")


def of_overflow(report: Report) -> Diagnosis | None:
    """The formula agrees; in floating point it gives NaN or infinity where the derivative is finite."""
    names = [p.name for p in report.parameters if p.hand is not None and not np.isfinite(p.hand)]
    if not names:
        return None
    sentence = (
        f"the gradient for {listed(names)} is right as a formula, and NaN or infinity in floating point: 0/0, 0 * inf or "
        "inf - inf on the way, perhaps in a branch that is not taken"
    )
    return Diagnosis("not-finite", sentence, "observed in the plain runs")


NARROW = ("float32", "float16")


def of_precision(observed: Observed, definition: Definition, report: Report) -> Diagnosis | None:
    """The formula agrees; what comes out in floating point is the derivative in a narrower dtype than it is returned in."""
    off = [k for k, p in enumerate(report.parameters) if p.verdict == "inaccurate"]
    pairs = [(np.asarray(observed.gradients[k]), np.asarray(definition.values[k])) for k in off]
    for dtype in NARROW:
        if pairs and all(g.dtype == np.float64 and np.array_equal(g, t.astype(dtype)) for g, t in pairs):
            names = listed([report.parameters[k].name for k in off])
            sentence = f"the gradient for {names} equals the true one rounded to {dtype}: hand over all digits"
            count = sum(g.size for g, _ in pairs)
            return Diagnosis("shaped", sentence, f"observed in the plain runs, at all {count} elements")
    return None


def _derived(evaluator: Evaluator) -> list[Objects] | None:
    derivation = derivation_of(evaluator)
    return exactly(derivation, {}) if derivation else None


def _claimed(evaluator: Evaluator) -> list[Objects] | None:
    try:
        return evaluator.gradient(limits.FIRST_PRECISION)
    except Exception:  # the user's code, with a call that does something else than it was written for
        return None


def _bits(observed: Observed, exact: bool) -> int:
    if exact:
        return limits.DIAGNOSIS_BITS
    return int(min(digits_of(g.dtype) for g in observed.gradients)) // limits.FLOAT_SHARE


def _effort(definition: Definition, derivation: Derivation | None) -> int:
    """A pass through the derivation, many mistakes side by side, takes about as long as a few runs of f."""
    free = limits.FREE_STEPS // max(1, len(derivation.steps)) if derivation else 0
    return max(2, free, definition.evaluations // limits.RUNS_PER_PASS)


def _slopes(definition: Definition, k: int, shape: tuple[int, ...]) -> Objects:
    """The derivative by its definition, to all its digits; NaN where it was not asked for element by element."""
    found = np.full(shape, balls.NAN, dtype=object)
    for index, outcome in definition.outcomes[k] if definition.outcomes else ():
        if not is_direction(index):
            found[index] = outcome.limit
    return found


def _unknown(gradient: Objects) -> bool:
    return not all(b.is_finite() for b in gradient.ravel())


def _witnessed(pulled: list[Objects], true: list[Objects], auto: Derivatives) -> bool:
    """Whether f's own derivation gives the derivative: by the definition where that was asked, else by autodiff."""
    for k, (one, slopes) in enumerate(zip(pulled, true, strict=True)):
        if one.shape != slopes.shape:
            return False
        asked = np.array([b.is_finite() for b in slopes.ravel()], dtype=bool).reshape(slopes.shape)
        size = float(np.max(np.abs(balls.to_floats(one)), initial=0.0))
        if not np.all(same_elements(one[asked], slopes[asked], size, limits.DIAGNOSIS_BITS)):
            return False
        if not asked.any() and one.size and not _like_autodiff(balls.to_floats(one), auto, k, size):
            return False
    return True


def _like_autodiff(pulled: Array, auto: Derivatives, k: int, size: float) -> bool:
    return not auto.abstained and bool(np.all(np.abs(auto.values[k] - pulled) <= limits.FIRST_LOOK * size))


def _arguments(claim: Claim) -> list[tuple[str, Objects]]:
    names = claim.names
    leaves = [pair for name, a in zip(names, claim.args, strict=True) for pair in tree.leaves(a, name)]
    return [
        (path, balls.to_balls(leaf))
        for path, leaf in leaves
        if is_float(leaf) or isinstance(leaf, (int, float)) or _is_number(leaf)
    ]


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, (np.ndarray, np.generic)) and np.asarray(leaf).dtype.kind in "biuf"
