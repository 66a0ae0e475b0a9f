"""A JAX function in exact arithmetic: its jaxpr, interpreted on balls; `jax.grad` of it likewise.

What touches integers and booleans only is left to JAX itself; the rest has its rule in a table (`primitives.py`, `windows.py`,
`matrices.py`). An unknown primitive is refused by name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.lifted import matrices, windows
from autocheck.lifted.array import LiftedArray
from autocheck.lifted.exact import ExactArray
from autocheck.lifted.functions import ranks
from autocheck.lifted.primitives import (
    COMPARING,
    ELEMENTWISE,
    LAX_NAMES,
    MAKES_FLOATS,
    MOVING,
    RULES,
    UnsupportedPrimitive,
    as_list,
    is_exact,
    lowered,
    moved,
    objects,
)
from autocheck.lifted.run import CannotLift, current
from autocheck.lifted.taped import written_at

Array = np.ndarray[Any, Any]


def is_jax(value: Any) -> bool:
    """Whether a value was made by JAX; asked without importing it."""
    return type(value).__module__.partition(".")[0] in ("jax", "jaxlib")


def on_lifted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function written in JAX as one that takes exact arrays too; traced, and for machine floats compiled, once."""
    jaxprs: dict[Any, Any] = {}
    plain = compiled(function)

    @functools.wraps(function)
    def run_on(*args: Any) -> Any:
        given = [leaf for a in args for _, leaf in tree.leaves(a) if isinstance(leaf, LiftedArray)]
        if not all(isinstance(leaf, ExactArray) for leaf in given):  # recorded: decisions inside JAX are its own
            return plain(*(tree.rebuild(a, _as_floats) for a in args))
        if not given:
            return plain(*args)

        def flat(*leaves: Any) -> Any:
            new = iter(leaves)
            return function(*(tree.rebuild(a, lambda x: next(new) if isinstance(x, LiftedArray) else x) for a in args))

        shapes = tuple(leaf.shape for leaf in given)
        if shapes not in jaxprs:
            jaxprs[shapes] = traced(flat, [leaf.data for leaf in given])
        closed, structure = jaxprs[shapes]
        import jax

        with jax.enable_x64(True):
            values = run(closed.jaxpr, closed.consts, [leaf.data for leaf in given])
        wrapped = [ExactArray(v, np.float64) if is_exact(v) else v for v in values]
        return jax.tree_util.tree_unflatten(structure, wrapped)

    return run_on


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`jax.jit` of a function, or the function itself where JAX can't: eager loops are compiled anew at every call."""
    import jax

    jitted: list[Any] = [jax.jit(function)]

    def call(*args: Any) -> Any:
        if jitted:
            try:
                return jitted[0](*args)
            except (
                Exception
            ):  # an argument that is no array, a branch on a number: whatever it is, f decides without jit
                jitted.clear()
        return function(*args)

    return call


def _as_floats(leaf: Any) -> Any:
    return leaf.floats() if isinstance(leaf, LiftedArray) else leaf


