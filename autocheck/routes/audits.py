"""What plain runs of f and of the gradient should not do, whatever their numbers are: pure functions of what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import tree
from autocheck.claim import Claim, noun, parameters
from autocheck.precision import is_floating, unit_roundoff
from autocheck.report import Note

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """Three runs of one function on equal arguments."""

    returned: Any
    """What the first one returned, as it is after the second."""
    args: tuple[Any, ...]
    """The arguments of the first run, as it left them."""
    drew: bool
    """Whether it drew from a global random generator."""
    first: Any
    """A copy of what it returned, made at once."""
    second: Any
    """Of a second run, on the same object."""
    afresh: Any
    """Of a run on a copy of the object as it was at first."""


def of_runs(claim: Claim, role: str, runs: Runs) -> list[Note]:
    """The same answer, the arguments untouched, no memory shared with them."""
    who = claim.name if role == "f" else f"the {noun(claim)} of {claim.name}"
    found = []
    if not same(runs.first, runs.afresh):
        found.append(Note(f"random-{role}", f"{who} gave two different answers to the same arguments"))
    elif not same(runs.first, runs.second):
        text = "gives another answer in a second call on the same object: it adds to what the object keeps, or draws from it"
        found.append(Note(f"keeps-state-{role}", f"{who} {text}"))
    elif runs.drew:
        text = "draws from a global random generator; the same in each run here"
        found.append(Note(f"global-random-{role}", f"{who} {text}"))
    for name, before, after in zip(claim.names, claim.args, runs.args, strict=True):
        if not same(before, after):
            found.append(Note(f"mutated-{role}", f"{who} changed its argument {name} in place"))
        if shares_memory(runs.returned, after):
            text = f"returned an array that shares memory with its argument {name}: to change one changes the other"
            found.append(Note(f"aliased-{role}", f"{who} {text}"))
    if shares_memory(runs.returned, runs.second):
        text = "returned one array in both calls: what changes one result changes the other"
        found.append(Note(f"aliased-{role}", f"{who} {text}"))
    return found


def same(one: Any, other: Any) -> bool:
    pairs = list(zip(tree.leaves(one), tree.leaves(other), strict=False))
    return len(pairs) == len(list(tree.leaves(other))) and all(_same_leaf(a, b) for (_, a), (_, b) in pairs)


def _same_leaf(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype == object or a.dtype.kind in "USV":
        return True
    if a.shape != b.shape:
        return False
    return bool(np.all(a == b)) or (a.dtype.kind == "f" and np.array_equal(a, b, equal_nan=True))


def shares_memory(one: Any, other: Any) -> bool:
    arrays = [[leaf for _, leaf in tree.leaves(part) if isinstance(leaf, np.ndarray)] for part in (one, other)]
    return any(np.may_share_memory(a, b) for a in arrays[0] for b in arrays[1] if a.dtype != object)


def of_results(claim: Claim, returned: Any, gradients: tuple[Array, ...]) -> list[Note]:
    """A gradient in a dtype that can't hold what its argument's can."""
    found = []
    for parameter, gradient in zip(parameters(claim), gradients, strict=True):
        kind = parameter.value.dtype
        if not is_floating(gradient.dtype):
            text = f"the {noun(claim)} for {parameter.name} has dtype {gradient.dtype}, {parameter.name} itself {kind}"
            found.append(Note("dtype", f"{text}: fractions are lost"))
        elif unit_roundoff(gradient.dtype) > unit_roundoff(kind) and not claim.jacobian:
            text = f"the {noun(claim)} for {parameter.name} has dtype {gradient.dtype}, {parameter.name} itself {kind}"
            found.append(Note("dtype", f"{text}: it carries fewer digits"))
    return found


def of_shapes(claim: Claim, gradients: tuple[Array, ...], needed: list[Shape]) -> list[Note]:
    pairs = zip(parameters(claim), gradients, needed, strict=True)
    return [_wrong_shape(claim, p.name, g.shape, need) for p, g, need in pairs if g.shape != need]


def _wrong_shape(claim: Claim, name: str, got: Shape, need: Shape) -> Note:
    """The shape that came and what would repair it; whose gradient it may be instead."""
    text = f"the {noun(claim)} for {name} has shape {got}, needs {need}"
    others = [p.name for p in parameters(claim) if p.value.shape == got != need]
    others += [n for n, a in zip(claim.names, claim.args, strict=True) if np.shape(a) == got and n not in others]
    if got[::-1] == need and len(need) == 2:
        text += "; its transpose would fit"
    elif len(got) == len(need) + 1 and got[1:] == need:
        text += "; summed over its first axis (the batch) it would fit"
    elif axes := _summed(got, need):
        text += f"; summed over axis {axes[0] if len(axes) == 1 else axes} it would fit"
    elif int(np.prod(got)) == int(np.prod(need)):
        text += "; it has the right number of elements"
    if others and got:
        text += f"; {' and '.join(others)} has that shape: is it the {noun(claim)} for {others[0]}?"
    return Note("shape", text)


def _summed(got: Shape, need: Shape) -> tuple[int, ...]:
    """The axes over which an array was broadcast: to sum over them, kept or dropped, gives the shape needed."""
    lead = len(got) - len(need)
    if lead < 0:
        return ()
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(need) if n == 1 != got[lead + i])
    left = tuple(1 if lead + i in axes else got[lead + i] for i in range(len(need)))
    return axes if left == need else ()


def of_cotangent(claim: Claim, once: tuple[Array, ...], twice: tuple[Array, ...]) -> list[Note]:
    """A VJP is linear in its cotangent: twice the cotangent, twice the result, to the last bit but for overflow."""
    found = []
    for parameter, one, two in zip(parameters(claim), once, twice, strict=True):
        one, two = one.astype(np.float64), two.astype(np.float64)
        if not (np.isfinite(one).all() and np.isfinite(two).all() and one.any()):
            continue
        if np.array_equal(one, two):
            text = (
                f"the {noun(claim)} for {parameter.name} is the same for twice the cotangent: it ignores its cotangent"
            )
            found.append(Note("ignored-cotangent", text))
    return found
