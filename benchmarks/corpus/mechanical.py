"""Every hand gradient with one node of its syntax tree changed: operators, constants, indices, axes, arguments, calls, statements.

A mutant is made by giving the functions that the gradient runs through another code for as long as the gradient runs; f keeps
the right one, helpers that it shares included. A function that several entries share is mutated once, in the first of them.
"""

from __future__ import annotations

import ast
import functools
import gc
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

from .entry import Entry, Function
from .table import ENTRIES

CORPUS, OURS = Path(__file__).parent, Path(__file__).parents[2] / "handgrad"
FILES = (
    *(str(path) for path in CORPUS.glob("*.py") if path.name not in ("ours.py", "entry.py")),
    *(str(OURS / name) for name in ("activations.py", "losses.py", "fused.py", "pairings.py", "network.py")),
    *map(str, (OURS / "equations").glob("*.py")),
)
NOT_DERIVED = ("_require", "_inputs", "_targets", "_memory", "check", "__post_init__", "require")
"""Functions of handgrad that validate and derive nothing."""


@dataclass(frozen=True)
class Home:
    """A function that a gradient runs through: where it stands."""

    file: str
    name: str
    line: int
    free: tuple[str, ...]


@dataclass(frozen=True)
class Mutant:
    """The n-th change of one function, as one entry's gradient sees it."""

    entry: Entry
    home: Home
    number: int
    operator: str
    change: str

    @property
    def name(self) -> str:
        return f"{Path(self.home.file).name}:{self.home.name} #{self.number}"

    def gradient(self) -> Function:
        """The gradient with the change in force while it runs."""
        codes = mutated_codes(self.home, self.number)
        right = self.entry.gradient

        def mutated(*args: Any) -> Any:
            kept = [(function, function.__code__) for function, _ in codes]
            try:
                for function, code in codes:
                    function.__code__ = code
                return right(*args)
            finally:
                for function, code in kept:
                    function.__code__ = code

        return mutated


def mutants() -> Iterator[Mutant]:
    seen: set[Home] = set()
    for entry in ENTRIES:
        for home in homes(entry):
            if home not in seen:
                seen.add(home)
                yield from (
                    Mutant(entry, home, number, edit.operator, edit.words) for number, edit in enumerate(edits(home)[1])
                )


def homes(entry: Entry) -> list[Home]:
    """The functions of the corpus and of handgrad that the gradient runs through, in the order of their calls."""
    found: dict[Home, None] = {}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        derives = code.co_filename in FILES and code.co_name not in NOT_DERIVED and not code.co_name.startswith("<")
        if event == "call" and derives:
            found[Home(code.co_filename, code.co_qualname, code.co_firstlineno, code.co_freevars)] = None

    args = entry.make_args(np.random.default_rng(0))
    sys.setprofile(watch)
    try:
        entry.gradient(*args)
    finally:
        sys.setprofile(None)
    return list(found)


# --- changes ----------------------------------------------------------------------------------------------------------

Change = tuple[str, ast.AST | None]
"""(operator, the node to put in place; None drops a statement)"""

OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitXor: (ast.BitOr,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
COMPARISONS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Gt: (ast.Lt, ast.GtE),
    ast.Lt: (ast.Gt, ast.LtE),
    ast.GtE: (ast.Lt, ast.Gt),
    ast.LtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
PAIRS = """
    sum mean, max min, maximum minimum, sin cos, log1p log, expm1 exp, zeros ones, add subtract, argmax argmin,
    solve matmul, tril triu, digamma gammaln, cumsum cumprod, convolve correlate
"""
NAMES = {a: b for pair in PAIRS.split(",") for a, b in (pair.split(), pair.split()[::-1])}
"""Functions that are taken for one another."""


def of_binary(node: ast.BinOp) -> Iterator[Change]:
    for other in OPERATORS.get(type(node.op), ()):
        yield "operator", ast.BinOp(node.left, other(), node.right)
    yield "operand dropped", node.left
    yield "operand dropped", node.right


def of_unary(node: ast.UnaryOp) -> Iterator[Change]:
    yield "sign dropped", node.operand


def of_comparison(node: ast.Compare) -> Iterator[Change]:
    for other in COMPARISONS.get(type(node.ops[0]), ()):
        yield "comparison", ast.Compare(node.left, [other()], node.comparators)


def of_constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "flag", ast.Constant(not value)
    elif isinstance(value, (int, float)):
        for other in (value + 1, 2 * value, 0 * value, -value):
            if other != value:
                yield "constant", ast.Constant(other)


def of_attribute(node: ast.Attribute) -> Iterator[Change]:
    if node.attr == "T":
        yield "transpose dropped", node.value
    if node.attr in NAMES:
        yield "function", ast.Attribute(node.value, NAMES[node.attr], node.ctx)


def of_call(node: ast.Call) -> Iterator[Change]:
    if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
        yield "call dropped", node.args[0]
    for i in range(len(node.args) - 1):
        swapped = [*node.args[:i], node.args[i + 1], node.args[i], *node.args[i + 2 :]]
        yield "arguments swapped", ast.Call(node.func, swapped, node.keywords)
    for k, keyword in enumerate(node.keywords):
        if keyword.arg != "strict":
            yield "keyword dropped", ast.Call(node.func, node.args, [*node.keywords[:k], *node.keywords[k + 1 :]])


def of_subscript(node: ast.Subscript) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load):
        yield "index dropped", node.value


def of_slice(node: ast.Slice) -> Iterator[Change]:
    for part in ("lower", "upper", "step"):
        if getattr(node, part) is not None:
            yield (
                "bound dropped",
                ast.Slice(**{**{p: getattr(node, p) for p in ("lower", "upper", "step")}, part: None}),
            )


