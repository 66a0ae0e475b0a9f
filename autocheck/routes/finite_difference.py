"""Finite differences in floating point: a ladder of steps for each element asked, with an honest error bar.

The picture of error against step comes from here, and a number that owes nothing to exact arithmetic or to JAX. It
never overrules either. With independent rows a whole column of the batch, at all steps, is one call of f.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autocheck import limits, marks, tree
from autocheck.claim import Claim, claimed_shape, parameters, with_parameters
from autocheck.precision import unit_roundoff
from autocheck.routes.derivatives import Derivatives, Directional
from autocheck.routes.ladder import Ladder, ladder
from autocheck.routes.plain import Observed, copied, plainly

Array = np.ndarray[Any, Any]


def differentiate(
    claim: Claim,
    observed: Observed,
    telling: Mapping[int, tuple[int, ...]] | None = None,
    most: int = limits.DIFFERENCE_ELEMENTS,
) -> Derivatives:
    """Ladders along `most` elements of each parameter (with independent rows, along whole columns).

    `telling` names, for each parameter, an element of the claim to be asked first.
    """
    found = parameters(claim)
    shapes = [claimed_shape(claim, p, observed.value) for p in found]
    values, errors = (tuple(np.full(shape, np.nan) for shape in shapes) for _ in range(2))
    curves = []
    try:
        for k, p in enumerate(found):
            asked = (telling or {}).get(k)
            inside = None if asked is None else asked[len(asked) - p.value.ndim :]
            for places in chosen(claim, k, inside, most):
                result = along(claim, observed, k, places)
                values[k][(..., *places)], errors[k][(..., *places)] = result.value, result.error
                curves.append((k, places, result))
    except Exception as error:  # the user's own code, at points that it never met
        text = f"{claim.name} raised {type(error).__name__} next to the point: {error}"
        return Derivatives("finite difference", abstained=text)
    return Derivatives("finite difference", values, errors, curves=tuple(curves))


def along_directions(claim: Claim, observed: Observed, jointly: bool) -> Derivatives:
    """A few differences along random directions: one for all parameters jointly, or some for each."""
    count = len(parameters(claim))
    alone = [(k, [k]) for k in range(count)] * limits.DIRECTIONS
    moved = [(None, list(range(count)))] if jointly else alone
    try:
        found = tuple(_along_direction(claim, observed, *which, number) for number, which in enumerate(moved))
    except Exception as error:  # the user's own code, at points that it never met
        text = f"{claim.name} raised {type(error).__name__} next to the point: {error}"
        return Derivatives("finite difference", abstained=text)
    nothing = tuple(np.broadcast_to(np.nan, g.shape) for g in observed.gradients)
    return Derivatives("finite difference", nothing, nothing, directions=found)


def _along_direction(
    claim: Claim, observed: Observed, parameter: int | None, ks: list[int], number: int
) -> Directional:
    """All elements of the parameters `ks` move, each by its own size and with a random sign."""
    values = [p.value for p in parameters(claim)]
    v = {k: _signed_sizes(values[k], np.random.default_rng([claim.seed, k, number, 5])) for k in ks}

    def value_at(t: float) -> Any:
        if t == 0:
            return observed.value
        there = [moved(k, t) if k in v else x for k, x in enumerate(values)]
        return call_at(claim, observed, with_parameters(claim, claim.args, there))

    def moved(k: int, t: float) -> Array:
        step = np.multiply(v[k], t)
        return np.add(
            values[k], step.astype(values[k].dtype, copy=False), out=step if step.dtype == values[k].dtype else None
        )

    def phi(points: Array) -> Array:
        return np.stack([np.asarray(value_at(t), dtype=np.float64).reshape(()) for t in points])

    roundoff = max(unit_roundoff(x.dtype) for x in (*values, observed.value))
    terms = [(observed.gradients[k].astype(np.float64) * v[k]) for k in ks]
    size = float(np.sqrt(sum(np.vdot(part, part) for part in terms)))
    first = limits.DIRECTION_STEP[roundoff >= limits.FLOAT32_ROUNDOFF]
    last = first + (limits.CONFIRMING_RUNGS if parameter is None else limits.DIRECTION_RUNGS)
    found = ladder(phi, np.zeros(()), roundoff, rungs=(first, last))
    rounded = roundoff * 2.0**last * size  # of the moved numbers, and so of their derivative
    error = float(found.error) + rounded
    vague = error > limits.VAGUE * np.sqrt(roundoff) * size
    return Directional(parameter, float(found.value), error, float(sum(map(np.sum, terms))), bool(vague))


def _signed_sizes(x: Array, rng: np.random.Generator) -> Array:
    """A power of two of each element's own size (of the largest for a zero), with a random sign."""
    exponent = np.frexp(x.astype(np.float64))[1]
    exponent[x == 0] = np.frexp(float(np.max(np.abs(x), initial=0.0)) or 1.0)[1]
    return np.ldexp(rng.integers(0, 2, x.shape, dtype=np.int8) * 2.0 - 1, exponent)


