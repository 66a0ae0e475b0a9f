"""Metric learning, proximal functions, and frameworks that differentiate by themselves, as found."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import numpy as np

import autocheck

from .found_common import REALS, Array, Check, Subject, W, X, from_package, rng


def metric_learn_nca() -> Any:
    model = from_package("metric_learn:NCA")()
    model.n_iter_ = 1
    same = np.equal.outer([0, 1, 0, 1, 1, 0], [0, 1, 0, 1, 1, 0])
    both = lambda A: model._loss_grad_lbfgs(A, X, same)  # noqa: E731
    return autocheck.check_gradient(lambda A: both(A)[0], lambda A: both(A)[1], rng().normal(size=6))


def metric_learn_regression() -> Any:
    model = from_package("metric_learn:MLKR")()
    model.n_iter_ = 1
    y = np.random.default_rng(6).normal(size=6)
    both = lambda A: model._loss(A, X, y)  # noqa: E731
    return autocheck.check_gradient(lambda A: both(A)[0], lambda A: both(A)[1], rng().normal(size=6))


def pyunlocbox_norm() -> Any:
    A = rng().normal(size=(4, 3))
    function = from_package("pyunlocbox.functions:norm_l2")(lambda_=0.7, y=rng().normal(size=4), A=A)
    return autocheck.check_gradient(function.eval, function.grad, W)


def hips_autograd(name: str) -> Check:
    """A function in autograd's NumPy, and the gradient that autograd makes of it."""

    def check() -> Any:
        anp = importlib.import_module("autograd.numpy")
        functions = SimpleNamespace(
            tanh=lambda x: anp.sum(anp.tanh(x) ** 2),
            logsumexp=lambda x: anp.log(anp.sum(anp.exp(x))),
            solve=lambda x: anp.sum(anp.linalg.solve(anp.eye(3) + anp.outer(x, x), x)),
        )
        f = getattr(functions, name)
        return autocheck.check_gradient(f, from_package("autograd:grad")(f), W)

    return check


def mygrad_cross_entropy() -> Any:
    mg = importlib.import_module("mygrad")
    loss = from_package("mygrad.nnet.losses:softmax_crossentropy")
    y = np.array([0, 2, 1, 1])

    def gradient(z: Array) -> Any:
        tensor = mg.tensor(z)
        loss(tensor, y).backward()
        return tensor.grad

    return autocheck.check_gradient(lambda z: loss(z, y).data, gradient, REALS)


def numdifftools_gradient() -> Any:
    """No derivation: what a difference engine returns, claimed as a gradient."""
    Gradient = from_package("numdifftools:Gradient")
    f = lambda x: np.sum(np.sin(x) * x)  # noqa: E731
    return autocheck.check_gradient(f, Gradient(f), W)


SUBJECTS: tuple[Subject, ...] = (
    Subject("metric-learn", "NCA", metric_learn_nca),
    Subject("metric-learn", "MLKR", metric_learn_regression),
    Subject("pyunlocbox", "norm_l2.grad", pyunlocbox_norm),
    *(Subject("autograd", f"grad of {n}", hips_autograd(n)) for n in ("tanh", "logsumexp", "solve")),
    Subject("mygrad", "softmax_crossentropy", mygrad_cross_entropy),
    Subject("numdifftools", "Gradient", numdifftools_gradient),
)
