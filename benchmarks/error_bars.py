"""Does the error of a finite difference lie inside the bar that comes with it? A public battery for three engines.

    python benchmarks/error_bars.py [--json PATH]

More than a thousand pairs of a function and a point, in families of what goes wrong: scales, cancellation, low precision,
noise, oscillation, kinks, edges, poles, saturation. Every function is written once, for NumPy and for balls; its true
derivative is a pair of one-sided quotients in exact arithmetic, with a step of 2^-600 of the point. Judged are autocheck's
ladder, SciPy's and numdifftools' derivative, all with their defaults. Where there is no derivative only NaN, or at a kink
a bar that holds both slopes, is right. Pairs whose value or derivative leaves the normal range of float64 are left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import machine
import numpy as np
from scipy import special

from autocheck.lifted import balls
from autocheck.routes.ladder import ladder

Array = np.ndarray[Any, Any]
Function = Callable[[Any, Any], Any]
"""(a namespace of functions, x) -> f(x): the namespace is NumPy's and SciPy's, or the one of balls."""

FLOATS = SimpleNamespace(**{name: getattr(special, name) for name in ("erf", "expit", "gamma", "ndtr", "entr")})
for _name in (*balls.UNARY, *balls.BINARY):
    if hasattr(np, _name):
        setattr(FLOATS, _name, getattr(np, _name))
EXACT = SimpleNamespace(**{**balls.BINARY, **balls.UNARY})
EXACT.maximum = lambda a, b: balls.maximum(balls.to_ball(a), balls.to_ball(b))
EXACT.minimum = lambda a, b: balls.minimum(balls.to_ball(a), balls.to_ball(b))
BITS, STEP, SMALLER_STEP = 4000, 600, 700
DOUBLE, SINGLE = 2.0**-53, 2.0**-24
LARGE = 1e290


@dataclass(frozen=True, slots=True)
class Case:
    """One function at some points. `run` is what the engines get where that is not the function itself in float64."""

    family: str
    name: str
    f: Function
    points: Array
    roundoff: float = DOUBLE
    run: Callable[[Array], Array] | None = None

    def values(self, x: Array) -> Array:
        run = self.run or (lambda x: self.f(FLOATS, x))
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(run(np.asarray(x, dtype=np.float64)), dtype=np.float64), np.shape(x))


# --- the battery ------------------------------------------------------------------------------------------------------

ELEMENTARY: dict[str, tuple[Function, float, float]] = {
    "sin": (lambda m, x: m.sin(x), -7, 7),
    "cos": (lambda m, x: m.cos(x), -7, 7),
    "tan": (lambda m, x: m.tan(x), -1.4, 1.4),
    "exp": (lambda m, x: m.exp(x), -20, 20),
    "log": (lambda m, x: m.log(x), 0.01, 50),
    "sqrt": (lambda m, x: m.sqrt(x), 0.01, 50),
    "cbrt": (lambda m, x: m.cbrt(x), -9, 9),
    "tanh": (lambda m, x: m.tanh(x), -4, 4),
    "sinh": (lambda m, x: m.sinh(x), -6, 6),
    "cosh": (lambda m, x: m.cosh(x), -6, 6),
    "arctan": (lambda m, x: m.arctan(x), -9, 9),
    "arcsin": (lambda m, x: m.arcsin(x), -0.95, 0.95),
    "arcsinh": (lambda m, x: m.arcsinh(x), -9, 9),
    "log1p": (lambda m, x: m.log1p(x), -0.9, 9),
    "expm1": (lambda m, x: m.expm1(x), -5, 5),
    "erf": (lambda m, x: m.erf(x), -3, 3),
    "sigmoid": (lambda m, x: m.expit(x), -9, 9),
    "softplus": (lambda m, x: m.logaddexp(x, 0 * x), -9, 9),
    "gelu": (lambda m, x: x * m.ndtr(x), -4, 4),
    "silu": (lambda m, x: x * m.expit(x), -9, 9),
    "gamma": (lambda m, x: m.gamma(x), 0.5, 6),
    "x²": (lambda m, x: x * x, -9, 9),
    "x³ - x": (lambda m, x: x * x * x - x, -3, 3),
    "x⁷": (lambda m, x: x**7, -3, 3),
    "1/x": (lambda m, x: 1 / x, 0.1, 9),
    "x log x": (lambda m, x: x * m.log(x), 0.05, 9),
    "bell": (lambda m, x: m.exp(-x * x), -3, 3),
    "1/(1 + 25 x²)": (lambda m, x: 1 / (1 + 25 * x * x), -2, 2),
    "sin exp": (lambda m, x: m.sin(m.exp(x)), -2, 2),
    "3 x + 1": (lambda m, x: 3 * x + 1, -9, 9),
}

SCALED: dict[str, Function] = {
    "x": lambda m, x: 3 * x,
    "x²": lambda m, x: x * x,
    "x³": lambda m, x: x * x * x,
    "sqrt": lambda m, x: m.sqrt(x),
    "cbrt": lambda m, x: m.cbrt(x),
    "log": lambda m, x: m.log(x),
    "1/x": lambda m, x: 1 / x,
    "arctan": lambda m, x: m.arctan(x),
    "x log x": lambda m, x: x * m.log(x),
    "sin": lambda m, x: m.sin(x),
    "x/(1 + x)": lambda m, x: x / (1 + x),
    "log1p": lambda m, x: m.log1p(x),
}

CANCELLING: dict[str, tuple[Function, float, float]] = {
    "(x - 1)⁷ expanded": (lambda m, x: ((((((x - 7) * x + 21) * x - 35) * x + 35) * x - 21) * x + 7) * x - 1, 0.9, 1.2),
    "1 - cos": (lambda m, x: 1 - m.cos(x), 1e-4, 1e-2),
    "x - sin": (lambda m, x: x - m.sin(x), 1e-3, 0.1),
    "exp - 1": (lambda m, x: m.exp(x) - 1, 1e-9, 1e-3),
    "log(1 + x)": (lambda m, x: m.log(1 + x), 1e-9, 1e-3),
    "sqrt(x + 1) - sqrt(x)": (lambda m, x: m.sqrt(x + 1) - m.sqrt(x), 1e3, 1e6),
    "1/x - 1/(x + 1)": (lambda m, x: 1 / x - 1 / (x + 1), 1e2, 1e5),
    "sin² + cos² + x/1e6": (lambda m, x: m.sin(x) ** 2 + m.cos(x) ** 2 + x / 2**20, -3, 3),
    "tan - sin": (lambda m, x: m.tan(x) - m.sin(x), 1e-3, 0.1),
    "log of exp": (lambda m, x: m.log(m.exp(x) + 1), -30, -5),
    "product of ten": (lambda m, x: math.prod(m.sin(x + k) for k in range(10)), -3, 3),
    "x⁴⁰ sin exp(-x)": (lambda m, x: x**40 * m.sin(x) * m.exp(-x), 1, 40),
}

LIFTED: dict[str, Function] = {
    "1e8 + sin": lambda m, x: 1e8 + m.sin(x),
    "1e4 + exp": lambda m, x: 1e4 + m.exp(x),
    "1e12 + x²": lambda m, x: 1e12 + x * x,
    "-1e8 + tanh": lambda m, x: m.tanh(x) - 1e8,
    "1e-10 sin": lambda m, x: 1e-10 * m.sin(x),
    "1e-200 exp": lambda m, x: 1e-200 * m.exp(x),
    "1e10 sigmoid": lambda m, x: 1e10 * m.expit(x),
    "1e200 x log": lambda m, x: 1e200 * x * m.log(1 + x * x),
}

OSCILLATING: dict[str, Function] = {
    "sin 10x": lambda m, x: m.sin(10 * x),
    "sin 100x": lambda m, x: m.sin(100 * x),
    "sin 1000x": lambda m, x: m.sin(1000 * x),
    "cos 1e5x": lambda m, x: m.cos(1e5 * x),
    "x + sin(1e3 x)/1e3": lambda m, x: x + m.sin(1e3 * x) / 1e3,
    "exp sin 50x": lambda m, x: m.exp(m.sin(50 * x)),
    "sin x²": lambda m, x: m.sin(100 * x * x),
    "sin 1/x": lambda m, x: m.sin(20 / x),
    "period 1": lambda m, x: m.sin(2 * math.pi * x),
    "period 1/1024": lambda m, x: m.sin(2048 * math.pi * x),
}

CLIPPED: dict[str, Function] = {
    "relu": lambda m, x: m.maximum(x, 0),
    "leaky relu": lambda m, x: m.maximum(x, x / 8),
    "clip": lambda m, x: m.minimum(m.maximum(x, -1), 1),
    "relu6²": lambda m, x: m.minimum(m.maximum(x, 0), 6) ** 2,
    "hard swish": lambda m, x: x * m.minimum(m.maximum(x + 3, 0), 6) / 6,
    "elu": lambda m, x: m.maximum(x, 0) + m.expm1(m.minimum(x, 0)),
    "huber": lambda m, x: m.minimum(x * x / 2, m.absolute(x) - 0.5),
    "max(sin, cos)": lambda m, x: m.maximum(m.sin(x), m.cos(x)),
    "|x - 1| + |x + 2|": lambda m, x: m.absolute(x - 1) + m.absolute(x + 2),
    "5 + relu": lambda m, x: 5 + m.maximum(x - 0.25, 0),
    "forty relus": lambda m, x: (
        sum((-1) ** k * m.maximum(x * (k % 7 - 3) - math.sin(k), 0) for k in range(40)) ** 2 / 8
    ),
    "ten relus, sigmoid": lambda m, x: m.expit(
        sum(m.maximum(x * math.cos(k) + math.sin(9 * k), 0) for k in range(10)) - 5
    ),
}

STEPS: dict[str, Function] = {
    "floor": lambda m, x: m.floor(x),
    "sign": lambda m, x: m.sign(x),
    "x + round": lambda m, x: x + m.rint(3 * x),
    "sawtooth": lambda m, x: x - m.floor(x),
}

ROUNDED: dict[str, Function] = {
    "sin": lambda m, x: m.sin(x),
    "exp": lambda m, x: m.exp(x),
    "x³": lambda m, x: x * x * x,
    "sigmoid": lambda m, x: m.expit(x),
    "log(1 + x²)": lambda m, x: m.log(1 + x * x),
    "sqrt(1 + x²)": lambda m, x: m.sqrt(1 + x * x),
    "tanh": lambda m, x: m.tanh(x),
    "relu": lambda m, x: m.maximum(x, 0),
}

KINKED: dict[str, tuple[Function, float]] = {
    "|x|": (lambda m, x: m.absolute(x), 0.0),
    "relu": (lambda m, x: m.maximum(x, 0), 0.0),
    "|x - 1|": (lambda m, x: m.absolute(x - 1), 1.0),
    "relu6": (lambda m, x: m.minimum(m.maximum(x, 0), 6), 6.0),
    "max(x, 2x)": (lambda m, x: m.maximum(x, 2 * x), 0.0),
    "exp|x - 3|": (lambda m, x: m.exp(m.absolute(x - 3)), 3.0),
    "|sin|": (lambda m, x: m.absolute(m.sin(x)), 0.0),
    "7 + |x² - 4|": (lambda m, x: 7 + m.absolute(x * x - 4), 2.0),
    "sqrt|x|": (lambda m, x: m.sqrt(m.absolute(x)), 0.0),
}

EDGES: dict[str, tuple[Function, float, int]] = {
    "log": (lambda m, x: m.log(x), 0.0, 1),
    "log(x - 1)": (lambda m, x: m.log(x - 1), 1.0, 1),
    "sqrt": (lambda m, x: m.sqrt(x), 0.0, 1),
    "sqrt(1 - x)": (lambda m, x: m.sqrt(1 - x), 1.0, -1),
    "arcsin": (lambda m, x: m.arcsin(x), 1.0, -1),
    "log1p": (lambda m, x: m.log1p(x), -1.0, 1),
    "x^1.5": (lambda m, x: x * m.sqrt(x), 0.0, 1),
    "(1 - x)^2.5": (lambda m, x: m.sqrt(1 - x) ** 5, 1.0, -1),
    "entropy": (lambda m, x: m.entr(x), 0.0, 1),
    "log x log(1 - x)": (lambda m, x: m.log(x) * m.log1p(-x), 1.0, -1),
}

POLES: dict[str, tuple[Function, float]] = {
    "1/(x - 1)": (lambda m, x: 1 / (x - 1), 1.0),
    "1/(x - 2)²": (lambda m, x: 1 / (x - 2) ** 2, 2.0),
    "tan": (lambda m, x: m.tan(x), math.pi / 2),
    "gamma": (lambda m, x: m.gamma(x), -1.0),
    "log|x - 1|": (lambda m, x: m.log(m.absolute(x - 1)), 1.0),
    "sin(1/(x - 1))": (lambda m, x: m.sin(1 / (x - 1)), 1.0),
}

FLAT: dict[str, tuple[Function, tuple[float, ...]]] = {
    "tanh": (lambda m, x: m.tanh(x), (5, -8, 12, 15, -18, 20, 25, -30, 100)),
    "sigmoid": (lambda m, x: m.expit(x), (-30, -100, 12, 25, 35, 38, 50, -600)),
    "erf": (lambda m, x: m.erf(x), (3, -4, 5, 5.5, 6, -8, 20)),
    "bell": (lambda m, x: m.exp(-x * x), (0, 3, 5, -8, 15, 20)),
    "constant": (lambda m, x: 0 * x + 0.7, (0, 1e-5, 0.3, -2, 1e6)),
    "x²": (lambda m, x: x * x, (0, 1e-8, 1e-100)),
    "(x - 1)⁴": (lambda m, x: (x - 1) ** 4, (1, 1 + 1e-4, 1 - 1e-7, 1.01)),
    "cos": (lambda m, x: m.cos(x), (0, 1e-6, 1e-9, math.pi)),
    "exp(-1/x²)": (lambda m, x: m.exp(-1 / (x * x)), (0.05, 0.1, -0.2, 0.04)),
    "log(1 + e^x)": (lambda m, x: m.log(1 + m.exp(x)), (-10, -20, -30, -35, -40, 40)),
    "softplus": (lambda m, x: m.logaddexp(x, 0 * x), (-10, -40, -300, 50, 700)),
    "clip": (lambda m, x: m.minimum(m.maximum(x, -1), 1), (1.1, 2, 1.01, -5, 1.0001)),
    "3 + relu": (lambda m, x: 3 + m.maximum(x, 0), (-1, -0.3, -1e-3, -50)),
}

TRAPS: dict[str, tuple[Function, tuple[float, ...]]] = {
    "relu": (lambda m, x: m.maximum(x, 0), (1e-7, -1e-7, 1e-12)),
    "sin 100x": (lambda m, x: m.sin(100 * x), (1.0,)),
    "sin": (lambda m, x: m.sin(x), (1e6, 1e4, 1e9)),
    "log": (lambda m, x: m.log(x), (1e-3, 1e-9)),
    "tanh 1e20 x": (lambda m, x: m.tanh(1e20 * x), (0.0, 1e-22)),
    "relu(x - 1e-20)": (lambda m, x: m.maximum(x - 1e-20, 0), (0.0,)),
    "|x|^1.5": (lambda m, x: m.absolute(x) * m.sqrt(m.absolute(x)), (0.0, 1e-6)),
    "x + sin(1e6 x)/1e9": (lambda m, x: x + m.sin(1e6 * x) / 1e9, (1.0, 0.3)),
}


def noise(x: Array) -> Array:
    """Numbers in [-1, 1] that depend on every bit of x and on nothing else: the same x gives the same."""
    bits = np.asarray(x, dtype=np.float64).view(np.uint64)
    mixed = (bits ^ (bits >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1


def battery(seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    for cases in (plain_cases, rough_cases, structured_cases):
        yield from cases(rng)


def plain_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Smooth functions in float64."""
    for name, (f, low, high) in ELEMENTARY.items():
        yield Case("elementary", name, f, rng.uniform(low, high, 8))
    sizes = 10.0 ** np.array([-300.0, -200, -100, -30, -12, -5, 5, 12, 30, 100, 150])
    for name, f in SCALED.items():
        points = sizes * rng.uniform(1, 9, len(sizes))
        yield Case("scales", name, f, points[points < 1e9] if name == "sin" else points)
    for name, (f, low, high) in CANCELLING.items():
        points = np.exp(rng.uniform(np.log(low), np.log(high), 8)) if low > 0 else rng.uniform(low, high, 8)
        yield Case("cancelling", name, f, points)
    for name, f in LIFTED.items():
        yield Case("offset or scaled", name, f, rng.uniform(-3, 3, 8))
    for name, f in OSCILLATING.items():
        yield Case("oscillating", name, f, np.append(rng.uniform(0.2, 3, 7), 1.0))


