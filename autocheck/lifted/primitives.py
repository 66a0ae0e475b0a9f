"""JAX's primitives on balls, in tables: what only moves elements, arithmetic, comparisons.

Floating-point values are object arrays of balls, integers and booleans plain arrays. What only moves elements is run by JAX
on the elements' numbers (1, 2, 3, ...), which tells where each came from.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autocheck.lifted import balls
from autocheck.lifted.exact import ExactArray, operand
from autocheck.lifted.functions import ranks
from autocheck.lifted.run import CannotLift, current

Array = np.ndarray[Any, Any]


class UnsupportedPrimitive(CannotLift):
    """A primitive of JAX that has no counterpart in exact arithmetic, by name."""


def lowered(value: Any) -> Any:
    """Floats as balls, the rest as plain arrays."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return value
    array = np.asarray(value)
    return operand(array) if array.dtype.kind == "f" else array  # a constant of the code, moved where the run says so


def is_exact(value: Any) -> bool:
    return bool(value.dtype == object)


def as_list(primitive: Any, outputs: Any) -> list[Any]:
    return [lowered(o) for o in (outputs if primitive.multiple_results else [outputs])]


def objects(value: Any) -> Array:
    """NumPy hands a bare element back for 0-d results."""
    if isinstance(value, np.ndarray):
        return value
    cell = np.empty((), dtype=object)
    cell[()] = value
    return cell


# --- what only moves elements -----------------------------------------------------------------------------------------

MOVING = frozenset(
    "broadcast_in_dim concatenate copy copy_p dynamic_slice dynamic_update_slice expand_dims gather pad reduce_precision "
    "reshape rev scatter select_n slice split squeeze stop_gradient transpose".split()
)


def moved(primitive: Any, inputs: list[Any], params: dict[str, Any]) -> list[Array]:
    """Run the primitive on element numbers instead of elements, and fetch each element by its number."""
    pool, numbered, taken = [balls.NAN], [], 1  # number 0 or below: filled in by JAX where an index is out of bounds
    for value in inputs:
        if is_exact(value):
            numbered.append(np.arange(taken, taken + value.size).reshape(value.shape))
            pool.extend(value.ravel().tolist())
            taken += value.size
        else:
            numbered.append(value)
    table = np.empty(taken, dtype=object)
    table[:] = pool
    params = params | ({"fill_value": 0} if "fill_value" in params else {})
    return [
        objects(table[np.maximum(np.asarray(n), 0)]) for n in as_list(primitive, primitive.bind(*numbered, **params))
    ]


def scatter(combine: Callable[[balls.Ball, balls.Ball], balls.Ball]) -> Callable[..., Array]:
    """Each update combined with what stands where it goes.

    Where that is tells the transpose of a sum of scattered numbers, which fetches: a gather of the operand's element numbers.
    """

    def rule(operand: Any, indices: Any, updates: Any, **params: Any) -> Array:
        import jax

        dimensions, mode = params["dimension_numbers"], params["mode"]
        add = functools.partial(jax.lax.scatter_add, dimension_numbers=dimensions, mode=mode)
        zero = jax.numpy.zeros(operand.shape)
        _, transpose = jax.vjp(lambda u: add(zero, indices, u), jax.numpy.zeros(updates.shape))
        (targets,) = transpose(jax.numpy.arange(1.0, operand.size + 1).reshape(operand.shape))
        flat = lowered(operand).ravel().copy()
        for target, update in zip(np.asarray(targets).astype(int).ravel(), lowered(updates).ravel(), strict=True):
            if target > 0:
                flat[target - 1] = combine(flat[target - 1], update)
        return flat.reshape(operand.shape)

    return rule


# --- arithmetic ------------------------------------------------------------------------------------------------------


def _ufunc(function: Callable[..., Any], arity: int) -> Any:
    return np.frompyfunc(function, arity, 1)


LAX_NAMES = {
    "add": "add",
    "add_any": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "pow": "power",
    "max": "maximum",
    "min": "minimum",
    "rem": "fmod",
    "atan2": "arctan2",
    "neg": "negative",
    "abs": "absolute",
    "sign": "sign",
    "exp": "exp",
    "exp2": "exp2",
    "expm1": "expm1",
    "log": "log",
    "log1p": "log1p",
    "sqrt": "sqrt",
    "cbrt": "cbrt",
    "log2": "log2",
    "square": "square",
    "tanh": "tanh",
    "logistic": "expit",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "sinh": "sinh",
    "cosh": "cosh",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "erf": "erf",
    "erfc": "erfc",
    "erf_inv": "erfinv",
    "lgamma": "gammaln",
    "digamma": "psi",
    "polygamma": "polygamma",
    "zeta": "zeta",
    "igamma": "gammainc",
    "igammac": "gammaincc",
    "bessel_i0e": "i0e",
    "bessel_i1e": "i1e",
    "floor": "floor",
    "ceil": "ceil",
    "round": "rint",
}
ELEMENTWISE: dict[str, Any] = {
    **{lax: _ufunc(balls.UNARY[name], 1) for lax, name in LAX_NAMES.items() if name in balls.UNARY},
    **{lax: _ufunc(balls.BINARY[name], 2) for lax, name in LAX_NAMES.items() if name in balls.BINARY},
    "rsqrt": _ufunc(lambda a: balls.divide(balls.ONE, balls.UNARY["sqrt"](a)), 1),
    "one_minus_square": _ufunc(lambda a: balls.ONE - a * a, 1),
    "clamp": _ufunc(lambda low, a, high: balls.minimum(balls.maximum(a, low), high), 3),
}
COMPARING: dict[str, Any] = {
    **{
        lax: _ufunc(balls.COMPARISONS[name], 2)
        for lax, name in {
            "eq": "equal",
            "eq_to": "equal",
            "ne": "not_equal",
            "lt": "less",
            "lt_to": "less",
            "le": "less_equal",
            "le_to": "less_equal",
            "gt": "greater",
            "ge": "greater_equal",
        }.items()
    },
    "is_finite": _ufunc(balls.PREDICATES["isfinite"], 1),
}


