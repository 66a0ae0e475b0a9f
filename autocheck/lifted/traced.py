"""The traced backend: ordinary NumPy code differentiated as it stands, by eager `jax.vjp` in float64.

Each array keeps two values side by side: the JAX value that is differentiated, and the plain float that every decision
is made with (branches, loops, indices), exactly as in a run without JAX. The plain values are NumPy's own array or a view of one,
so that views, copies and writes through views are NumPy's to the letter; where a view lies in its base says what is traced.
JAX is imported inside functions: this module can be loaded without it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import tree
from autocheck.claim import Claim, is_float
from autocheck.lifted import generic, twins
from autocheck.lifted.array import MULTIPLE, LiftedArray, result_dtype
from autocheck.lifted.balls import BINARY, COMPARISONS, PREDICATES, UNARY
from autocheck.lifted.functions import BY_FLOATS, BY_RANK, BY_TRUTH, BY_TWIN, GENERIC, STRUCTURAL, named_functions
from autocheck.lifted.run import CannotLift, Run, current, refuse, running
from autocheck.lifted.specials import SPECIALS

Array = np.ndarray[Any, Any]


@dataclass(slots=True)
class Base:
    """The numbers of an array and of all its views, traced and plain, in the same shape; the plain ones lie in one piece."""

    traced: Any
    plain: Array

    @property
    def start(self) -> int:
        return address(self.plain)


class TracedArray(LiftedArray):
    """A NumPy view of the plain numbers of a base; see `LiftedArray`."""

    __slots__ = ("plain",)
    plain: Array

    def __init__(self, base: Base, view: Array, dtype: Any) -> None:
        self.data = base
        self.plain = view
        self.dtype = np.dtype(dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.plain.shape

    @property
    def traced(self) -> Any:
        """The JAX value: the base's own, moved as NumPy moved the view, where that can be seen; else picked by position."""
        moved = _moved(self.data, self.plain)
        return self.data.traced.ravel()[self.positions()] if moved is None else moved

    def positions(self) -> Array:
        """Where in the base each element lies."""
        places = np.arange(self.data.plain.size)
        offset = (address(self.plain) - self.data.start) // self.plain.itemsize if self.size else 0
        strides = [s // self.plain.itemsize * places.itemsize for s in self.plain.strides]
        return np.lib.stride_tricks.as_strided(places[offset:], self.shape, strides)

    def floats(self) -> Array:
        return self.plain

    @property
    def flags(self) -> Any:
        return self.plain.flags

    @property
    def strides(self) -> tuple[int, ...]:
        return tuple(s // self.plain.itemsize * self.itemsize for s in self.plain.strides)

    def as_strided(self, shape: Any, strides: Any) -> TracedArray:
        places = tuple(s // self.itemsize * self.plain.itemsize for s in strides)
        return TracedArray(self.data, np.lib.stride_tricks.as_strided(self.plain, shape, places), self.dtype)

    def sharing(self) -> TracedArray:
        return TracedArray(self.data, self.plain, self.dtype)

    def with_dtype(self, dtype: np.dtype[Any]) -> TracedArray:
        return TracedArray(self.data, self.plain, dtype)

    def copy(self, order: str = "C") -> TracedArray:
        return wrap(self.traced, self.plain, self.dtype)

    def __getitem__(self, index: Any) -> TracedArray:
        return self.rearranged(lambda array: _part_of(array, _plain_index(index)))

    def rearranged(self, move: Callable[[Array], Any]) -> Any:
        """What NumPy makes of the array: a view where it made one, a copy where it copied."""
        moved = move(self.plain)
        if all(np.may_share_memory(m, self.plain) for m in _arrays(moved)):
            return _wrapped(moved, lambda view: TracedArray(self.data, view, self.dtype))
        pick = lambda places: wrap(self.data.traced.ravel()[places], self.data.plain.ravel()[places], self.dtype)  # noqa: E731
        return _wrapped(move(self.positions()), pick)

    def __setitem__(self, index: Any, value: Any) -> None:
        index, base = _plain_index(index), self.data
        traced, plain = _both(value)
        if plain.dtype.kind == "c" and self.dtype.kind != "c":
            raise TypeError("float() argument must be a string or a real number, not 'complex'")
        self.plain[index] = plain
        written = _part_of(self.plain, index)
        traced = traced if traced.shape == written.shape else _jnp().broadcast_to(traced, written.shape)
        if _is_whole(base, written):
            base.traced = traced if traced.shape == base.plain.shape else traced.reshape(base.plain.shape)
        else:
            flat = base.traced.ravel().at[self.positions()[index]].set(traced)
            base.traced = flat.reshape(base.plain.shape)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        (out,) = kwargs.pop("out", (None,)) if ufunc.nout == 1 else (None,)
        if out is not None and not isinstance(out, LiftedArray) and out.dtype.kind != "b":
            raise refuse(f"np.{ufunc.__name__} writes into an array of machine floats")
        if method == "at":
            return _at(ufunc, *inputs)
        if ufunc.__name__ in MULTIPLE and "out" not in kwargs:
            return MULTIPLE[ufunc.__name__](*inputs)
        kwargs = {k: v for k, v in kwargs.items() if k not in ("casting", "order", "subok", "dtype")}
        plain_inputs = [_plain(x) for x in inputs]
        with np.errstate(all="ignore"):
            plain = getattr(ufunc, method)(*plain_inputs, **kwargs)
        if np.asarray(plain).dtype.kind in "biu":
            return _store(out, _decided(ufunc, plain))
        traced = _ufunc(ufunc, method)(*(_traced(x) for x in inputs), **kwargs)
        return _store(out, wrap(traced, plain, result_dtype(ufunc, inputs[: ufunc.nin]), fresh=True))

    def __array_function__(self, func: Callable[..., Any], _types: Any, args: Any, kwargs: Any) -> Any:
        rule = RULES.get(func)
        if rule is None:
            raise refuse(f"{func.__module__}.{func.__name__} is not traced")
        return rule(*args, **kwargs)


# --- values in and out ------------------------------------------------------------------------------------------------


def _jnp() -> Any:
    import jax.numpy as jnp

    return jnp


def wrap(traced: Any, plain: Any, dtype: Any, fresh: bool = False) -> TracedArray:
    """A new array of its own; the plain values are copied unless they are `fresh`, the traced ones can't change."""
    plain = np.array(plain, dtype=_widest(plain), order="C", copy=None if fresh else True)
    traced = _in_jax(traced)
    shaped = traced if traced.shape == plain.shape else traced.reshape(plain.shape)
    return TracedArray(Base(shaped, plain), plain, dtype)


def _in_jax(value: Any, dtype: Any = None) -> Any:
    """The value as JAX's; one that is JAX's already is not converted again, which would be one operation more to trace."""
    import jax

    is_done = isinstance(value, jax.Array) and dtype in (None, value.dtype)
    return value if is_done else _jnp().asarray(value, dtype=dtype)


def address(array: Array) -> int:
    return array.__array_interface__["data"][0]  # type: ignore[no-any-return]


def _is_whole(base: Base, view: Array) -> bool:
    """Whether a view is all of the base, in its order."""
    return view.size == base.plain.size and view.flags.c_contiguous and address(view) == base.start


def _moved(base: Base, view: Array) -> Any:
    """The traced numbers of a view that is a block of the base or all of it: reshaped, transposed, broadcast; None otherwise."""
    if _is_whole(base, view):
        return base.traced if view.shape == base.plain.shape else base.traced.reshape(view.shape)
    if view.flags.c_contiguous and view.size:
        start = (address(view) - base.start) // view.itemsize
        return base.traced.ravel()[start : start + view.size].reshape(view.shape)
    axes = [i for i in range(view.ndim) if view.shape[i] > 1 and view.strides[i] != 0]
    order = sorted(axes, key=lambda i: -view.strides[i])
    one = tuple(slice(None) if i in axes else 0 for i in range(view.ndim))
    if not view.size or not _is_whole(base, view[one].transpose([axes.index(i) for i in order])):
        return None
    moved = base.traced.reshape([view.shape[i] for i in order]).transpose([order.index(i) for i in axes])
    return _jnp().broadcast_to(moved.reshape([n if i in axes else 1 for i, n in enumerate(view.shape)]), view.shape)


def _part_of(array: Array, index: Any) -> Array:
    """What NumPy's indexing gives, a single element as an array of no dimensions that is a view too."""
    part = array[index]
    if isinstance(part, np.generic):
        part = array[(*(index if isinstance(index, tuple) else (index,)), ...)]
    return np.asarray(part)


def _widest(value: Any) -> Any:
    """Double precision, real or complex."""
    return np.complex128 if np.asarray(value).dtype.kind == "c" else np.float64


def lift(array: Any, dtype: Any = None) -> TracedArray:
    """A plain array as constants of the trace."""
    array = np.asarray(array)
    return wrap(_jnp().asarray(array, dtype=_widest(array)), array, dtype or array.dtype)


def new_run(**facts: Any) -> Run:
    """A run whose arrays are traced."""
    return Run(wrap=lift, stop=stop, **facts)


def stop(value: Any) -> Any:
    """What `stop_gradient` leaves of a value: its number, without its past."""
    import jax

    if not isinstance(value, TracedArray):
        return value
    return wrap(jax.lax.stop_gradient(value.traced), value.floats(), value.dtype)


def _plain(value: Any) -> Any:
    if isinstance(value, LiftedArray):
        return value.floats()
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value


def _traced(value: Any) -> Any:
    if isinstance(value, TracedArray):
        return value.traced
    if isinstance(value, (list, tuple)):
        return type(value)(_traced(v) for v in value)
    return value


def _both(value: Any) -> tuple[Any, Array]:
    if isinstance(value, TracedArray):
        return value.traced, value.floats()
    plain = np.asarray(_plain(value))
    kind = _widest(plain)
    return _in_jax(_stacked(_traced(value)), kind), plain.astype(kind)


def _stacked(value: Any) -> Any:
    return _jnp().stack([_stacked(v) for v in value]) if isinstance(value, (list, tuple)) else value


def _plain_index(index: Any) -> Any:
    if isinstance(index, LiftedArray):
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    return index


def _decided(ufunc: np.ufunc, outcome: Any) -> Any:
    run = current()
    if run and ufunc.__name__ in COMPARISONS:
        run.decisions.append(np.asarray(outcome))
    return outcome


def _store(out: Any, value: Any) -> Any:
    if out is None:
        return value
    out[...] = value
    return out


# --- ufuncs -----------------------------------------------------------------------------------------------------------

REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "fmax": "nanmax", "fmin": "nanmin"}
ACCUMULATIONS = {"add": "cumsum", "multiply": "cumprod"}
IN_JAX_SPECIAL = """
    expit logit log_ndtr ndtr ndtri erf erfc erfinv gammaln digamma polygamma zeta xlogy xlog1py entr kl_div rel_entr i0 i1 i0e
    i1e gammainc gammaincc betaln exp1 expi expn gamma spence betainc hyp1f1
"""


def _in_terms_of_jax() -> dict[str, Callable[..., Any]]:
    """Functions of scipy.special that JAX has not, by those that it has."""
    import jax
    import jax.scipy.special as special

    jnp = _jnp()
    log_binom = lambda n, k: -jnp.log1p(n) - special.betaln(n - k + 1, k + 1)  # noqa: E731

    def binom(n: Any, k: Any) -> Any:
        of = (n + 1, k + 1, n - k + 1)
        size = special.gammaln(of[0]) - special.gammaln(of[1]) - special.gammaln(of[2])
        return special.gammasgn(of[0]) * special.gammasgn(of[1]) * special.gammasgn(of[2]) * jnp.exp(size)

    def student(df: Any, t: Any) -> Any:
        tail = special.betainc(df / 2, 0.5, df / (df + t * t)) / 2
        return jnp.where(t < 0, tail, 1 - tail)

    return {
        "sign": lambda z: jnp.where(z == 0, 0, z / jnp.abs(z)) if jnp.iscomplexobj(z) else jnp.sign(z),
        "log_expit": jax.nn.log_sigmoid,
        "exprel": lambda x: jnp.where(x == 0, 1, jnp.expm1(x) / x),
        "rgamma": lambda x: 1 / special.gamma(x),
        "beta": special.beta,
        "psi": special.digamma,
        "exp10": lambda x: 10.0**x,
        "_zeta": special.zeta,
        "_riemann_zeta": lambda x: special.zeta(x, 1.0),
        "erfcx": lambda x: jnp.exp(x * x) * special.erfc(x),
        "binom": binom,
        "betaincc": lambda a, b, x: special.betainc(b, a, 1 - x),
        "chdtr": lambda v, x: special.gammainc(v / 2, x / 2),
        "chdtrc": lambda v, x: special.gammaincc(v / 2, x / 2),
        "pdtr": lambda k, m: special.gammaincc(jnp.floor(k) + 1, m),
        "pdtrc": lambda k, m: special.gammainc(jnp.floor(k) + 1, m),
        "stdtr": student,
        "boxcox": lambda x, power: jnp.where(power == 0, jnp.log(x), jnp.expm1(power * jnp.log(x)) / power),
        "huber": lambda delta, r: jnp.where(jnp.abs(r) <= delta, r * r / 2, delta * (jnp.abs(r) - delta / 2)),
        "pseudo_huber": lambda delta, r: delta**2 * (jnp.sqrt(1 + (r / delta) ** 2) - 1),
        "_beta_pdf": lambda x, a, b: jnp.exp(
            special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)
        ),
        "_binom_pmf": lambda k, n, p: jnp.exp(log_binom(n, k) + special.xlogy(k, p) + special.xlog1py(n - k, -p)),
        "_nbinom_pmf": lambda k, n, p: jnp.exp(log_binom(n + k - 1, k) + special.xlogy(n, p) + special.xlog1py(k, -p)),
        "_cauchy_ppf": lambda q, loc, scale: loc + scale * jnp.tan((q - 0.5) * jnp.pi),
    }


@functools.cache
def _ufunc(ufunc: np.ufunc, method: str) -> Callable[..., Any]:
    """JAX's counterpart of a ufunc and its method.

    Raises: CannotLift if there is none.
    """
    import jax

    jnp, name = _jnp(), ufunc.__name__
    if method == "reduce" and name in REDUCTIONS:
        return functools.partial(_reduced, getattr(jnp, REDUCTIONS[name]))
    if method == "reduce" and name == "logaddexp":
        return functools.partial(_reduced, jax.nn.logsumexp)
    if method == "accumulate" and name in ACCUMULATIONS:
        return lambda a, axis=0, **_: getattr(jnp, ACCUMULATIONS[name])(a, axis=axis)
    if method == "accumulate" and name in ("maximum", "minimum"):
        cumulative = jax.lax.cummax if name == "maximum" else jax.lax.cummin
        return lambda a, axis=0, **_: cumulative(a, axis=axis % a.ndim)
    known = {**_in_terms_of_jax(), **{n: getattr(jax.scipy.special, n, None) for n in IN_JAX_SPECIAL.split()}}
    function: Any = known.get(name) or getattr(jnp, name, None)
    if method not in ("__call__", "outer") or function is None or not _is_known(name):
        raise refuse(f"the ufunc {name}{'' if method == '__call__' else '.' + method} is not traced")
    if method == "outer":
        apart: Callable[..., Any] = lambda a, b: function(jnp.reshape(a, jnp.shape(a) + (1,) * jnp.ndim(b)), b)  # noqa: E731
        return apart
    special = name in known and name not in ("expn", "sign")  # whose first argument must be an integer
    return functools.partial(_called, _of_floats(function) if special else function)


def _of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    """JAX differentiates some functions of an integer argument to no number at all."""
    return lambda *args: function(*(_jnp().asarray(a, dtype=np.float64) for a in args))


def _is_known(name: str) -> bool:
    contractions = ("matmul", "vecdot", "matvec", "vecmat")
    return any(name in table for table in (UNARY, BINARY, COMPARISONS, PREDICATES, SPECIALS, contractions))


def _called(function: Callable[..., Any], *args: Any, where: Any = True, **kwargs: Any) -> Any:
    value = function(*args, **kwargs)
    return value if where is True else _jnp().where(where, value, 0.0)


def _reduced(function: Callable[..., Any], a: Any, axis: Any = 0, keepdims: bool = False, **kwargs: Any) -> Any:
    return function(a, axis=axis, keepdims=keepdims, **{k: v for k, v in kwargs.items() if v is not None})


def _at(ufunc: np.ufunc, target: Any, index: Any, *values: Any) -> None:
    """`np.add.at` and its kin: repeated indices count each time."""
    if not isinstance(target, TracedArray) or ufunc.__name__ not in ("add", "subtract"):
        raise refuse(f"np.{ufunc.__name__}.at is not traced")
    sign = 1 if ufunc.__name__ == "add" else -1
    where = target.positions()[_plain_index(index)]
    traced, plain = _both(values[0])
    base = target.data
    flat = base.traced.ravel().at[where].add(sign * _jnp().broadcast_to(traced, where.shape))
    base.traced = flat.reshape(base.plain.shape)
    np.add.at(base.plain.reshape(-1), where, sign * np.broadcast_to(plain, where.shape))


# --- functions --------------------------------------------------------------------------------------------------------


def _moving(func: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's own function on positions instead of numbers: of one array maybe a view, of several a copy."""

    def rule(*args: Any, **kwargs: Any) -> Any:
        numbers = HOLDS_NUMBERS.get(func.__name__, ())
        args = tuple(_numbers_as_floats(a) if i in numbers else a for i, a in enumerate(args))
        kwargs = {k: _numbers_as_floats(v) if k in numbers else v for k, v in kwargs.items()}
        lifted = [x for x in _leaves((args, kwargs)) if isinstance(x, TracedArray)]
        fills = func.__name__ in FILLING or any(_is_floats(x) for x in _leaves((args, kwargs)))
        if len(lifted) == 1 and not fills:
            return lifted[0].rearranged(
                lambda array: func(*_swap(args, lambda _: array), **_swap(kwargs, lambda _: array))
            )
        pool: list[tuple[Any, Array]] = [(_jnp().zeros(1), np.zeros(1))]  # position 0: the zeros that NumPy fills in

        def numbered(x: Any) -> Array:
            traced, plain = _both(x)
            start = sum(p.size for _, p in pool)
            pool.append((_jnp().ravel(traced), plain.ravel()))
            return np.arange(start, start + plain.size).reshape(plain.shape)

        moved = func(*_swap(args, numbered, floats=True), **_swap(kwargs, numbered, floats=True))
        traced, plain = _jnp().concatenate([t for t, _ in pool]), np.concatenate([p for _, p in pool])
        dtype = max((x.dtype for x in lifted), key=lambda d: d.itemsize)
        return _wrapped(moved, lambda places: wrap(traced[places], plain[places], dtype))

    return rule


JOINS = "concat concatenate stack hstack vstack column_stack dstack block row_stack".split()
HOLDS_NUMBERS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(JOINS, (0,)),
    "append": (0, 1, "values"),
    "insert": (0, 2, "values"),
    "choose": (1, "choices"),
    "pad": ("constant_values", "end_values"),
}
"""Where the arguments of a function hold numbers of the result, be they integers, not indices or sizes."""


def _numbers_as_floats(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_numbers_as_floats, value))
    return value if isinstance(value, LiftedArray) else np.asarray(value, dtype=_widest(value))


