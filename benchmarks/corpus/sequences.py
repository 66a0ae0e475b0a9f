"""Recurrences, convolutions and pooling: gradients that travel along time or collect from windows."""

from __future__ import annotations

import numpy as np

from .draws import integers, joined, normal, uniform
from .entry import Entry


def sigma(z):
    return 1 / (1 + np.exp(-z))


def recurrent(W, U, b, X, up):
    """h_t = tanh(x_t W + h_{t−1} U + b), read at the last step."""
    h = np.zeros(U.shape[0])
    for x in X:
        h = np.tanh(x @ W + h @ U + b)
    return np.sum(up * h)


def recurrent_gradient(W, U, b, X, up):
    states = [np.zeros(U.shape[0])]
    for x in X:
        states.append(np.tanh(x @ W + states[-1] @ U + b))
    d_W, d_U, d_b, d_h = 0, 0, 0, up
    for t in reversed(range(len(X))):
        delta = d_h * (1 - states[t + 1] ** 2)
        d_W, d_U, d_b = d_W + np.outer(X[t], delta), d_U + np.outer(states[t], delta), d_b + delta
        d_h = U @ delta
    return d_W, d_U, d_b


def lstm_step(W, b, x, h, c, up):
    """Gates in the order input, forget, output, candidate."""
    i, f, o, g = np.split(np.concatenate([x, h]) @ W + b, 4)
    new = sigma(f) * c + sigma(i) * np.tanh(g)
    return np.sum(up * sigma(o) * np.tanh(new))


def lstm_step_gradient(W, b, x, h, c, up):
    joint = np.concatenate([x, h])
    i, f, o, g = np.split(joint @ W + b, 4)
    i, f, o, g = sigma(i), sigma(f), sigma(o), np.tanh(g)
    new = f * c + i * g
    d_new = up * o * (1 - np.tanh(new) ** 2)
    d_i, d_f = d_new * g * i * (1 - i), d_new * c * f * (1 - f)
    d_o, d_g = up * np.tanh(new) * o * (1 - o), d_new * i * (1 - g**2)
    delta = np.concatenate([d_i, d_f, d_o, d_g])
    d_joint = W @ delta
    return np.outer(joint, delta), delta, d_joint[: len(x)], d_joint[len(x) :], d_new * f


def gru_step(W, U, V, x, h, up):
    """Reset r, update u, candidate g; each matrix takes the joined (x, h)."""
    joint = np.concatenate([x, h])
    r, u = sigma(joint @ W), sigma(joint @ U)
    g = np.tanh(np.concatenate([x, r * h]) @ V)
    return np.sum(up * (u * h + (1 - u) * g))


def gru_step_gradient(W, U, V, x, h, up):
    joint = np.concatenate([x, h])
    r, u = sigma(joint @ W), sigma(joint @ U)
    reset = np.concatenate([x, r * h])
    g = np.tanh(reset @ V)
    d_g = up * (1 - u) * (1 - g**2)
    d_u = up * (h - g) * u * (1 - u)
    d_reset = V @ d_g
    d_r = d_reset[len(x) :] * h * r * (1 - r)
    d_joint = W @ d_r + U @ d_u
    d_h = up * u + d_reset[len(x) :] * r + d_joint[len(x) :]
    return np.outer(joint, d_r), np.outer(joint, d_u), np.outer(reset, d_g), d_reset[: len(x)] + d_joint[: len(x)], d_h


def convolution(x, kernel, up):
    """One channel, no padding: yᵢ = Σⱼ x_{i+j} kernelⱼ."""
    return np.sum(up * np.correlate(x, kernel, mode="valid"))


def convolution_gradient(x, kernel, up):
    return np.convolve(up, kernel), np.correlate(x, up, mode="valid")


def strided_convolution(X, kernel, up):
    """Images (rows, columns) with stride 2."""
    total = 0.0
    for i, j in np.ndindex(*up.shape):
        window = X[2 * i : 2 * i + kernel.shape[0], 2 * j : 2 * j + kernel.shape[1]]
        total = total + up[i, j] * np.sum(window * kernel)
    return total


def strided_convolution_gradient(X, kernel, up):
    d_X, d_kernel = np.zeros(X.shape), np.zeros(kernel.shape)
    for i, j in np.ndindex(*up.shape):
        here = slice(2 * i, 2 * i + kernel.shape[0]), slice(2 * j, 2 * j + kernel.shape[1])
        d_X[here] += up[i, j] * kernel
        d_kernel += up[i, j] * X[here]
    return d_X, d_kernel


