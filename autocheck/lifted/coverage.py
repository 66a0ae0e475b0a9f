"""What is lifted, as it is found: calls of public functions, run on each backend and compared with machine floats.

`python -m autocheck.render.lifting` prints the page of it, docs/lifting.md.
"""

from __future__ import annotations

import cmath
import functools
import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck.lifted import balls, calls, casts, exact, traced
from autocheck.lifted.array import LiftedArray
from autocheck.lifted.run import CannotLift, running

Array = np.ndarray[Any, Any]

BITS, STEP_BITS = 700, 200
"""The precision of an exact run, and the step 2^-200 of its difference: far below what a machine float could carry."""

STEP = 2.0**-20
"""The step of the difference in machine floats that the derivatives are compared with."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one call on one backend."""

    status: str
    """`covered`, `refused` (by name), or `broken`: another number, a digit lost, a crash."""
    why: str = ""


# --- the calls ------------------------------------------------------------------------------------------------------------


def filled(function: Callable[..., Any], target: Any, *args: Any) -> Any:
    """What a function has made of (a copy of) the array that it writes into."""
    target = target.copy()
    function(target, *args)
    return target


@functools.cache
def names() -> dict[str, Any]:
    """What a call may name beside the arrays."""
    import scipy.linalg as linalg
    import scipy.sparse as sparse
    import scipy.special as special
    import scipy.stats as stats
    from scipy.spatial import distance

    modules = {"np": np, "math": math, "cmath": cmath, "special": special, "stats": stats, "linalg": linalg}
    constant = sparse.csr_array(np.diag([1.5, 0.0, -2.5]))
    made = {"distance": distance, "sparse": sparse, "filled": filled, "k": calls.COUNTS, "M": constant}
    return modules | made | casts.BUILTINS


@functools.cache
def directions() -> dict[str, Array]:
    """A direction for each array; the symmetric one stays symmetric."""
    rng = np.random.default_rng(5)
    found = {name: rng.normal(size=value.shape) for name, value in calls.POINT.items()}
    return found | {"s": found["s"] + found["s"].T}


def parts(value: Any) -> list[Any]:
    """The arrays in what a call returned."""
    if isinstance(value, (list, tuple)) or (type(value).__module__ == "builtins" and hasattr(value, "__next__")):
        return [part for item in value for part in parts(item)]
    return [value]


def run(code: str, arrays: dict[str, Any]) -> list[Any]:
    return parts(eval(code, names() | arrays))  # the calls are this package's own


