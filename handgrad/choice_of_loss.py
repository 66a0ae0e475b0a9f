"""Which loss for a classifier: squared error or cross-entropy, on one sigmoid neuron and on networks that read real digits.

    a = σ(z), z = w·x + b        J(z, y) = ½(a - y)², or -[y ln a + (1 - y) ln(1 - a)]

A loss is convex along every line in (w, b) where d²J/dz² is nowhere below 0: z is linear in w and b.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from handgrad.activations import sigmoid_h, sigmoid_prime
from handgrad.data import Digits
from handgrad.losses import CHOICE
from handgrad.network import Network, Parameters, forward, initial_parameters
from handgrad.pairings import pairing
from handgrad.shapes import Array, require
from handgrad.training import train

Function = Callable[[Array, Array], Array]
CROSS_ENTROPY_DELTA = pairing("binary_cross_entropy", "sigmoid").delta


@dataclass(frozen=True, slots=True)
class NeuronLoss:
    """A loss on one sigmoid neuron, as a function of z, with its first and second derivative beside it."""

    name: str
    value: Function
    slope: Function
    curvature: Function
    latex: str
    latex_slope: str
    latex_curvature: str
    source: str = CHOICE


# --- half the squared error -------------------------------------------------------------------------------------------


def half_squared_value(z: Array, y: Array) -> Array:
    """J = ½(a - y)²"""
    return (sigmoid_h(z) - y) ** 2 / 2


def half_squared_slope(z: Array, y: Array) -> Array:
    """dJ/dz = (a - y) h', and h' is at most e^-|z|: a neuron that is wrong and sure of it learns next to nothing"""
    return (sigmoid_h(z) - y) * sigmoid_prime(z)


def half_squared_curvature(z: Array, y: Array) -> Array:
    """d²J/dz² = h'² + (a - y) h'', by the product rule, with h'' = h'(1 - 2a) and 1 - 2a = -tanh(z/2)

    For y = 0 it is below 0 from a = 2/3 on: not convex.
    """
    slope = sigmoid_prime(z)
    return slope * (slope - (sigmoid_h(z) - y) * np.tanh(z / 2))


# --- binary cross-entropy ---------------------------------------------------------------------------------------------


def cross_entropy_value(z: Array, y: Array) -> Array:
    """J = y softplus(-z) + (1 - y) softplus(z) = max(z, 0) - y z + ln(1 + e^-|z|)"""
    return np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))


def cross_entropy_slope(z: Array, y: Array) -> Array:
    """dJ/dz = a - y: h' has cancelled, so the slope is as large as the error"""
    return CROSS_ENTROPY_DELTA(z, y)


def cross_entropy_curvature(z: Array, y: Array) -> Array:
    """d²J/dz² = h', above 0 everywhere: convex"""
    return sigmoid_prime(z) + 0 * y


NEURON_LOSSES: tuple[NeuronLoss, ...] = (
    NeuronLoss(
        "half_squared_error",
        half_squared_value,
        half_squared_slope,
        half_squared_curvature,
        r"J = \frac{1}{2} (a - y)^2",
        r"\frac{dJ}{dz} = (a - y) a (1 - a)",
        r"\frac{d^2 J}{dz^2} = a (1 - a) [a (1 - a) + (a - y)(1 - 2 a)]",
    ),
    NeuronLoss(
        "binary_cross_entropy",
        cross_entropy_value,
        cross_entropy_slope,
        cross_entropy_curvature,
        r"J = -[y \ln a + (1 - y) \ln (1 - a)]",
        r"\frac{dJ}{dz} = a - y",
        r"\frac{d^2 J}{dz^2} = a (1 - a)",
    ),
)


# --- along a line in (w, b), and over a plane of it -------------------------------------------------------------------


def along(loss: NeuronLoss, w: Array, b: Array, X: Array, y: Array, u: Array, v: Array, t: Array) -> Array:
    """J of a batch at (w + t u, b + t v), its slope and its curvature with respect to t:

        J = Σ J_i / m        dJ/dt = Σ J_i' s_i / m        d²J/dt² = Σ J_i'' s_i² / m        s = X u + v

    Shapes: w (n_in,), b (), X (m, n_in), y (m,), u (n_in,), v (), t () -> (3,)
    Raises: ShapeError if the sizes differ.
    """
    require("along: w (n_in), X (m, n_in), y (m), u (n_in)", w, X, y, u)
    s = X @ u + v
    z = X @ w + b + t * s
    return np.stack([np.mean(loss.value(z, y)), np.mean(loss.slope(z, y) * s), np.mean(loss.curvature(z, y) * s * s)])


