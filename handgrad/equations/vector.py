"""The five equations for one example, with matrices, as the lecture writes them in its vector form.

W has shape (n_in, n_out), so the weights enter Eqn 1 transposed and Eqn 3 as they are.
`delta` is ∂J/∂z of one layer. `a_prev` is the layer below, which for the lowest layer is x.
"""

from __future__ import annotations

from handgrad.activations import Activation
from handgrad.pairings import Pairing
from handgrad.shapes import Array, require


def pre_activation(W: Array, b: Array, a_prev: Array) -> Array:
    """Eqn 1, vector: what a layer adds up.

        z = Wᵗ a + b        a is x in the lowest layer

    Shapes: W (n_in, n_out), b (n_out,), a_prev (n_in,) -> (n_out,)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification".
    """
    require("pre_activation: W (n_in, n_out), b (n_out), a_prev (n_in)", W, b, a_prev)
    return W.T @ a_prev + b


def activate(activation: Activation, z: Array) -> Array:
    """Eqn 2, vector: what a layer answers.

        a = h(z)

    Shapes: z (n_out,) -> (n_out,)
    Raises: ShapeError if z is not one example.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification".
    """
    require("activate: z (n_out)", z)
    return activation.h(z)


def delta(activation: Activation, z: Array, W_next: Array, delta_next: Array) -> Array:
    """Eqn 3, vector: how J changes with each z, in a hidden layer.

        δ = h'(z) ⊙ (W δ)        W and δ on the right belong to the layer above
        δ = (∂a/∂z)ᵗ (W δ)        where h couples the units, as softmax does

    Shapes: z (n_in,), W_next (n_in, n_out), delta_next (n_out,) -> (n_in,)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification".
    """
    require("delta: z (n_in), W_next (n_in, n_out), delta_next (n_out)", z, W_next, delta_next)
    return activation.pullback(z, W_next @ delta_next)


def delta_output(pairing: Pairing, z: Array, y: Array) -> Array:
    """Eqn 3, vector: how J changes with each z, in the output layer.

        δ = a - y        for softmax with categorical cross-entropy
        δ = (∂a/∂z)ᵗ ∂J/∂a        for every other pairing, which knows its own closed form

    Shapes: z (n_out,), y (n_out,) -> (n_out,)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification".
    """
    require("delta_output: z (n_out), y (n_out)", z, y)
    return pairing.delta(z, y)


def grad_W(a_prev: Array, delta: Array) -> Array:
    """Eqn 4, vector: how J changes with each weight.

        ∂J/∂W = a δᵗ        a is x in the lowest layer; a column times a row

    Shapes: a_prev (n_in,), delta (n_out,) -> (n_in, n_out)
    Raises: ShapeError if either is not one example.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification".
    """
    require("grad_W: delta (n_out), a_prev (n_in)", delta, a_prev)
    return a_prev[:, None] @ delta[None, :]


def grad_b(delta: Array) -> Array:
    """Eqn 5, vector: how J changes with each bias.

        ∂J/∂b = δ

    Shapes: delta (n_out,) -> (n_out,)
    Raises: ShapeError if delta is not one example.
    Source: lecture slide "Backpropagation: Multi-Class Categorical Classification".
    """
    require("grad_b: delta (n_out)", delta)
    return delta.copy()


def grad_x(W: Array, delta: Array) -> Array:
    """Beyond the five, vector: how J changes with each input.

        ∂J/∂x = W δ        W and δ belong to the lowest layer

    Shapes: W (n_in, n_out), delta (n_out,) -> (n_in,)
    Raises: ShapeError if the sizes differ.
    Source: the product in Eqn 3, carried one step below the lowest layer.
    """
    require("grad_x: W (n_in, n_out), delta (n_out)", W, delta)
    return W @ delta
