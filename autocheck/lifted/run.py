"""One lifted run: what it notices, and where the user's code stands. What it does to NumPy meanwhile is in `patches.py`."""

from __future__ import annotations

import linecache
import math
import os
import sys
import traceback
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
    sites: dict[tuple[str, str], set[bool]] | None = None
    """(line of the code, what decides there) -> the outcomes met; None where nobody asks."""
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
        called = library_call()
        inside = f"in {called}" if called.rpartition(".")[2] not in reason else ""
        where = ", ".join(filter(None, (inside, user_line())))
        text = f"{reason} ({where})" if where else reason
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
    from autocheck.lifted.patches import patched

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


@contextmanager
def plainly() -> Iterator[None]:
    """No run is under way: a library called inside makes machine floats."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def user_line() -> str:
    """`file.py:12: code` of the innermost frame that belongs neither to autocheck nor to the numerical libraries."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if line := _line(frame, frame.f_lineno):
            return line
        frame = frame.f_back
    return ""


def library_call() -> str:
    """The library's function, written in Python, that the user's code has called: `scipy.special.comb`."""
    frame, called = sys._getframe(1), ""
    while frame is not None and not _line(frame, frame.f_lineno):
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] in ("numpy", "scipy") and frame.f_code.co_name != "wrapper":
            public = [part for part in module.split(".") if not part.startswith("_")]
            called = ".".join([*public, frame.f_code.co_name])
        frame = frame.f_back  # type: ignore[assignment]
    return called


def line_of(error: BaseException) -> str:
    """The same for an exception that was raised."""
    lines = [_line(frame, number) for frame, number in traceback.walk_tb(error.__traceback__)]
    return next((line for line in reversed(lines) if line), "")


def _line(frame: FrameType, number: int) -> str:
    name = frame.f_code.co_filename
    if any(part in name for part in NOT_THE_USERS) or name.startswith("<frozen"):
        return ""
    code = linecache.getline(name, number).strip()
    return f"{file_name(name)}:{number}" + (f": {code}" if code else "")


def file_name(path: str) -> str:
    """`homework.py`; for the file that a notebook's cell is compiled as, `In[3]`, which is what its reader sees beside it."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    cell = shell.compile.format_code_name(path) if shell else None
    return str(cell[1]) if cell else os.path.basename(path)