FILLING = ("tril", "triu", "pad", "diag", "diagflat", "resize")
"""Functions that put zeros of their own among the elements."""


def _wrapped(moved: Any, make: Callable[[Array], Any]) -> Any:
    if isinstance(moved, (list, tuple)):
        return type(moved)(_wrapped(m, make) for m in moved)
    return make(moved) if isinstance(moved, np.ndarray) else moved


def _arrays(moved: Any) -> list[Array]:
    return [m for m in _leaves(moved) if isinstance(m, np.ndarray)]


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [x for v in value for x in _leaves(v)]
    return [x for v in value.values() for x in _leaves(v)] if isinstance(value, dict) else [value]


def _is_floats(value: Any) -> bool:
    return isinstance(value, (float, complex, np.inexact)) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "fc"
    )


def _swap(value: Any, number: Callable[[Any], Any], floats: bool = False) -> Any:
    if isinstance(value, TracedArray) or (floats and _is_floats(value)):
        return number(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_swap(v, number, floats) for v in value)
    return {k: _swap(v, number, floats) for k, v in value.items()} if isinstance(value, dict) else value


def _computed(func: Callable[..., Any]) -> Callable[..., Any]:
    """JAX's function of the same name, beside NumPy's on the plain values."""
    path = func.__module__.removeprefix("numpy").strip(".")
    home = next((f"{part}." for part in ("linalg", "fft") if path.startswith(part)), "")

    def rule(*args: Any, **kwargs: Any) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if v is not np._NoValue and (k not in ("dtype", "out") or v is None)}
        counterpart = functools.reduce(getattr, (home + func.__name__).split("."), _jnp())
        with np.errstate(all="ignore"):
            plain = func(*map(_plain, args), **{k: _plain(v) for k, v in kwargs.items()})
        traced = counterpart(*map(_traced, args), **{k: _traced(v) for k, v in kwargs.items() if v is not None})
        dtype = max((x.dtype for x in _leaves((args, kwargs)) if isinstance(x, TracedArray)), key=lambda d: d.itemsize)
        return _paired(traced, plain, dtype)

    return rule


