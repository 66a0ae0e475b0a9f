"""The plugin, in pytest runs of its own: what it hears, what it says and where, and what it leaves alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

import autocheck
import autocheck.render.checked_page  # a run inside this process must be the first to load nothing of weight

pytest_plugins = ["pytester"]

ROOT = Path(autocheck.__file__).parents[1]
ON = ("-p", "autocheck.pytest_plugin")
USAGE_ERROR = pytest.ExitCode.USAGE_ERROR

ANNOUNCED = """
    import pytest
    from autocheck.report import ParameterReport, Report
    from autocheck.session import announce, given

    def check(verdict="agrees", floor=3e-92, name="loss", **own):
        parameter = ParameterReport("W", (4, 3), "float64", verdict, digits=91.0, ulp=0.4, detection_floor=floor)
        reasons = () if verdict == "agrees" else (f"W is {verdict} | <all over>",)
        seed = {**given(), **own}.get("seed", 0)
        announce(Report(name, verdict, (parameter,), reasons=reasons, seed=seed))
        assert verdict == "agrees"
"""
SEVERAL = f"""
    {ANNOUNCED}
    def test_right():
        check()

    def test_weak():
        check(floor=1e-3)
        check(name="energy")

    def test_wrong():
        check("wrong")

    def test_caught():
        with pytest.raises(AssertionError):
            check("inaccurate")

    @pytest.mark.xfail(reason="known")  # in the run that is on trial: what the plugin tells of it is asserted below
    def test_known():
        check("wrong")

    def test_nothing():
        pass
"""
COUNTS = (
    "6 checks in 5 tests: 3 agree, 1 wrong in failed tests, 1 wrong in xfailed tests, 1 inaccurate in passed tests; "
    "formula 91 digits or more, rounding 0.4 ulp or less, an error of 1e-03 would have shown; seed 0"
)


@pytest.fixture(autouse=True)
def alone(monkeypatch) -> None:
    """The checkout is what is imported, with no other plugins; and no summary of a CI job gets anything of this."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture
def run(pytester):
    """A run of pytest on that source, in this process."""

    def run(source: str, *arguments: str):
        pytester.makepyfile(test_it=source)
        return pytester.runpytest_inprocess(*ON, *arguments)

    return run


def section(result) -> list[str]:
    """What stands under the plugin's heading."""
    lines = result.outlines
    starts = [i for i, line in enumerate(lines) if re.fullmatch("=+ autocheck =+", line)]
    if not starts:
        return []
    after = lines[starts[0] + 1 :]
    return after[: next(i for i, line in enumerate(after) if line.startswith("="))]


def names_in(lines: list[str]) -> list[str]:
    return [name for line in lines for name in re.findall(r"::(\w+)", line)]


# --- the summary ------------------------------------------------------------------------------------------------------


def test_the_summary_says_what_was_checked_and_with_what_power(run) -> None:
    told = section(run(SEVERAL))
    assert told[0].split() == ["verdict", "formula", "rounding", "would", "show", "test"]
    assert names_in(told) == ["test_wrong", "test_caught", "test_weak", "test_right", "test_known"]
    assert (
        re.sub(" +", " ", told[3])
        == "agrees 91 digits 0.4 ulp 1e-03 test_it.py::test_weak: 2 checks: gradient of loss, gradient of energy"
    )
    assert told[2].startswith("inaccurate (passed)")
    assert told[-1] == COUNTS


def test_quiet_counts_alone(run) -> None:
    result = run(SEVERAL, "-q", "-r", "N")
    assert COUNTS in result.outlines
    assert not names_in(result.outlines[result.outlines.index(COUNTS) - 1 :])


def test_a_long_summary_is_cut_short_but_for_verbose(run) -> None:
    source = f"{ANNOUNCED}\n    @pytest.mark.parametrize('n', range(25))\n    def test_many(n):\n        check()"
    told = section(run(source))
    assert len(names_in(told)) == 10
    assert told[-2] == "... and 15 more tests: -v or --autocheck-report has them all"
    assert len(names_in(section(run(source, "-v")))) == 25


def test_nothing_is_said_where_nothing_was_checked(run) -> None:
    assert not section(run("def test_nothing():\n    pass"))


def test_a_pipe_gets_no_colour(run) -> None:
    assert "\x1b" not in run(SEVERAL).stdout.str()


# --- properties and reports -------------------------------------------------------------------------------------------


def properties(path: Path) -> dict[str, list[str]]:
    cases = ElementTree.parse(path).iter("testcase")
    return {
        c.get("name", ""): [p.get("value", "") for p in c.iter("property") if p.get("name") == "autocheck"]
        for c in cases
    }


