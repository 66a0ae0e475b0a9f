"""A function of one number that the user calls, whatever it does inside: its derivative as a whole left out, or taken elsewhere.

A stable sigmoid is a dozen steps on two ways from z to a, of which none by itself has the derivative that a hand leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autocheck.diagnosis import code
from autocheck.diagnosis.case import Case
from autocheck.diagnosis.steps import MENDS, SLOPE_MISTAKES, Mutation, consumers
from autocheck.lifted.balls import arb
from autocheck.lifted.taped import Site, Step, plain, repeated, start, taping
from autocheck.routes.derivation import Derivation


@dataclass(frozen=True, slots=True)
class Call:
    """What one call makes of one number."""

    entry: Step
    inside: tuple[Step, ...]
    """The last one is what it returns."""

    def at(self, value: Any) -> tuple[Any, Any]:
        """The function and its derivative at another number; branches stay as they were taken."""
        with taping():
            made = {self.entry.index: start(value)}
            slopes = {made[self.entry.index].index: arb(1)}
            for step in self.inside:
                operands = [made[o.index] if type(o) is Step else o for o in step.operands]
                again = made[step.index] = repeated(step, operands)
                slopes[again.index] = sum(
                    (p * slopes[i] for i, (_, p) in zip(again.parents, again.partials, strict=True)), arb(0)
                )
        last = made[self.inside[-1].index]
        return plain(last), slopes[last.index]


def calls(derivation: Derivation) -> Iterator[tuple[Site, list[Call]]]:
    """The calls that take each number to a number of its own, by more than a chain of steps."""
    found: dict[Site, list[Step]] = {}
    for step in derivation.steps:
        for depth in range(1, len(step.site)):
            found.setdefault(step.site[depth:], []).append(step)
    used = consumers(derivation)
    for site, steps in found.items():
        if all(len(s.parents) == 1 for s in steps):
            continue
        each = [one(s, {i.index: i for i in steps}, derivation) for s in returned(steps, used)]
        whole = [call for call in each if call is not None]
        if whole and len(whole) == len(each):
            yield site, whole


def returned(steps: list[Step], used: list[list[Step]]) -> list[Step]:
    """Those whose numbers leave the call."""
    own = {s.index for s in steps}
    return [s for s in steps if any(c.index not in own for c in used[s.index]) or not used[s.index]]


def one(last: Step, own: dict[int, Step], derivation: Derivation) -> Call | None:
    """The steps of a call behind one that it returns; None if they start from several numbers."""
    inside, entries, left = {last.index}, set(), [last]
    while left:
        for parent in left.pop().parents:
            if parent not in own:
                entries.add(parent)
            elif parent not in inside:
                inside.add(parent)
                left.append(own[parent])
        if len(entries) > 1:
            return None
    return Call(derivation.steps[entries.pop()], tuple(own[i] for i in sorted(inside))) if entries else None


def slopes_of_calls(case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """The mistakes that `steps.slopes` makes at a chain of steps, made at a call."""
    for site, many in calls(derivation):
        points = [plain(c.entry) for c in many]
        here = [c.at(x) for c, x in zip(many, points, strict=True)]
        what, inner = code.place(site), code.expression(many[0].entry.site)
        for cause, words, slope in SLOPE_MISTAKES:
            changes: dict[tuple[int, int], Any] = {}
            for call, x, (y, d) in zip(many, points, here, strict=True):
                new = slope(x, y, d, lambda v, c=call: c.at(v)[1])
                if new is None or not (new / d).is_finite():
                    break
                changes |= {(call.inside[-1].index, k): p * new / d for k, p in call.inside[-1].partials}
            else:
                told = words.format(what=what, inner=f"`{inner}`" if inner else "its input")
                yield Mutation(cause, told, changes, MENDS.get(cause, ""))
