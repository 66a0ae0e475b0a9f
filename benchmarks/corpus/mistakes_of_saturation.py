"""Clips, epsilons and logarithms of zero: mistakes 27 to 29."""

from __future__ import annotations

import numpy as np

from .draws import constant, joined
from .mistakes_common import Row, at, of_epsilon
from .rows import through_unit_rows, unit_rows
from .sequences import sigma

SATURATED = at([40.0, -40.0, 38.5, -45.0], [0.0, 1.0, 0.0, 1.0])


def clipped_probability(z, y):
    """Beyond 1 − 1e-7 the clip has no slope, and nothing comes through."""
    a = sigma(z)
    inside = (a > 1e-7) & (a < 1 - 1e-7)
    return np.where(inside, a - y, 0) / z.size


def clipped_focal(z, y, focus):
    p = np.clip(1 / (1 + np.exp(-y * z)), 1e-7, 1 - 1e-7)
    inner = focus * p * np.log(p) - (1 - p)
    return y * (1 - p) ** focus * inner / len(z)


def cross_entropy_over_zero(z, y):
    """(a − y)/(a(1 − a)) times a(1 − a): where a is 1, zero over zero."""
    a = 1 / (1 + np.exp(-z))
    return (a - y) / (a * (1 - a)) * (a * (1 - a)) / z.size


def unshifted_softmax(z, labels):
    """Infinity over infinity where one logit is above 709."""
    e = np.exp(z)
    delta = e / np.sum(e, axis=1, keepdims=True)
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def binary_with_epsilon(epsilon):
    def binary_cross_entropy_with_epsilon(a, y):
        """ε in the logarithm's derivative, none in the loss."""
        return ((1 - y) / (1 - a + epsilon) - y / (a + epsilon)) / a.size

    return binary_cross_entropy_with_epsilon


def batch_norm_with(epsilon):
    def batch_norm_other_epsilon(X, gamma, beta, up):
        deviation = np.sqrt(np.var(X, axis=0) + epsilon)
        unit = (X - np.mean(X, axis=0)) / deviation
        delta = up * gamma
        inner = delta - np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
        return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)

    return batch_norm_other_epsilon


def layer_norm_with(epsilon):
    def layer_norm_other_epsilon(X, gamma, beta, up):
        deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + epsilon)
        unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
        delta = up * gamma
        inner = delta - np.mean(delta, axis=1, keepdims=True) - unit * np.mean(delta * unit, axis=1, keepdims=True)
        return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)

    return layer_norm_other_epsilon


def frobenius_with(epsilon):
    def frobenius_other_epsilon(A):
        return A / (np.sqrt(np.sum(A**2)) + epsilon)

    return frobenius_other_epsilon


def cosine_with(epsilon):
    def cosine_other_epsilon(U, V):
        (u, norms_u), (v, norms_v) = unit_rows(U), unit_rows(V)
        d_U = through_unit_rows(v, u, norms_u + epsilon)
        return -d_U / len(U), -through_unit_rows(u, v, norms_v) / len(U)

    return cosine_other_epsilon


FAR_APART = at([[800.0, 0.0, -1.0], [1.0, 2.0, -900.0]], np.array([0, 1]))

ROWS: tuple[Row, ...] = (
    (27, "binary_cross_entropy_logits", clipped_probability, SATURATED),
    (27, "focal", clipped_focal, joined(at([-40.0, 38.0, -17.0]), at([1.0, -1.0, 1.0]), constant(2.0))),
    (28, "binary_cross_entropy_logits", cross_entropy_over_zero, SATURATED),
    (28, "softmax_cross_entropy", unshifted_softmax, FAR_APART),
    *((29, "binary_cross_entropy", of_epsilon(binary_with_epsilon, e)) for e in (1e-3, 1e-5, 1e-7, 1e-10, 1e-12)),
    *((29, "batch_norm", of_epsilon(batch_norm_with, e)) for e in (0.0, 1e-3, 1.1e-5, 1e-8)),
    *((29, "layer_norm", of_epsilon(layer_norm_with, e)) for e in (0.0, 1e-3, 1.1e-5, 1e-8)),
    *((29, "frobenius_norm", of_epsilon(frobenius_with, e)) for e in (1e-5, 1e-8, 1e-12)),
    *((29, "cosine_distance", of_epsilon(cosine_with, e)) for e in (1e-5, 1e-8, 1e-12)),
)
