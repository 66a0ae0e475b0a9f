"""The public functions: is this hand-derived derivative right? Each makes a claim and hands it to the one judge.

`check_...` returns a Report and never raises for a wrong derivative; `assert_...` raises AssertionError, with the report as
its message, for every verdict but `agrees`. All of them share these options:

    argnums     the arguments to differentiate, as in `jax.grad`: a number, or a tuple of numbers
    reference   an independent definition of the same function in JAX; its value and its derivative are compared too.
                For a black box that can't run on exact numbers it is the truth
    seed        decides every random choice; reported
    budget      seconds that exact arithmetic may take before it changes from single elements to random directions
    name        what the report calls f

Arguments are NumPy or JAX arrays, Python numbers, or dicts, lists, tuples and dataclasses of them. NumPy code runs as it is,
on numbers of 150 digits and more; no step, no tolerance.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ParamSpec

from autocheck import forms, limits, rules
from autocheck.claim import make_claim
from autocheck.judge import judge
from autocheck.report import Note, Report

Function = Callable[..., Any]
P = ParamSpec("P")


def check_gradient(
    f: Function,
    gradient: Function,
    *args: Any,
    argnums: int | tuple[int, ...] = 0,
    reference: Function | None = None,
    seed: int = 0,
    rows: bool = False,
    name: str = "",
    budget: float = limits.BUDGET,
) -> Report:
    """Judge whether `gradient(*args)` is the derivative of `f(*args)` with respect to the arguments `argnums`.

    f, gradient: `f(*args)` returns one number; `gradient(*args)` what `jax.grad(f, argnums)(*args)` would: one array
        (or nested arrays) for an int, a tuple for a tuple.
    rows: f returns one number for each row of the differentiated arguments, independent of the other rows.

    Returns: a Report; a wrong gradient is a finding, not an exception.
    Raises: BadClaim if the arguments can't be judged; whatever f and gradient raise by themselves.
    """
    return judge(make_claim(f, gradient, args, argnums, reference=reference, seed=seed, rows=rows, name=name), budget)


def check_vjp(
    f: Function,
    vjp: Function,
    *args: Any,
    argnums: int | tuple[int, ...] = 0,
    cotangent: Any = None,
    reference: Function | None = None,
    seed: int = 0,
    name: str = "",
    budget: float = limits.BUDGET,
) -> Report:
    """Judge whether `vjp(*args, cotangent)` is the cotangent of `f(*args)` pulled back to the arguments `argnums`.

    f, vjp: `f(*args)` returns an array (or nested arrays); `vjp(*args, cotangent)` one cotangent shaped as the argument for an
        int, a tuple of them for a tuple. The cotangent is shaped as f's output.
    cotangent: the one to use; random, of both signs and all different, if none is given.

    Returns, Raises: as check_gradient.
    """
    options: Any = {"argnums": argnums, "cotangent": cotangent, "reference": reference, "seed": seed, "name": name}
    return judge(forms.of_vjp(f, vjp, args, **options), budget)


def check_jvp(
    f: Function,
    jvp: Function,
    *args: Any,
    argnums: int | tuple[int, ...] = 0,
    tangents: tuple[Any, ...] | None = None,
    reference: Function | None = None,
    seed: int = 0,
    name: str = "",
    budget: float = limits.BUDGET,
) -> Report:
    """Judge whether `jvp(*args, *tangents)` is the derivative of `f(*args)` along the tangents of the arguments `argnums`.

    f, jvp: `f(*args)` returns an array (or nested arrays); `jvp` an array shaped as that output.
    tangents: one for each of argnums, shaped as it; random if none are given.

    Returns, Raises: as check_gradient. The report's parameter `t` is the step along the tangents.
    """
    options: Any = {"argnums": argnums, "tangents": tangents, "reference": reference, "seed": seed, "name": name}
    return judge(forms.of_jvp(f, jvp, args, **options), budget)


def check_jacobian(
    f: Function,
    jacobian: Function,
    *args: Any,
    argnums: int | tuple[int, ...] = 0,
    reference: Function | None = None,
    seed: int = 0,
    name: str = "",
    budget: float = limits.BUDGET,
) -> Report:
    """Judge whether `jacobian(*args)` holds all derivatives of `f(*args)` with respect to the arguments `argnums`.

    f, jacobian: `f(*args)` returns one array; `jacobian(*args)`, for each of argnums, an array whose shape is that of f's output
        followed by that of the argument.

    Returns, Raises: as check_gradient.
    """
    options: Any = {"argnums": argnums, "reference": reference, "seed": seed, "name": name}
    return judge(forms.of_jacobian(f, jacobian, args, **options), budget)


def check_hessian(
    f: Function,
    hessian: Function,
    *args: Any,
    argnums: int = 0,
    gradient: Function | None = None,
    reference: Function | None = None,
    seed: int = 0,
    name: str = "",
    budget: float = limits.BUDGET,
) -> Report:
    """Judge whether `hessian(*args)` holds all second derivatives of `f(*args)` with respect to one argument.

    f, hessian: `f(*args)` returns one number; `hessian(*args)` an array whose shape is that of the argument twice.
    gradient: f's own, if it is at hand: then the Hessian is judged as the Jacobian of it, which is quicker.

    Returns, Raises: as check_gradient.
    """
    options: Any = {"argnums": argnums, "gradient": gradient, "reference": reference, "seed": seed, "name": name}
    return judge(forms.of_hessian(f, hessian, args, **options), budget)


def check_rule(
    rule: Any,
    *args: Any,
    argnums: int | tuple[int, ...] | None = None,
    cotangent: Any = None,
    reference: Function | None = None,
    seed: int = 0,
    name: str = "",
    budget: float = limits.BUDGET,
) -> Report:
    """Judge a rule that carries its own derivative: a jax.custom_vjp, a jax.custom_jvp or a torch.autograd.Function.

    Of JAX's rules the function that was decorated is the definition. A torch Function runs in floating point only: torch's own
    differentiation of its forward pass and finite differences judge it; with `reference=` the formula is judged exactly.

    argnums: by default every argument of floating-point numbers (but nondiff_argnums).
    cotangent: as in check_vjp.

    Returns, Raises: as check_gradient.
    """
    options: Any = {"argnums": argnums, "cotangent": cotangent, "reference": reference, "seed": seed, "name": name}
    claim = rules.of_rule(rule, args, **options)
    report = judge(claim, budget)
    if differs := rules.forward_differs(rule, claim.args[:-1]):
        text = f"the rule of {claim.name} does not stand for that function: {differs}"
        report = replace(report, verdict="wrong", notes=(*report.notes, Note("forward-value", text)))
        report = replace(report, reasons=(text, *report.reasons))
    return report


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
