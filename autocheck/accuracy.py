"""How many digits a floating-point formula keeps: its error in ulp, beside what its conditioning excuses.

The exact value is the formula's own, on balls. kappa, the condition number of an output, is the sum over its inputs of
|x ∂out/∂x| / |out|: by how many ulp the output moves when every input moves by one. An error within 4 (1 + kappa) ulp is as
good as any evaluation in that precision can promise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.lifted import balls, exact
from autocheck.lifted.run import running
from autocheck.precision import finfo, ulp_of

Array = np.ndarray[Any, Any]
Objects = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of each output its exact value, its error in absolute terms and in ulp, and kappa."""

    exact: Array
    error: Array
    ulp: Array
    kappa: Array

    @property
    def excess(self) -> Array:
        """The error in units of (1 + kappa) ulp: the quality bar is at 4."""
        return self.ulp / (1 + self.kappa)


def accuracy(function: Callable[..., Any], *args: Array) -> Accuracy:
    """`function(*args)` in floating point against itself in exact arithmetic; rows (the leading axis) are independent."""
    with np.errstate(all="ignore"):
        got = np.asarray(function(*args))
    lifted = [exact.lift(a).data for a in args]
    with balls.precision(limits.ACCURACY_BITS):
        value = _run(function, args, lifted)
        kappa = np.zeros(value.shape)
        for k, a in enumerate(args):
            for column in np.ndindex(a.shape[1:]):
                kappa += _sensitivity(function, args, lifted, k, (slice(None), *column), value)
        difference = np.asarray(balls.to_balls(np.where(np.isfinite(got), got, 0)) - value, dtype=object)
        truth, error = balls.to_floats(value), np.abs(balls.to_floats(difference))
    beyond = np.abs(truth) > float(finfo(args[0].dtype).max)  # infinity is the right answer there
    error = np.where(np.isfinite(got), error, np.where(beyond, 0.0, np.inf))
    return Accuracy(truth, error, error / ulp_of(np.where(beyond, 0.0, np.abs(truth)), args[0].dtype), kappa)


def error_of(got: Array, function: Callable[..., Any], *args: Array) -> tuple[Array, Array]:
    """(absolute error, error in ulp) of numbers from elsewhere, against `function(*args)` in exact arithmetic."""
    with balls.precision(limits.ACCURACY_BITS):
        value = _run(function, args, [exact.lift(a).data for a in args])
        error = np.abs(balls.to_floats(np.asarray(balls.to_balls(got) - value, dtype=object)))
        return error, error / ulp_of(np.abs(balls.to_floats(value)), got.dtype)


def _run(function: Callable[..., Any], args: tuple[Array, ...], lifted: list[Objects]) -> Objects:
    with running(exact.new_run()):
        value = function(*(exact.ExactArray(b.copy(), a.dtype) for a, b in zip(args, lifted, strict=True)))
    return np.asarray(value.data, dtype=object)


def _sensitivity(
    function: Callable[..., Any], args: tuple[Array, ...], lifted: list[Objects], k: int, column: Any, value: Objects
) -> Array:
    """|x ∂out/∂x| / |out| of every output with respect to one column of one argument."""
    step = balls.to_ball(2) ** -limits.SENSITIVITY_BITS
    moved = lifted[k].copy()
    moved[column] = moved[column] * (1 + step)
    there = _run(function, args, [*lifted[:k], moved, *lifted[k + 1 :]])

    def relative(one: balls.Ball, other: balls.Ball) -> float:
        return 0.0 if one.contains(0) else float(abs((other - one) / (one * step)).mid())

    found = np.vectorize(relative, otypes=[np.float64])(value, there)
    return np.where(np.isfinite(found), found, np.inf)


def dense_line(dtype: str) -> Array:
    """z from -1e4 to 1e4 on logarithmic scales down to the smallest normal number, and 0."""
    tiny = {"float64": -300.0, "float32": -37.0}[dtype]
    size = 10.0 ** np.concatenate([np.linspace(tiny, -3, 60, endpoint=False), np.linspace(-3, 4, 240)])
    return np.concatenate([-size[::-1], [0.0], size]).astype(dtype)
