"""The most likely mistake: what reproduces most of the wrong gradients, the simplest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.diagnosis.adjusted import by_numbers, by_variations
from autocheck.diagnosis.case import Case, Finding, Suspect, near, reproduces
from autocheck.diagnosis.exchanged import by_exchange
from autocheck.diagnosis.fitted import FITTED
from autocheck.diagnosis.reruns import by_reruns
from autocheck.diagnosis.search import by_steps
from autocheck.diagnosis.steps import RARE, TABLE
from autocheck.diagnosis.whole import INSTEAD, SIMPLE, Way, Ways
from autocheck.lifted import balls
from autocheck.report import Diagnosis
from autocheck.words import listed

Array = np.ndarray[Any, Any]
Look = Callable[[Case], list[Finding]]


def diagnose(case: Case) -> Diagnosis | None:
    """The mistake that gives the claimed gradient; None where none that is known comes near.

    First what one word tells, then f's derivation with one step done wrong, then what has something to find out; among them
    what explains all the wrong gradients at once goes first, and what is certain before what is only likely.
    """
    likely: list[Diagnosis] = []
    rounded: list[Diagnosis] = []
    for bits, looks in ((case.bits, LOOKS), (limits.CONSTANT_BITS, LOOKS[:3])) if case.exact else ((case.bits, LOOKS),):
        known = replace(case, bits=bits)
        with balls.precision(working_bits(case)), np.errstate(all="ignore"):
            found, whole = looked_at(known, looks)
        if whole and not found[0].rounded:
            return told(found[0], known)
        if whole:  # what holds to all digits would be better, and what is simpler too
            rounded.append(told(found[0], known))
        elif found and not rounded:
            best = max(found, key=lambda f: (f.certain, elements(f, case)))
            likely.append(told(best, known))
            if best.certain:
                break
    return next(iter([*rounded, *likely]), None)


def elements(finding: Finding, case: Case) -> int:
    """How many elements it explains."""
    return sum(case.suspects[k].claimed.size for k in finding.explains)


def looked_at(case: Case, looks: Sequence[Look]) -> tuple[list[Finding], bool]:
    """What was found, and whether its first explains all that is wrong, for certain; an unnamed number waits to the end."""
    found: list[Finding] = []
    whole: list[Finding] = []
    for look in looks:
        found += look(case)
        if case.exact and case.bits == limits.CONSTANT_BITS:  # near is not the same: what has no name proves nothing
            found = [replace(f, certain=f.certain and not f.unnamed) for f in found]
        if len(case.wrong) > 1:
            found = [*found, *together(found, case)]
        whole = [f for f in found if f.certain and set(case.wrong) <= set(f.explains)]
        if any(not f.unnamed for f in whole):
            return [f for f in whole if not f.unnamed], True
    return (whole, True) if whole else (found, False)


def together(found: list[Finding], case: Case) -> list[Finding]:
    """Several findings of one cause that explain all between them: two gradients in each other's place."""
    for cause in dict.fromkeys(f.cause for f in found):
        parts: dict[int, Finding] = {}
        for f in found:
            if f.cause == cause and f.certain and not f.unnamed:
                for k in f.explains:
                    parts.setdefault(k, f)
        if set(case.wrong) <= set(parts):
            each = [filled(f.sentence, [k], case) for k, f in parts.items()]
            return [Finding(cause, "; ".join(each), tuple(parts))]
    return []


def filled(sentence: str, numbers: Sequence[int], case: Case) -> str:
    """The sentence about so many parameters, by name."""
    bare = f"the {case.noun} for {listed([case.suspects[k].name for k in numbers])}"
    return sentence.replace("{names}", f"{bare} equals the true one").replace("{bare}", bare)


def working_bits(case: Case) -> int:
    """Twice what is compared: a mistake may take a root, or a difference."""
    return 2 * case.bits + 128


def by_words(table: tuple[tuple[str, Ways], ...]) -> Look:
    """The mistakes of a table of `whole.py`, for all parameters."""

    def look(case: Case) -> list[Finding]:
        found: dict[tuple[str, str], Finding] = {}
        for k in case.wrong:
            for cause, way in ways_that_fit(case.suspects[k], case, table):
                words = way.words if way.free == 0 or len(case.wrong) == 1 else f"{way.words} "
                key = (cause, words)
                explains = (*found[key].explains, k) if key in found else (k,)
                found[key] = Finding(cause, sentence(way), explains, certain(way, case.suspects[k]), way.free > 0)
        return list(found.values())

    return look


def ways_that_fit(s: Suspect, case: Case, table: tuple[tuple[str, Ways], ...]) -> Iterator[tuple[str, Way]]:
    """The first way of each row that gives the claimed gradient."""
    for cause, ways in table:
        for way in ways(s, case):
            coarse = np.asarray(way.make(s.coarse_true), dtype=np.float64)
            if cause != "not-finite" and not near(coarse, s):
                continue
            if cause == "not-finite" or reproduces(np.asarray(way.make(s.true), dtype=object), s, case.bits):
                yield cause, way
                break


LOOKS: tuple[Look, ...] = (
    by_words(SIMPLE),
    by_steps(TABLE),
    by_words(FITTED),
    by_exchange,
    by_variations,
    by_steps(RARE),
    by_reruns,
    by_numbers,
)
"""Where a mistake is looked for, the simple before the complex. Where constants are rounded, the first three."""


def sentence(way: Way) -> str:
    who = "{bare} " if way.words.startswith(INSTEAD) else "{names} "
    return who + way.words + (f": {way.mend}" if way.mend else "")


def certain(way: Way, s: Suspect) -> bool:
    """Numbers read off the claim must be few beside the elements that they explain."""
    told = int(np.count_nonzero(s.coarse_true)) or s.coarse.size
    return 2 * way.free < told


def told(finding: Finding, case: Case) -> Diagnosis:
    missed = [case.suspects[k].name for k in case.wrong if k not in finding.explains]
    count = sum(case.suspects[k].true.size for k in finding.explains)
    sure = finding.certain and not (missed and count == 1)
    where = f"at all {count} elements" if count > 1 else "at its one element"
    bits = limits.CONSTANT_BITS if finding.rounded else case.bits
    known = f"exact, {int(bits * np.log10(2))} digits" if case.exact else f"float, about {2.0**-bits:.0e}"
    if case.exact and bits == limits.CONSTANT_BITS:
        known += ", where constants of the code are rounded"
    evidence = f"{known}, {where}" if sure else f"likely; {known}, {where}"
    text = filled(finding.sentence, finding.explains, case)
    if missed:
        text += f" ({listed(missed)} wrong for another reason)"
    return Diagnosis(finding.cause, text, evidence)
