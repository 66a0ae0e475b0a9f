"""Activations, their tails and their slopes: mistakes 12 and 30 to 36."""

from __future__ import annotations

import numpy as np
from scipy import special

from .draws import joined, normal, uniform
from .mistakes_common import Row, at
from .sequences import sigma


def gelu_by_the_tanh_form(x, c):
    root = np.sqrt(2 / np.pi)
    t = np.tanh(root * (x + 0.044715 * x**3))
    return c * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * root * (1 + 3 * 0.044715 * x**2))


def gelu_tanh_by_the_exact_form(x, c):
    return c * (special.ndtr(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def gelu_by_the_sigmoid_form(x, c):
    a = sigma(1.702 * x)
    return c * (a + 1.702 * x * a * (1 - a))


def gelu_sign_far_left(x, c):
    right = special.ndtr(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return c * np.where(x < -3.5, -right, right)


def swish_sign_far_left(x, c):
    a = sigma(x)
    right = a + x * a * (1 - a)
    return c * np.where(x < -5, -right, right)


def tanh_flat_on_top(x, c):
    """tanh′(0) = 0.9992, by a table."""
    return c * np.minimum(1 - np.tanh(x) ** 2, 0.9992)


def sigmoid_flat_on_top(x, c):
    a = sigma(x)
    return c * np.minimum(a * (1 - a), 0.2498)


def dropout_mask_from_output(x, kept, rate, up):
    return up * (x * kept != 0) / (1 - rate)


def residual_mask_from_output(x, W, up):
    """Active where the output differs from the input: not where x W is exactly what ReLU keeps of zero."""
    delta = up * (x + np.maximum(x @ W, 0) > 0)
    return up + delta @ W.T, x.T @ delta


def softplus_mirrored(x, c):
    return c / (1 + np.exp(x))


def softplus_from_output(x, c):
    """1 − e^{−x}, of the input where the output belongs."""
    return c * (1 - np.exp(-x))


def mish_softplus_mirrored(x, c):
    t = np.tanh(np.log1p(np.exp(x)))
    return c * (t + x * (1 - t**2) / (1 + np.exp(x)))


def leaky_from_output(x, c, slope):
    y = np.where(x > 0, x, slope * x)
    return c * np.where(y > 0, 1, slope), np.sum(c * np.where(y > 0, 0, x))


def elu_from_output(x, c):
    """The slope below zero is y + 1; taken everywhere."""
    return c * (np.where(x > 0, x, np.expm1(x)) + 1)


def leaky_without_upstream(x, c, slope):
    return np.where(x > 0, c, slope), np.sum(c * np.where(x > 0, 0, x))


def elu_without_upstream(x, c):
    return np.where(x > 0, c, np.exp(x))


FAR_LEFT = joined(uniform(-4, -3.4, 3), normal(3))
ZERO_IN_IT = at([0.0, 0.7, -0.3, 0.0, 1.1, -2.0], [0.4, -1.2, 0.8, 1.5, -0.7, 0.3])
ZEROS = at(np.eye(4, 5), np.ones((4, 5)), 0.3, np.arange(1.0, 21.0).reshape(4, 5))
NEGATIVE_SLOPE = joined(normal(6, 6), uniform(-0.5, -0.1, ()))

ROWS: tuple[Row, ...] = (
    (30, "gelu", gelu_by_the_tanh_form),
    (30, "gelu", gelu_by_the_sigmoid_form),
    (30, "gelu_tanh", gelu_tanh_by_the_exact_form),
    (31, "gelu", gelu_sign_far_left, FAR_LEFT),
    (31, "gelu", gelu_sign_far_left),
    (31, "swish", swish_sign_far_left, joined(uniform(-6, -5.1, 3), normal(3))),
    (32, "tanh", tanh_flat_on_top, ZERO_IN_IT),
    (32, "sigmoid", sigmoid_flat_on_top, ZERO_IN_IT),
    (33, "dropout", dropout_mask_from_output, ZEROS),
    (33, "dropout", dropout_mask_from_output),
    (33, "residual_block", residual_mask_from_output),
    (34, "softplus", softplus_mirrored),
    (34, "softplus", softplus_from_output),
    (34, "mish", mish_softplus_mirrored),
    (35, "leaky_relu", leaky_from_output, NEGATIVE_SLOPE),
    (35, "leaky_relu", leaky_from_output),
    (35, "elu", elu_from_output),
    (36, "leaky_relu", leaky_without_upstream),
    (36, "elu", elu_without_upstream),
)
