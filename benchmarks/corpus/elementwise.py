"""Functions of single numbers, summed with weights: f(x, c) = Σᵢ cᵢ h(xᵢ), so that the gradient is c h'(x)."""

from __future__ import annotations

import numpy as np
from scipy import special

from .draws import joined, normal, uniform
from .entry import Entry


def sigmoid(x, c):
    return np.sum(c / (1 + np.exp(-x)))


def sigmoid_gradient(x, c):
    a = 1 / (1 + np.exp(-x))
    return c * a * (1 - a)


def tanh(x, c):
    return np.sum(c * np.tanh(x))


def tanh_gradient(x, c):
    return c * (1 - np.tanh(x) ** 2)


def softplus(x, c):
    return np.sum(c * np.logaddexp(0, x))


def softplus_gradient(x, c):
    return c / (1 + np.exp(-x))


def swish(x, c):
    return np.sum(c * x / (1 + np.exp(-x)))


def swish_gradient(x, c):
    a = 1 / (1 + np.exp(-x))
    return c * (a + x * a * (1 - a))


def gelu(x, c):
    return np.sum(c * x * special.ndtr(x))


def gelu_gradient(x, c):
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return c * (special.ndtr(x) + x * density)


def gelu_tanh(x, c):
    return np.sum(c * 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def gelu_tanh_gradient(x, c):
    root = np.sqrt(2 / np.pi)
    t = np.tanh(root * (x + 0.044715 * x**3))
    inner = root * (1 + 3 * 0.044715 * x**2)
    return c * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner)


def mish(x, c):
    return np.sum(c * x * np.tanh(np.log1p(np.exp(x))))


def mish_gradient(x, c):
    t = np.tanh(np.log1p(np.exp(x)))
    a = 1 / (1 + np.exp(-x))
    return c * (t + x * (1 - t**2) * a)


def elu(x, c):
    return np.sum(c * np.where(x > 0, x, np.expm1(x)))


def elu_gradient(x, c):
    return c * np.where(x > 0, 1, np.exp(x))


def relu(x, c):
    return np.sum(c * np.maximum(x, 0))


def relu_gradient(x, c):
    return c * (x > 0)


def leaky_relu(x, c, slope):
    return np.sum(c * np.where(x > 0, x, slope * x))


def leaky_relu_gradient(x, c, slope):
    """The slope is learnt too: only elements below zero know of it."""
    return c * np.where(x > 0, 1, slope), np.sum(c * np.where(x > 0, 0, x))


def softsign(x, c):
    return np.sum(c * x / (1 + np.abs(x)))


def softsign_gradient(x, c):
    return c / (1 + np.abs(x)) ** 2


def arctan(x, c):
    return np.sum(c * np.arctan(x))


def arctan_gradient(x, c):
    return c / (1 + x**2)


def bell(x, c):
    return np.sum(c * np.exp(-(x**2)))


def bell_gradient(x, c):
    return -2 * c * x * np.exp(-(x**2))


def log_cosh(x, c):
    return np.sum(c * np.log(np.cosh(x)))


def log_cosh_gradient(x, c):
    return c * np.tanh(x)


def hard_sigmoid(x, c):
    return np.sum(c * np.clip(x / 6 + 0.5, 0, 1))


def hard_sigmoid_gradient(x, c):
    return c * np.where(np.abs(x) < 3, 1 / 6, 0)


def power(x, p, c):
    return np.sum(c * x**p)


def power_gradient(x, p, c):
    return c * p * x ** (p - 1), c * x**p * np.log(x)


def pseudo_huber(x, c, width):
    return np.sum(c * width**2 * (np.sqrt(1 + (x / width) ** 2) - 1))


def pseudo_huber_gradient(x, c, width):
    return c * x / np.sqrt(1 + (x / width) ** 2)


def rational(x, c):
    return np.sum(c * (x**2 + 3) / (x**4 + 1))


def rational_gradient(x, c):
    numerator, denominator = x**2 + 3, x**4 + 1
    return c * (2 * x * denominator - numerator * 4 * x**3) / denominator**2


def entropy_of_rates(x, c):
    return -np.sum(c * x * np.log(x))


def entropy_of_rates_gradient(x, c):
    return -c * (np.log(x) + 1)


def log_gamma(x, c):
    return np.sum(c * special.gammaln(x))


def log_gamma_gradient(x, c):
    return c * special.digamma(x)


def sinc(x, c):
    return np.sum(c * np.sin(x) / x)


def sinc_gradient(x, c):
    return c * (np.cos(x) / x - np.sin(x) / x**2)


def logit(x, c):
    return np.sum(c * np.log(x / (1 - x)))


def logit_gradient(x, c):
    return c / (x * (1 - x))


def probit_loss(x, c):
    return -np.sum(c * np.log(special.ndtr(x)))


def probit_loss_gradient(x, c):
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return -c * density / special.ndtr(x)


def chirp(x, c):
    return np.sum(c * np.sin(x**2) * np.exp(-x / 3))


def chirp_gradient(x, c):
    decay = np.exp(-x / 3)
    return c * (2 * x * np.cos(x**2) * decay - np.sin(x**2) * decay / 3)


PAIR = normal(6, 6)
POSITIVE = joined(uniform(0.3, 3, 6), normal(6))

ENTRIES = (
    Entry(sigmoid, sigmoid_gradient, PAIR),
    Entry(tanh, tanh_gradient, PAIR),
    Entry(softplus, softplus_gradient, PAIR),
    Entry(swish, swish_gradient, PAIR),
    Entry(gelu, gelu_gradient, PAIR),
    Entry(gelu_tanh, gelu_tanh_gradient, PAIR),
    Entry(mish, mish_gradient, PAIR),
    Entry(elu, elu_gradient, PAIR),
    Entry(relu, relu_gradient, PAIR, kinks=True),
    Entry(leaky_relu, leaky_relu_gradient, joined(PAIR, uniform(0.05, 0.4, ())), (0, 2), kinks=True),
    Entry(softsign, softsign_gradient, PAIR),
    Entry(arctan, arctan_gradient, PAIR),
    Entry(bell, bell_gradient, PAIR),
    Entry(log_cosh, log_cosh_gradient, PAIR),
    Entry(hard_sigmoid, hard_sigmoid_gradient, joined(uniform(-6, 6, 7), normal(7)), kinks=True),
    Entry(power, power_gradient, joined(uniform(0.3, 3, 5), normal(5, 5)), (0, 1)),
    Entry(pseudo_huber, pseudo_huber_gradient, joined(PAIR, uniform(0.5, 2, ()))),
    Entry(rational, rational_gradient, PAIR),
    Entry(entropy_of_rates, entropy_of_rates_gradient, POSITIVE),
    Entry(log_gamma, log_gamma_gradient, POSITIVE),
    Entry(sinc, sinc_gradient, POSITIVE),
    Entry(logit, logit_gradient, joined(uniform(0.1, 0.9, 5), normal(5))),
    Entry(probit_loss, probit_loss_gradient, PAIR),
    Entry(chirp, chirp_gradient, POSITIVE),
)
