"""Files on trial: no file stops another, none sees another, and the worst of them tells the exit code."""

from __future__ import annotations

import json
import shlex

import pytest

from autocheck import cli
from autocheck.file_report import RANKS, Failure, FileReport, RunReport
from autocheck.render.run_html import run_page
from autocheck.render.run_text import run_text
from autocheck.report import Report
from autocheck.run_files import judge_file, judge_files
from autocheck.user_file import Target, targets

HOMEWORK = """\
import numpy as np
import autocheck
from helper import factor

print("nothing of this is shown")
x = np.array([[0.5, -1.0], [2.0, 0.3], [1.0, 1.0]])

def loss(w):
    return np.sum((x @ w) ** 2)

@autocheck.gradient_of(loss, at=np.array([0.1, -0.2]))
def gradient(w):
    return factor * x.T @ (x @ w)
"""
HEAD = "import os, sys, autocheck\ndef square(w): return w * w\n"
CLAIM = "@autocheck.gradient_of(square, at=1.5)\n"
TRAP = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\n"
PILE = {
    "anna/homework": HOMEWORK,
    "anna/helper": "factor = 2",
    "ben/homework": HOMEWORK,
    "ben/helper": "factor = 3",
    "ben/queue": TRAP,
    "carl/homework": HEAD + "x = npp.ones(3)\n" + CLAIM + "def gradient(w): return 2 * w",
    "dora/homework": HEAD + CLAIM + "def dies(w): os._exit(7)\n" + CLAIM + "def exits(w): sys.exit(8)\n"
    "autocheck.jvp_of(square, at=[(1.5,), (2.5,)])(lambda w, dw: 2 * w * dw)\n"
    "autocheck.gradient_of(square, at=1.5, argnum=0)(dies)\n",
    "eve/homework": HEAD + CLAIM + "def asks(w): return input()\nif __name__ == '__main__': sys.exit('run')\n",
    "bystander": TRAP,
}  # fmt: skip


@pytest.fixture(scope="module")
def pile(tmp_path_factory):
    root = tmp_path_factory.mktemp("pile")
    for name, text in PILE.items():
        (root / f"{name}.py").parent.mkdir(exist_ok=True)
        (root / f"{name}.py").write_text(text)
    return root


@pytest.fixture(scope="module")
def report(pile) -> RunReport:
    return judge_files(*targets([str(pile)]), seed=3)


def of(report: RunReport, student: str) -> FileReport:
    return next(file for file in report.files if f"{student}/" in file.path)


@pytest.mark.parametrize(
    ("student", "verdict"),
    [("anna", "agrees"), ("ben", "wrong"), ("carl", "error"), ("dora", "error"), ("eve", "error")],
)
def test_each_file_has_a_row_and_stops_no_other(report, student, verdict) -> None:
    """Anna's and Ben's files, and the helpers beside them, have the same names and are not the same."""
    assert of(report, student).verdict == verdict


def test_claims_of_one_file_do_not_stop_one_another(report) -> None:
    dora = of(report, "dora")
    assert [r.verdict for r in dora.reports] == ["agrees"]
    assert dora.reports[0].form == "JVP"
    assert dora.reports[0].points >= 2
    said = {f.text for f in dora.failures if f.claim}
    assert "the process ended with exit code 7" in said
    assert "SystemExit: 8 (line 6: def exits(w): sys.exit(8))" in said
    assert any("unknown option 'argnum'; did you mean 'argnums'?" in text for text in said)


def test_nothing_else_is_executed_and_nothing_is_left_behind(report, pile) -> None:
    assert report.files
    assert {path.suffix for path in pile.rglob("*") if path.is_file()} == {".py"}


def test_a_wrong_gradient_in_a_file_has_its_cause_and_a_line_to_run_again(report, pile) -> None:
    ben = of(report, "ben").reports[0]
    assert (ben.fact("claim"), ben.fact("line"), ben.seed) == ("gradient", "11", 3)
    assert ben.reproduce == f"autocheck run {pile / 'ben' / 'homework.py'}::gradient --seed 3"
    assert "times 3/2" in ben.diagnosis.sentence


def test_the_line_to_run_again_is_for_a_shell(tmp_path) -> None:
    (tmp_path / "my homework.py").write_text(HEAD + CLAIM + "def wrong(w): return w\n")
    (again,) = judge_file(Target(tmp_path / "my homework.py"), 0, 600).reports
    assert shlex.split(again.reproduce) == ["autocheck", "run", f"{tmp_path / 'my homework.py'}::wrong", "--seed", "0"]


