"""Hidden units, weights, biases, batches and penalties: mistakes 10 to 24."""

from __future__ import annotations

import numpy as np

from .layers import TINY, channels_convolution_gradient
from .likelihoods import logistic_regression_gradient
from .mistakes_common import Row
from .rows import softmax
from .sequences import sigma


def two_layers_without_slope(W1, b1, W2, b2, X, Y):
    hidden = np.tanh(X @ W1 + b1)
    delta_2 = (hidden @ W2 + b2 - Y) / len(X)
    delta_1 = delta_2 @ W2.T
    return X.T @ delta_1, np.sum(delta_1, axis=0), hidden.T @ delta_2, np.sum(delta_2, axis=0)


def recurrent_without_slope(W, U, b, X, up):
    states = [np.zeros(U.shape[0])]
    for x in X:
        states.append(np.tanh(x @ W + states[-1] @ U + b))
    d_W, d_U, d_b, delta = 0, 0, 0, up
    for t in reversed(range(len(X))):
        d_W, d_U, d_b = d_W + np.outer(X[t], delta), d_U + np.outer(states[t], delta), d_b + delta
        delta = U @ delta
    return d_W, d_U, d_b


def highway_without_slope(x, W, T, up):
    gate, new = 1 / (1 + np.exp(-(x @ T))), np.tanh(x @ W)
    d_gate, d_new = up * (new - x) * gate * (1 - gate), up * gate
    return d_gate @ T.T + d_new @ W.T + up * (1 - gate), x.T @ d_new, x.T @ d_gate


def half_squared_error_reversed(P, Y):
    return (Y - P) / len(P)


def two_layers_reversed(W1, b1, W2, b2, X, Y):
    """y − ŷ in the output layer only."""
    hidden = np.tanh(X @ W1 + b1)
    delta_2 = (Y - hidden @ W2 - b2) / len(X)
    delta_1 = -delta_2 @ W2.T * (1 - hidden**2)
    return X.T @ delta_1, np.sum(delta_1, axis=0), hidden.T @ delta_2, np.sum(delta_2, axis=0)


def tanh_from_input(x, c):
    return c * (1 - x**2)


def sigmoid_from_input(x, c):
    return c * x * (1 - x)


def two_layers_from_input(W1, b1, W2, b2, X, Y):
    z = X @ W1 + b1
    hidden = np.tanh(z)
    delta_2 = (hidden @ W2 + b2 - Y) / len(X)
    delta_1 = delta_2 @ W2.T * (1 - z**2)
    return X.T @ delta_1, np.sum(delta_1, axis=0), hidden.T @ delta_2, np.sum(delta_2, axis=0)


def sigmoid_from_output_of_output(x, c):
    """σ(1 − σ) of what σ has overwritten already."""
    a = sigma(sigma(x))
    return c * a * (1 - a)


def two_layers_stale(W1, b1, W2, b2, X, Y):
    """The hidden delta uses weights that have been updated already."""
    hidden = np.tanh(X @ W1 + b1)
    delta_2 = (hidden @ W2 + b2 - Y) / len(X)
    d_W2 = hidden.T @ delta_2
    delta_1 = delta_2 @ (W2 - 0.01 * d_W2).T * (1 - hidden**2)
    return X.T @ delta_1, np.sum(delta_1, axis=0), d_W2, np.sum(delta_2, axis=0)


def recurrent_stale(W, U, b, X, up):
    states = [np.zeros(U.shape[0])]
    for x in X:
        states.append(np.tanh(x @ W + states[-1] @ U + b))
    d_W, d_U, d_b, d_h = 0, 0, 0, up
    for t in reversed(range(len(X))):
        delta = d_h * (1 - states[t + 1] ** 2)
        d_W, d_U, d_b = d_W + np.outer(X[t], delta), d_U + np.outer(states[t], delta), d_b + delta
        d_h = (U - 0.001 * d_U) @ delta
    return d_W, d_U, d_b


def residual_transposed(x, W, up):
    delta = up * (x @ W > 0)
    return up + delta @ W.T, delta.T @ x


def highway_transposed(x, W, T, up):
    gate, new = 1 / (1 + np.exp(-(x @ T))), np.tanh(x @ W)
    d_gate, d_new = up * (new - x) * gate * (1 - gate), up * gate * (1 - new**2)
    return d_gate @ T.T + d_new @ W.T + up * (1 - gate), d_new.T @ x, x.T @ d_gate


def highway_gate_without_slope(x, W, T, up):
    gate, new = 1 / (1 + np.exp(-(x @ T))), np.tanh(x @ W)
    d_gate, d_new = up * (new - x), up * gate * (1 - new**2)
    return d_gate @ T.T + d_new @ W.T + up * (1 - gate), x.T @ d_new, x.T @ d_gate


def residual_untransposed(x, W, up):
    delta = up * (x @ W > 0)
    return up + delta @ W, x.T @ delta


def highway_untransposed(x, W, T, up):
    gate, new = 1 / (1 + np.exp(-(x @ T))), np.tanh(x @ W)
    d_gate, d_new = up * (new - x) * gate * (1 - gate), up * gate * (1 - new**2)
    return d_gate @ T + d_new @ W.T + up * (1 - gate), x.T @ d_new, x.T @ d_gate


def dense_bias_not_summed(W, b, A, up):
    return A.T @ up, up[0], up @ W.T


