"""Black boxes: a function or a gradient that runs in floating point only (a kernel in C, CUDA or Triton; torch).

A gradient that can't be run exactly is judged as numbers: against the exact derivative of f, or, where f is a box too, of the
reference at the box's own rounded inputs. What it may be off by is what inputs one ulp away explain, and the longest sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float, parameters
from autocheck.lifted import jaxpr
from autocheck.lifted.run import CannotLift
from autocheck.precision import floating, half_the_digits, ulp_of, unit_roundoff
from autocheck.routes import autodiff
from autocheck.routes.definition import Definition, coarsest, judge_by_definition
from autocheck.routes.plain import Observed, copied

Array = np.ndarray[Any, Any]


def judge_against_reference(claim: Claim, observed: Observed, why: str, budget: float) -> Definition:
    """The definition of the derivative, taken of the reference, since f itself can't be run on exact numbers."""
    reference: Any = claim.reference
    in_jax = autodiff.is_in_jax(reference, copied(claim.args))
    stand_in = replace(claim, f=jaxpr.on_lifted(reference) if in_jax else reference, gradient=_box, name=claim.name)
    definition = judge_by_definition(stand_in, observed, budget)
    if definition.abstained:
        return replace(definition, abstained=f"{why}; the reference: {definition.abstained}", boxed=True)
    return replace(definition, gradient_abstained=why, boxed=True)


def _box(*_: Any) -> Any:
    raise CannotLift("opaque")


def excused(claim: Claim, observed: Observed, boxed: bool) -> tuple[float, ...]:
    """How far off each gradient may be, absolutely, before it is more than its inputs' rounding and its own sums explain."""
    differentiate: Callable[[Claim], Any] = autodiff.of_reference if boxed else autodiff.of_function(observed, claim)
    largest = [float(np.max(np.abs(g.astype(np.float64)), initial=0.0)) for g in observed.gradients]
    ulps = [float(ulp_of(size, g.dtype)) for size, g in zip(largest, observed.gradients, strict=True)]
    caps = [half_the_digits(g.dtype) for g in observed.gradients]
    try:
        spreads = _spreads(claim, differentiate, coarsest(observed))
    except Exception:  # nobody can differentiate it: a bound that knows nothing of its condition
        return tuple(min(limits.BLACK_BOX_ULPS, cap) * ulp for ulp, cap in zip(ulps, caps, strict=True))
    longest = max((np.size(leaf) for a in claim.args for _, leaf in tree.leaves(a)), default=1)
    return tuple(
        limits.BOX_SPREADS * (spread + ulp) + min(np.sqrt(longest), cap) * ulp
        for spread, ulp, cap in zip(spreads, ulps, caps, strict=True)
    )


def _spreads(claim: Claim, differentiate: Callable[[Claim], Any], dtype: Any) -> list[float]:
    """The largest change of each gradient where every input moves by one ulp."""
    _, base = differentiate(claim)
    widest = [0.0 for _ in parameters(claim)]
    for draw in range(limits.ULP_DRAWS):
        rng = np.random.default_rng([claim.seed, draw])
        args = tuple(tree.rebuild(a, lambda leaf: _moved(leaf, dtype, rng)) for a in claim.args)  # noqa: B023
        _, there = differentiate(replace(claim, args=args))
        changes = [float(np.max(np.abs(t - b), initial=0.0)) for t, b in zip(there, base, strict=True)]
        widest = [max(pair) for pair in zip(widest, changes, strict=True)]
    return widest


def _moved(leaf: Any, dtype: Any, rng: np.random.Generator) -> Any:
    if not is_float(leaf):
        return leaf
    wide = leaf.astype(np.float64)
    ulp = ulp_of(np.abs(wide), max(leaf.dtype, floating(dtype), key=unit_roundoff))
    return wide + np.where(wide == 0, 0.0, ulp) * rng.choice([-1.0, 1.0], leaf.shape)