def test_other_points_are_explored_unless_the_claim_says_otherwise(tmp_path) -> None:
    """The derivative of |w|³ is 3w² where w is positive."""
    (tmp_path / "cube.py").write_text(
        "import autocheck, numpy as np\ndef f(w): return np.abs(w) ** 3\n"
        "@autocheck.gradient_of(f, at=1.5)\ndef explored(w): return 3 * w**2\n"
        "@autocheck.gradient_of(f, at=1.5, explore=False)\ndef given(w): return 3 * w**2\n"
    )
    file = judge_file(Target(tmp_path / "cube.py"), 0, 600)
    assert {r.fact("claim"): r.verdict for r in file.reports} == {"explored": "wrong", "given": "agrees"}


def test_what_takes_too_long_is_inconclusive_and_the_next_claim_has_its_turn(tmp_path) -> None:
    slow = CLAIM + "def slow(w):\n    while True: pass\n"
    (tmp_path / "slow.py").write_text(HEAD + slow + CLAIM + "def dies(w): os._exit(7)\n")
    file = judge_file(Target(tmp_path / "slow.py"), 0, 2)
    assert [r.verdict for r in file.reports] == ["inconclusive"]
    assert "not done within 2 s" in file.reports[0].reasons[0]
    assert file.reports[0].reproduce.endswith("slow.py::slow --seed 0 --limit 2")
    assert file.failures == (Failure("the process ended with exit code 7", "dies"),)


def test_a_file_that_never_ends_is_an_error(tmp_path) -> None:
    (tmp_path / "endless.py").write_text("while True: pass")
    assert judge_file(Target(tmp_path / "endless.py"), 0, 1).failures == (Failure("not done within 1 s"),)


# --- words, page and exit code ---------------------------------------------------------------------------------------


def test_many_files_make_a_table_of_one_row_each(report) -> None:
    rows = [line for line in run_text(report).split("\n") if line.split(" ", 1)[0] in RANKS]
    assert len(rows) == len(report.files)
    text = run_text(report)
    assert "    error: NameError: name 'npp' is not defined (line 3: x = npp.ones(3))" in text
    assert "claim nothing: " in text
    assert "bystander.py" in text
    assert text.split("\n")[-1].startswith(
        "wrong: 7 claims in 5 files (1 wrong, 4 errors, 2 agree), 1 file not judged, seed 3"
    )
    assert "anna" not in run_text(report, quiet=True)


def test_one_file_is_told_in_full(report) -> None:
    ben = of(report, "ben")
    text = run_text(RunReport((ben,)))
    assert f"{ben.path}::gradient (line 11)\nwrong: the gradient of loss" in text
    assert "definition" in text


def test_the_page_holds_every_file_and_every_finding(report) -> None:
    page = run_page(report)
    for i, file in enumerate(report.files):
        assert f'id="file-{i}"' in page
        assert f'href="#file-{i}"' in page
        assert file.path in page
    assert page.index("ben/homework.py") < page.index("carl/homework.py") < page.index("anna/homework.py")


def test_json_can_be_read_back(report) -> None:
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert (plain["schema"], plain["verdict"], plain["counts"]) == (1, "wrong", {"agrees": 2, "error": 5, "wrong": 1})
    assert [file["verdict"] for file in plain["files"]] == [file.verdict for file in report.files]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["agrees", "agrees"], 0),
        (["agrees", "inconclusive"], 3),
        (["inconclusive", "error"], 2),
        (["error", "wrong"], 1),
        (["inaccurate", "error"], 1),
        ([], 2),
    ],
)
def test_the_worst_row_tells_the_exit_code(monkeypatch, tmp_path, capsys, verdicts, code) -> None:
    rows = [
        FileReport(f"{i}.py", failures=(Failure("raised"),))
        if v == "error"
        else FileReport(f"{i}.py", (Report("f", v),))
        for i, v in enumerate(verdicts)
    ]
    monkeypatch.setattr("autocheck.run_files.judge_files", lambda *_: RunReport(tuple(rows)))
    assert cli.main(["run", str(tmp_path)]) == code
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [("x = 1", "", "holds no claim: write @autocheck.gradient_of"), (HEAD, "::slope", "holds no claim named 'slope'")],
)
def test_a_named_file_without_a_claim_is_an_error(tmp_path, capsys, source, name, words) -> None:
    (tmp_path / "plain.py").write_text(source)
    assert cli.main(["run", f"{tmp_path / 'plain.py'}{name}"]) == cli.USAGE_ERROR
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "needs a FILE"),
        (["run", "missing.py"], "does not exist"),
        (["matrix", "homework.py"], "autocheck run homework.py judges one"),
        (["run", "--limit", "0", "x.py"], "needs seconds above 0"),
    ],
)
def test_a_command_line_that_can_not_be_meant_is_told(capsys, arguments, words) -> None:
    assert cli.main(arguments) == cli.USAGE_ERROR
    assert words in capsys.readouterr().err
