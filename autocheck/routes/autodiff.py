"""Automatic differentiation by JAX in float64: of the independent reference where there is one, else of f itself.

A reference is differentiated as it is; f, being NumPy code, on traced arrays (`lifted/traced.py`). JAX is imported
here, when the route runs, and float64 is switched on for the route alone.
"""

from __future__ import annotations

import functools
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float, parameters, split_gradient
from autocheck.lifted import balls, jaxpr
from autocheck.lifted.run import CannotLift
from autocheck.precision import digits_of
from autocheck.routes import conventions
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.evaluator import Evaluator
from autocheck.routes.plain import Observed

Array = np.ndarray[Any, Any]


def differentiate(
    claim: Claim, observed: Observed, spread: list[Array], scale: float, wrong: list[Array] | None = None
) -> Derivatives:
    """Value and gradient by JAX. The error bar is what rounding the inputs and the largest element once explains:

    16 (spread under one-ulp moves of the inputs + ulp of the largest element), in float64. `scale` is the size that a gradient
    has by its units, for one that is zero. `wrong` are the elements that the definition has found so: no kink excuses them.
    """
    try:
        value, gradients = (of_reference if claim.reference else of_function(observed, claim))(claim)
    except CannotLift as reason:
        return Derivatives("autodiff", abstained=str(reason))
    except Exception as error:  # the user's own code, under a transformation that it never met
        return Derivatives("autodiff", abstained=f"JAX raised {type(error).__name__}: {first_line(error)}")
    if not claim.reference and not same_value(value, observed.value):
        return Derivatives("autodiff", abstained="JAX's run of f gives another value than the plain one")
    largest = max((float(np.max(np.abs(g), initial=0.0, where=np.isfinite(g))) for g in gradients), default=0.0)
    unit = np.spacing(max(largest, scale))
    errors = tuple(_bar(s, unit) for s in spread)
    differentiated = of_function(observed, claim)
    hands = observed.gradients
    found = Derivatives("autodiff", gradients, errors, value, independent=claim.reference is not None)
    if claim.reference:
        return found
    kinks, jumps = conventions.at_kinks(claim, differentiated, hands, gradients, errors, wrong)
    return replace(found, kinks=kinks, jumps=jumps)


def _bar(spread: Array, unit: float) -> Array:
    """Element by element, or one number for all of them where nothing spreads."""
    if not any(spread.strides):
        return np.broadcast_to(limits.EXCUSED_SPREADS * (spread.flat[0] + unit) if spread.size else 0.0, spread.shape)
    return np.asarray(limits.EXCUSED_SPREADS * (spread + unit))


def by_convention(claim: Claim, observed: Observed, scale: float) -> bool:
    """Whether autodiff of f is right everywhere about the point: what it says at the point is a convention of JAX's own

    (a tie in max, the slope of abs at 0, NaN through `where`), which is never counted against the hand.
    """
    try:
        _, near = of_numpy(conventions.beside(claim, 1))
    except Exception:  # the user's own code, at a point that it never met
        return False
    half = 2.0 ** (-np.finfo(np.float64).nmant / 4)
    pairs = list(zip(near, observed.gradients, strict=True))
    size = max((float(np.max(np.abs(h), initial=0.0)) for _, h in pairs), default=0.0)
    return all(bool(np.all(np.abs(n - h) <= half * max(size, scale))) for n, h in pairs)


def same_value(one: Any, other: Any) -> bool:
    """Whether two runs of f agree in half of their digits, wherever both are finite: else one of them lost a write."""
    one, other = np.asarray(one, dtype=np.float64), np.asarray(other)
    half = 2.0 ** (-digits_of(other.dtype) / 2)
    if one.size != other.size:
        return False
    one, other = one.ravel(), other.astype(np.float64).ravel()
    both = np.isfinite(one) & np.isfinite(other)
    one, other = one[both], other[both]
    return bool(np.all(np.abs(one - other) <= half * np.max(np.abs(other), initial=0.0)))


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def is_in_jax(function: Any, args: tuple[Any, ...]) -> bool:
    """Whether a function is written in JAX: whether JAX made what it returns."""
    try:
        return any(jaxpr.is_jax(leaf) for _, leaf in tree.leaves(function(*args)))
    except Exception:  # it refuses these arguments; JAX shall say why
        return True


def of_reference(claim: Claim) -> tuple[Array, tuple[Array, ...]]:
    """Of the reference, which may be written in NumPy too: that is seen when JAX's arrays meet NumPy's functions."""
    import jax

    try:
        return of_jax(claim, claim.reference)
    except jax.errors.TracerArrayConversionError:
        return of_numpy(replace(claim, f=claim.reference))  # type: ignore[arg-type]


def of_function(observed: Observed, claim: Claim | None = None) -> Any:
    """How f itself is differentiated: by JAX as it is or on traced arrays, or by its own framework."""
    if observed.in_jax[0]:
        return lambda claim: of_jax(claim, claim.f)
    return (claim and claim.autodiff) or of_numpy


def of_numpy(claim: Claim) -> tuple[Array, tuple[Array, ...]]:
    from autocheck.lifted import traced

    return traced.value_and_gradients(claim)


