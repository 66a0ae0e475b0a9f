"""What a lifted run replaces in NumPy, in `math`, in SciPy and in the user's modules, and puts back at its end.

While a run is under way (in this thread) NumPy's creation functions return lifted arrays where a float array would have come,
`float` and `np.float64` leave lifted numbers lifted, and what has no protocol of its own (`math`, SciPy's Python functions)
passes lifted arrays on. A float made inside would swallow the digits that the derivative needs.
"""

from __future__ import annotations

import cmath
import functools
import importlib
import math
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autocheck.lifted import casts
from autocheck.lifted.iterators import ElementIterator
from autocheck.lifted.run import current

LIBRARIES = ("autocheck", "jax", "jaxlib", "numpy", "flint", "ml_dtypes")
NOT_ADOPTED = frozenset(
    {
        *LIBRARIES,
        "scipy",
        "torch",
        "sympy",
        "mpmath",
        "matplotlib",
        "pandas",
        "pytest",
        "_pytest",
        "hypothesis",
        "IPython",
    }
    | sys.stdlib_module_names
)
"""Packages whose modules keep the names that they have imported: their code is not on trial."""

Patch = tuple[Any, str, Callable[[Any], Any]]
"""Whose name, the name, and what makes the replacement of what stands there."""


NEEDS_NUMPY = (
    "scipy.sparse",
    "scipy.interpolate",
    "scipy.integrate",
    "scipy.optimize",
    "scipy.ndimage",
    "scipy.signal",
)
"""Parts of SciPy that hand the arrays which they make to compiled code."""


def _asked_by_library() -> bool:
    """Whether the caller of a patched function is a library that needs NumPy as it is (JAX makes constants with it)."""
    name = sys._getframe(2).f_globals.get("__name__", "")
    return name.partition(".")[0] in LIBRARIES or name.startswith(NEEDS_NUMPY)


# --- replacements, each of which defers to the original outside of a run ----------------------------------------------


def is_lifted(value: Any) -> bool:
    return getattr(type(value), "is_lifted", False)


def holds_lifted(value: Any) -> bool:
    return is_lifted(value) or (isinstance(value, (list, tuple)) and any(map(holds_lifted, value)))


def _creation(original: Callable[..., Any]) -> Callable[..., Any]:
    """A creation function whose float arrays come lifted."""

    @functools.wraps(original)
    def create(*args: Any, **kwargs: Any) -> Any:
        run = current()
        lifted = run and holds_lifted(args) and CREATED_FROM.get(original.__name__)
        made = lifted(*args, **kwargs) if lifted else original(*args, **kwargs)
        return run.wrap(made, made.dtype) if run and _is_float_array(made) and not _asked_by_library() else made

    return create


def _full(shape: Any, fill_value: Any, dtype: Any = None, *_: Any, **__: Any) -> Any:
    return (
        np.broadcast_to(fill_value, shape).copy() if dtype is None else np.broadcast_to(fill_value, shape).astype(dtype)
    )


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, **_: Any) -> Any:
    """By its definition, start + i (stop - start) / n, of single numbers."""
    count = max(num - 1 if endpoint else num, 1)
    step = (stop - start) / count
    value = start + step * np.asarray(range(num))
    if endpoint and num > 1:
        value[-1] = stop
    return (value, step) if retstep else value


CREATED_FROM: dict[str, Callable[..., Any]] = {
    "full": _full,
    "linspace": _linspace,
    "logspace": lambda start, stop, num=50, endpoint=True, base=10, **_: (
        base ** np.linspace(start, stop, num, endpoint)
    ),
    "geomspace": lambda start, stop, num=50, endpoint=True, **_: (
        start * (stop / start) ** np.linspace(0, 1, num, endpoint)
    ),
    "arange": lambda *args, **_: _arange(*args),
}
"""Creation functions of lifted numbers: what they make of them."""


def _arange(start: Any, stop: Any = None, step: Any = 1, *_: Any) -> Any:
    start, stop = (0, start) if stop is None else (start, stop)
    return start + step * np.asarray(range(max(math.ceil((stop - start) / step), 0)))


