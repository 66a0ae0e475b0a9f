"""What a run of tests checked, in words: the weakest of each number, and never more certain than the reports are."""

from __future__ import annotations

import pytest

from autocheck.checked import CheckedTest, checked_run
from autocheck.render.checked_text import last_line, markdown, one_line, table
from autocheck.report import ParameterReport, Report


def report(verdict: str = "agrees", digits: float | None = 91.0, ulp: float = 0.4, floor: float = 3e-92) -> Report:
    parameter = ParameterReport("W", (), "float64", verdict, digits=digits, ulp=ulp, detection_floor=floor)
    return Report("loss", verdict, (parameter,))


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        (
            [report()],
            "agrees: gradient of loss; formula 91 digits, rounding 0.4 ulp, an error of 3e-92 would have shown",
        ),
        (
            [report(), report(digits=60.0, ulp=2.5, floor=1e-9)],
            "agrees: 2 checks: gradient of loss; "
            "formula 60 digits or more, rounding 2.5 ulp or less, an error of 1e-09 would have shown",
        ),
        (
            [report(digits=None, floor=1e-9)],
            "agrees: gradient of loss; rounding 0.4 ulp, an error of 1e-09 would have shown, in floating point only",
        ),
        (
            [report(), report("inaccurate", ulp=3e12)],
            "inaccurate: 2 checks: gradient of loss; formula 91 digits, rounding 3e+12 ulp",
        ),
        ([Report("loss", "inconclusive")], "inconclusive: gradient of loss; in floating point only"),
    ],
    ids=["one", "weakest", "floats", "worst", "bare"],
)
def test_a_test_in_one_line(reports, said) -> None:
    assert one_line(reports) == said


def test_a_wrong_gradient_adds_nothing_to_what_the_others_could_have_seen() -> None:
    run = checked_run(
        [CheckedTest("a", "passed", (report(),)), CheckedTest("b", "failed", (report("wrong", 0.0, floor=1.0),))]
    )
    assert last_line(run).startswith("2 checks in 2 tests: 1 agrees, 1 wrong in failed tests; formula 91 digits, ")


def test_the_order_of_the_tests_does_not_matter() -> None:
    floors = {"c": 1e-9, "a": 1e-20, "b": 1e-20}
    tests = [CheckedTest(name, "passed", (report(floor=floor),)) for name, floor in floors.items()]
    assert checked_run(tests) == checked_run(tests[::-1])
    assert [test.id for test in checked_run(tests).tests] == ["c", "a", "b"]


def test_what_is_hidden_is_counted() -> None:
    run = checked_run([CheckedTest(f"test {i}", "passed", (report(),)) for i in range(5)])
    assert [len(table(run, most)) for most in (None, 5, 4, 2)] == [6, 6, 6, 4]
    assert [table(run, most)[-1].partition(":")[0] for most in (4, 2)] == [
        "... and 1 more test",
        "... and 3 more tests",
    ]
    assert "... and 3 more tests" in markdown(run, 2)
