"""Claims beside the code: the function stays as it is, the record stands in its module, and nothing is judged."""

from __future__ import annotations

import subprocess
import sys
import types

import numpy as np
import pytest

import autocheck
from autocheck import declared
from autocheck.declared import FORMS, RECORDS, Declared, points_of


def loss(w):
    return w @ w


def twice(w):
    return 2 * w


def module(source: str) -> types.ModuleType:
    made = types.ModuleType("homework")
    exec(source, vars(made))
    return made


@pytest.mark.parametrize("form", FORMS)
def test_a_decorated_function_is_the_function_itself(form) -> None:
    try:
        assert getattr(autocheck, f"{form}_of")(loss, at=1.0)(twice) is twice
    finally:
        records = globals().pop(RECORDS)
    assert [(r.form, r.f, r.hand, r.name) for r in records] == [(form, loss, twice, "twice")]


def test_the_records_stand_in_the_module_that_decorates() -> None:
    """In the order of the code; a decorator that comes ready-made from the lecturer's module counts where it is used."""
    lecturer = module("import autocheck\ndef loss(w): return w * w\ntask = autocheck.gradient_of(loss, at=2.0)")
    vars_of_student = {"task": lecturer.task}
    exec("@task\ndef first(w): return 2 * w\n\n@task\n@task\ndef second(w): return w", vars_of_student)
    assert [r.name for r in vars_of_student[RECORDS]] == ["first", "second", "second"]
    assert vars_of_student[RECORDS][0].line == 1
    assert RECORDS not in vars(lecturer)


@pytest.mark.parametrize(
    ("at", "points"),
    [
        (1.5, [(1.5,)]),
        ((1.5, 2.5), [(1.5, 2.5)]),
        ([(1.5,), (2.5,)], [(1.5,), (2.5,)]),
        ([1.5, 2.5], [([1.5, 2.5],)]),
        (([(1.5,)],), [([(1.5,)],)]),
        (lambda: (1.5, 2.5), [(1.5, 2.5)]),
        ({"w": 1.5}, [({"w": 1.5},)]),
    ],
    ids=["a number", "a tuple", "several points", "a list", "a list of tuples as an argument", "a function", "a dict"],
)
def test_one_point_or_several(at, points) -> None:
    assert points_of(Declared("gradient", loss, twice, at)) == points


def test_an_array_is_one_argument() -> None:
    x = np.arange(3.0)
    ((given,),) = points_of(Declared("gradient", loss, twice, x))
    assert given is x


def test_a_module_with_claims_loads_nothing_of_the_judge() -> None:
    code = "import sys, autocheck\nautocheck.gradient_of(abs, at=1.0)(abs)\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not {"numpy", "jax", "flint", "autocheck.check", "autocheck.judge"} & loaded
    assert "autocheck.declared" in loaded


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_its_check(form) -> None:
    assert callable(getattr(autocheck, f"check_{form}"))
    assert f"`autocheck.check_{form}`" in (getattr(declared, f"{form}_of").__doc__ or "")
