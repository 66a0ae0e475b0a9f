"""A gradient element by element: heat maps of hand, truth and difference, and the elements furthest off.

Colours have the sign of a number and its size, text says the same: each number where there is room, else the largest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autocheck.render.pictures import GREY, Markup, tag
from autocheck.render.ratios import ratios
from autocheck.report import ParameterReport

LEVELS = 4  # colours on either side of zero
PALETTE = (  # as in page.css, for pages that do not have it: (ground, text)
    "#5e2a7e #fff", "#8f62ac #fff", "#bd9fd0 #16101a", "#e2d3ea #16101a", "#f3f2f0 #16101a",
    "#cfe6e3 #08201e", "#93c7c1 #08201e", "#4a9a93 #08201e", "#0f615b #fff",
)  # fmt: skip
UNKNOWN = "none"
WIDE, HIGH = 280, 240  # a map's room, in pixels
WIDEST, HIGHEST = 56, 24  # a cell's
EDGE, END, HEAD, SCALE = 26, 10, 16, 34  # room for the numbers of rows and of columns, and for the scale
NUMBER = 38  # a cell as wide as this has its number in it
MOST_NAMES = 10  # rows or columns that are all numbered
LONGEST_ROW = 64  # a vector longer than this is broken into rows
MOST_WORST = 6


@dataclass(frozen=True, slots=True)
class Table:
    """An array as rows and columns: of more dimensions than two, the last are the columns."""

    rows: int
    columns: int
    values: tuple[float, ...]
    words: str

    def row(self, i: int) -> tuple[float, ...]:
        return self.values[i * self.columns : (i + 1) * self.columns]


def laid_out(shape: Sequence[int], values: tuple[float, ...]) -> Table:
    """In C order, as NumPy prints it."""
    if len(shape) < 2:
        columns = min(len(values), LONGEST_ROW)
        words = f"{columns} to a row" if columns < len(values) else ""
        return Table(-(-len(values) // columns), columns, values, words)
    rows = len(values) // shape[-1]
    first = "axis 0" if len(shape) == 2 else f"axes 0 to {len(shape) - 2}"
    return Table(rows, shape[-1], values, f"rows: {first}, columns: axis {len(shape) - 1}")


def elements(p: ParameterReport) -> Markup:
    """All pictures of one parameter; nothing if its elements are not known."""
    if p.elements is None:
        return Markup("")
    hand, true = p.elements.hand, p.elements.true
    miss = tuple(h - t for h, t in zip(hand, true, strict=True))
    common = largest(hand + true)
    maps = [("hand", hand, common), (p.elements.route, true, common), ("difference", miss, largest(miss))]
    drawn = [_figure(name, laid_out(p.shape, values), scale, common) for name, values, scale in maps]
    return tag("div", tag("div", *drawn, class_="maps"), ratios(p.elements.hand, p.elements.true), _furthest(p))


def largest(values: Sequence[float]) -> float:
    return max((abs(v) for v in values if math.isfinite(v)), default=0.0)


# --- heat maps -------------------------------------------------------------------------------------------------------


def _figure(name: str, table: Table, scale: float, common: float) -> Markup:
    known = [v for v in table.values if math.isfinite(v)]
    words = f"from {min(known):.3g} to {max(known):.3g}" if known else "nothing known"
    if 0 < scale < common:
        words += f", at most {scale / common:.2g} times the largest element"
    if unknown := len(table.values) - len(known):
        words += f"; {unknown} not finite or undecided"
    caption = tag("figcaption", tag("b", name), f" {words}", f"; {table.words}" if table.words else "")
    return tag("figure", caption, heat_map(table, scale, f"{name}: {table.rows} by {table.columns}, {words}"))


def heat_map(table: Table, scale: float, label: str) -> Markup:
    """Cells coloured from -scale to scale, with the scale below."""
    width = min(WIDEST, (WIDE - EDGE - END) / table.columns)
    height = min(HIGHEST, HIGH / table.rows)
    across, down = width * table.columns, height * table.rows
    grid = f"translate({EDGE} {HEAD})"
    cells = tag("g", *_cells(table, scale), transform=f"{grid}scale({width:.4g} {height:.4g})")
    edge = tag("path", d=f"M0 0h{across:.4g}v{down:.4g}h-{across:.4g}z", fill="none", stroke=GREY, opacity=".6")
    numbers = tag("g", edge, *_names(table, width, height), *_numbers(table, scale, width, height), transform=grid)
    below = tag("g", *_scale(scale), transform=f"translate({EDGE} {HEAD + down + 10:.4g})")
    size = f"0 0 {WIDE} {HEAD + down + SCALE:.4g}"
    given = {"role": "img", "aria_label": label, "class_": "plot", "fill": "currentColor", "font_size": 11}
    return tag("svg", cells, numbers, below, viewBox=size, shape_rendering="crispEdges", **given)


def level(value: float, scale: float) -> int:
    """Which colour a number has; the middle one is for what is small beside the scale."""
    if not math.isfinite(value):
        return -1
    return LEVELS + round(LEVELS * (value / scale)) if scale else LEVELS


def _cells(table: Table, scale: float) -> list[Markup]:
    """One path for each colour: neighbours of one colour are one rectangle, so that thousands stay small."""
    paths = dict.fromkeys(range(-1, 2 * LEVELS + 1), "")
    for i in range(table.rows):
        row = [level(v, scale) for v in table.row(i)]
        start = 0
        for j in range(1, len(row) + 1):
            if j == len(row) or row[j] != row[start]:
                paths[row[start]] += f"M{start} {i}h{j - start}v1h-{j - start}z"
                start = j
    return [tag("path", d=d, fill=_ground(k)) for k, d in paths.items() if d]


def _ground(k: int) -> str:
    return UNKNOWN if k < 0 else f"var(--d{k},{PALETTE[k].split()[0]})"


def _ink(k: int) -> str:
    return "currentColor" if k < 0 else f"var(--t{k},{PALETTE[k].split()[1]})"


def _numbers(table: Table, scale: float, width: float, height: float) -> list[Markup]:
    """The numbers in their cells, where there is room; of what is not finite always a mark."""
    found = []
    few = width >= NUMBER and height >= NUMBER / 3
    for i in range(table.rows):
        for j, v in enumerate(table.row(i)):
            if few or not math.isfinite(v):
                where = {"x": f"{(j + 0.5) * width:.4g}", "y": f"{(i + 0.5) * height + 3.5:.4g}"}
                text = _short(v) if few else "×"
                found.append(tag("text", text, fill=_ink(level(v, scale)), **where))
    return [tag("g", *found, text_anchor="middle", font_size=10)] if found else []


def _short(value: float) -> str:
    """At most seven characters: `-0.031`, `2e-17`, `?` for what is undecided."""
    if not math.isfinite(value):
        return "?" if math.isnan(value) else "∞" if value > 0 else "-∞"
    text = f"{value:.2g}"
    return (f"{value:.0e}" if "e" in text else text).replace("e-0", "e-").replace("e+0", "e")


def _names(table: Table, width: float, height: float) -> list[Markup]:
    """The numbers of rows and columns: all of a few, else the first, the middle and the last."""
    rows = [tag("text", str(i), x=-5, y=f"{(i + 0.5) * height + 4:.4g}") for i in _some(table.rows)]
    columns = [tag("text", str(j), x=f"{(j + 0.5) * width:.4g}", y=-5) for j in _some(table.columns)]
    small = {"font_size": 9, "opacity": ".75"}
    return [tag("g", *rows, text_anchor="end", **small), tag("g", *columns, text_anchor="middle", **small)]


def _some(count: int) -> list[int]:
    return list(range(count)) if count <= MOST_NAMES else [0, count // 2, count - 1]


def _scale(scale: float) -> list[Markup]:
    """The colours in a row, with what they stand for below the ends and the middle."""
    count, width = 2 * LEVELS + 1, 16
    drawn = [tag("rect", x=k * width, width=width, height=8, fill=_ground(k)) for k in range(count)]
    marks = ((0.5, -scale), (count / 2, 0.0), (count - 0.5, scale)) if scale else ((count / 2, 0.0),)
    texts = [tag("text", _short(v), x=f"{at * width:.4g}", y=20) for at, v in marks]
    return [*drawn, tag("g", *texts, text_anchor="middle", font_size=10)]


# --- the elements furthest off ---------------------------------------------------------------------------------------


def _furthest(p: ParameterReport) -> Markup:
    """Where the two differ most, in numbers; nothing where the verdict is that they do not."""
    if p.elements is None or p.verdict == "agrees" or len(p.elements.hand) == 1:
        return Markup("")
    pairs = list(zip(p.elements.hand, p.elements.true, strict=True))
    order = sorted(range(len(pairs)), key=lambda i: -_distance(*pairs[i]))[:MOST_WORST]
    head = tag(
        "tr", *(tag("th", name, scope="col") for name in ("element", "hand", p.elements.route, "difference", "ratio"))
    )
    rows = [_off(f"{p.name}[{_index(i, p.shape)}]", *pairs[i]) for i in order]
    title = tag("caption", "The elements furthest off")
    return tag(
        "div",
        tag("table", title, tag("thead", head), tag("tbody", *rows), class_="numbers furthest"),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label="the elements furthest off",
    )


def _distance(hand: float, true: float) -> float:
    return abs(hand - true) if math.isfinite(hand - true) else math.inf


def _index(i: int, shape: Sequence[int]) -> str:
    place = []
    for n in reversed(shape):
        i, j = divmod(i, n)
        place.append(str(j))
    return ", ".join(reversed(place))


def _off(name: str, hand: float, true: float) -> Markup:
    ratio = f"{hand / true:.6g}" if true and math.isfinite(hand / true) else "–"
    cells = (f"{hand:.8g}", *(text.replace("nan", "?") for text in (f"{true:.8g}", f"{hand - true:.3g}")), ratio)
    return tag("tr", tag("th", name, scope="row"), *(tag("td", cell) for cell in cells))
