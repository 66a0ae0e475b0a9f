"""The laws of the house: who imports whom, where numbers and names are declared, and that the words still fit them."""

from __future__ import annotations
import __future__

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ROOMS = ("handgrad", "autocheck")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

TOP_LEVEL = (
    {*ROOMS, "tests", "notebooks", "benchmarks", "docs", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    | {"CONTRIBUTING.md", ".gitignore", ".ci", ".github"}
)  # fmt: skip
PLUGIN = "autocheck.pytest_plugin"
DOORS = {"autocheck.catalog", "autocheck.lecture", "autocheck.networks", "autocheck.cli", "autocheck.__main__", PLUGIN}
LONG = 250


# --- who imports whom ------------------------------------------------------------------------------------------------


class Import(NamedTuple):
    module: str
    line: int
    at_top: bool
    """It runs when the file is imported: not inside a function, not for the type checker only."""


def imports(source: str, name: str = "") -> list[Import]:
    """Everything that a file may import; `from a import b` is both `a` and `a.b`, since b may be a module."""
    return list(_imports(ast.parse(source), name.split("."), at_top=True))


def _imports(node: ast.AST, name: list[str], at_top: bool) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            yield from (Import(alias.name, node.lineno, at_top) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = ".".join([*(name[:-level] if level else []), *([module] if module else [])])
            yield Import(base, node.lineno, at_top)
            yield from (Import(f"{base}.{alias.name}", node.lineno, at_top) for alias in names)
        case ast.Call(func=ast.Name(called) | ast.Attribute(attr=called), args=[ast.Constant(str(to)), *_]):
            if called in {"__import__", "import_module"}:
                yield Import(to, node.lineno, at_top)
    later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    later = later or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, name, at_top and not later)


def name_of(path: Path) -> str:
    """`autocheck/lifted/exact.py` is autocheck.lifted.exact; a package's own file keeps its `__init__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def offences(forbidden: Callable[[str, Import], bool]) -> list[str]:
    found = [(path, i) for path in FILES for i in imports(read(path), name_of(path)) if forbidden(name_of(path), i)]
    return [f"{path.relative_to(ROOT)}:{i.line} imports {i.module}" for path, i in found]


def room(module: str) -> str:
    return module.partition(".")[0]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import jax.numpy as jnp", [("jax.numpy", True)]),
        ("from jax import lax", [("jax", True), ("jax.lax", True)]),
        ("try:\n    import jax\nexcept ImportError:\n    pass", [("jax", True)]),
        ("def f():\n    import jax", [("jax", False)]),
        ("class A:\n    import jax", [("jax", True)]),
        ("if TYPE_CHECKING:\n    import jax", [("jax", False)]),
        ("importlib.import_module('jax')", [("jax", True)]),
        ("from . import claim", [("autocheck.routes", True), ("autocheck.routes.claim", True)]),
        ("from ..claim import Claim", [("autocheck.claim", True), ("autocheck.claim.Claim", True)]),
    ],
)
def test_no_way_to_import_escapes_these_tests(source: str, seen: list[tuple[str, bool]]) -> None:
    assert [(i.module, i.at_top) for i in imports(source, "autocheck.routes.autodiff")] == seen


def test_handgrad_knows_neither_the_judge_nor_jax() -> None:
    assert not offences(lambda name, i: room(name) == "handgrad" and room(i.module) in {"autocheck", "jax", "jaxlib"})


def test_the_engine_knows_nothing_of_handgrad() -> None:
    """So it judges anybody's gradients; only the catalogue and the doors may look into handgrad."""
    assert not offences(lambda name, i: room(name) != "handgrad" and room(i.module) == "handgrad" and name not in DOORS)


def test_jax_is_imported_where_it_is_needed_and_nowhere_else() -> None:
    """At the top of textbook.py; elsewhere inside the function that needs it, so that no door pays for it."""
    assert not offences(lambda name, i: room(i.module) == "jax" and i.at_top and name != "autocheck.textbook")


def test_exact_numbers_stay_in_their_room() -> None:
    def elsewhere(name: str, i: Import) -> bool:
        return room(i.module) == "flint" and not name.startswith(("autocheck.lifted.", "autocheck.routes.definition"))

    assert not offences(elsewhere)


def test_importing_a_file_needs_no_extra() -> None:
    """Extras are imported inside the function that uses them: a bare install must import every file."""
    core = {*sys.stdlib_module_names, *ROOMS, "numpy", "scipy", "jax", "flint"}

    def extra(name: str, i: Import) -> bool:
        return i.at_top and room(i.module) not in core and (name, i.module) != (PLUGIN, "pytest")

    assert not offences(extra)


def test_imports_never_run_in_a_circle() -> None:
    files = {name_of(path).removesuffix(".__init__"): path for path in FILES}
    graph = {name: {i.module for i in imports(read(path), name_of(path)) if i.at_top} for name, path in files.items()}
    try:
        TopologicalSorter({name: needs & files.keys() - {name, *ROOMS} for name, needs in graph.items()}).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


# --- what a door costs -----------------------------------------------------------------------------------------------


def fresh(*arguments: str) -> tuple[str, set[str]]:
    """What a fresh interpreter prints, and the top-level modules that it imports on the way."""
    command = [sys.executable, "-X", "importtime", *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout, {room(name) for name in re.findall(r"^import time:.*\| +(\S+)$", run.stderr, re.MULTILINE)}


def exists(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("module", [name for name in (*ROOMS, "autocheck.cli", PLUGIN) if exists(name)])
def test_a_fresh_import_leaves_jax_alone(module: str) -> None:
    _, imported = fresh("-c", f"import {module}")
    assert room(module) in imported
    assert not {"jax", "jaxlib", "matplotlib", "sklearn"} & imported


@pytest.mark.skipif(not exists("autocheck.__main__"), reason="autocheck has no command line yet")
def test_help_is_answered_before_anything_heavy_is_imported() -> None:
    said, imported = fresh("-m", "autocheck", "--help")
    assert said.startswith("usage: autocheck")
    assert not {"jax", "flint", "numpy", "scipy", "matplotlib", "sklearn", "handgrad"} & imported


def test_the_command_is_declared_and_there() -> None:
    assert PROJECT["scripts"] == {"autocheck": "autocheck.cli:main"}
    if exists("autocheck.cli"):
        assert callable(importlib.import_module("autocheck.cli").main)


# --- where numbers are declared --------------------------------------------------------------------------------------


def floats(source: str) -> list[tuple[int, str]]:
    """Every float that a source states outright: as a literal, as arithmetic of literals, or as float("...")."""
    stated = [(node, _value(node)) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr)]
    telling = [node for node, value in stated if isinstance(value, float) and abs(value) not in (0, 1, 0.5, 2)]
    return [(node.lineno, ast.unparse(node)) for node in telling]


def _value(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=float() | complex() as value):
            return abs(value)
        case ast.Call(func=ast.Name("float"), args=[ast.Constant(str(text))]):
            return 0.0 if text.strip("+-") in ("inf", "nan") else float(text)
        case ast.BinOp() if all(isinstance(part, _ARITHMETIC) for part in ast.walk(node)):
            return eval(compile(ast.Expression(node), "<literals>", "eval"), {})
    return None


_ARITHMETIC = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.operator, ast.unaryop)


@pytest.mark.parametrize("source", ["error < 1e-6", "1e-6j", "10**-6", "1 / 1024", 'float("1e-6")', "-3.0", "2.0**0.3"])
def test_no_way_to_state_a_tolerance_escapes_the_next_test(source: str) -> None:
    assert floats(source)


@pytest.mark.parametrize("source", ["-0.5 * x + 2.0", 'float("-inf")', "2**10", "2.0 ** -limits.STEP_BITS", "x / 3"])
def test_plain_numbers_are_no_tolerance(source: str) -> None:
    assert not floats(source)


def test_every_number_that_the_judge_compares_with_stands_in_limits() -> None:
    rooms = r"autocheck\.(verdict|per_parameter|by_floats|rounding|corroboration|opaque|judge|routes\..*)"
    judges = [path for path in FILES if re.fullmatch(rooms, name_of(path))]
    assert judges
    found = [(path.relative_to(ROOT), line, text) for path in judges for line, text in floats(read(path))]
    assert not [f"{path}:{line} states {text}" for path, line, text in found]


def test_every_limit_has_its_reason_beside_it() -> None:
    body = ast.parse(read(ROOT / "autocheck" / "limits.py")).body
    pairs = [(node, below) for node, below in pairwise([*body, ast.Pass()]) if isinstance(node, ast.Assign)]
    assert pairs
    assert not [ast.unparse(node) for node, below in pairs if not _is_text(below)]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


# --- where names are declared ----------------------------------------------------------------------------------------


def test_all_is_what_handgrad_shows() -> None:
    handgrad = importlib.import_module("handgrad")
    values = {name: value for name, value in vars(handgrad).items() if not name.startswith("_")}
    shown = [name for name, value in values.items() if not isinstance(value, ModuleType | __future__._Feature)]
    listed = [name for name in handgrad.__all__ if not isinstance(getattr(handgrad, name), ModuleType)]
    assert sorted(listed) == sorted(shown) != []


def test_every_public_name_of_autocheck_is_there() -> None:
    """They are looked up when asked for (importing them all would import jax), so a name may be listed and missing."""
    autocheck = importlib.import_module("autocheck")
    assert len(set(autocheck.__all__)) == len(autocheck.__all__) > 0
    assert not [name for name in autocheck.__all__ if not hasattr(autocheck, name) or name not in dir(autocheck)]


def test_both_packages_ship_their_types() -> None:
    assert all((ROOT / room / "py.typed").is_file() for room in ROOMS)


# --- the house itself ------------------------------------------------------------------------------------------------


def test_the_top_level_holds_nothing_else() -> None:
    ignored = [line.strip("/") for line in read(ROOT / ".gitignore").splitlines()]
    there = {path.name for path in ROOT.iterdir() if not any(fnmatch(path.name, pattern) for pattern in ignored)}
    assert there - {".git"} <= TOP_LEVEL


def test_a_test_file_stands_where_its_subject_stands() -> None:
    """tests/autocheck/lifted/test_exact.py is about autocheck/lifted/exact.py; laws/ is about whole tables."""
    names = [path.relative_to(ROOT / "tests") for path in TESTS if path.name.startswith("test_")]
    assert not [str(name) for name in names if not _has_its_place(name)]


def _has_its_place(test: Path) -> bool:
    subject = ROOT / test.with_name(test.stem.removeprefix("test_"))
    if test.parts[0] in ROOMS:
        return subject.is_dir() or subject.with_suffix(".py").is_file()
    return test.parts[0] in {"laws", "mutants", "test_rooms.py", "test_readme.py", "test_notebooks.py"}


@pytest.mark.parametrize("source", ["assert True", "assert 1, 'fine'", "assert (x == y, 'a tuple is true')"])
def test_an_assertion_that_can_not_fail_is_seen(source: str) -> None:
    assert idle_assertions(source)


def test_every_assertion_can_fail() -> None:
    assert not [f"{path.relative_to(ROOT)}:{n}" for path in [*FILES, *TESTS] for n in idle_assertions(read(path))]


def idle_assertions(source: str) -> list[int]:
    asserted = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    return [a.lineno for a in asserted if isinstance(a.test, ast.Constant | ast.Tuple | ast.List | ast.JoinedStr)]


def test_a_long_file_is_listed_with_its_reason() -> None:
    """And a file that has become short again is listed no more; so the list in CONTRIBUTING.md stays true."""
    long = {path.relative_to(ROOT).as_posix() for path in FILES if len(read(path).splitlines()) > LONG}
    violations = read(ROOT / "CONTRIBUTING.md").partition("## Known violations\n")[2]
    assert long == set(re.findall(r"^- `(\S+\.py)`: \S", violations, re.MULTILINE))


# --- the words beside the code ---------------------------------------------------------------------------------------


def test_the_readme_draws_every_file() -> None:
    readme = read(ROOT / "README.md")
    assert not [path.name for path in FILES if not path.name.startswith("__") and path.name not in readme]


def test_one_version_is_told_everywhere() -> None:
    version = PROJECT["version"]
    packages = "".join(read(ROOT / package / "__init__.py") for package in ROOMS)
    assert set(re.findall(r'^__version__ = "(.*)"', packages, re.MULTILINE)) <= {version}
    assert set(re.findall(r"\bhandgrad[ =]{1,2}v?(\d+\.\d+\.\d+)", read(ROOT / "README.md"))) <= {version}
    assert re.findall(r"^## (\d+\.\d+\.\d+)", read(ROOT / "CHANGELOG.md"), re.MULTILINE)[:1] == [version]


def test_one_range_of_pythons_is_told_everywhere() -> None:
    pythons = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    matrix = re.findall(r"python: \[(.*)\]", read(ROOT / ".github" / "workflows" / "ci.yml"))
    assert PROJECT["requires-python"] == f">={pythons[0]}"
    assert [p.strip(' "') for p in matrix[0].split(",")] == pythons
    assert set(re.findall(r"Python (3\.\d+) or newer", read(ROOT / "README.md"))) == {pythons[0]}


def test_the_hosted_checks_are_the_local_ones() -> None:
    assert "- run: bash .ci/run\n" in read(ROOT / ".github" / "workflows" / "ci.yml")
