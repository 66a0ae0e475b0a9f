"""Pictures as inline SVG, written by hand so that a page of hundreds stays small: error against step, error against z.

Their colours are of middle lightness and text takes the colour around it, so one picture does for light and dark pages;
every line differs from the others in more than colour.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from statistics import median
from typing import Any

from autocheck.matrix import MatrixReport
from autocheck.report import Curve, Report, worst
from autocheck.words import tallied

BLUE, ORANGE, GREY = "#3a86d0", "#d5731c", "#858c93"
WIDTH, HEIGHT = 380, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 18, 8, 36  # margins
BEYOND = 8.0  # decades that anything is followed below the floats' own error bars
KEY_HEIGHT = 60
FLAT = 0.1  # z below this is drawn as on a straight axis, z above it as on a logarithmic one
LONG_AXIS = 1000.0  # an axis of z beyond this numbers every second power of ten
VOID = {"br", "input", "link", "meta", "wbr", "circle", "line", "path", "rect"}

Points = list[tuple[float, float]]
Ticks = list[tuple[float, str]]
Ids = dict[tuple[str, str, str], str]


class Markup(str):
    """Text that is markup already; every other string is escaped on its way into an element."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: object) -> Markup:
    """One element: `tag("a", "R&D", href="#x", class_="cell")`; None, False and "" leave an attribute out."""
    given = ""
    for key, value in attributes.items():
        if value is True:
            given += f" {key}"
        elif value is not None and value is not False and value != "":
            given += f' {key.rstrip("_").replace("_", "-")}="{escaped(str(value))}"'
    if name in VOID:
        return Markup(f"<{name}{given}/>" if name in ("circle", "line", "path", "rect") else f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(children)}</{name}>")


def join(parts: Iterable[str], between: str = "") -> Markup:
    return Markup(between.join(p if isinstance(p, Markup) else escaped(p) for p in parts))


