"""Mistakes that people really made, on functions of the corpus: each row of the catalogue that makes a wrong gradient.

The numbers are the catalogue's. A mistake that shows only at some points (an exact zero, a tie, saturation) brings its own.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from .draws import constant, joined, normal, uniform
from .entry import Draw, Entry, Function, Wrong
from .layers import TINY, channels_convolution_gradient
from .likelihoods import logistic_regression_gradient
from .pair_losses import squared_distances
from .rows import log_sum_exp, softmax, through_unit_rows, unit_rows
from .sequences import sigma
from .structured import soft_table
from .table import BY_NAME


def at(*values) -> Draw:
    """Always the same arguments; copies, for a gradient that writes into them."""
    return lambda rng: tuple(np.array(v) if isinstance(v, (list, np.ndarray)) else v for v in values)


# --- softmax and what stands on it (1 to 9, 25, 26) ------------------------------------------------------------------


def softmax_layer_diagonal(z, temperature, up):
    a = softmax(z / temperature)
    return up * a * (1 - a) / temperature, -np.sum(up * a * (1 - a) * z) / temperature**2


def attention_diagonal(Q, K, V, up):
    scale = np.sqrt(Q.shape[1])
    P = softmax(Q @ K.T / scale)
    d_S = P * (1 - P) * (up @ V.T) / scale
    return d_S @ K, d_S.T @ Q, P.T @ up


def experts_diagonal(X, G, E, up):
    gate, outputs = softmax(X @ G), np.tanh(np.einsum("ni,kio->nko", X, E))
    d_logits = gate * (1 - gate) * np.sum(up[:, None, :] * outputs, axis=2)
    d_inner = gate[:, :, None] * up[:, None, :] * (1 - outputs**2)
    d_X = d_logits @ G.T + np.einsum("nko,kio->ni", d_inner, E)
    return d_X, X.T @ d_logits, np.einsum("ni,nko->kio", X, d_inner)


def divergence_diagonal(z, q):
    p = softmax(z)
    return p * (1 - p) * (np.log(p) - np.log(q) + 1) / len(z)


def softmax_layer_without_sum(z, temperature, up):
    delta = up * softmax(z / temperature)
    return delta / temperature, -np.sum(delta * z) / temperature**2


def attention_without_sum(Q, K, V, up):
    scale = np.sqrt(Q.shape[1])
    P = softmax(Q @ K.T / scale)
    d_S = P * (up @ V.T) / scale
    return d_S @ K, d_S.T @ Q, P.T @ up


def divergence_without_sum(z, q):
    p = softmax(z)
    return p * (np.log(p) - np.log(q)) / len(z)


def log_softmax_without_sum(z, Y):
    """The gradient of a log-softmax taken for g − p, its Σ g left out."""
    return (softmax(z) - Y) / len(z)


def smoothed_log_softmax(z, Y, smoothing):
    """p Σ g with the sum over the batch."""
    targets = (1 - smoothing) * Y + smoothing / Y.shape[1]
    return (softmax(z) * np.sum(targets, axis=0) - targets) / len(z)


def cross_entropy_over_the_batch(z, labels):
    e = np.exp(z - np.max(z))
    delta = e / np.sum(e)
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def cross_entropy_over_columns(z, labels):
    delta = softmax(z.T).T
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def softmax_layer_over_columns(z, temperature, up):
    a = softmax(z.T / temperature).T
    delta = a * (up - np.sum(up * a, axis=1, keepdims=True))
    return delta / temperature, -np.sum(delta * z) / temperature**2


def cross_entropy_doubled(z, labels):
    delta = softmax(z)
    delta[np.arange(len(z)), labels] -= 1
    return 2 * delta / len(z)


def contrastive_doubled(U, V, temperature):
    """Both directions are counted, the loss has one."""
    (u, norms_u), (v, norms_v) = unit_rows(U), unit_rows(V)
    s = u @ v.T / temperature
    delta = (softmax(s) + softmax(s.T).T - 2 * np.eye(len(U))) / (len(U) * temperature)
    return through_unit_rows(delta @ v, u, norms_u), through_unit_rows(delta.T @ u, v, norms_v)


def shortcut_under_squares(W, b, X, Y):
    """a − y, which belongs to the cross-entropy."""
    delta = (1 / (1 + np.exp(-(X @ W + b))) - Y) / len(X)
    return X.T @ delta, np.sum(delta, axis=0)


def shortcut_for_focal(z, y, focus):
    return (1 / (1 + np.exp(-z)) - (y + 1) / 2) / len(z)


def shortcut_for_dice(z, y):
    return (1 / (1 + np.exp(-z)) - y) / z.size


def bce_with_slope(z, y):
    a = 1 / (1 + np.exp(-z))
    return (a - y) * a * (1 - a) / z.size


def logistic_with_slope(w, b, X, y, penalty):
    a = 1 / (1 + np.exp(-(X @ w + b)))
    delta = (a - y) * a * (1 - a) / len(X)
    return X.T @ delta + penalty * w, np.sum(delta)


def softmax_applied_twice(z, labels):
    delta = softmax(softmax(z))
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def sigmoid_applied_twice(z, y):
    return (sigma(sigma(z)) - y) / z.size


def logistic_applied_twice(w, b, X, y, penalty):
    delta = (sigma(sigma(X @ w + b)) - y) / len(X)
    return X.T @ delta + penalty * w, np.sum(delta)


def any_targets_as_labels(z, Y):
    """Targets made to sum to one first, although the loss leaves them as they are."""
    return (softmax(z) - Y / np.sum(Y, axis=1, keepdims=True)) / len(z)


# --- layers: hidden units, weights, biases (10 to 21, 36, 39, 40) -----------------------------------------------------


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


def logistic_penalty_forgotten(w, b, X, y, penalty):
    """5e-6: the test passes."""
    return logistic_regression_gradient(w, b, X, y, 0.0)


def factorisation_penalty_forgotten(U, V, R, seen, penalty):
    residual = seen * (U @ V.T - R)
    return residual @ V + penalty * U, residual.T @ U


# --- epsilon, saturation, logarithms of zero (27 to 29) ---------------------------------------------------------------

SATURATED = at([40.0, -40.0, 38.5, -45.0], [0.0, 1.0, 0.0, 1.0])


def clipped_probability(z, y):
    """Beyond 1 − 1e-7 the clip has no slope, and nothing comes through."""
    a = sigma(z)
    inside = (a > 1e-7) & (a < 1 - 1e-7)
    return np.where(inside, a - y, 0) / z.size


def clipped_focal(z, y, focus):
    p = np.clip(1 / (1 + np.exp(-y * z)), 1e-7, 1 - 1e-7)
    inner = focus * p * np.log(p) - (1 - p)
    return y * (1 - p) ** focus * inner / len(z)


def cross_entropy_over_zero(z, y):
    """(a − y)/(a(1 − a)) times a(1 − a): where a is 1, zero over zero."""
    a = 1 / (1 + np.exp(-z))
    return (a - y) / (a * (1 - a)) * (a * (1 - a)) / z.size


def unshifted_softmax(z, labels):
    """Infinity over infinity where one logit is above 709."""
    e = np.exp(z)
    delta = e / np.sum(e, axis=1, keepdims=True)
    delta[np.arange(len(z)), labels] -= 1
    return delta / len(z)


def binary_with_epsilon(epsilon):
    def binary_cross_entropy_with_epsilon(a, y):
        """ε in the logarithm's derivative, none in the loss."""
        return ((1 - y) / (1 - a + epsilon) - y / (a + epsilon)) / a.size

    return binary_cross_entropy_with_epsilon


