"""f and the gradient as the user runs them: floating point, their own arrays; and the audits that this allows."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import tree
from autocheck.claim import BadClaim, Claim, argument_names, claimed_shape, noun, parameters, split_gradient
from autocheck.lifted.jaxpr import is_jax
from autocheck.precision import coarser, is_real, unit_roundoff
from autocheck.report import Note

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Observed:
    """What the plain runs returned, and what they should not have done."""

    value: Array
    gradients: tuple[Array, ...]
    faults: tuple[Note, ...] = ()
    """Each makes the verdict `wrong` (`inconclusive` for a random f)."""
    in_jax: tuple[bool, bool] = (False, False)
    """Whether f, and the gradient, returned arrays of JAX."""


def observe(claim: Claim) -> Observed:
    """Run f and the gradient on fresh copies of the arguments, twice.

    Raises: BadClaim if what they return can't be compared at all; and whatever they raise themselves.
    """
    value, returned, faults = None, None, []
    for role, function in (("f", claim.f), ("gradient", claim.gradient)):
        first, args = call(claim, function)
        second, _ = call(claim, function)
        faults += _audit(claim, role, first, second, args)
        value, returned = (first, returned) if role == "f" else (value, first)
    wanted = parameters(claim)
    _require_output(claim, value)
    gradients = [np.asarray(g) for g in split_gradient(claim, returned)]
    for k, (parameter, gradient) in enumerate(zip(wanted, gradients, strict=True)):
        if not is_real(gradient.dtype):
            raise BadClaim(
                f"{claim.name}: the gradient for {parameter.name} has dtype {gradient.dtype}, needs real numbers"
            )
        needed = claimed_shape(claim, parameter, value)
        if gradient.shape != needed:
            faults.append(_wrong_shape(claim, parameter.name, gradient.shape, needed))
        due = coarser(parameter.value.dtype, np.asarray(value).dtype)
        if unit_roundoff(gradient.dtype) > unit_roundoff(due):  # measured in the digits that it should have
            gradients[k] = gradient.astype(due)
            text = f"the {noun(claim)} for {parameter.name} comes in {gradient.dtype}, narrower than its argument and f: {due}"
            faults.append(Note("narrow-gradient", text))
    in_jax = (is_jax(value), any(is_jax(leaf) for _, leaf in tree.leaves(returned)))
    return Observed(np.asarray(value), tuple(gradients), tuple(faults), in_jax)


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
    with np.errstate(all="ignore"):  # NaN and infinity are findings, judged below
        return function(*args), args


def copied(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Copies of the arguments, for one run of the user's code."""
    return tuple(tree.rebuild(a, _copy) for a in args)


def _copy(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return leaf.copy() if leaf.shape else leaf.copy()[()]
    return copy.deepcopy(leaf)


def _audit(claim: Claim, role: str, first: Any, second: Any, args: tuple[Any, ...]) -> list[Note]:
    who = claim.name if role == "f" else f"the gradient of {claim.name}"
    found = []
    if not _same(first, second):
        found.append(Note(f"random-{role}", f"{who} gave two different answers to the same arguments"))
    for name, before, after in zip(argument_names(claim), claim.args, args, strict=True):
        if not _same(before, after):
            found.append(Note(f"mutated-{role}", f"{who} changed its argument {name} in place"))
    return found


def _same(one: Any, other: Any) -> bool:
    pairs = zip(tree.leaves(one), tree.leaves(other), strict=True)
    return all(_same_leaf(a, b) for (_, a), (_, b) in pairs)


def _same_leaf(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype == object or a.dtype.kind in "USV":
        return True
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def _wrong_shape(claim: Claim, name: str, got: tuple[int, ...], need: tuple[int, ...]) -> Note:
    text = f"the {noun(claim)} for {name} has shape {got}, needs {need}"
    if got[::-1] == need and len(need) == 2:
        text += "; its transpose would fit"
    elif len(got) == len(need) + 1 and got[1:] == need:
        text += "; summed over its first axis (the batch) it would fit"
    elif int(np.prod(got)) == int(np.prod(need)):
        text += "; it has the right number of elements"
    return Note("shape", text)
