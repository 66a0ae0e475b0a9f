"""Numbers that have a name: dimensions, arguments that are single numbers, small fractions, roots and multiples of pi."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.diagnosis.case import Case, same_number
from autocheck.lifted import balls
from autocheck.lifted.balls import arb

Objects = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A recognised number: how it is written, and what it is."""

    text: str
    meaning: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.meaning})" if self.meaning else self.text


def recognised(number: balls.Ball, case: Case) -> Named | None:
    """The name of a number, the simplest first; None if it has none."""
    value = float(number)
    if not np.isfinite(value) or value == 0:
        return None
    sign = "-" if value < 0 else ""
    size = abs(number)
    saved = same_number(balls.to_ball(value), number, case.bits)  # a float: a root that the code has rounded, perhaps
    bits = min(case.bits, limits.CONSTANT_BITS) if saved else case.bits
    for ball, named in candidates(case):
        if abs(float(ball) - abs(value)) <= limits.FIRST_LOOK * abs(value) and same_number(ball, size, bits):
            return Named(sign + named.text, named.meaning)
    return None


def candidates(case: Case) -> Iterator[tuple[balls.Ball, Named]]:
    yield from ((balls.to_ball(n), Named(str(n))) for n in (1, 2))
    yield balls.to_ball(1) / 2, Named("1/2")
    basic = [*typed(case), *dimensions(case), *scalars(case)]
    for ball, named in basic:
        yield ball, named
        if not ball.is_zero():
            yield 1 / ball, Named(f"1/{named.text}", named.meaning)
    for (a, one), (b, other) in itertools.combinations(dimensions(case), 2):
        meaning = f"{one.meaning}, times {other.meaning}"
        yield a * b, Named(f"{one.text} * {other.text}", meaning)
        yield 1 / (a * b), Named(f"1/({one.text} * {other.text})", meaning)
        yield a / b, Named(f"{one.text}/{other.text}", f"{one.meaning}, by {other.meaning}")
        yield b / a, Named(f"{other.text}/{one.text}", f"{other.meaning}, by {one.meaning}")
    yield from _powers_of_ten()
    for ball, named in basic:
        yield from _forms(ball, named)
    yield from _fractions()
    for text, ball in (
        ("pi", arb.pi()),
        ("sqrt(2)", arb(2).sqrt()),
        ("sqrt(pi)", arb.const_sqrt_pi()),
        ("log 2", arb.const_log2()),
    ):
        for factor in (1, 2, Fraction(1, 2), 4, Fraction(1, 4)):
            part = "" if factor == 1 else f"{factor} * "
            scaled = ball * factor.numerator / factor.denominator
            yield scaled, Named(part + text)
            yield 1 / scaled, Named(f"1/({part}{text})")


def _forms(ball: balls.Ball, named: Named) -> Iterator[tuple[balls.Ball, Named]]:
    """What is commonly made of a number n: itself, 1/n, 2n, 2/n, n/2, 1/(2n), n - 1, n², and roots."""
    n, meaning = named.text, named.meaning
    if ball.is_zero():
        return
    forms = [(f"2 * {n}", 2 * ball), (f"{n}/2", ball / 2), (f"2/{n}", 2 / ball)]
    forms += [(f"1/(2 * {n})", 1 / (2 * ball)), (f"{n}**2", ball * ball), (f"1/{n}**2", 1 / (ball * ball))]
    if ball != 1:
        forms += [(f"(1 - {n})", 1 - ball), (f"1/(1 - {n})", 1 / (1 - ball)), (f"({n} - 1)/{n}", (ball - 1) / ball)]
        forms += [(f"{n}/({n} - 1)", ball / (ball - 1)), (f"({n} - 1)", ball - 1)]
    if ball > 0:
        forms += [(f"sqrt({n})", ball.sqrt()), (f"1/sqrt({n})", 1 / ball.sqrt())]
    yield from ((value, Named(text, meaning)) for text, value in forms if value > 0)


def _fractions() -> Iterator[tuple[balls.Ball, Named]]:
    most = limits.LARGEST_IN_FRACTION
    found = {Fraction(p, q) for p in range(1, most + 1) for q in range(1, most + 1)}
    for fraction in sorted(found, key=lambda f: (f.numerator + f.denominator, f)):
        yield arb(fraction.numerator) / fraction.denominator, Named(str(fraction))


def _powers_of_ten() -> Iterator[tuple[balls.Ball, Named]]:
    for n in range(1, limits.LARGEST_POWER_OF_TEN + 1):
        yield arb(10) ** n, Named(f"1e{n}")
        yield arb(1) / arb(10) ** n, Named(f"1e-{n}")


def typed(case: Case) -> list[tuple[balls.Ball, Named]]:
    """The numbers that stand in f's code: a factor that is one of them is no dimension that happens to be as long."""
    return [(balls.to_ball(n), Named(f"{n:g}", f"the {n:g} of `{text}`")) for n, text in case.typed]


def dimensions(case: Case) -> list[tuple[balls.Ball, Named]]:
    """The sizes of the arguments, each once, the longest leading axis (the batch, most likely) first; ties are told."""
    found: dict[int, dict[str, str]] = {}
    arrays = [(name, a) for name, a in case.arguments if np.ndim(a)]
    ordinal = ("rows", "columns", "entries of axis 2", "entries of axis 3")
    for axis in range(4):
        for name, a in sorted(arrays, key=lambda pair: -pair[1].shape[0]):
            if a.ndim > axis and a.shape[axis] > 1:
                kind = ordinal[axis] if a.ndim > 1 else "length"
                found.setdefault(a.shape[axis], {}).setdefault(ordinal[axis], f"the {kind} of {name}")
    for name, a in arrays:
        if a.size > 1 and a.size not in found:
            found[a.size] = {"": f"the number of elements of {name}"}
    return [(balls.to_ball(n), Named(str(n), " or ".join(meanings.values()))) for n, meanings in found.items()]


def scalars(case: Case) -> list[tuple[balls.Ball, Named]]:
    """The arguments that are single numbers."""
    found = [(abs(a.ravel()[0]), Named(name)) for name, a in case.arguments if a.size == 1 and a.ravel()[0].is_finite()]
    return [*found, *((abs(v), Named("f", "f's own value")) for v in case.value if v.is_finite())]