def batch_norm_with(epsilon):
    def batch_norm_other_epsilon(X, gamma, beta, up):
        deviation = np.sqrt(np.var(X, axis=0) + epsilon)
        unit = (X - np.mean(X, axis=0)) / deviation
        delta = up * gamma
        inner = delta - np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
        return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)

    return batch_norm_other_epsilon


def layer_norm_with(epsilon):
    def layer_norm_other_epsilon(X, gamma, beta, up):
        deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + epsilon)
        unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
        delta = up * gamma
        inner = delta - np.mean(delta, axis=1, keepdims=True) - unit * np.mean(delta * unit, axis=1, keepdims=True)
        return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)

    return layer_norm_other_epsilon


def frobenius_with(epsilon):
    def frobenius_other_epsilon(A):
        return A / (np.sqrt(np.sum(A**2)) + epsilon)

    return frobenius_other_epsilon


def cosine_with(epsilon):
    def cosine_other_epsilon(U, V):
        (u, norms_u), (v, norms_v) = unit_rows(U), unit_rows(V)
        d_U = through_unit_rows(v, u, norms_u + epsilon)
        return -d_U / len(U), -through_unit_rows(u, v, norms_v) / len(U)

    return cosine_other_epsilon


# --- activations (30 to 36, 47) ---------------------------------------------------------------------------------------


def gelu_by_the_tanh_form(x, c):
    root = np.sqrt(2 / np.pi)
    t = np.tanh(root * (x + 0.044715 * x**3))
    return c * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * root * (1 + 3 * 0.044715 * x**2))


