"""Convolutions and recurrences: mistakes 45, 46, 48, 49."""

from __future__ import annotations

import numpy as np

from .draws import normal
from .entry import Function
from .mistakes_common import Row, named
from .sequences import sigma


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


AWKWARD = normal((8, 6), (3, 3), (3, 2))

ROWS: tuple[Row, ...] = (
    (45, "strided_convolution", strided_without_stride),
    (45, "strided_convolution", strided_without_stride_in_kernel),
    (46, "strided_convolution", strided_from_the_end, AWKWARD),
    (46, "convolution", convolution_unflipped),
    (46, "convolution", convolution_kernel_flipped),
    *((48, "lstm_step", named(lstm_with(gate), f"gate_{gate}_without_slope")) for gate in ("i", "f", "o", "g")),
    (48, "gru_step", gru_without_reset_path),
    (48, "recurrent", recurrent_last_step_only),
    (48, "moving_average", moving_average_last_step_only),
    (48, "equilibrium", equilibrium_last_step_only),
    *((49, "lstm_step", named(lstm_with("", gate), f"bias_of_gate_{gate}")) for gate in ("i", "g")),
)
