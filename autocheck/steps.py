"""A derivation's lines, and what the judge found on each of them: plain frozen records."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from autocheck import evidence, limits
from autocheck.report import SCHEMA

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation. Anything else with these four attributes will do as well."""

    latex: str
    reason: str
    """Why it follows from the line above: "quotient rule"."""
    compute: Function
    """The line as a function of the chain's inputs."""
    slide: str = ""
    """Where it stands, if anywhere."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """The verdict on one line, beside the one before it."""

    number: int
    """Counted from 1."""
    latex: str
    reason: str
    slide: str
    verdict: str
    digits: float | None = None
    """To how many it agrees at every point; None where it could not be compared."""
    degree: int | None = None
    """Where both lines are rational: the degree of their difference's numerator, at most. They are then equal at every point."""
    finding: str = ""
    """What is wrong or undecided, with the point at which it shows."""
    points: int = 0
    """Random points of each size of the inputs, at the least: formulas for two and for three classes are two formulas."""

    @property
    def chance(self) -> float | None:
        """log10 of the chance that a step which is wrong for some size would have passed; None if that can't be told."""
        return None if self.degree is None else evidence.chance(self.degree, limits.CHAIN_CHOICES, self.points)


@dataclass(frozen=True, slots=True, repr=False)
class ChainReport:
    """The verdict on a derivation: that of its worst step."""

    name: str
    verdict: str
    steps: tuple[StepReport, ...]
    broken: int | None = None
    """The number of the first step that does not follow from the one before."""
    mended: int | None = None
    """A later step that is right again, if any: a second mistake has undone the first."""
    definition: float | None = None
    """Digits to which the first step agrees with the definition of the derivative."""
    autodiff: float | None = None
    """The same with JAX's derivative of the reference, or of f."""
    branches: tuple[str, ...] = ()
    """The branches that the code of the steps takes, and which sides of them were visited."""
    inputs: str = ""
    points: int = 0
    """Random points, of all sizes together."""
    seed: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def ok(self) -> bool:
        return self.verdict == "agrees"

    def fact(self, key: str) -> str:
        return dict(self.facts).get(key, "")

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, dicts, numbers and strings, with `"schema": 1`."""
        return {"schema": SCHEMA, **asdict(self), "facts": dict(self.facts)}

    def to_json(self, indent: int | None = 2) -> str:
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def to_html(self) -> str:
        """A self-contained page that needs no network."""
        from autocheck.render.lecture_html import chain_page

        return chain_page(self)

    def _repr_html_(self) -> str:
        from autocheck.render.lecture_html import chain_fragment

        return chain_fragment(self)

    def __repr__(self) -> str:
        from autocheck.render.chain_text import heading

        return f"<ChainReport {heading(self)}>"

    def __str__(self) -> str:
        from autocheck.render.chain_text import chain_text

        return chain_text(self)

    def __bool__(self) -> bool:
        return self.ok
