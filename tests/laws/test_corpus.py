"""The corpus of the scoreboard: as large as it says, right where it says so, wrong where it says so, and undone after use."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = str(Path(__file__).resolve().parents[2] / "benchmarks")
STRIDE = 24  # every twenty-fourth case: the whole corpus is the scoreboard's to run


@pytest.fixture(scope="module")
def corpus():
    """`corpus("name")` is the module of that name."""
    sys.path.insert(0, BENCHMARKS)
    try:
        yield lambda name: importlib.import_module(f"corpus.{name}")
    finally:
        sys.path.remove(BENCHMARKS)


def test_there_is_as_much_as_the_scoreboard_promises(corpus) -> None:
    cases = corpus("cases")
    assert len(corpus("table").PLAIN) >= 85
    assert len(cases.cases("catalogue")) >= 800
    assert len(cases.cases("small")) >= 400
    assert len(cases.cases("hostile")) >= 90
    assert len(cases.cases("mechanical")) >= 5000


def test_every_row_of_the_catalogue_that_can_be_a_gradient_is_there(corpus) -> None:
    """Left out are 37 (both claims are subgradients), 50 and 57 on (no gradient of NumPy code)."""
    mistakes = corpus("mistakes")
    assert {row[0] for row in mistakes.TABLE} == {*range(1, 57)} - {37, 50}


def test_functions_and_their_twins_in_jax_are_the_same_functions(corpus) -> None:
    jax = pytest.importorskip("jax")
    for entry in corpus("table").PLAIN[::STRIDE]:
        args = entry.make_args(np.random.default_rng(0))
        with jax.enable_x64(True):
            there = float(entry.jax_f(*args))
        assert there == pytest.approx(float(entry.f(*args)), rel=1e-12), entry.name  # a few roundings, in another order


def test_right_gradients_are_judged_right(corpus) -> None:
    import autocheck

    for entry in corpus("table").PLAIN[::STRIDE]:
        args = entry.make_args(np.random.default_rng(0))
        assert autocheck.check_gradient(entry.f, entry.gradient, *args, argnums=entry.argnums).ok, entry.name


@pytest.mark.parametrize("number", [21, 30, 31])
def test_a_diagnosis_does_not_break_down_on_the_way(corpus, number, monkeypatch) -> None:
    """A report does without a diagnosis that raises; here, on numbers inside of single steps, none may."""
    import autocheck
    from autocheck import cause

    raised = []

    def told(case):
        try:
            return diagnose(case)
        except Exception as error:
            raised.append(error)
            raise

    diagnose = cause.diagnose
    monkeypatch.setattr(cause, "diagnose", told)
    wrongs = [w for w in corpus("mistakes").wrongs() if w.mistake.startswith(str(number))]
    for wrong in wrongs:
        args = wrong.make_args(np.random.default_rng(0))
        autocheck.check_gradient(wrong.entry.f, wrong.afresh(), *args, argnums=wrong.entry.argnums)
    assert wrongs
    assert not raised


def test_a_gradient_differs_from_no_gradient_by_nothing(corpus) -> None:
    for case in corpus("cases").cases("right")[::STRIDE]:
        assert not case.decision().wrong, case.name


def test_errors_are_seen_at_the_size_that_they_have(corpus) -> None:
    seen = 0
    for case in corpus("cases").cases("small")[::STRIDE]:
        if " off by " in case.kind:
            here = case.decision().here
            assert 0 < here < 1.01 * case.size, case.name
            seen += here > corpus("exactly").SAME
    assert seen > 30


@pytest.mark.parametrize("name", ["tanh", "embedding", "lstm_step"])
def test_mutants_leave_the_right_function_behind(corpus, name) -> None:
    mechanical, entry = corpus("mechanical"), corpus("table").BY_NAME[name]
    args = entry.make_args(np.random.default_rng(0))
    before = entry.gradient(*args)
    home = mechanical.homes(entry)[0]
    changed = 0
    for number, edit in enumerate(mechanical.edits(home)[1]):
        mutant = mechanical.Mutant(entry, home, number, edit.operator, edit.words).gradient()
        try:
            with np.errstate(all="ignore"):
                changed += not same(mutant(*args), before)
        except Exception:
            changed += 1
        assert same(entry.gradient(*args), before), edit.words
    assert changed > 0.8 * (number + 1)


def same(one, other) -> bool:
    pairs = zip(one, other, strict=True) if isinstance(one, tuple) and isinstance(other, tuple) else [(one, other)]
    return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs)


def test_the_page_counts_what_the_rows_say(corpus) -> None:
    tables: ModuleType = (corpus("cases"), importlib.import_module("score_tables"))[1]

    def row(part: str, name: str, right: bool, answer: str, **facts: object) -> dict[str, object]:
        answers = {"autocheck": [answer, "words", 0.1]}
        return {"part": part, "name": name, "kind": "a kind", "right": right, "answers": answers, "twin": "f", **facts}

    wrong = {"why": "formula", "here": "1.0", "elsewhere": "1.0", "floats": "1.0", "size": None}
    rows = [
        row("right", "f", True, "accepts"),
        row("hostile", "g", True, "rejects"),
        row("catalogue", "f: sign", False, "rejects", **wrong),
        row("catalogue", "f: zero", False, "accepts", **wrong),
    ]
    page = tables.page(rows, "a machine")
    assert "| autocheck | 1 (50.0%) | 1 (50.0%) | 0 | 1 (50.0%) |" in page
    assert "- f: zero (off by 1.0 here, 1.0 elsewhere): words" in page
