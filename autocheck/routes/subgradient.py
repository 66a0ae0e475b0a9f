"""Numbers that lie between their slopes one by one, and together are the gradient on no side of the kink.

Where max(x, y) ties, 1 for x alone is a subgradient and 1 for y alone is; both at once are not: x and y moved together move
the maximum by one, not by two. Every subgradient is a mean of gradients close by (F. H. Clarke, Optimization and Nonsmooth
Analysis, 1983, theorem 2.5.1), so it lies in the plane through them; a claim beside that plane is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Claim, parameters
from autocheck.precision import half_the_digits, largest_ulp
from autocheck.routes import conventions

Array = np.ndarray[Any, Any]
Place = tuple[int, tuple[int, ...]]
"""(which parameter, which of its elements)"""


@dataclass(frozen=True, slots=True)
class Beside:
    """A direction along which f has one slope at all points close by, and the claim another."""

    places: tuple[Place, ...]
    weights: tuple[float, ...]
    """By how much each of the elements moves, the largest by 1."""
    claimed: float
    slope: float
    points: int


def beside_the_subgradients(
    claim: Claim, differentiate: Callable[[Claim], Any], hands: tuple[Array, ...], kinks: list[Place]
) -> Beside | None:
    """Whether the claim at these elements, each of them at a kink, is a subgradient of none of the ways around them.

    The plane through more gradients only grows: few acquit, and only a claim that is beside it is asked about at many points.
    """
    if len(kinks) < 2 or claim.jacobian:
        return None
    near: list[tuple[Array, ...]] = []
    try:
        suspects = list(groups(claim, differentiate, kinks))
        while suspects and len(near) < limits.SIDES_OF_A_KINK[1]:
            more = max(limits.SIDES_TO_ACQUIT, len(near))
            near += [differentiate(conventions.beside(claim, len(near) + n))[1] for n in range(more)]
            suspects = [group for group in suspects if of_group(near, hands, group)]
    except Exception:  # the user's own code, at a point that it never met
        return None
    return of_group(near, hands, suspects[0]) if suspects else None


def groups(claim: Claim, differentiate: Callable[[Claim], Any], kinks: list[Place]) -> Iterator[tuple[Place, ...]]:
    """Elements that are looked at together, pairs first: all if they are few, else some of them, each with those tied to it.

    Independent rows have nothing to do with each other.
    """
    most = limits.KINKS_TOGETHER
    parts: Iterable[list[Place]]
    if claim.rows:
        parts = (list(row) for _, row in groupby(sorted(kinks, key=row_of), row_of))
    else:
        parts = [kinks] if len(kinks) <= most else tied(claim, differentiate, kinks)
    for together in parts:
        yield from combinations(together[:most], 2)
        if len(together) > 2:
            yield tuple(together[:most])


def row_of(place: Place) -> int:
    return place[1][0]


def tied(claim: Claim, differentiate: Callable[[Claim], Any], kinks: list[Place]) -> Iterator[list[Place]]:
    """Some elements, each with those whose slope changes when it alone goes from one side to the other."""
    for n in np.random.default_rng([claim.seed, 3]).permutation(len(kinks))[: limits.KINKS_ASKED]:
        k, index = kinks[n]
        steps = [np.zeros(p.value.shape) for p in parameters(claim)]
        steps[k][index] = 1
        up, down = (differentiate(conventions.displaced(claim, [side * s for s in steps]))[1] for side in (1, -1))
        jump = [np.abs(a - b) for a, b in zip(up, down, strict=True)]
        least = limits.NO_JUMP * max(float(np.max(j, initial=0.0)) for j in jump)
        yield sorted({kinks[n], *(p for p in kinks if jump[p[0]][p[1]] > least)})


def of_group(near: list[tuple[Array, ...]], hands: tuple[Array, ...], group: tuple[Place, ...]) -> Beside | None:
    """Whether the claim lies beside the plane through the gradients close by; None where they span everything."""
    gradients = np.array([[float(g[k][index]) for k, index in group] for g in near])
    seen = np.ptp(gradients, axis=0) > 0  # of a tie of very many, one may never have been the largest
    group, gradients = tuple(place for place, both in zip(group, seen, strict=True) if both), gradients[:, seen]
    claimed = np.array([float(hands[k][index]) for k, index in group])
    if len(group) < 2 or not (np.isfinite(gradients).all() and np.isfinite(claimed).all()):
        return None
    centre = gradients.mean(axis=0)
    _, sizes, across = np.linalg.svd(gradients - centre, full_matrices=False)
    plane = across[sizes > sizes[0] * limits.NO_JUMP]
    off = claimed - centre
    off = off - plane.T @ (plane @ off)
    jump = float(np.max(np.abs(gradients - centre)))
    rounded = max(
        half_the_digits(hands[k].dtype) * largest_ulp(hands[k]) for k, _ in group
    )  # a jump may drown in the rest
    if np.max(np.abs(off)) <= max(limits.OFF_THE_PLANE * jump, rounded):
        return None
    weights = off / off[np.argmax(np.abs(off))]
    moving = [i for i in range(len(group)) if abs(weights[i]) > limits.NO_JUMP]
    return Beside(
        places=tuple(group[i] for i in moving),
        weights=tuple(float(weights[i]) for i in moving),
        claimed=float(claimed @ weights),
        slope=slope if abs(slope := float(centre @ weights)) > limits.NO_JUMP * jump else 0.0,
        points=len(near),
    )
