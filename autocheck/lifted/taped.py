"""Balls that remember what they were computed from: by which operation, with which partial derivatives, by which piece of code.

A step that loses its past on the way (a factorisation, a function that is not listed here) is a constant from there on; whoever
uses the tape compares the gradient that it gives with the true one.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from flint import arb

from autocheck import limits
from autocheck.lifted.run import NOT_THE_USERS


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """An instruction of the user's code. There is one object for each, so that to compare two takes no look at the code."""

    code: CodeType
    at: int


_places: dict[tuple[int, int], Place] = {}

Site = tuple[Place, ...]
"""Where a step is taken: the user's frames from the innermost out."""


@dataclass(slots=True)
class Tape:
    """The steps of one run in order."""

    steps: list[Step] = field(default_factory=list)
    sites: dict[Site, Site] = field(default_factory=dict)
    users: dict[int, tuple[bool, CodeType]] = field(default_factory=dict)
    located: bool = True
    """Whether each step is told where it is taken: a walk through the frames, which takes longer than the step."""

    traced: Any = None
    """JAX's record of where the equation that is being run was written."""
    whole: bool = False

    def site(self) -> Site:
        frames = zip(*self.traced.raw_frames(), strict=True) if self.traced else _frames(sys._getframe(2))
        found = tuple(place_of(code, at) for code, at in frames if self.is_users(code))
        return self.sites.setdefault(found, found)

    def is_users(self, code: CodeType) -> bool:
        known = self.users.get(id(code))
        if known is None:
            name = code.co_filename
            known = (not (any(p in name for p in NOT_THE_USERS) or name.startswith("<frozen")), code)
            self.users[id(code)] = known
        return known[0]


def sites() -> Callable[[], Site]:
    """What tells where the user's code stands, for those who watch a run and write no tape."""
    tape = Tape()
    return lambda: tape.site()


def place_of(code: CodeType, at: int) -> Place:
    key = (id(code), at)
    if key not in _places:
        _places[key] = Place(code, at)
    return _places[key]


def _frames(frame: FrameType | None) -> Iterator[tuple[CodeType, int]]:
    while frame is not None:
        yield frame.f_code, frame.f_lasti
        frame = frame.f_back


_tape: list[Tape] = []


@contextmanager
def taping(sites: bool = True) -> Iterator[Tape]:
    """Every step that is taken inside goes on the tape."""
    _tape.append(Tape(located=sites))
    try:
        yield _tape[-1]
    finally:
        _tape.pop()


@contextmanager
def written_at(traceback: Any, whole: bool) -> Iterator[None]:
    """Steps inside are those of one equation of JAX's. What it compiled is told as a `whole`: its trace may be another caller's."""
    tape = _tape[-1] if _tape else None
    if tape is None or traceback is None or (tape.traced is not None and tape.whole):
        yield
        return
    before = tape.traced, tape.whole
    tape.traced, tape.whole = traceback, whole
    try:
        yield
    finally:
        tape.traced, tape.whole = before


def start(ball: Any) -> Step:
    """An argument's number, with which the derivation starts."""
    return taken("input", ball, (), ())  # type: ignore[no-any-return]


