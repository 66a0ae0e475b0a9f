"""What all the public functions take beside their own arguments: one list, with one meaning and one check of each."""

from __future__ import annotations

import difflib
import functools
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ParamSpec, TypedDict

from autocheck import limits, session
from autocheck.claim import BadClaim
from autocheck.report import Report
from autocheck.words import called

Function = Callable[..., Any]
P = ParamSpec("P")


class Options(TypedDict, total=False):
    """The options of every check.

    argnums     the arguments to differentiate, as in `jax.grad`: a number, or a tuple of numbers
    reference   an independent definition of the same function, in JAX or NumPy; its value and its derivative are compared
                too. For a black box that can't run on exact numbers it is the truth
    points      more points to judge at: a sequence of tuples, each with the arguments of one
    explore     judge at other points too, to which the differentiated arguments are moved: jittered, negated, scaled, saturated
    formula_at  the arguments of a small instance, at which the formula is judged exactly where the given one is too large
    seed        decides every random choice; reported
    name        what the report calls f
    budget      seconds that exact arithmetic may take before it changes from single elements to random directions, then to floats
    rtol, atol  for those who insist: a gradient within atol + rtol |definition| agrees whatever was found, and the report says so
    progress    whether to show a progress bar; by default on a terminal, for a check that takes long
    """

    argnums: int | tuple[int, ...]
    reference: Function | None
    points: Sequence[tuple[Any, ...]]
    explore: bool
    formula_at: tuple[Any, ...] | None
    seed: int
    name: str
    budget: float
    rtol: float | None
    atol: float | None
    progress: bool | None


DEFAULTS: Options = {
    "argnums": 0,
    "reference": None,
    "points": (),
    "explore": False,
    "formula_at": None,
    "seed": 0,
    "name": "",
    "budget": limits.BUDGET,
    "rtol": None,
    "atol": None,
    "progress": None,
}
OF_THE_CLAIM = ("argnums", "reference", "seed", "name")
"""The options that say what is claimed; the others say how it is judged."""
OF_THE_CALL = ("argnums", "rows", "seed", "backward")
"""The options that stand in the call already which a claim makes up to run it again."""
UNTOLD = ("name", "progress")
"""The options that change no verdict."""


def with_options(check: Callable[P, Report], without: tuple[str, ...] = ()) -> Callable[P, Report]:
    """A check whose signature and help text name all the options (but those that it is `without`), and which refuses any other.

    It takes those of the session in force unless told otherwise, and the session hears of its report.
    """
    own = inspect.signature(check)
    named = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
    taken = {p.name for p in named}
    more = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Options.__annotations__[name]
        )
        for name, default in DEFAULTS.items()
        if name not in taken and name not in without
    ]
    known = {p.name: p.default for p in (*named, *more) if p.kind is p.KEYWORD_ONLY}

    @functools.wraps(check)
    def checked(*args: Any, **told: Any) -> Report:
        __tracebackhide__ = True
        options = {**session.given(), **told}
        for name in options:
            if name not in known:
                raise BadClaim(f"{check.__name__}: {_unknown(name, list(known))}")
        report = check(*args, **options)
        asked = {name: value for name, value in options.items() if not _is(value, known[name])}
        report = replace(report, reproduce=with_asked(report.reproduce, asked))
        session.announce(report)
        return report

    checked.__signature__ = own.replace(parameters=[*named, *more])  # type: ignore[attr-defined]
    lines = (Options.__doc__ or "").split("\n\n", 1)[1].rstrip()
    checked.__doc__ = f"{(check.__doc__ or '').rstrip()}\n\n    Options:\n{lines}\n"
    return checked


def with_asked(line: str, asked: dict[str, Any]) -> str:
    """The line that runs a check again, with the options that were asked for: numbers as they are, all else by a name."""
    call, _, seed = line.rpartition("seed=")
    told = [f"{name}={_pasted(name, value)}, " for name, value in asked.items() if name not in (*OF_THE_CALL, *UNTOLD)]
    return f"{call}{''.join(told)}seed={seed}"


def _pasted(name: str, value: Any) -> str:
    if isinstance(value, (bool, int)):
        return str(value)
    if isinstance(value, float):
        return str(float(value)) if math.isfinite(value) else f'float("{value}")'
    return called(value, name)


def _is(value: Any, default: Any) -> bool:
    return value is default or (isinstance(value, (bool, int, float)) and value == default)


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    return f"unknown option {name!r}; {guess}Known: {', '.join(known)}"


def complete(options: Options) -> Options:
    return {**DEFAULTS, **options}


def of_the_claim(options: Options) -> dict[str, Any]:
    """The options that were given and say what is claimed."""
    return {name: options[name] for name in OF_THE_CLAIM if name in options}  # type: ignore[literal-required]
