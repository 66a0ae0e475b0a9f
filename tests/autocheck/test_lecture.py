"""The lecture as printed: the machine finds its slips, each with a counterexample, and finds any other that is put there."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from autocheck import cli, lecture
from autocheck.lecture import LectureReport, Row, judge_derivation, judge_printed
from autocheck.render.lecture_html import lecture_page
from autocheck.render.lecture_text import lecture_text
from autocheck.render.terminal import in_ascii
from handgrad.derivations import DERIVATIONS
from handgrad.lecture import PRINTED, Decodable, Equalities, Figure, Relation

SLIPS = {
    "try 0, 1, 01, 10": "10 is Bradman Sachin, and Warne too",
    "cross-entropy is always higher than entropy": "1 > 1 does not hold",
    "E = Σ p log₂ p": "the formula gives -1.75, the slide says 1.75",
    "0 « a « 1": "1 « 1 does not hold",
    "Eqn 3 in the output layer": "for squared_error",
    "∂J/∂a_n = ∂(-Σ y ln a)/∂a_n = ∂(y_n ln a_n)/∂a_n": "line 2",
    "δ = a - y for categorical": "by its definition",
}
"""What is known to be a slip (nothing but this test reads it), and words of its counterexample."""


@pytest.mark.parametrize("printed", PRINTED, ids=lambda p: p.says)
def test_every_printed_claim_agrees_but_the_known_slips(printed) -> None:
    row = judge_printed(printed)
    known = next((words for says, words in SLIPS.items() if printed.says.startswith(says)), None)
    if known is None:
        assert (row.verdict, row.counterexample) == ("agrees", "")
        assert row.amended is None
    else:
        assert row.verdict == "wrong"
        assert known in row.counterexample
        assert row.amended is not None
        assert row.amended.verdict == "agrees"


def test_every_known_slip_is_printed_once() -> None:
    assert [sum(p.says.startswith(says) for p in PRINTED) for says in SLIPS] == [1] * len(SLIPS)


def printed(kind: type) -> list:
    return [p for p in PRINTED if isinstance(p, kind) and not any(p.says.startswith(says) for says in SLIPS)]


@pytest.mark.parametrize("figure", printed(Figure), ids=lambda p: p.says)
def test_a_figure_that_is_misprinted_is_found(figure: Figure) -> None:
    assert judge_printed(replace(figure, value=lambda: float(figure.printed) + 0.06)).verdict == "wrong"


def test_a_code_with_one_word_changed_is_found() -> None:
    code = printed(Decodable)[0].code
    assert judge_printed(Decodable("", "", {**code, "Warne": "0"})).verdict == "wrong"


@pytest.mark.parametrize("relation", [p for p in printed(Relation) if not p.denied], ids=lambda p: p.says)
def test_a_relation_turned_round_is_found(relation: Relation) -> None:
    turned = {">": "<", "<": ">", "=": "<", "<=": ">"}[relation.relation]
    assert judge_printed(replace(relation, relation=turned)).verdict == "wrong"


def test_what_a_slide_denies_must_fail_somewhere() -> None:
    denied = next(p for p in PRINTED if isinstance(p, Relation) and p.denied)
    assert judge_printed(replace(denied, left=lambda z, y: z * z)).verdict == "inconclusive"


@pytest.mark.parametrize("chain", [p for p in printed(Equalities) if len(p.lines) > 1], ids=lambda p: p.says)
def test_a_line_that_loses_a_sign_is_found_and_named(chain: Equalities) -> None:
    last = chain.lines[-1]
    lines = (*chain.lines[:-1], replace(last, compute=lambda *inputs: -last.compute(*inputs)))
    row = judge_printed(replace(chain, lines=lines))
    assert row.verdict == "wrong"
    assert row.counterexample.startswith(f"line {len(lines)}")


def test_the_figures_tell_the_two_cross_entropies_apart_in_the_second_example_only() -> None:
    assert "cricketers can not (2.625 and 2.625), the two names can (0.854 and 1.122)" in lecture.told_apart()


# --- the door ---------------------------------------------------------------------------------------------------------

SLIP = Row("slide 1", "1 = 2", "wrong", "1 is not 2", "worked out", Row("slide 1", "1 = 1", "agrees"))


def of(*rows: Row, **facts) -> LectureReport:
    return LectureReport((judge_derivation(DERIVATIONS[7]),), rows, ("a note",), **facts)


@pytest.fixture
def run(monkeypatch):
    def run(rows, *arguments: str) -> int:
        monkeypatch.setattr(lecture, "judge_lecture", lambda seed, strict: of(*rows, strict=strict, seed=seed))
        return cli.main(["lecture", *arguments])

    return run


@pytest.mark.parametrize(
    ("rows", "arguments", "code"),
    [
        ([SLIP], [], 0),  # found, and what the slide could say agrees
        ([SLIP], ["--strict"], 1),
        ([replace(SLIP, amended=None)], [], 1),
        ([replace(SLIP, amended=replace(SLIP, amended=None))], [], 1),
        ([replace(SLIP, verdict="inconclusive", amended=None)], [], 3),
        ([replace(SLIP, verdict="inconclusive", amended=None)], ["--allow-inconclusive"], 0),
    ],
)
def test_the_exit_code_is_that_of_what_can_be_mended_here(run, rows, arguments, code: int) -> None:
    assert run(rows, *arguments) == code


def test_text_json_and_page_tell_the_same(run, tmp_path, capsys) -> None:
    assert run([SLIP], "--json", str(tmp_path / "a.json"), "--html", str(tmp_path / "a.html")) == 0
    text, data = capsys.readouterr().out, json.loads((tmp_path / "a.json").read_text())
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    for words in ("1 = 2", "1 is not 2", "1 = 1", "a note", DERIVATIONS[7].name):
        assert in_ascii(words, "ascii") in text
        assert words in page
    assert (data["schema"], data["verdict"], data["slips"]) == (1, "agrees", 1)
    assert data["lecture"][0]["amended"]["verdict"] == "agrees"
    assert data["derivations"][0]["steps"][0]["latex"]


def test_quiet_prints_what_does_not_agree(run, capsys) -> None:
    run([SLIP, replace(SLIP, says="fine", verdict="agrees", amended=None)], "-q")
    printed = capsys.readouterr().out
    assert "1 = 2" in printed
    assert "fine" not in printed
    assert printed.rstrip().split("\n")[-1].startswith("agrees: 1 derivations of 3 steps")


def test_a_broken_derivation_is_printed_in_full() -> None:
    right = DERIVATIONS[0]
    steps = (right.steps[0], replace(right.steps[1], compute=lambda z: np.exp(-z)))
    report = replace(of(), derivations=(judge_derivation(replace(right, steps=steps)),))
    assert report.verdict == "wrong"
    assert f"{right.name} breaks at step 2" in lecture_text(report, quiet=True)
    assert "breaks" not in lecture_text(of(), quiet=True)
    assert lecture_page(report).rstrip().endswith("</html>")
