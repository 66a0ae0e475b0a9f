"""Indices, masks, ties, and calls that leave something behind: mistakes 38 to 42 and 47."""

from __future__ import annotations

import numpy as np

from .entry import Function
from .mistakes_common import Row, at
from .table import BY_NAME


def max_pool_all_ties(X, up):
    """Every maximum gets the whole gradient; with ties, more than there is."""
    rows, columns = X.shape[0] // 2, X.shape[1] // 2
    blocks = X.reshape(rows, 2, columns, 2)
    first = blocks == np.max(blocks, axis=(1, 3), keepdims=True)
    return (first * up[:, None, :, None]).reshape(X.shape)


def triplet_two_conventions(anchor, near, far, margin):
    """At the kink the anchor says active and the others say not: each alone may, together they may not."""
    gap = np.sum((anchor - near) ** 2, axis=1) - np.sum((anchor - far) ** 2, axis=1) + margin
    at_the_kink, beyond = ((gap >= 0)[:, None] * 2 / len(anchor), (gap > 0)[:, None] * 2 / len(anchor))
    return at_the_kink * (far - near), beyond * (near - anchor), beyond * (anchor - far)


def total_variation_overwritten(X):
    down, across = 2 * (X[1:] - X[:-1]), 2 * (X[:, 1:] - X[:, :-1])
    d_X = np.zeros(X.shape)
    d_X[1:] = down
    d_X[:-1] -= down
    d_X[:, 1:] += across
    d_X[:, :-1] = -across
    return d_X


def moving_average_overwritten(x, decay, up):
    means = [0.0]
    for value in x:
        means.append(decay * means[-1] + (1 - decay) * value)
    d_x, d_decay, d_m = np.zeros(len(x)), 0.0, 0.0
    for t in reversed(range(len(x))):
        d_m = up[t] + decay * d_m
        d_x[t] = (1 - decay) * d_m
        d_decay = d_m * (means[t] - x[t])
    return d_x, d_decay


def strided_overwritten(X, kernel, up):
    d_X, d_kernel = np.zeros(X.shape), np.zeros(kernel.shape)
    for i, j in np.ndindex(*up.shape):
        here = slice(2 * i, 2 * i + kernel.shape[0]), slice(2 * j, 2 * j + kernel.shape[1])
        d_X[here] = up[i, j] * kernel
        d_kernel += up[i, j] * X[here]
    return d_X, d_kernel


def blur_without_borders(x, up):
    d_wide = np.zeros(len(x) + 2)
    d_wide[:-2] += up / 4
    d_wide[1:-1] += up / 2
    d_wide[2:] += up / 4
    return d_wide[1:-1]


def residual_path_lost(x, W, up):
    delta = up * (x @ W > 0)
    return delta @ W.T, x.T @ delta


def embedding_overwritten(E, indices, up):
    d_E = np.zeros(E.shape)
    d_E[indices] = up
    return d_E


def embedding_added_once(E, indices, up):
    d_E = np.zeros(E.shape)
    d_E[indices] += up
    return d_E


def bradley_terry_added_once(strength, winners, losers):
    surprise = 1 / (1 + np.exp(strength[winners] - strength[losers]))
    d_strength = np.zeros(len(strength))
    d_strength[losers] += surprise
    d_strength[winners] -= surprise
    return d_strength


def interpolation_added_once(x, table, up):
    left = np.floor(x).astype(int)
    share = x - left
    d_table = np.zeros(len(table))
    d_table[left] += up * (1 - share)
    d_table[left + 1] += up * share
    return up * (table[left + 1] - table[left]), d_table


def negative_sampling_added_once(E, F, centre, context, noise):
    near = np.sum(E[centre] * F[context], axis=1)
    far = np.sum(E[centre][:, None] * F[noise], axis=2)
    d_near, d_far = -1 / (1 + np.exp(near)), 1 / (1 + np.exp(-far))
    d_E, d_F = np.zeros(E.shape), np.zeros(F.shape)
    np.add.at(d_E, centre, d_near[:, None] * F[context] + np.sum(d_far[:, :, None] * F[noise], axis=1))
    d_F[context] += d_near[:, None] * E[centre]
    d_F[noise] += d_far[:, :, None] * E[centre][:, None]
    return d_E, d_F


def dropout_without_mask(x, kept, rate, up):
    return up / (1 - rate)


def factorisation_without_mask(U, V, R, seen, penalty):
    residual = U @ V.T - R
    return residual @ V + penalty * U, residual.T @ U + penalty * V


def accumulating(name: str) -> Function:
    """A second call adds to what the first one left."""
    right, kept = BY_NAME[name].gradient, []

    def accumulated(*args):
        kept.append(right(*args))
        return kept[0] if len(kept) == 1 else kept[0] + kept[-1]

    accumulated.afresh = lambda: accumulating(name)
    return accumulated


def destroying(name: str) -> Function:
    """The right numbers, but the first argument is overwritten by what comes out of the layer."""
    right = BY_NAME[name].gradient

    def destroyed(x, *rest):
        found = right(x, *rest)
        x[...] = np.tanh(x)
        return found

    return destroyed


ON_THE_MARGIN = at(np.zeros((2, 3)), [[1.0, 0.0, 0.0], [2.0, 0.5, 0.0]], [[1.0, 1.0, 0.0], [0.3, 1.0, 0.0]], 1.0)
TIES = at([[1.0, 1.0, 2.0, 0.0], [0.5, 0.0, 2.0, 1.0]], [[0.7, -1.3]])

ROWS: tuple[Row, ...] = (
    (38, "max_pool", max_pool_all_ties, TIES),
    (38, "triplet", triplet_two_conventions, ON_THE_MARGIN),
    (39, "total_variation", total_variation_overwritten),
    (39, "moving_average", moving_average_overwritten),
    (39, "strided_convolution", strided_overwritten),
    (39, "reflect_pad_blur", blur_without_borders),
    (39, "residual_block", residual_path_lost),
    *((40, name, accumulating(name)) for name in ("tanh", "softmax_cross_entropy", "log_determinant")),
    (41, "embedding", embedding_overwritten),
    (41, "embedding", embedding_added_once),
    (41, "bradley_terry", bradley_terry_added_once),
    (41, "interpolation", interpolation_added_once),
    (41, "negative_sampling", negative_sampling_added_once),
    (42, "dropout", dropout_without_mask),
    (42, "matrix_factorisation", factorisation_without_mask),
    *((47, name, destroying(name)) for name in ("tanh", "softmax_layer", "batch_norm")),
)