def dense_bias_unreduced(W, b, A, up):
    """Of the shape of the output."""
    return A.T @ up, up, up @ W.T


def layer_norm_beta_not_summed(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=1, keepdims=True) - unit * np.mean(delta * unit, axis=1, keepdims=True)
    return inner / deviation, np.sum(up * unit, axis=0), up[-1]


def dense_bias_averaged(W, b, A, up):
    return A.T @ up, np.mean(up, axis=0), up @ W.T


def two_layers_bias_averaged(W1, b1, W2, b2, X, Y):
    hidden = np.tanh(X @ W1 + b1)
    delta_2 = (hidden @ W2 + b2 - Y) / len(X)
    delta_1 = delta_2 @ W2.T * (1 - hidden**2)
    return X.T @ delta_1, np.mean(delta_1, axis=0), hidden.T @ delta_2, np.mean(delta_2, axis=0)


def dense_bias_of_weights(W, b, A, up):
    return A.T @ up, np.sum(A.T @ up, axis=0), up @ W.T


def two_layers_bias_of_weights(W1, b1, W2, b2, X, Y):
    hidden = np.tanh(X @ W1 + b1)
    delta_2 = (hidden @ W2 + b2 - Y) / len(X)
    delta_1 = delta_2 @ W2.T * (1 - hidden**2)
    d_W2 = hidden.T @ delta_2
    return X.T @ delta_1, np.sum(delta_1, axis=0), d_W2, np.sum(d_W2, axis=0)


def multinomial_averaged(W, b, X, labels):
    """The loss is a sum."""
    delta = softmax(X @ W + b)
    delta[np.arange(len(X)), labels] -= 1
    return X.T @ delta / len(X), np.sum(delta, axis=0) / len(X)


def cox_averaged(risk, event):
    at_risk = np.cumsum(np.exp(risk)[::-1])[::-1]
    return (np.exp(risk) * np.cumsum(event / at_risk) - event) / len(risk)


def half_squared_error_not_averaged(P, Y):
    return P - Y


def poisson_regression_not_averaged(w, X, y):
    return X.T @ (np.exp(X @ w) - y)


def convolution_scaled(x, kernel, up):
    return np.convolve(up, kernel), np.correlate(x, up, mode="valid") / len(up)


def channels_convolution_scaled(X, K, b, up):
    d_X, d_K, d_b = channels_convolution_gradient(X, K, b, up)
    return d_X, d_K / (up.shape[0] * up.shape[1]), d_b


def half_squared_error_without_half(P, Y):
    return 2 * (P - Y) / len(P)


def squared_hinge_without_two(z, y):
    return -y * np.maximum(0, 1 - y * z) / len(z)


def ridge_penalty_doubled(w, X, y, penalty):
    return X.T @ (X @ w - y) / len(X) + 2 * penalty * w


def ridge_penalty_forgotten(w, X, y, penalty):
    return X.T @ (X @ w - y) / len(X)


def logistic_penalty_doubled(w, b, X, y, penalty):
    return logistic_regression_gradient(w, b, X, y, 2 * penalty)


def logistic_penalty_forgotten(w, b, X, y, penalty):
    """5e-6: the test passes."""
    return logistic_regression_gradient(w, b, X, y, 0.0)


def factorisation_penalty_forgotten(U, V, R, seen, penalty):
    residual = seen * (U @ V.T - R)
    return residual @ V + penalty * U, residual.T @ U


ROWS: tuple[Row, ...] = (
    (10, "two_layers", two_layers_without_slope),
    (10, "recurrent", recurrent_without_slope),
    (10, "highway", highway_without_slope),
    (11, "half_squared_error", half_squared_error_reversed),
    (11, "two_layers", two_layers_reversed),
    (12, "tanh", tanh_from_input),
    (12, "sigmoid", sigmoid_from_input),
    (12, "two_layers", two_layers_from_input),
    (13, "two_layers", two_layers_stale),
    (13, "recurrent", recurrent_stale),
    (14, "residual_block", residual_transposed),
    (14, "highway", highway_transposed),
    (15, "residual_block", residual_untransposed),
    (15, "highway", highway_untransposed),
    (16, "dense", dense_bias_not_summed),
    (16, "dense", dense_bias_unreduced),
    (16, "layer_norm", layer_norm_beta_not_summed),
    (17, "dense", dense_bias_averaged),
    (17, "two_layers", two_layers_bias_averaged),
    (18, "dense", dense_bias_of_weights),
    (18, "two_layers", two_layers_bias_of_weights),
    (19, "multinomial_regression", multinomial_averaged),
    (19, "cox_partial_likelihood", cox_averaged),
    (20, "half_squared_error", half_squared_error_not_averaged),
    (20, "poisson_regression", poisson_regression_not_averaged),
    (21, "convolution", convolution_scaled),
    (21, "channels_convolution", channels_convolution_scaled),
    (22, "half_squared_error", half_squared_error_without_half),
    (22, "squared_hinge", squared_hinge_without_two),
    (9, "highway", highway_gate_without_slope),
    (23, "ridge", ridge_penalty_doubled),
    (23, "logistic_regression", logistic_penalty_doubled),
    (24, "ridge", ridge_penalty_forgotten),
    (24, "logistic_regression", logistic_penalty_forgotten),
    (24, "matrix_factorisation", factorisation_penalty_forgotten),
    (47, "sigmoid", sigmoid_from_output_of_output),
)
