"""Derivatives of the activations: sigmoid, tanh, softmax in both cases and as a matrix, with a temperature, and its logarithm."""

from __future__ import annotations

import numpy as np

from handgrad import activations
from handgrad.derivations.step import BEYOND, CODE, GENERAL, MULTI_CLASS, Derivation, Step
from handgrad.shapes import Array


def sigma(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _u_prime(z: Array) -> Array:
    """of u = 1 + e^(-z)"""
    return -np.exp(-z)


def softmax(z: Array) -> Array:
    return np.exp(z) / np.sum(np.exp(z))


def eye(z: Array) -> Array:
    return np.eye(len(z))


# --- sigmoid and tanh -------------------------------------------------------------------------------------------------

sigmoid = Derivation(
    "sigmoid'",
    "the derivative of the sigmoid",
    r"a = \frac{1}{1 + e^{-z}}",
    sigma,
    {"z": ("logits",)},
    (
        Step(
            r"-\frac{u'}{u^2},\ u = 1 + e^{-z}",
            "reciprocal rule",
            lambda z: -_u_prime(z) / (1 + np.exp(-z)) ** 2,
            GENERAL,
        ),
        Step(r"\frac{e^{-z}}{(1 + e^{-z})^2}", "u' = -e^(-z)", lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
        Step(
            r"\frac{1}{1 + e^{-z}} \cdot \frac{(1 + e^{-z}) - 1}{1 + e^{-z}}",
            "one factor set apart, and 1 added and taken away",
            lambda z: 1 / (1 + np.exp(-z)) * ((1 + np.exp(-z)) - 1) / (1 + np.exp(-z)),
        ),
        Step(
            r"\frac{1}{1 + e^{-z}} \left(1 - \frac{1}{1 + e^{-z}}\right)",
            "the second factor divided term by term",
            lambda z: 1 / (1 + np.exp(-z)) * (1 - 1 / (1 + np.exp(-z))),
        ),
        Step(r"a (1 - a)", "by the definition of a", lambda z: sigma(z) * (1 - sigma(z)), GENERAL),
        Step(r"\frac{E}{(1 + E)^2},\ E = e^{-|z|}", CODE, activations.sigmoid_prime),
    ),
)

tanh = Derivation(
    "tanh'",
    "the derivative of tanh",
    r"a = \frac{e^z - e^{-z}}{e^z + e^{-z}}",
    lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    {"z": ("logits",)},
    (
        Step(
            r"\frac{(e^z + e^{-z})(e^z + e^{-z}) - (e^z - e^{-z})(e^z - e^{-z})}{(e^z + e^{-z})^2}",
            "quotient rule: each of the two is the other's derivative",
            lambda z: ((np.exp(z) + np.exp(-z)) ** 2 - (np.exp(z) - np.exp(-z)) ** 2) / (np.exp(z) + np.exp(-z)) ** 2,
        ),
        Step(
            r"1 - \left(\frac{e^z - e^{-z}}{e^z + e^{-z}}\right)^2",
            "divided term by term",
            lambda z: 1 - ((np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))) ** 2,
        ),
        Step(r"1 - a^2", "by the definition of a", lambda z: 1 - np.tanh(z) ** 2),
        Step(r"\frac{4 E^2}{(1 + E^2)^2},\ E = e^{-|z|}", CODE, activations.tanh_prime),
    ),
)


# --- softmax: both cases, then the matrix -----------------------------------------------------------------------------


def _sum_own(z_n: Array, others: Array) -> Array:
    return np.exp(z_n) + np.sum(np.exp(others))


def _sum_other(z_n: Array, z_m: Array, others: Array) -> Array:
    return np.exp(z_n) + np.exp(z_m) + np.sum(np.exp(others))


softmax_own = Derivation(
    "softmax, m = n",
    "how an output of softmax depends on its own z",
    r"a_n = \frac{e^{z_n}}{S},\ S = \sum_m e^{z_m}",
    lambda z_n, others: np.exp(z_n) / _sum_own(z_n, others),
    {"z_n": ("logits",), "others": ("logits", "n")},
    (
        Step(
            r"\frac{S e^{z_n} - e^{z_n} e^{z_n}}{S^2}",
            "quotient rule: of S only the n-th term depends on z_n",
            lambda z, r: (_sum_own(z, r) * np.exp(z) - np.exp(z) * np.exp(z)) / _sum_own(z, r) ** 2,
            MULTI_CLASS[3],
        ),
        Step(
            r"\frac{e^{z_n}}{S} \left(\frac{e^{z_n}}{e^{z_n}} - \frac{e^{z_n}}{S}\right)",
            "a_n taken out",
            lambda z, r: np.exp(z) / _sum_own(z, r) * (np.exp(z) / np.exp(z) - np.exp(z) / _sum_own(z, r)),
            MULTI_CLASS[3],
        ),
        Step(
            r"a_n (1 - a_n)",
            "by the definition of a",
            lambda z, r: np.exp(z) / _sum_own(z, r) * (1 - np.exp(z) / _sum_own(z, r)),
            MULTI_CLASS[3],
        ),
    ),
)

softmax_other = Derivation(
    "softmax, m ≠ n",
    "how an output of softmax depends on the z of another one",
    r"a_m = \frac{e^{z_m}}{S},\ S = \sum_{m'} e^{z_{m'}}",
    lambda z_n, z_m, others: np.exp(z_m) / _sum_other(z_n, z_m, others),
    {"z_n": ("logits",), "z_m": ("logits",), "others": ("logits", "n")},
    (
        Step(
            r"\frac{S \cdot 0 - e^{z_m} e^{z_n}}{S^2}",
            "quotient rule: the numerator does not depend on z_n",
            lambda z, w, r: (0 - np.exp(w) * np.exp(z)) / _sum_other(z, w, r) ** 2,
            MULTI_CLASS[4],
        ),
        Step(
            r"\frac{e^{z_m}}{S} \left(0 - \frac{e^{z_n}}{S}\right)",
            "a_m taken out",
            lambda z, w, r: np.exp(w) / _sum_other(z, w, r) * (0 - np.exp(z) / _sum_other(z, w, r)),
            MULTI_CLASS[4],
        ),
        Step(
            r"-a_m a_n",
            "by the definition of a",
            lambda z, w, r: -(np.exp(w) / _sum_other(z, w, r)) * (np.exp(z) / _sum_other(z, w, r)),
            MULTI_CLASS[4],
        ),
    ),
)


def both_cases(z: Array) -> Array:
    """[m, n]: a_n (1 - a_n) where m = n, -a_m a_n elsewhere."""
    a, own = softmax(z), eye(z)
    return own * (a * (1 - a)) + (1 - own) * (-a[:, None] * a[None, :])


def outer_form(z: Array) -> Array:
    a = softmax(z)
    return a[:, None] * eye(z) - a[:, None] * a[None, :]


softmax_matrix = Derivation(
    "softmax, the Jacobian",
    "both cases as one matrix",
    r"a = \frac{e^z}{\sum_m e^{z_m}}",
    softmax,
    {"z": ("logits", "n")},
    (
        Step(
            r"\frac{\partial a_m}{\partial z_n} = \begin{cases} a_n (1 - a_n) & m = n \\ -a_m a_n & m \ne n \end{cases}",
            "the two derivations before",
            both_cases,
            MULTI_CLASS[3],
        ),
        Step(
            r"a_m (\delta_{mn} - a_n)",
            "the Kronecker delta tells the cases apart",
            lambda z: softmax(z)[:, None] * (eye(z) - softmax(z)[None, :]),
        ),
        Step(r"\mathrm{diag}(a) - a a^t", "multiplied out; row m, column n", outer_form),
        Step(r"\frac{\partial a}{\partial z}", CODE, activations.softmax().jacobian),
    ),
)


# --- with a temperature, and the logarithm ----------------------------------------------------------------------------


def _warm(z: Array, T: Array) -> Array:
    return softmax(z / T)


softmax_temperature = Derivation(
    "softmax with temperature",
    "the Jacobian at temperature T",
    r"a = \mathrm{softmax}(u),\ u = z/T",
    _warm,
    {"z": ("real", "n"), "T": ("positive",)},
    (
        Step(
            r"\sum_k \frac{\partial a_m}{\partial u_k} \frac{\partial u_k}{\partial z_n} = "
            r"\sum_k a_m (\delta_{mk} - a_k) \frac{\delta_{kn}}{T}",
            "chain rule, and the Jacobian of softmax",
            lambda z, T: outer_form(z / T) @ (eye(z) / T),
        ),
        Step(
            r"\frac{a_m (\delta_{mn} - a_n)}{T}",
            "only u_n depends on z_n",
            lambda z, T: _warm(z, T)[:, None] * (eye(z) - _warm(z, T)[None, :]) / T,
        ),
        Step(r"\frac{\mathrm{diag}(a) - a a^t}{T}", "as a matrix", lambda z, T: outer_form(z / T) / T),
    ),
)


def _log_softmax(z: Array) -> Array:
    return z - np.log(np.sum(np.exp(z)))


log_softmax = Derivation(
    "log-softmax",
    "the Jacobian of the logarithm of softmax",
    r"l_m = z_m - \ln S,\ S = \sum_k e^{z_k}",
    _log_softmax,
    {"z": ("logits", "n")},
    (
        Step(
            r"\delta_{mn} - \frac{1}{S} \sum_k \frac{\partial e^{z_k}}{\partial z_n}",
            "chain rule for the logarithm",
            lambda z: eye(z) - (np.sum(np.exp(z)[:, None] * eye(z), axis=0) / np.sum(np.exp(z)))[None, :],
        ),
        Step(
            r"\delta_{mn} - \frac{e^{z_n}}{S}",
            "of the sum only the n-th term depends on z_n",
            lambda z: eye(z) - (np.exp(z) / np.sum(np.exp(z)))[None, :],
        ),
        Step(
            r"I - \mathbf{1} a^t",
            "by the definition of a; every row loses the same",
            lambda z: eye(z) - np.ones_like(z)[:, None] @ softmax(z)[None, :],
        ),
        Step(r"\frac{\partial l}{\partial z}", CODE, activations.log_softmax.jacobian, BEYOND),
    ),
)

ACTIVATION_DERIVATIONS = (sigmoid, tanh, softmax_own, softmax_other, softmax_matrix, softmax_temperature, log_softmax)
