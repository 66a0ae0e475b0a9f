"""Where a step stands in the user's code: the expression, its operands, file and line."""

from __future__ import annotations

import ast
import itertools
import linecache
from collections.abc import Iterable, Iterator
from typing import Any

from autocheck.lifted.run import file_name
from autocheck.lifted.taped import Site, Step


def place(site: Site) -> str:
    """`the expression` (file.py:12); nothing where there is no source."""
    text = expression(site)
    if not site:
        return ""
    code = site[0].code
    line = _position(site)[0] or code.co_firstlineno
    place = f"({file_name(code.co_filename)}:{line})"
    return f"`{text}` {place}" if text else place


def expression(site: Site) -> str:
    """The source of the innermost expression that takes the step."""
    if not site:
        return ""
    first, last, start, end = _position(site)
    if None in (first, last, start, end):
        return ""
    lines = [linecache.getline(site[0].code.co_filename, n) for n in range(first, last + 1)]
    if not all(lines):
        return ""
    raw = "".join(lines).encode()
    tail = len(b"".join(line.encode() for line in lines[:-1]))
    return " ".join(raw[start : tail + end].decode(errors="replace").split())


def typed(steps: Iterable[Step]) -> Iterator[tuple[float, str]]:
    """The numbers by which f multiplies, divides or raises, as its author typed them: each once, with the expression."""
    found: dict[float, str] = {}
    for text in dict.fromkeys(expression(site) for site in dict.fromkeys(s.site for s in steps)):
        for number in _factors(text):
            found.setdefault(number, text)
    return iter(found.items())


def _factors(text: str) -> list[float]:
    """Operands of the expression itself that are plain numbers."""
    try:
        node: Any = ast.parse(text, mode="eval").body
    except SyntaxError:
        return []
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, (ast.Mult, ast.Div, ast.Pow)):
        return []
    numbers = [p.value for p in (node.left, node.right) if isinstance(p, ast.Constant)]
    return [float(n) for n in numbers if isinstance(n, (int, float)) and n > 0]


def operand(site: Site, slot: int) -> str:
    """The source of one operand of that expression."""
    text = expression(site)
    try:
        node: Any = ast.parse(text, mode="eval").body
    except SyntaxError:
        return ""
    if isinstance(node, ast.BinOp):
        node = (node.left, node.right)[slot] if slot < 2 else None
    elif isinstance(node, ast.UnaryOp):
        node = node.operand
    elif isinstance(node, ast.Call) and len(node.args) > slot:
        node = node.args[slot]
    else:
        return ""
    return ast.get_source_segment(text, node) or "" if node is not None else ""


def _position(site: Site) -> tuple[Any, ...]:
    positions = site[0].code.co_positions()
    return next(itertools.islice(positions, site[0].at // 2, None), (None,) * 4)
