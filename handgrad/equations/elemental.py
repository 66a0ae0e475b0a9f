"""The five equations index by index, as the lecture prints them. One example; every array is a vector, but for W.

W has shape (n_in, n_out): w_im leads from unit i below to unit m above.
`delta` is ∂J/∂z of one layer. `a_prev` is the layer below, which for the lowest layer is x.
"""

from __future__ import annotations

import numpy as np

from handgrad.activations import Activation
from handgrad.pairings import Pairing
from handgrad.shapes import Array, require


def pre_activation(W: Array, b: Array, a_prev: Array) -> Array:
    """Eqn 1, elemental: what a layer adds up.

        z_m = Σ_i w_im a_i + b_m        a_i is x_i in the lowest layer

    Shapes: W (n_in, n_out), b (n_out,), a_prev (n_in,) -> (n_out,)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation General Formalism in the Elemental Form".
    """
    require("pre_activation: W (n_in, n_out), b (n_out), a_prev (n_in)", W, b, a_prev)
    n_in, n_out = W.shape
    return np.stack([sum(W[i, m] * a_prev[i] for i in range(n_in)) + b[m] for m in range(n_out)])


def activate(activation: Activation, z: Array) -> Array:
    """Eqn 2, elemental: what a layer answers.

        a_m = h(z_m)        a_m = h_m(z_1, z_2, ...) where h couples the units, as softmax does

    Shapes: z (n_out,) -> (n_out,)
    Raises: ShapeError if z is not one example.
    Source: lecture slide "Backpropagation General Formalism in the Elemental Form".
    """
    require("activate: z (n_out)", z)
    if activation.vector_valued:
        return activation.h(z)
    return np.stack([activation.h(z[m]) for m in range(len(z))])


def delta(activation: Activation, z: Array, W_next: Array, delta_next: Array) -> Array:
    """Eqn 3, elemental: how J changes with each z, in a hidden layer.

        δ_n = h'(z_n) Σ_m w_nm δ_m        w_nm and δ_m belong to the layer above
        δ_n = Σ_k ∂a_k/∂z_n Σ_m w_km δ_m        where h couples the units

    Shapes: z (n_in,), W_next (n_in, n_out), delta_next (n_out,) -> (n_in,)
    Raises: ShapeError if the sizes differ.
    Source: lecture slide "Backpropagation General Formalism in the Elemental Form".
    """
    require("delta: z (n_in), W_next (n_in, n_out), delta_next (n_out)", z, W_next, delta_next)
    n_in, n_out = W_next.shape
    below = [sum(W_next[n, m] * delta_next[m] for m in range(n_out)) for n in range(n_in)]
    if activation.h_prime is None:
        jacobian = activation.jacobian(z)
        return np.stack([sum(jacobian[k, n] * below[k] for k in range(n_in)) for n in range(n_in)])
    return np.stack([activation.h_prime(z[n]) * below[n] for n in range(n_in)])


def delta_output(pairing: Pairing, z: Array, y: Array) -> Array:
    """Eqn 3, elemental: how J changes with each z, in the output layer.

        δ_n = (a_n - y_n) h'(z_n)        for half the squared error
        δ_n = Σ_m ∂J/∂a_m ∂a_m/∂z_n        for every other pairing, which knows its own closed form

    Shapes: z (n_out,), y (n_out,) -> (n_out,)
    Raises: ShapeError if the sizes differ.
    Source: lecture slides "Backpropagation General Formalism in the Elemental Form" and
        "Backpropagation: Multi-Class Categorical Classification".
    """
    require("delta_output: z (n_out), y (n_out)", z, y)
    return pairing.delta(z, y)


def grad_W(a_prev: Array, delta: Array) -> Array:
    """Eqn 4, elemental: how J changes with each weight.

        ∂J/∂w_mn = a_m δ_n        a_m is x_m in the lowest layer

    Shapes: a_prev (n_in,), delta (n_out,) -> (n_in, n_out)
    Raises: ShapeError if either is not one example.
    Source: lecture slide "Backpropagation General Formalism in the Elemental Form".
    """
    require("grad_W: delta (n_out), a_prev (n_in)", delta, a_prev)
    return np.stack([np.stack([a_prev[m] * delta[n] for n in range(len(delta))]) for m in range(len(a_prev))])


def grad_b(delta: Array) -> Array:
    """Eqn 5, elemental: how J changes with each bias.

        ∂J/∂b_n = δ_n

    Shapes: delta (n_out,) -> (n_out,)
    Raises: ShapeError if delta is not one example.
    Source: lecture slide "Backpropagation General Formalism in the Elemental Form".
    """
    require("grad_b: delta (n_out)", delta)
    return np.stack([delta[n] for n in range(len(delta))])


def grad_x(W: Array, delta: Array) -> Array:
    """Beyond the five, elemental: how J changes with each input.

        ∂J/∂x_i = Σ_m w_im δ_m        w_im and δ_m belong to the lowest layer

    Shapes: W (n_in, n_out), delta (n_out,) -> (n_in,)
    Raises: ShapeError if the sizes differ.
    Source: the sum in Eqn 3, carried one step below the lowest layer.
    """
    require("grad_x: W (n_in, n_out), delta (n_out)", W, delta)
    n_in, n_out = W.shape
    return np.stack([sum(W[i, m] * delta[m] for m in range(n_out)) for i in range(n_in)])
