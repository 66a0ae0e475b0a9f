"""Entropy, cross-entropy and divergence of discrete distributions, each with its gradients beside it.

A zero stands for its limit: p log p goes to 0 as p does, so what never happens costs nothing; what happens although q holds it
to be impossible costs without end. Distributions lie along the last axis. `unit` is "bits" (log₂) or "nats" (ln).

A gradient treats the numbers p_n as independent, as a loss does; on logits z, with p = softmax(z), their sum is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from handgrad.activations import log_softmax_h, softmax
from handgrad.losses import DISTRIBUTION
from handgrad.shapes import Array, ShapeError, as_array

UNITS: dict[str, Callable[..., Any]] = {"bits": np.log2, "nats": np.log}

SLIDE_4 = 'lecture slide "Entropy and Cross Entropy: 4"'
SLIDE_5 = 'lecture slide "Entropy and Cross Entropy: 5"'


@dataclass(frozen=True, slots=True)
class Measure:
    """A number told by one or two distributions, and its gradients."""

    name: str
    value: Callable[..., Array]
    """(p, unit=) or (p, q, unit=) -> one number for each row."""
    gradients: dict[str, Callable[..., Array]]
    """By variable: "p", "q", "logits of p", "logits of q"; arguments as of `value`, z in the place of what it stands for."""
    latex: str
    latex_gradients: dict[str, str]
    source: str


def _log_e(like: Array, unit: str) -> Array:
    """log e in that unit: 1 nat, 1.44 bits; worked out, so that it has as many digits as the numbers around it."""
    return np.asanyarray(UNITS[unit](np.exp(np.ones_like(like))))


def _times_log(p: Array, q: Array, unit: str) -> Array:
    """p log q, and 0 wherever p is"""
    with np.errstate(divide="ignore"):  # log 0 is meant where q holds to be impossible what p does not
        return np.where(p != 0, p * UNITS[unit](np.where(p != 0, q, 1)), 0)


def _total(terms: Array) -> Array:
    """Σ over the last axis; `0 -` it is 0 for certainty, where `-` would be -0"""
    return np.sum(terms, axis=-1)


def _log_softmax(z: Array, unit: str) -> Array:
    return log_softmax_h(z) * _log_e(z, unit)


def _weighted(a: Array, terms: Array) -> Array:
    """a_n (t_n - Σ_m a_m t_m): what softmax hands down of an upstream gradient t"""
    return a * (terms - _total(a * terms)[..., None])


# --- entropy: how uncertain p is --------------------------------------------------------------------------------------


def entropy_value(p: Array, unit: str = "bits") -> Array:
    """-Σ p log p"""
    return 0 - _total(_times_log(p, p, unit))


def entropy_grad_p(p: Array, unit: str = "bits") -> Array:
    """∂/∂p_n = -(log p_n + log e); without end at p_n = 0"""
    with np.errstate(divide="ignore"):
        return np.asanyarray(-(UNITS[unit](p) + _log_e(p, unit)))


def entropy_grad_logits(z: Array, unit: str = "bits") -> Array:
    """∂/∂z_n = -p_n (log p_n + E), where E is the entropy: the constant log e drops out, since Σ ∂p_n = 0"""
    return _weighted(softmax().h(z), -_log_softmax(z, unit))


# --- cross-entropy: the average length for p of a code that was made for q --------------------------------------------


def cross_entropy_value(p: Array, q: Array, unit: str = "bits") -> Array:
    """-Σ p log q"""
    return 0 - _total(_times_log(p, q, unit))


def cross_entropy_grad_p(p: Array, q: Array, unit: str = "bits") -> Array:
    """∂/∂p_n = -log q_n: linear in p"""
    with np.errstate(divide="ignore"):
        return np.asanyarray(-UNITS[unit](q) * np.ones_like(p))


def cross_entropy_grad_q(p: Array, q: Array, unit: str = "bits") -> Array:
    """∂/∂q_n = -p_n/q_n log e, and 0 where p_n is"""
    return np.where(p != 0, -p / np.where(p != 0, q, 1), 0) * _log_e(p, unit)


def cross_entropy_grad_logits_p(z: Array, q: Array, unit: str = "bits") -> Array:
    """∂/∂z_n = p_n (-log q_n - C), where C is the cross-entropy"""
    return _weighted(softmax().h(z), -UNITS[unit](q))


def cross_entropy_grad_logits_q(p: Array, z: Array, unit: str = "bits") -> Array:
    """∂/∂z_n = (q_n Σ p - p_n) log e: the lecture's delta, in that unit"""
    return (softmax().h(z) * _total(p)[..., None] - p) * _log_e(z, unit)


# --- divergence: what a code made for q costs beyond the best one for p -----------------------------------------------


