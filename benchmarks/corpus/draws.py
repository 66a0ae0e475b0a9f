"""Random arguments: each draw takes a generator and returns a tuple of arguments."""

from __future__ import annotations

import numpy as np

from .entry import Draw


def normal(*shapes: int | tuple[int, ...]) -> Draw:
    """One standard normal array for each shape; `()` is a single number."""
    return lambda rng: tuple(np.asarray(rng.normal(size=shape)) for shape in shapes)


def uniform(low: float, high: float, *shapes: int | tuple[int, ...]) -> Draw:
    return lambda rng: tuple(np.asarray(rng.uniform(low, high, size=shape)) for shape in shapes)


def joined(*draws: Draw) -> Draw:
    """The arguments of several draws, one after the other."""
    return lambda rng: tuple(value for draw in draws for value in draw(rng))


def one_hot(rows, classes):
    return lambda rng: (np.eye(classes)[rng.integers(classes, size=rows)],)


def labels(rows, classes):
    return lambda rng: (rng.integers(classes, size=rows),)


def signs(rows):
    return lambda rng: (rng.choice([-1.0, 1.0], size=rows),)


def binary(*shape):
    return lambda rng: (rng.integers(0, 2, size=shape).astype(float),)


def distributions(rows, classes):
    return lambda rng: (rng.dirichlet(np.full(classes, 3.0), size=rows),)


def constant(value):
    return lambda rng: (value,)


def integers(below, *shape):
    return lambda rng: (rng.integers(below, size=shape),)


def mask(*shape):
    return lambda rng: ((rng.random(shape) < 0.7).astype(float),)


def counts(*shape):
    return lambda rng: (rng.poisson(1.5, size=shape).astype(float),)
