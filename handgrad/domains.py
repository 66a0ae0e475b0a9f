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
        """Which of the values lie inside; infinities and NaN lie in no interval."""
        inside = np.isfinite(values)
        if np.isfinite(self.low):
            inside = inside & (values >= self.low if self.includes_low else values > self.low)
        if np.isfinite(self.high):
            inside = inside & (values <= self.high if self.includes_high else values < self.high)
        return inside

    def issubset(self, other: Interval) -> bool:
        """Whether every number in here is in `other` too."""
        low = self.low > other.low or (self.low == other.low and (other.includes_low or not self.includes_low))
        high = self.high < other.high or (self.high == other.high and (other.includes_high or not self.includes_high))
        return low and high

    def __str__(self) -> str:
        return f"{'[' if self.includes_low else '('}{self.low:g}, {self.high:g}{']' if self.includes_high else ')'}"


REALS = Interval(-np.inf, np.inf)
