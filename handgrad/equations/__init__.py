"""The lecture's five equations, each of them written three times: index by index, for one example, for a batch.

The three modules hold the same functions with the same parameters, so any of them can drive a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from handgrad.equations import batched, elemental, vector


@dataclass(frozen=True, slots=True)
class Equation:
    """One of the five: its number and title, and the names of the functions that write it down."""

    number: int
    title: str
    functions: tuple[str, ...]


EQUATIONS = (
    Equation(1, "what a layer adds up", ("pre_activation",)),
    Equation(2, "what a layer answers", ("activate",)),
    Equation(3, "how J changes with each z", ("delta", "delta_output")),
    Equation(4, "how J changes with each weight", ("grad_W",)),
    Equation(5, "how J changes with each bias", ("grad_b",)),
)
INPUT_GRADIENT = "grad_x"  # ∂J/∂x has no number on the slides: it is the sum in Eqn 3, carried one step further

NOTATIONS = MappingProxyType[str, ModuleType]({"elemental": elemental, "vector": vector, "batched": batched})

__all__ = ["EQUATIONS", "INPUT_GRADIENT", "NOTATIONS", "Equation", "batched", "elemental", "vector"]