def escaped(text: str) -> str:
    """For an element or an attribute; what UTF-8 can't write (half a surrogate pair) becomes a question mark."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"))


@dataclass(frozen=True, slots=True)
class RoundingCurve:
    """Error against z of one derivative: derived by hand, and by JAX's automatic differentiation."""

    name: str
    z: Sequence[float]
    hand_ulp: Sequence[float]
    jax_ulp: Sequence[float]
    hand_abs: Sequence[float]
    jax_abs: Sequence[float]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where numbers come to lie on the picture."""

    x: tuple[float, float]
    y: tuple[float, float]

    def across(self, value: float) -> float:
        return (value - self.x[0]) / (self.x[1] - self.x[0]) * (WIDTH - LEFT - RIGHT)

    def down(self, value: float) -> float:
        return (self.y[1] - value) / (self.y[1] - self.y[0]) * (HEIGHT - TOP - BOTTOM)

    def line(self, points: Points) -> str:
        """The d of a path through the points, in whole pixels and relative moves: the shortest text there is."""
        text, last = "", (0, 0)
        for x, y in points:
            now = (round(self.across(x)), round(self.down(y)))
            text += f"{'l' if text else 'M'}{now[0] - last[0]} {now[1] - last[1]}"
            last = now
        return text.replace(" -", "-")

    def triangles(self, xs: Iterable[float], bottom: bool) -> str:
        """Marks of values beyond the picture: zero or tiny, on its lower edge; not finite, on its upper one."""
        edge = self.down(self.y[0]) if bottom else 0.0
        return "".join(f"M{round(self.across(x)) - 3} {edge:.0f}h6l-3{'-6' if bottom else ' 6'}z" for x in xs)


# --- error against step ----------------------------------------------------------------------------------------------


def error_against_step(curve: Curve, key: Markup) -> Markup:
    """|quotient - slope| against step, both axes logarithmic, `key` below; the exact quotient comes as log10."""
    steps = [_log(s) for s in curve.steps]
    errors, bars = ([_log(v) for v in values] for values in (curve.errors, curve.bars))
    exact = _exact(curve)
    floats = [(x, y) for x, y in zip(steps, errors, strict=True) if math.isfinite(x + y)]
    claimed = [(x, y) for x, y in zip(steps, bars, strict=True) if math.isfinite(x + y)]
    shown = floats + claimed or exact
    if not shown:
        return Markup("")
    low_x, low_y = min(x for x, _ in shown), min(y for _, y in claimed or shown)
    seen = [(x, y) for x, y in shown + exact if x > low_x - BEYOND and y > low_y - BEYOND]
    frame = Frame(_range([x for x, _ in seen]), _range([y for _, y in seen]))
    below = [x for x, y in zip(steps, errors, strict=True) if y < frame.y[0] and math.isfinite(x)]
    drawn = [
        tag("path", d=frame.line(claimed), stroke=GREY, stroke_dasharray="3 3"),
        tag("path", d=frame.line(exact), stroke=ORANGE, stroke_width=3, stroke_dasharray="9 3"),
        tag("path", d=frame.line(floats), stroke=BLUE, stroke_width=2),
        tag("path", d=frame.triangles(below, bottom=True), fill=BLUE) if below else Markup(""),
    ]
    if (chosen := _chosen(curve)) and math.isfinite(floor := _log(chosen[2])):
        y = max(_log(chosen[1]), frame.y[0] - 1)
        lowest = HEIGHT - TOP - BOTTOM - 7
        where = {"cx": round(frame.across(_log(chosen[0]))), "cy": min(round(frame.down(y)), lowest)}
        across = f"M0 {frame.down(floor):.0f}h{WIDTH - LEFT - RIGHT}"
        drawn += [
            tag("path", d=across, stroke=GREY),
            tag("circle", r=6, stroke="currentColor", stroke_width=2, **where),
        ]
    return _picture("error against step", frame, drawn, _decades(frame.x), _decades(frame.y), "step", "error", key)


def words_on_step(curve: Curve) -> str:
    """What the picture shows, for a caption and for whoever can't see it."""
    place = f"{curve.parameter}[{', '.join(map(str, curve.index))}]" if curve.index else curve.parameter
    text = f"{place}, slope {curve.slope:.6g}."
    if chosen := _chosen(curve):
        text += f" Floats: chosen step {chosen[0]:.1e}, error {chosen[1]:.1e}, noise floor {chosen[2]:.1e}."
    if exact := _exact(curve):
        step, error = min(exact)
        text += f" Exact quotient: error {_power(error)} at step {_power(step)}."
    return text


