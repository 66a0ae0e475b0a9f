"""Mistakes that have one number in them, which the claim itself must tell: another epsilon, another constant, weights that a
step of descent has moved already.

For each of them the gradient is a function of that number, exact; Newton's method finds the one that comes nearest to the claim.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.diagnosis import code
from autocheck.diagnosis.case import Case, Finding, reproduces
from autocheck.diagnosis.pullback import exactly
from autocheck.diagnosis.steps import Group, groups, is_reduction
from autocheck.lifted import balls
from autocheck.lifted.balls import arb
from autocheck.lifted.taped import SLOPES, Step, again, plain
from autocheck.routes.derivation import Derivation, replayed

Array = np.ndarray[Any, Any]
Gradients = list[Array]


@dataclass(frozen=True, slots=True)
class Family:
    """The gradients of somebody who makes a mistake with a number in it; at `start` there is none."""

    cause: str
    words: str
    """With {number}, and {start}."""
    gradient: Callable[[Any], Gradients]
    start: Any
    unit: Any
    """By how much the number changes between guesses, at first."""


def by_numbers(case: Case) -> list[Finding]:
    """The first family that gives the claim."""
    if case.derivation is None:
        return []
    for count, family in enumerate(families(case, case.derivation)):
        if count >= case.effort * limits.NUMBERS_PER_PASS:
            return []
        if (number := solved(case, family)) is None:
            continue
        arrays = family.gradient(number)
        fits = tuple(k for k in case.wrong if reproduces(arrays[k], case.suspects[k], case.bits))
        if fits:
            words = family.words.format(number=written(number), start=written(family.start))
            count = sum(int(np.count_nonzero(case.suspects[k].differs(case.bits))) for k in fits)
            return [Finding(family.cause, "{names} but for this: " + words, fits, count > 2)]
    return []


def written(number: Any) -> str:
    value = float(number) if abs(number) > arb(2) ** -limits.NEWTON_BITS else 0.0
    return repr(value) if len(repr(value)) < 14 else f"{value:.6g}"


def solved(case: Case, family: Family) -> Any:
    """The number at which the gradient is nearest to the claim, if that is where it is as far as floats can see."""
    number = family.start
    missed = _size(_residual(case, family.gradient(number)))
    for _ in range(limits.NEWTON_STEPS):
        here = family.gradient(number)
        there = family.gradient(number + family.unit * arb(2) ** -limits.NEWTON_BITS)
        slope = [(np.asarray(b - a, dtype=object)) for a, b in zip(here, there, strict=True)]
        left = _residual(case, here)
        over = sum((_dot(slope[k], slope[k]) for k in case.wrong), arb(0))
        if not over.is_finite() or over.contains(0):
            return None
        step = sum((_dot(r, slope[k]) for r, k in zip(left, case.wrong, strict=True)), arb(0)) / over
        number = (number + step * family.unit * arb(2) ** -limits.NEWTON_BITS).mid()
        size = _size(_residual(case, family.gradient(number)))
        if not size < missed / 2:
            break
        missed = size
        snapped = balls.to_ball(float(number))
        if _fits(case, family.gradient(snapped)):
            return snapped
        if _fits(case, family.gradient(number)):
            return number
    return None


def by_variations(case: Case) -> list[Finding]:
    """Gradients of another f: without an array of numbers that it has, or with its sign turned."""
    if case.derivation is None:
        return []
    found = []
    every = itertools.chain(
        rounded_points(case, case.derivation), variations(case.derivation), differences(case, case.derivation)
    )
    for cause, words, gradient in itertools.islice(every, case.effort * limits.NUMBERS_PER_PASS):
        arrays = gradient()
        if fits := tuple(k for k in case.wrong if reproduces(arrays[k], case.suspects[k], case.bits)):
            found.append(Finding(cause, "{names} but for this: " + words, fits))
            if set(case.wrong) <= set(fits):
                break
    return found


Variation = tuple[str, str, Callable[[], Gradients]]
"""Cause, words, and the gradients of somebody who makes the mistake."""


def rounded_points(case: Case, derivation: Derivation) -> Iterator[Variation]:
    """Gradients at rounded arguments: to a few places, as printed ones are."""
    for k in case.wrong:
        s = case.suspects[k]
        for places in range(1, limits.MOST_PLACES + 1):
            ten = 10**places
            near_by = np.array([balls.rint(b * ten) / ten for b in s.value.ravel()], dtype=object).reshape(
                s.value.shape
            )
            nearest = balls.to_balls(np.round(balls.to_floats(s.value), places))
            for moved in (near_by, nearest):
                there = functools.partial(at_other_point, derivation, k, moved)
                yield "stale", f"it is taken at {s.name} rounded to {places} places", there


def at_other_point(derivation: Derivation, k: int, value: Array) -> Gradients:
    return exactly(replayed(derivation, inputs={k: value}), {})


def differences(case: Case, derivation: Derivation) -> Iterator[Variation]:
    """A difference quotient in the place of a derivative, where there are few elements."""
    for k in case.wrong:
        if case.suspects[k].value.size > limits.DIFFERENCED_ELEMENTS:
            continue
        for exponent in range(2, limits.DIFFERENCE_STEPS + 1):
            for ahead, behind, kind in ((1, -1, "central"), (1, 0, "forward"), (0, -1, "backward")):
                step = balls.to_ball(10.0**-exponent)
                made = functools.partial(quotients, case, derivation, k, ahead * step, behind * step)
                yield "difference", f"it is a {kind} difference quotient with a step of 1e-{exponent:02}", made


def quotients(case: Case, derivation: Derivation, k: int, ahead: Any, behind: Any) -> Gradients:
    """(f(x + ahead) - f(x + behind))/(ahead - behind) for each element of one parameter; the other gradients as they are."""
    found = [np.asarray(s.true) for s in case.suspects]
    value = case.suspects[k].value
    found[k] = np.empty(value.shape, dtype=object)

    def f_at(index: Any, move: Any) -> Any:
        moved = value.copy()
        moved[index] = moved[index] + move
        there = replayed(derivation, inputs={k: moved})
        return sum((plain(there.steps[i]) for i, _ in there.outputs), arb(0))

    for index in np.ndindex(value.shape):
        found[k][index] = (f_at(index, ahead) - f_at(index, behind)) / (ahead - behind)
    return found


def variations(derivation: Derivation) -> Iterator[Variation]:
    """f without an array of constants, or with its sign turned."""

    def of(constants: dict[tuple[int, int], Any]) -> Callable[[], Gradients]:
        return lambda: exactly(replayed(derivation, constants=constants), {})

    for group in groups(derivation):
        if group.op not in ("add", "subtract", "multiply") or is_reduction(group):
            continue
        for slot in (0, 1):
            held = {(s.index, slot): s.operands[slot] for s in group.steps if type(s.operands[slot]) is not Step}
            if not held:
                continue
            text = code.operand(group.site, slot) or "the constant"
            where = code.place(group.site) or group.op
            without = arb(1) if group.op == "multiply" else arb(0)
            yield "other-function", f"it belongs to an f without `{text}` in {where}", of(dict.fromkeys(held, without))
            turned = {edge: -balls.arb(value) for edge, value in held.items()}
            yield "other-function", f"it belongs to an f with the opposite sign of `{text}` in {where}", of(turned)


def _fits(case: Case, arrays: Gradients) -> bool:
    return any(reproduces(arrays[k], case.suspects[k], case.bits) for k in case.wrong)


def _residual(case: Case, arrays: Gradients) -> list[Array]:
    return [np.asarray(case.suspects[k].claimed - arrays[k], dtype=object) for k in case.wrong]


def _dot(a: Array, b: Array) -> Any:
    return sum((x.mid() * y.mid() for x, y in zip(a.ravel(), b.ravel(), strict=True)), arb(0))


def _size(arrays: list[Array]) -> float:
    size = float(sum((_dot(a, a) for a in arrays), arb(0)).sqrt())
    return size if np.isfinite(size) else np.inf


# --- the mistakes -----------------------------------------------------------------------------------------------------


def families(case: Case, derivation: Derivation) -> Iterator[Family]:
    yield from later_points(case, derivation)
    parts = groups(derivation)
    yield from later_operands(case, derivation, parts)
    yield from other_constants(derivation, parts)
    yield from shifted_slopes(derivation, parts)


def later_points(case: Case, derivation: Derivation) -> Iterator[Family]:
    """Gradients at parameters that have been moved along a gradient already: all of them, or one where another needs it."""
    for k in range(len(case.suspects)):

        def gradient(rate: Any, k: int = k) -> Gradients:
            moved = case.suspects[k].value - rate * case.suspects[k].true
            return exactly(replayed(derivation, inputs={k: np.asarray(moved, dtype=object)}), {})

        words = f"{case.suspects[k].name} has been updated already, with a rate of {{number}}"
        yield Family("stale", words, gradient, arb(0), arb(1))


def later_operands(case: Case, derivation: Derivation, parts: list[Group]) -> Iterator[Family]:
    """On the way back through a product: weights that have been updated since the forward pass."""
    downhill: dict[int, Any] = {}
    for places, s in zip(derivation.inputs, case.suspects, strict=True):
        downhill |= dict(zip(places.ravel().tolist(), s.true.ravel(), strict=True))
    for group in parts:
        for slot in (0, 1) if group.op == "multiply" else ():
            edges = [(s, s.operands[1 - slot]) for s in group.steps if slot in dict(s.partials)]
            if any(s.operands[0] is s.operands[1] for s in group.steps):
                continue  # a square
            if not edges or not all(type(o) is Step and o.index in downhill for _, o in edges):
                continue

            def gradient(rate: Any, edges: Any = tuple(edges), slot: int = slot) -> Gradients:
                return exactly(derivation, {(s.index, slot): plain(o) - rate * downhill[o.index] for s, o in edges})

            text = code.operand(group.site, 1 - slot) or "a factor"
            where = code.place(group.site) or "a product"
            words = f"on the way back through {where}, `{text}` has been updated already, with a rate of {{number}}"
            yield Family("stale", words, gradient, arb(0), arb(1))


def other_constants(derivation: Derivation, parts: list[Group]) -> Iterator[Family]:
    """A constant of the forward pass for which the gradient has another."""
    for group in parts:
        for slot in (0, 1):
            if is_reduction(group) or len(group.steps[0].operands) <= slot:
                continue
            held = [s.operands[slot] for s in group.steps]
            if any(type(o) is Step for o in held) or len({float(o) for o in held}) != 1:
                continue

            def gradient(number: Any, group: Group = group, slot: int = slot) -> Gradients:
                return exactly(replayed(derivation, constants={(s.index, slot): number for s in group.steps}), {})

            start = balls.arb(held[0])
            words = f"the gradient has {{number}} where {code.place(group.site)} has {{start}}"
            yield Family("other-constant", words, gradient, start, abs(start) if start != 0 else arb(1))


def shifted_slopes(derivation: Derivation, parts: list[Group]) -> Iterator[Family]:
    """An epsilon in a derivative where the function has none: beside a logarithm's argument, a root, a divisor."""
    every = [*({op: [g for g in parts if g.op == op] for op in {g.op for g in parts}}.values()), *([g] for g in parts)]
    for some in every:
        op = some[0].op
        for kind, shifted in SHIFTED:
            if shifted(some[0].steps[0], arb(0)) is None:
                continue

            def gradient(number: Any, some: list[Group] = some, shifted: Any = shifted) -> Gradients:
                changes = {}
                for s in (s for group in some for s in group.steps):
                    changes.update({(s.index, k): p for k, p in (shifted(s, number) or {}).items()})
                return exactly(derivation, changes)

            where = code.place(some[0].site) if len(some) == 1 else f"every {op}"
            words = f"an epsilon of {{number}} stands {kind} in the derivative of {where}, and in f there is none"
            yield Family("epsilon", words, gradient, arb(0), arb(1))


def _of_argument(s: Step, epsilon: Any) -> Any:
    if s.op not in SLOPES or s.op not in ("log", "sqrt", "log1p"):
        return None
    return {s.partials[0][0]: again(s, plain(s.operands[0]) + epsilon)[1]}


def _of_root(s: Step, epsilon: Any) -> Any:
    return {0: 1 / (2 * (plain(s) + epsilon))} if s.op == "sqrt" else None


def _of_divisor(s: Step, epsilon: Any) -> Any:
    if s.op != "divide" or type(s.operands[1]) is not Step:
        return None
    under = plain(s.operands[1])
    return {k: p * under / (under + epsilon) for k, p in s.partials}


SHIFTED: tuple[tuple[str, Callable[[Step, Any], Any]], ...] = (
    ("beside the argument", _of_argument),
    ("beside the root", _of_root),
    ("beside the divisor", _of_divisor),
)
