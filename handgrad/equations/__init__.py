"""The lecture's five equations, each of them written three times: index by index, for one example, for a batch.

The three modules hold the same functions with the same parameters, so any of them can drive a network; and so can a reader's
own version of one equation among the others of a module, see `Notation`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from types import MappingProxyType, ModuleType
from typing import Any

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

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Notation:
    """The functions that drive a network: those of one of the three modules, some of them perhaps replaced by a reader's own."""

    pre_activation: Function
    activate: Function
    delta: Function
    delta_output: Function
    grad_W: Function
    grad_b: Function
    grad_x: Function
    batched: bool
    """Whether they take a whole batch, one example to a row; else one example at a time."""

    @staticmethod
    def named(notation: str, **own: Function) -> Notation:
        """Notation.named("batched", delta=my_delta): a module's functions, but for your own."""
        module = NOTATIONS[notation]
        given = {f.name: getattr(module, f.name) for f in fields(Notation) if f.name != "batched"}
        return Notation(**{**given, **own}, batched=module is batched)


__all__ = ["EQUATIONS", "INPUT_GRADIENT", "NOTATIONS", "Equation", "Notation", "batched", "elemental", "vector"]