def _paired(traced: Any, plain: Any, dtype: Any) -> Any:
    if isinstance(plain, tuple):
        parts = [_paired(t, p, dtype) for t, p in zip(traced, plain, strict=True)]
        return type(plain)(*parts) if hasattr(plain, "_fields") else tuple(parts)
    plain = np.asarray(plain) if np.ndim(plain) == 0 else plain
    if plain.dtype.kind not in "fc":
        return plain[()] if plain.ndim == 0 else plain
    return wrap(traced, plain, plain.dtype if plain.dtype.kind != dtype.kind else dtype)


def _where(condition: Any, *branches: Any) -> Any:
    mask = _plain(condition)
    if not branches:
        return np.nonzero(mask)
    pairs = [_both(b) for b in branches]
    traced = _jnp().where(np.asarray(mask, dtype=bool), *(t for t, _ in pairs))
    return wrap(traced, np.where(mask, *(p for _, p in pairs)), result_dtype(np.add, branches))


def _by_floats(func: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: func(*map(_plain, args), **{k: _plain(v) for k, v in kwargs.items()})


def _sort(a: Any, axis: Any = -1, **_: Any) -> Any:
    if axis is None:
        a, axis = np.ravel(a), -1
    return np.take_along_axis(a, np.argsort(a.floats(), axis=axis, kind="stable"), axis=axis)


def _like(fill: Callable[[Any], Any]) -> Callable[..., Any]:
    def rule(a: Any, *args: Any, dtype: Any = None, shape: Any = None, **_: Any) -> Any:
        kind = np.dtype(dtype or a.dtype)
        traced, plain = _both(fill(args))
        shape = a.shape if shape is None else shape
        if kind.kind in "biu":
            return np.full(shape, plain).astype(kind)
        return wrap(_jnp().broadcast_to(traced, shape), np.broadcast_to(plain, shape), kind)

    return rule


def _copyto(dst: Any, src: Any, where: Any = True, **_: Any) -> None:
    if not isinstance(dst, LiftedArray):
        raise refuse("np.copyto writes into an array of machine floats")
    dst[...] = src if where is True else np.where(where, src, dst)


def _part(name: str, of_real: Callable[..., Any]) -> Callable[..., Any]:
    """The real or imaginary part: not a view, so nothing may be written into it."""

    def rule(a: Any) -> Any:
        if a.dtype.kind != "c":
            return of_real(a)
        part = wrap(getattr(_jnp(), name)(a.traced), getattr(a.floats(), name), np.empty(0, a.dtype).real.dtype)
        part.plain.flags.writeable = False
        return part

    return rule


def _eigvalsh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 - NumPy's own name
    return _computed(np.linalg.eigvalsh)(_from_triangle(a, UPLO))


def _eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803
    """With the signs that NumPy gives the eigenvectors."""
    found = _computed(np.linalg.eigh)(_from_triangle(a, UPLO))
    vectors = found.eigenvectors
    same = _jnp().sum(vectors.traced * vectors.floats(), axis=-2, keepdims=True)
    signed = wrap(vectors.traced * _jnp().where(same < 0, -1.0, 1.0), vectors.floats(), vectors.dtype)
    return found._replace(eigenvectors=signed)


def _from_triangle(a: Any, UPLO: str) -> Any:  # noqa: N803
    """The symmetric matrix that LAPACK sees: it reads one triangle, where JAX takes the mean of both."""
    half, rest = (np.tril(a), np.tril(a, -1)) if UPLO.upper() == "L" else (np.triu(a), np.triu(a, 1))
    return half + np.swapaxes(rest, -1, -2)


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    if compute_uv and full_matrices and a.shape[-1] != a.shape[-2]:
        raise refuse("np.linalg.svd(full_matrices=True) has no derivative in JAX")
    return _computed(np.linalg.svd)(a, full_matrices=False, compute_uv=compute_uv, hermitian=hermitian)


COMPUTED = """
    sum prod cumsum cumprod dot inner outer vdot tensordot einsum trace convolve correlate cross max min amax amin nanmax
    nanmin linalg.solve linalg.inv linalg.det linalg.slogdet linalg.cholesky linalg.pinv linalg.matrix_power
    linalg.eigvals linalg.qr linalg.multi_dot linalg.matmul linalg.outer linalg.vecdot
    fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft fft.fft2 fft.ifft2 fft.rfft2 fft.irfft2 fft.fftn fft.ifftn fft.rfftn
    fft.irfftn
"""
RULES: dict[Any, Callable[..., Any]] = {
    **named_functions(STRUCTURAL, _moving),
    **named_functions(GENERIC, lambda func: getattr(generic, func.__name__)),
    **named_functions(COMPUTED, _computed),
    **named_functions(f"{BY_TRUTH} {BY_RANK} {BY_FLOATS} searchsorted shape ndim size", _by_floats),
    np.where: _where,
    **named_functions(BY_TWIN, twins.rule),
    np.around: generic.round_,
    np.lexsort: lambda keys, axis=-1: np.lexsort(_plain(list(keys)), axis=axis),
    np.vdot: lambda a, b: np.dot(np.ravel(np.conjugate(a)), np.ravel(b)),
    np.partition: lambda a, kth, axis=-1, **_: np.sort(a, axis=axis),
    np.round: generic.round_,
    np.sort: _sort,
    np.copyto: _copyto,
    np.copy: lambda a, **_: a.copy(),
    np.linalg.eigh: _eigh,
    np.linalg.eigvalsh: _eigvalsh,
    np.linalg.svd: _svd,
    np.real: _part("real", lambda a: a),
    np.imag: _part("imag", np.zeros_like),
    np.zeros_like: _like(lambda _: 0.0),
    np.empty_like: _like(lambda _: 0.0),
    np.ones_like: _like(lambda _: 1.0),
    np.full_like: _like(lambda args: args[0]),
}


# --- the derivative ---------------------------------------------------------------------------------------------------


def value_and_gradients(claim: Claim) -> tuple[Array, tuple[Array, ...]]:
    """f's value and its automatic derivative (of its sum over independent rows), in float64.

    Raises: CannotLift, with the line, where the code can't be traced.
    """
    import jax

    with jax.enable_x64(True):
        leaves = [
            leaf.astype(np.float64) for n in claim.argnums for _, leaf in tree.leaves(claim.args[n]) if is_float(leaf)
        ]
        plain: list[Array] = []

        def total(*traced: Any) -> Any:
            new = iter(zip(traced, leaves, strict=True))
            args = [tree.rebuild(a, lambda x: x if is_float(x) else deepcopy(x)) for a in claim.args]
            for n in claim.argnums:
                args[n] = tree.rebuild(args[n], lambda x: wrap(*next(new), x.dtype) if is_float(x) else x)
            others = set(range(len(args))) - set(claim.argnums)
            for n in others:
                args[n] = tree.rebuild(args[n], lambda x: lift(x) if is_float(x) else x)
            with running(new_run()):
                value = claim.f(*args)
            if not isinstance(value, TracedArray):
                raise CannotLift(
                    f"{claim.name} returned a value that does not depend on its arguments, as far as JAX sees"
                )
            plain.append(value.floats())
            return value.traced if claim.jacobian or not value.shape else _jnp().sum(value.traced)

        derivative = jax.jacrev if claim.jacobian else jax.grad
        gradients = derivative(total, tuple(range(len(leaves))))(*map(_jnp().asarray, leaves))
        return plain[0], tuple(np.asarray(g) for g in gradients)
