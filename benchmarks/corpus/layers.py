"""Layers of networks. Each entry sums its layer's output with weights, the upstream gradient `up`."""

from __future__ import annotations

import numpy as np

from .draws import binary, constant, integers, joined, mask, normal
from .entry import Entry
from .rows import softmax

TINY = 1e-5


def dense(W, b, A, up):
    return np.sum(up * (A @ W + b))


def dense_gradient(W, b, A, up):
    return A.T @ up, np.sum(up, axis=0), up @ W.T


def two_layers(W1, b1, W2, b2, X, Y):
    hidden = np.tanh(X @ W1 + b1)
    return np.sum((hidden @ W2 + b2 - Y) ** 2) / (2 * len(X))


def two_layers_gradient(W1, b1, W2, b2, X, Y):
    hidden = np.tanh(X @ W1 + b1)
    delta_2 = (hidden @ W2 + b2 - Y) / len(X)
    delta_1 = delta_2 @ W2.T * (1 - hidden**2)
    return X.T @ delta_1, np.sum(delta_1, axis=0), hidden.T @ delta_2, np.sum(delta_2, axis=0)


def batch_norm(X, gamma, beta, up):
    unit = (X - np.mean(X, axis=0)) / np.sqrt(np.var(X, axis=0) + TINY)
    return np.sum(up * (gamma * unit + beta))


def batch_norm_gradient(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def layer_norm(X, gamma, beta, up):
    unit = (X - np.mean(X, axis=1, keepdims=True)) / np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    return np.sum(up * (gamma * unit + beta))


def layer_norm_gradient(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=1, keepdims=True) - unit * np.mean(delta * unit, axis=1, keepdims=True)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def root_mean_square_norm(X, gamma, up):
    return np.sum(up * gamma * X / np.sqrt(np.mean(X**2, axis=1, keepdims=True) + TINY))


def root_mean_square_norm_gradient(X, gamma, up):
    size = np.sqrt(np.mean(X**2, axis=1, keepdims=True) + TINY)
    unit, delta = X / size, up * gamma
    return (delta - unit * np.mean(delta * unit, axis=1, keepdims=True)) / size, np.sum(up * unit, axis=0)


def softmax_layer(z, temperature, up):
    return np.sum(up * softmax(z / temperature))


def softmax_layer_gradient(z, temperature, up):
    a = softmax(z / temperature)
    delta = a * (up - np.sum(up * a, axis=1, keepdims=True))
    return delta / temperature, -np.sum(delta * z) / temperature**2


def attention(Q, K, V, up):
    return np.sum(up * (softmax(Q @ K.T / np.sqrt(Q.shape[1])) @ V))


def attention_gradient(Q, K, V, up):
    scale = np.sqrt(Q.shape[1])
    P = softmax(Q @ K.T / scale)
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True)) / scale
    return d_S @ K, d_S.T @ Q, P.T @ up


def causal_attention(Q, K, V, up):
    """Position t looks back, never ahead."""
    visible = np.tril(np.ones((len(Q), len(Q)))) > 0
    return np.sum(up * (softmax(np.where(visible, Q @ K.T, -1e9)) @ V))


def causal_attention_gradient(Q, K, V, up):
    visible = np.tril(np.ones((len(Q), len(Q)))) > 0
    P = softmax(np.where(visible, Q @ K.T, -1e9))
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def embedding(E, indices, up):
    return np.sum(up * E[indices])


def embedding_gradient(E, indices, up):
    """A word that comes twice collects twice."""
    d_E = np.zeros(E.shape)
    np.add.at(d_E, indices, up)
    return d_E


def dropout(x, kept, rate, up):
    return np.sum(up * x * kept / (1 - rate))


def dropout_gradient(x, kept, rate, up):
    return up * kept / (1 - rate)


def gated_linear_unit(X, W, V, up):
    return np.sum(up * (X @ W) / (1 + np.exp(-(X @ V))))


def gated_linear_unit_gradient(X, W, V, up):
    content, gate = X @ W, 1 / (1 + np.exp(-(X @ V)))
    d_content, d_gate = up * gate, up * content * gate * (1 - gate)
    return d_content @ W.T + d_gate @ V.T, X.T @ d_content, X.T @ d_gate


