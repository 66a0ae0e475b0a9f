"""Eqn 3, 4 and 5, the gradient with respect to x, and the L2 penalty; index by index, for one example, for a batch.

What is differentiated has half the squared error of the layer above on top, so that there is a δ to hand down: δ = z - y there.
A line uses it through that δ alone, so it holds for any other loss with its own δ.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad import activations
from handgrad.derivations.activations import sigma
from handgrad.derivations.step import BEYOND, GENERAL, MULTI_CLASS, Derivation, Step
from handgrad.equations import batched, elemental, vector
from handgrad.shapes import Array


def _residual(W: Array, b: Array, a: Array, y: Array) -> Array:
    """δ of the upper layer, z - y; a row for each row of a"""
    return a @ W + b - y


def _half_square(delta: Array) -> Any:
    return np.sum(delta**2) / 2


# --- Eqn 3: from the δ above to the δ below ---------------------------------------------------------------------------


def _above(z: Array, W: Array, b: Array, y: Array) -> Array:
    return _residual(W, b, sigma(z), y)


def _h_prime(z: Array) -> Array:
    return sigma(z) * (1 - sigma(z))


def _diagonal(v: Array) -> Array:
    return v[:, None] * np.eye(len(v))


LOWER = r"J = \frac{1}{2} \sum_m (z_m^{L+1} - y_m)^2,\ z^{L+1} = (W^{L+1})^t h(z^L) + b^{L+1}"
ONE = {"z": ("logits", "n"), "W": ("real", "n", "k"), "b": ("real", "k"), "y": ("real", "k")}
MANY = {"z": ("logits", "m", "n"), "W": ("real", "n", "k"), "b": ("real", "k"), "y": ("real", "m", "k")}

delta_elemental = Derivation(
    "Eqn 3, elemental",
    "δ of a hidden layer from δ of the layer above, index by index",
    LOWER,
    lambda z, W, b, y: _half_square(_above(z, W, b, y)),
    ONE,
    (
        Step(
            r"\sum_m \frac{\partial J}{\partial z_m^{L+1}} \frac{\partial z_m^{L+1}}{\partial z_n^L} = "
            r"\sum_m \delta_m^{L+1} \sum_i w_{im}^{L+1} \frac{\partial a_i^L}{\partial z_n^L}",
            "chain rule: z_n acts on J through every z_m above",
            lambda z, W, b, y: np.sum(_above(z, W, b, y)[:, None] * (W.T @ _diagonal(_h_prime(z))), axis=0),
            GENERAL,
        ),
        Step(
            r"\sum_m \delta_m^{L+1} w_{nm}^{L+1} h'(z_n^L)",
            "of the sum over i only a_n depends on z_n",
            lambda z, W, b, y: np.sum(_above(z, W, b, y)[None, :] * W * _h_prime(z)[:, None], axis=1),
            GENERAL,
        ),
        Step(
            r"h'(z_n^L) \sum_m \delta_m^{L+1} w_{nm}^{L+1}",
            "h'(z_n) does not depend on m; as handgrad computes it",
            lambda z, W, b, y: elemental.delta(activations.sigmoid, z, W, _above(z, W, b, y)),
            GENERAL,
        ),
    ),
)

delta_vector = Derivation(
    "Eqn 3, vector",
    "the same with matrices",
    LOWER,
    delta_elemental.f,
    ONE,
    (
        Step(
            r"\left(\frac{\partial z^{L+1}}{\partial z^L}\right)^t \delta^{L+1} = "
            r"\left((W^{L+1})^t \mathrm{diag}(h'(z^L))\right)^t \delta^{L+1}",
            "chain rule: the Jacobian of z = Wᵗ h(z), transposed",
            lambda z, W, b, y: (W.T @ _diagonal(_h_prime(z))).T @ _above(z, W, b, y),
        ),
        Step(
            r"\mathrm{diag}(h'(z^L)) W^{L+1} \delta^{L+1}",
            "the transpose of a product is the product of the transposes, in the other order",
            lambda z, W, b, y: _diagonal(_h_prime(z)) @ W @ _above(z, W, b, y),
        ),
        Step(
            r"h'(z^L) \odot W^{L+1} \delta^{L+1}",
            "a diagonal matrix multiplies element by element; as handgrad computes it",
            lambda z, W, b, y: vector.delta(activations.sigmoid, z, W, _above(z, W, b, y)),
            MULTI_CLASS[6],
        ),
    ),
)

delta_batched = Derivation(
    "Eqn 3, batched",
    "the same for a batch: a row for each example",
    r"J = \sum \frac{1}{2} (Z^{L+1} - Y)^2,\ Z^{L+1} = h(Z^L) W^{L+1} + b^{L+1}",
    lambda Z, W, b, Y: _half_square(_above(Z, W, b, Y)),
    MANY,
    (
        Step(
            r"\left(h'(z) \odot W \delta\right)^t \text{ in each row}",
            "examples do not touch one another: the vector form for each",
            lambda Z, W, b, Y: np.stack([_h_prime(z) * (W @ _above(z, W, b, y)) for z, y in zip(Z, Y, strict=True)]),
        ),
        Step(
            r"h'(Z) \odot \Delta W^t",
            "(W δ)ᵗ = δᵗ Wᵗ, for all rows at once",
            lambda Z, W, b, Y: _h_prime(Z) * (_above(Z, W, b, Y) @ W.T),
        ),
        Step(
            r"h'(Z) \odot \Delta W^t",
            "as handgrad computes it",
            lambda Z, W, b, Y: batched.delta(activations.sigmoid, Z, W, _above(Z, W, b, Y)),
        ),
    ),
)

# --- Eqn 4: the weights -----------------------------------------------------------------------------------------------

LAYER = r"J = \frac{1}{2} \sum_n (z_n - y_n)^2,\ z = W^t a + b"
BATCH = r"J = \frac{1}{m} \sum \frac{1}{2} (Z - Y)^2,\ Z = A W + b"
ONE_LAYER = {"W": ("real", "n", "k"), "b": ("real", "k"), "a": ("real", "n"), "y": ("real", "k")}
MANY_ROWS = {"W": ("real", "n", "k"), "b": ("real", "k"), "A": ("real", "m", "n"), "Y": ("real", "m", "k")}


def _one(W: Array, b: Array, a: Array, y: Array) -> Any:
    return _half_square(_residual(W, b, a, y))


def _mean(W: Array, b: Array, A: Array, Y: Array) -> Any:
    return _half_square(_residual(W, b, A, Y)) / len(A)


def _weights_to_units(W: Array, a: Array) -> Array:
    """[m, n, k] = ∂z_k/∂w_mn: a_m where k = n, else 0"""
    return a[:, None, None] * np.eye(W.shape[1])[None, :, :]


weights_elemental = Derivation(
    "Eqn 4, elemental",
    "how J changes with each weight",
    LAYER,
    _one,
    ONE_LAYER,
    (
        Step(
            r"\sum_k \frac{\partial J}{\partial z_k} \frac{\partial z_k}{\partial w_{mn}}",
            "chain rule",
            lambda W, b, a, y: np.sum(_residual(W, b, a, y)[None, None, :] * _weights_to_units(W, a), axis=2),
        ),
        Step(
            r"\delta_n \frac{\partial z_n}{\partial w_{mn}} = \delta_n a_m",
            "w_mn leads to unit n only, and is multiplied with a_m there",
            lambda W, b, a, y: _residual(W, b, a, y)[None, :] * a[:, None],
            GENERAL,
        ),
        Step(
            r"a_m \delta_n",
            "as handgrad computes it",
            lambda W, b, a, y: elemental.grad_W(a, _residual(W, b, a, y)),
            GENERAL,
        ),
    ),
)

weights_vector = Derivation(
    "Eqn 4, vector",
    "all weights at once",
    LAYER,
    _one,
    ONE_LAYER,
    (
        Step(
            r"\left[ a_m \delta_n \right]_{mn}",
            "the elemental form",
            lambda W, b, a, y: elemental.grad_W(a, _residual(W, b, a, y)),
            GENERAL,
        ),
        Step(
            r"a \delta^t",
            "a column times a row",
            lambda W, b, a, y: vector.grad_W(a, _residual(W, b, a, y)),
            MULTI_CLASS[6],
        ),
    ),
)

weights_batched = Derivation(
    "Eqn 4, batched",
    "the mean over a batch",
    BATCH,
    _mean,
    MANY_ROWS,
    (
        Step(
            r"\frac{1}{m} \sum_i a_i \delta_i^t",
            "a mean is differentiated example by example",
            lambda W, b, A, Y: sum(vector.grad_W(a, _residual(W, b, a, y)) for a, y in zip(A, Y, strict=True)) / len(A),
        ),
        Step(
            r"\frac{1}{m} A^t \Delta",
            "a sum of columns times rows is a product of matrices",
            lambda W, b, A, Y: A.T @ _residual(W, b, A, Y) / len(A),
        ),
        Step(
            r"A^t \frac{\Delta}{m}",
            "as handgrad computes it",
            lambda W, b, A, Y: batched.grad_W(A, _residual(W, b, A, Y)),
        ),
    ),
)

# --- Eqn 5: the biases ------------------------------------------------------------------------------------------------

biases_elemental = Derivation(
    "Eqn 5, elemental",
    "how J changes with each bias",
    LAYER,
    _one,
    ONE_LAYER,
    (
        Step(
            r"\sum_k \frac{\partial J}{\partial z_k} \frac{\partial z_k}{\partial b_n} = \sum_k \delta_k \delta_{kn}",
            "chain rule: b_n is added to z_n and to no other",
            lambda W, b, a, y: np.sum(_residual(W, b, a, y)[:, None] * np.eye(len(b)), axis=0),
        ),
        Step(
            r"\delta_n",
            "one term of the sum is left",
            lambda W, b, a, y: elemental.grad_b(_residual(W, b, a, y)),
            GENERAL,
        ),
    ),
    argnum=1,
)

biases_vector = Derivation(
    "Eqn 5, vector",
    "all biases at once",
    LAYER,
    _one,
    ONE_LAYER,
    (
        Step(
            r"\left(\frac{\partial z}{\partial b}\right)^t \delta = I \delta",
            "chain rule: z = Wᵗ a + b",
            lambda W, b, a, y: np.eye(len(b)) @ _residual(W, b, a, y),
        ),
        Step(r"\delta", "I is the identity", lambda W, b, a, y: vector.grad_b(_residual(W, b, a, y)), MULTI_CLASS[6]),
    ),
    argnum=1,
)

biases_batched = Derivation(
    "Eqn 5, batched",
    "the mean over a batch",
    BATCH,
    _mean,
    MANY_ROWS,
    (
        Step(
            r"\frac{1}{m} \sum_i \delta_i",
            "a mean is differentiated example by example",
            lambda W, b, A, Y: sum(vector.grad_b(_residual(W, b, a, y)) for a, y in zip(A, Y, strict=True)) / len(A),
        ),
        Step(
            r"\frac{1}{m} \Delta^t \mathbf{1}",
            "the sum over rows; as handgrad computes it",
            lambda W, b, A, Y: batched.grad_b(_residual(W, b, A, Y)),
        ),
    ),
    argnum=1,
)

# --- beyond the five: the input, and the penalty ----------------------------------------------------------------------

input_elemental = Derivation(
    "∂J/∂x, elemental",
    "how J changes with each input",
    LAYER,
    _one,
    ONE_LAYER,
    (
        Step(
            r"\sum_m \frac{\partial J}{\partial z_m} \frac{\partial z_m}{\partial x_i} = "
            r"\sum_m \delta_m \sum_k w_{km} \frac{\partial x_k}{\partial x_i}",
            "chain rule: x_i acts on J through every unit",
            lambda W, b, x, y: np.sum(_residual(W, b, x, y)[:, None] * (W.T @ np.eye(len(x))), axis=0),
        ),
        Step(
            r"\sum_m w_{im} \delta_m",
            "one term of the inner sum is left; as handgrad computes it",
            lambda W, b, x, y: elemental.grad_x(W, _residual(W, b, x, y)),
        ),
    ),
    argnum=2,
)

input_vector = Derivation(
    "∂J/∂x, vector",
    "all inputs at once",
    LAYER,
    _one,
    ONE_LAYER,
    (
        Step(
            r"\left(\frac{\partial z}{\partial x}\right)^t \delta = (W^t)^t \delta",
            "chain rule: z = Wᵗ x + b",
            lambda W, b, x, y: (W.T).T @ _residual(W, b, x, y),
        ),
        Step(
            r"W \delta",
            "transposed twice",
            lambda W, b, x, y: vector.grad_x(W, _residual(W, b, x, y)),
        ),
    ),
    argnum=2,
)

input_batched = Derivation(
    "∂J/∂x, batched",
    "all inputs of a batch, example by example: no 1/m",
    r"J = \sum \frac{1}{2} (Z - Y)^2,\ Z = X W + b",
    lambda W, b, X, Y: _half_square(_residual(W, b, X, Y)),
    MANY_ROWS,
    (
        Step(
            r"(W \delta)^t \text{ in each row}",
            "the vector form for each example",
            lambda W, b, X, Y: np.stack([W @ _residual(W, b, x, y) for x, y in zip(X, Y, strict=True)]),
        ),
        Step(
            r"\Delta W^t", "for all rows at once", lambda W, b, X, Y: batched.grad_x(W, _residual(W, b, X, Y)), BEYOND
        ),
    ),
    argnum=2,
)

penalty = Derivation(
    "L2 penalty",
    "what the penalty adds to Eqn 4",
    r"J = \frac{1}{2} \sum_n (z_n - y_n)^2 + \frac{\lambda}{2} \sum_{ij} w_{ij}^2",
    lambda W, b, a, y, l2: _one(W, b, a, y) + l2 / 2 * np.sum(W**2),
    {**ONE_LAYER, "l2": ("positive",)},
    (
        Step(
            r"a_m \delta_n + \frac{\lambda}{2} \frac{\partial}{\partial w_{mn}} \sum_{ij} w_{ij}^2",
            "Eqn 4, and the penalty on its own; only its term w_mn² depends on w_mn, and gives 2 w_mn",
            lambda W, b, a, y, l2: vector.grad_W(a, _residual(W, b, a, y)) + l2 / 2 * (2 * W),
        ),
        Step(
            r"a_m \delta_n + \lambda w_{mn}",
            "the 2 cancels: each step takes the same share of every weight away",
            lambda W, b, a, y, l2: vector.grad_W(a, _residual(W, b, a, y)) + l2 * W,
        ),
    ),
)

LAYER_DERIVATIONS = (
    delta_elemental,
    delta_vector,
    delta_batched,
    weights_elemental,
    weights_vector,
    weights_batched,
    biases_elemental,
    biases_vector,
    biases_batched,
    input_elemental,
    input_vector,
    input_batched,
    penalty,
)