def kl_divergence_value(p: Array, q: Array, unit: str = "bits") -> Array:
    """Σ p log(p/q): cross-entropy less entropy, and 0 for p = q only"""
    return _total(_times_log(p, p, unit) - _times_log(p, q, unit))


def kl_divergence_grad_p(p: Array, q: Array, unit: str = "bits") -> Array:
    """∂/∂p_n = log(p_n/q_n) + log e"""
    with np.errstate(divide="ignore"):
        return np.asanyarray(UNITS[unit](p) - UNITS[unit](q) + _log_e(p, unit))


def kl_divergence_grad_logits_p(z: Array, q: Array, unit: str = "bits") -> Array:
    """∂/∂z_n = p_n (log(p_n/q_n) - D), where D is the divergence"""
    return _weighted(softmax().h(z), _log_softmax(z, unit) - UNITS[unit](q))


# --- the public doors -------------------------------------------------------------------------------------------------


def entropy(p: Any, unit: str = "bits") -> Any:
    """-Σ p log p: the least average message length that any code can have, and how uncertain p is.

    Shapes: p (..., n) -> (...)
    Raises: ValueError if a row of p is no distribution, or the unit is unknown.
    Source: lecture slides "Entropy and Cross-Entropy: 3" and "Entropy and Cross Entropy: 4", where the minus sign is missing.
    """
    (p,) = _distributions("entropy", unit, p=p)
    return entropy_value(p, unit=unit)


def cross_entropy(p: Any, q: Any, unit: str = "bits") -> Any:
    """-Σ p log q: the average message length when p speaks in the best code for q.

    Shapes: p (..., n), q (..., n) -> (...)
    Raises: as entropy, and ShapeError if the shapes differ.
    Source: lecture slide "Entropy and Cross Entropy: 5".
    """
    p, q = _distributions("cross_entropy", unit, p=p, q=q)
    return cross_entropy_value(p, q, unit=unit)


def kl_divergence(p: Any, q: Any, unit: str = "bits") -> Any:
    """Σ p log(p/q): what that costs beyond the best code for p. Never below 0, and 0 for p = q only.

    Shapes: p (..., n), q (..., n) -> (...)
    Raises: as cross_entropy.
    Source: textbook definition; not in the lecture.
    """
    p, q = _distributions("kl_divergence", unit, p=p, q=q)
    return kl_divergence_value(p, q, unit=unit)


def _distributions(who: str, unit: str, **given: Any) -> list[Array]:
    if unit not in UNITS:
        raise ValueError(f"{who}: unit is {unit!r}, needs one of {', '.join(UNITS)}.")
    arrays = {name: as_array(who, name, values) for name, values in given.items()}
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1 or () in shapes or 0 in min(shapes):
        came = ", ".join(f"{name} has shape {array.shape}" for name, array in arrays.items())
        raise ShapeError(f"{who}: {came}, needs one shape (..., n) with n of 1 or more.")
    for name, array in arrays.items():
        try:
            DISTRIBUTION.check(array)
        except ValueError as reason:
            raise ValueError(f"{who}: {name} is no distribution. {reason}") from None
    return list(arrays.values())


# --- the table --------------------------------------------------------------------------------------------------------

MEASURES: tuple[Measure, ...] = (
    Measure(
        "entropy",
        entropy_value,
        {"p": entropy_grad_p, "logits of p": entropy_grad_logits},
        r"E = -\sum_i p_i \log p_i",
        {"p": r"-(\log p_n + \log e)", "logits of p": r"-p_n (\log p_n + E)"},
        SLIDE_4,
    ),
    Measure(
        "cross_entropy",
        cross_entropy_value,
        {
            "p": cross_entropy_grad_p,
            "q": cross_entropy_grad_q,
            "logits of p": cross_entropy_grad_logits_p,
            "logits of q": cross_entropy_grad_logits_q,
        },
        r"C = -\sum_i p_i \log q_i",
        {
            "p": r"-\log q_n",
            "q": r"-\frac{p_n}{q_n} \log e",
            "logits of p": r"-p_n (\log q_n + C)",
            "logits of q": r"(q_n \sum_m p_m - p_n) \log e",
        },
        SLIDE_5,
    ),
    Measure(
        "kl_divergence",
        kl_divergence_value,
        {
            "p": kl_divergence_grad_p,
            "q": cross_entropy_grad_q,
            "logits of p": kl_divergence_grad_logits_p,
            "logits of q": cross_entropy_grad_logits_q,
        },
        r"D = \sum_i p_i \log \frac{p_i}{q_i}",
        {
            "p": r"\log \frac{p_n}{q_n} + \log e",
            "q": r"-\frac{p_n}{q_n} \log e",
            "logits of p": r"p_n \left(\log \frac{p_n}{q_n} - D\right)",
            "logits of q": r"(q_n \sum_m p_m - p_n) \log e",
        },
        "textbook definition; not in the lecture",
    ),
)