def of_augmented(node: ast.AugAssign) -> Iterator[Change]:
    yield "statement dropped", None
    yield "= for +=", ast.Assign([node.target], node.value)
    for other in OPERATORS.get(type(node.op), ()):
        yield "operator", ast.AugAssign(node.target, other(), node.value)


def of_assignment(node: ast.Assign) -> Iterator[Change]:
    if isinstance(node.targets[0], ast.Subscript):
        yield "statement dropped", None


def of_expression(node: ast.Expr) -> Iterator[Change]:
    if isinstance(node.value, ast.Call):
        yield "statement dropped", None


def of_return(node: ast.Return) -> Iterator[Change]:
    if isinstance(node.value, ast.Tuple):
        items = node.value.elts
        for i in range(len(items) - 1):
            swapped = [*items[:i], items[i + 1], items[i], *items[i + 2 :]]
            yield "results swapped", ast.Return(ast.Tuple(swapped, ast.Load()))


def of_choice(node: ast.IfExp) -> Iterator[Change]:
    yield "branches swapped", ast.IfExp(node.test, node.orelse, node.body)


RULES: dict[type[ast.AST], Callable[[Any], Iterator[Change]]] = {
    ast.BinOp: of_binary,
    ast.UnaryOp: of_unary,
    ast.Compare: of_comparison,
    ast.Constant: of_constant,
    ast.Attribute: of_attribute,
    ast.Call: of_call,
    ast.Subscript: of_subscript,
    ast.Slice: of_slice,
    ast.AugAssign: of_augmented,
    ast.Assign: of_assignment,
    ast.Expr: of_expression,
    ast.Return: of_return,
    ast.IfExp: of_choice,
}
LEFT_ALONE = (ast.Raise, ast.withitem, ast.arguments, ast.JoinedStr)


@dataclass(frozen=True)
class Edit:
    """One change of a function: what to put where, and what stood there."""

    operator: str
    words: str
    parent: ast.AST
    field: str
    place: int | None
    before: ast.AST
    after: ast.AST

    def put(self, node: ast.AST) -> None:
        if self.place is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.place] = node


@functools.lru_cache(maxsize=8)
def edits(home: Home) -> tuple[ast.Module, tuple[Edit, ...]]:
    """The module's tree, and every change of the function in it that makes another function."""
    module = ast.parse(Path(home.file).read_text(encoding="utf-8"))
    function = find(module, home)
    found, texts = [], {ast.unparse(function)}
    for parent, field, place, node in list(places(function)):
        others = list(RULES[type(node)](node)) if type(node) in RULES else []
        for operator, new in [*others, *other_names(node, function)]:
            after = ast.fix_missing_locations(ast.copy_location(new or ast.Pass(), node))
            words = f"line {node.lineno}: {ast.unparse(node)} -> {ast.unparse(new) if new else 'nothing'}"
            edit = Edit(operator, words, parent, field, place, node, after)
            edit.put(after)
            text = ast.unparse(function)
            if text not in texts:
                texts.add(text)
                found.append(edit)
            edit.put(node)
    return module, tuple(found)


def other_names(node: ast.AST, function: ast.AST) -> list[Change]:
    """Another variable of the function, the next in the alphabet, in the place of this one."""
    if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
        return []
    variables = sorted(
        {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        | {a.arg for a in ast.walk(function) if isinstance(a, ast.arg)}
    )
    if node.id not in variables or len(variables) < 2:
        return []
    other = variables[(variables.index(node.id) + 1) % len(variables)]
    return [("variable", ast.Name(other, ast.Load()))]


def places(function: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every node below the function's head: (parent, field, index in a list, node)."""
    stack: list[tuple[ast.AST, str, int | None, ast.AST]] = [
        (function, "body", i, node) for i, node in enumerate(getattr(function, "body", []))
    ]
    while stack:
        parent, field, place, node = stack.pop(0)
        if isinstance(node, LEFT_ALONE):
            continue
        yield parent, field, place, node
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                stack += [(node, name, i, item) for i, item in enumerate(value) if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                stack.append((node, name, None, value))


# --- from a changed module to codes -----------------------------------------------------------------------------------


def find(module: ast.Module, home: Home) -> ast.AST:
    """The function's node; names that are free in it are named once more behind its end, so that they stay free in a mutant."""
    last = home.name.rpartition(".")[2]
    found = next(
        n for n in ast.walk(module) if isinstance(n, ast.FunctionDef) and n.name == last and first_line(n) == home.line
    )
    found.body += [
        ast.fix_missing_locations(ast.copy_location(ast.Expr(ast.Name(name, ast.Load())), found)) for name in home.free
    ]
    return found


def first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def mutated_codes(home: Home, number: int) -> list[tuple[FunctionType, CodeType]]:
    """Every living function that has this code, or that makes functions of it, with its mutated code."""
    module, found = edits(home)
    found[number].put(found[number].after)
    try:
        codes = {code.co_qualname: code for code in inner(compile(module, home.file, "exec"))}
    finally:
        found[number].put(found[number].before)
    outermost = home.name.partition(".")[0]
    return [(function, codes[name]) for name in {home.name, outermost} for function in living(home.file, name)]


def inner(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from inner(constant)


@functools.cache
def living(file: str, name: str) -> tuple[FunctionType, ...]:
    return tuple(
        thing
        for thing in gc.get_objects()
        if type(thing) is FunctionType and thing.__code__.co_filename == file and thing.__code__.co_qualname == name
    )