def test_junit_has_a_line_for_each_test_that_checked(run, pytester) -> None:
    run(SEVERAL, "--junitxml=junit.xml")
    told = properties(pytester.path / "junit.xml")
    power = "formula 91 digits, rounding 0.4 ulp"
    assert told["test_right"] == [f"agrees: gradient of loss; {power}, an error of 3e-92 would have shown"]
    assert told["test_wrong"] == [f"wrong: gradient of loss; {power}"]
    assert told["test_weak"][0].startswith(
        "agrees: 2 checks: gradient of loss, gradient of energy; formula 91 digits or more"
    )
    assert told["test_nothing"] == []


def test_every_kind_of_report_is_written(run, pytester) -> None:
    paths = [pytester.path / f"report.{kind}" for kind in ("json", "md", "html")]
    result = run(SEVERAL, *(f"--autocheck-report={path.name}" for path in paths))
    data, table, page = (path.read_text(encoding="utf-8") for path in paths)
    assert [f"report: {path}" for path in paths] == section(result)[-3:]
    tests = {test["id"].partition("::")[2]: test for test in json.loads(data)["tests"]}
    assert json.loads(data)["schema"] == 1
    assert (tests["test_known"]["outcome"], tests["test_known"]["verdict"]) == ("xfailed", "wrong")
    assert [r["name"] for r in tests["test_weak"]["reports"]] == ["loss", "energy"]
    assert COUNTS in table
    assert (
        r"| wrong | 91 digits | 0.4 ulp |  | test\_it.py::test\_wrong: gradient of loss<br>W is wrong \| &lt;all over&gt; |"
        in table
    )
    assert page.rstrip().endswith("</html>")
    assert COUNTS in page
    assert "W is wrong | &lt;all over&gt;" in page


def test_a_report_of_nothing_is_a_report(run, pytester) -> None:
    run("def test_nothing():\n    pass", "--autocheck-report=report.json", "--autocheck-report=report.md")
    assert json.loads((pytester.path / "report.json").read_text())["tests"] == []
    assert "no test checked anything" in (pytester.path / "report.md").read_text()


def test_collecting_leaves_an_old_report_alone(run, pytester) -> None:
    (pytester.path / "report.md").write_text("old")
    run(SEVERAL, "--collect-only", "--autocheck-report=report.md")
    assert (pytester.path / "report.md").read_text() == "old"


def test_the_report_lands_where_it_was_named_though_a_test_moves(run, pytester) -> None:
    run("import os\n\ndef test_moving(tmp_path):\n    os.chdir(tmp_path)", "--autocheck-report=report.md")
    assert (pytester.path / "report.md").is_file()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--autocheck-report=report.pdf", "report.pdf ends in .pdf, needs one of .html, .json, .md"),
        ("--autocheck-report=report", "report ends in nothing, needs one of"),
        ("--autocheck-report=missing/report.md", "missing does not exist"),
        ("--autocheck-seed=-1", "got -1, needs a whole number from 0 up"),
        ("--autocheck-seed=x", "got x, needs a whole number from 0 up"),
    ],
)
def test_a_usage_error_is_told_before_any_test_runs(run, pytester, option, said) -> None:
    result = run("import pathlib\n\ndef test_it():\n    pathlib.Path('ran').touch()", option)
    assert result.ret == USAGE_ERROR
    assert said in result.stderr.str()
    assert not (pytester.path / "ran").exists()


# --- the summary of a CI job ------------------------------------------------------------------------------------------


def test_a_ci_job_gets_a_table_below_what_it_has(run, pytester, monkeypatch) -> None:
    summary = pytester.path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run(SEVERAL)
    assert summary.read_text().startswith("before\n### autocheck\n")
    assert COUNTS in summary.read_text()
    length = len(summary.read_text())
    run("def test_nothing():\n    pass")
    assert len(summary.read_text()) == length


def test_a_summary_that_can_not_be_written_fails_no_run(run, monkeypatch, pytester) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "missing" / "summary.md"))
    result = run(f"{ANNOUNCED}\n    def test_right():\n        check()")
    assert result.ret == 0
    assert section(result)[-1].startswith("no summary of the CI job: ")


# --- options of all checks in a test ----------------------------------------------------------------------------------


def test_a_check_takes_its_own_option_then_the_nearest_markers_then_the_command_lines(run) -> None:
    source = f"""
    {ANNOUNCED}
    def test_plain():
        assert given() == {{"seed": 7}}

    @pytest.mark.autocheck(seed=1, budget=9)
    class TestMarked:
        def test_class(self):
            assert given() == {{"seed": 1, "budget": 9}}

        @pytest.mark.autocheck(seed=2)
        def test_nearest(self):
            assert given() == {{"seed": 2, "budget": 9}}
    """
    run(source, "--autocheck-seed=7", "--strict-markers").assert_outcomes(passed=3)


def test_a_marker_takes_options_by_name_only(run) -> None:
    result = run("import pytest\n\n@pytest.mark.autocheck(7)\ndef test_it():\n    pass")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*@pytest.mark.autocheck got (7,), needs options by name: seed=1"])


