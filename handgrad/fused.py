"""Closed forms of J and of the output delta ∂J/∂z, where loss and activation cancel one another's poles.

The chain rule multiplies ∂J/∂a = -y/a by h'(z): at z = -800 that is infinity times zero, and the product is an ordinary
number. Each form below is that product, worked out by hand; none divides by an a that may be zero.

    σ(-z) = 1 - σ(z)        ln σ(z) = -softplus(-z)        1 - a_n = Σ_{m≠n} a_m for softmax
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import xlogy

from handgrad.activations import exponential_h, log_softmax_h, sigmoid_h, softmax_h
from handgrad.shapes import Array

Parts = tuple[Array, Array, Array]


def _softplus(z: Array) -> Array:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def _total(terms: Array) -> Array:
    return np.sum(terms, axis=-1)


# --- on a sigmoid: p = σ(z), q = σ(-z) = 1 - p ------------------------------------------------------------------------


def sigmoid_bce_J(z: Array, y: Array, reduction: str = "sum") -> Array:
    """J = Σ [y softplus(-z) + (1 - y) softplus(z)], over n for the mean"""
    total = _total(y * _softplus(-z) + (1 - y) * _softplus(z))
    return total / z.shape[-1] if reduction == "mean" else total


def sigmoid_bce_delta(z: Array, y: Array, reduction: str = "sum") -> Array:
    """The derivation that the slides leave out, for each output:

        ∂J/∂a = (1 - y)/(1 - a) - y/a        h' = a(1 - a)
        delta = (1 - y) a - y (1 - a) = a - y

    h' cancels both poles. Written as (1 - y) p - y q it keeps its digits where a rounds to 1.
    """
    delta = (1 - y) * sigmoid_h(z) - y * sigmoid_h(-z)
    return delta / z.shape[-1] if reduction == "mean" else delta


def sigmoid_cce_J(z: Array, y: Array) -> Array:
    """J = -Σ y ln p = Σ y softplus(-z)"""
    return _total(y * _softplus(-z))


def sigmoid_cce_delta(z: Array, y: Array) -> Array:
    """delta = -(y/p) p q = -y q"""
    return -y * sigmoid_h(-z)


def sigmoid_kl_J(z: Array, y: Array) -> Array:
    """J = Σ y ln y + Σ y softplus(-z)"""
    return _total(xlogy(y, y) + y * _softplus(-z))


def sigmoid_focal_J(z: Array, y: Array, gamma: float) -> Array:
    """J = Σ [y q^γ softplus(-z) + (1 - y) p^γ softplus(z)]"""
    p, q = sigmoid_h(z), sigmoid_h(-z)
    return _total(y * q**gamma * _softplus(-z) + (1 - y) * p**gamma * _softplus(z))


def sigmoid_focal_delta(z: Array, y: Array, gamma: float) -> Array:
    """delta = (1 - y) p^γ (p + γ q softplus(z)) - y q^γ (q + γ p softplus(-z)), since p' = p q and q' = -p q"""
    p, q = sigmoid_h(z), sigmoid_h(-z)
    false, true = p**gamma * (p + gamma * q * _softplus(z)), q**gamma * (q + gamma * p * _softplus(-z))
    return (1 - y) * false - y * true


def sigmoid_poisson_J(z: Array, y: Array) -> Array:
    """J = Σ (p - y ln p)"""
    return _total(sigmoid_h(z) + y * _softplus(-z))


def sigmoid_poisson_delta(z: Array, y: Array) -> Array:
    """delta = (p - y)/p · p q = (p - y) q"""
    return (sigmoid_h(z) - y) * sigmoid_h(-z)


# --- on a softmax -----------------------------------------------------------------------------------------------------


def _others(values: Array) -> Array:
    """Σ_{m≠n} v_m for every n, summed and not subtracted: 1 - a_n keeps its digits where a_n rounds to 1."""
    return values @ (1 - np.eye(values.shape[-1], dtype=values.dtype))


def _without_own(z: Array) -> Array:
    """The logits [..., m, n] = z_n with -inf for n = m: what is left when class m is taken out."""
    return np.where(np.eye(z.shape[-1], dtype=bool), -np.inf, z[..., None, :])


def _log_others(z: Array) -> Array:
    """ln(1 - a_m): log1p(-a_m) while a_m is below one half, beyond that ln Σ_{n≠m} e^z_n - ln Σ_n e^z_n"""
    a, rest = softmax_h(z), _without_own(z)
    top, most = np.max(rest, axis=-1), np.max(z, axis=-1, keepdims=True)
    rest_sum = np.log(np.sum(np.exp(rest - top[..., None]), axis=-1))
    all_sum = np.log(np.sum(np.exp(z - most), axis=-1, keepdims=True))
    far = (top - most) + (rest_sum - all_sum)
    return np.where(a < 0.5, np.log1p(-np.minimum(a, 0.5)), far)


def softmax_parts(z: Array, temperature: float = 1.0) -> Parts:
    """ln a, a and 1 - a, from E_n = e^(z_n - z_max) and rest_n = Σ_{m≠n} E_m: both over E + rest

    Where z_n is largest, E_n is 1 and rest_n smallest: ln Σ E = log1p(rest_min). So no digit is lost where a_n rounds to 1.
    With a temperature T, z/T stands for z.
    """
    z = z / temperature
    below = z - np.max(z, axis=-1, keepdims=True)
    E = np.exp(below)
    rest = _others(E)
    total = E + rest
    return below - np.log1p(np.min(rest, axis=-1, keepdims=True)), E / total, rest / total


def softmax_cce_J(parts: Parts, y: Array) -> Array:
    """J = -Σ y ln a, ln a by log-softmax"""
    ln_a, _, _ = parts
    return -np.vecdot(y, ln_a)


def softmax_cce_delta(parts: Parts, y: Array, temperature: float = 1.0) -> Array:
    """The lecture's derivation, both cases of ∂a_m/∂z_n put together:

        delta_n = Σ_{m≠n} y_m a_n - y_n (1 - a_n) = a_n Σ_m y_m - y_n

    and a - y, as the slide ends, only where Σ y = 1: with y = (1, 1, 0) the short form is off by a. The middle form is
    computed: it keeps its digits where a_n rounds to 1. With a temperature T, z/T stands for z: delta is over T.
    """
    _, a, b = parts
    return (a * _others(y) - y * b) / temperature


def softmax_kl_J(parts: Parts, y: Array) -> Array:
    """J = Σ y ln y - Σ y ln a"""
    ln_a, _, _ = parts
    return _total(xlogy(y, y) - y * ln_a)


def softmax_poisson_J(parts: Parts, y: Array) -> Array:
    """J = Σ a - Σ y ln a, and Σ a = 1: delta is that of the cross-entropy"""
    ln_a, a, _ = parts
    return _total(a - y * ln_a)


def softmax_bce_J(z: Array, y: Array, temperature: float = 1.0, reduction: str = "sum") -> Array:
    """J = -Σ [y ln a + (1 - y) ln(1 - a)], over n for the mean"""
    z = z / temperature
    total = -_total(y * log_softmax_h(z) + (1 - y) * _log_others(z))
    return total / z.shape[-1] if reduction == "mean" else total


def _pairs(z: Array) -> tuple[Array, Array, Array, Array]:
    """[n, m] of softmax: z_n - z_m, a_n - a_m, a_n/(1 - a_m) and a_m/(1 - a_n); nothing cancels where classes are alike.

    a_n - a_m is the larger of the two, times 1 - e^-|z_n - z_m|.
    """
    a, r = softmax_h(z), softmax_h(_without_own(z))
    gap = z[..., :, None] - z[..., None, :]
    lacks = -np.expm1(-np.abs(gap))
    ahead = np.where(gap > 0, a[..., :, None] * lacks, -a[..., None, :] * lacks)
    return gap, ahead, np.swapaxes(r, -1, -2), r


def softmax_bce_delta(z: Array, y: Array, temperature: float = 1.0, reduction: str = "sum") -> Array:
    """The chain rule, delta_n = Σ_m a_n a_m (∂J/∂a_n - ∂J/∂a_m), with b = 1 - a: of the questions answered yes

        a_n Σ_{m≠n} y_m - y_n (1 - a_n)

    and of those answered no, where b_m - b_n = a_n - a_m,

        Σ_m (a_n/b_m) (a_m/b_n) [(1 - y_n) b_m - (1 - y_m) b_n]
        [...] = (1 - y_n)(a_n - a_m) - b_n (y_n - y_m) = (1 - y_m)(a_n - a_m) + b_m (y_m - y_n)

    The first form of the bracket serves y_n >= y_m, the second the rest.
    """
    scaled = z / temperature
    a, (_, ahead, r_nm, r_mn) = softmax_h(scaled), _pairs(scaled)
    b = _others(a)
    y_n, y_m, b_n, b_m = y[..., :, None], y[..., None, :], b[..., :, None], b[..., None, :]
    bracket = np.where(y_n >= y_m, (1 - y_n) * ahead - b_n * (y_n - y_m), (1 - y_m) * ahead + b_m * (y_m - y_n))
    delta = (a * _others(y) - y * b + np.sum(r_nm * r_mn * bracket, axis=-1)) / temperature
    return delta / z.shape[-1] if reduction == "mean" else delta


def softmax_focal_J(z: Array, y: Array, gamma: float, temperature: float = 1.0) -> Array:
    """J = -Σ [y b^γ ln a + (1 - y) a^γ ln b], b = 1 - a"""
    z = z / temperature
    a = softmax_h(z)
    return -_total(y * _others(a) ** gamma * log_softmax_h(z) + (1 - y) * a**gamma * _log_others(z))


def softmax_focal_delta(z: Array, y: Array, gamma: float, temperature: float = 1.0) -> Array:
    """The chain rule, delta_n = Σ_m a_n a_m (g_n - g_m), g = ∂J/∂a = y T - w F with b = 1 - a, w = 1 - y and

        T = γ b^(γ-1) ln a - b^γ/a        F = γ a^(γ-1) ln b - a^γ/b

    No term divides by an a or a b that may be zero: a_n/b_m and a_m/b_n are softmaxes of their own. Where two classes are
    nearly alike, F_n - F_m is taken apart into differences that do not cancel.
    """
    scaled = z / temperature
    a, (gap, ahead, r_nm, r_mn) = softmax_h(scaled), _pairs(scaled)
    b, ln_a, ln_b = _others(a), log_softmax_h(scaled), _log_others(scaled)
    n, m = (lambda v: v[..., :, None]), (lambda v: v[..., None, :])
    crossed = 1 - np.eye(z.shape[-1], dtype=z.dtype)  # nothing for m = n
    true_n = n(y * b**gamma) * (gamma * r_mn * n(a * ln_a) - m(a)) * crossed  # y_n a_n a_m T_n
    true_m = m(y * b**gamma) * (gamma * r_nm * m(a * ln_a) - n(a)) * crossed
    false_n = n(a**gamma) * (gamma * m(a) * n(ln_b) - n(a) * r_mn)  # a_n a_m F_n
    false_m = m(a**gamma) * (gamma * n(a) * m(ln_b) - m(a) * r_nm)
    near = (np.abs(gap) < 1) & (crossed == 1)
    step = np.where(near, gap, 0)
    apart = (
        gamma * m(a) * n(a**gamma) * np.log1p(np.where(near, -ahead / np.where(near, m(b), 1), 0))
        + gamma * n(a) * m(ln_b) * m(a**gamma) * np.expm1((gamma - 1) * step)
        - m(a**gamma) * (n(a) * np.expm1(gamma * step) * r_mn + r_nm * r_mn * ahead)
    )
    w_n, w_m = n(1 - y), m(1 - y)
    false = np.where(near, w_n * apart + (w_n - w_m) * false_m, w_n * false_n - w_m * false_m) * crossed
    return np.sum(true_n - true_m - false, axis=-1) / temperature


# --- rates: poisson on exponential and softplus -----------------------------------------------------------------------


def exponential_poisson_J(z: Array, y: Array) -> Array:
    """J = Σ (e^z - y z), since ln a = z"""
    return _total(exponential_h(z) - y * z)


def exponential_poisson_delta(z: Array, y: Array) -> Array:
    """delta = (a - y)/a · a = e^z - y"""
    return exponential_h(z) - y


def _softplus_ratio(z: Array) -> tuple[Array, Array]:
    """(a, log1p(E)/E) of a = softplus(z), E = e^z for z < 0; the ratio is 1 where E is too small to be a float."""
    E = np.exp(np.minimum(z, 0))
    safe = np.where(E == 0, np.ones_like(E), E)
    return _softplus(z), np.where(E == 0, np.ones_like(E), np.log1p(safe) / safe)


def softplus_poisson_J(z: Array, y: Array, beta: float) -> Array:
    """J = Σ (a - y ln a), with ln a = βz + ln(log1p(E)/E) - ln β for z < 0, where a itself may underflow"""
    z = beta * z
    a, ratio = _softplus_ratio(z)
    ln_a = np.where(z < 0, z + np.log(ratio), np.log(np.where(z < 0, 1, a)))
    return _total(a / beta - y * (ln_a - math.log(beta)))


def softplus_poisson_delta(z: Array, y: Array, beta: float) -> Array:
    """delta = σ(βz) - y σ(βz)/a, with σ/a = β/((1 + E) log1p(E)/E) for z < 0"""
    z = beta * z
    a, ratio = _softplus_ratio(z)
    below = 1 / ((1 + np.exp(np.minimum(z, 0))) * ratio)
    return sigmoid_h(z) - y * beta * np.where(z < 0, below, sigmoid_h(z) / np.where(z < 0, 1, a))


# --- the table: (loss family, activation family) -> its closed forms --------------------------------------------------


def _itself(z: Array) -> Array:
    return z


@dataclass(frozen=True, slots=True)
class Forms:
    """J and delta, both (s, y) -> ..., the LaTeX of delta, and z -> s, which is computed once where both are wanted."""

    J: Callable[..., Array]
    delta: Callable[..., Array]
    latex: str
    shared: Callable[..., Any] = _itself


SHORT = r"\delta_n = a_n \sum_m y_m - y_n"
FUSED: dict[tuple[str, str], Forms] = {
    ("binary_cross_entropy", "sigmoid"): Forms(sigmoid_bce_J, sigmoid_bce_delta, r"\delta = a - y"),
    ("categorical_cross_entropy", "sigmoid"): Forms(sigmoid_cce_J, sigmoid_cce_delta, r"\delta = -y (1 - a)"),
    ("kl_divergence", "sigmoid"): Forms(sigmoid_kl_J, sigmoid_cce_delta, r"\delta = -y (1 - a)"),
    ("focal", "sigmoid"): Forms(
        sigmoid_focal_J,
        sigmoid_focal_delta,
        r"\delta = (1 - y) a^\gamma (a - \gamma (1 - a) \ln(1 - a)) - y (1 - a)^\gamma (1 - a - \gamma a \ln a)",
    ),
    ("poisson", "sigmoid"): Forms(sigmoid_poisson_J, sigmoid_poisson_delta, r"\delta = (a - y)(1 - a)"),
    ("categorical_cross_entropy", "softmax"): Forms(softmax_cce_J, softmax_cce_delta, SHORT, softmax_parts),
    ("kl_divergence", "softmax"): Forms(softmax_kl_J, softmax_cce_delta, SHORT, softmax_parts),
    ("poisson", "softmax"): Forms(softmax_poisson_J, softmax_cce_delta, SHORT, softmax_parts),
    ("binary_cross_entropy", "softmax"): Forms(
        softmax_bce_J,
        softmax_bce_delta,
        r"\delta_n = a_n \sum_m y_m - y_n + (1 - y_n) a_n - a_n \sum_{m \ne n} (1 - y_m) \frac{a_m}{1 - a_m}",
    ),
    ("focal", "softmax"): Forms(
        softmax_focal_J,
        softmax_focal_delta,
        r"\delta_n = u_n (1 - a_n) - a_n \sum_{m \ne n} u_m,\ u_m = a_m \frac{\partial J}{\partial a_m}",
    ),
    ("negative_log_likelihood", "log_softmax"): Forms(
        softmax_cce_J,
        softmax_cce_delta,
        r"\delta_n = e^{a_n} \sum_m y_m - y_n",
        softmax_parts,
    ),
    ("poisson", "exponential"): Forms(exponential_poisson_J, exponential_poisson_delta, r"\delta = a - y"),
    ("poisson", "softplus"): Forms(
        softplus_poisson_J,
        softplus_poisson_delta,
        r"\delta = \sigma(\beta z) \left(1 - \frac{y}{a}\right)",
    ),
}
