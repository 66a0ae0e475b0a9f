"""What the tables of mistakes share: points of their own, names, and what a row is."""

from __future__ import annotations

import numpy as np

from .entry import Draw, Function

Row = tuple[int, str, Function] | tuple[int, str, Function, Draw]
"""(the catalogue's number, the entry, the wrong gradient, and points of its own where the entry's hide the mistake)"""


def at(*values) -> Draw:
    """Always the same arguments; copies, for a gradient that writes into them."""
    return lambda rng: tuple(np.array(v) if isinstance(v, (list, np.ndarray)) else v for v in values)


def named(function: Function, name: str) -> Function:
    function.__name__ = name
    return function


def of_epsilon(make, epsilon: float) -> Function:
    return named(make(epsilon), f"epsilon_{epsilon:g}")