# --- real checks ------------------------------------------------------------------------------------------------------

REAL = """
    import numpy as np
    import pytest
    import autocheck
    from autocheck import GradientCase

    X = np.array([0.5, -2.0])

    def square(x):
        return np.sum(x**2)

    def wrong(x):
        return x.copy()

    def right(x):
        return 2 * x

    def broken(x):
        raise ZeroDivisionError("the user's own")

    def test_fixture(gradcheck):
        assert gradcheck(square, right, X).ok
        assert gradcheck.jacobian(np.square, lambda x: np.diag(2 * x), X).ok

    def test_wrong():
        autocheck.assert_gradient(square, wrong, X)

    def test_wrong_in_the_fixture(gradcheck):
        gradcheck(square, wrong, X)

    def test_badly_called():
        autocheck.assert_gradient(square, right, "X")

    def test_broken():
        autocheck.assert_gradient(broken, right, X)

    def test_mistake_of_ours(monkeypatch):
        monkeypatch.setattr("autocheck.given_points.complete", None)
        autocheck.assert_gradient(square, right, X)

    @autocheck.parametrize_gradients([
        GradientCase("right", square, right, (X,)),
        GradientCase("known", square, wrong, (X,), fails="a 2 is lost"),
        GradientCase("mended", square, right, (X,), fails="a 2 was lost"),
        GradientCase("otherwise", square, wrong, (X,), fails="overflow", verdict="inaccurate"),
    ])
    def test_cases(case):
        case()
"""
SHOWN = {
    "test_wrong": {"test_it.py"},
    "test_wrong_in_the_fixture": {"test_it.py"},
    "test_badly_called": {"test_it.py"},
    "test_broken": {"test_it.py"},
    "test_cases[otherwise]": {"test_it.py"},
}
"""Which files the traceback of each failure shows."""


def shown(output: str) -> dict[str, set[str]]:
    parts = re.split(
        r"^_+ (\S+) _+$", output.partition("= FAILURES =")[2].partition("= autocheck =")[0], flags=re.MULTILINE
    )
    return {
        name: {Path(path).name for path in re.findall(r"^(\S+\.py):\d+: ", text, re.MULTILINE)}
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_a_failure_shows_the_users_lines_and_none_of_ours(pytester) -> None:
    pytester.makepyfile(test_it=REAL)
    result = pytester.runpytest_subprocess(*ON, "-v")
    result.assert_outcomes(passed=2, failed=7, xfailed=1)
    found = shown(result.stdout.str())
    assert "given_points.py" in found.pop("test_mistake_of_ours")
    assert found.pop("test_cases[mended]") == set()
    assert found == SHOWN
    result.stdout.fnmatch_lines(["*test_cases[[]known] XFAIL (a 2 is lost)*", "*XPASS(strict)* a 2 was lost*"])
    result.stdout.fnmatch_lines(
        ["*AssertionError: known to be inaccurate (overflow), but it is wrong: the gradient of square"]
    )


def test_without_the_plugin_the_assertions_are_the_same(pytester, monkeypatch) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    pytester.makepyfile(test_it=REAL)
    result = pytester.runpytest_subprocess("-p", "no:autocheck", "-v", "-k", "test_wrong or test_cases")
    result.assert_outcomes(passed=1, failed=3, errors=1, xfailed=1, deselected=4)
    found = shown(result.stdout.str())
    assert found["test_wrong"] == found["test_cases[otherwise]"] == {"test_it.py"}
    assert "= autocheck =" not in result.stdout.str()


def test_xdist_changes_nothing_but_the_order(pytester) -> None:
    pytester.makepyfile(test_it=SEVERAL)
    told = {}
    for workers in ("0", "2"):
        paths = (f"--autocheck-report=report{workers}.json", f"--junitxml=junit{workers}.xml")
        result = pytester.runpytest_subprocess(*ON, "-p", "xdist", "-n", workers, *paths)
        result.assert_outcomes(passed=4, failed=1, xfailed=1)
        report = (pytester.path / f"report{workers}.json").read_text()
        told[workers] = (section(result)[:-1], json.loads(report), properties(pytester.path / f"junit{workers}.xml"))
    assert told["2"] == told["0"]
    assert told["2"][0][-1] == COUNTS


# --- the door ---------------------------------------------------------------------------------------------------------


def test_the_plugin_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"autocheck": "autocheck.pytest_plugin"}


def test_help_and_a_run_without_checks_import_nothing_heavy(pytester) -> None:
    path = pytester.makepyfile("def test_nothing():\n    pass")
    for arguments in (["--help"], [str(path)]):
        command = [sys.executable, "-X", "importtime", "-m", "pytest", *ON, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        imported = {
            name.partition(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE)
        }
        assert "autocheck" in imported
        assert not {"jax", "numpy", "flint", "scipy"} & imported
        assert ("--autocheck-report" in done.stdout) == (arguments == ["--help"])
