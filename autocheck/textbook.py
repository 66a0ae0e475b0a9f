"""The same mathematics from the textbook: one line of JAX for everything that handgrad derives by hand.

Written separately from handgrad and shared with nothing in it: two witnesses who never met. JAX differentiates these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax.nn import log_sigmoid, log_softmax, sigmoid
from jax.nn import softmax as jax_softmax
from jax.scipy.special import rel_entr, xlogy

Function = Callable[..., Any]

ACTIVATIONS: dict[str, Function] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + jnp.exp(-z)),
    "tanh": lambda z: jnp.tanh(z),
    "relu": lambda z: jax.nn.relu(z),
    "leaky_relu": lambda z, slope: jax.nn.leaky_relu(z, slope),
    "elu": lambda z, alpha: jax.nn.elu(z, alpha),
    "selu": lambda z: jax.nn.selu(z),
    "softplus": lambda z, beta: jnp.logaddexp(beta * z, 0) / beta,
    "softsign": lambda z: jax.nn.soft_sign(z),
    "silu": lambda z: jax.nn.silu(z),
    "mish": lambda z: z * jnp.tanh(jnp.logaddexp(z, 0)),
    "gelu": lambda z: z * (1 + jax.lax.erf(z / jnp.sqrt(2))) / 2,
    "gelu_tanh": lambda z: z / 2 * (1 + jnp.tanh(jnp.sqrt(2 / jnp.pi) * (z + 0.044715 * z**3))),
    "hard_sigmoid": lambda z: jnp.clip(z / 6 + 1 / 2, 0, 1),
    "hard_tanh": lambda z: jnp.clip(z, -1, 1),
    "exponential": lambda z: jnp.exp(z),
    "softmax": lambda z, temperature: jax_softmax(z / temperature),
    "log_softmax": lambda z: log_softmax(z),
}

LOSSES: dict[str, Function] = {
    "half_squared_error": lambda a, y: jnp.sum((a - y) ** 2, -1) / 2,
    "squared_error": lambda a, y: jnp.sum((a - y) ** 2, -1),
    "absolute_error": lambda a, y: jnp.sum(jnp.abs(a - y), -1),
    "huber": lambda a, y, delta: jnp.sum(
        jnp.where(jnp.abs(a - y) <= delta, (a - y) ** 2 / 2, delta * (jnp.abs(a - y) - delta / 2)), -1
    ),
    "log_cosh": lambda a, y: jnp.sum(jnp.logaddexp(a - y, y - a) - jnp.log(2.0), -1),
    "quantile": lambda a, y, tau: jnp.sum(jnp.where(y > a, tau * (y - a), (1 - tau) * (a - y)), -1),
    "binary_cross_entropy": lambda a, y, reduction: -getattr(jnp, reduction)(xlogy(y, a) + xlogy(1 - y, 1 - a), -1),
    "categorical_cross_entropy": lambda a, y: -jnp.sum(xlogy(y, a), -1),
    "negative_log_likelihood": lambda a, y: -jnp.sum(y * a, -1),
    "kl_divergence": lambda a, y: jnp.sum(xlogy(y, y) - xlogy(y, a), -1),
    "hinge": lambda a, y: jnp.sum(jnp.maximum(0, 1 - y * a), -1),
    "squared_hinge": lambda a, y: jnp.sum(jnp.maximum(0, 1 - y * a) ** 2, -1),
    "poisson": lambda a, y: jnp.sum(a - xlogy(y, a), -1),
    "focal": lambda a, y, gamma: -jnp.sum(y * (1 - a) ** gamma * jnp.log(a) + (1 - y) * a**gamma * jnp.log(1 - a), -1),
}

INFORMATION: dict[str, Function] = {
    "entropy": lambda p: -jnp.sum(xlogy(p, p), -1),
    "cross_entropy": lambda p, q: -jnp.sum(xlogy(p, q), -1),
    "kl_divergence": lambda p, q: jnp.sum(rel_entr(p, q), -1),
}

NEURON: dict[str, Function] = {
    "half_squared_error": lambda z, y: (sigmoid(z) - y) ** 2 / 2,
    "binary_cross_entropy": lambda z, y: -y * log_sigmoid(z) - (1 - y) * log_sigmoid(-z),
}
"""One sigmoid neuron, as a function of z."""
NEURON_SLOPES: dict[str, Function] = {
    name: lambda z, y, J=J: jax.grad(lambda z: jnp.sum(J(z, y)))(z) for name, J in NEURON.items()
}


def _layer(W: Any, b: Any, a: Any, y: Any) -> Any:
    return ((a @ W + b - y) ** 2).sum() / 2


DERIVATIONS: dict[str, Function] = {
    "sigmoid'": ACTIVATIONS["sigmoid"],
    "tanh'": ACTIVATIONS["tanh"],
    "softmax, m = n": lambda z_n, others: jax_softmax(jnp.append(others, z_n))[-1],
    "softmax, m ≠ n": lambda z_n, z_m, others: jax_softmax(jnp.append(jnp.append(others, z_n), z_m))[-1],
    "softmax, the Jacobian": jax_softmax,
    "softmax with temperature": lambda z, T: jax_softmax(z / T),
    "log-softmax": log_softmax,
    "categorical cross-entropy, ∂J/∂a": LOSSES["categorical_cross_entropy"],
    "softmax with categorical cross-entropy": lambda z, y: -y @ log_softmax(z),
    "softmax with categorical cross-entropy, Σ y = 1": lambda z, y: -y @ log_softmax(z),
    "softmax with temperature and categorical cross-entropy": lambda z, y, T: -y @ log_softmax(z / T),
    "sigmoid with binary cross-entropy": NEURON["binary_cross_entropy"],
    "sigmoid with binary cross-entropy, summed": lambda z, y: -(y @ log_sigmoid(z)) - (1 - y) @ log_sigmoid(-z),
    "sigmoid with binary cross-entropy, averaged": lambda z, y: (
        -jnp.mean(y * log_sigmoid(z) + (1 - y) * log_sigmoid(-z))
    ),
    "sigmoid with half squared error": lambda z, y: jnp.sum((sigmoid(z) - y) ** 2) / 2,
    "half squared error on a sigmoid, d²J/dz²": NEURON_SLOPES["half_squared_error"],
    "binary cross-entropy on a sigmoid, d²J/dz²": NEURON_SLOPES["binary_cross_entropy"],
    "sigmoid with half squared error, saturated": NEURON["half_squared_error"],
    **dict.fromkeys(
        ("Eqn 3, elemental", "Eqn 3, vector", "Eqn 3, batched"), lambda z, W, b, y: _layer(W, b, sigmoid(z), y)
    ),
    **dict.fromkeys(("Eqn 4, elemental", "Eqn 4, vector", "Eqn 5, elemental", "Eqn 5, vector"), _layer),
    **dict.fromkeys(("Eqn 4, batched", "Eqn 5, batched"), lambda W, b, A, Y: _layer(W, b, A, Y) / len(A)),
    **dict.fromkeys(("∂J/∂x, elemental", "∂J/∂x, vector", "∂J/∂x, batched"), _layer),
    "L2 penalty": lambda W, b, a, y, l2: _layer(W, b, a, y) + l2 * (W**2).sum() / 2,
}


def information(name: str, unit: str, variable: str) -> Function:
    """The measure in bits or nats; where `variable` is "logits of p" (of q), p (q) is the softmax of what is given."""
    logits = [variable == f"logits of {letter}" for letter in "pq"]
    probabilities = lambda given: [jax_softmax(x) if z else x for x, z in zip(given, logits, strict=False)]  # noqa: E731
    return lambda *given: INFORMATION[name](*probabilities(given)) / (jnp.log(2.0) if unit == "bits" else 1)


def activation(family: str, parameters: Mapping[str, Any]) -> Function:
    """z -> a of an activation and its settings."""
    return lambda z: ACTIVATIONS[family](z, **parameters)


def loss(family: str, parameters: Mapping[str, Any]) -> Function:
    """(a, y) -> J of a loss and its settings."""
    return lambda a, y: LOSSES[family](a, y, **parameters)


def pairing(loss_of: Function, activation_of: Function) -> Function:
    """(z, y) -> J: the loss of the activation, nothing cancelled."""
    return lambda z, y: loss_of(activation_of(z), y)


def mean_loss(loss_of: Function, activations: list[Function], l2: float) -> Function:
    """(W, b, X, Y) -> the mean loss of a network, and its penalty."""

    def J(W: Any, b: Any, X: Any, Y: Any) -> Any:
        a = X
        for W_L, b_L, h in zip(W, b, activations, strict=True):
            a = h(a @ W_L + b_L)
        return jnp.mean(loss_of(a, Y)) + l2 / 2 * sum(jnp.sum(W_L**2) for W_L in W)

    return J
