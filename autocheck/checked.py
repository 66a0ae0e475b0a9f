"""What a run of tests checked: plain frozen records, and the numbers that several reports have together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autocheck.report import SCHEMA, VERDICTS, Report, worst


@dataclass(frozen=True, slots=True)
class Power:
    """How much several reports say together: each number is the weakest of all that have one."""

    digits: float | None
    """To how many digits the formulas agree."""
    ulp: float | None
    """Rounding."""
    floor: float | None
    """The largest error that could have been overlooked."""
    floats: int
    """How many of the reports rest on floating point alone."""


def power(reports: Sequence[Report]) -> Power:
    floors = [p.detection_floor for r in reports if r.ok for p in r.parameters if p.detection_floor is not None]
    return Power(
        digits=min((r.digits for r in reports if r.digits is not None), default=None),
        ulp=max((r.ulp for r in reports if r.ulp is not None), default=None),
        floor=max(floors, default=None),
        floats=sum(r.digits is None for r in reports),
    )


@dataclass(frozen=True, slots=True)
class CheckedTest:
    """One test, and all reports that it made, in order."""

    id: str
    outcome: str
    """Of the test itself, in pytest's words: passed, failed, xfailed, ..."""
    reports: tuple[Report, ...]

    @property
    def verdict(self) -> str:
        return worst([r.verdict for r in self.reports])

    @property
    def telling(self) -> tuple[Report, ...]:
        """The reports with the worst verdict."""
        return tuple(r for r in self.reports if r.verdict == self.verdict)

    @property
    def subjects(self) -> tuple[str, ...]:
        """What was checked: `gradient of loss`, `VJP of softmax`."""
        return tuple(dict.fromkeys(f"{r.form} of {r.name}" for r in self.reports))

    def to_dict(self) -> dict[str, Any]:
        reports = [r.to_dict() for r in self.reports]
        return {"id": self.id, "outcome": self.outcome, "verdict": self.verdict, "reports": reports}


ATTENTION = ("failed", "passed")
"""A verdict other than `agrees` is news in a test that failed, and in one that passed all the same; elsewhere it is expected."""


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """All tests that checked something, those that deserve attention first, then those whose checks say least."""

    tests: tuple[CheckedTest, ...]

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(r for test in self.tests for r in test.reports)

    @property
    def seeds(self) -> list[int]:
        return sorted({r.seed for r in self.reports})

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many reports there are of each verdict, by the outcome of their tests."""
        found: dict[str, dict[str, int]] = {}
        for test in self.tests:
            for report in test.reports:
                of_verdict = found.setdefault(report.verdict, {})
                of_verdict[test.outcome] = of_verdict.get(test.outcome, 0) + 1
        return found

    def to_dict(self) -> dict[str, Any]:
        tests = [test.to_dict() for test in self.tests]
        return {"schema": SCHEMA, "counts": self.counts, "seeds": self.seeds, "tests": tests}


def checked_run(tests: Sequence[CheckedTest]) -> CheckedRun:
    """The tests in the order in which they are told, whatever the order in which they ran."""
    return CheckedRun(tuple(sorted(tests, key=_place)))


def _place(test: CheckedTest) -> tuple[int, int, float, str]:
    news = test.verdict != "agrees" and test.outcome in ATTENTION
    attention = ATTENTION.index(test.outcome) if news else len(ATTENTION)
    return attention, -VERDICTS.index(test.verdict) if news else 0, -(power(test.telling).floor or 0.0), test.id