def plainly(code: str, t: float = 0.0) -> list[Any]:
    """The call on machine floats, at t along the directions."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run(code, {name: value + t * directions()[name] for name, value in calls.POINT.items()})


def groups() -> dict[str, list[str]]:
    """The calls by the part of NumPy or SciPy that they are about; those of ufuncs are made up."""
    found = {group: calls.split(text) for group, text in calls.TEXTS.items()}
    found["NumPy's ufuncs"] = of_ufuncs("np", np, calls.INTEGERS_ONLY.split())
    found["scipy.special"] += of_ufuncs("special", names()["special"], calls.INTEGER_ORDERS.split())
    found["scipy.stats"] = calls.of_distributions() + found["scipy.stats"]
    return {group: [code for code in dict.fromkeys(codes) if is_there(code)] for group, codes in found.items()}


ARGUMENTS = {
    1: ("p", "v", "1 + p"),
    2: ("v, p", "1 + p, p", "2, p", "p, 1 + p", "a, s", "s, v[:3]", "v[:3], s", "a, b"),
    3: ("1 + p, 2 + p, p / 2", "p / 2, 1 + p, 2 + p", "2, 5, p / 2", "2, p, p / 2"),
    4: ("p, 1 + p, 2 + p, p / 2", "2, 1 + p, 2 + p, p / 2"),
}
"""Arguments for a ufunc of so many: the first that give finite numbers are taken."""


def of_ufuncs(prefix: str, module: Any, left_out: Any) -> list[str]:
    listed = [
        name for name in sorted(module.__all__) if isinstance(getattr(module, name), np.ufunc) and name not in left_out
    ]
    tried = ([f"{prefix}.{name}({args})" for args in ARGUMENTS.get(getattr(module, name).nin, ())] for name in listed)
    return [found for candidates in tried if (found := next(filter(is_finite, candidates), ""))]


def is_finite(code: str) -> bool:
    try:
        return all(np.isfinite(np.asarray(part)).all() for t in (0.0, STEP) for part in plainly(code, t))
    except (TypeError, ValueError):
        return False


def is_there(code: str) -> bool:
    """Whether this NumPy, and this SciPy, have the function."""
    path = name_of(code).split(".")
    found: Any = names().get(path[0])
    return found is None or functools.reduce(lambda o, n: getattr(o, n, None), path[1:], found) is not None


def name_of(code: str) -> str:
    """The function that a call is of: `np.linalg.norm`."""
    match = re.match(r"(?:filled\(|abs\(|\[2 \* x for x in )?\(*([\w.]+)", code)
    return match[1] if match else code


# --- what becomes of a call -------------------------------------------------------------------------------------------------


def on_balls(code: str) -> list[tuple[Any, Any]]:
    """(value, derivative along the directions) of each part, in exact arithmetic."""
    with balls.precision(BITS):
        step = balls.to_ball(2) ** -STEP_BITS

        def at(t: Any) -> list[Any]:
            with running(exact.new_run()):
                moved = {n: balls.to_balls(x) + balls.to_balls(directions()[n]) * t for n, x in calls.POINT.items()}
                return run(code, {n: exact.ExactArray(np.asarray(x, dtype=object), float) for n, x in moved.items()})

        pairs = zip(at(balls.ZERO), at(step), strict=True)
        return [(a, _slope(a, b, step) if isinstance(a, LiftedArray) else None) for a, b in pairs]


def _slope(here: Any, there: Any, step: Any) -> Array:
    change = np.asarray((there.data - here.data) / step, dtype=object)
    found = [complex(float(z.real), float(z.imag)) for z in change.ravel()]
    return np.array(found).reshape(here.shape)


def on_tracers(code: str) -> list[tuple[Any, Any]]:
    """The same by JAX."""
    import jax

    given: list[Any] = []

    def along(t: Any) -> list[Any]:
        with running(traced.new_run()):
            moved = {n: traced.wrap(x + t * directions()[n], x, float) for n, x in calls.POINT.items()}
            given[:] = run(code, moved)
        return [part.traced for part in given if isinstance(part, LiftedArray)]

    with jax.enable_x64(True):
        values, slopes = jax.jvp(along, (0.0,), (1.0,))
    both = iter(zip(values, slopes, strict=True))
    found = []
    for part in given:
        value, slope = next(both) if isinstance(part, LiftedArray) else (part, None)
        if isinstance(part, LiftedArray) and not alike(np.asarray(value), part.floats()):
            raise ArithmeticError("JAX's value is not NumPy's")
        found.append((part, None if slope is None else np.asarray(slope)))
    return found


def outcome(code: str, backend: Callable[[str], list[tuple[Any, Any]]]) -> Found:
    """Covered if the values are the plain ones, and the derivatives theirs: then no digit was dropped on the way."""
    plain = plainly(code)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = backend(code)
    except CannotLift as reason:
        return Found("refused", str(reason))
    except Exception as error:
        if isinstance(error, (NotImplementedError, ValueError)) and "jax" in _where(error):
            return Found("refused", f"JAX: {error} ({code})")
        return Found("broken", f"{type(error).__name__}: {error}")
    if len(found) != len(plain):
        return Found("broken", f"{len(found)} parts, {len(plain)} needed")
    pairs = zip(plainly(code, STEP), plainly(code, -STEP), strict=True)
    wrong = [
        why for (v, s), p, (up, down) in zip(found, plain, pairs, strict=True) if (why := fault(v, s, p, up, down))
    ]
    return Found("broken", wrong[0]) if wrong else Found("covered")


def _where(error: Exception) -> str:
    """The file that an exception comes from."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last.tb_frame.f_code.co_filename if last else ""


def fault(value: Any, slope: Any, plain: Any, up: Any, down: Any) -> str:
    """What is wrong with one part of a result, or nothing."""
    if np.asarray(plain).dtype.kind not in "biufc":
        return ""
    floats = value.floats() if isinstance(value, LiftedArray) else np.asarray(value)
    if np.shape(floats) != np.shape(plain):
        return f"shape {np.shape(floats)}, not {np.shape(plain)}"
    if not alike(floats, np.asarray(plain), 1e-6 if np.asarray(plain).dtype.itemsize == 4 else 1e-9):
        return f"value {floats}, not {plain}"
    with np.errstate(invalid="ignore"):
        difference = (np.asarray(up) * 1.0 - np.asarray(down)) / (2 * STEP)
    if np.asarray(plain).dtype.kind in "biu" or np.asarray(plain).dtype.itemsize == 4:
        return ""
    if slope is None:
        return "its digits were dropped" if np.any(np.abs(difference) > 1e-6) else ""
    return "" if alike(slope, difference, 1e-4) else f"derivative {slope}, not {difference}"


def alike(one: Any, other: Any, rtol: float = 1e-9) -> bool:
    scale = float(np.max(np.abs(other), initial=0.0, where=np.isfinite(other)))
    return bool(np.allclose(one, other, rtol=rtol, atol=rtol * max(scale, 1.0), equal_nan=True))
