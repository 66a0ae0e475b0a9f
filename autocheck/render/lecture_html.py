"""The lecture on trial as a page: what the slides print, slide by slide, and every derivation with its formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autocheck.render.chain_text import evidence_text, heading
from autocheck.render.html import box, page
from autocheck.render.lecture_text import last_line, summary
from autocheck.render.pictures import Markup, chip, formula, tag
from autocheck.steps import ChainReport, StepReport

if TYPE_CHECKING:
    from autocheck.lecture import LectureReport, Row


def lecture_page(report: LectureReport) -> str:
    """One file, complete without a network."""
    head = tag(
        "header",
        tag("h1", "The lecture on trial"),
        tag("p", chip(report.verdict), " ", last_line(report).removeprefix(f"{report.verdict}: "), class_="lead"),
        *(tag("p", note) for note in report.notes),
    )
    cells = ("slide", "claim", "verdict", "counterexample", "it could say")
    table = tag(
        "table", tag("tr", *(tag("th", c) for c in cells)), *(_row(row) for row in report.rows), class_="listing"
    )
    printed = tag("section", tag("h2", "The lecture as printed"), table, id="printed")
    chains = tag("section", tag("h2", "Derivations"), *(_chain(r) for r in report.derivations), id="derivations")
    return page(f"{report.verdict}: the lecture, judged by autocheck", tag("main", head, printed, chains))


def chain_page(report: ChainReport) -> str:
    """One derivation: whether it holds, and every line with its formula, its reason and what was found."""
    lead = heading(report).removeprefix(f"{report.verdict}: ")
    head = tag("header", tag("h1", "A derivation on trial"), tag("p", chip(report.verdict), " ", lead, class_="lead"))
    return page(f"{heading(report)}, judged by autocheck", tag("main", head, *_lines(report), class_="single"))


def chain_fragment(report: ChainReport) -> str:
    """The same for a notebook: nothing is needed from the page around it."""
    return tag("div", tag("div", heading(report)), *_lines(report), style=box(report.verdict))


def _row(row: Row) -> Markup:
    amended = (chip(row.amended.verdict), " ", row.amended.says) if row.amended else ()
    found = f"{row.counterexample} ({row.how})" if row.counterexample else row.how
    return tag("tr", *(tag("td", *c) for c in ((row.slide,), (row.says,), (chip(row.verdict),), (found,), amended)))


def _chain(report: ChainReport) -> Markup:
    head = tag(
        "summary",
        chip(report.verdict),
        tag("span", tag("b", report.name), f": {report.fact('title')}; {summary(report)}"),
    )
    return tag("details", head, _formula(report.fact("latex")), *_lines(report))


def _lines(report: ChainReport) -> list[Markup]:
    steps = tag("ol", *(_step(step) for step in report.steps), class_="steps")
    branches = tag("ul", *(tag("li", f"branch: {b}") for b in report.branches)) if report.branches else Markup("")
    evidence = tag("p", evidence_text(report), class_="quiet")
    return [steps, evidence, branches]


def _step(step: StepReport) -> Markup:
    words = "; ".join(filter(None, (step.reason, step.slide)))
    found = [tag("p", step.finding)] if step.finding else []
    return tag("li", chip(step.verdict), " ", words, _formula(step.latex), *found)


def _formula(latex: str) -> Markup:
    """One that is wider than the page is moved by itself."""
    return tag("div", formula(latex), class_="formula")
