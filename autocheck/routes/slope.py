"""The derivative of f as a function itself, for second derivatives where no gradient is given.

In JAX that is `jax.grad`. Of a NumPy function it is, in floating point, JAX's derivative of the code as it stands, and on
exact numbers the central difference with a step of 2^-400 of the moved number, whose error, the step squared, is far below
anything that is compared.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import Claim
from autocheck.lifted import balls, traced
from autocheck.lifted.exact import ExactArray
from autocheck.lifted.run import CannotLift

Objects = np.ndarray[Any, Any]


def slope_of(f: Callable[..., Any], n: int, in_jax: bool) -> Callable[..., Any]:
    """df/d(argument n), shaped as that argument."""
    if in_jax:
        import jax

        return functools.wraps(f)(jax.grad(f, n))

    @functools.wraps(f)
    def slope(*args: Any) -> Any:
        x = args[n]
        if isinstance(x, ExactArray):
            return quotients(lambda moved: f(*args[:n], moved, *args[n + 1 :]), x)
        if type(x) is not np.ndarray and not isinstance(x, np.floating):
            raise CannotLift("JAX's second derivative of NumPy code is not taken; pass gradient=")
        _, (found,) = traced.value_and_gradients(Claim(f, f, args, (n,)))
        return found

    return slope


def quotients(f: Callable[..., Any], x: ExactArray) -> ExactArray:
    """Central differences of f, element by element."""
    found = np.empty(x.shape, dtype=object)
    sizes = np.abs(x.floats())
    largest = np.max(sizes, initial=0.0) or 1.0
    for index in np.ndindex(x.shape):
        step = balls.to_ball(2) ** int(np.frexp(sizes[index] or largest)[1] - limits.SECOND_STEP_BITS)
        up, down = x.data.copy(), x.data.copy()
        up[index], down[index] = up[index] + step, down[index] - step
        there, back = (np.asarray(f(ExactArray(moved, x.dtype)).data).reshape(()) for moved in (up, down))
        found[index] = (there[()] - back[()]) / (2 * step)
    return ExactArray(found, x.dtype)