def rough_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Functions that are not evaluated as they are written: in less precision, with noise, on a grid."""
    for name, (f, low, high) in ELEMENTARY.items():
        run = lambda x, f=f: f(FLOATS, x.astype(np.float32))  # noqa: E731
        yield Case("float32", name, f, rng.uniform(low, high, 4).astype(np.float32).astype(float), SINGLE, run)
    for name, f in ROUNDED.items():
        points = rng.uniform(0.1, 3, 5)
        yield Case("float32 inside", name, f, points, run=lambda x, f=f: f(FLOATS, x.astype(np.float32)))
        yield Case("decimals", name, f, points, run=lambda x, f=f: np.round(f(FLOATS, x), 8))
        for size in (1e-12, 1e-8, 1e-4):
            run = lambda x, f=f, size=size: f(FLOATS, x) + size * noise(x)  # noqa: E731
            yield Case("noisy", f"{name} ± {size:g}", f, rng.uniform(0.1, 3, 3), run=run)


def structured_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Kinks, jumps, edges, poles and plains, at them and beside them."""
    for name, f in CLIPPED.items():
        yield Case("clipped", name, f, rng.uniform(-4, 8, 10))
    for name, f in STEPS.items():
        yield Case("steps", name, f, np.append(rng.uniform(-4, 4, 8), 1 + 1e-7))
        yield Case("at a jump", name, f, np.array([0.0, 1.0] if name in ("floor", "sawtooth") else [0.0])[:2])
    away = 10.0 ** np.array([-1.0, -2, -3, -4, -6, -8, -10])
    for name, (f, where) in KINKED.items():
        yield Case("near a kink", name, f, np.concatenate([where + away, where - away]))
        yield Case("at a kink", name, f, np.array([where]))
    for name, (f, where, side) in EDGES.items():
        yield Case("near an edge", name, f, where + side * away * rng.uniform(0.3, 1, len(away)))
        if np.isfinite(Case("", "", f, away).values(np.array([where]))[0]):
            yield Case("at an edge", name, f, np.array([where]))
    for name, (f, where) in POLES.items():
        yield Case("near a pole", name, f, np.concatenate([where + away, where - away]))
    for name, (f, points) in FLAT.items():
        yield Case("flat", name, f, np.array(points, dtype=float))
    for name, (f, points) in TRAPS.items():
        yield Case("known traps", name, f, np.array(points, dtype=float))
    narrow = lambda x: np.sin(x.astype(np.float32))  # noqa: E731
    yield Case("known traps", "float32 sin", lambda m, x: m.sin(x), np.array([0.5, 1.0, 2.7]), run=narrow)


