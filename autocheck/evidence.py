"""How strong the evidence is that two formulas which agree at random points are the same.

A formula that is rational in its inputs (or in e^z, see `inputs.py`) is a quotient of two polynomials. Two such formulas differ
by N/D, and if they are not the same then N is a polynomial other than 0, of some degree d: it is zero at no more than a share of
d/|S| of the points whose coordinates are drawn from a set S (Schwartz; Zippel). At k points drawn apart that is (d/|S|)^k.

`Rational` runs a formula, as it is written, on what is needed for that argument: degrees, and heights (the sum of the sizes of all
coefficients). The height tells how small N/D can be without being zero: N is a multiple of 2^-(bits d) where the inputs have so
many bits after the point, and |D| is at most its height times the largest input to the power of its degree. So a difference that is
known to be smaller than that *is* zero. Constants are the floats that the code has; arrays of another size are another formula.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from autocheck import limits

Array = np.ndarray[Any, Any]
Polynomial = tuple[int, int]
"""(degree at most, height at most); height 0 is the zero polynomial."""


class NotRational(ArithmeticError):  # noqa: N818 - no error: the argument does not apply
    """A formula that is no quotient of polynomials."""


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    return (p[0] + q[0], p[1] * q[1]) if p[1] and q[1] else (0, 0)


def _plus(p: Polynomial, q: Polynomial) -> Polynomial:
    return (max(p[0], q[0]), p[1] + q[1]) if p[1] and q[1] else p if p[1] else q


def _elementwise(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operation that leaves arrays to NumPy, which comes back with each of their elements."""

    @functools.wraps(operation)
    def inner(self: Any, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else operation(self, other)

    return inner


@dataclass(frozen=True, slots=True, eq=False)
class Rational:
    """A quotient of polynomials, or the logarithm of one: bounds on degree and height, nothing else."""

    over: Polynomial
    under: Polynomial = (0, 1)
    of_log: bool = False
    """Whether this is the logarithm of that quotient."""

    def _plain(self) -> Rational:
        if self.of_log:
            raise NotRational("a logarithm outside of an exponential")
        return self

    @_elementwise
    def __add__(self, other: Any) -> Rational:
        b = _rational(other)
        if b.over[1] == 0 and not b.of_log:
            return self
        if self.of_log and b.of_log:  # ln x + ln y = ln xy
            return Rational(_times(self.over, b.over), _times(self.under, b.under), True)
        a, b = self._plain(), b._plain()
        if a.under == b.under == (0, 1):
            return Rational(_plus(a.over, b.over))
        return Rational(_plus(_times(a.over, b.under), _times(b.over, a.under)), _times(a.under, b.under))

    @_elementwise
    def __mul__(self, other: Any) -> Rational:
        b = _rational(other)
        if self.of_log or b.of_log:
            return _times_whole(self, other) if self.of_log else _times_whole(b, self)
        if not (self.over[1] and b.over[1]):
            return Rational((0, 0))
        return Rational(_times(self.over, b.over), _times(self.under, b.under))

    def _inverse(self) -> Rational:
        if not self.over[1]:
            raise NotRational("a division by zero")
        return Rational(self.under, self.over, self.of_log)

    def __neg__(self) -> Rational:
        return self._inverse() if self.of_log else self

    @_elementwise
    def __truediv__(self, other: Any) -> Rational:
        return self * _rational(other)._plain()._inverse()

    def __pow__(self, exponent: Any) -> Rational:
        if exponent != int(exponent):
            raise NotRational("a root")
        base = self._plain() if exponent >= 0 else self._plain()._inverse()
        power = Rational((0, 1))
        for _ in range(abs(int(exponent))):
            power = power * base
        return power

    @_elementwise
    def __sub__(self, other: Any) -> Rational:
        return self + -_rational(other)

    @_elementwise
    def __rsub__(self, other: Any) -> Rational:
        return _rational(other) + -self

    @_elementwise
    def __rtruediv__(self, other: Any) -> Rational:
        return _rational(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def _compared(self, *_: Any) -> Any:
        raise NotRational("a branch")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = _compared
    __hash__ = None  # type: ignore[assignment]

    def exp(self) -> Rational:
        if not self.of_log:
            raise NotRational("an exponential of something else than a sum of logits")
        return Rational(self.over, self.under)

    def log(self) -> Rational:
        return Rational(self._plain().over, self.under, True)

    def tanh(self) -> Rational:
        square = (self + self).exp()
        return (square - 1) / (square + 1)


def _rational(value: Any) -> Rational:
    if isinstance(value, Rational):
        return value
    number = Fraction(float(value)) if isinstance(value, (float, np.floating)) else Fraction(int(value))
    if number.denominator.bit_length() > limits.CHAIN_SHORT_BITS:
        raise NotRational("a constant that was rounded: what it stands for may be no fraction")
    return Rational((0, abs(number.numerator)), (0, number.denominator))


def _times_whole(log: Rational, factor: Any) -> Rational:
    """n ln x = ln x^n"""
    if isinstance(factor, Rational) or factor != int(factor):
        raise NotRational("a logarithm times something else than a whole number")
    power = Rational(log.over, log.under) ** int(factor)
    return Rational(power.over, power.under, True)


def variable() -> Rational:
    """An unknown."""
    return Rational((1, 1))


def difference(
    one: Callable[..., Any], other: Callable[..., Any], unknowns: tuple[Array, ...]
) -> list[Rational] | None:
    """Bounds on one - other, element by element; None where either is not rational."""
    try:
        a, b = (np.asarray(function(*unknowns), dtype=object) for function in (one, other))
        return [_rational(x)._plain() - _rational(y)._plain() for x, y in zip(a.ravel(), b.ravel(), strict=True)]
    except (
        Exception
    ):  # a function of NumPy that knows no such numbers, a branch, a logarithm: the argument does not apply
        return None


def degree(bounds: list[Rational]) -> int:
    """The degree of the numerator, at most."""
    return max((b.over[0] for b in bounds), default=0)


def bits_to_zero(bounds: list[Rational], bits_below: int, largest: float) -> int:
    """A difference below 2^-this is zero, at a point with so many bits after the point and so large numbers."""
    size = math.ceil(math.log2(largest))
    return max((bits_below * b.over[0] + b.under[1].bit_length() + size * b.under[0] for b in bounds), default=0)


def chance(degree: int, choices: int, points: int) -> float:
    """log10 of the chance that a wrong rational step agrees at all the points; 0 is certainty."""
    return points * min(0.0, math.log10(max(degree, 1) / choices))
