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
) -> tuple[Arrays, Arrays]:
    """(kinks, jumps): where autodiff says else than the hand, whose number lies between the slopes close by; where those differ.

    Nothing where autodiff and the hand say the same. At kinks JAX follows a convention (a half at max(x, 0)), which is never
    counted against the hand's. Elements that are `wrong` for certain are not asked about.
    """
    hands = tuple(hand.astype(np.float64) for hand in hands)
    with np.errstate(invalid="ignore"):
        differ = [np.abs(g - h) > e for g, h, e in zip(gradients, hands, errors, strict=True)]
    if wrong is not None:
        differ = [d & ~w for d, w in zip(differ, wrong, strict=True)]
    if not any(d.any() for d in differ):
        return (), ()
    near = [2.0 ** (-np.finfo(np.float64).nmant / 2) * float(np.max(np.abs(hand), initial=0.0)) for hand in hands]
    low, high = ([np.full(hand.shape, far) for hand in hands] for far in (np.inf, -np.inf))
    for number in range(limits.SIDES_OF_A_KINK[1]):
        try:
            slopes = differentiate(beside(claim, number))[1]
        except Exception:  # the user's own code, at a point that it never met
            return (), ()
        low, high = list(map(np.minimum, low, slopes)), list(map(np.maximum, high, slopes))
        jumps = [b - a > n for a, b, n in zip(low, high, near, strict=True)]
        within = [(a - n <= h) & (h <= b + n) for a, b, n, h in zip(low, high, near, hands, strict=True)]
        kinks = [d & j & w for d, j, w in zip(differ, jumps, within, strict=True)]
        explained = number % 2 and not any((d & ~k).any() for d, k in zip(differ, kinks, strict=True))
        smooth = number + 1 >= limits.SIDES_OF_A_KINK[0] and not any(j.any() for j in jumps)
        if explained or smooth:
            break
    return tuple(kinks), tuple(jumps)


def beside(claim: Claim, number: int) -> Claim:
    """The claim where every element has moved a little, some far less than others; at odd numbers each the other way than before.

    Of equals any may be the largest there, so that each side of a tie is seen at some of the numbers.
    """
    rng, side = np.random.default_rng([claim.seed, 2, number // 2]), (-1, 1)[number % 2]

    def step(shape: tuple[int, ...]) -> Array:
        return np.asarray(side * rng.choice([-1, 1], shape) * 2.0 ** -rng.integers(0, limits.DISTANCES, shape))

    return displaced(claim, [step(p.value.shape) for p in parameters(claim)])


def displaced(claim: Claim, steps: Sequence[Array]) -> Claim:
    """The claim where every element has moved by a step times its size: in float64, where f's own framework has no other wish."""

    def moved(p: Array, step: Array) -> Array:
        value = p.astype(np.float64)
        size = np.abs(value) + (float(np.max(np.abs(value), initial=0.0)) or 1.0)
        return np.asarray(value + limits.NEARBY * step * size, dtype=p.dtype if claim.autodiff else np.float64)

    found = [moved(p.value, step) for p, step in zip(parameters(claim), steps, strict=True)]
    return replace(claim, args=with_parameters(claim, claim.args, found))