def gelu_tanh_by_the_exact_form(x, c):
    return c * (special.ndtr(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def gelu_by_the_sigmoid_form(x, c):
    a = sigma(1.702 * x)
    return c * (a + 1.702 * x * a * (1 - a))


def gelu_sign_far_left(x, c):
    right = special.ndtr(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return c * np.where(x < -3.5, -right, right)


def swish_sign_far_left(x, c):
    a = sigma(x)
    right = a + x * a * (1 - a)
    return c * np.where(x < -5, -right, right)


def tanh_flat_on_top(x, c):
    """tanh′(0) = 0.9992, by a table."""
    return c * np.minimum(1 - np.tanh(x) ** 2, 0.9992)


def sigmoid_flat_on_top(x, c):
    a = sigma(x)
    return c * np.minimum(a * (1 - a), 0.2498)


def dropout_mask_from_output(x, kept, rate, up):
    return up * (x * kept != 0) / (1 - rate)


def residual_mask_from_output(x, W, up):
    """Active where the output differs from the input: not where x W is exactly what ReLU keeps of zero."""
    delta = up * (x + np.maximum(x @ W, 0) > 0)
    return up + delta @ W.T, x.T @ delta


def softplus_mirrored(x, c):
    return c / (1 + np.exp(x))


def softplus_from_output(x, c):
    """1 − e^{−x}, of the input where the output belongs."""
    return c * (1 - np.exp(-x))


def mish_softplus_mirrored(x, c):
    t = np.tanh(np.log1p(np.exp(x)))
    return c * (t + x * (1 - t**2) / (1 + np.exp(x)))


def leaky_from_output(x, c, slope):
    y = np.where(x > 0, x, slope * x)
    return c * np.where(y > 0, 1, slope), np.sum(c * np.where(y > 0, 0, x))


def elu_from_output(x, c):
    """The slope below zero is y + 1; taken everywhere."""
    return c * (np.where(x > 0, x, np.expm1(x)) + 1)


def leaky_without_upstream(x, c, slope):
    return np.where(x > 0, c, slope), np.sum(c * np.where(x > 0, 0, x))


def elu_without_upstream(x, c):
    return np.where(x > 0, c, np.exp(x))


# --- indices, masks, ties (38, 39, 41, 42) ----------------------------------------------------------------------------


def max_pool_all_ties(X, up):
    """Every maximum gets the whole gradient; with ties, more than there is."""
    rows, columns = X.shape[0] // 2, X.shape[1] // 2
    blocks = X.reshape(rows, 2, columns, 2)
    first = blocks == np.max(blocks, axis=(1, 3), keepdims=True)
    return (first * up[:, None, :, None]).reshape(X.shape)


def total_variation_overwritten(X):
    down, across = 2 * (X[1:] - X[:-1]), 2 * (X[:, 1:] - X[:, :-1])
    d_X = np.zeros(X.shape)
    d_X[1:] = down
    d_X[:-1] -= down
    d_X[:, 1:] += across
    d_X[:, :-1] = -across
    return d_X


def moving_average_overwritten(x, decay, up):
    means = [0.0]
    for value in x:
        means.append(decay * means[-1] + (1 - decay) * value)
    d_x, d_decay, d_m = np.zeros(len(x)), 0.0, 0.0
    for t in reversed(range(len(x))):
        d_m = up[t] + decay * d_m
        d_x[t] = (1 - decay) * d_m
        d_decay = d_m * (means[t] - x[t])
    return d_x, d_decay


def strided_overwritten(X, kernel, up):
    d_X, d_kernel = np.zeros(X.shape), np.zeros(kernel.shape)
    for i, j in np.ndindex(*up.shape):
        here = slice(2 * i, 2 * i + kernel.shape[0]), slice(2 * j, 2 * j + kernel.shape[1])
        d_X[here] = up[i, j] * kernel
        d_kernel += up[i, j] * X[here]
    return d_X, d_kernel


def blur_without_borders(x, up):
    d_wide = np.zeros(len(x) + 2)
    d_wide[:-2] += up / 4
    d_wide[1:-1] += up / 2
    d_wide[2:] += up / 4
    return d_wide[1:-1]


def residual_path_lost(x, W, up):
    delta = up * (x @ W > 0)
    return delta @ W.T, x.T @ delta


def embedding_overwritten(E, indices, up):
    d_E = np.zeros(E.shape)
    d_E[indices] = up
    return d_E


def embedding_added_once(E, indices, up):
    d_E = np.zeros(E.shape)
    d_E[indices] += up
    return d_E


def bradley_terry_added_once(strength, winners, losers):
    surprise = 1 / (1 + np.exp(strength[winners] - strength[losers]))
    d_strength = np.zeros(len(strength))
    d_strength[losers] += surprise
    d_strength[winners] -= surprise
    return d_strength


def interpolation_added_once(x, table, up):
    left = np.floor(x).astype(int)
    share = x - left
    d_table = np.zeros(len(table))
    d_table[left] += up * (1 - share)
    d_table[left + 1] += up * share
    return up * (table[left + 1] - table[left]), d_table


def negative_sampling_added_once(E, F, centre, context, noise):
    near = np.sum(E[centre] * F[context], axis=1)
    far = np.sum(E[centre][:, None] * F[noise], axis=2)
    d_near, d_far = -1 / (1 + np.exp(near)), 1 / (1 + np.exp(-far))
    d_E, d_F = np.zeros(E.shape), np.zeros(F.shape)
    np.add.at(d_E, centre, d_near[:, None] * F[context] + np.sum(d_far[:, :, None] * F[noise], axis=1))
    d_F[context] += d_near[:, None] * E[centre]
    d_F[noise] += d_far[:, :, None] * E[centre][:, None]
    return d_E, d_F


def dropout_without_mask(x, kept, rate, up):
    return up / (1 - rate)


def factorisation_without_mask(U, V, R, seen, penalty):
    residual = U @ V.T - R
    return residual @ V + penalty * U, residual.T @ U + penalty * V


def accumulating(name: str) -> Function:
    """A second call adds to what the first one left."""
    right, kept = BY_NAME[name].gradient, []

    def accumulated(*args):
        kept.append(right(*args))
        return kept[0] if len(kept) == 1 else kept[0] + kept[-1]

    accumulated.afresh = lambda: accumulating(name)
    return accumulated


def destroying(name: str) -> Function:
    """The right numbers, but the first argument is overwritten by what comes out of the layer."""
    right = BY_NAME[name].gradient

    def destroyed(x, *rest):
        found = right(x, *rest)
        x[...] = np.tanh(x)
        return found

    return destroyed


# --- normalisation (43, 44) -------------------------------------------------------------------------------------------


def batch_norm_constant_statistics(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    return up * gamma / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def batch_norm_constant_variance(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    return (delta - np.mean(delta, axis=0)) / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def batch_norm_constant_mean(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    inner = delta - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def batch_norm_sample_variance(X, gamma, beta, up):
    """n − 1 where the forward pass has n."""
    deviation = np.sqrt(np.var(X, axis=0, ddof=1) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def layer_norm_constant_variance(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=1, keepdims=True)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def layer_norm_over_the_batch(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
    delta = up * gamma
    inner = delta - np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def layer_norm_mean_twice(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=1, keepdims=True) + TINY)
    unit = (X - np.mean(X, axis=1, keepdims=True)) / deviation
    delta = up * gamma
    inner = delta - 2 * np.mean(delta, axis=1, keepdims=True) - unit * np.mean(delta * unit, axis=1, keepdims=True)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def batch_norm_mean_twice(X, gamma, beta, up):
    deviation = np.sqrt(np.var(X, axis=0) + TINY)
    unit = (X - np.mean(X, axis=0)) / deviation
    delta = up * gamma
    inner = delta - 2 * np.mean(delta, axis=0) - unit * np.mean(delta * unit, axis=0)
    return inner / deviation, np.sum(up * unit, axis=0), np.sum(up, axis=0)


def root_mean_square_norm_projected_less(X, gamma, up):
    size = np.sqrt(np.mean(X**2, axis=1, keepdims=True) + TINY)
    return up * gamma / size, np.sum(up * X / size, axis=0)


def cosine_without_projection(U, V):
    (u, norms_u), (v, norms_v) = unit_rows(U), unit_rows(V)
    return -v / norms_u / len(U), -u / norms_v / len(U)


def weight_norm_without_projection(V, g, x, up):
    size = np.sqrt(np.sum(V**2, axis=0))
    d_W = x.T @ up
    return g / size * d_W, np.sum(d_W * V / size, axis=0)


# --- convolutions and recurrences (45, 46, 48, 49) --------------------------------------------------------------------


def strided_without_stride(X, kernel, up):
    d_X, d_kernel = np.zeros(X.shape), np.zeros(kernel.shape)
    for i, j in np.ndindex(*up.shape):
        here = slice(i, i + kernel.shape[0]), slice(j, j + kernel.shape[1])
        d_X[here] += up[i, j] * kernel
        d_kernel += up[i, j] * X[here]
    return d_X, d_kernel


def strided_without_stride_in_kernel(X, kernel, up):
    d_X, d_kernel = np.zeros(X.shape), np.zeros(kernel.shape)
    for i, j in np.ndindex(*up.shape):
        here = slice(2 * i, 2 * i + kernel.shape[0]), slice(2 * j, 2 * j + kernel.shape[1])
        d_X[here] += up[i, j] * kernel
        d_kernel += up[i, j] * X[i : i + kernel.shape[0], j : j + kernel.shape[1]]
    return d_X, d_kernel


def strided_from_the_end(X, kernel, up):
    """The rows that no window reaches are taken for the first ones."""
    d_X, d_kernel = np.zeros(X.shape), np.zeros(kernel.shape)
    top, left = (X.shape[k] - 2 * (up.shape[k] - 1) - kernel.shape[k] for k in (0, 1))
    for i, j in np.ndindex(*up.shape):
        here = slice(2 * i, 2 * i + kernel.shape[0]), slice(2 * j, 2 * j + kernel.shape[1])
        d_X[top + 2 * i : top + 2 * i + kernel.shape[0], left + 2 * j : left + 2 * j + kernel.shape[1]] += (
            up[i, j] * kernel
        )
        d_kernel += up[i, j] * X[here]
    return d_X, d_kernel


def convolution_unflipped(x, kernel, up):
    return np.convolve(up, kernel[::-1]), np.correlate(x, up, mode="valid")


def convolution_kernel_flipped(x, kernel, up):
    return np.convolve(up, kernel), np.correlate(x, up, mode="valid")[::-1]


def lstm_with(gates: str, bias: str = "") -> Function:
    def lstm_step_wrong(W, b, x, h, c, up):
        """`gates` lack their slope; every gate's bias is taken from `bias`."""
        joint = np.concatenate([x, h])
        i, f, o, g = np.split(joint @ W + b, 4)
        i, f, o, g = sigma(i), sigma(f), sigma(o), np.tanh(g)
        new = f * c + i * g
        d_new = up * o * (1 - np.tanh(new) ** 2)
        d = {"i": d_new * g, "f": d_new * c, "o": up * np.tanh(new), "g": d_new * i}
        slopes = {"i": i * (1 - i), "f": f * (1 - f), "o": o * (1 - o), "g": 1 - g**2}
        d = {gate: d[gate] if gate in gates else d[gate] * slopes[gate] for gate in "ifog"}
        delta = np.concatenate([d["i"], d["f"], d["o"], d["g"]])
        d_joint = W @ delta
        d_b = np.concatenate([d[bias]] * 4) if bias else delta
        return np.outer(joint, delta), d_b, d_joint[: len(x)], d_joint[len(x) :], d_new * f

    return lstm_step_wrong


def gru_without_reset_path(W, U, V, x, h, up):
    joint = np.concatenate([x, h])
    r, u = sigma(joint @ W), sigma(joint @ U)
    reset = np.concatenate([x, r * h])
    g = np.tanh(reset @ V)
    d_g = up * (1 - u) * (1 - g**2)
    d_u = up * (h - g) * u * (1 - u)
    d_reset = V @ d_g
    d_r = d_reset[len(x) :] * h * r * (1 - r)
    d_joint = W @ d_r + U @ d_u
    d_h = up * u + d_joint[len(x) :]
    return np.outer(joint, d_r), np.outer(joint, d_u), np.outer(reset, d_g), d_reset[: len(x)] + d_joint[: len(x)], d_h


def recurrent_last_step_only(W, U, b, X, up):
    """dh_next is never passed back."""
    states = [np.zeros(U.shape[0])]
    for x in X:
        states.append(np.tanh(x @ W + states[-1] @ U + b))
    delta = up * (1 - states[-1] ** 2)
    return np.outer(X[-1], delta), np.outer(states[-2], delta), delta


def moving_average_last_step_only(x, decay, up):
    means = [0.0]
    for value in x:
        means.append(decay * means[-1] + (1 - decay) * value)
    return (1 - decay) * up, np.sum(up * (np.stack([m + 0 * decay for m in means[:-1]]) - x))


def equilibrium_last_step_only(W, x):
    z = np.zeros(len(x))
    for _ in range(40):
        before, z = z, np.tanh(W @ z + x)
    delta = z * (1 - z**2)
    return np.outer(delta, before), delta


# --- flags, masks, order of arguments (51, 52), complex numbers (53), NaN through where (54), KL (55, 56) -------------


def attention_ignoring_the_flag(Q, K, V, up):
    P = softmax(Q @ K.T)
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def attention_mask_shifted(Q, K, V, up):
    visible = np.tril(np.ones((len(Q), len(Q))), 1) > 0
    P = softmax(np.where(visible, Q @ K.T, -1e9))
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def attention_mask_transposed(Q, K, V, up):
    visible = np.triu(np.ones((len(Q), len(Q)))) > 0
    P = softmax(np.where(visible, Q @ K.T, -1e9))
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def attention_without_scale(Q, K, V, up):
    P = softmax(Q @ K.T / np.sqrt(Q.shape[1]))
    d_P = up @ V.T
    d_S = P * (d_P - np.sum(P * d_P, axis=1, keepdims=True))
    return d_S @ K, d_S.T @ Q, P.T @ up


def views_rivals_with_oneself(Z, temperature):
    u, norms = unit_rows(Z)
    delta = softmax(u @ u.T / temperature)
    delta[np.arange(len(Z)), np.arange(len(Z)) ^ 1] -= 1
    return through_unit_rows((delta + delta.T) @ u, u, norms) / (len(Z) * temperature)


def views_one_direction(Z, temperature):
    u, norms = unit_rows(Z)
    delta = softmax(u @ u.T / temperature - 1e9 * np.eye(len(Z)))
    delta[np.arange(len(Z)), np.arange(len(Z)) ^ 1] -= 1
    return through_unit_rows(delta @ u, u, norms) / (len(Z) * temperature)


def phases_without_conjugate(u, v, A, B, intensity):
    real, imaginary = A @ u - B @ v, A @ v + B @ u
    weight = (real**2 + imaginary**2 - intensity) / len(intensity)
    d_real, d_imaginary = weight * real, weight * imaginary
    return A.T @ d_real - B.T @ d_imaginary, A.T @ d_imaginary + B.T @ d_real


def rotary_without_conjugate(X, angles, up):
    """Turned forwards instead of back."""
    half = angles.shape[1]
    a, b, first, second = X[:, 0::2], X[:, 1::2], up[:, :half], up[:, half:]
    d_a = first * np.cos(angles) - second * np.sin(angles)
    d_b = second * np.cos(angles) + first * np.sin(angles)
    d_X = np.stack([d_a, d_b], axis=2).reshape(X.shape)
    d_angles = second * (a * np.cos(angles) - b * np.sin(angles)) - first * (a * np.sin(angles) + b * np.cos(angles))
    return d_X, d_angles


def elu_nan_from_the_other_branch(x, c):
    """0 · ∞ where exp overflows in the branch that is not taken."""
    below = x <= 0
    return c * (1.0 * ~below + below * np.exp(x))


def arctan_nan_from_the_other_branch(x, c):
    """Far out 1/x² is meant to be used; the other branch is infinity over infinity."""
    far = np.abs(x) > 1e8
    return c * (far * (1 / x**2) + (1 - far) * (x**2 / (x**2 + x**4)))


def entropy_without_one(x, c):
    return -c * np.log(x)


def entropy_minus_one(x, c):
    return -c * (np.log(x) - 1)


def divergence_sign(z, q):
    p = softmax(z)
    ratio = np.log(p) + np.log(q)
    return p * (ratio - np.sum(p * ratio, axis=1, keepdims=True)) / len(z)


def divergence_other_way(z, q):
    """KL(q ‖ p)."""
    return (softmax(z) - q) / len(z)


def standard_normal_other_way(mu, log_variance):
    """KL(N(0, 1) ‖ N(mu, σ²))."""
    precision = np.exp(-log_variance)
    return mu * precision / len(mu), (1 - (1 + mu**2) * precision) / (2 * len(mu))


def standard_normal_sign(mu, log_variance):
    return mu / len(mu), (np.exp(log_variance) + 1) / (2 * len(mu))


def policy_entropy_sign(z, actions, advantage, bonus):
    p, log_p = softmax(z), z - log_sum_exp(z)[:, None]
    delta = advantage[:, None] * (p - np.eye(z.shape[1])[actions])
    entropy = -np.sum(p * log_p, axis=1, keepdims=True)
    return (delta - bonus * p * (log_p + entropy)) / len(z)


# --- mistakes of the other fields -------------------------------------------------------------------------------------


def solve_without_transpose(A, b, up):
    x = np.linalg.solve(A, b)
    adjoint = np.linalg.solve(A, up)
    return -np.outer(adjoint, x), adjoint


def inverse_without_transposes(A, up):
    B = np.linalg.inv(A)
    return -B @ up @ B


def log_determinant_without_transpose(A):
    return np.linalg.inv(A)


def determinant_without_factor(A):
    return np.linalg.inv(A).T


def cholesky_diagonal_not_halved(M, up):
    L = np.linalg.cholesky(M @ M.T + len(M) * np.eye(len(M)))
    back = np.linalg.inv(L)
    d_S = back.T @ np.tril(L.T @ np.tril(up)) @ back
    return (d_S + d_S.T) @ M


def gaussian_process_without_determinant(log_length, log_noise, X, y):
    distances = (X[:, None] - X[None, :]) ** 2
    precision = np.exp(-2 * log_length)
    smooth = np.exp(-distances / 2 * precision)
    alpha = np.linalg.solve(smooth + np.exp(2 * log_noise) * np.eye(len(X)), y)
    d_K = -np.outer(alpha, alpha) / 2
    return np.sum(d_K * smooth * distances) * precision, 2 * np.exp(2 * log_noise) * np.trace(d_K)


def mahalanobis_one_side(r, M):
    v = np.linalg.solve(M @ M.T + np.eye(len(M)), r)
    return v, -2 * np.outer(v, v) @ M


def rayleigh_for_symmetric(x, A):
    """2 (A x − q x)/xᵗx: right for symmetric matrices only."""
    return 2 * (A @ x - (x @ A @ x / (x @ x)) * x) / (x @ x)


def embedding_of_neighbours_without_kernel(Y, P):
    kernel = 1 / (1 + squared_distances(Y)) * (1 - np.eye(len(Y)))
    pull = (P + P.T) / 2 - np.sum(P) * kernel / np.sum(kernel)
    return 4 * (np.sum(pull, axis=1)[:, None] * Y - pull @ Y)


def runge_kutta_as_euler(u, rates, dt, up):
    a, b, c, d = rates
    d_u = np.stack(
        [
            up[0] * (1 + dt * (a - b * u[1])) + up[1] * dt * c * u[1],
            -up[0] * dt * b * u[0] + up[1] * (1 + dt * (c * u[0] - d)),
        ]
    )
    d_rates = [up[0] * u[0], -up[0] * u[0] * u[1], up[1] * u[0] * u[1], -up[1] * u[1]]
    return d_u, dt * np.stack(d_rates)


def heat_without_last_state(u, kappa, target):
    """The adjoint is right, the states are off by one step."""
    states = [u]
    for _ in range(3):
        states.append(states[-1] + kappa * (np.roll(states[-1], 1) - 2 * states[-1] + np.roll(states[-1], -1)))
    adjoint, d_kappa = states[-1] - target, 0.0
    for state in states[:0:-1]:
        d_kappa = d_kappa + np.sum(adjoint * (np.roll(state, 1) - 2 * state + np.roll(state, -1)))
        adjoint = adjoint + kappa * (np.roll(adjoint, 1) - 2 * adjoint + np.roll(adjoint, -1))
    return adjoint, d_kappa


def sorted_unsorted(x, y):
    return 2 * (np.sort(x) - np.sort(y)) / len(x)


def warping_hard(x, y, gamma):
    """The one best alignment instead of the soft minimum's weights."""
    D = (x[:, None] - y[None, :]) ** 2
    R = soft_table(D, 1e-3)
    E = np.zeros(D.shape)
    E[-1, -1] = 1
    for i in reversed(range(len(x))):
        for j in reversed(range(len(y))):
            for a, b in ((i + 1, j), (i, j + 1), (i + 1, j + 1)):
                if a < len(x) and b < len(y):
                    E[i, j] += E[a, b] * np.exp((R[a][b] - D[a, b] - R[i][j]) / 1e-3)
    gaps = 2 * (x[:, None] - y[None, :])
    return np.sum(E * gaps, axis=1), -np.sum(E * gaps, axis=0)


def black_scholes_vega_per_percent(spot, volatility, strike, rate, years):
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    density = np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi)
    return special.ndtr(d1), np.sum(spot * density * np.sqrt(years)) / 100


def named(function: Function, name: str) -> Function:
    function.__name__ = name
    return function


def of_epsilon(make, epsilon: float) -> Function:
    return named(make(epsilon), f"epsilon_{epsilon:g}")


# --- the table --------------------------------------------------------------------------------------------------------

FAR_LEFT = joined(uniform(-4, -3.4, 3), normal(3))
ZERO_IN_IT = at([0.0, 0.7, -0.3, 0.0, 1.1, -2.0], [0.4, -1.2, 0.8, 1.5, -0.7, 0.3])
ZEROS = at(np.eye(4, 5), np.ones((4, 5)), 0.3, np.arange(1.0, 21.0).reshape(4, 5))
NEGATIVE_SLOPE = joined(normal(6, 6), uniform(-0.5, -0.1, ()))
TIES = at([[1.0, 1.0, 2.0, 0.0], [0.5, 0.0, 2.0, 1.0]], [[0.7, -1.3]])
AWKWARD = normal((8, 6), (3, 3), (3, 2))
OVERFLOW = at([800.0, 1.0, -2.0, 0.5, 750.0, -1.0], [0.4, -1.2, 0.8, 1.5, -0.7, 0.3])
FAR_APART = at([[800.0, 0.0, -1.0], [1.0, 2.0, -900.0]], np.array([0, 1]))

TABLE: tuple[tuple[int, str, Function] | tuple[int, str, Function, Draw], ...] = (
    (1, "softmax_layer", softmax_layer_diagonal),
    (1, "attention", attention_diagonal),
    (1, "divergence_of_distributions", divergence_diagonal),
    (2, "mixture_of_experts", experts_diagonal),
    (3, "softmax_layer", softmax_layer_without_sum),
    (3, "attention", attention_without_sum),
    (3, "divergence_of_distributions", divergence_without_sum),
    (4, "cross_entropy_of_any_targets", log_softmax_without_sum),
    (4, "smoothed_cross_entropy", smoothed_log_softmax),
    (5, "softmax_cross_entropy", cross_entropy_over_the_batch),
    (5, "softmax_cross_entropy", cross_entropy_over_columns),
    (5, "softmax_layer", softmax_layer_over_columns),
    (6, "softmax_cross_entropy", cross_entropy_doubled),
    (6, "contrastive", contrastive_doubled),
    (7, "sigmoid_mean_squares", shortcut_under_squares),
    (7, "focal", shortcut_for_focal),
    (7, "dice", shortcut_for_dice),
    (8, "binary_cross_entropy_logits", bce_with_slope),
    (8, "logistic_regression", logistic_with_slope),
    (9, "sigmoid_mean_squares", shortcut_under_squares),
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
    (23, "ridge", ridge_penalty_doubled),
    (24, "ridge", ridge_penalty_forgotten),
    (24, "logistic_regression", logistic_penalty_forgotten),
    (24, "matrix_factorisation", factorisation_penalty_forgotten),
    (25, "softmax_cross_entropy", softmax_applied_twice),
    (25, "binary_cross_entropy_logits", sigmoid_applied_twice),
    (25, "logistic_regression", logistic_applied_twice),
    (26, "cross_entropy_of_any_targets", any_targets_as_labels),
    (27, "binary_cross_entropy_logits", clipped_probability, SATURATED),
    (27, "focal", clipped_focal, joined(at([-40.0, 38.0, -17.0]), at([1.0, -1.0, 1.0]), constant(2.0))),
    (28, "binary_cross_entropy_logits", cross_entropy_over_zero, SATURATED),
    (28, "softmax_cross_entropy", unshifted_softmax, FAR_APART),
    *((29, "binary_cross_entropy", of_epsilon(binary_with_epsilon, e)) for e in (1e-3, 1e-5, 1e-7, 1e-10, 1e-12)),
    *((29, "batch_norm", of_epsilon(batch_norm_with, e)) for e in (0.0, 1e-3, 1.1e-5, 1e-8)),
    *((29, "layer_norm", of_epsilon(layer_norm_with, e)) for e in (0.0, 1e-3, 1.1e-5, 1e-8)),
    *((29, "frobenius_norm", of_epsilon(frobenius_with, e)) for e in (1e-5, 1e-8, 1e-12)),
    *((29, "cosine_distance", of_epsilon(cosine_with, e)) for e in (1e-5, 1e-8, 1e-12)),
    (30, "gelu", gelu_by_the_tanh_form),
    (30, "gelu", gelu_by_the_sigmoid_form),
    (30, "gelu_tanh", gelu_tanh_by_the_exact_form),
    (31, "gelu", gelu_sign_far_left, FAR_LEFT),
    (31, "gelu", gelu_sign_far_left),
    (31, "swish", swish_sign_far_left, joined(uniform(-6, -5.1, 3), normal(3))),
    (32, "tanh", tanh_flat_on_top, ZERO_IN_IT),
    (32, "sigmoid", sigmoid_flat_on_top, ZERO_IN_IT),
    (33, "dropout", dropout_mask_from_output, ZEROS),
    (33, "dropout", dropout_mask_from_output),
    (33, "residual_block", residual_mask_from_output),
    (34, "softplus", softplus_mirrored),
    (34, "softplus", softplus_from_output),
    (34, "mish", mish_softplus_mirrored),
    (35, "leaky_relu", leaky_from_output, NEGATIVE_SLOPE),
    (35, "leaky_relu", leaky_from_output),
    (35, "elu", elu_from_output),
    (36, "leaky_relu", leaky_without_upstream),
    (36, "elu", elu_without_upstream),
    (38, "max_pool", max_pool_all_ties, TIES),
    (39, "total_variation", total_variation_overwritten),
    (39, "moving_average", moving_average_overwritten),
    (39, "strided_convolution", strided_overwritten),
    (39, "reflect_pad_blur", blur_without_borders),
    (39, "residual_block", residual_path_lost),
    *((40, name, accumulating(name)) for name in ("tanh", "softmax_cross_entropy", "log_determinant")),
    (41, "embedding", embedding_overwritten),
    (41, "embedding", embedding_added_once),
    (41, "bradley_terry", bradley_terry_added_once),
    (41, "interpolation", interpolation_added_once),
    (41, "negative_sampling", negative_sampling_added_once),
    (42, "dropout", dropout_without_mask),
    (42, "matrix_factorisation", factorisation_without_mask),
    (43, "batch_norm", batch_norm_constant_statistics),
    (43, "batch_norm", batch_norm_constant_variance),
    (43, "batch_norm", batch_norm_constant_mean),
    (43, "batch_norm", batch_norm_sample_variance),
    (43, "layer_norm", layer_norm_constant_variance),
    (43, "layer_norm", layer_norm_over_the_batch),
    (43, "root_mean_square_norm", root_mean_square_norm_projected_less),
    (43, "cosine_distance", cosine_without_projection),
    (43, "weight_norm", weight_norm_without_projection),
    (44, "layer_norm", layer_norm_mean_twice),
    (44, "batch_norm", batch_norm_mean_twice),
    (45, "strided_convolution", strided_without_stride),
    (45, "strided_convolution", strided_without_stride_in_kernel),
    (46, "strided_convolution", strided_from_the_end, AWKWARD),
    (46, "convolution", convolution_unflipped),
    (46, "convolution", convolution_kernel_flipped),
    *((47, name, destroying(name)) for name in ("tanh", "softmax_layer", "batch_norm")),
    (47, "sigmoid", sigmoid_from_output_of_output),
    *((48, "lstm_step", named(lstm_with(gate), f"gate_{gate}_without_slope")) for gate in ("i", "f", "o", "g")),
    (48, "gru_step", gru_without_reset_path),
    (48, "recurrent", recurrent_last_step_only),
    (48, "moving_average", moving_average_last_step_only),
    (48, "equilibrium", equilibrium_last_step_only),
    *((49, "lstm_step", named(lstm_with("", gate), f"bias_of_gate_{gate}")) for gate in ("i", "g")),
    (51, "causal_attention", attention_ignoring_the_flag),
    (51, "two_views", views_rivals_with_oneself),
    (51, "attention", attention_without_scale),
    (52, "causal_attention", attention_mask_shifted),
    (52, "causal_attention", attention_mask_transposed),
    (52, "two_views", views_one_direction),
    (53, "phase_retrieval", phases_without_conjugate),
    (53, "rotary", rotary_without_conjugate),
    (54, "elu", elu_nan_from_the_other_branch, OVERFLOW),
    (54, "arctan", arctan_nan_from_the_other_branch, at([1e160, 0.3, -2.0], [1e300, -2.0, 0.7])),
    (55, "entropy_of_rates", entropy_without_one),
    (55, "entropy_of_rates", entropy_minus_one),
    (55, "divergence_of_distributions", divergence_sign),
    (55, "divergence_from_standard_normal", standard_normal_sign),
    (55, "policy_gradient", policy_entropy_sign),
    (56, "divergence_of_distributions", divergence_other_way),
    (56, "divergence_from_standard_normal", standard_normal_other_way),
    (15, "linear_solve", solve_without_transpose),
    (15, "inverse", inverse_without_transposes),
    (14, "log_determinant", log_determinant_without_transpose),
    (22, "determinant", determinant_without_factor),
    (22, "cholesky_factor", cholesky_diagonal_not_halved),
    (3, "gaussian_process", gaussian_process_without_determinant),
    (22, "mahalanobis", mahalanobis_one_side),
    (14, "rayleigh_quotient", rayleigh_for_symmetric),
    (10, "neighbour_embedding", embedding_of_neighbours_without_kernel),
    (48, "runge_kutta", runge_kutta_as_euler),
    (13, "heat_equation", heat_without_last_state),
    (41, "sorted_distance", sorted_unsorted),
    (30, "soft_time_warping", warping_hard),
    (21, "black_scholes", black_scholes_vega_per_percent),
)


def wrongs() -> tuple[Wrong, ...]:
    return tuple(of_row(number, BY_NAME[name], *rest) for number, name, *rest in TABLE)


def of_row(number: int, entry: Entry, gradient: Function, make_args: Draw | None = None) -> Wrong:
    return Wrong(entry, f"{number:02d} {TITLES[number]}", gradient, make_args=make_args or entry.make_args)


TITLES = {
    1: "softmax: diagonal only",
    2: "softmax: slope times upstream, element by element",
    3: "a term of the sum is missing",
    4: "log-softmax wrong",
    5: "softmax over the wrong axis",
    6: "cross-entropy off by two",
    7: "a − y outside its pair",
    8: "σ′ although it cancels",
    9: "no σ′ although it stays",
    10: "h′ of a hidden layer missing",
    11: "sign",
    12: "input for output",
    13: "stale or updated weights",
    14: "transposed",
    15: "W for Wᵗ",
    16: "bias not summed",
    17: "bias averaged",
    18: "bias out of the weights' gradient",
    19: "divided by the batch although a sum",
    20: "not divided by the batch",
    21: "an extra 1/n",
    22: "factor two",
    23: "penalty's factor two",
    24: "penalty forgotten or added",
    25: "softmax or sigmoid twice",
    26: "targets that do not sum to one",
    27: "clip kills the gradient",
    28: "0 · ∞ in saturation",
    29: "another epsilon",
    30: "derivative of another approximation",
    31: "sign in the far tail",
    32: "a table's flat top",
    33: "mask inferred from the output",
    34: "softplus formula",
    35: "slope read from the output",
    36: "upstream forgotten",
    38: "all ties get everything",
    39: "= for +=: a path is lost",
    40: "second call adds to the first",
    41: "repeated indices added once",
    42: "mask forgotten",
    43: "a term of the normalisation missing",
    44: "mean subtracted twice",
    45: "stride forgotten",
    46: "alignment of windows",
    47: "input overwritten in place",
    48: "a path through time missing",
    49: "one bias for every gate",
    51: "a flag of the forward pass ignored",
    52: "mask aligned otherwise",
    53: "conjugate missing",
    54: "NaN through the other branch",
    55: "entropy or KL formula",
    56: "KL the other way round",
}