def evaluate(function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args)` on balls, at the precision in force; returns the same nesting, of object arrays where floats were.

    args: object arrays of balls, or plain integer and boolean arrays.
    Raises: UnsupportedPrimitive.
    """
    import jax

    closed, structure = traced(function, args)
    with jax.enable_x64(True):
        return jax.tree_util.tree_unflatten(structure, run(closed.jaxpr, closed.consts, args))


def traced(function: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, Any]:
    """The jaxpr of a function in float64, and the structure of what it returns."""
    import jax

    with jax.enable_x64(True):
        shapes = [jax.ShapeDtypeStruct(a.shape, np.float64 if a.dtype == object else a.dtype) for a in args]
        try:
            closed, shape = jax.make_jaxpr(function, return_shape=True)(*shapes)
        except jax.errors.ConcretizationTypeError as error:
            raise CannotLift("JAX can't trace it without its numbers: a branch or an index depends on them") from error
    return closed, jax.tree_util.tree_structure(shape)


def holds_constants(function: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Whether a JAX function passes a value through `jax.lax.stop_gradient`, as far as its trace tells."""
    leaves = [leaf for a in args for _, leaf in tree.leaves(a) if isinstance(leaf, np.ndarray)]

    def flat(*leaves: Any) -> Any:
        new = iter(leaves)
        return function(*(tree.rebuild(a, lambda x: next(new) if isinstance(x, np.ndarray) else x) for a in args))

    try:
        return "stop_gradient" in str(traced(flat, leaves)[0])
    except CannotLift:
        return False


COMPILED = ("pjit", "jit")
"""Equations whose inner ones JAX traced for whoever called first."""


def run(jaxpr: Any, consts: Sequence[Any], args: Sequence[Any]) -> list[Any]:
    """The outputs of a jaxpr."""
    known: dict[Any, Any] = {}
    for variables, values in ((jaxpr.constvars, consts), (jaxpr.invars, args)):
        known.update(zip(variables, map(lowered, values), strict=True))

    def read(atom: Any) -> Any:
        return lowered(atom.val) if hasattr(atom, "val") else known[atom]

    for equation in jaxpr.eqns:
        with written_at(equation.source_info.traceback, whole=equation.primitive.name in COMPILED):
            outputs = apply(equation.primitive, [read(v) for v in equation.invars], equation.params)
        known.update(zip(equation.outvars, outputs, strict=True))
    return [read(v) for v in jaxpr.outvars]


def apply(primitive: Any, inputs: list[Any], params: dict[str, Any]) -> list[Any]:
    """One primitive on its inputs."""
    name = primitive.name
    if name in CONTROL and (any(map(is_exact, inputs)) or name in ("while", "cond", "scan")):
        return CONTROL[name](inputs, **params)
    if inner := next((params[k] for k in ("jaxpr", "call_jaxpr", "fun_jaxpr") if k in params), None):
        return run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), inputs)
    if not any(is_exact(v) for v in inputs) and name not in MAKES_FLOATS:
        return as_list(primitive, primitive.bind(*inputs, **params))
    if (under_way := current()) is not None:
        operations = limits.OPERATIONS_OF.get(LAX_NAMES.get(name, name), 1)
        under_way.count(max(map(np.size, inputs), default=0) * operations)
    if name in COMPARING:
        outcome = np.asarray(COMPARING[name](*inputs), dtype=bool)
        if under_way is not None:
            under_way.decisions.append(outcome)
        return [outcome]
    if name in ELEMENTWISE:
        return [objects(ELEMENTWISE[name](*inputs))]
    for rules in (RULES, windows.RULES):
        if name in rules:
            return [rules[name](*inputs, **params)]
    if name in matrices.RULES:
        return matrices.RULES[name](*inputs, **params)
    if name in MOVING:
        return moved(primitive, inputs, params)
    raise UnsupportedPrimitive(f"JAX's primitive {name!r} has no rule in exact arithmetic")


# --- control flow, with concrete predicates ---------------------------------------------------------------------------


def _while(
    inputs: list[Any], cond_jaxpr: Any, body_jaxpr: Any, cond_nconsts: int, body_nconsts: int, **_: Any
) -> list[Any]:
    tests, bodies = inputs[:cond_nconsts], inputs[cond_nconsts : cond_nconsts + body_nconsts]
    state = list(inputs[cond_nconsts + body_nconsts :])
    while np.any(going := np.asarray(run(cond_jaxpr.jaxpr, cond_jaxpr.consts, [*tests, *state])[0])):
        new = run(body_jaxpr.jaxpr, body_jaxpr.consts, [*bodies, *state])
        state = [_where_going(going, a, b) for a, b in zip(new, state, strict=True)] if going.ndim else new
    return state


def _where_going(going: Array, new: Any, old: Any) -> Any:
    """Of a batch of loops those that have ended keep their state."""
    mask = going.reshape(going.shape + (1,) * (np.ndim(new) - going.ndim))
    either = is_exact(new) or is_exact(old)
    return np.where(mask, *((lowered(new), lowered(old)) if either else (new, old)))


def _cond(inputs: list[Any], branches: Any, **_: Any) -> list[Any]:
    chosen = branches[int(np.clip(int(inputs[0]), 0, len(branches) - 1))]
    return run(chosen.jaxpr, chosen.consts, inputs[1:])


def _scan(inputs: list[Any], jaxpr: Any, length: int, reverse: bool, **layout: Any) -> list[Any]:
    consts, carry, columns = _parts_of_scan(inputs, **layout)
    rows: list[list[Any]] = []
    order = range(length - 1, -1, -1) if reverse else range(length)
    closed, values = getattr(jaxpr, "jaxpr", jaxpr), getattr(jaxpr, "consts", ())
    for i in order:
        xs = [objects(x[i]) if is_exact(x) else np.asarray(x[i]) for x in columns]
        out = run(closed, values, [*consts, *carry, *xs])
        carry, row = out[: len(carry)], out[len(carry) :]
        rows.append(row)
    return [*carry, *(np.stack(column[::-1] if reverse else column) for column in map(list, zip(*rows, strict=True)))]


def _parts_of_scan(
    inputs: list[Any], num_consts: int = 0, num_carry: int = 0, ft_in: Any = None, **_: Any
) -> list[list[Any]]:
    """The constants, the carry, and what is scanned over: JAX 0.10 tells their numbers, 0.12 their trees."""
    if ft_in is not None:
        return [list(part) for part in ft_in.update(inputs).unpack()]
    ends = num_consts, num_consts + num_carry
    return [inputs[: ends[0]], inputs[ends[0] : ends[1]], inputs[ends[1] :]]


def _sort(inputs: list[Any], dimension: int, num_keys: int, **_: Any) -> list[Any]:
    """All operands in the order of the first, ties as they stand."""
    if num_keys != 1:
        raise UnsupportedPrimitive(f"JAX's primitive 'sort' with {num_keys} keys has no rule in exact arithmetic")
    key = ranks(ExactArray(inputs[0], np.float64)) if is_exact(inputs[0]) else inputs[0]
    order = np.argsort(key, axis=dimension, kind="stable")
    return [np.take_along_axis(v, order, axis=dimension) for v in inputs]


def _linear_solve(inputs: list[Any], const_lengths: Any, jaxprs: Any, **_: Any) -> list[Any]:
    """By what it means, matvec(x) = b, not by JAX's own solver: that one holds a factorisation constant."""
    total = sum(const_lengths)
    consts, b = inputs[: const_lengths.matvec], inputs[total:]
    if len(b) != 1:
        raise UnsupportedPrimitive(
            "JAX's primitive 'custom_linear_solve' of several arrays has no rule in exact arithmetic"
        )
    (right,) = b
    columns = []
    for unit in np.eye(right.size).reshape(right.size, *right.shape):
        (column,) = run(jaxprs.matvec.jaxpr, jaxprs.matvec.consts, [*consts, lowered(unit)])
        columns.append(column.ravel())
    return [matrices.solved(np.stack(columns, axis=1), right.reshape(-1, 1)).reshape(right.shape)]


def _top_k(inputs: list[Any], k: int, axis: int, **_: Any) -> list[Any]:
    (a,) = inputs
    order = np.argsort(-ranks(ExactArray(a, np.float64)), axis=axis, kind="stable")
    order = np.take(order, np.arange(k), axis=axis)
    return [np.take_along_axis(a, order, axis=axis), order.astype(np.int32)]


def _stop_gradient(inputs: list[Any], **_: Any) -> list[Any]:
    """The value of the run at the point itself, in displaced runs."""
    (a,), under_way = inputs, current()
    if under_way is None:
        return [a]
    under_way.frozen.append(a)  # balls are immutable, and no rule writes into its inputs
    return [a if under_way.replay is None else under_way.replay[len(under_way.frozen) - 1]]


def _as_written(inputs: list[Any], _prim: Any) -> list[Any]:
    """One of JAX's operations that carry their own definition (0.12's searchsorted): that."""
    import jax

    written = jax.make_jaxpr(_prim.expand)(*_prim.in_avals)
    return run(written.jaxpr, written.consts, inputs)


CONTROL: dict[str, Callable[..., list[Any]]] = {
    "call_hi_primitive": _as_written,
    "optimization_barrier": lambda inputs, **_: inputs,
    "custom_linear_solve": _linear_solve,
    "stop_gradient": _stop_gradient,
    "top_k": _top_k,
    "sort": _sort,
    "while": _while,
    "cond": _cond,
    "scan": _scan,
}
