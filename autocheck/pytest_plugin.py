"""The door for pytest: what the checks of each test find is told in its summary, in JUnit's properties and in reports.

Every check in a test is heard, with the fixture or without. Nothing but pytest is imported before a test checks something.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

import autocheck
from autocheck.session import session as listening

if TYPE_CHECKING:
    from autocheck.checked import CheckedRun, CheckedTest
    from autocheck.report import Report

HEARD = pytest.StashKey[list["Report"]]()
MOST_TESTS = 10  # on a terminal, without -v
MOST_ROWS = 200  # in the summary of a CI job, which takes one megabyte
JOB_SUMMARY = "GITHUB_STEP_SUMMARY"
OURS = "autocheck"
LIBRARIES = {"numpy", "scipy", "jax", "flint", *sys.stdlib_module_names}  # what autocheck itself calls


# --- reports as files ------------------------------------------------------------------------------------------------


def _html(run: CheckedRun) -> str:
    from autocheck.render.checked_page import checked_page

    return checked_page(run)


def _json(run: CheckedRun) -> str:
    return json.dumps(run.to_dict(), indent=1, allow_nan=False)


def _markdown(run: CheckedRun, most: int | None = None) -> str:
    from autocheck.render.checked_text import markdown

    return markdown(run, most)


WRITERS: dict[str, Callable[[CheckedRun], str]] = {".html": _html, ".json": _json, ".md": _markdown}


def _unfit(path: Path) -> str:
    """Why no report can be written there; "" if it can."""
    from autocheck.cli import unwritable

    if path.suffix not in WRITERS:
        return f"{path.name} ends in {path.suffix or 'nothing'}, needs one of {', '.join(WRITERS)}"
    return unwritable(path)


# --- options ---------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup(OURS, "hand-derived gradients (autocheck)")
    told = f"write what the tests checked to a file that ends in {', '.join(WRITERS)}; may be given several times"
    group.addoption("--autocheck-report", metavar="PATH", action="append", default=[], help=told)
    told = "decides every random choice of the checks that have no seed of their own"
    group.addoption("--autocheck-seed", metavar="N", type=_seed, help=told)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"got {text}, needs a whole number from 0 up")
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    told = "autocheck(**options): options that every autocheck in the test takes unless told otherwise: seed=1, budget=5, ..."
    config.addinivalue_line("markers", told)
    if hasattr(config, "workerinput"):
        return  # one of xdist's workers: the controller hears of its tests, and does the rest
    places = [Path(path).absolute() for path in config.getoption("autocheck_report")]
    if problem := next(filter(None, map(_unfit, places)), ""):
        raise pytest.UsageError(f"--autocheck-report: {problem}")
    config.pluginmanager.register(Listener(places), "autocheck-listener")


# --- one test --------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Every check in the test is heard, and takes the options of the command line and of the test's markers."""
    heard = item.stash[HEARD] = []
    with listening(heard.append, _options(item)):
        try:
            return (yield)
        finally:
            if heard:
                from autocheck.render.checked_text import one_line

                item.user_properties.append((OURS, one_line(heard)))


def _options(item: pytest.Item) -> dict[str, Any]:
    seed = item.config.getoption("autocheck_seed")
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    for mark in reversed(list(item.iter_markers(OURS))):
        if mark.args:
            pytest.fail(f"@pytest.mark.autocheck got {mark.args!r:.60}, needs options by name: seed=1", pytrace=False)
        options |= mark.kwargs
    return options


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What was heard travels with the test's own report, as text: from xdist's workers too."""
    if call.excinfo and not item.config.getoption("fulltrace"):
        call.excinfo = _without_our_frames(call.excinfo)
    report = yield
    if call.when == "call" and (heard := item.stash.get(HEARD, [])):
        report.autocheck = [r.to_json(indent=None) for r in heard]  # type: ignore[attr-defined]
    return report


def _without_our_frames(excinfo: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """An error in the user's own call or function shows that code alone; a mistake of autocheck's shows its own."""
    entries = list(_entries(excinfo.tb))
    rooms = [entry.tb_frame.f_globals.get("__name__", "").partition(".")[0] for entry in entries]
    called = rooms[len(rooms) - rooms[::-1].index(OURS) :] if OURS in rooms else []
    if excinfo.type.__name__ != "BadClaim" and (not called or called[0] in LIBRARIES):
        return excinfo
    kept = None
    for entry, room in reversed(list(zip(entries, rooms, strict=True))):
        if room != OURS:
            kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return pytest.ExceptionInfo.from_exc_info((excinfo.type, excinfo.value, kept or excinfo.tb))


def _entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback:
        yield traceback
        traceback = traceback.tb_next


# --- the whole run ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """Hears of every test, and tells at the end what they checked. Of xdist's processes the controller has the only one."""

    places: list[Path]
    tests: dict[str, CheckedTest] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if heard := getattr(report, OURS, None) if report.when == "call" else None:
            from autocheck.checked import CheckedTest
            from autocheck.report import Report

            outcome = (
                f"x{'failed' if report.skipped else report.outcome}" if hasattr(report, "wasxfail") else report.outcome
            )
            reports = tuple(Report.from_dict(json.loads(text)) for text in heard)
            self.tests[report.nodeid] = CheckedTest(report.nodeid, outcome, reports)

    def run(self) -> CheckedRun:
        from autocheck.checked import checked_run

        return checked_run(list(self.tests.values()))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.config.getoption("collectonly"):
            return
        for path in self.places:
            from autocheck.cli import write

            write(path, WRITERS[path.suffix](self.run()))
            self.told.append(f"report: {path}")
        if self.tests and (summary := os.environ.get(JOB_SUMMARY)):
            try:
                with open(summary, "a", encoding="utf-8") as file:
                    file.write(_markdown(self.run(), MOST_ROWS))
            except OSError as error:
                self.told.append(f"no summary of the CI job: {error}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Nothing if nothing was checked; with -q the counts alone, with -v every test."""
        lines, verbosity = list(self.told), terminalreporter.verbosity
        if self.tests:
            from autocheck.render.checked_text import last_line, table

            run = self.run()
            rows = table(run, most=None if verbosity > 0 else MOST_TESTS) if verbosity >= 0 else []
            lines = [*rows, last_line(run), *lines]
        if lines:
            from autocheck.render.terminal import COLOURS

            terminalreporter.write_sep("=", OURS)
            for line in lines:
                terminalreporter.write_line(line, **{COLOURS[v]: True for v in COLOURS if line.startswith(v)})


# --- the fixture -----------------------------------------------------------------------------------------------------

Assert = Callable[..., "Report"]


@dataclass(frozen=True, slots=True, repr=False)
class Gradcheck:
    """`gradcheck(f, gradient, *args, **options)` is autocheck.assert_gradient; the other forms are its attributes."""

    gradient: Assert
    vjp: Assert
    jvp: Assert
    jacobian: Assert
    hessian: Assert
    rule: Assert
    intermediates: Assert

    def __call__(self, *args: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        return self.gradient(*args, **options)


@pytest.fixture(scope="session")
def gradcheck() -> Gradcheck:
    """Asserts that a hand-derived gradient is right: `gradcheck(f, gradient, *args)`; `gradcheck.vjp(...)` and so on."""
    return Gradcheck(*(getattr(autocheck, f"assert_{form}") for form in autocheck.FORMS))
