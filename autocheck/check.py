"""The public functions: is this hand-derived derivative right? Each makes a claim and hands it to the one judge.

`check_...` returns a Report and never raises for a wrong derivative; `assert_...` raises AssertionError, with the report as
its message, for every verdict but `agrees`. The options that all of them share stand in `options.py`.

Arguments are NumPy or JAX arrays, Python numbers, or dicts, lists, tuples and dataclasses of them. NumPy code runs as it is,
on numbers of 150 digits and more; no step, no tolerance.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ParamSpec, Unpack

from autocheck import forms, rules
from autocheck.claim import make_claim
from autocheck.given_points import tried
from autocheck.intermediates import judge_backward, of_intermediates
from autocheck.options import Options, of_the_claim, with_options
from autocheck.report import Note, Report

Function = Callable[..., Any]
P = ParamSpec("P")


@with_options
def check_gradient(
    f: Function, gradient: Function, *args: Any, rows: bool = False, **options: Unpack[Options]
) -> Report:
    """Judge whether `gradient(*args)` is the derivative of `f(*args)` with respect to the arguments `argnums`.

    f, gradient: `f(*args)` returns one number; `gradient(*args)` what `jax.grad(f, argnums)(*args)` would: one array
        (or nested arrays) for an int, a tuple for a tuple.
    rows: f returns one number for each row of the differentiated arguments, independent of the other rows.

    Returns: a Report; a wrong gradient is a finding, not an exception.
    Raises: BadClaim if the arguments can't be judged; whatever f and gradient raise by themselves.
    """
    facts = of_the_claim(options)
    return tried(lambda point: make_claim(f, gradient, point, rows=rows, **facts), args, options)


@with_options
def check_vjp(f: Function, vjp: Function, *args: Any, cotangent: Any = None, **options: Unpack[Options]) -> Report:
    """Judge whether `vjp(*args, cotangent)` is the cotangent of `f(*args)` pulled back to the arguments `argnums`.

    f, vjp: `f(*args)` returns an array (or nested arrays); `vjp(*args, cotangent)` one cotangent shaped as the argument for an
        int, a tuple of them for a tuple. The cotangent is shaped as f's output.
    cotangent: the one to use; random, of both signs and all different, if none is given.

    Returns, Raises: as check_gradient.
    """
    facts = of_the_claim(options)
    return tried(lambda point: forms.of_vjp(f, vjp, point, cotangent, **facts), args, options)


@with_options
def check_jvp(
    f: Function, jvp: Function, *args: Any, tangents: tuple[Any, ...] | None = None, **options: Unpack[Options]
) -> Report:
    """Judge whether `jvp(*args, *tangents)` is the derivative of `f(*args)` along the tangents of the arguments `argnums`.

    f, jvp: `f(*args)` returns an array (or nested arrays); `jvp` an array shaped as that output.
    tangents: one for each of argnums, shaped as it; random if none are given.

    Returns, Raises: as check_gradient. The report's parameter `t` is the step along the tangents.
    """
    facts = of_the_claim(options)
    return tried(lambda point: forms.of_jvp(f, jvp, point, tangents, **facts), args, options)


@with_options
def check_jacobian(f: Function, jacobian: Function, *args: Any, **options: Unpack[Options]) -> Report:
    """Judge whether `jacobian(*args)` holds all derivatives of `f(*args)` with respect to the arguments `argnums`.

    f, jacobian: `f(*args)` returns one array; `jacobian(*args)`, for each of argnums, an array whose shape is that of f's output
        followed by that of the argument.

    Returns, Raises: as check_gradient.
    """
    facts = of_the_claim(options)
    return tried(lambda point: forms.of_jacobian(f, jacobian, point, **facts), args, options)


@with_options
def check_hessian(
    f: Function, hessian: Function, *args: Any, gradient: Function | None = None, **options: Unpack[Options]
) -> Report:
    """Judge whether `hessian(*args)` holds all second derivatives of `f(*args)` with respect to one argument.

    f, hessian: `f(*args)` returns one number; `hessian(*args)` an array whose shape is that of the argument twice.
    gradient: f's own, if it is at hand: then the Hessian is judged as the Jacobian of it, which is quicker.

    Returns, Raises: as check_gradient.
    """
    facts = of_the_claim(options)
    return tried(lambda point: forms.of_hessian(f, hessian, point, gradient, **facts), args, options)


@with_options
def check_rule(rule: Any, *args: Any, cotangent: Any = None, **options: Unpack[Options]) -> Report:
    """Judge a rule that carries its own derivative: a jax.custom_vjp, a jax.custom_jvp or a torch.autograd.Function.

    Of JAX's rules the function that was decorated is the definition. A torch Function runs in floating point only: torch's own
    differentiation of its forward pass and finite differences judge it; with `reference=` the formula is judged exactly.
    By default every argument of floating-point numbers is differentiated (but nondiff_argnums).

    cotangent: as in check_vjp.

    Returns, Raises: as check_gradient.
    """
    facts = of_the_claim(options)
    report = tried(lambda point: rules.of_rule(rule, point, cotangent=cotangent, **facts), args, options)
    if differs := rules.forward_differs(rule, args):
        text = f"the rule of {report.name} does not stand for that function: {differs}"
        report = replace(report, verdict="wrong", notes=(*report.notes, Note("forward-value", text)))
        report = replace(report, reasons=(text, *report.reasons))
    return report


@functools.partial(with_options, without=("argnums", "reference"))
def check_intermediates(f: Function, backward: Function, *args: Any, **options: Unpack[Options]) -> Report:
    """Judge every gradient of a backward pass, and say which is the first that is wrong.

    f: marks its intermediates with `z = autocheck.tap("z", z)`, each under a name of its own, and returns one number.
    backward: `backward(*args)` returns a dict: for names of taps and of arguments the gradient of f with respect to them.

    Returns: a Report with the gradients from the loss down. Of a wrong one a note says whether it is the first, wrong by
        itself too, or only inherits the mistake: right, given the gradients claimed for what it was made from.
    Raises: BadClaim if a name is neither a tap nor an argument; whatever f and backward raise by themselves.
    """
    facts = of_the_claim(options)
    return tried(lambda point: of_intermediates(f, backward, point, **facts), args, options, judge_backward)


def _asserting(check: Callable[P, Report]) -> Callable[P, Report]:
    @functools.wraps(check)
    def asserted(*args: P.args, **options: P.kwargs) -> Report:
        __tracebackhide__ = True
        report = check(*args, **options)
        if not report.ok:
            raise AssertionError(f"{report}")
        return report

    asserted.__name__ = asserted.__qualname__ = check.__name__.replace("check_", "assert_")
    asserted.__doc__ = (
        f"`{check.__name__}` that raises AssertionError, with the report as its message, for all but `agrees`."
    )
    return asserted


assert_gradient = _asserting(check_gradient)
assert_vjp = _asserting(check_vjp)
assert_jvp = _asserting(check_jvp)
assert_jacobian = _asserting(check_jacobian)
assert_hessian = _asserting(check_hessian)
assert_rule = _asserting(check_rule)
assert_intermediates = _asserting(check_intermediates)
