"""What JAX says at a kink is a convention of its own; what it says on either side of it is the slope there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Claim, parameters, with_parameters

Array = np.ndarray[Any, Any]
Arrays = tuple[Array, ...]


def at_kinks(
    claim: Claim,
    differentiate: Callable[[Claim], Any],
    hands: Arrays,
    gradients: Arrays,
    errors: Arrays,
    wrong: Sequence[Array] | None = None,
) -> Arrays:
    """The elements at which autodiff says else than the hand, whose number lies between the slopes close by on either side.

    There JAX follows a convention (a half at max(x, 0)), which is never counted against the hand's. Elements that are `wrong` for
    certain are not asked about.
    """
    hands = tuple(hand.astype(np.float64) for hand in hands)
    with np.errstate(invalid="ignore"):
        differ = [np.abs(g - h) > e for g, h, e in zip(gradients, hands, errors, strict=True)]
    if wrong is not None:
        differ = [d & ~w for d, w in zip(differ, wrong, strict=True)]
    if not any(d.any() for d in differ):
        return ()
    try:
        sides = [differentiate(beside(claim, side))[1] for side in (-1, 1)]
    except Exception:  # the user's own code, at a point that it never met
        return ()
    found = []
    for one, other, hand, far in zip(*sides, hands, differ, strict=True):
        low, high = np.minimum(one, other), np.maximum(one, other)
        near = 2.0 ** (-np.finfo(np.float64).nmant / 2) * float(np.max(np.abs(hand), initial=0.0))
        found.append(far & (high - low > near) & (low - near <= hand) & (hand <= high + near))
    return tuple(found)


def beside(claim: Claim, side: int) -> Claim:
    """The claim where every element has moved a little, at random: to one side, or the other way."""
    rng = np.random.default_rng([claim.seed, 2])

    def moved(p: Array) -> Array:
        step = (np.abs(p) + (float(np.max(np.abs(p), initial=0.0)) or 1.0)) * limits.NEARBY
        return np.asarray(p + (side * rng.choice([-1, 1], p.shape) * step).astype(p.dtype))

    return replace(claim, args=with_parameters(claim, claim.args, [moved(p.value) for p in parameters(claim)]))
