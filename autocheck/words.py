"""How counts, numbers, and what was found of a parameter are said, wherever something is told to people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autocheck.report import ParameterReport

MOST_LISTED = 5
DIGITS = (8, 12, 17)
"""As many digits as tell two numbers apart, and no more."""

SEVERAL = {"agrees": "agree", "error": "errors"}
"""Verdicts that have a plural."""
TELLING = ("other-point", "rounding", "steep", "no-limit", "open", "imprecise")
"""Notes that say why a verdict is not better, before those that only add to it."""


def counted(n: int, word: str) -> str:
    """`1 element`, `12 elements`."""
    return f"{n} {word}{'s' if n != 1 else ''}"


def tallied(counts: Iterable[tuple[str, int]]) -> str:
    """`1 wrong, 2 errors, 3 agree`: how many there are of each verdict."""
    return ", ".join(f"{n} {SEVERAL.get(verdict, verdict) if n != 1 else verdict}" for verdict, n in counts)


def share(n: int, of: int, word: str) -> str:
    """`all 12 elements`, `both elements`, `1 of 12 elements`."""
    whole = {1: f"the one {word}", 2: f"both {word}s"}.get(of, f"all {of} {word}s")
    return whole if n == of else f"{n} of {counted(of, word)}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; of many the first, and how many more."""
    shown = (
        list(words)
        if len(words) <= MOST_LISTED
        else [*words[: MOST_LISTED - 1], f"{len(words) - MOST_LISTED + 1} more"]
    )
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def ulps(value: float) -> str:
    """`0.4 ulp`, `3e+15 ulp`."""
    return f"{value:.1f} ulp" if value < 100 else f"{value:.0e} ulp" if math.isfinite(value) else "not finite"


def size(value: float) -> str:
    """An error in one digit: `7e-53`, `0.02`; 0 for what is nothing but the smallest float."""
    return f"{value:.1g}" if abs(value) > 1e-300 else "0"


def telling(value: float | None, other: float | None) -> int:
    """So many digits that two different numbers do not look the same."""
    if value is None or other is None or value == other:
        return DIGITS[0]
    return next((n for n in DIGITS if f"{value:.{n}g}" != f"{other:.{n}g}"), DIGITS[-1])


def numbered(n: int) -> str:
    """Which numbers n arguments have, as the way out of an error."""
    return f"use 0..{n - 1}" if n > 1 else "use 0" if n else "pass them after the functions"


def called(f: Any, role: str) -> str:
    """A function in a line of code that is to be pasted: by its name, or by its role where it has none that is one (a lambda)."""
    name = getattr(f, "__name__", "")
    if name and getattr(np, name, None) is f:
        return f"np.{name}"
    return name if name.isidentifier() else role


def place(name: str, index: Sequence[Any] | None) -> str:
    """`W[2, 1]`; the name alone without an index."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def reason(p: ParameterReport) -> str:
    """One sentence on why a parameter's gradient does not agree."""
    told = next((n.text for wanted in TELLING for n in p.notes if n.id == wanted), "")
    if p.verdict == "wrong" and p.count and not is_elsewhere(p):
        return f"{p.name}: {wrongness(p)}"
    return told or next((n.text for n in p.notes), f"{place(p.name, p.worst_index)} could not be decided")


def is_elsewhere(p: ParameterReport) -> bool:
    """Whether it is right at the given point, and wrong at another: the numbers at hand say nothing of that."""
    return any(note.id == "other-point" for note in p.notes)


def wrongness(p: ParameterReport) -> str:
    """`wrong at all 3 elements; worst b[0] is -0.026, should be -0.13`: how much of it, and where to look."""
    elements, of = p.wrong - p.wrong_directions, p.count - p.directions
    where = [f"at {share(elements, of, 'element')}"] if elements and of > 1 else []
    where += [f"along {share(p.wrong_directions, p.directions, 'random direction')}"] if p.wrong_directions else []
    least = "worst " if elements > 1 else ""
    who = f"{least}{place(p.name, p.worst_index)}" if p.worst_index is not None else "along one of them the derivative"
    return f"wrong{' ' * bool(where)}{' and '.join(where)}; {who} is {is_and_should_be(p)}"


def is_and_should_be(p: ParameterReport) -> str:
    """The claimed number, and what the first route that speaks says."""
    true = next((e.value for e in p.estimates if e.value is not None), None)
    digits = telling(p.hand, true)
    if true == p.hand and p.digits:
        return f"{p.hand:.{digits}g}, right to {p.digits:.0f} digits and wrong beyond them"
    should = "" if true is None else f", should be {true:.{digits}g}"
    return f"{p.hand:.{digits}g}{should}"
