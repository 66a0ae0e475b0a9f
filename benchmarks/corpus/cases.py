"""Everything that the scoreboard asks checkers about, as cases: right, wrong by the catalogue, small, hostile, mechanical."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import mechanical, mutants
from .entry import Draw, Entry, Function, Wrong
from .exactly import Decision, decide
from .hostile import hostile
from .table import ENTRIES


@dataclass(frozen=True)
class Case:
    """A gradient to be judged at a point, and what is known of it."""

    part: str
    name: str
    kind: str
    entry: Entry
    afresh: Callable[[], Function]
    make_args: Draw
    right: bool
    size: float | None = None
    twin: str = ""
    """The right case at the same point, for a wrong one."""

    def args(self) -> tuple[Any, ...]:
        return self.make_args(np.random.default_rng(0))

    def decision(self) -> Decision:
        return decide(self.entry, self.afresh, self.make_args)


def right_case(entry: Entry, name: str, make_args: Draw) -> Case:
    return Case("right", name, "handgrad" if entry.label else "corpus", entry, lambda: entry.gradient, make_args, True)


def wrong_case(part: str, wrong: Wrong) -> Case:
    return Case(
        part, wrong.name, wrong.mistake, wrong.entry, wrong.afresh, wrong.make_args, False, wrong.size, twin_of(wrong)
    )


def twin_of(wrong: Wrong) -> str:
    return wrong.entry.name if wrong.make_args is wrong.entry.make_args else f"the twin of {wrong.name}"


def right() -> list[Case]:
    """Every entry, and the right twin of every wrong gradient that has a point of its own."""
    own_points = {twin_of(w): w for w in mutants.catalogue() if w.make_args is not w.entry.make_args}
    return [
        *(right_case(entry, entry.name, entry.make_args) for entry in ENTRIES),
        *(right_case(wrong.entry, name, wrong.make_args) for name, wrong in own_points.items()),
    ]


def hostile_cases() -> list[Case]:
    return [
        Case("hostile", h.name, h.kind, h.entry, lambda e=h.entry: e.gradient, h.entry.make_args, True)
        for h in hostile()
    ]


def mechanical_cases() -> list[Case]:
    return [
        Case(
            "mechanical",
            f"{m.name}: {m.change}",
            m.operator,
            m.entry,
            m.gradient,
            m.entry.make_args,
            False,
            twin=m.entry.name,
        )
        for m in mechanical.mutants()
    ]


PARTS: dict[str, Callable[[], list[Case]]] = {
    "right": right,
    "catalogue": lambda: [wrong_case("catalogue", w) for w in mutants.catalogue()],
    "small": lambda: [wrong_case("small", w) for w in mutants.small()],
    "hostile": hostile_cases,
    "mechanical": mechanical_cases,
}


@functools.cache
def cases(part: str) -> list[Case]:
    with np.errstate(all="ignore"):  # a float16 is soon full, and a mutant of a network infinite
        found = PARTS[part]()
    names = [case.name for case in found]
    assert len(set(names)) == len(names), f"{part}: two cases have one name"
    return found
