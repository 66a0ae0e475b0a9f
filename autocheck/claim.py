"""What is on trial: a function, the hand-derived gradient claimed for it, and the point."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autocheck import tree
from autocheck.lifted.kinds import given_kinds
from autocheck.precision import is_floating
from autocheck.words import called, counted, numbered

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """`gradient(*args)` is claimed to be the derivative of `f(*args)` with respect to the arguments `argnums`.

    `f` returns one number; with `rows=True` it returns one number for each row (leading index) of the differentiated
    arguments, and row i depends on row i of each of them alone (per-example losses, activations): then one
    perturbation of a column judges the whole batch. With `jacobian=True` it returns an array, and the claim has the
    shape of that array followed by the shape of the argument.
    """

    f: Callable[..., Any]
    gradient: Callable[..., Any]
    args: tuple[Any, ...]
    argnums: tuple[int, ...] = (0,)
    single: bool = True
    reference: Callable[..., Any] | None = None
    rows: bool = False
    jacobian: bool = False
    seed: int = 0
    name: str = ""
    check: str = "check_gradient"
    """The public function that was called, for messages."""
    free: tuple[int, ...] = ()
    """Arguments that the claim must hold for whatever they are (a cotangent): moved too where zeros hide a mistake."""
    elsewhere: Callable[[Callable[[Any], Any]], tuple[Any, ...]] | None = None
    """Its arguments where f's are moved, if they hang together; else each is moved by itself."""
    again: str = ""
    """The call that makes this claim, without its options."""
    names: tuple[str, ...] = ()
    """Of the arguments: those of f's parameters unless told otherwise, `args[i]` where neither tells."""
    noun: str = ""
    """What is on trial, in a word, where it is not what `check` is named for."""
    autodiff: Callable[[Claim], tuple[Array, tuple[Array, ...]]] | None = None
    """f's value and derivative by the automatic differentiation of the framework that f is written in, where not JAX's."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", self.names or tuple(names_of(self.f, self.args)))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One array with respect to which the gradient is claimed."""

    name: str
    value: Array


class BadClaim(ValueError):  # noqa: N818 - named for what it is: a claim that can't be judged
    """A claim that can't be put on trial as it stands: what came, what is needed."""


def make_claim(
    f: Callable[..., Any],
    gradient: Callable[..., Any],
    args: tuple[Any, ...],
    argnums: int | tuple[int, ...] = 0,
    check: str = "check_gradient",
    **facts: Any,
) -> Claim:
    """A validated claim; `argnums` as in `jax.grad`.

    Raises: BadClaim if f or gradient can't be called, an index is out of range, or an argument to differentiate holds
        integers, complex numbers, nothing, or something that is no array.
    """
    reference, seed = facts.get("reference"), facts.get("seed", 0)
    for role, function in (("f", f), (check.removeprefix("check_"), gradient), ("reference", reference)):
        if not callable(function) and not (role == "reference" and function is None):
            raise BadClaim(f"{check}: {role} is {type(function).__name__}, needs a function of the arguments")
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
        raise BadClaim(f"{check}: seed={seed!r}, needs a whole number from 0 up")
    single = isinstance(argnums, (int, np.integer))
    if isinstance(argnums, bool) or not (single or isinstance(argnums, (tuple, list))):
        raise BadClaim(f"{check}: argnums={argnums!r}, needs the number of an argument, or a tuple of numbers")
    numbers = (argnums,) if isinstance(argnums, (int, np.integer)) else tuple(argnums)
    whole = all(isinstance(n, (int, np.integer)) for n in numbers)
    if not whole or len({n % len(args or (0,)) for n in numbers}) < len(numbers):
        raise BadClaim(f"{check}: argnums={argnums!r}, needs different whole numbers")
    if not numbers or not all(-len(args) <= n < len(args) for n in numbers):
        raise BadClaim(f"{check}: argnums={argnums!r}, f gets {counted(len(args), 'argument')}: {numbered(len(args))}")
    claim = Claim(
        f,
        gradient,
        args,
        tuple(n % len(args) for n in numbers),
        single,
        name=facts.pop("name", "") or name_of(f),
        again=", ".join([called(f, "f"), called(gradient, check.removeprefix("check_")), *names_of(f, args)]),
        check=check,
    )
    f, gradient = given_kinds(f, args), given_kinds(gradient, args)
    claim = replace(claim, f=f, gradient=gradient, args=tuple(tree.rebuild(a, as_array) for a in args), **facts)
    for parameter in parameters(claim):
        kind = parameter.value.dtype.kind
        if kind == "c":
            raise BadClaim(f"{check}: {parameter.name} is complex; judge its real and imaginary parts as two arguments")
        if kind in "biu":
            raise BadClaim(
                f"{check}: {parameter.name} has dtype {parameter.value.dtype}, needs a float one to be "
                f"differentiated; pass {parameter.name}.astype(float), or leave it out of argnums"
            )
        if not is_floating(parameter.value.dtype):
            raise BadClaim(f"{check}: {parameter.name} has dtype {parameter.value.dtype}, needs real numbers")
        if not np.isfinite(parameter.value.astype(np.float64)).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(parameter.value))[0])
            place = f"{parameter.name}{list(index)}" if index else parameter.name
            raise BadClaim(f"{check}: {place} is {parameter.value[index]}, needs a finite number")
    if not parameters(claim):
        raise BadClaim(f"{check}: {_first_given(claim)}, needs an array or a float to differentiate")
    return claim


