"""Where other witnesses (a reference, autodiff, the plain run) tell something else than the definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Claim, noun, parameters
from autocheck.lifted import balls
from autocheck.per_parameter import agreeing_digits
from autocheck.report import Note
from autocheck.routes.convergence import WRONG
from autocheck.routes.definition import Definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.plain import Observed
from autocheck.routes.probes import is_direction

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class ReferenceDigits:
    """To how many digits the reference and JAX's derivative of it agree with f and the claim, all in exact arithmetic."""

    value: float
    gradients: list[float]
    only_floats: str = ""
    """Why the reference could not be run in exact arithmetic: then these are the digits of its floats."""


def by_floats(definition: Definition, auto: Derivatives, why: str) -> ReferenceDigits:
    """The same where only the reference's floats are known; NaN where they are not finite."""
    mine, other = balls.to_floats(definition.value), np.asarray(auto.value, dtype=np.float64)  # type: ignore[arg-type]
    value = agreeing_digits(mine, other.reshape(mine.shape)) if other.size == mine.size else 0.0
    gradients = [agreeing_digits(*pair) for pair in zip(definition.values, auto.values, strict=True)]
    return ReferenceDigits(np.nan if value is None else value, [np.nan if d is None else d for d in gradients], why)


def _usable(outcomes: Any, shape: tuple[int, ...]) -> Array:
    """The elements at which an automatic derivative can be compared: judged right, and not at a kink.

    What was not asked for itself is taken for right unless something of the parameter is wrong.
    """
    mask = np.full(shape, not any(o.state in WRONG for _, o in outcomes))
    for index, outcome in outcomes:
        if index and not is_direction(index):
            mask[index] = outcome.state in ("agrees", "constants", "beneath")
    return mask


def exceeding(found: Derivatives, exact: tuple[Array, ...], usable: list[Array]) -> list[int]:
    """The parameters whose automatic derivative is not finite, or off the exact one by more than its bar."""
    off = []
    for k, (value, error, truth) in enumerate(zip(found.values, found.errors, exact, strict=True)):
        with np.errstate(invalid="ignore", over="ignore"):
            at_kinks = found.kinks[k] if found.kinks else np.False_
            bad = ~(np.abs(value - truth) <= error) & usable[k] & ~at_kinks
        if bad.any():
            off.append(k)
    return off


def doubts(definition: Definition, auto: Derivatives) -> bool:
    """Whether the reference's floats differ from f's value, or from its derivative, by more than their bars."""
    masks = [_usable(o, v.shape) for o, v in zip(definition.outcomes, definition.values, strict=True)]
    return bool(exceeding(auto, definition.values, masks)) or not _same_value(definition, auto)


def _same_value(definition: Definition, auto: Derivatives) -> bool:
    mine, other = balls.to_floats(definition.value).ravel(), np.asarray(auto.value, dtype=np.float64).ravel()  # type: ignore[arg-type]
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.max(np.abs(mine), initial=0.0)
        return mine.shape == other.shape and bool(
            np.all(np.abs(mine - other) <= limits.BLACK_BOX_ULPS * np.spacing(size))
        )


