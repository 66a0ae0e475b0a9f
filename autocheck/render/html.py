"""Reports as pages: one file each, complete without a network and without scripts, saying nothing by colour alone."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import resources

from autocheck.matrix import MatrixReport
from autocheck.render import pictures
from autocheck.render.elements import elements
from autocheck.render.pictures import Grid, Ids, Markup, RoundingCurve, brief, chip, figures, join, tag
from autocheck.render.text import abstention, how
from autocheck.report import VERDICTS, Curve, Estimate, Note, ParameterReport, Report, worst

PICTURES = 1  # for one cell, beside those of the claims in it that do not agree: hundreds of cells make one page
UNTOLD = ("kind", "latex", "latex_delta", "source", "fused")  # facts that are not part of a claim's name


# --- pages -----------------------------------------------------------------------------------------------------------


def report_page(report: Report) -> str:
    """A self-contained page for one report."""
    title = f"the {report.form} of {report.name}"
    head = tag(
        "header",
        tag("h1", f"{title[0].upper()}{title[1:]}"),
        tag("p", chip(report.verdict), " ", figures([report]), class_="lead"),
    )
    body = tag("main", head, formulas([report]), claim(report, len(report.curves), by_element=True), class_="single")
    return page(f"{report.verdict}: {title}", body)


def matrix_page(report: MatrixReport, rounding: Sequence[RoundingCurve] = ()) -> str:
    """The page of the whole matrix: heat maps, and behind each cell its formulas, numbers, notes and pictures."""
    shown = pictures.grids(report)
    ids = pictures.ids_of(shown)
    sections = [pictures.heat_map(grid, ids) for grid in shown]
    dialogs = [_dialog(grid, ids, i) for grid in shown for i in range(len(grid.cells))]
    extras = (_rounding(rounding), _refused(report), _skipped(report))
    links = [(f"grid-{grid.kind}", grid.title) for grid in shown]
    links += [("rounding", "Rounding")] if rounding else []
    links += [("refused", "Refused pairs")] if report.refused else []
    nav = tag("nav", join([tag("a", t, href=f"#{i}") for i, t in links], " "))
    main = tag("main", _summary(report), nav, _failing(shown, ids), *sections, *extras)
    return page(f"{report.verdict}: {len(report.reports)} claims judged by autocheck", join([main, *dialogs]))


def page(title: str, body: Markup) -> str:
    """The chrome. The content policy lets no resource in, and no script but the page's own."""
    here = resources.files("autocheck.render")
    style, script = (here.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    whole = tag("html", head, tag("body", pictures.hidden_key(), body, tag("script", Markup(script))), lang="en")
    return f"<!doctype html>\n{whole}\n"


def _section(title: str, name: str, *content: str) -> Markup:
    """A section with its heading; nothing if there is nothing in it."""
    return tag("section", tag("h2", title), *content, id=name) if any(content) else Markup("")


def _summary(report: MatrixReport) -> Markup:
    counts = [tag("li", chip(v), " ", tag("b", str(report.counts.get(v, 0)))) for v in reversed(VERDICTS)]
    run = [
        *(f"{name} {version}" for name, version in report.versions),
        f"seed {report.seed}",
        f"{report.seconds:.1f} s",
    ]
    return tag(
        "header",
        tag("h1", "Hand-derived gradients on trial"),
        tag("p", chip(report.verdict), f" {len(report.reports)} claims judged. ", _least(report), class_="lead"),
        tag("ul", *counts, class_="counts"),
        tag("p", report.chosen),
        tag("p", "A cell stands for several claims: open it for formulas, numbers with error bars, notes, a picture."),
        tag("p", ", ".join(run), class_="quiet"),
    )


def _least(report: MatrixReport) -> str:
    """Where the formulas that agree do so to the fewest digits."""
    least = min(((r.digits, r.name) for r in report.reports if r.ok and r.digits is not None), default=None)
    if least is None:
        return ""
    return f"Where they agree, formulas agree to {brief(least[0], 'digits')} digits or more ({least[1]})."


def _failing(shown: list[Grid], ids: Ids) -> Markup:
    """What does not agree, before anything else."""
    found = [(r, ids[g.kind, *place]) for g in shown for place, reports in g.cells.items() for r in reports if not r.ok]
    found.sort(key=lambda pair: -VERDICTS.index(pair[0].verdict))
    items = []
    for r, name in found:
        items.append(tag("li", chip(r.verdict), " ", tag("a", r.name, href=f"#{name}"), tag("br"), *r.reasons[:1]))
    return _section(f"Not in agreement: {len(found)}", "failing", tag("ul", *items, class_="failing") if items else "")


def _rounding(curves: Sequence[RoundingCurve]) -> Markup:
    if not curves:
        return Markup("")
    text = "Error of each derivative against its exact value, over z: in ulp above, absolute below, logarithmic. "
    text += "In the tails an automatic derivative may lose every digit; its absolute error is tiny there."
    multiples = [
        tag("figure", tag("h3", c.name), *pictures.error_against_z(c), tag("figcaption", pictures.words_on_rounding(c)))
        for c in curves
    ]
    drawn = tag("div", *multiples, class_="multiples")
    return _section("Rounding, against z", "rounding", tag("p", text), pictures.legend_of_rounding(), drawn)


def _refused(report: MatrixReport) -> Markup:
    by_loss: dict[str, list[Markup]] = {}
    for loss, activation, why in report.refused:
        by_loss.setdefault(loss, []).append(tag("li", tag("b", activation), ": ", why))
    groups = [tag("details", tag("summary", f"{k} ({len(v)})"), tag("ul", *v)) for k, v in by_loss.items()]
    return _section(f"Refused pairs: {len(report.refused)}", "refused", *groups)


def _skipped(report: MatrixReport) -> Markup:
    return _section(
        "Skipped", "skipped", tag("ul", *(tag("li", why) for why in report.skipped)) if report.skipped else ""
    )


# --- what stands behind a cell ---------------------------------------------------------------------------------------


def _dialog(grid: Grid, ids: Ids, i: int) -> Markup:
    places = list(grid.cells)
    place, name = places[i], ids[grid.kind, *places[i]]
    reports = sorted(grid.cells[place], key=lambda r: -VERDICTS.index(r.verdict))
    verdict = worst([r.verdict for r in reports])
    steps = [
        tag("a", sign, href=f"#{ids[grid.kind, *places[(i + by) % len(places)]]}", rel=rel, aria_label=label)
        for sign, by, rel, label in (("←", -1, "prev", "cell before"), ("→", 1, "next", "next cell"))
        if len(places) > 1
    ]
    close = tag("a", "×", href=f"#at-{name}", class_="close", aria_label="close")
    title = " · ".join(part for part in place if part != "all")
    head = tag("header", tag("h2", pictures.breakable(title)), tag("nav", *steps, close))
    lead = tag("p", chip(verdict), f" {pictures.tally(reports)}; {figures(reports)}", class_="lead")
    claims, left = [], PICTURES
    for k, r in enumerate(reports):
        told = tag("summary", chip(r.verdict), tag("span", claim_name(r)), tag("small", figures([r])))
        body = claim(r, left if r.ok else max(1, left))
        left -= min(left, len(r.curves))
        claims.append(tag("details", told, body, open=k == 0 or not r.ok))
    parts = (head, lead, formulas(reports), *claims)
    return tag("dialog", *parts, id=name, class_=verdict, aria_label=title)


def claim_name(report: Report) -> str:
    """The facts that tell a claim from the others in its cell, or its name."""
    given = {k for kind, _, rows, columns in pictures.GRIDS if kind == report.fact("kind") for k in (*rows, *columns)}
    return pictures.told(report, [k for k, _ in report.facts if k not in UNTOLD and k not in given]) or report.name


def _diagnosis(report: Report) -> list[str]:
    found = report.diagnosis
    if found is None or found.sentence in report.reasons:
        return []
    return [f"diagnosis: {found.sentence} ({found.evidence})"]


def claim(report: Report, pictures_left: int, by_element: bool = False) -> Markup:
    """One report: why, the numbers of each route, the notes, the pictures, and how it was judged.

    by_element: the gradients element by element too, for which a page of hundreds has no room.
    """
    parts = [tag("p", text, class_="reason") for text in (*report.reasons, *_diagnosis(report))]
    parts += [_chain(report)] if by_element and report.form == "backward pass" else []
    if report.parameters:
        names = ("route", "value", "error bar", "digits") if any(p.estimates for p in report.parameters) else ()
        head = tag("tr", *(tag("th", name, scope="col") for name in names))
        alone = len(report.parameters) == 1
        is_chain = report.form == "backward pass"  # told in its own order
        order = report.parameters if is_chain else sorted(report.parameters, key=_from_the_worst)
        rows = [_parameter(p, alone, report.reasons) for p in order]
        parts.append(tag("table", tag("thead", head), *rows, class_="numbers"))
    parts += _notes(report.notes, report.reasons)
    parts += [_elements(p) for p in report.parameters if by_element and p.elements]
    wrong = {p.name for p in report.parameters if p.verdict == "wrong"}
    curves = sorted(report.curves, key=lambda c: c.parameter not in wrong)
    if drawn := [_picture(c, pictures.USE_KEY) for c in curves[:pictures_left]]:
        parts.append(tag("div", *drawn, class_="pictures"))
    parts.append(tag("p", how(report), class_="quiet"))
    if report.reproduce and not report.ok:
        parts.append(tag("pre", report.reproduce, tabindex=0))
    return tag("div", *parts, class_="claim")


def _from_the_worst(p: ParameterReport) -> int:
    return -VERDICTS.index(p.verdict)


def _chain(report: Report) -> Markup:
    """The gradients of intermediates from the loss down, each with its verdict and its part in the mistake."""
    links = []
    for p in report.parameters:
        told = [re.split("[:(]", n.text)[0] for n in p.notes if n.id in PARTS]
        links.append(tag("li", chip(p.verdict, p.name), *(tag("small", text) for text in told[:1])))
    return tag("ol", *links, class_="chain", aria_label="from the loss down")


PARTS = ("first-wrong", "also-wrong", "inherited")
"""Notes on the part that one intermediate has in what is wrong with all of them."""


def _elements(p: ParameterReport) -> Markup:
    """The pictures of one parameter, open where it does not agree."""
    told = tag("summary", chip(p.verdict), tag("span", f"{p.name}, element by element"))
    return tag("details", told, elements(p), open=p.verdict != "agrees")


def _picture(curve: Curve, key: Markup) -> Markup:
    drawn = pictures.error_against_step(curve, key)
    return tag("figure", drawn, tag("figcaption", pictures.words_on_step(curve))) if drawn else drawn


def _notes(notes: Iterable[Note], reasons: Sequence[str]) -> list[Markup]:
    """What no reason says already."""
    items = [tag("li", tag("b", note.id), " ", note.text) for note in notes if note.text not in reasons]
    return [tag("ul", *items, class_="notes")] if items else []


def _parameter(p: ParameterReport, alone: bool, reasons: Sequence[str]) -> Markup:
    facts = [f"formula {p.digits:.0f} digits"] if p.digits is not None else []
    if p.ulp is not None:
        each = f" ({brief(p.elementwise_ulp, 'ulp')} elementwise)" if p.elementwise_ulp is not None else ""
        facts.append(f"rounding {brief(p.ulp, 'ulp')} ulp{each}")
    if p.count:
        facts.append(f"{p.judged} judged" + (f", {p.wrong} wrong" if p.wrong else ""))
    if p.verdict == "agrees" and p.detection_floor is not None:
        facts.append(f"would have seen {p.detection_floor:.1e}" if p.detection_floor else "would have seen any error")
    shape = " × ".join(map(str, p.shape)) or "scalar"
    verdict = " · " * bool(facts) if alone else join([" ", chip(p.verdict), " "])
    title = tag("th", tag("b", p.name), f" {shape} {p.dtype}", verdict, "; ".join(facts), colspan=4)
    place = f"[{', '.join(map(str, p.worst_index))}]" if p.worst_index else ""
    true = definition.value if (definition := p.estimate("definition")) else None
    rows = [_route(replace(e, digits=p.digits) if e is definition else e, p, true) for e in p.estimates]
    if p.hand is not None:
        value = tag("td", _against(p.hand, true), colspan=3)
        rows.insert(0, tag("tr", tag("th", f"hand {p.name}{place}", scope="row"), value))
    notes = [tag("tr", tag("td", *found, colspan=4))] if (found := _notes(p.notes, reasons)) else []
    return tag("tbody", tag("tr", title), *rows, *notes)


def _route(e: Estimate, p: ParameterReport, true: float | None) -> Markup:
    name = tag("th", e.route, scope="row")
    if e.value is None:
        return tag("tr", name, tag("td", abstention(e, p), colspan=3, class_="quiet"))
    bar = tag("td", f"± {e.error or 0:.1e}" if math.isfinite(e.value) else "")
    return tag(
        "tr", name, tag("td", _against(e.value, true)), bar, tag("td", "" if e.digits is None else f"{e.digits:.0f}")
    )


def _against(value: float, true: float | None) -> Markup:
    """A number, with the digits from the first that differs from the true one underlined."""
    text = f"{value:.15g}"
    other = text if true is None else f"{true:.15g}"
    same = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    return join([text[:same], tag("u", text[same:])] if text[same:] else [text])


def formulas(reports: Sequence[Report]) -> Markup:
    """What was differentiated and what came out, once for all the claims that share it."""
    rows = []
    for key, name in (("latex", "value"), ("latex_delta", "by hand")):
        rows += [(name, pictures.formula(text)) for text in dict.fromkeys(r.fact(key) for r in reports) if text]
    rows += [("source", join([s])) for s in dict.fromkeys(r.fact("source") for r in reports) if s]
    if any(r.fact("fused") for r in reports):
        rows.append(("form", Markup("fused: one stable closed form")))
    listed = [part for name, value in rows for part in (tag("dt", name), tag("dd", value))]
    return tag("dl", *listed) if listed else Markup("")


# --- in a notebook ---------------------------------------------------------------------------------------------------

ROUTES = ("definition", "autodiff", "finite difference")
MOST_PARAMETERS = 12


def report_fragment(report: Report) -> str:
    """A report for a notebook: compact, every style inline, its colours fit for light and dark."""
    names = ("parameter", "verdict", "digits", "ulp", "hand", *ROUTES)
    order = sorted(report.parameters, key=_from_the_worst)
    rows = [_plain_row("th", names), *(_plain_row("td", _plain_cells(p)) for p in order[:MOST_PARAMETERS])]
    verdict = tag("b", f"{pictures.SYMBOLS[report.verdict]} {report.verdict}")
    parts = [
        tag("div", verdict, f": the {report.form} of {report.name}"),
        *(tag("div", text) for text in (*report.reasons, *_diagnosis(report))),
    ]
    if report.parameters:
        table = tag("table", *rows, style="border-collapse:collapse;font-size:inherit")
        parts.append(tag("div", table, style="overflow-x:auto"))
    if (hidden := len(order) - MOST_PARAMETERS) > 0:
        parts.append(tag("div", f"… {hidden} more in report.parameters"))
    notes = [
        *report.notes,
        *(replace(n, text=f"{p.name} is {n.text}") if n.id in PARTS else n for p in order for n in p.notes),
    ]
    parts += [tag("div", tag("i", note.id), f": {note.text}") for note in notes if note.text not in report.reasons]
    for p in [p for p in order if p.elements][:1]:
        shown = tag("div", elements(p), style="max-width:26rem")
        parts.append(tag("details", tag("summary", f"{p.name}, element by element"), shown))
    for curve in report.curves[:1]:
        shown = tag("div", _picture(curve, pictures.key_of_steps()), style="max-width:26rem")
        parts.append(tag("details", tag("summary", "error against step"), shown))
    parts.append(tag("div", how(report), style="opacity:.7;font-size:85%"))
    parts.append(tag("code", report.reproduce) if report.reproduce and not report.ok else Markup(""))
    return tag("div", *parts, style=box(report.verdict))


def box(verdict: str) -> str:
    """The style of what a notebook shows."""
    paint = {"agrees": pictures.BLUE, "inconclusive": pictures.GREY}
    return f"border-left:5px solid {paint.get(verdict, pictures.ORANGE)};padding:2px 0 2px 12px;line-height:1.5"


def _plain_row(kind: str, cells: Iterable[str]) -> Markup:
    style = "text-align:left;vertical-align:top;padding:2px 14px 2px 0;white-space:nowrap"
    return tag("tr", *(tag(kind, cell, style=style) for cell in cells))


def _plain_cells(p: ParameterReport) -> list[str]:
    """One parameter in a row: what was found, and each route's number with its error bar."""
    shape = " × ".join(map(str, p.shape)) or "scalar"
    place = f"{list(p.worst_index)} " if p.worst_index else ""
    cells = [f"{p.name} ({shape}) {p.dtype}", f"{pictures.SYMBOLS[p.verdict]} {p.verdict}"]
    cells.append("" if p.digits is None else f"{p.digits:.0f}")
    cells.append("" if p.ulp is None else brief(p.ulp, "ulp"))
    cells.append("" if p.hand is None else f"{place}{p.hand:.10g}")
    found = [(e, f"{e.value or 0:.10g} ± {e.error or 0:.0e}") if e else (e, "") for e in map(p.estimate, ROUTES)]
    return cells + ["abstains" if e and e.abstains else text for e, text in found]
