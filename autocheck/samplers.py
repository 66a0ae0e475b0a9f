"""Points to judge at: every regime in which a formula could fail, drawn from a stated domain. Pure NumPy, seeded."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Generator = np.random.Generator

REGIMES = {
    "ordinary": "a normal distribution of width 1.5",
    "saturated": "±20 to ±40, where exponentials swamp 1",
    "tiny": "magnitudes down to the smallest normal number",
    "extreme": "±700, where exp overflows in float32 and nearly so in float64",
    "kinks": "exactly on the points where a slope jumps",
}
TINY = {"float64": -300, "float32": -37}


def logits(regime: str, shape: tuple[int, ...], dtype: str, rng: Generator, kinks: tuple[float, ...] = ()) -> Array:
    """z for an activation; `kinks` are where its slope jumps."""
    signs = rng.choice([-1.0, 1.0], shape)
    if regime == "ordinary":
        z = rng.normal(0, 1.5, shape)
    elif regime == "saturated":
        z = signs * rng.uniform(20, 40, shape)
    elif regime == "tiny":
        z = signs * 10.0 ** rng.uniform(TINY[dtype], -5, shape)
    elif regime == "extreme":
        z = signs * rng.choice([700.0, 699.0, 350.0, 1.0], shape)
    else:
        z = rng.choice([*kinks, 1.25], shape)
    return z.astype(dtype)


def between(low: float, high: float, regime: str, shape: tuple[int, ...], dtype: str, rng: Generator) -> Array:
    """a inside the open interval (low, high): well inside it, or close to its ends (`saturated`), or near zero (`tiny`)."""
    ordinary = rng.normal(0, 1.5, shape)
    if np.isinf(low) and np.isinf(high):
        return logits(regime if regime != "saturated" else "extreme", shape, dtype, rng)
    edge = 10.0 ** rng.uniform(-7 if dtype == "float32" else -12, -3, shape)
    if np.isfinite(low) and np.isfinite(high):
        share = 1 / (1 + np.exp(-ordinary))
        near = np.where(rng.random(shape) < 0.5, edge, 1 - edge)
        return (low + (high - low) * (share if regime == "ordinary" else near)).astype(dtype)
    distance = np.exp(ordinary) if regime == "ordinary" else np.where(rng.random(shape) < 0.5, edge, 1 / edge)
    return (low + distance if np.isfinite(low) else high - distance).astype(dtype)


def one_hot(m: int, n: int, rng: Generator) -> Array:
    return np.eye(n)[rng.integers(0, n, m)]


def label_smoothed(m: int, n: int, rng: Generator) -> Array:
    return 0.9 * one_hot(m, n, rng) + 0.1 / n


def soft(m: int, n: int, rng: Generator) -> Array:
    """Rows of probabilities, none of them a simple fraction."""
    p = rng.uniform(0.05, 1, (m, n))
    return p / p.sum(axis=1, keepdims=True)


def multi_hot(m: int, n: int, rng: Generator) -> Array:
    """Rows of zeros and ones with any number of ones."""
    return rng.integers(0, 2, (m, n)).astype(float)


def fractions(m: int, n: int, rng: Generator) -> Array:
    """Independent numbers in (0, 1)."""
    return rng.uniform(0.05, 0.95, (m, n))


def signs(m: int, n: int, rng: Generator) -> Array:
    return rng.choice([-1.0, 1.0], (m, n))


def counts(m: int, n: int, rng: Generator) -> Array:
    return rng.poisson(2.0, (m, n)).astype(float)


def reals(m: int, n: int, rng: Generator) -> Array:
    return rng.normal(0, 2, (m, n))
