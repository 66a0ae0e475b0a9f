"""The tables of docs/lifting.md are what is found, no public function of NumPy is forgotten, and none drops digits silently."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import jax
import numpy as np
import pytest

from autocheck.lifted import calls, coverage, exact, traced
from autocheck.lifted.patches import is_lifted
from autocheck.lifted.run import CannotLift, running
from autocheck.render import lifting

PAGE = (Path(__file__).parents[3] / "docs" / "lifting.md").read_text(encoding="utf-8")
SAME_VERSIONS = f"Found with {lifting.versions()}." in PAGE
MODULES = {"": np, "linalg.": np.linalg, "fft.": np.fft}
PUBLIC = [
    prefix + name
    for prefix, module in MODULES.items()
    for name in module.__all__
    if callable(getattr(module, name)) and not isinstance(getattr(module, name), type)
]


PART = 60
PARTS = [(group, first) for group, codes in coverage.groups().items() for first in range(0, len(codes), PART)]
"""Short enough for workers side by side to share them."""


@pytest.mark.parametrize(("group", "first"), PARTS)
def test_every_call_is_covered_or_refused_by_name_and_the_page_says_which(group, first):
    codes, said = coverage.groups()[group], lifting.labels(coverage.groups()[group])
    rows = dict(re.findall(r"^\| ([a-z ]+) \| \d+ \| (.*) \|$", section(group), re.MULTILINE))
    for code in codes[
        first : first + PART : 3 if group.startswith("scipy") else 1
    ]:  # JAX compiles each anew: the page was made of them all
        found = [coverage.outcome(code, backend) for backend in lifting.BACKENDS]
        for one in found:
            assert one.status != "broken", f"{code}: {one.why}"
            name = coverage.name_of(code).rpartition(".")[2]
            own = getattr(
                getattr(coverage.names()["special"], name, None), "__name__", name
            )  # jn is another name of jv
            assert one.status == "covered" or name in one.why or own in one.why, f"{code}: {one.why}"
        exact_and_traced = tuple(one.status == "covered" for one in found)
        if SAME_VERSIONS:
            assert f"`{said[code]}`" in rows[lifting.STATUSES[exact_and_traced]], code


@pytest.mark.parametrize("group", coverage.groups())
def test_the_page_names_each_call_once(group):
    rows = re.findall(r"^\| [a-z ]+ \| (\d+) \| (.*) \|$", section(group), re.MULTILINE)
    codes = coverage.groups()[group]
    counted = sum(int(count) for count, _ in rows)
    assert counted == len(codes) or (counted > len(codes) and not SAME_VERSIONS)  # newer ones have dropped names
    for label in lifting.labels(codes).values():
        assert sum(f"`{label}`" in listed for _, listed in rows) == 1, label


def section(group: str) -> str:
    return PAGE.split(f"\n## {group}\n")[1].partition("\n## ")[0]


def test_the_page_is_about_the_calls_that_are_made():
    assert PAGE.startswith(lifting.WORDS)
    assert [line[3:] for line in PAGE.splitlines() if line.startswith("## ")] == list(coverage.groups())


def test_no_public_function_of_numpy_is_forgotten():
    called = {coverage.name_of(code) for codes in coverage.groups().values() for code in codes}
    tables = (calls.INTEGERS_ONLY, calls.NOT_ABOUT_NUMBERS, calls.FILES_AND_SETTINGS)
    others = {name for table in tables for name in table.split()}
    assert not [name for name in PUBLIC if f"np.{name}" not in called and name not in others]


@pytest.mark.parametrize("name", f"{calls.INTEGERS_ONLY} {calls.NOT_ABOUT_NUMBERS}".split())
def test_what_is_said_to_make_no_real_numbers_makes_none_of_lifted_ones(name):
    function = functools.reduce(lambda found, part: getattr(found, part, None), name.split("."), np)
    if function is None:
        pytest.skip("this NumPy has no such function")
    for backend in (exact, traced):
        for count in (1, 2, 3):
            assert not holds_floats(outcome_of(function, backend, count))


def outcome_of(function, backend, count):
    """What the function makes of so many lifted matrices; nothing, if it raises."""
    try:
        with running(backend.new_run()), jax.enable_x64(True):
            return function(*[backend.lift(np.array([[0.53, -1.27], [2.1, 0.7]]))] * count)
    except (CannotLift, TypeError, ValueError, AttributeError, RecursionError):
        return None


def holds_floats(value):
    parts = value if isinstance(value, (list, tuple)) else [value]
    return any(
        isinstance(p, (float, np.ndarray)) and not is_lifted(p) and np.asarray(p).dtype.kind in "fc" for p in parts
    )


def test_a_number_that_lost_its_digits_is_found():
    assert coverage.outcome("np.exp(v)", coverage.on_balls).status == "covered"
    assert coverage.fault(np.exp(0.5), None, np.exp(0.5), np.exp(0.6), np.exp(0.4)) == "its digits were dropped"
    assert coverage.fault(np.exp(0.5), 7.0, np.exp(0.5), np.exp(0.5 + coverage.STEP), np.exp(0.5 - coverage.STEP))


def test_what_is_refused_inside_of_a_library_names_its_function():
    x, diric = exact.lift(np.array([0.3])), coverage.names()["special"].diric
    with pytest.raises(CannotLift, match=r"in scipy\.special\.diric, test_coverage\.py"), running(exact.new_run()):
        diric(x, 3)
