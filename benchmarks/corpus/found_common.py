"""What the subjects share: what one is, how a package's name is reached, and points."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autocheck

Array = np.ndarray[Any, Any]
Check = Callable[[], Any]

X, W = np.random.default_rng(0).normal(size=(6, 3)), np.array([0.4, -1.1, 0.7])
POINTS = np.random.default_rng(1).uniform(0.15, 0.85, 6)
REALS, COTANGENT = np.random.default_rng(2).normal(size=(2, 4, 3))


def rng() -> np.random.Generator:
    """The same numbers for every subject, whatever ran before it."""
    return np.random.default_rng(3)


@dataclass(frozen=True)
class Subject:
    """One derivative in somebody else's package, and how to put it on trial."""

    package: str
    what: str
    check: Check

    @property
    def name(self) -> str:
        return f"{self.package}: {self.what}"


def from_package(path: str) -> Any:
    """`module:name` imported when it is asked for."""
    module, _, name = path.partition(":")
    return functools.reduce(getattr, name.split("."), importlib.import_module(module))


def elementwise(f: Any, slope: Any, x: Array = POINTS) -> Any:
    """A function of single numbers and its derivative."""
    return autocheck.check_vjp(f, lambda x, cotangent: cotangent * slope(x), x)