def surface(loss: NeuronLoss, w: Array, b: Array, x: Array, y: Array) -> Array:
    """J of a neuron with one input, over all pairs of a w and a b, averaged over the examples.

    Shapes: w (k,), b (l,), x (m,), y (m,) -> (k, l)
    Raises: ShapeError if the sizes differ.
    """
    require("surface: w (k), b (l), x (m), y (m)", w, b, x, y)
    z = w[:, None, None] * x + b[None, :, None]
    return np.asarray(np.mean(loss.value(z, y), axis=-1))


def slope_for_error(loss: NeuronLoss, error: Array) -> Array:
    """|dJ/dz| of a neuron that should say 0 and says `error`: e²(1 - e) or e.

    Shapes: error (k,) -> (k,), each between 0 and 1
    """
    z = np.log(error) - np.log1p(-error)
    return np.abs(loss.slope(z, np.zeros_like(z)))


# --- networks that read digits ----------------------------------------------------------------------------------------

IS = {
    "even": (0, 2, 4, 6, 8),
    "a prime": (2, 3, 5, 7),
    "a square": (0, 1, 4, 9),
    "above 4": (5, 6, 7, 8, 9),
}
"""Questions about a digit, of which any number may be answered yes."""


@dataclass(frozen=True, slots=True)
class Task:
    """A way to ask about digits: the activation that answers, and the losses to choose from."""

    name: str
    questions: tuple[tuple[int, ...], ...]
    """For each output the digits for which the answer is yes."""
    activation: str
    losses: tuple[str, ...]

    def targets(self, Y: Array) -> Array:
        """One-hot digits (m, 10) -> answers (m, n_out)."""
        return np.stack([Y[:, list(yes)].sum(axis=1) for yes in self.questions], axis=1)

    def right(self, a: Array, y: Array) -> float:
        """The share of examples whose answers are all right: the largest output for softmax, else above one half."""
        if self.activation == "softmax":
            return float(np.mean(np.argmax(a, axis=1) == np.argmax(y, axis=1)))
        return float(np.mean(np.all((a > 0.5) == (y > 0.5), axis=1)))


TASKS: tuple[Task, ...] = (
    Task("binary", (IS["even"],), "sigmoid", ("half_squared_error", "binary_cross_entropy")),
    Task("categorical", tuple((k,) for k in range(10)), "softmax", ("half_squared_error", "categorical_cross_entropy")),
    Task("multi-label", tuple(IS.values()), "sigmoid", ("half_squared_error", "binary_cross_entropy")),
)


@dataclass(frozen=True, slots=True)
class Trained:
    """What training with one loss came to."""

    task: str
    loss: str
    losses: tuple[float, ...]
    """J after each epoch, each in the units of its own loss."""
    right: float
    """Held-out share of examples with all answers right."""
    shrunk: float
    """Mean size of the output delta at the start, beside that of the error a - y: how much of it the loss lets through."""


def train_each(task: Task, data: Digits, epochs: int = 20, scale: float = 1.0, seed: int = 0) -> tuple[Trained, ...]:
    """The same network, from the same start, trained with each loss of the task.

    scale: how much larger than usual the output layer's first weights are; from about 10 on its units start out saturated.
    """
    start = initial_parameters((data.X.shape[1], 32, len(task.questions)), seed=seed)
    start = Parameters((*start.W[:-1], start.W[-1] * scale), start.b)
    Y, held_out = task.targets(data.Y), task.targets(data.Y_held_out)
    found = []
    for loss in task.losses:
        network = Network.named("tanh", task.activation, loss=loss)
        trace = forward(network, start, data.X)
        delta = network.pairing.delta(trace.z[-1], Y)
        history = train(network, start, data.X, Y, epochs=epochs, seed=seed, progress=False)
        right = task.right(forward(network, history.parameters, data.X_held_out).a[-1], held_out)
        shrunk = float(np.mean(np.abs(delta)) / np.mean(np.abs(trace.a[-1] - Y)))
        found.append(Trained(task.name, loss, tuple(history.losses), right, shrunk))
    return tuple(found)
