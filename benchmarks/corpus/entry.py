"""What an entry of the corpus is, and the same code with another library in NumPy's place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

Function = Callable[..., Any]
Draw = Callable[[np.random.Generator], tuple[Any, ...]]


@dataclass(frozen=True)
class Entry:
    """A function of arrays with one number as its value, and its gradient, derived by hand."""

    f: Function
    gradient: Function
    make_args: Draw
    argnums: int | tuple[int, ...] = 0
    twin: Function | None = None
    """The same function for JAX, where the NumPy code can't run there (it writes into arrays)."""
    kinks: bool = False
    """f has kinks, which random points miss."""
    label: str = ""
    """Its name, where f has none of its own."""

    @property
    def name(self) -> str:
        return self.label or self.f.__name__

    @property
    def numbers(self) -> tuple[int, ...]:
        """The arguments that are differentiated."""
        return (self.argnums,) if isinstance(self.argnums, int) else self.argnums

    def jax_f(self, *args: Any) -> Any:
        """f in jax.numpy: its own code there, unless it has a twin."""
        import jax.numpy as jnp
        import jax.scipy.special as jsp

        return in_library(self.twin or self.f, jnp, jsp)(*args)


@dataclass(frozen=True)
class Wrong:
    """A wrong gradient of an entry's function, at points of its own where the entry's hide it."""

    entry: Entry
    mistake: str
    gradient: Function
    make_args: Draw
    size: float | None = None
    """The error relative to the element that has it, where it is a small one on purpose."""

    @property
    def name(self) -> str:
        place = "" if self.make_args is self.entry.make_args else ", at points of its own"
        return f"{self.entry.name}: {self.mistake} ({self.gradient.__name__}{place})"

    def afresh(self) -> Function:
        """The gradient as it is before its first call, for one that remembers its calls."""
        return getattr(self.gradient, "afresh", lambda: self.gradient)()


def in_library(function: Function, numpy: Any, special: Any) -> Function:
    """The same code, the corpus' own helpers included, with other libraries behind the names `np` and `special`."""
    package = __name__.rpartition(".")[0]
    worlds: dict[int, dict[str, Any]] = {}

    def moved(code: Any) -> Function:
        home = code.__globals__
        if id(home) not in worlds:
            there = worlds[id(home)] = {**home, "np": numpy, "special": special}
            for name, value in home.items():
                if isinstance(value, FunctionType) and value.__module__.startswith(package):
                    there[name] = moved(value)
        return FunctionType(code.__code__, worlds[id(home)], code.__name__, code.__defaults__, code.__closure__)

    return moved(function)
