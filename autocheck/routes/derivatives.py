"""What a floating-point route found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Derivatives:
    """Values and error bars of one route, for each parameter and shaped like it; NaN where it was not asked."""

    route: str
    values: tuple[Array, ...] = ()
    errors: tuple[Array, ...] = ()
    value: Array | None = None
    """What the route's own definition of the function returns."""
    abstained: str = ""
    independent: bool = False
    """Whether it differentiated another definition (a reference) than the user's f."""
    at_kink: bool = False
    """Whether the point is one where JAX's derivative follows a convention: right everywhere about it, not there."""
    curves: tuple[Any, ...] = ()
    """Of finite differences: (parameter, index, Ladder) for the picture of error against step."""