def _conversion(original: Callable[..., Any]) -> Callable[..., Any]:
    """`np.array`, `np.asarray` and friends: what is lifted, or holds lifted numbers, stays lifted."""
    copies = original.__name__ in ("array", "copy")

    @functools.wraps(original)
    def convert(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        run = current()
        if run is None or not holds_lifted(a):
            made = original(a, dtype, *args, **kwargs)
            fresh = run and (copies or not isinstance(a, np.ndarray)) and _is_float_array(made)
            return run.wrap(made, made.dtype) if run and fresh and not _asked_by_library() else made
        if not is_lifted(a):
            a = np.stack([convert(item) for item in a])
        elif copies and kwargs.get("copy", True) is True:
            a = a.copy()
        if dtype is not None and np.dtype(dtype) != a.dtype:
            a = a.astype(dtype)
        more = kwargs.get("ndmin", 0) - a.ndim
        return a if more <= 0 else a[(None,) * more]

    return convert


def _is_float_array(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind in "fc"


def via(other: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Pass a call with lifted arguments on to `other`."""

    def patch(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            lifted = any(map(holds_lifted, args)) or any(map(holds_lifted, kwargs.values()))
            return other(*args, **kwargs) if lifted else original(*args, **kwargs)

        return call

    return patch


def _of_lists(original: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy asks no list what it holds: `np.sum([x, y])` of lifted numbers is that of an array."""

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        if current() and any(isinstance(a, (list, tuple)) and holds_lifted(a) for a in args):
            args = tuple(np.asarray(a) if isinstance(a, (list, tuple)) and holds_lifted(a) else a for a in args)
        return original(*args, **kwargs)

    return call


LISTS = """
    sum mean prod max min amax amin std var median average dot inner outer cross cumsum cumprod argmax argmin any all sort argsort
    atleast_1d atleast_2d trapezoid diff ptp nansum nanmean interp clip diag
"""
LISTS_OF_LINALG = "norm det inv solve cholesky"
"""Functions that code calls with lists of numbers."""
CREATING = """
    zeros ones empty full eye identity linspace logspace geomspace arange tri zeros_like ones_like empty_like full_like where select
"""
CONVERTING = "array asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite require"
CMATH = "exp sqrt sin cos tan sinh cosh tanh"
SPECIAL = "logsumexp softmax log_softmax polygamma comb perm factorial multigammaln"
"""Functions of `scipy.special` that are written in Python."""
MATH = """
    sqrt sin cos tan sinh cosh tanh log1p expm1 exp exp2 log2 log10 cbrt fabs copysign fmod isnan isfinite isinf degrees radians
    modf
"""
"""Functions of `math` that NumPy calls the same."""


def _patches() -> list[Patch]:
    import scipy.special as special

    from autocheck.lifted import generic

    renamed = {
        "asin": np.arcsin,
        "acos": np.arccos,
        "atan": np.arctan,
        "atan2": np.arctan2,
        "asinh": np.arcsinh,
        "acosh": np.arccosh,
        "atanh": np.arctanh,
        "pow": np.power,
        "erf": special.erf,
        "erfc": special.erfc,
        "gamma": special.gamma,
        "lgamma": special.gammaln,
        "log": generic.math_log,
        "fsum": generic.fsum,
        "prod": np.prod,
        "hypot": generic.hypot,
        "dist": lambda p, q: generic.hypot(*(a - b for a, b in zip(p, q, strict=True))),
        "isclose": lambda a, b, *, rel_tol=1e-9, abs_tol=0.0: bool(
            abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol)
        ),
    }
    return [
        *((np, name, _creation) for name in CREATING.split()),
        *((np, name, _conversion) for name in CONVERTING.split()),
        (np, "fromiter", _collected),
        *((np, name, _of_lists) for name in LISTS.split()),
        *((np.linalg, name, _of_lists) for name in LISTS_OF_LINALG.split()),
        *((np, name, lambda of: casts.stand_in(of, casts.as_numpy(of))) for name in casts.CASTS),
        *((math, name, via(getattr(np, name))) for name in MATH.split()),
        *((math, name, via(function)) for name, function in renamed.items()),
        *((cmath, name, via(_of_complex(getattr(np, name)))) for name in CMATH.split()),
        (cmath, "log", via(_of_complex(generic.math_log))),
        (cmath, "phase", via(_of_complex(np.angle))),
        *((special, name, via(getattr(generic, name))) for name in SPECIAL.split()),
        (np.lib.stride_tricks, "as_strided", via(as_strided)),
        (np, "nditer", via(ElementIterator)),
        (np.vectorize, "_vectorize_call", _vectorized),
        (type(np.r_).__mro__[1], "__getitem__", _joined),
    ]


def _of_complex(function: Callable[..., Any]) -> Callable[..., Any]:
    """What `cmath` does: the function of a complex number, whatever was given."""
    return lambda z, *args: function(z * complex(1), *args)


def as_strided(x: Any, shape: Any = None, strides: Any = None, **_: Any) -> Any:
    """A view of the lifted numbers; `strides` are bytes of the dtype that the array reports."""
    return x.as_strided(x.shape if shape is None else shape, x.strides if strides is None else strides)


def _collected(original: Callable[..., Any]) -> Callable[..., Any]:
    """`np.fromiter`: what the iterator gives, which may be lifted."""

    @functools.wraps(original)
    def collect(iterable: Any, dtype: Any, count: int = -1, **kwargs: Any) -> Any:
        if current() is None:
            return original(iterable, dtype, count, **kwargs)
        items = list(iterable)[: None if count < 0 else count]
        return np.asarray(items) if holds_lifted(items) else original(items, dtype, len(items), **kwargs)

    return collect


def _vectorized(original: Callable[..., Any]) -> Callable[..., Any]:
    """`np.vectorize`: the function of one lifted number after the other."""

    def call(self: Any, func: Any, args: Any) -> Any:
        if self.signature is not None or not any(map(holds_lifted, args)):
            return original(self, func, args)
        arrays = np.broadcast_arrays(*map(np.asarray, args))
        shape = arrays[0].shape
        results = [func(*(a[i] for a in arrays)) for i in np.ndindex(shape)]
        if isinstance(results[0], tuple):
            return tuple(np.reshape(np.asarray(list(column)), shape) for column in zip(*results, strict=True))
        return np.reshape(np.asarray(results), shape)

    return call


def _joined(original: Any) -> Callable[..., Any]:
    """`np.r_[...]` and `np.c_[...]`, by NumPy's own code."""

    def join(self: Any, key: Any) -> Any:
        from autocheck.lifted import twins

        keys = key if isinstance(key, tuple) else (key,)
        return (twins.twin(original) if any(map(holds_lifted, keys)) else original)(self, key)

    return join


# --- in place and put back --------------------------------------------------------------------------------------------

_lock = threading.RLock()
_users = 0
_undo: list[tuple[Any, str, Any]] = []
_ABSENT = object()

SCIPY = {
    "scipy.stats": "distributions",
    "scipy.spatial.distance": "distances",
    "scipy.linalg": "factorisations",
    "scipy.sparse": "sparse",
}
"""Parts of SciPy that are patched once they are loaded, and the module here that says how."""


def replacements() -> tuple[tuple[Any, str, Any, Any], ...]:
    """(owner, name, original, replacement) of all that is loaded by now."""
    return _replacements(tuple(part for part in SCIPY if part in sys.modules))


def _originals(patches: Iterable[Patch]) -> tuple[tuple[Any, str, Any, Any], ...]:
    found = ((owner, name, getattr(owner, name, None), patch) for owner, name, patch in patches)
    return tuple((owner, name, original, patch(original)) for owner, name, original, patch in found)


@functools.cache
def _of_scipy(part: str) -> tuple[tuple[Any, str, Any, Any], ...]:
    return _originals(importlib.import_module(f"autocheck.lifted.{SCIPY[part]}").patches())


@functools.cache
def _replacements(loaded: tuple[str, ...]) -> tuple[tuple[Any, str, Any, Any], ...]:
    return _core() + tuple(replacement for part in loaded for replacement in _of_scipy(part))


@functools.cache
def _core() -> tuple[tuple[Any, str, Any, Any], ...]:
    """Those of NumPy, `math` and `scipy.special`.

    NumPy's compiled generators look `np.empty` up in `np` too: they get a NumPy of their own.
    """
    untouched = types.ModuleType("numpy")
    untouched.__dict__.update(np.__dict__)
    for name, module in list(sys.modules.items()):
        if name.startswith("numpy.random") and getattr(module, "np", None) is np:
            module.np = untouched  # type: ignore[attr-defined]
    return _originals(_patches())


@dataclass(slots=True)
class _Names:
    """The names of a module that may be the user's, as they were last seen, and which of them hold what is replaced."""

    module: types.ModuleType
    installed: bool
    """One under `site-packages` rebinds none of the names that it has imported: their number tells whether they changed."""
    seen: Any = None
    held: list[tuple[str, Any, Any]] = field(default_factory=list)

    def state(self) -> Any:
        names = self.module.__dict__
        return len(names) if self.installed else hash(tuple(map(id, list(names.values()))))


_on_trial: dict[str, _Names] = {}
_when_many: int = 0
"""The modules that may be the user's, and how many were loaded when they were looked for."""


def _modules_on_trial() -> dict[str, _Names]:
    """All but the libraries; they are looked for again where modules were loaded, or replaced, since."""
    global _on_trial, _when_many
    if len(sys.modules) != _when_many or any(sys.modules.get(key) is not t.module for key, t in _on_trial.items()):
        _when_many = len(sys.modules)
        _on_trial = {
            key: known
            if (known := _on_trial.get(key)) and known.module is module
            else _Names(module, _installed(module))
            for key, module in list(sys.modules.items())
            if key.partition(".")[0] not in NOT_ADOPTED and type(module) is types.ModuleType
        }
    return _on_trial


def _installed(module: types.ModuleType) -> bool:
    return "site-packages" in (vars(module).get("__file__") or "")


def _names_in(module: types.ModuleType, new: dict[int, tuple[Any, Any]]) -> list[tuple[str, Any, Any]]:
    """`exp` after `from math import exp`, and `float`."""
    found = [(name, *new[id(value)]) for name, value in list(vars(module).items()) if id(value) in new]
    own = [(name, _ABSENT, made) for name, made in casts.BUILTINS.items() if casts.leaves_to_us(module, name)]
    return [*found, *own]


def _adoptions(new: dict[int, tuple[Any, Any]]) -> Iterator[tuple[Any, str, Any]]:
    """The names that the user's modules have imported: (module, name, replacement)."""
    for on_trial in list(_modules_on_trial().values()):
        module, seen = on_trial.module, (len(new), on_trial.state())
        if on_trial.seen != seen:
            on_trial.seen, on_trial.held = seen, _names_in(module, new)
        for name, original, replacement in on_trial.held:
            if vars(module).get(name, _ABSENT) is original:
                yield module, name, replacement


@contextmanager
def patched() -> Iterator[None]:
    """Keep the patches in place: the first to ask puts them there, the last to leave takes them away."""
    global _users
    with _lock:
        if _users == 0:
            _put_in_place()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _put_back()


@functools.lru_cache(maxsize=4)
def _by_identity(ours: tuple[tuple[Any, str, Any, Any], ...]) -> dict[int, tuple[Any, Any]]:
    """The functions that are replaced, to be known where a module has imported them; methods are nobody's names."""
    return {id(original): (original, made) for owner, _, original, made in ours if not isinstance(owner, type)}


def _put_in_place() -> None:
    ours = replacements()
    new = _by_identity(ours)
    try:
        for owner, name, made in [*_adoptions(new), *((owner, name, made) for owner, name, _, made in ours)]:
            _undo.append((owner, name, vars(owner).get(name, _ABSENT)))
            setattr(owner, name, made)
    except BaseException:
        _put_back()
        raise


def _put_back() -> None:
    while _undo:
        owner, name, value = _undo.pop()
        delattr(owner, name) if value is _ABSENT else setattr(owner, name, value)
