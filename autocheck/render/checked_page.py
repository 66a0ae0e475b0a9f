"""What a run of tests checked, as a page: the tests that deserve attention first, and behind each its reports."""

from __future__ import annotations

from autocheck.checked import ATTENTION, CheckedRun, CheckedTest
from autocheck.render.checked_text import last_line, strength
from autocheck.render.html import claim, formulas, page
from autocheck.render.pictures import Markup, breakable, chip, tag
from autocheck.report import Report


def checked_page(run: CheckedRun) -> str:
    """A self-contained page of all reports of a run of tests."""
    head = tag("header", tag("h1", "Gradients checked by the tests"), tag("p", last_line(run), class_="lead"))
    body = tag("main", head, *(_test(test, first=k == 0) for k, test in enumerate(run.tests)), class_="single")
    return page(f"autocheck: {len(run.reports)} checks in {len(run.tests)} tests", body)


def _test(test: CheckedTest, first: bool) -> Markup:
    told = f"test {test.outcome}; {strength(test.telling)}"
    summary = tag("summary", chip(test.verdict), tag("span", breakable(test.id)), tag("small", told))
    attention = test.verdict != "agrees" and test.outcome in ATTENTION
    return tag("details", summary, *map(_report, test.reports), open=first or attention)


def _report(report: Report) -> Markup:
    title = tag("h3", chip(report.verdict), f" {report.form} of {report.name}")
    return tag("section", title, formulas([report]), claim(report, pictures_left=len(report.curves)))
