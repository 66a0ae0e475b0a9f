"""The command line: exit codes, one clear line for bad input, nothing half-written."""

from __future__ import annotations

import json

import pytest

from autocheck import catalog, cli
from autocheck.matrix import MatrixReport, judge_case
from autocheck.report import Report


def of(*verdicts: str) -> MatrixReport:
    return MatrixReport(tuple(Report(f"claim {i}", verdict) for i, verdict in enumerate(verdicts)))


@pytest.fixture
def judged(monkeypatch):
    """The command line with a matrix of given verdicts in the place of handgrad's."""

    def run(verdicts, *arguments: str) -> int:
        monkeypatch.setattr(catalog, "matrix", lambda **_: of(*verdicts))
        return cli.main([*arguments])

    return run


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["agrees"], 0),
        (["agrees", "wrong"], 1),
        (["inaccurate"], 1),
        (["inconclusive", "agrees"], 3),
        (["wrong", "inconclusive"], 1),
    ],
)
def test_the_exit_code_tells_the_worst_verdict(judged, verdicts, code) -> None:
    assert judged(verdicts) == code


def test_inconclusive_ones_are_allowed_where_asked(judged) -> None:
    assert judged(["inconclusive"], "--allow-inconclusive") == 0
    assert judged(["wrong"], "--allow-inconclusive") == 1


def test_quiet_prints_what_fails_and_the_last_line(judged, capsys) -> None:
    judged(["agrees", "wrong"], "-q")
    printed = capsys.readouterr().out
    assert printed.startswith("wrong: the gradient of claim 1")
    assert printed.rstrip().split("\n")[-1].startswith("wrong: 2 claims judged")


def test_json_can_be_read_back(judged, tmp_path) -> None:
    assert judged(["agrees"], "--json", str(tmp_path / "report.json")) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["schema"], report["verdict"], report["counts"]) == (1, "agrees", {"agrees": 1})
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("option", ["--json", "--html"])
@pytest.mark.parametrize(("path", "words"), [("missing/report", "does not exist"), (".", "is a folder")])
def test_a_place_that_can_not_be_written_is_told_before_anything_is_judged(
    tmp_path, option, path, words, capsys
) -> None:
    assert cli.main([option, str(tmp_path / path)]) == cli.USAGE_ERROR
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_negative_seed_is_refused(capsys) -> None:
    assert cli.main(["--seed", "-1"]) == cli.USAGE_ERROR
    assert "needs a whole number from 0 up" in capsys.readouterr().err


def test_an_unknown_command_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["matricks"])
    assert stopped.value.code == cli.USAGE_ERROR


def test_a_page_is_written_whole(judged, tmp_path, monkeypatch) -> None:
    case = catalog.cases()[0]
    monkeypatch.setattr(catalog, "rounding_curves", list)
    monkeypatch.setattr(catalog, "matrix", lambda **_: MatrixReport((judge_case(case),)))
    assert cli.main(["--html", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    assert "identity" in page
