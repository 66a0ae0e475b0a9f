"""VJP, JVP, Jacobian and Hessian: right ones agree to all digits, wrong ones are caught, whatever form they come in."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

import autocheck
from autocheck import BadClaim, check_hessian, check_jacobian, check_jvp, check_vjp

RNG = np.random.default_rng(3)
Z = RNG.normal(size=(3, 4))
W, B = RNG.normal(size=(4, 2)), RNG.normal(size=2)


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def softmax_product(z, u):
    """The Jacobian is symmetric: its VJP and its JVP are the same."""
    a = softmax(z)
    return a * (u - (a * u).sum(-1, keepdims=True))


def dense(x, W, b):
    return {"z": x @ W + b, "norm": (W * W).sum()}


def dense_vjp(x, W, b, cotangent):
    return cotangent["z"] @ W.T, x.T @ cotangent["z"] + 2 * W * cotangent["norm"], cotangent["z"].sum(0)


def dense_jvp(x, W, b, dx, dW, db):
    return {"z": dx @ W + x @ dW + db, "norm": 2 * (W * dW).sum()}


def scaled(derivative, factor):
    def wrong(*args):
        return autocheck_tree(derivative(*args), factor)

    return wrong


def autocheck_tree(value, factor):
    if isinstance(value, dict):
        return {key: autocheck_tree(v, factor) for key, v in value.items()}
    if isinstance(value, tuple):
        return tuple(autocheck_tree(v, factor) for v in value)
    return value * factor


def softmax_jacobian(z):
    a = softmax(z)
    return np.diag(a) - np.outer(a, a)


def cubic(x, A):
    return (x @ A @ x) * x.sum()


def grad_cubic(x, A):
    return (A + A.T) @ x * x.sum() + x @ A @ x


def hess_cubic(x, A):
    s = (A + A.T) @ x
    return (A + A.T) * x.sum() + s[:, None] + s[None, :]


SQUARE = RNG.normal(size=(4, 4))
CLAIMS = {
    "VJP of softmax": (check_vjp, softmax, softmax_product, (Z,), {}),
    "VJP of a nested output": (check_vjp, dense, dense_vjp, (Z, W, B), {"argnums": (0, 1, 2)}),
    "VJP in float32": (check_vjp, softmax, softmax_product, (Z.astype(np.float32),), {}),
    "VJP with a cotangent": (check_vjp, softmax, softmax_product, (Z,), {"cotangent": np.ones((3, 4))}),
    "VJP in JAX": (check_vjp, jnp.sin, lambda x, u: jnp.cos(x) * u, (Z,), {}),
    "JVP of softmax": (check_jvp, softmax, softmax_product, (Z,), {}),
    "JVP of a nested output": (check_jvp, dense, dense_jvp, (Z, W, B), {"argnums": (0, 1, 2)}),
    "JVP with tangents": (check_jvp, softmax, softmax_product, (Z,), {"tangents": (np.ones((3, 4)),)}),
    "Jacobian of softmax": (check_jacobian, softmax, softmax_jacobian, (Z[0],), {}),
    "Jacobian with two axes": (check_jacobian, lambda X: X.T, lambda X: np.einsum("il,jk->ijkl", np.eye(4), np.eye(3)), (Z,), {}),
    "Jacobian of a number": (check_jacobian, lambda x: (x**2).sum(), lambda x: 2 * x, (Z,), {}),
    "Hessian": (check_hessian, cubic, hess_cubic, (Z[0], SQUARE), {}),
    "Hessian by its gradient": (check_hessian, cubic, hess_cubic, (Z[0], SQUARE), {"gradient": grad_cubic}),
    "Hessian of Rosenbrock's function": (check_hessian, scipy.optimize.rosen, scipy.optimize.rosen_hess, (Z[0],), {}),
    "Hessian in JAX": (check_hessian, lambda x: jnp.prod(x), lambda x: _products(x), (Z[0],), {}),
}  # fmt: skip


def _products(x):
    """prod(x) / (x_i x_j) off the diagonal, 0 on it."""
    return jnp.prod(x) / jnp.outer(x, x) * (1 - jnp.eye(len(x)))


@pytest.mark.parametrize("name", CLAIMS)
def test_a_right_derivative_agrees_to_many_digits(name):
    check, f, derivative, args, options = CLAIMS[name]
    report = check(f, derivative, *args, **options)
    assert report.ok, str(report)
    assert report.digits is None or report.digits > 60


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize("factor", [-1, 2, 1 + 1e-6], ids=["sign", "twice", "a millionth more"])
def test_a_wrong_derivative_is_wrong(name, factor):
    check, f, derivative, args, options = CLAIMS[name]
    assert check(f, scaled(derivative, factor), *args, **options).verdict == "wrong"


def test_a_zero_softmax_backward_is_caught_though_ones_lie_in_its_null_space():
    assert check_vjp(softmax, lambda z, u: np.zeros_like(z), Z).verdict == "wrong"


def test_a_vjp_that_ignores_its_cotangent_is_wrong():
    assert check_vjp(softmax, lambda z, u: softmax_product(z, np.arange(4.0)), Z).verdict == "wrong"


def test_the_cotangent_goes_by_its_name():
    report = check_vjp(lambda z: np.where(z > 0, z, 0.1 * z), lambda z, g: np.where(z > 0, g, 0.1), Z[0])
    assert "without the factor cotangent" in report.diagnosis.sentence


def test_a_wrong_entry_of_a_jacobian_is_named():
    def one_off(z):
        jacobian = softmax_jacobian(z).copy()
        jacobian[2, 1] += 1e-9
        return jacobian

    report = check_jacobian(softmax, one_off, Z[0])
    assert report.verdict == "wrong"
    assert report.parameters[0].worst_index == (2, 1)
    assert report.parameters[0].wrong == 1
    assert report.parameters[0].count == 16


def test_one_wrong_number_is_told_with_what_it_should_be():
    report = autocheck.check_gradient(np.sin, np.sin, 0.5)
    assert report.reasons[0] == "x: wrong; x is 0.47942554, should be 0.87758256"


def test_what_only_other_points_show_is_asked_again_with_them():
    report = autocheck.check_gradient(lambda z: abs(z).sum(), np.ones_like, np.array([0.5, 1.5]), explore=True)
    assert report.verdict == "wrong"
    assert report.reproduce == "autocheck.check_gradient(f, np.ones_like, z, explore=True, seed=0)"


def test_the_report_says_what_was_on_trial_and_how_to_ask_again():
    report = check_vjp(softmax, lambda z, u: u, Z, name="softmax")
    assert str(report).startswith("wrong: the VJP of softmax")
    assert report.reproduce == "autocheck.check_vjp(softmax, vjp, z, seed=0)"


@pytest.mark.parametrize(
    ("claim", "needs"),
    [
        (lambda: check_vjp(softmax, softmax_product, Z, cotangent=np.ones(3)), "needs that of f's output"),
        (lambda: check_vjp(lambda z: "text", softmax_product, Z), "needs real numbers"),
        (lambda: check_jvp(softmax, softmax_product, Z, tangents=Z), "needs a tuple of 1"),
        (lambda: check_jvp(softmax, softmax_product, Z, argnums=2), "use 0"),
        (lambda: autocheck.check_gradient(np.sum, np.cos), "f gets 0 arguments: pass them after the functions"),
        (lambda: check_jacobian(dense, dense_vjp, Z, W, B), "needs one array"),
        (lambda: check_hessian(cubic, hess_cubic, Z[0], SQUARE, argnums=(0, 1)), "one argument that is an array"),
        (lambda: check_vjp(3, softmax_product, Z), "f is int, needs a function"),
    ],
)
def test_bad_input_gets_one_clear_error(claim, needs):
    with pytest.raises(BadClaim, match=needs):
        claim()


@pytest.mark.parametrize("form", ["gradient", "vjp", "jvp", "jacobian", "hessian", "rule"])
def test_each_check_has_its_assertion(form):
    check, asserting = (getattr(autocheck, f"{verb}_{form}") for verb in ("check", "assert"))
    assert asserting.__name__ == f"assert_{form}"
    assert asserting.__wrapped__ is check


def test_an_assertion_fails_with_the_report_as_its_message():
    with pytest.raises(AssertionError, match="wrong: the Jacobian of softmax"):
        autocheck.assert_jacobian(softmax, lambda z: np.diag(softmax(z)), Z[0])