def chosen(claim: Claim, k: int, telling: tuple[int, ...] | None, most: int) -> list[tuple[Any, ...]]:
    """The elements to differentiate, evenly over the parameter; with independent rows, whole columns."""
    value = parameters(claim)[k].value
    if claim.rows:
        rows = np.arange(len(value))
        columns = list(np.ndindex(value.shape[1:]))[: limits.DIFFERENCE_COLUMNS]
        return [(rows, *(np.full(len(value), i) for i in column)) for column in columns]
    indices = set() if telling is None else {telling}
    picked = np.unique(np.linspace(0, value.size - 1, min(most - len(indices), value.size)).astype(int))
    indices |= {tuple(int(i) for i in np.unravel_index(flat, value.shape)) for flat in picked if value.size}
    return [tuple(np.array(i) for i in index) for index in sorted(indices)]


def along(claim: Claim, observed: Observed, k: int, places: tuple[Any, ...]) -> Ladder:
    """The ladders of one element, one for each number that f returns; or those of one column of independent rows."""
    value = parameters(claim)[k].value
    at = np.asarray(value[places], dtype=np.float64)
    roundoff = max(unit_roundoff(value.dtype), unit_roundoff(observed.value.dtype))
    if claim.rows:
        return ladder(stacked(claim, observed, k, places), at, roundoff)
    return ladder(
        one_by_one(claim, observed, k, places),
        np.full(np.shape(observed.value) if claim.jacobian else (), at),
        roundoff,
    )


def one_by_one(claim: Claim, observed: Observed, k: int, places: tuple[Any, ...]) -> Callable[[Array], Array]:
    """phi(points) -> f with the element set to each of the points; where f returns an array all points of a row are the same."""
    values = [p.value for p in parameters(claim)]

    def phi(points: Array) -> Array:
        results = []
        for point in points:
            moved = values[k].copy()
            moved[places] = point.flat[0]
            there = with_parameters(claim, claim.args, [*values[:k], moved, *values[k + 1 :]])
            results.append(np.asarray(call_at(claim, observed, there), dtype=np.float64).reshape(point.shape))
        return np.stack(results)

    return phi


def stacked(claim: Claim, observed: Observed, k: int, places: tuple[Any, ...]) -> Callable[[Array], Array]:
    """phi(points (k, m)) -> f's rows (k, m), all steps in one call on a batch of k * m rows."""
    values = [p.value for p in parameters(claim)]
    m = len(values[k])

    def phi(points: Array) -> Array:
        repeat = lambda leaf: np.concatenate([leaf] * len(points)) if _is_batch(leaf, m) else leaf  # noqa: E731
        args = tuple(tree.rebuild(a, repeat) for a in claim.args)
        tall = [np.concatenate([v] * len(points)) for v in values]
        rows = np.arange(len(points) * m)
        tall[k][(rows, *(np.tile(i, len(points)) for i in places[1:]))] = points.ravel()
        result = call_at(claim, observed, with_parameters(claim, args, tall))
        return np.asarray(result, dtype=np.float64).reshape(len(points), m)

    return phi


def _is_batch(leaf: Any, m: int) -> bool:
    return isinstance(leaf, np.ndarray) and leaf.ndim > 0 and len(leaf) == m


def call_at(claim: Claim, observed: Observed, args: tuple[Any, ...]) -> Any:
    """f there, with what it holds constant as it is at the point itself."""
    with marks.holding(observed.frozen):
        return plainly(claim.f, copied(args, of=claim.args))
