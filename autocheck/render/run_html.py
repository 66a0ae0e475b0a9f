"""Files on trial as a page: a table of one row each, and below it every claim with its numbers."""

from __future__ import annotations

from autocheck.file_report import RANKS, FileReport, RunReport
from autocheck.render.html import claim, page
from autocheck.render.pictures import Markup, breakable, chip, figures, tag
from autocheck.render.run_text import agreeing, claim_of, findings, last_line
from autocheck.report import Report


def run_page(report: RunReport) -> str:
    """One file, complete without a network."""
    counts = [tag("li", chip(rank), " ", tag("b", str(n))) for rank, n in reversed(report.counts.items())]
    head = tag(
        "header",
        tag("h1", "Hand-derived gradients on trial"),
        tag("p", chip(report.verdict), " ", last_line(report).partition(": ")[2], class_="lead"),
        tag("ul", *counts, class_="counts"),
    )
    order = sorted(range(len(report.files)), key=lambda i: -RANKS.index(report.files[i].verdict))
    titles = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in ("verdict", "file", "found"))))
    table = tag("table", titles, tag("tbody", *(_row(report.files[i], i) for i in order)), class_="files")
    silent = [tag("li", path) for path in report.silent]
    parts = [
        tag("div", table, class_="scroll", tabindex=0, role="group", aria_label="files"),
        tag("details", tag("summary", f"Not run, they claim nothing: {len(silent)}"), tag("ul", *silent)),
        *(_file(report.files[i], i) for i in order),
    ]
    shown = tag("main", head, *(part for part in parts if silent or part is not parts[1]))
    return page(f"{report.verdict}: {len(report.files)} files judged by autocheck", shown)


def _row(file: FileReport, i: int) -> Markup:
    found = [tag("li", f"{name}{': ' if name else ''}{text}") for _, name, text in findings(file)]
    told = tag("td", agreeing(file), tag("ul", *found) if found else "")
    return tag(
        "tr",
        tag("td", chip(file.verdict)),
        tag("th", tag("a", breakable(file.path), href=f"#file-{i}"), scope="row"),
        told,
    )


def _file(file: FileReport, i: int) -> Markup:
    failed = [tag("p", tag("b", f.claim), " " if f.claim else "", f.text, class_="reason") for f in file.failures]
    return tag("section", tag("h2", file.path), *failed, *map(_claim, file.reports), id=f"file-{i}")


def _claim(report: Report) -> Markup:
    head = tag("summary", chip(report.verdict), tag("span", claim_of(report)), tag("small", figures([report])))
    return tag("details", head, claim(report, len(report.curves), by_element=True), open=not report.ok)
