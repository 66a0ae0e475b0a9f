"""Every form that a hand-derived derivative comes in (VJP, JVP, Jacobian, Hessian, rule), as one Claim.

A VJP is the gradient of f weighted with a cotangent, a JVP the derivative of f along a line, a Hessian the Jacobian of a
gradient; a rule brings its own function and its own VJP. One engine judges them all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck import tree
from autocheck.claim import BadClaim, Claim, as_array, is_float, make_claim, name_of, names_of
from autocheck.lifted.array import LiftedArray
from autocheck.lifted.jaxpr import is_jax
from autocheck.precision import floating, is_real
from autocheck.routes.plain import copied
from autocheck.routes.slope import slope_of
from autocheck.words import called, counted, numbered

Function = Callable[..., Any]
Array = np.ndarray[Any, Any]


def of_vjp(f: Function, vjp: Function, args: tuple[Any, ...], cotangent: Any = None, **facts: Any) -> Claim:
    """The gradient of <f(*args), cotangent>; the cotangent is an argument more, named so, and random if none is given."""
    check = facts.setdefault("check", "check_vjp")
    value = output_of(check, f, args)
    cotangent = weights_like(value, facts.get("seed", 0)) if cotangent is None else tree.rebuild(cotangent, as_array)
    shapes = [[np.shape(leaf) for _, leaf in tree.leaves(part)] for part in (value, cotangent)]
    if shapes[0] != shapes[1]:
        raise BadClaim(f"{check}: the cotangent has shape {shapes[1]}, needs that of f's output, {shapes[0]}")
    if facts.get("reference") is not None:
        facts["reference"] = weighted(facts["reference"])
    names = names_of(f, args)
    facts.setdefault("again", ", ".join([called(f, "f"), called(vjp, "vjp"), *names]))
    facts.setdefault("names", (*names, "cotangent"))
    return make_claim(weighted(f), vjp, (*args, cotangent), free=(len(args),), **facts)


def of_jvp(f: Function, jvp: Function, args: tuple[Any, ...], tangents: Any = None, **facts: Any) -> Claim:
    """The derivative, at t = 1, of f along the line args + (t - 1) tangents; random tangents if none are given."""
    check = facts.setdefault("check", "check_jvp")
    argnums = numbers(check, facts.pop("argnums", 0), args)
    args = tuple(tree.rebuild(a, as_array) for a in args)
    if tangents is None:
        tangents = tuple(weights_like(args[n], facts.get("seed", 0) + n) for n in argnums)
    elif not isinstance(tangents, tuple) or len(tangents) != len(argnums):
        raise BadClaim(
            f"{check}: tangents is {type(tangents).__name__}, needs a tuple of {len(argnums)}, one per argument"
        )
    output_of(check, f, args)
    kinds = [np.asarray(leaf).dtype for n in argnums for _, leaf in tree.leaves(args[n]) if is_float(leaf)]
    t = np.ones((), dtype=min(kinds, key=lambda kind: kind.itemsize, default=np.float64))

    def along(function: Function, with_tangents: bool = False) -> Function:
        def on_the_line(t: Any, *rest: Any) -> Any:
            given, directions = list(rest[: len(args)]), rest[len(args) :]
            for n, direction in zip(argnums, directions, strict=True):
                steps = iter([leaf for _, leaf in tree.leaves(direction)])
                given[n] = tree.rebuild(given[n], lambda x: x + (t - 1) * next(steps) if _moves(x) else x)  # noqa: B023
            return flat(function(*given, *directions) if with_tangents else function(*given))

        return on_the_line

    if facts.get("reference") is not None:
        facts["reference"] = along(facts["reference"])
    facts["name"] = facts.get("name") or name_of(f)
    names = names_of(f, args)
    facts["again"] = ", ".join([called(f, "f"), called(jvp, "jvp"), *names])
    facts["names"] = ("t", *names, *(f"the tangent of {names[n]}" for n in argnums))
    free = tuple(range(1, 1 + len(args) + len(tangents)))
    return make_claim(
        along(f), along(jvp, with_tangents=True), (t, *args, *tangents), 0, jacobian=True, free=free, **facts
    )


def of_jacobian(f: Function, jacobian: Function, args: tuple[Any, ...], **facts: Any) -> Claim:
    """f's output shape followed by the argument's."""
    check = facts.setdefault("check", "check_jacobian")
    value = output_of(check, f, args)
    if tree.children(value) is not None:
        raise BadClaim(
            f"{check}: f returned a {type(value).__name__}, needs one array; check each part of it by itself"
        )
    return make_claim(f, jacobian, args, jacobian=True, **facts)


def of_hessian(f: Function, hessian: Function, args: tuple[Any, ...], gradient: Function | None, **facts: Any) -> Claim:
    """The Jacobian of f's gradient: of the one given, else of `slope_of`."""
    check = facts.setdefault("check", "check_hessian")
    argnums = numbers(check, facts.get("argnums", 0), args)
    if len(argnums) != 1 or tree.children(args[argnums[0]]) is not None:
        raise BadClaim(f"{check}: argnums={facts.get('argnums')!r}, needs the number of one argument that is an array")
    facts["argnums"] = argnums[0]
    if gradient is None:
        gradient = slope_of(f, argnums[0], in_jax=is_jax(output_of(check, f, args)))
    if facts.get("reference") is not None:
        facts["reference"] = slope_of(facts["reference"], argnums[0], in_jax=True)
    facts["again"] = ", ".join([called(f, "f"), called(hessian, "hessian"), *names_of(f, args)])
    return make_claim(gradient, hessian, args, jacobian=True, name=facts.pop("name", "") or name_of(f), **facts)


