"""Real data to train on: scikit-learn's bundled handwritten digits, and the share of them that a network gets right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from handgrad.network import Network, Parameters, forward
from handgrad.shapes import Array, ShapeError


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """1,797 images of 8 x 8 pixels in [0, 1], one to a row, with one-hot targets; a fifth of them held out."""

    X: Array
    Y: Array
    X_held_out: Array
    Y_held_out: Array


def digits(dtype: Any = np.float64, seed: int = 0) -> Digits:
    """Load the digits and hold out a fifth, chosen by the seed.

    Raises: ModuleNotFoundError if scikit-learn, which brings them, isn't installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ModuleNotFoundError(
            'digits: scikit-learn, which brings the images, is not installed. pip install "handgrad[digits]"'
        ) from None
    pixels, labels = load_digits(return_X_y=True)
    X, Y = (pixels / 16).astype(dtype), np.eye(10, dtype=dtype)[labels]
    order = np.random.default_rng(seed).permutation(len(X))
    held_out, rest = order[: len(X) // 5], order[len(X) // 5 :]
    return Digits(X[rest], Y[rest], X[held_out], Y[held_out])


def accuracy(network: Network, parameters: Parameters, X: Array, Y: Array) -> float:
    """The share of the examples whose largest output is the one that the targets name.

    Shapes: X (m, n_0), Y (m, n_H) -> ()
    Raises: as forward, and ShapeError if Y doesn't fit or there are no two classes to choose between.
    """
    a = forward(network, parameters, X).a[-1]
    if a.shape != np.shape(Y) or a.shape[1] < 2:
        raise ShapeError(f"accuracy: Y has shape {np.shape(Y)}, needs (m, n_out) = {a.shape} with n_out of 2 or more.")
    return float(np.mean(np.argmax(a, axis=1) == np.argmax(Y, axis=1)))
