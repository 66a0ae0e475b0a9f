"""Reports as pages: one file each, complete without a network and without scripts, saying nothing by colour alone."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import resources

from autocheck.matrix import MatrixReport
from autocheck.render import pictures
from autocheck.render.pictures import Markup, RoundingCurve, join, tag
from autocheck.report import VERDICTS, Estimate, Note, ParameterReport, Report, worst

SYMBOLS = {"agrees": "✓", "inconclusive": "?", "inaccurate": "≈", "wrong": "✗"}
SHORT = {"inconclusive": "inconcl.", "inaccurate": "inaccur.", "wrong": "wrong"}
PICTURES = 3  # for one cell; more of them tell nothing new
UNTOLD = ("kind", "latex", "latex_delta", "source", "fused")  # facts that are not part of a claim's name
WORDS = {"m": "m = {}", "depth": "{} layers", "sizes": "sizes {}", "accuracy": "held-out accuracy {}"}
GRIDS = (
    ("pairing", "Every loss on every activation", ("loss",), ("activation",)),
    ("activation", "Activations", ("activation",), ("regime",)),
    ("loss", "Losses", ("loss",), ("regime",)),
    ("equation", "The five equations, one by one", ("equation", "what", "loss", "activation"), ("notation",)),
    ("network", "Whole networks", ("activation", "loss", "sizes"), ("notation",)),
    ("digits", "Handwritten digits, during training", ("moment", "accuracy"), ("notation",)),
)
OTHERS = "Other claims"


@dataclass(frozen=True, slots=True)
class Layer:
    """What the number in a cell says: the least (or largest) of its claims, and the steps of its colour."""

    title: str
    number: Callable[[Report], float | None]
    steps: tuple[float, ...]
    unit: str = "digits"


def of_route(route: str) -> Callable[[Report], float | None]:
    def digits(report: Report) -> float | None:
        found = [e.digits for p in report.parameters for e in p.estimates if e.route == route and e.digits is not None]
        return min(found, default=None)

    return digits


LAYERS = (
    Layer("formula, in exact arithmetic", lambda r: r.digits, (16, 30, 60, 120)),
    Layer("JAX’s automatic derivative", of_route("autodiff"), (4, 8, 12, 15)),
    Layer("float differences", of_route("finite difference"), (4, 8, 12, 15)),
    Layer("rounding", lambda r: r.ulp, (0.5, 1, 2, 4), "ulp"),
)


@dataclass(frozen=True, slots=True)
class Grid:
    """The reports of one kind, by row and column."""

    kind: str
    title: str
    corner: str
    cells: dict[tuple[str, str], list[Report]] = field(default_factory=dict)
    refused: dict[tuple[str, str], str] = field(default_factory=dict)

    def names(self, axis: int) -> list[str]:
        return list(dict.fromkeys(place[axis] for place in (*self.cells, *self.refused)))


def grids(report: MatrixReport) -> list[Grid]:
    """Every report in exactly one grid; a kind that this page does not know goes to the last."""
    made = {kind: Grid(kind, title, f"{rows[0]} \\ {columns[0]}") for kind, title, rows, columns in GRIDS}
    keys = {kind: (rows, columns) for kind, _, rows, columns in GRIDS}
    made[OTHERS] = Grid("other", OTHERS, "claim")
    for r in report.reports:
        kind = r.fact("kind") if r.fact("kind") in keys else OTHERS
        row, column = (told(r, names) for names in keys.get(kind, ((), ())))
        made[kind].cells.setdefault((row or r.name, column or "all"), []).append(r)
    made["pairing"].refused.update({(loss, activation): why for loss, activation, why in report.refused})
    return [grid for grid in made.values() if grid.cells or grid.refused]


def told(report: Report, keys: Iterable[str]) -> str:
    """Facts of a report in words, joined; those that it lacks left out."""
    return " · ".join(WORDS.get(k, "{}").format(report.fact(k)) for k in keys if report.fact(k))


# --- pages -----------------------------------------------------------------------------------------------------------


def report_page(report: Report) -> str:
    """A self-contained page for one report."""
    head = tag("header", tag("h1", report.name), tag("p", chip(report.verdict), " ", _figures([report]), class_="lead"))
    body = tag("main", head, _formulas([report]), claim(report, pictures_left=len(report.curves)), class_="single")
    return _page(f"{report.verdict}: {report.name}", body)


def matrix_page(report: MatrixReport, rounding: Sequence[RoundingCurve] = ()) -> str:
    """The page of the whole matrix: heat maps, and behind each cell its formulas, numbers, notes and pictures."""
    shown = grids(report)
    ids = _ids(shown)
    sections = [_section(grid, ids) for grid in shown]
    dialogs = [_dialog(grid, ids, i) for grid in shown for i in range(len(grid.cells))]
    extras = [part for part in (_rounding(rounding), _refused(report), _skipped(report), _about(report)) if part]
    links = [(f"grid-{grid.kind}", grid.title) for grid in shown]
    links += [("rounding", "Rounding")] if rounding else []
    links += [("refused", "Refused pairs")] if report.refused else []
    nav = tag("nav", join([tag("a", t, href=f"#{i}") for i, t in [*links, ("about", "About this run")]], " "))
    main = tag("main", _summary(report), nav, _failing(shown, ids), *sections, *extras)
    return _page(f"{report.verdict}: {len(report.reports)} claims judged by autocheck", join([main, *dialogs]))


def _page(title: str, body: Markup) -> str:
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
    return "<!doctype html>\n" + tag("html", head, tag("body", body, tag("script", Markup(script))), lang="en") + "\n"


def _summary(report: MatrixReport) -> Markup:
    counts = [tag("li", chip(v), " ", tag("b", str(report.counts.get(v, 0))), class_=v) for v in reversed(VERDICTS)]
    versions = ", ".join(f"{name} {version}" for name, version in report.versions)
    return tag(
        "header",
        tag("h1", "Hand-derived gradients on trial"),
        tag("p", chip(report.verdict), f" {len(report.reports)} claims. ", _figures(report.reports), class_="lead"),
        tag("ul", *counts, class_="counts"),
        tag("p", report.chosen),
        tag("p", " · ".join(filter(None, (versions, f"seed {report.seed}", f"{report.seconds:.1f} s"))), class_="quiet"),
    )


def _failing(shown: list[Grid], ids: dict[tuple[str, str, str], str]) -> Markup:
    """What does not agree, before anything else."""
    found = [(r, ids[g.kind, *place]) for g in shown for place, reports in g.cells.items() for r in reports if not r.ok]
    found.sort(key=lambda pair: -VERDICTS.index(pair[0].verdict))
    items = [
        tag("li", chip(r.verdict), " ", tag("a", r.name, href=f"#{i}"), tag("br"), *r.reasons[:1]) for r, i in found
    ]
    if not items:
        return Markup("")
    return tag("section", tag("h2", f"Not in agreement: {len(items)}"), tag("ul", *items, class_="failing"), id="failing")


def _rounding(curves: Sequence[RoundingCurve]) -> Markup:
    if not curves:
        return Markup("")
    text = "Error of each derivative against its exact value, over z: in ulp above, absolute below; both axes logarithmic. "
    text += "Where the relative error of an automatic derivative is large in the tails, its absolute error is tiny there."
    figures = [
        tag("figure", tag("h3", c.name), *pictures.error_against_z(c), tag("figcaption", pictures.words_on_rounding(c)))
        for c in curves
    ]
    head = (tag("h2", "Rounding, against z"), tag("p", text), pictures.legend_of_rounding())
    return tag("section", *head, tag("div", *figures, class_="multiples"), id="rounding")


def _refused(report: MatrixReport) -> Markup:
    if not report.refused:
        return Markup("")
    by_loss: dict[str, list[Markup]] = {}
    for loss, activation, why in report.refused:
        by_loss.setdefault(loss, []).append(tag("li", tag("b", activation), ": ", why))
    groups = [tag("details", tag("summary", f"{k} ({len(v)})"), tag("ul", *v)) for k, v in by_loss.items()]
    return tag("section", tag("h2", f"Refused pairs: {len(report.refused)}"), *groups, id="refused")


def _skipped(report: MatrixReport) -> Markup:
    items = [tag("li", why) for why in report.skipped]
    return tag("section", tag("h2", "Skipped"), tag("ul", *items), id="skipped") if items else Markup("")


def _about(report: MatrixReport) -> Markup:
    rows = [*report.versions, ("seed", str(report.seed)), ("seconds", f"{report.seconds:.1f}")]
    rows += [("mode", f"{mode} ({n} claims)") for mode, n in _counted(r.mode for r in report.reports)]
    table = tag("table", *(tag("tr", tag("th", k, scope="row"), tag("td", v)) for k, v in rows), class_="plain")
    return tag("section", tag("h2", "About this run"), tag("p", report.chosen), table, id="about")


def _counted(names: Iterable[str]) -> list[tuple[str, int]]:
    every = list(names)
    return [(name, every.count(name)) for name in dict.fromkeys(every)]


# --- a heat map ------------------------------------------------------------------------------------------------------


def _ids(shown: list[Grid]) -> dict[tuple[str, str, str], str]:
    """A name for the address of every cell, readable and used once."""
    ids: dict[tuple[str, str, str], str] = {}
    for grid in shown:
        for place in grid.cells:
            slug = re.sub(r"[^a-z0-9]+", "-", "-".join((grid.kind, *place)).lower()).strip("-")
            taken = set(ids.values())
            ids[grid.kind, *place] = slug if slug not in taken else f"{slug}-{len(taken)}"
    return ids


def _section(grid: Grid, ids: dict[tuple[str, str, str], str]) -> Markup:
    """One heat map; the buttons above it say which number its cells show, and work without scripts."""
    columns = grid.names(1)
    head = [tag("th", tag("span", _breakable(c)), scope="col") for c in columns]
    rows = [
        tag("tr", tag("th", _breakable(row), scope="row"), *(_cell(grid, (row, c), ids) for c in columns))
        for row in grid.names(0)
    ]
    table = tag("table", tag("thead", tag("tr", tag("th", grid.corner, class_="corner"), *head)), tag("tbody", *rows))
    choice = []
    for k, layer in enumerate(LAYERS):
        name = f"{grid.kind}-{k}"
        choice.append(tag("input", type="radio", name=f"layer-{grid.kind}", id=name, class_=f"by{k}", checked=k == 0))
        choice.append(tag("label", f"{layer.title}, {layer.unit}", for_=name))
    scroll = tag("div", table, class_="scroll", tabindex=0, role="group", aria_label=grid.title)
    title = tag("h2", grid.title)
    return tag("section", title, *choice, *map(_legend, range(len(LAYERS))), scroll, id=f"grid-{grid.kind}", class_="map")


def _cell(grid: Grid, place: tuple[str, str], ids: dict[tuple[str, str, str], str]) -> Markup:
    reports = grid.cells.get(place, [])
    if place in grid.refused and not reports:
        label = f"refused: {grid.refused[place]}"
        return tag("td", tag("button", "–", type="button", class_="refused", aria_label=label))
    if not reports:
        return tag("td")
    verdict, name = worst([r.verdict for r in reports]), ids[grid.kind, *place]
    label = f"{', '.join(place)}: {verdict}; {_figures(reports)}"
    if verdict == "agrees":
        inside = [_number(k, layer, reports) for k, layer in enumerate(LAYERS)]
    else:
        inside = [tag("b", SYMBOLS[verdict], tag("small", SHORT[verdict]))]
    return tag("td", tag("a", *inside, href=f"#{name}", id=f"at-{name}", class_=verdict, aria_label=label))


def _number(k: int, layer: Layer, reports: Sequence[Report]) -> Markup:
    value = extreme(layer, reports)
    if value is None:
        return tag("b", "·", class_=f"k{k}", title="not judged")
    step = sum(value >= s for s in layer.steps) if layer.unit == "digits" else sum(value <= s for s in layer.steps)
    return tag("b", _brief(value, layer.unit), class_=f"k{k} q{step}")


def extreme(layer: Layer, reports: Iterable[Report]) -> float | None:
    """The least agreement, the most rounding."""
    found = [v for v in map(layer.number, reports) if v is not None and not math.isnan(v)]
    return (min if layer.unit == "digits" else max)(found, default=None)


def _brief(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "∞"
    if unit == "digits":
        return f"{value:.0f}"
    return f"{value:.1f}" if value < 100 else f"{value:.0e}".replace("e+", "e")


def _legend(k: int) -> Markup:
    layer, signs = LAYERS[k], ("from {}", "under {}") if LAYERS[k].unit == "digits" else ("up to {}", "over {}")
    steps = layer.steps if layer.unit == "digits" else layer.steps[::-1]
    words = [signs[1].format(steps[0]), *(signs[0].format(s) for s in steps)]
    swatches = [tag("span", tag("b", class_=f"q{q}"), f" {text}") for q, text in enumerate(words)]
    verdicts = [tag("span", tag("b", SYMBOLS[v], class_=v), f" {v}") for v in SHORT]
    swatches += [*verdicts, tag("span", tag("b", "–", class_="refused"), " refused pair")]
    return tag("p", join(swatches, " "), class_=f"key k{k}")


def _breakable(name: str) -> Markup:
    return join(re.split(r"(?<=[_(])", name), tag("wbr"))


# --- what stands behind a cell ---------------------------------------------------------------------------------------


def _dialog(grid: Grid, ids: dict[tuple[str, str, str], str], i: int) -> Markup:
    places = list(grid.cells)
    place, name = places[i], ids[grid.kind, *places[i]]
    reports = sorted(grid.cells[place], key=lambda r: -VERDICTS.index(r.verdict))
    verdict = worst([r.verdict for r in reports])
    steps = [
        tag("a", sign, href=f"#{ids[grid.kind, *places[(i + by) % len(places)]]}", aria_label=label)
        for sign, by, label in (("←", -1, "cell before"), ("→", 1, "next cell"))
        if len(places) > 1
    ]
    close = tag("a", "×", href=f"#at-{name}", class_="close", aria_label="close")
    title = " · ".join(part for part in place if part != "all")
    head = tag("header", tag("h2", title, id=f"{name}-title"), tag("nav", *steps, close))
    lead = tag("p", chip(verdict), f" {len(reports)} {_plural('claim', reports)}. ", _figures(reports), class_="lead")
    claims, left = [], PICTURES
    for k, r in enumerate(reports):
        summary = [tag("span", claim_name(r)), tag("small", _figures([r]))]
        body = claim(r, left)
        left -= min(left, len(r.curves))
        claims.append(tag("details", tag("summary", chip(r.verdict), *summary), body, open=k == 0 or not r.ok))
    more = sum(len(r.curves) for r in reports) - PICTURES
    key = [pictures.legend_of_steps()] if more > -PICTURES else []
    parts = (head, lead, _formulas(reports), *claims, *key)
    return tag("dialog", *parts, id=name, class_=verdict, aria_labelledby=f"{name}-title")


def claim_name(report: Report) -> str:
    """The facts that tell a claim from the others in its cell, or its name."""
    given = {k for keys in GRIDS if keys[0] == report.fact("kind") for k in (*keys[2], *keys[3])}
    return told(report, [k for k, _ in report.facts if k not in UNTOLD and k not in given]) or report.name


def claim(report: Report, pictures_left: int) -> Markup:
    """One report: why, the numbers of each route, the notes, the pictures, and how to run it again."""
    reasons = [tag("p", reason, class_="reason") for reason in report.reasons]
    table = [_table(report.parameters)] if report.parameters else []
    shown = [_picture(c) for c in report.curves[:pictures_left]]
    how = f"{report.name}: {report.mode}; {report.evaluations} evaluations, up to {report.precision} bits; "
    how += f"seed {report.seed}; {report.points} {_plural('point', range(report.points))}"
    again = [tag("pre", report.reproduce, tabindex=0)] if report.reproduce else []
    drawn = [tag("div", *shown, class_="pictures")] if any(shown) else []
    return tag(
        "div", *reasons, *table, *_notes(report.notes), *drawn, tag("p", how, class_="quiet"), *again, class_="claim"
    )


def _picture(curve: pictures.Curve) -> Markup:
    drawn = pictures.error_against_step(curve)
    return tag("figure", drawn, tag("figcaption", pictures.words_on_step(curve))) if drawn else drawn


def _notes(notes: Iterable[Note]) -> list[Markup]:
    items = [tag("li", tag("b", note.id), " ", note.text) for note in notes]
    return [tag("ul", *items, class_="notes")] if items else []


def _table(parameters: Iterable[ParameterReport]) -> Markup:
    head = tag("tr", *(tag("th", name, scope="col") for name in ("route", "value", "error bar", "digits")))
    return tag(
        "div",
        tag("table", tag("thead", head), *map(_parameter, parameters), class_="numbers"),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label="numbers",
    )


def _parameter(p: ParameterReport) -> Markup:
    facts = [f"formula {p.digits:.0f} digits"] if p.digits is not None else []
    if p.ulp is not None:
        each = f" ({_brief(p.elementwise_ulp, 'ulp')} elementwise)" if p.elementwise_ulp is not None else ""
        facts.append(f"rounding {_brief(p.ulp, 'ulp')} ulp{each}")
    if p.count:
        facts.append(f"{p.count} {p.judged} judged" + (f", {p.wrong} wrong" if p.wrong else ""))
    if p.detection_floor is not None:
        facts.append(f"an error of {p.detection_floor:.1e} would have been seen" if p.detection_floor else "any error seen")
    shape = " × ".join(map(str, p.shape)) or "scalar"
    title = tag("th", tag("b", p.name), f" {shape} {p.dtype} ", chip(p.verdict), " ", "; ".join(facts), colspan=4)
    place = f"[{', '.join(map(str, p.worst_index))}]" if p.worst_index else ""
    true = p.estimate("definition")
    rows = [_route(e, e.value if true is None or e is true else true.value) for e in p.estimates]
    if p.hand is not None:
        hand = _against(p.hand, true.value if true else None)
        rows.insert(0, tag("tr", tag("th", f"hand {p.name}{place}", scope="row"), tag("td", hand), tag("td"), tag("td")))
    notes = [tag("tr", tag("td", *found, colspan=4))] if (found := _notes(p.notes)) else []
    return tag("tbody", tag("tr", title), *rows, *notes)


def _route(e: Estimate, true: float | None) -> Markup:
    name = tag("th", e.route, scope="row")
    digits = tag("td", "" if e.digits is None else f"{e.digits:.0f}")
    if e.value is None:
        return tag("tr", name, tag("td", f"abstains: {e.abstained}", colspan=2, class_="quiet"), digits)
    return tag("tr", name, tag("td", _against(e.value, true)), tag("td", f"± {e.error or 0:.1e}"), digits)


def _against(value: float, true: float | None) -> Markup:
    """A number, with the digits from the first that differs from the true one underlined."""
    text = f"{value:.15g}"
    other = text if true is None else f"{true:.15g}"
    same = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    return join([text[:same], tag("u", text[same:])] if text[same:] else [text])


def chip(verdict: str) -> Markup:
    return tag("span", f"{SYMBOLS.get(verdict, '')} {verdict}", class_=f"chip {verdict}")


def _figures(reports: Sequence[Report]) -> str:
    """The weakest of each layer, in words."""
    words = ("formula {}{} digits", "JAX {}{}", "differences {}{}", "rounding {}{} ulp")
    found = [(word, layer, extreme(layer, reports)) for word, layer in zip(words, LAYERS, strict=True)]
    least = {"digits": "≥ ", "ulp": "≤ "} if len(reports) > 1 else {"digits": "", "ulp": ""}
    return ", ".join(w.format(least[layer.unit], _brief(v, layer.unit)) for w, layer, v in found if v is not None)


def _plural(word: str, things: Sequence[object]) -> str:
    return word if len(things) == 1 else f"{word}s"


# --- formulas --------------------------------------------------------------------------------------------------------

MATHML = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"}
MATHML |= {"munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose"}
MATHML_ATTRIBUTES = {"display", "stretchy", "fence", "form", "columnalign", "mathvariant", "linethickness", "movablelimits"}
MATHML_ATTRIBUTES |= {"accent", "displaystyle", "scriptlevel", "separator", "minsize", "maxsize", "width", "lspace", "rspace"}


def _formulas(reports: Sequence[Report]) -> Markup:
    """What was differentiated and what came out, once for all the claims that share it."""
    rows = []
    for key, name in (("latex", "value"), ("latex_delta", "by hand")):
        rows += [(name, formula(text)) for text in dict.fromkeys(r.fact(key) for r in reports) if text]
    rows += [("source", Markup(html.escape(s))) for s in dict.fromkeys(r.fact("source") for r in reports) if s]
    if any(r.fact("fused") for r in reports):
        rows.append(("form", Markup("fused: one stable closed form")))
    return tag("dl", *(part for name, value in rows for part in (tag("dt", name), tag("dd", value)))) if rows else Markup("")


@functools.cache
def formula(latex: str) -> Markup:
    """LaTeX as MathML; as it stands, with the reason, where that can't be had."""
    try:
        from latex2mathml.converter import convert_to_element
    except ImportError:
        return tag("span", tag("code", latex), tag("small", ' pip install "handgrad[report]" typesets it'))
    try:
        return _markup(convert_to_element(latex, display="block"))
    except Exception:  # whatever a library may raise about a formula that it can't read
        return tag("span", tag("code", latex), tag("small", " (LaTeX that could not be typeset)"))
