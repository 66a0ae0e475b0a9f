"""Losses of a batch, one example to a row; the batch is averaged unless the name says otherwise."""

from __future__ import annotations

import numpy as np

from .draws import binary, constant, distributions, joined, labels, normal, one_hot, signs, uniform
from .entry import Entry
from .rows import log_sum_exp, softmax


def softmax_cross_entropy(z, labels):
    return np.mean(log_sum_exp(z) - z[np.arange(len(z)), labels])


def softmax_cross_entropy_gradient(z, labels):
    delta = softmax(z)
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def smoothed_cross_entropy(z, Y, smoothing):
    targets = (1 - smoothing) * Y + smoothing / Y.shape[1]
    return -np.mean(np.sum(targets * (z - log_sum_exp(z)[:, None]), axis=1))


def smoothed_cross_entropy_gradient(z, Y, smoothing):
    targets = (1 - smoothing) * Y + smoothing / Y.shape[1]
    return (softmax(z) * np.sum(targets, axis=1, keepdims=True) - targets) / len(z)


def binary_cross_entropy_logits(z, y):
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def binary_cross_entropy_logits_gradient(z, y):
    return (1 / (1 + np.exp(-z)) - y) / z.size


def binary_cross_entropy(a, y):
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def binary_cross_entropy_gradient(a, y):
    return (a - y) / (a * (1 - a)) / a.size


def focal(z, y, focus):
    """With y = ±1 and p = σ(yz), the probability of the right class: −(1−p)^γ log p."""
    p = 1 / (1 + np.exp(-y * z))
    return -np.mean((1 - p) ** focus * np.log(p))


def focal_gradient(z, y, focus):
    p = 1 / (1 + np.exp(-y * z))
    inner = focus * p * np.log(p) - (1 - p)
    return y * (1 - p) ** focus * inner / len(z)


def hinge(z, y):
    return np.mean(np.maximum(0, 1 - y * z))


def hinge_gradient(z, y):
    return np.where(y * z < 1, -y, 0) / len(z)


def squared_hinge(z, y):
    return np.mean(np.maximum(0, 1 - y * z) ** 2)


def squared_hinge_gradient(z, y):
    return -2 * y * np.maximum(0, 1 - y * z) / len(z)


def multiclass_hinge(z, labels):
    rows = np.arange(len(z))
    margins = np.maximum(0, 1 + z - z[rows, labels][:, None])
    return (np.sum(margins) - len(z)) / len(z)


def multiclass_hinge_gradient(z, labels):
    rows = np.arange(len(z))
    delta = np.where(1 + z - z[rows, labels][:, None] > 0, 1.0, 0.0)
    delta[rows, labels] -= np.sum(delta, axis=1)
    return delta / len(z)


def half_squared_error(P, Y):
    return np.sum((P - Y) ** 2) / (2 * len(P))


def half_squared_error_gradient(P, Y):
    return (P - Y) / len(P)


def absolute_error(p, y):
    return np.mean(np.abs(p - y))


def absolute_error_gradient(p, y):
    return np.sign(p - y) / len(p)


def huber(p, y, width):
    r = np.abs(p - y)
    return np.mean(np.where(r < width, r**2 / 2, width * (r - width / 2)))


def huber_gradient(p, y, width):
    return np.clip(p - y, -width, width) / len(p)


def quantile(p, y, level):
    r = y - p
    return np.mean(np.maximum(level * r, (level - 1) * r))


def quantile_gradient(p, y, level):
    return np.where(y > p, -level, 1 - level) / len(p)


def divergence_of_distributions(z, q):
    """KL(softmax(z) ‖ q), a mean over rows."""
    p = softmax(z)
    return np.mean(np.sum(p * (np.log(p) - np.log(q)), axis=1))


def divergence_of_distributions_gradient(z, q):
    p = softmax(z)
    ratio = np.log(p) - np.log(q)
    return p * (ratio - np.sum(p * ratio, axis=1, keepdims=True)) / len(z)


def gaussian_likelihood(mu, log_variance, y):
    return np.mean(log_variance + (y - mu) ** 2 * np.exp(-log_variance)) / 2


def gaussian_likelihood_gradient(mu, log_variance, y):
    precision, r = np.exp(-log_variance), y - mu
    return -r * precision / len(y), (1 - r**2 * precision) / (2 * len(y))


def divergence_from_standard_normal(mu, log_variance):
    """The regularizer of a variational autoencoder, a sum over units and a mean over rows."""
    return np.sum(np.exp(log_variance) + mu**2 - 1 - log_variance) / (2 * len(mu))


def divergence_from_standard_normal_gradient(mu, log_variance):
    return mu / len(mu), (np.exp(log_variance) - 1) / (2 * len(mu))


def dice(z, y):
    p = 1 / (1 + np.exp(-z))
    return 1 - (2 * np.sum(p * y) + 1) / (np.sum(p) + np.sum(y) + 1)


def dice_gradient(z, y):
    p = 1 / (1 + np.exp(-z))
    overlap, total = 2 * np.sum(p * y) + 1, np.sum(p) + np.sum(y) + 1
    return (overlap / total**2 - 2 * y / total) * p * (1 - p)


ENTRIES = (
    Entry(softmax_cross_entropy, softmax_cross_entropy_gradient, joined(normal((5, 4)), labels(5, 4))),
    Entry(
        smoothed_cross_entropy, smoothed_cross_entropy_gradient, joined(normal((5, 4)), one_hot(5, 4), constant(0.1))
    ),
    Entry(binary_cross_entropy_logits, binary_cross_entropy_logits_gradient, joined(normal((4, 3)), binary(4, 3))),
    Entry(binary_cross_entropy, binary_cross_entropy_gradient, joined(uniform(0.05, 0.95, 7), binary(7))),
    Entry(focal, focal_gradient, joined(normal(6), signs(6), constant(2.0))),
    Entry(hinge, hinge_gradient, joined(normal(7), signs(7)), kinks=True),
    Entry(squared_hinge, squared_hinge_gradient, joined(normal(7), signs(7))),
    Entry(multiclass_hinge, multiclass_hinge_gradient, joined(normal((5, 4)), labels(5, 4)), kinks=True),
    Entry(half_squared_error, half_squared_error_gradient, normal((5, 3), (5, 3))),
    Entry(absolute_error, absolute_error_gradient, normal(6, 6), kinks=True),
    Entry(huber, huber_gradient, joined(normal(8, 8), constant(0.8))),
    Entry(quantile, quantile_gradient, joined(normal(7, 7), constant(0.9)), kinks=True),
    Entry(
        divergence_of_distributions, divergence_of_distributions_gradient, joined(normal((4, 3)), distributions(4, 3))
    ),
    Entry(gaussian_likelihood, gaussian_likelihood_gradient, normal(5, 5, 5), (0, 1)),
    Entry(divergence_from_standard_normal, divergence_from_standard_normal_gradient, normal((4, 3), (4, 3)), (0, 1)),
    Entry(dice, dice_gradient, joined(normal(8), binary(8))),
)
