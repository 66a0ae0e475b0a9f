"""Softmax, the losses that stand on it, and the shortcut a − y: mistakes 1 to 9, 25, 26."""

from __future__ import annotations

import numpy as np

from .mistakes_common import Row, at
from .rows import softmax, through_unit_rows, unit_rows
from .sequences import sigma


def softmax_layer_diagonal(z, temperature, up):
    a = softmax(z / temperature)
    return up * a * (1 - a) / temperature, -np.sum(up * a * (1 - a) * z) / temperature**2


def attention_diagonal(Q, K, V, up):
    scale = np.sqrt(Q.shape[1])
    P = softmax(Q @ K.T / scale)
    d_S = P * (1 - P) * (up @ V.T) / scale
    return d_S @ K, d_S.T @ Q, P.T @ up


def experts_diagonal(X, G, E, up):
    gate, outputs = softmax(X @ G), np.tanh(np.einsum("ni,kio->nko", X, E))
    d_logits = gate * (1 - gate) * np.sum(up[:, None, :] * outputs, axis=2)
    d_inner = gate[:, :, None] * up[:, None, :] * (1 - outputs**2)
    d_X = d_logits @ G.T + np.einsum("nko,kio->ni", d_inner, E)
    return d_X, X.T @ d_logits, np.einsum("ni,nko->kio", X, d_inner)


def divergence_diagonal(z, q):
    p = softmax(z)
    return p * (1 - p) * (np.log(p) - np.log(q) + 1) / len(z)


def softmax_layer_without_sum(z, temperature, up):
    delta = up * softmax(z / temperature)
    return delta / temperature, -np.sum(delta * z) / temperature**2


def attention_without_sum(Q, K, V, up):
    scale = np.sqrt(Q.shape[1])
    P = softmax(Q @ K.T / scale)
    d_S = P * (up @ V.T) / scale
    return d_S @ K, d_S.T @ Q, P.T @ up


def divergence_without_sum(z, q):
    p = softmax(z)
    return p * (np.log(p) - np.log(q)) / len(z)


def log_softmax_without_sum(z, Y):
    """The gradient of a log-softmax taken for g − p, its Σ g left out."""
    return (softmax(z) - Y) / len(z)


def smoothed_log_softmax(z, Y, smoothing):
    """p Σ g with the sum over the batch."""
    targets = (1 - smoothing) * Y + smoothing / Y.shape[1]
    return (softmax(z) * np.sum(targets, axis=0) - targets) / len(z)


def smoothed_as_one_label(z, Y, smoothing):
    """p − targets, which is right for targets that sum to one alone."""
    return (softmax(z) - (1 - smoothing) * Y - smoothing / Y.shape[1]) / len(z)


def cross_entropy_over_the_batch(z, labels):
    e = np.exp(z - np.max(z))
    delta = e / np.sum(e)
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def cross_entropy_over_columns(z, labels):
    delta = softmax(z.T).T
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def softmax_layer_over_columns(z, temperature, up):
    a = softmax(z.T / temperature).T
    delta = a * (up - np.sum(up * a, axis=1, keepdims=True))
    return delta / temperature, -np.sum(delta * z) / temperature**2


def cross_entropy_doubled(z, labels):
    delta = softmax(z)
    delta[np.arange(len(z)), labels] -= 1
    return 2 * delta / len(z)


def contrastive_doubled(U, V, temperature):
    """Both directions are counted, the loss has one."""
    (u, norms_u), (v, norms_v) = unit_rows(U), unit_rows(V)
    s = u @ v.T / temperature
    delta = (softmax(s) + softmax(s.T).T - 2 * np.eye(len(U))) / (len(U) * temperature)
    return through_unit_rows(delta @ v, u, norms_u), through_unit_rows(delta.T @ u, v, norms_v)


def shortcut_under_squares(W, b, X, Y):
    """a − y, which belongs to the cross-entropy."""
    delta = (1 / (1 + np.exp(-(X @ W + b))) - Y) / len(X)
    return X.T @ delta, np.sum(delta, axis=0)


def shortcut_for_focal(z, y, focus):
    return (1 / (1 + np.exp(-z)) - (y + 1) / 2) / len(z)


def shortcut_for_dice(z, y):
    return (1 / (1 + np.exp(-z)) - y) / z.size


def bce_with_slope(z, y):
    a = 1 / (1 + np.exp(-z))
    return (a - y) * a * (1 - a) / z.size


def logistic_with_slope(w, b, X, y, penalty):
    a = 1 / (1 + np.exp(-(X @ w + b)))
    delta = (a - y) * a * (1 - a) / len(X)
    return X.T @ delta + penalty * w, np.sum(delta)


def softmax_applied_twice(z, labels):
    delta = softmax(softmax(z))
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def sigmoid_applied_twice(z, y):
    return (sigma(sigma(z)) - y) / z.size


def logistic_applied_twice(w, b, X, y, penalty):
    delta = (sigma(sigma(X @ w + b)) - y) / len(X)
    return X.T @ delta + penalty * w, np.sum(delta)


def any_targets_as_labels(z, Y):
    """Targets made to sum to one first, although the loss leaves them as they are."""
    return (softmax(z) - Y / np.sum(Y, axis=1, keepdims=True)) / len(z)


SEVERAL_LABELS = at(
    [[0.3, -1.2, 0.8], [1.1, 0.4, -0.5], [-0.7, 0.9, 0.2], [0.6, -0.3, 1.4]],
    [[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 1.0]],
    0.1,
)

ROWS: tuple[Row, ...] = (
    (1, "softmax_layer", softmax_layer_diagonal),
    (1, "attention", attention_diagonal),
    (1, "divergence_of_distributions", divergence_diagonal),
    (2, "mixture_of_experts", experts_diagonal),
    (2, "softmax_layer", softmax_layer_diagonal),
    (3, "softmax_layer", softmax_layer_without_sum),
    (3, "attention", attention_without_sum),
    (3, "divergence_of_distributions", divergence_without_sum),
    (4, "cross_entropy_of_any_targets", log_softmax_without_sum),
    (4, "smoothed_cross_entropy", smoothed_log_softmax),
    (5, "softmax_cross_entropy", cross_entropy_over_the_batch),
    (5, "softmax_cross_entropy", cross_entropy_over_columns),
    (5, "softmax_layer", softmax_layer_over_columns),
    (6, "softmax_cross_entropy", cross_entropy_doubled),
    (6, "contrastive", contrastive_doubled),
    (7, "sigmoid_mean_squares", shortcut_under_squares),
    (7, "focal", shortcut_for_focal),
    (7, "dice", shortcut_for_dice),
    (8, "binary_cross_entropy_logits", bce_with_slope),
    (8, "logistic_regression", logistic_with_slope),
    (9, "sigmoid_mean_squares", shortcut_under_squares),
    (25, "softmax_cross_entropy", softmax_applied_twice),
    (25, "binary_cross_entropy_logits", sigmoid_applied_twice),
    (25, "logistic_regression", logistic_applied_twice),
    (26, "cross_entropy_of_any_targets", any_targets_as_labels),
    (26, "smoothed_cross_entropy", smoothed_as_one_label, SEVERAL_LABELS),
)
