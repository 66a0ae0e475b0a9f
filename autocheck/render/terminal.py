"""The door to a terminal: verdicts in colour, signs as mathematics writes them, long sentences set in. Elsewhere plain ASCII.

What the renderers write says everything by itself, so what is added here is dressing only: nothing is missing in a pipe,
with NO_COLOR set, with TERM=dumb, or without rich.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from typing import IO

COLOURS = {"wrong": "red", "error": "red", "inaccurate": "yellow", "inconclusive": "cyan", "agrees": "green"}
SHORT = {"WRONG": "wrong", "INACC": "inaccurate"}
"""Verdicts in the cells of the matrix."""
VERDICT = re.compile(rf"(?:(?<=: )|^ *(?:\d+ +)?)({'|'.join(COLOURS)})\b|\b({'|'.join(SHORT)})\b")
DRESS = ((r"^  (?:diagnosis|evidence|note|judged|again)\b", "bold"), (r"`[^`]+`", "magenta"), (r"^  judged: .*", "dim"))
SIGNS = (("+/-", "\N{PLUS-MINUS SIGN}"), (" ...", " \N{HORIZONTAL ELLIPSIS}"))

TYPED = str.maketrans(
    {"\N{PARTIAL DIFFERENTIAL}": "d", "\N{GREEK CAPITAL LETTER SIGMA}": "sum", "\N{GREEK SMALL LETTER DELTA}": "delta"}
    | {"\N{SUPERSCRIPT TWO}": "^2", "\N{SUBSCRIPT TWO}": "2", "\N{MODIFIER LETTER SMALL T}": "^T"}
    | {"\N{VULGAR FRACTION ONE HALF}": "1/2", "\N{NOT EQUAL TO}": "!=", "\N{CIRCLED DOT OPERATOR}": "*"}
    | {"\N{MIDDLE DOT}": "*", "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": "<<", "\N{RIGHTWARDS ARROW}": "->"}
)
"""Signs that slides, derivations and networks are written with."""


def tell(text: str, file: IO[str] | None = None) -> None:
    """Print a text, dressed where a person reads it."""
    file = file or sys.stdout
    if not is_dressed(file):
        print(in_ascii(text, getattr(file, "encoding", None) or "utf-8"), file=file)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False)
    for line in text.split("\n"):
        for part in set_in(signed(line), console.width):
            shown = Text(part)
            for pattern, style in DRESS:
                shown.highlight_regex(pattern, style)
            for found in VERDICT.finditer(part):
                verdict = found[1] or SHORT[found[2]]
                shown.stylize(f"bold {COLOURS[verdict]}", *found.span(1 if found[1] else 2))
            console.print(shown, soft_wrap=True)


def is_dressed(file: IO[str]) -> bool:
    """Whether it is a terminal that can show it, its owner has nothing against it, and rich is there to do it."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not file.isatty():
        return False
    try:
        "".join(sign for _, sign in SIGNS).encode(getattr(file, "encoding", None) or "ascii")
        import rich  # noqa: F401
    except (ImportError, UnicodeEncodeError):
        return False
    return True


def in_ascii(text: str, encoding: str) -> str:
    """The signs of mathematics as they are typed; of the user's own letters those that can't be written as their numbers."""
    return text.translate(TYPED).encode(encoding, "backslashreplace").decode(encoding)


def signed(line: str) -> str:
    for plain, sign in SIGNS:
        line = line.replace(plain, sign)
    return line


def set_in(line: str, width: int) -> list[str]:
    """A sentence that is wider than the terminal, with what follows its first line set in; tables and commands as they are."""
    inner = line.lstrip()
    if len(line) <= width or "  " in inner:
        return [line]
    indent = " " * (len(line) - len(inner) + 4)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
