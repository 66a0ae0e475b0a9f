"""scikit-learn as found: its losses (compiled), networks, kernels, metric learning, embedding."""

from __future__ import annotations

import functools
import importlib
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

import autocheck

from .found_common import REALS, Array, Check, Subject, W, X, from_package, rng


def sklearn_loss(name: str) -> Check:
    def check() -> Any:
        loss = from_package(f"sklearn._loss.loss:{name}")()
        y = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0]) + (name in ("HalfPoissonLoss", "HalfGammaLoss", "HalfTweedieLoss"))
        rest = rng().normal(size=6)

        def f(raw: Array) -> Any:
            return np.sum(loss.loss(y, raw))

        return autocheck.check_gradient(f, lambda raw: loss.gradient(y, raw), rest)

    return check


def sklearn_multinomial() -> Any:
    loss = from_package("sklearn._loss.loss:HalfMultinomialLoss")(n_classes=3)
    y = np.array([0.0, 1.0, 2.0, 0.0])
    return autocheck.check_gradient(lambda raw: np.sum(loss.loss(y, raw)), lambda raw: loss.gradient(y, raw), REALS)


def sklearn_activation(name: str) -> Check:
    """The derivative takes the output, and multiplies into delta in place."""

    def check() -> Any:
        base = importlib.import_module("sklearn.neural_network._base")
        forward, backward = base.ACTIVATIONS[name], base.DERIVATIVES[name]

        def f(x: Array) -> Array:
            x = x.copy()
            forward(x)
            return x

        def vjp(x: Array, cotangent: Array) -> Array:
            delta = cotangent.copy()
            backward(f(x), delta)
            return delta

        return autocheck.check_vjp(f, vjp, REALS)

    return check


def sklearn_network(kind: str, activation: str) -> Check:
    """The loss and the backpropagation that L-BFGS trains on, from one vector of all parameters."""

    def check() -> Any:
        network = from_package(f"sklearn.neural_network:{kind}")
        rng = np.random.default_rng(1)
        y = np.array([0, 1, 2, 0, 1, 2]) if kind == "MLPClassifier" else rng.normal(size=6)
        model = network(
            hidden_layer_sizes=(4,), activation=activation, solver="lbfgs", max_iter=1, alpha=0.1, random_state=0
        ).fit(X, y)
        targets = np.eye(3)[y] if kind == "MLPClassifier" else y[:, None]
        packed = np.concatenate([np.ravel(v) for v in (*model.coefs_, *model.intercepts_)])
        packed = packed + 0.1 * rng.normal(size=packed.shape)
        widths = [3, 4, targets.shape[1]]

        def loss_and_gradient(packed: Array) -> Any:
            activations = [X] + [None] * (len(widths) - 1)
            deltas = [None] * (len(activations) - 1)
            grads = [np.empty((a, b)) for a, b in itertools.pairwise(widths)]
            biases = [np.empty(b) for b in widths[1:]]
            return model._loss_grad_lbfgs(packed, X, targets, None, activations, deltas, grads, biases)

        return autocheck.check_gradient(
            lambda packed: loss_and_gradient(packed)[0], lambda packed: loss_and_gradient(packed)[1], packed
        )

    return check


def sklearn_huber() -> Any:
    both = from_package("sklearn.linear_model._huber:_huber_loss_and_gradient")
    y, w = np.random.default_rng(2).normal(size=6), np.array([0.3, -0.5, 0.2, 0.1, 0.9])
    weights = np.ones(6)
    settings = (X, y, 1.35, 0.1, weights)
    return autocheck.check_gradient(lambda w: both(w, *settings)[0], lambda w: both(w, *settings)[1], w)


def sklearn_neighbourhood() -> Any:
    model = from_package("sklearn.neighbors:NeighborhoodComponentsAnalysis")()
    model.n_iter_ = 1
    same = np.equal.outer([0, 1, 0, 1, 1, 0], [0, 1, 0, 1, 1, 0])
    both = lambda A: model._loss_grad_lbfgs(A, X, same)  # noqa: E731
    return autocheck.check_gradient(lambda A: both(A)[0], lambda A: both(A)[1], rng().normal(size=6))