class Step(arb):  # type: ignore[misc]
    """A ball that knows its place on the tape, what it came from, and the partial derivatives."""

    __slots__ = ("index", "op", "operands", "parents", "partials", "site")
    index: int
    op: str
    operands: tuple[Any, ...]
    parents: tuple[int, ...]
    """The operands that are steps themselves, by index; likewise the partial derivatives, each with its operand's number."""
    partials: tuple[tuple[int, Any], ...]
    site: Site

    def __neg__(self) -> Any:
        return taken("negative", -plain(self), (self,), (-1,))

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return -self if self.mid() < 0 else self

    def __add__(self, other: Any) -> Any:
        return taken("add", plain(self) + plain(other), (self, other), (1, 1))

    def __radd__(self, other: Any) -> Any:
        return taken("add", plain(other) + plain(self), (other, self), (1, 1))

    def __sub__(self, other: Any) -> Any:
        return taken("subtract", plain(self) - plain(other), (self, other), (1, -1))

    def __rsub__(self, other: Any) -> Any:
        return taken("subtract", plain(other) - plain(self), (other, self), (1, -1))

    def __mul__(self, other: Any) -> Any:
        return taken("multiply", plain(self) * plain(other), (self, other), (plain(other), plain(self)))

    def __rmul__(self, other: Any) -> Any:
        return taken("multiply", plain(other) * plain(self), (other, self), (plain(self), plain(other)))

    def __truediv__(self, other: Any) -> Any:
        return divided(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return divided(other, self)

    def __pow__(self, other: Any, modulus: None = None) -> Any:
        return raised(self, other)

    def __rpow__(self, other: Any, modulus: None = None) -> Any:
        return raised(other, self)


def plain(value: Any) -> Any:
    """The ball without its past."""
    return arb(value) if type(value) is Step else value


def divided(a: Any, b: Any) -> Any:
    over, under = plain(a), plain(b)
    return taken("divide", over / under, (a, b), (1 / arb(under), -over / (arb(under) * under)))


def raised(a: Any, b: Any) -> Any:
    base, exponent = arb(plain(a)), plain(b)
    value = base**exponent
    by_exponent = value * base.log() if type(b) is Step else 0
    return taken("power", value, (a, b), (exponent * base ** (exponent - 1), by_exponent))


def taken(op: str, value: Any, operands: tuple[Any, ...], partials: tuple[Any, ...]) -> Any:
    """The value as a new step on the tape; operands that are no steps are constants."""
    tape = _tape[-1]
    step = Step(value)
    kept = [k for k, o in enumerate(operands) if type(o) is Step]
    step.op, step.site, step.index = op, tape.site() if operands and tape.located else (), len(tape.steps)
    step.operands = operands
    step.parents = tuple(operands[k].index for k in kept)
    step.partials = tuple((k, partials[k]) for k in kept)
    if len(tape.steps) >= limits.MOST_STEPS:
        raise MemoryError("more steps than a diagnosis is worth")
    tape.steps.append(step)
    return step


SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda x, y: y,
    "expm1": lambda x, y: y + 1,
    "log": lambda x, y: 1 / x,
    "log1p": lambda x, y: 1 / (1 + x),
    "sqrt": lambda x, y: 1 / (2 * y),
    "rsqrt": lambda x, y: -y / (2 * x),
    "tanh": lambda x, y: 1 - y * y,
    "sinh": lambda x, y: x.cosh(),
    "cosh": lambda x, y: x.sinh(),
    "sin": lambda x, y: x.cos(),
    "cos": lambda x, y: -x.sin(),
    "tan": lambda x, y: 1 + y * y,
    "asin": lambda x, y: 1 / (1 - x * x).sqrt(),
    "acos": lambda x, y: -1 / (1 - x * x).sqrt(),
    "atan": lambda x, y: 1 / (1 + x * x),
    "asinh": lambda x, y: 1 / (1 + x * x).sqrt(),
    "acosh": lambda x, y: 1 / (x * x - 1).sqrt(),
    "atanh": lambda x, y: 1 / (1 - x * x),
    "erf": lambda x, y: 2 / arb.const_sqrt_pi() * (-x * x).exp(),
    "erfc": lambda x, y: -2 / arb.const_sqrt_pi() * (-x * x).exp(),
    "gamma": lambda x, y: y * x.digamma(),
    "lgamma": lambda x, y: x.digamma(),
    "digamma": lambda x, y: arb(2).zeta(x),
}
"""The derivative of each function of one number, by the number and the function's value."""


def _unary(name: str) -> Callable[[Any], Any]:
    function = getattr(arb, name)

    def recorded(self: Any) -> Any:
        x = plain(self)
        value = function(x)
        return taken(name, value, (self,), (SLOPES[name](x, value),))

    return recorded


for _name in SLOPES:
    setattr(Step, _name, _unary(_name))


def again(step: Step, x: Any) -> tuple[Any, Any]:
    """A step of one variable operand at another number: value and slope."""
    if step.op in SLOPES:
        y = getattr(arb, step.op)(x)
        return y, SLOPES[step.op](x, y)
    slot = step.partials[0][0]
    if step.op == "negative":
        return -x, arb(-1)
    other = plain(step.operands[1 - slot])
    if step.op == "add":
        return x + other, arb(1)
    if step.op == "subtract":
        return (other - x, arb(-1)) if slot else (x - other, arb(1))
    if step.op == "multiply":
        return x * other, arb(other)
    if step.op == "divide":
        return (other / x, -other / (x * x)) if slot else (x / other, 1 / arb(other))
    return (x**other, other * x ** (other - 1)) if not slot else (arb(other) ** x, arb(other) ** x * arb(other).log())


def repeated(step: Step, operands: list[Any]) -> Any:
    """The same operation on other operands."""
    if step.op == "input":
        return start(operands[0])
    if step.op in SLOPES:
        return getattr(operands[0], step.op)()
    return OPERATIONS[step.op](*operands)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "negative": operator.neg,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
}


# --- linear systems, step by step ---------------------------------------------------------------------------------------


def is_on_tape(*arrays: Any) -> bool:
    """Whether any number remembers where it comes from: flint's own solvers would forget it."""
    return any(type(item) is Step for a in arrays for item in a.flat)


def eliminated(a: Any, b: Any) -> tuple[Any, Any]:
    """The solution of a x = b and the determinant of a, by elimination with pivoting."""
    a, b, det = a.copy(), b.copy(), arb(1)
    for k in range(len(a)):
        pivot = max(range(k, len(a)), key=lambda i: float(abs(plain(a[i, k]))))
        if pivot != k:
            a[[k, pivot]], b[[k, pivot]], det = a[[pivot, k]], b[[pivot, k]], -det
        det = det * a[k, k]
        for i in range(k + 1, len(a)):
            factor = a[i, k] / a[k, k]
            a[i, k:], b[i] = a[i, k:] - a[k, k:] * factor, b[i] - b[k] * factor
    for k in reversed(range(len(a))):
        for i in range(k + 1, len(a)):
            b[k] = b[k] - b[i] * a[k, i]
        b[k] = b[k] / a[k, k]
    return b, det
