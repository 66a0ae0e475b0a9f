"""A run in which somebody else answers NumPy's calls: f as it would be with another axis, a gradient without its clip.

Only what the user's code calls itself is asked; what a rule calls inside of another goes its usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Rule = Callable[..., Any]
Answer = Callable[[Any, Rule, tuple[Any, ...], dict[str, Any]], Any]
"""(NumPy's function, what computes it on lifted arrays, arguments, options) -> the result."""

_answer: ContextVar[Answer | None] = ContextVar("answer", default=None)


@contextmanager
def answering(answer: Answer) -> Iterator[None]:
    """Every call of the user's on exact arrays is answered by `answer`."""
    token = _answer.set(answer)
    try:
        yield
    finally:
        _answer.reset(token)


def called(function: Any, rule: Rule, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The result of a call on exact arrays."""
    answer = _answer.get()
    if answer is None:
        return rule(*args, **options)
    token = _answer.set(None)
    try:
        return answer(function, rule, args, options)
    finally:
        _answer.reset(token)
