"""The five equations for a whole batch at once: rows are examples.

Transposing the vector form puts one example into each row: z = Wᵗ a + b becomes Z = A W + b.
J is the mean over the m examples. The factor 1/m of that mean stands in Eqn 4 and 5 and nowhere else: a row of
`delta` is ∂J/∂z of its own example. `out` is memory to write the answer into; it changes no value.
"""

from __future__ import annotations

import numpy as np

from handgrad.activations import Activation
from handgrad.pairings import Pairing
from handgrad.shapes import Array, require


def pre_activation(W: Array, b: Array, a_prev: Array, *, out: Array | None = None) -> Array:
    """Eqn 1, batched: what a layer adds up.

        Z = A W + b        A is X in the lowest layer; b is added to every row

    Shapes: W (n_in, n_out), b (n_out,), a_prev (m, n_in) -> (m, n_out)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification", one example to a row.
    """
    require("pre_activation: W (n_in, n_out), b (n_out), a_prev (m, n_in)", W, b, a_prev)
    return np.add(np.matmul(a_prev, W, out=out), b, out=out)


def activate(activation: Activation, z: Array) -> Array:
    """Eqn 2, batched: what a layer answers.

        A = h(Z)

    Shapes: z (m, n_out) -> (m, n_out)
    Raises: ShapeError if z is not a batch.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification", one example to a row.
    """
    require("activate: z (m, n_out)", z)
    return activation.h(z)


def delta(activation: Activation, z: Array, W_next: Array, delta_next: Array, *, out: Array | None = None) -> Array:
    """Eqn 3, batched: how J changes with each z, in a hidden layer.

        Δ = h'(Z) ⊙ (Δ Wᵗ)        W and Δ on the right belong to the layer above
        Δ = (∂a/∂z)ᵗ (Δ Wᵗ), row by row        where h couples the units, as softmax does

    Shapes: z (m, n_in), W_next (n_in, n_out), delta_next (m, n_out) -> (m, n_in)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification", one example to a row.
    """
    require("delta: z (m, n_in), W_next (n_in, n_out), delta_next (m, n_out)", z, W_next, delta_next)
    return activation.pullback(z, np.matmul(delta_next, W_next.T, out=out))


def delta_output(pairing: Pairing, z: Array, y: Array) -> Array:
    """Eqn 3, batched: how J changes with each z, in the output layer.

        Δ = A - Y        for softmax with categorical cross-entropy
        Δ = (∂a/∂z)ᵗ ∂J/∂a, row by row        for every other pairing, which knows its own closed form

    Shapes: z (m, n_out), y (m, n_out) -> (m, n_out)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification", one example to a row.
    """
    require("delta_output: z (m, n_out), y (m, n_out)", z, y)
    return pairing.delta(z, y)


def grad_W(a_prev: Array, delta: Array, *, out: Array | None = None) -> Array:
    """Eqn 4, batched: how J changes with each weight.

        ∂J/∂W = Aᵗ Δ / m        A is X in the lowest layer; Aᵗ Δ sums a δᵗ over the examples

    Shapes: a_prev (m, n_in), delta (m, n_out) -> (n_in, n_out)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification", averaged over the rows.
    """
    require("grad_W: delta (m, n_out), a_prev (m, n_in)", delta, a_prev)
    m = len(delta)
    return np.matmul(a_prev.T, delta / m, out=out)  # Δ is smaller than W, so the division is cheaper there


def grad_b(delta: Array, *, out: Array | None = None) -> Array:
    """Eqn 5, batched: how J changes with each bias.

        ∂J/∂b = Σ δ / m        summed over the examples

    Shapes: delta (m, n_out) -> (n_out,)
    Raises: ShapeError if delta is not a batch.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification", averaged over the rows.
    """
    require("grad_b: delta (m, n_out)", delta)
    m = len(delta)
    return np.divide(np.sum(delta, axis=0, out=out), m, out=out)


def grad_x(W: Array, delta: Array, *, out: Array | None = None) -> Array:
    """Beyond the five, batched: how J changes with each input, per example as delta is.

        ∂J/∂X = Δ Wᵗ        W and Δ belong to the lowest layer

    Shapes: W (n_in, n_out), delta (m, n_out) -> (m, n_in)
    Raises: ShapeError if the sizes differ.
    Source: the product in Eqn 3, carried one step below the lowest layer.
    """
    require("grad_x: W (n_in, n_out), delta (m, n_out)", W, delta)
    return np.matmul(delta, W.T, out=out)