def integer_pow(a: Any, y: int) -> Array:
    return objects(_ufunc(lambda v: balls.power(v, balls.to_ball(y)), 1)(a))


def polynomial(x: Any, *coefficients: Any, **_: Any) -> Array:
    """c_0 + c_1 x + c_2 x² + ..., by Horner's rule."""
    value = objects(lowered(coefficients[-1]) + 0 * x)
    for c in coefficients[-2::-1]:
        value = objects(value * x + c)
    return value


def convert(a: Any, new_dtype: Any, **_: Any) -> Array:
    """Between float dtypes nothing is rounded; to integers and booleans it is a real conversion."""
    kind = np.dtype(new_dtype)
    if not is_exact(a) and kind.kind in "biu":
        return np.asarray(a).astype(kind)
    if kind.kind == "f" or kind.name == "bfloat16":
        return a if is_exact(a) else balls.to_balls(a)
    if kind.kind == "b":
        return np.asarray(_ufunc(balls.is_true, 1)(a), dtype=bool)
    if kind.kind == "c":
        raise UnsupportedPrimitive("complex numbers have no counterpart in exact arithmetic here")
    return balls.to_floats(a).astype(kind)


def bitcast(a: Any, new_dtype: Any, **_: Any) -> Array:
    """The bits of the nearest float, and back: with them JAX splits a number in two, whose sum is it again."""
    kind = np.dtype(new_dtype)
    bits = (balls.to_floats(a).astype(f"f{kind.itemsize}") if is_exact(a) else np.asarray(a)).view(kind)
    return balls.to_balls(bits) if kind.kind == "f" else bits


def iota(dtype: Any, shape: Any, dimension: int, **_: Any) -> Array:
    numbers = np.broadcast_to(
        np.expand_dims(np.arange(shape[dimension]), [i for i in range(len(shape)) if i != dimension]), shape
    )
    return balls.to_balls(numbers) if np.dtype(dtype).kind == "f" else numbers.astype(dtype)


def _reduction(name: str, empty: balls.Ball) -> Callable[..., Array]:
    function = _ufunc(balls.BINARY[name], 2)

    def reduce(a: Any, axes: Sequence[int], **_: Any) -> Array:
        for axis in sorted(axes, reverse=True):
            if a.shape[axis] == 0:
                a = np.full((*a.shape[:axis], 1, *a.shape[axis + 1 :]), empty)
            a = objects(function.reduce(a, axis=axis))
        return a

    return reduce


def _cumulative(name: str) -> Callable[..., Array]:
    function = _ufunc(balls.BINARY[name], 2)

    def accumulate(a: Any, axis: int, reverse: bool, **_: Any) -> Array:
        a = np.flip(a, axis) if reverse else a
        a = function.accumulate(a, axis=axis)
        return np.flip(a, axis) if reverse else a

    return accumulate


def _arg(find: Callable[..., Any]) -> Callable[..., Array]:
    return lambda a, axes, index_dtype, **_: np.asarray(find(ranks(ExactArray(a, np.float64)), axis=axes[0])).astype(
        index_dtype
    )


def dot_general(a: Any, b: Any, dimension_numbers: Any, **_: Any) -> Array:
    (contract_a, contract_b), (batch_a, batch_b) = dimension_numbers
    free_a = [i for i in range(a.ndim) if i not in (*contract_a, *batch_a)]
    free_b = [i for i in range(b.ndim) if i not in (*contract_b, *batch_b)]
    batch = [a.shape[i] for i in batch_a]
    inner = int(np.prod([a.shape[i] for i in contract_a], dtype=int))
    left = a.transpose(*batch_a, *free_a, *contract_a).reshape(*batch, -1, inner)
    right = b.transpose(*batch_b, *contract_b, *free_b).reshape(*batch, inner, -1)
    shape = [*batch, *(a.shape[i] for i in free_a), *(b.shape[i] for i in free_b)]
    if run := current():
        run.count(left.size * right.shape[-1])
    return objects(np.matmul(lowered(left), lowered(right))).reshape(shape)


RULES: dict[str, Callable[..., Array]] = {
    "integer_pow": integer_pow,
    "polynomial": polynomial,
    "convert_element_type": convert,
    "bitcast_convert_type": bitcast,
    "iota": iota,
    "dot_general": dot_general,
    "reduce_sum": _reduction("add", balls.ZERO),
    "reduce_prod": _reduction("multiply", balls.ONE),
    "reduce_max": _reduction("maximum", balls.NEG_INF),
    "reduce_min": _reduction("minimum", balls.INF),
    "cumsum": _cumulative("add"),
    "cumprod": _cumulative("multiply"),
    "cummax": _cumulative("maximum"),
    "cummin": _cumulative("minimum"),
    "cumlogsumexp": _cumulative("logaddexp"),
    "argmax": _arg(np.argmax),
    "argmin": _arg(np.argmin),
    **{
        f"scatter{dash}{lax}": scatter(balls.BINARY[name])
        for dash in "-_"
        for lax, name in {
            "add": "add",
            "sub": "subtract",
            "mul": "multiply",
            "min": "minimum",
            "max": "maximum",
        }.items()
    },
}
MAKES_FLOATS = ("bitcast_convert_type", "iota", "convert_element_type", "integer_pow")