# --- the truth --------------------------------------------------------------------------------------------------------


def slopes(f: Function, x: float) -> tuple[Any, Any]:
    """The slopes from the left and from the right, as balls; None for a side that has no value or no limit."""
    at = balls.to_ball(x)
    size = balls.to_ball(1 if x == 0 else abs(x))
    here = f(EXACT, at)

    def side(sign: int) -> Any:
        first, second = ((f(EXACT, at + h) - here) / h for h in (sign * size / 2**k for k in (STEP, SMALLER_STEP)))
        if not (first.is_finite() and second.is_finite()):
            return None
        if balls.order(abs(second - first) * 2**80, abs(first)) != 1:
            return second
        return balls.ZERO if balls.order(abs(second) * 2**10, abs(first)) == -1 else math.inf

    return side(-1), side(1)


@dataclass(frozen=True, slots=True)
class Truth:
    """The derivative as both one-sided slopes; none where a slope is infinite."""

    slopes: tuple[Any, ...]

    @property
    def exists(self) -> bool:
        return bool(self.slopes) and all(s is not math.inf for s in self.slopes)

    def miss(self, value: float) -> float:
        """How far the value is from the slope farther away."""
        if not self.exists:
            return math.inf
        return max(abs(float(balls.to_ball(value) - s)) for s in self.slopes)