def key_of_steps() -> Markup:
    """What each line of `error_against_step` means."""
    samples = (
        (BLUE, 2, "", "float differences"),
        (ORANGE, 3, "9 3", "exact quotient"),
        (GREY, 1, "3 3", "their own error bar"),
        (GREY, 1, "", "their noise floor"),
    )
    places = [(LEFT + 170 * (n % 2), 14 + 16 * (n // 2)) for n in range(len(samples) + 1)]
    drawn = []
    for (x, y), (colour, width, dash, _) in zip(places, samples, strict=False):
        drawn.append(tag("path", d=f"M{x} {y}h24", stroke=colour, stroke_width=width, stroke_dasharray=dash))
    ring = tag("circle", cx=LEFT + 12, cy=46, r=5, fill="none", stroke="currentColor", stroke_width=2)
    words = [*(sample[3] for sample in samples), "chosen step"]
    texts = [tag("text", word, x=x + 30, y=y + 4) for (x, y), word in zip(places, words, strict=True)]
    return tag("g", *drawn, ring, *texts, fill="currentColor", font_size=11)


USE_KEY = tag("use", href="#key")


def hidden_key() -> Markup:
    """The key, once for all pictures of a page: `USE_KEY` shows it."""
    return tag("svg", tag("defs", tag("g", key_of_steps(), id="key")), width=0, height=0, style="position:absolute")


def _exact(curve: Curve) -> Points:
    return [(x, y) for x, y in zip(curve.exact_steps, curve.exact_errors, strict=True) if math.isfinite(x + y)]


def _chosen(curve: Curve) -> tuple[float, float, float] | None:
    """(step, error, bar) of the rung that the ladder chose."""
    if 0 <= curve.chosen < len(curve.steps):
        return curve.steps[curve.chosen], curve.errors[curve.chosen], curve.bars[curve.chosen]
    return None


# --- error against z -------------------------------------------------------------------------------------------------


def error_against_z(curve: RoundingCurve) -> tuple[Markup, Markup]:
    """The same derivative by hand and by JAX: in ulp, and absolute."""
    largest = max((abs(z) for z in curve.z if math.isfinite(z)), default=1.0) or 1.0
    powers = [10.0**k for k in range(math.ceil(math.log10(largest)) + 1)][:: 1 if largest <= LONG_AXIS else 2]
    marks = [z for z in powers if z <= largest] or [largest]
    ticks = [(_signed_log(s * z), f"{s * z:.3g}") for z in marks for s in (-1, 1)] + [(0.0, "0")]
    x = (-_signed_log(largest), _signed_log(largest))
    ulp = _two_lines(curve.z, curve.hand_ulp, curve.jax_ulp, x, ticks, -1.0, "error in ulp")
    absolute = _two_lines(curve.z, curve.hand_abs, curve.jax_abs, x, ticks, None, "absolute error")
    return ulp, absolute


def words_on_rounding(curve: RoundingCurve) -> str:
    """The largest errors, in words."""
    worst = [
        max((v for v in values if math.isfinite(v)), default=math.nan) for values in (curve.hand_ulp, curve.jax_ulp)
    ]
    lost = [sum(not math.isfinite(v) for v in values) for values in (curve.hand_ulp, curve.jax_ulp)]
    said = [f"{w:.3g} ulp" + (f" and {n} points not finite" if n else "") for w, n in zip(worst, lost, strict=True)]
    return f"At most: by hand {said[0]}, JAX {said[1]}."


def legend_of_rounding() -> Markup:
    samples = (BLUE, 2, "", "derived by hand"), (ORANGE, 2, "6 3", "JAX, automatic")
    return tag("p", join([_swatch(*sample) for sample in samples], " "), class_="key")


def _two_lines(
    z: Sequence[float],
    hand: Sequence[float],
    jax: Sequence[float],
    x: tuple[float, float],
    ticks: Ticks,
    least: float | None,
    title: str,
) -> Markup:
    """Two series over z; each pixel shows the largest error in it, and `least` (log10) is where the axis begins."""
    logs = [y for v in (*hand, *jax) if math.isfinite(y := _log(v))]
    top = max([*logs, 1.0 if least is not None else -math.inf])
    if not math.isfinite(top):
        top = 0.0  # no error at all
    bottom = least if least is not None else max(min(logs, default=top), top - 20)
    frame = Frame(x, _range([bottom, top]))
    drawn = []
    for values, colour, dash in ((jax, ORANGE, "6 3"), (hand, BLUE, "")):
        columns: dict[int, tuple[float, float]] = {}
        for at, value in zip(map(_signed_log, z), map(_log, values), strict=True):
            column = round(frame.across(at))
            shown = max(frame.y[0], value) if not math.isnan(value) else math.inf
            columns[column] = max(columns.get(column, (at, -math.inf)), (at, shown), key=lambda p: p[1])
        points = [columns[c] for c in sorted(columns)]
        finite = [p for p in points if math.isfinite(p[1])]
        lost = frame.triangles([at for at, y in points if y == math.inf], bottom=False)
        drawn += [tag("path", d=frame.line(finite), stroke=colour, stroke_width=2, stroke_dasharray=dash)]
        drawn += [tag("path", d=lost, fill=colour)] if lost else []
    return _picture(title, frame, drawn, ticks, _decades(frame.y), "z", title)


def _signed_log(z: float) -> float:
    return math.copysign(math.log10(1 + abs(z) / FLAT), z)


# --- the parts of a picture ------------------------------------------------------------------------------------------


def _picture(
    title: str,
    frame: Frame,
    drawn: list[Markup],
    across: Ticks,
    down: Ticks,
    x_name: str,
    y_name: str,
    key: Markup | None = None,
) -> Markup:
    """Axes with their names and numbers, and a key below; what is drawn is clipped by an inner svg."""
    w, h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    xs, ys = [(frame.across(v), t) for v, t in across], [(frame.down(v), t) for v, t in down]
    grid = "".join(f"M{x:.0f} 0v{h}" for x, _ in xs) + "".join(f"M0 {y:.0f}h{w}" for y, _ in ys)
    inner = tag("svg", *drawn, width=w, height=h, fill="none")
    names_x = [tag("text", str(t), x=f"{x:.0f}", y=h + 14) for x, t in xs]
    names_x.append(tag("text", x_name, x=w // 2, y=h + 29))
    names_y = [tag("text", t, x=-5, y=f"{y + 4:.0f}") for y, t in ys]
    turned = tag("text", y_name, transform=f"translate(-37 {h // 2})rotate(-90)", text_anchor="middle")
    body = tag(
        "g",
        tag("path", d=grid, stroke="currentColor", opacity=".13"),
        inner,
        tag("g", *names_x, text_anchor="middle"),
        tag("g", *names_y, text_anchor="end"),
        turned,
        transform=f"translate({LEFT} {TOP})",
        fill="currentColor",
        font_size=11,
    )
    below = [tag("g", key, transform=f"translate(0 {HEIGHT})")] if key else []
    size = f"0 0 {WIDTH} {HEIGHT + (KEY_HEIGHT if key else 0)}"
    return tag("svg", body, *below, viewBox=size, role="img", aria_label=title, class_="plot")


def _swatch(colour: str, width: int, dash: str, text: str) -> Markup:
    line = tag("path", d="M0 6h28", stroke=colour, stroke_width=width, stroke_dasharray=dash)
    return tag("span", _small_svg(line), f" {text} ", style="white-space:nowrap")


def _small_svg(drawn: Markup) -> Markup:
    return tag("svg", drawn, width=28, height=12, aria_hidden="true")


def _log(value: float) -> float:
    return math.log10(value) if value > 0 else -math.inf if value == 0 else math.nan


def _range(values: list[float]) -> tuple[float, float]:
    """The least and the largest value, never the same, with a little air; of less than a decade, with a whole number in it."""
    low, high = min(values), max(values)
    if high - low < 1:
        low, high = float(math.floor(low)), float(math.ceil(high))
    air = max((high - low) * 0.04, 0.2)
    return low - air, high + air


def _decades(interval: tuple[float, float]) -> Ticks:
    """At most five powers of ten inside the interval, as ticks."""
    first, last = math.ceil(interval[0]), math.floor(interval[1])
    apart = max(1, math.ceil((last - first) / 4))
    return [(float(k), _power(k)) for k in range(first, last + 1) if k % apart == 0]


def _power(exponent: float) -> str:
    """`10⁻⁸`"""
    return "10" + str(round(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


# --- formulas --------------------------------------------------------------------------------------------------------

MATHML = """
    math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mstyle
    mpadded mphantom menclose display stretchy fence form columnalign mathvariant linethickness movablelimits accent
    displaystyle scriptlevel separator minsize maxsize width lspace rspace
""".split()
"""The elements and attributes that a formula may have."""


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


def _markup(element: Any) -> Markup:
    """An element tree as text, of MathML's own elements and attributes only: the library passes others through."""
    if element.tag not in MATHML:
        raise ValueError(f"{element.tag} is not MathML")
    text = unescape("".join([element.text or "", *(child.tail or "" for child in element)]))
    given = {k: v for k, v in element.attrib.items() if k in MATHML}
    return tag(element.tag, text, *map(_markup, element), **given)


# --- a heat map ------------------------------------------------------------------------------------------------------


SYMBOLS = {"agrees": "✓", "inconclusive": "?", "error": "!", "inaccurate": "≈", "wrong": "✗"}
SHORT = {"inconclusive": "inconcl.", "inaccurate": "inaccur.", "wrong": "wrong"}
WORDS = {"m": "m = {}", "depth": "{} layers", "sizes": "sizes {}", "accuracy": "held-out accuracy {}"}
GRIDS = (
    ("pairing", "Every loss on every activation", ("loss",), ("activation",)),
    ("activation", "Activations", ("activation",), ("regime",)),
    ("loss", "Losses", ("loss",), ("regime",)),
    ("information", "Entropy, cross-entropy and divergence", ("measure",), ("variable",)),
    ("neuron", "One sigmoid neuron, slope and curvature", ("loss",), ("what",)),
    ("equation", "The five equations, one by one", ("equation", "what", "loss", "activation"), ("notation",)),
    ("network", "Whole networks", ("sizes", "activation", "loss"), ("notation",)),
    ("digits", "Handwritten digits, during training", ("moment", "accuracy"), ("notation",)),
)
OTHERS = "Other claims"


@dataclass(frozen=True, slots=True)
class Layer:
    """One number for a cell of several claims, and the steps of its colour."""

    title: str
    brief: str
    number: Callable[[Report], float | None]
    of_many: Callable[[list[float]], float]
    sign: str
    """How a number of many claims is to be read: as the least, the middle, or the largest."""
    steps: tuple[float, ...]
    words: str
    unit: str = "digits"


def of_route(route: str) -> Callable[[Report], float | None]:
    def digits(report: Report) -> float | None:
        found = [e.digits for p in report.parameters for e in p.estimates if e.route == route and e.digits is not None]
        return min(found, default=None)

    return digits


FEW = (4, 8, 12, 15)
LAYERS = (
    Layer(
        "formula, in exact arithmetic",
        "formula",
        lambda r: r.digits,
        min,
        "≥",
        (16, 30, 60, 120),
        "The weakest claim of each cell. The verdict rests on this.",
    ),
    Layer(
        "JAX’s automatic derivative",
        "JAX",
        of_route("autodiff"),
        median,
        "≈",
        FEW,
        "A witness, so the middle claim of each cell: in tails and at kinks JAX loses digits itself.",
    ),
    Layer(
        "float differences",
        "differences",
        of_route("finite difference"),
        median,
        "≈",
        FEW,
        "A witness, so the middle claim of each cell: float32, tails and kinks leave differences few digits.",
    ),
    Layer(
        "rounding",
        "rounding",
        lambda r: r.ulp,
        max,
        "≤",
        (0.5, 1, 2, 4),
        "The largest of each cell, in units in the last place; at a kink one ulp of the input explains any.",
        "ulp",
    ),
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


def ids_of(shown: list[Grid]) -> Ids:
    """A name for the address of every cell, readable and used once."""
    ids: dict[str, tuple[str, str, str]] = {}
    for place in [(grid.kind, *place) for grid in shown for place in grid.cells]:
        slug = re.sub(r"[^a-z0-9]+", "-", "-".join(place).lower()).strip("-")
        ids[slug if slug not in ids else f"{slug}--{len(ids)}"] = place
    return {place: name for name, place in ids.items()}


def heat_map(grid: Grid, ids: Ids) -> Markup:
    """One heat map; the buttons above it say which number its cells show, and work without scripts."""
    columns = grid.names(1)
    head = [tag("th", tag("span", breakable(c)), scope="col") for c in columns]
    rows = [
        tag("tr", tag("th", breakable(row), scope="row"), *(_cell(grid, (row, c), ids) for c in columns))
        for row in grid.names(0)
    ]
    table = tag("table", tag("thead", tag("tr", tag("th", grid.corner, class_="corner"), *head)), tag("tbody", *rows))
    choice = []
    for k, layer in enumerate(LAYERS):
        name = f"show-{grid.kind}-{k}"
        choice.append(tag("input", type="radio", name=f"layer-{grid.kind}", id=name, class_=f"by{k}", checked=k == 0))
        choice.append(tag("label", f"{layer.title}, {layer.unit}", for_=name))
    scroll = tag("div", table, class_="scroll", tabindex=0, role="group", aria_label=grid.title)
    title = tag("h2", grid.title)
    return tag(
        "section",
        title,
        *choice,
        *(_legend(grid, k) for k in range(len(LAYERS))),
        scroll,
        id=f"grid-{grid.kind}",
        class_="map",
    )


def _cell(grid: Grid, place: tuple[str, str], ids: Ids) -> Markup:
    reports = grid.cells.get(place, [])
    if place in grid.refused and not reports:
        label = f"refused: {grid.refused[place]}"
        return tag("td", tag("button", "–", type="button", class_="refused", aria_label=label))
    if not reports:
        return tag("td")
    verdict, name = worst([r.verdict for r in reports]), ids[grid.kind, *place]
    label = f"{', '.join(place)}: {tally(reports)}; {figures(reports)}"
    if verdict == "agrees":
        inside = [_number(k, layer, reports) for k, layer in enumerate(LAYERS)]
    else:
        inside = [tag("b", SYMBOLS[verdict], tag("small", SHORT[verdict]))]
    return tag("td", tag("a", *inside, href=f"#{name}", id=f"at-{name}", class_=verdict, aria_label=label))


def _number(k: int, layer: Layer, reports: Sequence[Report]) -> Markup:
    value = together(layer, reports)
    if value is None:
        return tag("b", "·", class_=f"k{k}", title="not judged")
    shown = round(value) if layer.unit == "digits" else round(value, 1)  # as it is printed
    step = sum((shown >= s) if layer.unit == "digits" else (shown <= s) for s in layer.steps)
    return tag("b", brief(value, layer.unit), class_=f"k{k} q{step}")


def together(layer: Layer, reports: Iterable[Report]) -> float | None:
    """What a layer says of several claims together."""
    found = [v for v in map(layer.number, reports) if v is not None and not math.isnan(v)]
    return layer.of_many(found) if found else None


def brief(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "∞"
    if unit == "digits":
        return f"{value:.0f}"
    return f"{value:.1f}" if value < 100 else f"{value:.0e}".replace("e+", "e")


def _legend(grid: Grid, k: int) -> Markup:
    layer, signs = LAYERS[k], ("from {}", "under {}") if LAYERS[k].unit == "digits" else ("up to {}", "over {}")
    steps = layer.steps if layer.unit == "digits" else layer.steps[::-1]
    words = [signs[1].format(steps[0]), *(signs[0].format(s) for s in steps)]
    swatches = [tag("span", layer.words)]
    swatches += [tag("span", tag("b", class_=f"q{q}"), f" {text}") for q, text in enumerate(words)]
    there = {r.verdict for reports in grid.cells.values() for r in reports}
    swatches += [tag("span", tag("b", SYMBOLS[v], class_=v), f" {v}") for v in SHORT if v in there]
    swatches += [tag("span", tag("b", "–", class_="refused"), " refused pair")] if grid.refused else []
    return tag("p", join(swatches, " "), class_=f"key k{k}")


def breakable(name: str) -> Markup:
    """A name that may go on in the next line after an underscore, a bracket or a slash."""
    return join(re.split(r"(?<=[_(/])", name), tag("wbr"))


def chip(verdict: str, name: str = "") -> Markup:
    """A verdict by sign, word and colour; of what has a name, that after its sign."""
    return tag("span", f"{SYMBOLS.get(verdict, '')} {name or verdict}", class_=f"chip {verdict}")


def tally(reports: Sequence[Report]) -> str:
    """`1 wrong, 4 agree`"""
    return tallied(Counter(r.verdict for r in reports).items())


def figures(reports: Sequence[Report]) -> str:
    """Every layer of the claims that agree, in words; of a single claim whatever its verdict."""
    agreeing = [r for r in reports if r.ok or len(reports) == 1]
    found = [(layer, together(layer, agreeing)) for layer in LAYERS]
    said = [
        (layer.brief, layer.sign * (len(agreeing) > 1), brief(v, layer.unit), layer.unit)
        for layer, v in found
        if v is not None
    ]
    return ", ".join(" ".join(filter(None, parts)) for parts in said)