def sklearn_kernel(make: Callable[[Any], Any]) -> Check:
    """∂K/∂θ of a kernel, θ the logarithms of its hyperparameters."""

    def check() -> Any:
        kernel = make(importlib.import_module("sklearn.gaussian_process.kernels"))

        def jacobian(theta: Array) -> Any:
            return kernel.clone_with_theta(theta)(X, eval_gradient=True)[1]

        return autocheck.check_jacobian(lambda theta: kernel.clone_with_theta(theta)(X), jacobian, kernel.theta + 0.3)

    return check


def sklearn_process() -> Any:
    kernels = importlib.import_module("sklearn.gaussian_process.kernels")
    process = from_package("sklearn.gaussian_process:GaussianProcessRegressor")
    model = process(kernels.RBF(1.0) + kernels.WhiteKernel(0.3), optimizer=None).fit(X, W[[0, 1, 2, 0, 1, 2]])
    both = functools.partial(model.log_marginal_likelihood, eval_gradient=True)
    return autocheck.check_gradient(lambda t: both(t)[0], lambda t: both(t)[1], np.array([0.2, -0.9]))


def sklearn_linear_model() -> Any:
    linear = from_package("sklearn.linear_model._linear_loss:LinearModelLoss")
    model = linear(base_loss=from_package("sklearn._loss:HalfBinomialLoss")(), fit_intercept=True)
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    w = np.array([0.3, -0.5, 0.2, 0.1])
    return autocheck.check_gradient(
        lambda w: model.loss(w, X, y, l2_reg_strength=0.1), lambda w: model.gradient(w, X, y, l2_reg_strength=0.1), w
    )


def sklearn_embedding() -> Any:
    divergence = from_package("sklearn.manifold._t_sne:_kl_divergence")
    P = np.random.default_rng(3).uniform(0.01, 0.1, 15)
    both = lambda p: divergence(p, P / P.sum() / 2, 1, 6, 2)  # noqa: E731
    return autocheck.check_gradient(lambda p: both(p)[0], lambda p: both(p)[1], rng().normal(size=12))


SKLEARN_LOSSES = (
    *("HalfSquaredError", "AbsoluteError", "PinballLoss", "HuberLoss", "HalfPoissonLoss", "HalfGammaLoss"),
    *("HalfTweedieLoss", "HalfBinomialLoss", "ExponentialLoss"),
)
KERNELS: dict[str, Callable[[Any], Any]] = {
    "ConstantKernel": lambda k: k.ConstantKernel(1.5),
    "WhiteKernel": lambda k: k.WhiteKernel(0.5),
    "DotProduct": lambda k: k.DotProduct(0.7),
    "RBF": lambda k: k.RBF(1.3),
    "Matern 3/2": lambda k: k.Matern(1.3, nu=1.5),
    "RationalQuadratic": lambda k: k.RationalQuadratic(1.3, 0.7),
    "ExpSineSquared": lambda k: k.ExpSineSquared(1.3, 2.0),
    "sum and product": lambda k: k.ConstantKernel(1.5) * k.DotProduct(0.7) + k.WhiteKernel(0.5),
    "exponentiation": lambda k: k.DotProduct(0.7) ** 2,
}

SUBJECTS: tuple[Subject, ...] = (
    *(Subject("scikit-learn", f"_loss.{name}", sklearn_loss(name)) for name in SKLEARN_LOSSES),
    Subject("scikit-learn", "_loss.HalfMultinomialLoss", sklearn_multinomial),
    *(
        Subject("scikit-learn", f"inplace_{n}_derivative", sklearn_activation(n))
        for n in ("identity", "logistic", "tanh", "relu")
    ),
    *(
        Subject("scikit-learn", f"{kind}, {activation}", sklearn_network(kind, activation))
        for kind in ("MLPClassifier", "MLPRegressor")
        for activation in ("tanh", "relu", "logistic")
    ),
    Subject("scikit-learn", "_huber_loss_and_gradient", sklearn_huber),
    Subject("scikit-learn", "NeighborhoodComponentsAnalysis", sklearn_neighbourhood),
    *(Subject("scikit-learn", f"kernel {name}", sklearn_kernel(make)) for name, make in KERNELS.items()),
    Subject("scikit-learn", "GaussianProcessRegressor", sklearn_process),
    Subject("scikit-learn", "LinearModelLoss", sklearn_linear_model),
    Subject("scikit-learn", "t-SNE _kl_divergence", sklearn_embedding),
)