def as_array(leaf: Any) -> Any:
    """A leaf of the arguments as NumPy sees it; what holds no numbers (a string, a function) stays as it is."""
    if leaf is None or isinstance(leaf, (str, bytes, int)) or callable(leaf):
        return leaf
    if isinstance(leaf, (np.matrix, np.ma.MaskedArray)):
        raise BadClaim(f"an argument is a {type(leaf).__name__}, needs a plain array: np.asarray(...) of it")
    array = np.asarray(leaf)
    return leaf if array.dtype == object else array


def is_float(leaf: Any) -> bool:
    """Whether a leaf of the arguments is an array of real numbers that are not integers."""
    return isinstance(leaf, np.ndarray) and is_floating(leaf.dtype)


def names_of(f: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """The names of f's parameters, or `args[i]` where it does not tell."""
    try:
        kinds = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        kinds = []
    named = [p.name for p in kinds if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [named[i] if i < len(named) else f"args[{i}]" for i in range(len(args))]


def parameters(claim: Claim) -> list[Parameter]:
    """The arrays to differentiate, in order, under the names that the report uses."""
    names = claim.names
    return [
        Parameter(path, leaf)
        for n in claim.argnums
        for path, leaf in tree.leaves(claim.args[n], names[n])
        if isinstance(leaf, np.ndarray)
    ]


def claimed_shape(claim: Claim, parameter: Parameter, value: Any) -> tuple[int, ...]:
    """The shape that is needed of the claimed derivative; `value` is what f returned."""
    return (*np.shape(value), *parameter.value.shape) if claim.jacobian else parameter.value.shape


NOUNS = {
    "check_vjp": "VJP",
    "check_jvp": "JVP",
    "check_jacobian": "Jacobian",
    "check_hessian": "Hessian",
    "check_rule": "rule's derivative",
}


def noun(claim: Claim) -> str:
    """What is on trial, in a word."""
    return claim.noun or NOUNS.get(claim.check, "gradient")


def with_parameters(claim: Claim, args: tuple[Any, ...], values: list[Any]) -> tuple[Any, ...]:
    """`args` with the arrays to differentiate replaced by `values`, in the order of `parameters`."""
    new = iter(values)
    swap = lambda leaf: next(new) if isinstance(leaf, (np.ndarray, np.generic)) else leaf  # noqa: E731
    replaced = {n: tree.rebuild(args[n], swap) for n in claim.argnums}
    return tuple(replaced.get(i, arg) for i, arg in enumerate(args))


def split_gradient(claim: Claim, returned: Any) -> list[Any]:
    """What `gradient` returned, as one array for each of `parameters`.

    Raises: BadClaim if it is not structured like the arguments in `argnums`.
    """
    parts = (returned,) if claim.single else returned
    if not isinstance(parts, (tuple, list)) or len(parts) != len(claim.argnums):
        count = len(parts) if isinstance(parts, (tuple, list)) else 1
        needs = f"{len(claim.argnums)}, one for each of argnums={claim.argnums}"
        raise BadClaim(f"{claim.name}: the {noun(claim)} returned {counted(count, 'array')}, needs {needs}")
    names = claim.names
    return [
        g
        for n, part in zip(claim.argnums, parts, strict=True)
        for g in _matched(names[n], claim.args[n], part, claim.jacobian)
    ]


def _as_rows(part: Any, ndim: int | None) -> Any:
    """The rows of one array, written as a list, together; None for anything else: several arrays, or rows of several lengths."""
    try:
        rows = [np.asarray(g) for g in part] if isinstance(part, (list, tuple)) else []
        return np.stack(rows) if rows and (ndim is None or all(r.ndim < ndim for r in rows)) else None
    except ValueError:
        return None


def _matched(name: str, argument: Any, part: Any, jacobian: bool) -> list[Any]:
    """The arrays of a gradient, in the order of the argument's own: dicts by key, the rest by place."""
    inside = tree.children(argument)
    if inside is None:
        if not isinstance(argument, np.ndarray):
            return []
        if (rows := _as_rows(part, None if jacobian else argument.ndim)) is not None:
            part = rows
        elif part is None or tree.children(part) is not None:
            got = type(part).__name__
            raise BadClaim(f"the gradient for {name} is a {got}, needs an array of shape {argument.shape}")
        return [part]
    found = dict(tree.children(part) or [])
    missing = [key for key, child in inside if key not in found and any(True for _ in tree.leaves(child))]
    extra = [key for key in found if key not in dict(inside)]
    if missing or extra:
        words = [f"lacks {', '.join(name + key for key in missing)}"] if missing else []
        words += [f"has {', '.join(name + key for key in extra)} besides"] if extra else []
        raise BadClaim(f"the gradient for {name} {' and '.join(words)}; it needs the keys of the argument itself")
    return [g for key, child in inside for g in _matched(name + key, child, found.get(key), jacobian)]


def _first_given(claim: Claim) -> str:
    given, name = claim.args[claim.argnums[0]], claim.names[claim.argnums[0]]
    return f"{name} is the {type(given).__name__} {given!r}" + (f" (write {given}.0)" if type(given) is int else "")


def name_of(f: Callable[..., Any]) -> str:
    """What a function is called in messages."""
    return getattr(f, "__name__", type(f).__name__)