def truth_of(case: Case, x: float) -> Truth | None:
    """None where the pair is no business of float64."""
    with balls.precision(BITS):
        truth = Truth(tuple(s for s in slopes(case.f, x) if s is not None))
        sizes = [abs(float(s)) for s in truth.slopes if s is not math.inf]
        value = case.f(EXACT, balls.to_ball(x))
        sizes.append(0.0 if value.is_zero() else max(abs(float(value)), 1e-300))
    fits = all(s == 0 or 1 / LARGE < s < LARGE for s in sizes)
    return truth if truth.slopes and fits and np.isfinite(case.values(np.array([x]))[0]) else None


# --- the engines ------------------------------------------------------------------------------------------------------


def by_ladder(case: Case) -> tuple[Array, Array]:
    found = ladder(case.values, case.points, case.roundoff)
    return found.value, found.error


def by_scipy(case: Case) -> tuple[Array, Array]:
    from scipy.differentiate import derivative

    found = derivative(case.values, case.points)
    return found.df, found.error


def by_numdifftools(case: Case) -> tuple[Array, Array]:
    import numdifftools

    found = numdifftools.Derivative(case.values, full_output=True)(case.points)
    return np.ravel(found.estimate), np.ravel(found.error_estimate)


ENGINES = {"ladder": by_ladder, "scipy": by_scipy, "numdifftools": by_numdifftools}


