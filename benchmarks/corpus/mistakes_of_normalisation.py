"""Normalised layers and unit vectors: mistakes 43 and 44."""

from __future__ import annotations

import numpy as np

from .layers import TINY
from .mistakes_common import Row
from .rows import unit_rows


def batch_norm_constant_statistics(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    return up * gamma / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def batch_norm_constant_variance(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    return (delta - np.mean(delta, axis=0)) / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def batch_norm_constant_mean(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    inner = delta - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def batch_norm_sample_variance(X, gamma, beta, up):
    """n − 1 where the forward pass has n."""
    deviation = np.sqrt(np.var(X, axis=0, ddof=1) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def layer_norm_constant_variance(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=1, keepdims=True)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def layer_norm_over_the_batch(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def layer_norm_mean_twice(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
    delta = up * gamma
    inner = delta - 2 * np.mean(delta, axis=1, keepdims=True) - unit * np.mean(delta * unit, axis=1, keepdims=True)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def batch_norm_mean_twice(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    inner = delta - 2 * np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def root_mean_square_norm_projected_less(X, gamma, up):
    size = np.sqrt(np.mean(X**2, axis=1, keepdims=True) + TINY)
    return up * gamma / size, np.sum(up * X / size, axis=0)


def cosine_without_projection(U, V):
    (u, norms_u), (v, norms_v) = unit_rows(U), unit_rows(V)
    return -v / norms_u / len(U), -u / norms_v / len(U)


def weight_norm_without_projection(V, g, x, up):
    size = np.sqrt(np.sum(V**2, axis=0))
    d_W = x.T @ up
    return g / size * d_W, np.sum(d_W * V / size, axis=0)


ROWS: tuple[Row, ...] = (
    (43, "batch_norm", batch_norm_constant_statistics),
    (43, "batch_norm", batch_norm_constant_variance),
    (43, "batch_norm", batch_norm_constant_mean),
    (43, "batch_norm", batch_norm_sample_variance),
    (43, "layer_norm", layer_norm_constant_variance),
    (43, "layer_norm", layer_norm_over_the_batch),
    (43, "root_mean_square_norm", root_mean_square_norm_projected_less),
    (43, "cosine_distance", cosine_without_projection),
    (43, "weight_norm", weight_norm_without_projection),
    (44, "layer_norm", layer_norm_mean_twice),
    (44, "batch_norm", batch_norm_mean_twice),
)