# --- pieces ----------------------------------------------------------------------------------------------------------


def weighted(f: Function) -> Function:
    """<f(*args), cotangent>, with the cotangent as the last argument."""

    @functools.wraps(f)
    def inner(*args: Any) -> Any:
        pairs = zip(tree.leaves(f(*args[:-1])), tree.leaves(args[-1]), strict=True)
        return sum((value * weight).sum() for (_, value), (_, weight) in pairs)

    return inner


def flat(value: Any) -> Any:
    """One array of what f returns: itself, or all leaves of a nested output in one row."""
    if tree.children(value) is None:
        return value
    leaves = [leaf for _, leaf in tree.leaves(value)]
    if any(map(is_jax, leaves)):
        import jax.numpy as jnp

        return jnp.concatenate([jnp.ravel(leaf) for leaf in leaves])
    return np.concatenate([np.ravel(leaf) for leaf in leaves])


def output_of(check: str, f: Function, args: tuple[Any, ...]) -> Any:
    """What f returns at the point.

    Raises: BadClaim if that holds no number.
    """
    if not callable(f):
        raise BadClaim(f"{check}: f is {type(f).__name__}, needs a function of the arguments")
    value = f(*copied(args))
    for name, leaf in tree.leaves(value, "f(...)"):
        if not is_real(np.asarray(leaf).dtype):
            raise BadClaim(f"{check}: {name} is a {type(leaf).__name__}, needs real numbers")
    return value


def weights_like(value: Any, seed: int) -> Any:
    """Random weights between 1/4 and 2 in size, of either sign and all different, shaped as the value."""
    rng = np.random.default_rng([seed, 4])

    def draw(leaf: Any) -> Array:
        leaf = np.asarray(leaf)
        kind = floating(leaf.dtype)
        size = rng.integers(2**5, 2**8, leaf.shape) / 2**7  # eight bits: exact even in bfloat16
        return np.asarray(size * rng.choice([-1.0, 1.0], leaf.shape)).astype(kind)

    return tree.rebuild(value, draw)


def numbers(check: str, argnums: Any, args: tuple[Any, ...]) -> tuple[int, ...]:
    """`argnums` as a tuple; what it holds is judged by `make_claim`."""
    found = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
    if not all(isinstance(n, (int, np.integer)) and -len(args) <= n < len(args) for n in found):
        raise BadClaim(f"{check}: argnums={argnums!r}, f gets {counted(len(args), 'argument')}: {numbered(len(args))}")
    return tuple(int(n) % len(args) for n in found)


def _moves(leaf: Any) -> bool:
    return isinstance(leaf, LiftedArray) or is_float(leaf) or is_jax(leaf)
