"""Flags, masks, complex numbers, NaN through where, entropy and divergence: mistakes 51 to 56."""

from __future__ import annotations

import numpy as np

from .mistakes_common import Row, at
from .rows import log_sum_exp, softmax, through_unit_rows, unit_rows


def attention_ignoring_the_flag(Q, K, V, up):
    P = softmax(Q @ K.T)
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def attention_mask_shifted(Q, K, V, up):
    visible = np.tril(np.ones((len(Q), len(Q))), 1) > 0
    P = softmax(np.where(visible, Q @ K.T, -1e9))
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def attention_mask_transposed(Q, K, V, up):
    visible = np.triu(np.ones((len(Q), len(Q)))) > 0
    P = softmax(np.where(visible, Q @ K.T, -1e9))
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def attention_without_scale(Q, K, V, up):
    P = softmax(Q @ K.T / np.sqrt(Q.shape[1]))
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def views_rivals_with_oneself(Z, temperature):
    u, norms = unit_rows(Z)
    delta = softmax(u @ u.T / temperature)
    delta[np.arange(len(Z)), np.arange(len(Z)) ^ 1] -= 1
    return through_unit_rows((delta + delta.T) @ u, u, norms) / (len(Z) * temperature)


def views_one_direction(Z, temperature):
    u, norms = unit_rows(Z)
    delta = softmax(u @ u.T / temperature - 1e9 * np.eye(len(Z)))
    delta[np.arange(len(Z)), np.arange(len(Z)) ^ 1] -= 1
    return through_unit_rows(delta @ u, u, norms) / (len(Z) * temperature)


def phases_without_conjugate(u, v, A, B, intensity):
    real, imaginary = A @ u - B @ v, A @ v + B @ u
    weight = (real**2 + imaginary**2 - intensity) / len(intensity)
    d_real, d_imaginary = weight * real, weight * imaginary
    return A.T @ d_real - B.T @ d_imaginary, A.T @ d_imaginary + B.T @ d_real


def rotary_without_conjugate(X, angles, up):
    """Turned forwards instead of back."""
    half = angles.shape[1]
    a, b, first, second = X[:, 0::2], X[:, 1::2], up[:, :half], up[:, half:]
    d_a = first * np.cos(angles) - second * np.sin(angles)
    d_b = second * np.cos(angles) + first * np.sin(angles)
    d_X = np.stack([d_a, d_b], axis=2).reshape(X.shape)
    d_angles = second * (a * np.cos(angles) - b * np.sin(angles)) - first * (a * np.sin(angles) + b * np.cos(angles))
    return d_X, d_angles


def elu_nan_from_the_other_branch(x, c):
    """0 · ∞ where exp overflows in the branch that is not taken."""
    below = x <= 0
    return c * (1.0 * ~below + below * np.exp(x))


def arctan_nan_from_the_other_branch(x, c):
    """Far out 1/x² is meant to be used; the other branch is infinity over infinity."""
    far = np.abs(x) > 1e8
    return c * (far * (1 / x**2) + (1 - far) * (x**2 / (x**2 + x**4)))


def entropy_without_one(x, c):
    return -c * np.log(x)


def entropy_minus_one(x, c):
    return -c * (np.log(x) - 1)


def divergence_sign(z, q):
    p = softmax(z)
    ratio = np.log(p) + np.log(q)
    return p * (ratio - np.sum(p * ratio, axis=1, keepdims=True)) / len(z)


def divergence_other_way(z, q):
    """KL(q ‖ p)."""
    return (softmax(z) - q) / len(z)


def standard_normal_other_way(mu, log_variance):
    """KL(N(0, 1) ‖ N(mu, σ²))."""
    precision = np.exp(-log_variance)
    return mu * precision / len(mu), (1 - (1 + mu**2) * precision) / (2 * len(mu))


def standard_normal_sign(mu, log_variance):
    return mu / len(mu), (np.exp(log_variance) + 1) / (2 * len(mu))


def policy_entropy_sign(z, actions, advantage, bonus):
    p, log_p = softmax(z), z - log_sum_exp(z)[:, None]
    delta = advantage[:, None] * (p - np.eye(z.shape[1])[actions])
    entropy = -np.sum(p * log_p, axis=1, keepdims=True)
    return (delta - bonus * p * (log_p + entropy)) / len(z)


OVERFLOW = at([800.0, 1.0, -2.0, 0.5, 750.0, -1.0], [0.4, -1.2, 0.8, 1.5, -0.7, 0.3])

ROWS: tuple[Row, ...] = (
    (51, "causal_attention", attention_ignoring_the_flag),
    (51, "two_views", views_rivals_with_oneself),
    (51, "attention", attention_without_scale),
    (52, "causal_attention", attention_mask_shifted),
    (52, "causal_attention", attention_mask_transposed),
    (52, "two_views", views_one_direction),
    (53, "phase_retrieval", phases_without_conjugate),
    (53, "rotary", rotary_without_conjugate),
    (54, "elu", elu_nan_from_the_other_branch, OVERFLOW),
    (54, "arctan", arctan_nan_from_the_other_branch, at([1e160, 0.3, -2.0], [1e300, -2.0, 0.7])),
    (55, "entropy_of_rates", entropy_without_one),
    (55, "entropy_of_rates", entropy_minus_one),
    (55, "divergence_of_distributions", divergence_sign),
    (55, "divergence_from_standard_normal", standard_normal_sign),
    (55, "policy_gradient", policy_entropy_sign),
    (56, "divergence_of_distributions", divergence_other_way),
    (56, "divergence_from_standard_normal", standard_normal_other_way),
)
