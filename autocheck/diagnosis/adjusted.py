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
from autocheck.diagnosis.axes import wrong_axes
from autocheck.diagnosis.case import Case, Finding, reproduced
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
    """The first family that gives the claim with a number that somebody may have typed in; else the first that gives it."""
    if case.derivation is None:
        return []
    found = []
    for family in itertools.islice(families(case, case.derivation), case.effort // limits.GRADIENTS_PER_FAMILY):
        if (number := solved(case, family)) is None:
            continue
        fits, rounded = reproduced(family.gradient(number), case)
        words = family.words.format(number=written(number), start=written(family.start))
        count = sum(int(np.count_nonzero(case.suspects[k].differs(case.bits))) for k in fits)
        typed = len(written(number)) <= limits.SHORT_DECIMAL
        sure = count > 2 and (typed or not rounded)
        finding = Finding(family.cause, "{names} but for this: " + words, fits, sure, rounded=rounded)
        if typed:
            return [finding]
        found.append(finding)
    return found[:1]


def written(number: Any) -> str:
    value = float(number) if abs(number) > arb(2) ** -limits.NEWTON_BITS else 0.0
    return repr(value) if len(repr(value)) < 14 else f"{value:.6g}"


def solved(case: Case, family: Family) -> Any:
    """The number at which the gradient is the claimed one, by Newton's method; None as soon as it leads nowhere.

    At the start the gradient is the true one. A family whose slope there does not point to the claim is given up at once.
    """
    number, here = family.start, [s.true for s in case.suspects]
    left = _residual(case, here)
    missed = _size(left)
    for _ in range(limits.NEWTON_STEPS):
        step = family.unit * arb(2) ** -limits.NEWTON_BITS
        there = family.gradient(number + step)
        slope = [np.asarray(there[k] - here[k], dtype=object) for k in case.wrong]
        over, along = _sum_of_products(slope, slope), _sum_of_products(left, slope)
        if not over.is_finite() or over.contains(0):
            return None
        if not float(along) ** 2 >= limits.POINTING * float(over) * missed**2:
            return None
        number = (number + along / over * step).mid()
        for tried in (balls.to_ball(float(written(number))), balls.to_ball(float(number)), number):
            here = family.gradient(tried)
            if reproduced(here, case)[0]:
                return tried
        left, before = _residual(case, here), missed
        missed = _size(left)
        if not missed < before / 2:
            return None
    return None


def by_variations(case: Case) -> list[Finding]:
    """Gradients of another f: without an array of numbers that it has, or with its sign turned."""
    if case.derivation is None:
        return []
    found = []
    makers = (wrong_axes, transposed_points, exchanged_arguments, rounded_points, variations, differences)
    every = itertools.chain.from_iterable(make(case, case.derivation) for make in makers)
    for cause, words, gradient in itertools.islice(every, case.effort):
        fits, rounded = reproduced(gradient(), case)
        if fits:
            found.append(Finding(cause, "{names} but for this: " + words, fits, rounded=rounded))
            if set(case.wrong) <= set(fits):
                break
    return found


Variation = tuple[str, str, Callable[[], Gradients]]
"""Cause, words, and the gradients of somebody who makes the mistake."""


def transposed_points(case: Case, derivation: Derivation) -> Iterator[Variation]:
    """A square matrix in the place of its transpose, all the way through: an adjoint that solves with A for Aᵗ."""
    for k, s in enumerate(case.suspects):
        if s.value.ndim == 2 and s.value.shape[0] == s.value.shape[1]:
            there = functools.partial(at_other_point, derivation, k, s.value.T)
            yield "operand-transposed", f"it is taken with {s.name} transposed", there


def exchanged_arguments(case: Case, derivation: Derivation) -> Iterator[Variation]:
    """f(b, a) for f(a, b), or both of them where f has one: a divergence the other way round, a contrast in both directions."""
    for i, j in itertools.combinations(range(len(case.suspects)), 2):
        a, b = case.suspects[i], case.suspects[j]
        if a.value.shape != b.value.shape or not {i, j} & set(case.wrong):
            continue
        for share, words in (
            (None, f"it belongs to f with {a.name} and {b.name} exchanged"),
            (1, f"it belongs to the sum of f and f with {a.name} and {b.name} exchanged"),
            (2, f"it belongs to the mean of f and f with {a.name} and {b.name} exchanged"),
        ):
            yield "other-function", words, functools.partial(the_other_way, case, derivation, i, j, share)


def the_other_way(case: Case, derivation: Derivation, i: int, j: int, share: int | None) -> Gradients:
    """The gradient with two arguments exchanged; with a share, added to f's own and divided by that."""
    there = {i: case.suspects[j].value, j: case.suspects[i].value}
    found = exactly(replayed(derivation, inputs=there), {})
    found[i], found[j] = found[j], found[i]
    if share is None:
        return found
    return [np.asarray((g + s.true) / share) for g, s in zip(found, case.suspects, strict=True)]


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
    """(f(x + ahead) - f(x + behind))/(ahead - behind) for each element of one parameter; the other gradients as they are.

    NaN from the first element on that is not the claimed one.
    """
    found = [np.asarray(s.true) for s in case.suspects]
    suspect, value = case.suspects[k], case.suspects[k].value
    found[k] = np.full(value.shape, balls.NAN, dtype=object)

    def f_at(index: Any, move: Any) -> Any:
        moved = value.copy()
        moved[index] = moved[index] + move
        there = replayed(derivation, inputs={k: moved})
        return sum((plain(there.steps[i]) for i, _ in there.outputs), arb(0))

    for index in np.ndindex(value.shape):
        quotient = found[k][index] = (f_at(index, ahead) - f_at(index, behind)) / (ahead - behind)
        if not abs(float(quotient.mid()) - suspect.coarse[index]) <= limits.FIRST_LOOK * suspect.size:
            found[k][index] = balls.NAN
            break
    return found


def variations(case: Case, derivation: Derivation) -> Iterator[Variation]:
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


def _residual(case: Case, arrays: Gradients) -> list[Array]:
    return [np.asarray(case.suspects[k].claimed - arrays[k], dtype=object) for k in case.wrong]


def _sum_of_products(some: list[Array], others: list[Array]) -> Any:
    pairs = (pair for a, b in zip(some, others, strict=True) for pair in zip(a.ravel(), b.ravel(), strict=True))
    return sum((x.mid() * y.mid() for x, y in pairs), arb(0))


def _size(arrays: list[Array]) -> float:
    size = float(_sum_of_products(arrays, arrays).sqrt())
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