def residual_block(x, W, up):
    return np.sum(up * (x + np.maximum(x @ W, 0)))


def residual_block_gradient(x, W, up):
    delta = up * (x @ W > 0)
    return up + delta @ W.T, x.T @ delta


def highway(x, W, T, up):
    gate = 1 / (1 + np.exp(-(x @ T)))
    return np.sum(up * (gate * np.tanh(x @ W) + (1 - gate) * x))


def highway_gradient(x, W, T, up):
    gate, new = 1 / (1 + np.exp(-(x @ T))), np.tanh(x @ W)
    d_gate = up * (new - x) * gate * (1 - gate)
    d_new = up * gate * (1 - new**2)
    return d_gate @ T.T + d_new @ W.T + up * (1 - gate), x.T @ d_new, x.T @ d_gate


def bilinear(U, W, V, up):
    return np.sum(up * np.sum((U @ W) * V, axis=1))


def bilinear_gradient(U, W, V, up):
    weighted = up[:, None] * U
    return up[:, None] * (V @ W.T), weighted.T @ V, weighted @ W


def squeeze_and_excite(X, W, up):
    """Channels are rescaled by gates that see the mean of all positions."""
    gate = 1 / (1 + np.exp(-(np.mean(X, axis=0) @ W)))
    return np.sum(up * X * gate)


def squeeze_and_excite_gradient(X, W, up):
    pooled = np.mean(X, axis=0)
    gate = 1 / (1 + np.exp(-(pooled @ W)))
    delta = np.sum(up * X, axis=0) * gate * (1 - gate)
    return up * gate + W @ delta / len(X), np.outer(pooled, delta)


def weight_norm(V, g, x, up):
    """Each column of W is g v / |v|."""
    size = np.sqrt(np.sum(V**2, axis=0))
    return np.sum(up * (x @ (g * V / size)))


def weight_norm_gradient(V, g, x, up):
    size = np.sqrt(np.sum(V**2, axis=0))
    unit, d_W = V / size, x.T @ up
    d_g = np.sum(d_W * unit, axis=0)
    return g / size * (d_W - unit * d_g), d_g


def rotary(X, angles, up):
    """Pairs of features turned by an angle of their own at each position."""
    a, b = X[:, 0::2], X[:, 1::2]
    turned = np.concatenate([a * np.cos(angles) - b * np.sin(angles), a * np.sin(angles) + b * np.cos(angles)], axis=1)
    return np.sum(up * turned)


def rotary_gradient(X, angles, up):
    half = angles.shape[1]
    a, b, first, second = X[:, 0::2], X[:, 1::2], up[:, :half], up[:, half:]
    d_a = first * np.cos(angles) + second * np.sin(angles)
    d_b = second * np.cos(angles) - first * np.sin(angles)
    d_X = np.stack([d_a, d_b], axis=2).reshape(X.shape)
    d_angles = second * (a * np.cos(angles) - b * np.sin(angles)) - first * (a * np.sin(angles) + b * np.cos(angles))
    return d_X, d_angles


def sigmoid_mean_squares(W, b, X, Y):
    """Sigmoid units under a squared error: here σ′ does not cancel."""
    a = 1 / (1 + np.exp(-(X @ W + b)))
    return np.sum((a - Y) ** 2) / (2 * len(X))


def sigmoid_mean_squares_gradient(W, b, X, Y):
    a = 1 / (1 + np.exp(-(X @ W + b)))
    delta = (a - Y) * a * (1 - a) / len(X)
    return X.T @ delta, np.sum(delta, axis=0)


def mixture_of_experts(X, G, E, up):
    """Experts' outputs, weighed by a softmax gate."""
    gate = softmax(X @ G)
    return np.sum(up * np.sum(gate[:, :, None] * np.tanh(np.einsum("ni,kio->nko", X, E)), axis=1))


def mixture_of_experts_gradient(X, G, E, up):
    gate, outputs = softmax(X @ G), np.tanh(np.einsum("ni,kio->nko", X, E))
    d_gate = np.sum(up[:, None, :] * outputs, axis=2)
    d_logits = gate * (d_gate - np.sum(gate * d_gate, axis=1, keepdims=True))
    d_inner = gate[:, :, None] * up[:, None, :] * (1 - outputs**2)
    d_X = d_logits @ G.T + np.einsum("nko,kio->ni", d_inner, E)
    return d_X, X.T @ d_logits, np.einsum("ni,nko->kio", X, d_inner)


