"""What several entries share: softmax and unit vectors, one to a row."""

from __future__ import annotations

import numpy as np


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def log_sum_exp(z):
    top = np.max(z, axis=-1, keepdims=True)
    return top[..., 0] + np.log(np.sum(np.exp(z - top), axis=-1))


def unit_rows(X):
    norms = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
    return X / norms, norms


def through_unit_rows(delta, unit, norms):
    """Back through x / |x|: what points along x is lost."""
    return (delta - unit * np.sum(delta * unit, axis=1, keepdims=True)) / norms