def of_jax(claim: Claim, function: Any) -> tuple[Array, tuple[Array, ...]]:
    """Of a function in JAX: compiled where it allows that (a branch on a value does not), operation by operation for rows."""
    import jax

    with jax.enable_x64(True):
        args = fresh_args(claim)
        args, m = filled_up(claim, args) if claim.rows else (args, None)
        size = sum(np.size(leaf) for a in args for _, leaf in tree.leaves(a))
        quick, plain = value_and_gradients(function, claim.argnums, claim.jacobian, size >= limits.COMPILED_WELL)
        try:  # rows of the same few shapes share their compiled operations
            value, gradients = (plain if claim.rows else quick)(*args)
        except (jax.errors.ConcretizationTypeError, jax.errors.NonConcreteBooleanIndexError, TypeError):
            value, gradients = plain(*args)
        found = split_gradient(claim, gradients[0] if claim.single else gradients)
        value, found = np.asarray(value), [np.asarray(g) for g in found]
        return (value[:m], tuple(g[:m] for g in found)) if claim.rows else (value, tuple(found))


def filled_up(claim: Claim, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], int]:
    """A batch of independent rows filled up, with its own first row, to a power of two: compiled once for many batches."""
    m = len(parameters(claim)[0].value)
    more = max(8, 2 ** int(np.ceil(np.log2(max(m, 1))))) - m
    fill = lambda leaf: np.concatenate([leaf, *[leaf[:1]] * more]) if np.ndim(leaf) and len(leaf) == m else leaf  # noqa: E731
    return tuple(tree.rebuild(a, fill) for a in args), m


@functools.lru_cache(maxsize=256)
def value_and_gradients(
    function: Any, argnums: tuple[int, ...], jacobian: bool = False, well: bool = False
) -> tuple[Any, Any]:
    """(compiled, plain) functions of the arguments that give (value, gradients of its sum, or its Jacobians)."""
    import jax
    import jax.numpy as jnp

    def total(*args: Any) -> Any:
        value = function(*args)
        return jnp.sum(value), value

    def both(*args: Any) -> Any:
        if jacobian:
            return function(*args), jax.jacrev(function, argnums)(*args)
        (_, value), gradients = jax.value_and_grad(total, argnums, has_aux=True)(*args)
        return value, gradients

    options = {} if well else {"xla_backend_optimization_level": 0}  # run a few times at most: compiling is what costs
    return jax.jit(both, compiler_options=options), both


def fresh_args(claim: Claim) -> tuple[Any, ...]:
    """The arguments in float64, everything else copied: a generator among them is not used up."""
    return tuple(tree.rebuild(a, lambda x: x.astype(np.float64) if is_float(x) else deepcopy(x)) for a in claim.args)


def reference_value_digits(claim: Claim, opaque: Any) -> float:
    """To how many digits the reference's value agrees with f's, both in exact arithmetic, the reference through its jaxpr."""
    return _common(claim, opaque, claim.reference, lambda evaluator, bits: [evaluator.point(bits)[0]])[0]


def reference_digits(claim: Claim, opaque: Any) -> list[float]:
    """The same of JAX's derivative of the reference and the claimed gradient; JAX's own rounding plays no part.

    Raises: CannotLift if the reference, or its derivative, uses a primitive that has no exact counterpart.
    """
    _, plain = value_and_gradients(claim.reference, claim.argnums, claim.jacobian)

    def derivative(*args: Any) -> Any:
        _, gradients = plain(*args)
        return split_gradient(claim, gradients[0] if claim.single else gradients)

    return _common(claim, opaque, derivative, lambda evaluator, bits: evaluator.point(bits)[1])


def _common(claim: Claim, opaque: Any, theirs: Any, ours: Any) -> list[float]:
    """Digits to which `theirs`, in JAX, and `ours` agree, at a precision that is raised until the balls are narrow."""
    args = fresh_args(claim)

    def flat(*leaves: Any) -> Any:
        new = iter(leaves)
        return theirs(*(tree.rebuild(a, lambda leaf: next(new) if is_float(leaf) else leaf) for a in args))

    leaves = [balls.to_balls(leaf) for a in args for _, leaf in tree.leaves(a) if is_float(leaf)]
    evaluator, bits = Evaluator(claim, opaque=opaque), limits.FIRST_PRECISION
    while True:
        mine = ours(evaluator, bits)
        with balls.precision(bits):
            found = jaxpr.evaluate(flat, *leaves)
            pairs = list(zip(mine, found if isinstance(found, list) else [found], strict=True))
            if bits >= limits.ZERO_PRECISION or all(are_narrow(*pair) for pair in pairs):
                return [common_digits(*pair) for pair in pairs]
        bits *= 4


def are_narrow(one: Any, other: Any) -> bool:
    """Whether both arrays are known to more digits than their largest element needs."""
    both = [ball for ball in (*np.ravel(one), *np.ravel(other)) if ball.is_finite()]
    size = max((ball.abs_upper() for ball in both), default=balls.ZERO)
    radius = max((ball.rad() for ball in both), default=balls.ZERO)
    return bool(radius <= size * balls.to_ball(2) ** -limits.NARROW_BITS)


def common_digits(one: Any, other: Any) -> float:
    """Digits of the largest element to which two arrays of balls agree."""
    other = np.asarray(other, dtype=object)
    most = balls.carried_digits()
    if np.size(one) != np.size(other):
        return 0.0
    pairs = list(zip(np.ravel(one), np.ravel(other), strict=True))
    pairs = [(a, b) for a, b in pairs if not (a.contains(0) and b.contains(0))]  # both are zero, as far as one can tell
    if not all(a.is_finite() and b.is_finite() for a, b in pairs):
        return float("nan")
    size = max((a.abs_upper() for a, _ in pairs), default=balls.ZERO)
    miss = max(((a - b).abs_upper() for a, b in pairs), default=balls.ZERO)
    if miss.is_zero() or miss <= size * balls.to_ball(10) ** -int(most):
        return most
    return 0.0 if size.is_zero() else max(0.0, float((size / miss).log() / balls.to_ball(10).log()))
