"""Automatic differentiation by JAX in float64: of the independent reference where there is one, else of f itself.

A reference is differentiated as it is; f, being NumPy code, on traced arrays (`lifted/traced.py`). JAX is imported
here, when the route runs, and float64 is switched on for the route alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float, split_gradient
from autocheck.lifted import balls
from autocheck.lifted.run import CannotLift
from autocheck.routes.derivatives import Derivatives

Array = np.ndarray[Any, Any]


def differentiate(claim: Claim, spread: list[Array]) -> Derivatives:
    """Value and gradient by JAX. The error bar is what rounding the inputs and the largest element once explains:

    16 (spread under one-ulp moves of the inputs + ulp of the largest element), in float64.
    """
    try:
        value, gradients = of_reference(claim) if claim.reference else of_numpy(claim)
    except CannotLift as reason:
        return Derivatives("autodiff", abstained=str(reason))
    except Exception as error:  # the user's own code, under a transformation that it never met
        return Derivatives("autodiff", abstained=f"JAX raised {type(error).__name__}: {first_line(error)}")
    errors = tuple(
        limits.EXCUSED_SPREADS * (s + np.spacing(np.max(np.abs(g), initial=0.0, where=np.isfinite(g))))
        for g, s in zip(gradients, spread, strict=True)
    )
    return Derivatives("autodiff", gradients, errors, value, independent=claim.reference is not None)


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def of_numpy(claim: Claim) -> tuple[Array, tuple[Array, ...]]:
    from autocheck.lifted import traced

    return traced.value_and_gradients(claim)


def of_reference(claim: Claim) -> tuple[Array, tuple[Array, ...]]:
    import jax
    import jax.numpy as jnp

    with jax.enable_x64(True):
        args = tuple(
            tree.rebuild(a, lambda leaf: jnp.asarray(as_float64(leaf)) if is_float(leaf) else leaf) for a in claim.args
        )

        def total(*differentiated: Any) -> Any:
            given = dict(zip(claim.argnums, differentiated, strict=True))
            value = claim.reference(*(given.get(i, a) for i, a in enumerate(args)))  # type: ignore[misc]
            return jnp.sum(value), value

        chosen = tuple(args[n] for n in claim.argnums)
        (_, value), gradients = jax.value_and_grad(total, tuple(range(len(chosen))), has_aux=True)(*chosen)
        found = split_gradient(claim, gradients[0] if claim.single else gradients)
        return np.asarray(value), tuple(np.asarray(g) for g in found)


def as_float64(leaf: Array) -> Array:
    return leaf.astype(np.float64)


def reference_digits(claim: Claim, gradients: tuple[Any, ...], value: Any) -> tuple[float, list[float]]:
    """To how many digits the reference's value, and JAX's derivative of it, agree with f's and the claimed gradient.

    Both are evaluated in exact arithmetic through the reference's jaxpr, where JAX's own rounding plays no part.
    Raises: CannotLift if the reference uses a primitive that has no exact counterpart.
    """
    import jax

    from autocheck.lifted import jaxpr

    def both(*leaves: Any) -> Any:
        new = iter(leaves)
        args = tuple(tree.rebuild(a, lambda leaf: next(new) if is_float(leaf) else leaf) for a in claim.args)

        def total(*chosen: Any) -> Any:
            given = dict(zip(claim.argnums, chosen, strict=True))
            value = claim.reference(*(given.get(i, a) for i, a in enumerate(args)))  # type: ignore[misc]
            return jax.numpy.sum(value), value

        chosen = tuple(args[n] for n in claim.argnums)
        gradients, value = jax.grad(total, tuple(range(len(chosen))), has_aux=True)(*chosen)
        return value, split_gradient(claim, gradients[0] if claim.single else gradients)

    with balls.precision(limits.FIRST_PRECISION):
        floats = [balls.to_balls(leaf) for a in claim.args for _, leaf in tree.leaves(a) if is_float(leaf)]
        try:
            other_value, other_gradients = jaxpr.evaluate(both, *floats)
        except NotImplementedError as reason:
            raise CannotLift(str(reason)) from reason
        same = [common_digits(mine, other) for mine, other in zip(gradients, other_gradients, strict=True)]
        return common_digits(value, other_value), same


def common_digits(one: Any, other: Any) -> float:
    """Digits of the largest element to which two arrays of balls agree."""
    other = np.asarray(other, dtype=object).reshape(np.shape(one))
    most = balls.carried_digits()
    pairs = list(zip(np.ravel(one), np.ravel(other), strict=True))
    if not all(a.is_finite() and b.is_finite() for a, b in pairs):
        return float("nan")
    size = max((a.abs_upper() for a, _ in pairs), default=balls.ZERO)
    miss = max(((a - b).abs_upper() for a, b in pairs), default=balls.ZERO)
    if miss.is_zero() or miss <= size * balls.to_ball(10) ** -int(most):
        return most
    return 0.0 if size.is_zero() else max(0.0, float((size / miss).log() / balls.to_ball(10).log()))