# --- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """What one engine said about one pair."""

    engine: str
    family: str
    name: str
    x: float
    value: float
    bar: float
    miss: float
    slope: float

    @property
    def abstained(self) -> bool:
        return math.isnan(self.value) or math.isnan(self.bar)

    @property
    def inside(self) -> bool:
        return self.abstained or self.miss <= self.bar


def measure(seed: int, engines: dict[str, Callable[[Case], tuple[Array, Array]]]) -> Iterator[Row]:
    for case in battery(seed):
        truths = [truth_of(case, float(x)) for x in case.points]
        kept = [i for i, t in enumerate(truths) if t is not None]
        case = Case(case.family, case.name, case.f, case.points[kept], case.roundoff, case.run)
        if not kept:
            continue
        for engine, run in engines.items():
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                values, bars = run(case)
            for i, x, value, bar in zip(kept, case.points, values, bars, strict=True):
                truth = truths[i]
                with balls.precision(BITS):
                    miss = truth.miss(value) if math.isfinite(value) else math.inf
                    slope = float(truth.slopes[-1]) if truth.exists else math.inf
                yield Row(engine, case.family, case.name, float(x), float(value), float(bar), miss, slope)


def summary(rows: list[Row]) -> dict[str, Any]:
    """Share inside the bar, share abstained, and how wide the bar is: over the pairs whose error is not zero."""
    spoken = [r for r in rows if not r.abstained]
    width = [r.bar / r.miss for r in spoken if 0 < r.miss < math.inf]
    vague = [r for r in spoken if math.isinf(r.bar) or r.bar > abs(r.slope)]
    return {
        "pairs": len(rows),
        "inside": sum(r.inside for r in rows) / len(rows),
        "abstained": 1 - len(spoken) / len(rows),
        "vague": len(vague) / len(rows),
        "median bar / error": float(np.median(width)) if width else math.nan,
        "median error": float(
            np.median([r.miss / abs(r.slope) for r in spoken if r.slope and r.miss < math.inf] or [0])
        ),
    }


