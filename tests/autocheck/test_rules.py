"""Rules that carry their own backward pass: the function they stand for needs no second definition."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autocheck import BadClaim, check_rule

X = np.array([0.5, -3.0, 2.0])


def custom_vjp(backward, forward=None):
    """sin(x) y, with that backward pass."""

    @jax.custom_vjp
    def rule(x, y):
        return jnp.sin(x) * y

    rule.defvjp(forward or (lambda x, y: (rule(x, y), (x, y))), backward)
    return rule


def right(saved, g):
    x, y = saved
    return g * jnp.cos(x) * y, g * jnp.sin(x)


WRONG = {
    "sign": lambda saved, g: (-right(saved, g)[0], right(saved, g)[1]),
    "swapped": lambda saved, g: right(saved, g)[::-1],
    "cotangent ignored": lambda saved, g: right(saved, jnp.ones_like(g)),
    "a millionth more": lambda saved, g: (right(saved, g)[0], right(saved, g)[1] * (1 + 1e-6)),
}


def test_a_right_custom_vjp_agrees():
    report = check_rule(custom_vjp(right), X, X**2)
    assert report.ok, str(report)
    assert report.digits > 60


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_custom_vjp_is_caught(mistake):
    with jax.enable_x64(True):
        assert check_rule(custom_vjp(WRONG[mistake]), X, X**2).verdict == "wrong"


def test_a_forward_pass_that_returns_something_else_is_caught():
    report = check_rule(custom_vjp(right, lambda x, y: (jnp.sin(x) * y + 1, (x, y))), X, X**2)
    assert report.verdict == "wrong"
    assert "its forward pass returns" in report.reasons[0]


def test_a_forward_pass_that_overflows_as_its_function_does_is_the_same():
    @jax.custom_vjp
    def softplus(x):
        return jnp.log(1 + jnp.exp(x))

    softplus.defvjp(lambda x: (softplus(x), x), lambda x, g: (g * jax.nn.sigmoid(x),))
    assert check_rule(softplus, np.array([800.0, 0.5])).ok


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "agrees"), (1.01, "wrong")])
def test_a_custom_jvp_is_judged_by_its_transpose(factor, verdict):
    @jax.custom_jvp
    def softplus(x):
        return jnp.log1p(jnp.exp(x))

    softplus.defjvp(lambda point, step: (softplus(*point), step[0] * jax.nn.sigmoid(point[0]) * factor))
    assert check_rule(softplus, X).verdict == verdict


def test_arguments_that_are_not_differentiated_are_left_out():
    @jax.custom_vjp
    def pick(x, i):
        return x[i] ** 2

    pick.defvjp(
        lambda x, i: (pick(x, i), (x, i)),
        lambda saved, g: (jnp.zeros(3).at[saved[1]].set(2 * g * saved[0][saved[1]]), None),
    )
    assert check_rule(pick, X, 1).ok


@pytest.mark.parametrize("rule", [jnp.sin, 3, int], ids=["function", "number", "class"])
def test_what_carries_no_backward_is_refused(rule):
    with pytest.raises(BadClaim, match="carries no derivative of its own"):
        check_rule(rule, X)


# --- torch, where it is installed -------------------------------------------------------------------------------------


def torch_rule(factor, new_style=False):
    torch = pytest.importorskip("torch", reason="torch is no dependency of this project")

    def saving(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    def plain(x, y):
        return torch.sin(x) * y

    def with_context(ctx, x, y):
        saving(ctx, (x, y), None)
        return plain(x, y)

    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * torch.cos(x) * y, factor * g * torch.sin(x)

    forward = {"forward": staticmethod(plain), "setup_context": staticmethod(saving)}
    parts = forward if new_style else {"forward": staticmethod(with_context)}
    return type("Rule", (torch.autograd.Function,), {**parts, "backward": staticmethod(backward)})


@pytest.mark.parametrize("new_style", [False, True], ids=["old style", "new style"])
@pytest.mark.parametrize("reference", [None, lambda x, y: np.sin(x) * y], ids=["alone", "with a reference"])
def test_a_torch_function_is_judged_in_floating_point(new_style, reference):
    report = check_rule(torch_rule(1.0, new_style), X, X**2, reference=reference)
    assert report.ok, str(report)
    assert all("formula not judged" in p.notes[-1].text for p in report.parameters)
    assert check_rule(torch_rule(1.001, new_style), X, X**2, reference=reference).verdict == "wrong"
