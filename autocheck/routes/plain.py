"""f and the gradient as the user runs them: floating point, their own arrays, twice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autocheck import draws, marks, tree
from autocheck.claim import BadClaim, Claim, claimed_shape, is_float, noun, parameters, split_gradient
from autocheck.lifted.jaxpr import is_jax
from autocheck.precision import coarser, is_real, unit_roundoff
from autocheck.report import Note
from autocheck.routes import audits

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Observed:
    """What the plain runs returned, and what they did besides."""

    value: Array
    gradients: tuple[Array, ...]
    notes: tuple[Note, ...] = ()
    """`verdict.FAULTS` says which of them decide."""
    in_jax: tuple[bool, bool] = (False, False)
    """Whether f, and the gradient, returned arrays of JAX."""
    frozen: list[Any] = field(default_factory=list)
    """What f passed through `stop_gradient`, in order."""


def observe(claim: Claim) -> Observed:
    """Run f and the gradient on fresh copies of the arguments, twice.

    Raises: BadClaim if what f returns is no number; and whatever the two raise themselves.
    """
    with marks.holding() as frozen:
        value, notes = audited(claim, "f", claim.f)
    _require_output(claim, value)
    returned, more = audited(claim, "gradient", claim.gradient)
    notes += more
    needed = [claimed_shape(claim, p, value) for p in parameters(claim)]
    try:
        gradients = _gradients(claim, returned)
    except BadClaim as reason:
        gradients = tuple(np.full(shape, np.nan) for shape in needed)
        notes.append(Note("structure", str(reason)))
    notes += audits.of_shapes(claim, gradients, needed)
    notes += audits.of_results(claim, returned, gradients)
    if claim.check in ("check_vjp", "check_rule"):
        *args, cotangent = claim.args
        twice = tree.rebuild(cotangent, lambda leaf: 2 * leaf if is_float(leaf) else leaf)
        notes += audits.of_cotangent(claim, gradients, _at_cotangent(claim, (*args, twice), gradients))
    in_jax = (is_jax(value), any(is_jax(leaf) for _, leaf in tree.leaves(returned)))
    due = [coarser(p.value.dtype, np.asarray(value).dtype) for p in parameters(claim)]
    if not in_jax[1]:  # that JAX computes in single precision is its own setting, not the hand's
        gradients = tuple(_in_digits_of(g, kind) for g, kind in zip(gradients, due, strict=True))
    return Observed(np.asarray(value), gradients, tuple(notes), in_jax, frozen[: len(frozen) // 2])


def _in_digits_of(gradient: Array, due: Any) -> Array:
    """A gradient that comes narrower than its argument and f is measured in the digits that it should have."""
    return gradient.astype(due) if unit_roundoff(gradient.dtype) > unit_roundoff(due) else gradient


def audited(claim: Claim, role: str, function: Callable[..., Any]) -> tuple[Any, list[Note]]:
    """What the function returned, and what its runs did besides."""
    before = draws.states()
    with draws.on_one_object(function):
        returned, args = call(claim, function)
        drew = draws.drawn_since(before)
        [first] = copied((returned,))  # the second run may write into the same array
        second, _ = call(claim, function)
    afresh = second if audits.same(first, second) else call(claim, function)[0]
    return first, audits.of_runs(claim, role, audits.Runs(returned, args, drew, first, second, afresh))


def _at_cotangent(claim: Claim, args: tuple[Any, ...], once: tuple[Array, ...]) -> tuple[Array, ...]:
    """The gradients at another cotangent; NaN where the code refuses it."""
    try:
        return _gradients(claim, call(replace(claim, args=args), claim.gradient)[0])
    except Exception:  # the user's own code
        return tuple(np.full(g.shape, np.nan) for g in once)


def _gradients(claim: Claim, returned: Any) -> tuple[Array, ...]:
    """What the gradient returned, an array for each parameter.

    Raises: BadClaim if it is not that.
    """
    gradients = tuple(np.asarray(g) for g in split_gradient(claim, returned))
    for parameter, gradient in zip(parameters(claim), gradients, strict=True):
        if not is_real(gradient.dtype):
            raise BadClaim(
                f"{claim.name}: the {noun(claim)} for {parameter.name} has dtype {gradient.dtype}, needs real numbers"
            )
    return gradients


def _require_output(claim: Claim, value: Any) -> None:
    """One real number, or one for each row.

    Raises: BadClaim.
    """
    array = np.asarray(value) if not isinstance(value, (tuple, list, dict, str)) and value is not None else None
    if array is None or not is_real(array.dtype):
        got = type(value).__name__ if array is None or array.dtype == object else f"dtype {array.dtype}"
        raise BadClaim(f"{claim.name} returned {got}, needs one real number")
    rows = {len(p.value) for p in parameters(claim) if p.value.ndim}
    if claim.jacobian:
        return
    if claim.rows and (array.ndim == 0 or {array.size} != rows or array.size != len(array)):
        raise BadClaim(
            f"{claim.name} returned shape {array.shape}, needs one number for each of the {max(rows, default=0)} rows"
        )
    if not claim.rows and array.size != 1:
        raise BadClaim(f"{claim.name} returned shape {array.shape}, needs one number; for an array sum it with weights")


def call(claim: Claim, function: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """(what the function returns, the copies of the arguments that it was given and may have changed)."""
    args = copied(claim.args)
    return plainly(function, args), args


def plainly(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """What the function returns for arguments that are its own to change."""
    with np.errstate(all="ignore"):  # NaN and infinity are findings, judged below
        return function(*args)


def copied(args: tuple[Any, ...], of: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
    """Copies of the arguments, for one run of the user's code; of those leaves alone that are also leaves of `of`, if given."""
    if of is None:
        return tuple(tree.rebuild(a, _copy) for a in args)
    theirs = {id(leaf) for a in of for _, leaf in tree.leaves(a)}
    return tuple(tree.rebuild(a, lambda leaf: _copy(leaf) if id(leaf) in theirs else leaf) for a in args)


def _copy(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return leaf.copy() if leaf.shape else leaf.copy()[()]
    return copy.deepcopy(leaf)