def max_pool(X, up):
    """The largest of each 2 × 2 block."""
    rows, columns = X.shape[0] // 2, X.shape[1] // 2
    return np.sum(up * np.max(X.reshape(rows, 2, columns, 2), axis=(1, 3)))


def max_pool_gradient(X, up):
    """Tied maxima share what comes from above."""
    rows, columns = X.shape[0] // 2, X.shape[1] // 2
    blocks = X.reshape(rows, 2, columns, 2)
    largest = blocks == np.max(blocks, axis=(1, 3), keepdims=True)
    share = largest / np.sum(largest, axis=(1, 3), keepdims=True)
    return (share * up[:, None, :, None]).reshape(X.shape)


def average_pool(X, up):
    rows, columns = X.shape[0] // 2, X.shape[1] // 2
    return np.sum(up * np.mean(X.reshape(rows, 2, columns, 2), axis=(1, 3)))


def average_pool_gradient(X, up):
    return np.repeat(np.repeat(up, 2, axis=0), 2, axis=1) / 4


def reflect_pad_blur(x, up):
    """A [1 2 1]/4 blur whose borders are mirrored."""
    wide = np.concatenate([x[1:2], x, x[-2:-1]])
    return np.sum(up * (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4)


def reflect_pad_blur_gradient(x, up):
    d_wide = np.zeros(len(x) + 2)
    d_wide[:-2] += up / 4
    d_wide[1:-1] += up / 2
    d_wide[2:] += up / 4
    d_x = d_wide[1:-1]
    d_x[1] += d_wide[0]
    d_x[-2] += d_wide[-1]
    return d_x


def total_variation(X):
    """Squared differences of neighbours, down and across."""
    return np.sum((X[1:] - X[:-1]) ** 2) + np.sum((X[:, 1:] - X[:, :-1]) ** 2)


def total_variation_gradient(X):
    down, across = 2 * (X[1:] - X[:-1]), 2 * (X[:, 1:] - X[:, :-1])
    d_X = np.zeros(X.shape)
    d_X[1:] += down
    d_X[:-1] -= down
    d_X[:, 1:] += across
    d_X[:, :-1] -= across
    return d_X


def moving_average(x, decay, up):
    """m_t = decay m_{t−1} + (1 − decay) x_t, every step weighed."""
    m, total = 0.0, 0.0
    for t in range(len(x)):
        m = decay * m + (1 - decay) * x[t]
        total = total + up[t] * m
    return total


def moving_average_gradient(x, decay, up):
    means = [0.0]
    for value in x:
        means.append(decay * means[-1] + (1 - decay) * value)
    d_x, d_decay, d_m = np.zeros(len(x)), 0.0, 0.0
    for t in reversed(range(len(x))):
        d_m = up[t] + decay * d_m
        d_x[t] = (1 - decay) * d_m
        d_decay = d_decay + d_m * (means[t] - x[t])
    return d_x, d_decay


def segment_sums(x, segments, up):
    """Squares of sums over groups of rows."""
    return sum(up[k] * np.sum(x[segments == k]) ** 2 for k in range(len(up)))


def segment_sums_gradient(x, segments, up):
    sums = np.stack([np.sum(x[segments == k]) for k in range(len(up))])
    return 2 * (up * sums)[segments]


SMALL_LSTM = normal((5, 12), 12, 2, 3, 3, 3)

ENTRIES = (
    Entry(recurrent, recurrent_gradient, normal((2, 3), (3, 3), 3, (4, 2), 3), (0, 1, 2)),
    Entry(lstm_step, lstm_step_gradient, SMALL_LSTM, (0, 1, 2, 3, 4)),
    Entry(gru_step, gru_step_gradient, normal((5, 3), (5, 3), (5, 3), 2, 3, 3), (0, 1, 2, 3, 4)),
    Entry(convolution, convolution_gradient, normal(8, 3, 6), (0, 1)),
    Entry(strided_convolution, strided_convolution_gradient, normal((7, 5), (3, 3), (3, 2)), (0, 1)),
    Entry(max_pool, max_pool_gradient, normal((4, 6), (2, 3)), kinks=True),
    Entry(average_pool, average_pool_gradient, normal((4, 6), (2, 3))),
    Entry(reflect_pad_blur, reflect_pad_blur_gradient, normal(6, 6)),
    Entry(total_variation, total_variation_gradient, normal((4, 5))),
    Entry(moving_average, moving_average_gradient, joined(normal(6), uniform(0.5, 0.9, ()), normal(6)), (0, 1)),
    Entry(segment_sums, segment_sums_gradient, joined(normal(8), integers(3, 8), normal(3))),
)