def notes_on_routes(
    claim: Claim, definition: Definition, auto: Derivatives, same: ReferenceDigits | None
) -> list[Note]:
    """Where the automatic derivative, or the reference, does not tell the same as the definition."""
    if definition.boxed and definition.other_value:
        return [Note("reference-value", f"f is not the function of the reference: {definition.abstained}")]
    if claim.reference is not None and auto.abstained:
        return [Note("reference-unused", f"the reference could not be compared: {auto.abstained}")]
    if definition.abstained or auto.abstained or not definition.outcomes:
        return []
    masks = [_usable(o, v.shape) for o, v in zip(definition.outcomes, definition.values, strict=True)]
    off = exceeding(auto, definition.values, masks)
    names = ", ".join(parameters(claim)[k].name for k in off)
    if not auto.independent:
        return _contradictions(definition, auto, masks, off, names)
    if not same:
        return []
    enough = limits.REFERENCE_FLOAT_DIGITS if same.only_floats else limits.REFERENCE_DIGITS
    if not np.isnan(same.value) and same.value < enough:
        text = f"f is not the function of the reference: their values agree to {same.value:.0f} digits"
        return [Note("reference-value", text)]
    differing = [k for k in off if masks[k].all() and same.gradients[k] < enough]
    if differing:
        names = ", ".join(parameters(claim)[k].name for k in differing)
        return [Note("reference-gradient", f"the reference has another derivative with respect to {names}")]
    if same.only_floats:
        return [Note("reference-floats", f"the reference was compared in floating point only: {same.only_floats}")]
    if off:
        least = min(same.gradients[k] for k in off)
        text = f"JAX's floats are off for {names}; evaluated exactly, its derivative agrees to {least:.0f} digits"
        return [Note("autodiff-rounding", text)]
    return []


def notes_on_directions(difference: Derivatives, agreeing: bool) -> list[Note]:
    """What a difference along a random direction of all parameters says where autodiff was the judge."""
    joint = [d for d in difference.directions if d.parameter is None]
    if not agreeing or not joint:
        return []
    if any(d.differs for d in joint):
        text = f"autodiff agrees, differences along a random direction do not: claimed {joint[0].claimed:.9g}, "
        return [Note("contradiction", f"{text}they give {joint[0].value:.9g} +/- {joint[0].error:.1e}")]
    word = "too vague to tell" if all(d.vague or not d.agrees for d in joint) else "agree"
    return [
        Note("differences", f"differences along a random direction of all parameters {word}: +/- {joint[0].error:.1e}")
    ]


def _contradictions(
    definition: Definition, auto: Derivatives, masks: list[Array], off: list[int], names: str
) -> list[Note]:
    """Of autodiff of f itself: NaN and lost digits are JAX's own; a different number is a contradiction."""
    values = auto.values
    if auto.at_kink and off:
        return [
            Note("autodiff-convention", f"JAX's derivative of f at a kink on the way follows its own rule for {names}")
        ]
    if any(not np.isfinite(values[k][masks[k]]).all() for k in off):
        return [Note("autodiff-nan", f"JAX's derivative of f is not finite for {names}, where the definition's is")]
    half = 2.0 ** (np.finfo(np.float64).nmant / 2)
    for k in off:
        truth, bar = definition.values[k], auto.errors[k]
        if (np.abs(values[k] - truth)[masks[k]] > half * bar[masks[k]]).any() and not definition.stopped:
            text = f"autocheck contradicts itself on {names}: autodiff and definition differ; please report this"
            return [Note("contradiction", text)]
    return [Note("autodiff-rounding", f"JAX's floats lose digits for {names}")] if off else []


def notes_on_value(claim: Claim, definition: Definition, observed: Observed) -> list[Note]:
    """f in floating point against f in exact arithmetic."""
    if definition.abstained or definition.value is None:
        return []
    if definition.branch:
        return [
            Note("branch", f"{definition.branch} takes another branch in floating point than in exact arithmetic here")
        ]
    plain, exact = np.asarray(observed.value, dtype=np.float64).ravel(), balls.to_floats(definition.value).ravel()
    if not np.isfinite(plain).all() and np.isfinite(exact).all():
        return [
            Note(
                "value-overflow",
                f"{claim.name} returns {plain[~np.isfinite(plain)][0]} in floating point; its value is finite",
            )
        ]
    return []


def notes_on_stops(claim: Claim, definition: Definition, agreeing: bool) -> list[Note]:
    """What the values that f holds constant have to do with the verdict."""
    full = definition.is_full
    if full is None or full == agreeing:
        return []
    if agreeing:
        text = (
            "agrees with what stop_gradient marks held constant; it differs from the full derivative by that path only"
        )
    else:
        text = f"the {noun(claim)} is that of {claim.name} with nothing held constant: the path through stop_gradient is in it"
    return [Note("stop-gradient", text)]
