"""What a floating-point route found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Directional:
    """A derivative along a random direction, and what the gradient claims it to be."""

    parameter: int | None
    """The parameter that moved; None for all of them at once."""
    value: float
    error: float
    claimed: float
    vague: bool = False
    """Whether a mistake could hide in the error bar: it is wide beside the numbers that the claimed one is a sum of."""

    @property
    def agrees(self) -> bool:
        return abs(self.claimed - self.value) <= self.error

    @property
    def differs(self) -> bool:
        return abs(self.claimed - self.value) > limits.EXCUSED_SPREADS * self.error


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
    kinks: tuple[Array, ...] = ()
    """Where, element by element, the claim lies between the slopes on either side, though JAX's convention is another."""
    jumps: tuple[Array, ...] = ()
    """Where the slopes on the sides differ at all, be the claim JAX's own there or not."""
    directions: tuple[Directional, ...] = ()
    """Of finite differences where single elements would take too long."""
    curves: tuple[Any, ...] = ()
    """Of finite differences: (parameter, index, Ladder) for the picture of error against step."""
