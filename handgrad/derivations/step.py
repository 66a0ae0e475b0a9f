"""A derivation as data: a chain of lines, each with its LaTeX, its reason in words, and a function that computes it.

Every line of a chain is computed from the same inputs, so a machine can put any two of them side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

GENERAL = "Backpropagation General Formalism in the Elemental Form"
CHOICE = "Choice of Loss Function for Classification Network"
MULTI_CLASS = {n: f"Backpropagation: Multi-Class Categorical Classification ({n})" for n in range(1, 7)}
"""Six slides have this title; they are told apart by their order."""
BEYOND = "not in the lecture"
CODE = "the same, as handgrad computes it: no digit is lost where a unit saturates"

Compute = Callable[..., Any]
Inputs = dict[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One line."""

    latex: str
    reason: str
    """Why it follows from the line above, in words."""
    compute: Compute
    """The line as a function of the inputs."""
    slide: str = BEYOND


@dataclass(frozen=True, slots=True)
class Derivation:
    """What is differentiated with respect to which input, and how, line by line."""

    name: str
    title: str
    latex: str
    """What is differentiated."""
    f: Compute
    inputs: Inputs
    """Name -> (kind of numbers, and the lengths of its axes; a letter is the same length in all inputs).

    Kinds: "real", "positive", "unit" (between 0 and 1), "distribution" (they sum to 1), "logits" (real; e^z is taken of them).
    """
    steps: tuple[Step, ...]
    argnum: int = 0
