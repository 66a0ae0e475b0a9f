"""One lifted run: what it may do to NumPy while it lasts, what it notices, and where the user's code stands.

While a run is under way (in this thread, and undone at its end) NumPy's creation functions return lifted arrays where
a float array would have come, and `math` and the plain functions of `scipy.special` pass lifted arrays on to NumPy:
neither has a protocol of its own, and a float array made inside would swallow the digits that the derivative needs.
"""

from __future__ import annotations

import functools
import linecache
import math
import os
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from autocheck import limits

LIBRARIES = ("autocheck", "jax", "jaxlib", "numpy", "flint", "ml_dtypes")
NOT_THE_USERS = (
    str(Path(__file__).parents[1]) + os.sep,
    *(f"{os.sep}site-packages{os.sep}{name}{os.sep}" for name in ("numpy", "scipy", "jax", "jaxlib")),
    *(os.path.join(os.path.dirname(os.__file__), name) for name in ("contextlib.py", "copy.py", "functools.py")),
)


class CannotLift(RuntimeError):  # noqa: N818 - not an error of the user's: a reason why a route abstains
    """A function that can't run on lifted arrays, and the line that says so; the route abstains with this reason."""


class TooMuchWork(CannotLift):
    """too much work on exact numbers for the budget, or a loop that does not end on them"""


@dataclass(slots=True)
class Run:
    """What one run of a function on lifted arrays notices on its way."""

    wrap: Callable[[Any, Any], Any]
    """(array, dtype) -> a lifted array of this run's backend, for arrays that are made inside."""
    decisions: list[Any] = field(default_factory=list)
    """Outcomes of the comparisons, in order: the branch that the run took."""
    refusals: list[str] = field(default_factory=list)
    """Reasons to abstain; kept here too in case the user's code catches the exception."""
    frozen: list[Any] = field(default_factory=list)
    """Values passed through `stop_gradient`, in order."""
    replay: list[Any] | None = None
    """Frozen values of the run at the point itself, to be used instead of this run's own."""
    constants: Constants | None = None
    cost: int = 0
    """Ball operations so far, roughly."""
    most: float = math.inf
    """How many it may take; a loop that ends by exact equality never ends on balls."""
    taps: dict[str, Any] = field(default_factory=dict)
    stop: Callable[[Any], Any] = lambda value: value
    """What `stop_gradient` returns: the traced backend cuts the derivative there."""

    def count(self, operations: int) -> None:
        """Add work; a call counts for a few operations whatever its size."""
        self.cost += operations + limits.OPERATIONS_PER_CALL
        if self.cost > self.most:
            line = user_line()
            raise TooMuchWork(f"{TooMuchWork.__doc__} ({line})" if line else f"{TooMuchWork.__doc__}")

    def refuse(self, reason: str) -> CannotLift:
        """The exception to raise: `reason`, with the line of the user's code that asked for it."""
        line = user_line()
        text = f"{reason} ({line})" if line else reason
        self.refusals.append(text)
        return CannotLift(text)


@dataclass(slots=True)
class Constants:
    """Moves each float constant that a run meets by at most half an ulp: the same value always by the same move."""

    seed: int
    met: dict[float, float] = field(default_factory=dict)

    def move(self, value: float) -> float:
        """The move, in units of half an ulp: all of it, up or down; 0 for integers and short dyadics, which no code rounds."""
        if not math.isfinite(value) or _is_short(value):
            return 0.0
        size = abs(value)
        if size not in self.met:
            self.met[size] = float(np.random.default_rng([self.seed, hash(size) & 0xFFFFFFFF]).choice([-1, 1]))
        return self.met[size]


def _is_short(value: float) -> bool:
    """Whether the number needs so few bits (20 of 53) that it is what its author wrote."""
    return math.ldexp(math.frexp(value)[0], 20).is_integer()


_current: ContextVar[Run | None] = ContextVar("lifted_run", default=None)


def current() -> Run | None:
    """The lifted run that is under way in this context, if any."""
    return _current.get()


def refuse(reason: str) -> CannotLift:
    """`Run.refuse` of the run under way; outside of any run a plain refusal."""
    run = current()
    return run.refuse(reason) if run else CannotLift(reason)


@contextmanager
def running(run: Run) -> Iterator[Run]:
    """Make `run` the one under way, with NumPy patched."""
    token = _current.set(run)
    try:
        with patched():
            yield run
    except Exception as error:
        if run.refusals:  # NumPy dresses some of our refusals up as its own errors
            raise CannotLift(run.refusals[0]) from error
        raise
    finally:
        _current.reset(token)
    if run.refusals:
        raise CannotLift(run.refusals[0])