def channels_convolution(X, K, b, up):
    """Images (height, width, in) with kernels (3, 3, in, out), padded by one."""
    wide = np.pad(X, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, (3, 3), axis=(0, 1))
    return np.sum(up * (np.einsum("hwcij,ijco->hwo", windows, K) + b))


def channels_convolution_in_jax(X, K, b, up):
    wide = np.pad(X, ((1, 1), (1, 1), (0, 0)))
    height, width = X.shape[:2]
    parts = (wide[i : i + height, j : j + width] @ K[i, j] for i in range(3) for j in range(3))
    return np.sum(up * (sum(parts) + b))


def channels_convolution_gradient(X, K, b, up):
    wide = np.pad(X, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, (3, 3), axis=(0, 1))
    d_wide = np.zeros(wide.shape)
    height, width = up.shape[:2]
    for i in range(3):
        for j in range(3):
            d_wide[i : i + height, j : j + width] += up @ K[i, j].T
    return d_wide[1:-1, 1:-1], np.einsum("hwcij,hwo->ijco", windows, up), np.sum(up, axis=(0, 1))


ENTRIES = (
    Entry(dense, dense_gradient, normal((4, 3), 3, (5, 4), (5, 3)), (0, 1, 2)),
    Entry(two_layers, two_layers_gradient, normal((4, 3), 3, (3, 2), 2, (5, 4), (5, 2)), (0, 1, 2, 3)),
    Entry(batch_norm, batch_norm_gradient, normal((5, 3), 3, 3, (5, 3)), (0, 1, 2)),
    Entry(layer_norm, layer_norm_gradient, normal((3, 5), 5, 5, (3, 5)), (0, 1, 2)),
    Entry(root_mean_square_norm, root_mean_square_norm_gradient, normal((3, 5), 5, (3, 5)), (0, 1)),
    Entry(softmax_layer, softmax_layer_gradient, joined(normal((3, 4)), constant(0.7), normal((3, 4))), (0, 1)),
    Entry(attention, attention_gradient, normal((4, 3), (5, 3), (5, 2), (4, 2)), (0, 1, 2)),
    Entry(causal_attention, causal_attention_gradient, normal((4, 3), (4, 3), (4, 2), (4, 2)), (0, 1, 2)),
    Entry(embedding, embedding_gradient, joined(normal((5, 3)), integers(5, 7), normal((7, 3)))),
    Entry(dropout, dropout_gradient, joined(normal((4, 5)), mask(4, 5), constant(0.3), normal((4, 5)))),
    Entry(gated_linear_unit, gated_linear_unit_gradient, normal((4, 3), (3, 2), (3, 2), (4, 2)), (0, 1, 2)),
    Entry(residual_block, residual_block_gradient, normal((4, 3), (3, 3), (4, 3)), (0, 1), kinks=True),
    Entry(highway, highway_gradient, normal((4, 3), (3, 3), (3, 3), (4, 3)), (0, 1, 2)),
    Entry(bilinear, bilinear_gradient, normal((5, 3), (3, 4), (5, 4), 5), (0, 1, 2)),
    Entry(squeeze_and_excite, squeeze_and_excite_gradient, normal((5, 3), (3, 3), (5, 3)), (0, 1)),
    Entry(weight_norm, weight_norm_gradient, normal((4, 3), 3, (5, 4), (5, 3)), (0, 1)),
    Entry(rotary, rotary_gradient, normal((4, 6), (4, 3), (4, 6)), (0, 1)),
    Entry(
        sigmoid_mean_squares,
        sigmoid_mean_squares_gradient,
        joined(normal((4, 3), 3, (5, 4)), binary(5, 3)),
        (0, 1),
    ),
    Entry(mixture_of_experts, mixture_of_experts_gradient, normal((4, 3), (3, 2), (2, 3, 2), (4, 2)), (0, 1, 2)),
    Entry(
        channels_convolution,
        channels_convolution_gradient,
        normal((4, 3, 2), (3, 3, 2, 2), 2, (4, 3, 2)),
        (0, 1, 2),
        twin=channels_convolution_in_jax,
    ),
)
