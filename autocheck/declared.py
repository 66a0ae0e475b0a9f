"""Claims that stand in the user's own code: `@gradient_of(loss, at=...)` above the function that was derived by hand.

The decorators return the function as it is and leave a plain record in the module where they stand. Nothing is judged, and nothing
of the judge is imported, until `autocheck run` is asked to.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)

FORMS = ("gradient", "vjp", "jvp", "jacobian", "hessian", "intermediates")
RECORDS = "__autocheck__"
"""The name in a module under which its claims stand."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One claim: `hand` is the derivative of `f`, in one of FORMS, at the points `at`."""

    form: str
    f: Function
    hand: Function
    at: Any
    options: dict[str, Any] = field(default_factory=dict)
    line: int = 0
    """Where the decorator stands."""

    @property
    def name(self) -> str:
        return getattr(self.hand, "__qualname__", type(self.hand).__name__)


def points_of(declared: Declared) -> list[tuple[Any, ...]]:
    """The arguments of each point."""
    at = declared.at() if callable(declared.at) else declared.at
    if isinstance(at, list) and at and all(type(point) is tuple for point in at):
        return at
    return [at if type(at) is tuple else (at,)]


def _declaring(form: str) -> Callable[..., Callable[[F], F]]:
    def declaring(f: Function, at: Any, **options: Any) -> Callable[[F], F]:
        def mark(hand: F) -> F:
            place = sys._getframe(1)
            declared = Declared(form, f, hand, at, options, place.f_lineno)
            place.f_globals.setdefault(RECORDS, []).append(declared)
            return hand

        return mark

    declaring.__name__ = declaring.__qualname__ = f"{form}_of"
    declaring.__doc__ = f"""Claim, above a function, that it is the {form} of `f`, for `autocheck run FILE` to judge.

    at: the arguments of f as a tuple; one argument that is no tuple; a list of tuples for several points; or a function
        without arguments that returns any of these, so that nothing is made when the module is imported.
    options: those of `autocheck.check_{form}`; `explore` and `seed` are the command's where they are not given.

    Returns: the function itself, unchanged.
    """
    return declaring


gradient_of, vjp_of, jvp_of, jacobian_of, hessian_of, intermediates_of = map(_declaring, FORMS)
