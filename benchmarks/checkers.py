"""The checkers on the scoreboard, each in its fairest set-up: what it takes, its own defaults, its own verdict.

A checker gets (entry, gradient, args) and answers "accepts", "rejects" or "abstains" with a word of why. Each gets the hand
gradient as its own users would hand it over; none gets a step or a tolerance of ours where it has one of its own.
"""

from __future__ import annotations

import copy
import importlib.util
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from corpus.entry import Entry, Function

Array = np.ndarray[Any, Any]
Answer = tuple[str, str]
"""("accepts" | "rejects" | "abstains", why)"""
PATIENCE = 120
"""Seconds after which a check is called off: it abstains."""


@dataclass(frozen=True)
class Trial:
    """What a checker sees: f, the hand gradient and the arguments, on copies of its own."""

    entry: Entry
    gradient: Function
    args: tuple[Any, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return self.entry.numbers

    @property
    def points(self) -> list[Array]:
        """The differentiated arguments."""
        return [np.asarray(self.args[n]) for n in self.numbers]

    def f(self, *points: Any) -> Any:
        """f of the differentiated arguments alone."""
        return self.entry.f(*self.completed(points))

    def hand(self, *points: Any) -> list[Array]:
        """The hand gradient there, one array for each of them.

        Raises: ValueError if a shape is not that of its argument, as every framework does by itself.
        """
        returned = self.gradient(*self.completed(points))
        parts = list(returned) if isinstance(returned, tuple) else [returned]
        if len(parts) != len(points):
            raise ValueError(f"{len(parts)} arrays for {len(points)} arguments")
        for part, point in zip(parts, points, strict=True):
            if np.shape(part) != np.shape(point):
                raise ValueError(f"a gradient of shape {np.shape(part)} for an argument of shape {np.shape(point)}")
        return [np.asarray(part) for part in parts]

    def completed(self, points: Any) -> tuple[Any, ...]:
        args = list(copy.deepcopy(self.args))
        for n, point in zip(self.numbers, points, strict=True):
            args[n] = point
        return tuple(args)

    def as_vector(self) -> tuple[Array, Callable[[Array], Any], Callable[[Array], Array]]:
        """(x, f(x), hand(x)) with all arguments in one vector, for checkers of vectors."""
        shapes = [p.shape for p in self.points]
        dtypes = [p.dtype for p in self.points]
        ends = np.cumsum([p.size for p in self.points])[:-1]

        def parts(x: Array) -> list[Array]:
            pieces = zip(np.split(np.asarray(x), ends), shapes, dtypes, strict=True)
            return [np.asarray(piece.reshape(shape), dtype=dtype) for piece, shape, dtype in pieces]

        def hand(x: Array) -> Array:
            return np.concatenate([np.ravel(g) for g in self.hand(*parts(x))]).astype(np.float64)

        x = np.concatenate([np.ravel(p) for p in self.points]).astype(np.float64)
        return x, lambda x: np.float64(self.f(*parts(x))), hand


def by_autocheck(trial: Trial) -> Answer:
    import autocheck

    report = autocheck.check_gradient(trial.entry.f, trial.gradient, *trial.args, argnums=trial.entry.argnums)
    answer = {"agrees": "accepts", "inconclusive": "abstains"}.get(report.verdict, "rejects")
    exact = "" if report.mode.startswith("exact") else "; floats only"
    why = "; ".join(report.reasons) or "; ".join(note.text for p in report.parameters for note in p.notes)
    return answer, f"{report.verdict}{exact}: {why}"[:400] if answer != "accepts" else f"{report.verdict}{exact}"


def by_torch(fast: bool) -> Callable[[Trial], Answer]:
    """A torch.autograd.Function: f as its forward pass, the hand gradient times the upstream number as its backward."""

    def check(trial: Trial) -> Answer:
        import torch

        class Hand(torch.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(ctx: Any, *tensors: Any) -> Any:
                ctx.save_for_backward(*tensors)
                value = trial.f(*(t.detach().numpy() for t in tensors))
                return torch.as_tensor(np.asarray(value, dtype=tensors[0].detach().numpy().dtype))

            @staticmethod
            def backward(ctx: Any, upstream: Any) -> Any:
                found = trial.hand(*(t.detach().numpy() for t in ctx.saved_tensors))
                kinds = [t.dtype for t in ctx.saved_tensors]
                grads = [upstream * torch.as_tensor(np.array(g)).to(k) for g, k in zip(found, kinds, strict=True)]
                return tuple(grads) if len(grads) > 1 else grads[0]

        tensors = [torch.tensor(np.array(p), requires_grad=True) for p in trial.points]
        torch.manual_seed(0)
        return passes(lambda: torch.autograd.gradcheck(Hand.apply, tensors, fast_mode=fast))

    return check


def by_jax(trial: Trial) -> Answer:
    """jax.test_util.check_grads in reverse mode, order 1, is this check_vjp; f and the hand gradient stay in NumPy."""
    import jax
    from jax.test_util import check_vjp

    def with_vjp(*points: Any) -> tuple[Any, Callable[[Any], Any]]:
        points = tuple(np.asarray(p) for p in points)
        return trial.f(*points), lambda upstream: tuple(np.asarray(upstream * g) for g in trial.hand(*points))

    with jax.enable_x64(True):
        return passes(lambda: check_vjp(lambda *p: trial.f(*map(np.asarray, p)), with_vjp, tuple(trial.points)))


def by_scipy(trial: Trial) -> Answer:
    """scipy.optimize.check_grad returns the norm of the difference; below 1e-5 is what its users assert most often."""
    from scipy.optimize import check_grad

    x, f, hand = trial.as_vector()
    error = float(check_grad(f, hand, x))
    return ("accepts" if error < 1e-5 else "rejects"), f"norm of the difference {error:.1e}"


def by_numdifftools(trial: Trial) -> Answer:
    """numdifftools.Gradient with its defaults, compared by np.allclose with its own."""
    import numdifftools

    x, f, hand = trial.as_vector()
    return ("accepts" if np.allclose(hand(x), numdifftools.Gradient(f)(x)) else "rejects"), ""


def by_autograd(trial: Trial) -> Answer:
    """HIPS autograd: f as a primitive, the hand gradient as its defvjp, test_util.check_grads in reverse mode, order 1."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda *points: trial.f(*points))

    def rule(k: int) -> Any:
        return lambda value, *points: lambda upstream: upstream * trial.hand(*points)[k]

    defvjp(f, *(rule(k) for k in range(len(trial.points))))
    points = [p if p.ndim else p[()] for p in trial.points]
    return passes(lambda: check_grads(f, tuple(range(len(points))), modes=["rev"], order=1)(*points))


def by_course_rule(trial: Trial) -> Answer:
    """max|a − n| / max(|a| + |n|) < 1e-5 with central differences of step 1e-5, as courses teach it."""
    x, f, hand = trial.as_vector()
    steps = 1e-5 * np.eye(x.size)
    numeric = np.array([(f(x + step) - f(x - step)) / 2e-5 for step in steps])
    claimed = hand(x)
    size = np.max(np.abs(claimed) + np.abs(numeric))
    error = np.max(np.abs(claimed - numeric)) / size if size else 0.0
    return ("accepts" if error < 1e-5 else "rejects"), f"error {error:.1e}"


def by_three_lines(trial: Trial) -> Answer:
    """np.testing.assert_allclose(hand, jax.grad(f)(x)) in x64, f written in jax.numpy."""
    import jax

    with jax.enable_x64(True):
        args = [np.asarray(arg) if n in trial.numbers else arg for n, arg in enumerate(trial.args)]
        try:
            truth = jax.grad(trial.entry.jax_f, trial.numbers)(*args)
        except Exception as error:
            return "abstains", f"f does not run in jax.numpy: {type(error).__name__}"

    def compare() -> bool:
        for g, t in zip(trial.hand(*trial.points), truth, strict=True):
            np.testing.assert_allclose(g, np.asarray(t))
        return True

    return passes(compare)


CHECKERS: dict[str, Callable[[Trial], Answer]] = {
    "autocheck": by_autocheck,
    "torch gradcheck": by_torch(fast=False),
    "torch, fast mode": by_torch(fast=True),
    "jax check_grads": by_jax,
    "scipy check_grad": by_scipy,
    "numdifftools": by_numdifftools,
    "HIPS autograd": by_autograd,
    "course rule": by_course_rule,
    "jax.grad, 3 lines": by_three_lines,
}
NEEDS = {
    "torch gradcheck": "torch",
    "torch, fast mode": "torch",
    "numdifftools": "numdifftools",
    "HIPS autograd": "autograd",
}
VERSIONED = ("torch", "jax", "scipy", "numdifftools", "autograd", "scikit-learn")


def installed() -> list[str]:
    return [name for name in CHECKERS if importlib.util.find_spec(NEEDS.get(name, "numpy")) is not None]


def passes(check: Callable[[], Any]) -> Answer:
    """A checker that says no by raising."""
    try:
        check()
    except TimeoutError:
        raise
    except Exception as error:
        return "rejects", f"{type(error).__name__}: {error}"[:200]
    return "accepts", ""


def ask(name: str, entry: Entry, gradient: Function, args: tuple[Any, ...]) -> tuple[str, str, float]:
    """(answer, why, seconds of processor time) of one checker; a gradient that raises by itself is rejected by all."""
    np.random.seed(0)  # noqa: NPY002 - HIPS autograd and numdifftools draw from the global generator
    trial = Trial(entry, gradient, copy.deepcopy(args))
    started = time.process_time()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            with patience(PATIENCE):
                answer, why = CHECKERS[name](trial)
        except TimeoutError:
            answer, why = "abstains", f"more than {PATIENCE} s"
        except Exception as error:
            answer, why = "rejects", f"raises {type(error).__name__}: {error}"[:200]
    return answer, why, time.process_time() - started


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    def call_off(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, call_off)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