def table(rows: list[Row]) -> str:
    """A line for each engine and family; all families together come first."""
    head = f"{'':<14}{'family':<20}{'pairs':>6}{'inside':>8}{'abstained':>11}{'vague':>7}{'bar/error':>11}{'error':>9}"
    lines = [head]
    for engine in dict.fromkeys(r.engine for r in rows):
        mine = [r for r in rows if r.engine == engine]
        groups = {"all": mine} | {f: [r for r in mine if r.family == f] for f in dict.fromkeys(r.family for r in mine)}
        for family, group in groups.items():
            s = summary(group)
            lines.append(
                f"{engine if family == 'all' else '':<14}{family:<20}{s['pairs']:>6}{s['inside']:>8.1%}"
                f"{s['abstained']:>11.1%}{s['vague']:>7.1%}{s['median bar / error']:>11.1f}{s['median error']:>9.0e}"
            )
    return "\n".join(
        [*lines, "vague: a bar wider than the derivative itself; error: median, relative to the derivative"]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write every pair there as well")
    parser.add_argument("--outside", action="store_true", help="list the ladder's pairs outside the bar")
    options = parser.parse_args()
    available = dict(ENGINES)
    for name in ("numdifftools",):
        if importlib.util.find_spec(name) is None:
            del available[name]
            print(f"{name} is not installed and left out")
    print(machine.text())
    rows = list(measure(options.seed, available))
    print(table(rows))
    if options.outside:
        for r in rows:
            if r.engine == "ladder" and not r.inside:
                print(f"{r.family}, {r.name} at {r.x!r}: {r.value:.9g} +/- {r.bar:.1e}, off by {r.miss:.1e}")
    if options.json:
        found = [dataclasses.asdict(r) for r in rows]
        options.json.write_text(json.dumps({"machine": machine.facts(), "rows": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
