"""numpy-ml as found: activations, losses and layers of a hand-written library."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

import autocheck

from .found_common import COTANGENT, REALS, Array, Check, Subject, elementwise, from_package


def numpy_ml(path: str) -> Any:
    """A name of numpy-ml, which asks for collections.Hashable; Python 3.10 moved it, so it is lent."""
    import collections
    import collections.abc

    collections.Hashable = collections.abc.Hashable  # type: ignore[attr-defined]
    return from_package(f"numpy_ml.neural_nets.{path}")


def numpy_ml_activation(name: str, order: int = 1) -> Check:
    def check() -> Any:
        activation = numpy_ml(f"activations:{name}")()
        f, slope = (activation.fn, activation.grad) if order == 1 else (activation.grad, activation.grad2)
        return elementwise(f, slope, REALS)

    return check


def numpy_ml_squared_error() -> Any:
    loss, identity = numpy_ml("losses:SquaredError")(), numpy_ml("activations:Identity")()
    y, z = COTANGENT, REALS
    return autocheck.check_gradient(lambda z: loss.loss(y, z), lambda z: loss.grad(y, z, z, identity), z)


def numpy_ml_cross_entropy() -> Any:
    """Its gradient is with respect to the logits under a softmax, of a sum over the batch."""
    loss, softmax = numpy_ml("losses:CrossEntropy")(), from_package("scipy.special:softmax")
    y = np.eye(3)[[0, 2, 1, 1]]
    return autocheck.check_gradient(
        lambda z: loss.loss(y, softmax(z, axis=1)), lambda z: loss.grad(y, softmax(z, axis=1)), REALS
    )


def numpy_ml_layer(make: Callable[[Any], Any], x: Array) -> Check:
    """A layer's forward and backward pass with respect to its input."""

    def check() -> Any:
        layer = make(importlib.import_module("numpy_ml.neural_nets.layers") if numpy_ml("layers:Add") else None)
        layer.forward(x)

        def vjp(x: Array, cotangent: Array) -> Any:
            layer.flush_gradients()
            layer.forward(x)
            return layer.backward(cotangent)

        return autocheck.check_vjp(lambda x: layer.forward(x, retain_derived=False), vjp, x)

    return check


ML_ACTIVATIONS = "Sigmoid ReLU LeakyReLU Tanh Affine Identity ELU Exponential SELU HardSigmoid SoftPlus".split()
LAYERS: dict[str, tuple[Callable[[Any], Any], Array]] = {
    "FullyConnected": (lambda m: m.FullyConnected(2, act_fn="Tanh"), REALS),
    "Softmax": (lambda m: m.Softmax(), REALS),
    "BatchNorm1D": (lambda m: m.BatchNorm1D(), REALS),
    "LayerNorm1D": (lambda m: m.LayerNorm1D(), REALS),
    "Conv2D": (lambda m: m.Conv2D(out_ch=2, kernel_shape=(2, 2)), np.random.default_rng(7).normal(size=(2, 4, 3, 2))),
    "Pool2D, max": (lambda m: m.Pool2D((2, 2), 2, mode="max"), np.random.default_rng(8).normal(size=(2, 4, 4, 2))),
    "Pool2D, average": (
        lambda m: m.Pool2D((2, 2), 2, mode="average"),
        np.random.default_rng(9).normal(size=(2, 4, 4, 2)),
    ),
}

SUBJECTS: tuple[Subject, ...] = (
    *(Subject("numpy-ml", f"{n}.grad", numpy_ml_activation(n)) for n in ML_ACTIVATIONS),
    *(Subject("numpy-ml", f"{n}.grad2", numpy_ml_activation(n, 2)) for n in ML_ACTIVATIONS),
    Subject("numpy-ml", "SquaredError.grad", numpy_ml_squared_error),
    Subject("numpy-ml", "CrossEntropy.grad", numpy_ml_cross_entropy),
    *(Subject("numpy-ml", f"layers.{n}", numpy_ml_layer(make, x)) for n, (make, x) in LAYERS.items()),
)
