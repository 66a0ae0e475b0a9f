"""Where numbers may lie, as data: the range of an activation, the domain of a loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers between low and high; an end belongs to it only where it says so."""

    low: float
    high: float
    includes_low: bool = False
    includes_high: bool = False

    def contains(self, values: Any) -> Any:
        """Which of the values lie inside."""
        above = values >= self.low if self.includes_low else values > self.low
        below = values <= self.high if self.includes_high else values < self.high
        return np.logical_and(above, below)

    def issubset(self, other: Interval) -> bool:
        """Whether every number in here is in `other` too."""
        low = self.low > other.low or (self.low == other.low and (other.includes_low or not self.includes_low))
        high = self.high < other.high or (self.high == other.high and (other.includes_high or not self.includes_high))
        return low and high

    def __str__(self) -> str:
        return f"{'[' if self.includes_low else '('}{self.low:g}, {self.high:g}{']' if self.includes_high else ')'}"


REALS = Interval(-np.inf, np.inf)