def user_line() -> str:
    """`file.py:12: code` of the innermost frame that belongs neither to autocheck nor to the numerical libraries."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if line := _line(frame, frame.f_lineno):
            return line
        frame = frame.f_back
    return ""


def line_of(error: BaseException) -> str:
    """The same for an exception that was raised."""
    lines = [_line(frame, number) for frame, number in traceback.walk_tb(error.__traceback__)]
    return next((line for line in reversed(lines) if line), "")


def _line(frame: FrameType, number: int) -> str:
    name = frame.f_code.co_filename
    if any(part in name for part in NOT_THE_USERS) or name.startswith("<frozen"):
        return ""
    code = linecache.getline(name, number).strip()
    return f"{os.path.basename(name)}:{number}" + (f": {code}" if code else "")


def _asked_by_library() -> bool:
    """Whether the caller of a patched function is a library that needs NumPy as it is (JAX makes constants with it)."""
    return sys._getframe(2).f_globals.get("__name__", "").partition(".")[0] in LIBRARIES


# --- the patches: name -> a replacement that defers to the original outside of a run ----------------------------------


def _is_lifted(value: Any) -> bool:
    return getattr(type(value), "is_lifted", False)


def _holds_lifted(value: Any) -> bool:
    return _is_lifted(value) or (isinstance(value, (list, tuple)) and any(map(_holds_lifted, value)))


def _creation(original: Callable[..., Any]) -> Callable[..., Any]:
    """A creation function whose float arrays come lifted."""

    @functools.wraps(original)
    def create(*args: Any, **kwargs: Any) -> Any:
        made = original(*args, **kwargs)
        run = current()
        return run.wrap(made, made.dtype) if run and _is_float_array(made) and not _asked_by_library() else made

    return create


def _conversion(original: Callable[..., Any]) -> Callable[..., Any]:
    """`np.array`, `np.asarray` and friends: what is lifted, or holds lifted numbers, stays lifted."""
    copies = original.__name__ in ("array", "copy")

    @functools.wraps(original)
    def convert(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        run = current()
        if run is None or not _holds_lifted(a):
            made = original(a, dtype, *args, **kwargs)
            fresh = run and (copies or not isinstance(a, np.ndarray)) and _is_float_array(made)
            return run.wrap(made, made.dtype) if run and fresh and not _asked_by_library() else made
        if not _is_lifted(a):
            a = np.stack([convert(item) for item in a])
            return a if dtype is None else a.astype(dtype)
        if dtype is not None and np.dtype(dtype) != a.dtype:
            return a.astype(dtype)
        return a.copy() if copies and kwargs.get("copy", True) is True else a

    return convert


def _is_float_array(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind == "f"


def _via(ufunc: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Pass a call with lifted arguments on to `ufunc`."""

    def patch(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            return ufunc(*args, **kwargs) if any(map(_holds_lifted, args)) else original(*args, **kwargs)

        return call

    return patch


def _patches() -> list[tuple[Any, str, Callable[[Callable[..., Any]], Callable[..., Any]]]]:
    import scipy.special as special

    from autocheck.lifted import generic

    same = "sqrt sin cos tan sinh cosh tanh log1p expm1 exp exp2 log2 log10 cbrt hypot fabs copysign fmod"
    same += " isnan isfinite isinf"
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
    }
    return [
        *((np, name, _creation) for name in ("zeros", "ones", "empty", "full", "eye", "identity", "linspace", "tri")),
        *((np, name, _creation) for name in ("zeros_like", "ones_like", "empty_like", "full_like", "where", "select")),
        *(
            (np, name, _conversion)
            for name in ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray")
        ),
        *((math, name, _via(getattr(np, name))) for name in same.split()),
        *((math, name, _via(function)) for name, function in renamed.items()),
        *((special, name, _via(getattr(generic, name))) for name in ("logsumexp", "softmax", "log_softmax")),
    ]


_lock = threading.RLock()
_users = 0
_originals: list[tuple[Any, str, Any]] = []


@functools.cache
def _replacements() -> tuple[tuple[Any, str, Any], ...]:
    """The patches, made once. NumPy's compiled generators look `np.empty` up in `np` too: they get a NumPy of their own."""
    untouched = types.ModuleType("numpy")
    untouched.__dict__.update(np.__dict__)
    for name, module in list(sys.modules.items()):
        if name.startswith("numpy.random") and getattr(module, "np", None) is np:
            module.np = untouched  # type: ignore[attr-defined]
    return tuple((module, name, patch(getattr(module, name))) for module, name, patch in _patches())


@contextmanager
def patched() -> Iterator[None]:
    """Keep the patches in place: the first to ask puts them there, the last to leave takes them away."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            for module, name, replacement in _replacements():
                _originals.append((module, name, getattr(module, name)))
                setattr(module, name, replacement)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            while _users == 0 and _originals:
                setattr(*_originals.pop())
