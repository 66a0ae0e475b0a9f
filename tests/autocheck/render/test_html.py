"""The page: complete in one file, readable without colour, script, mouse or network, and safe from what it is told."""

from __future__ import annotations

import base64
import hashlib
import itertools
import math
import re
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

import numpy as np
import pytest

import autocheck
from autocheck.checked import CheckedRun, CheckedTest, checked_run
from autocheck.matrix import MatrixReport
from autocheck.render import html, pictures
from autocheck.render.checked_page import checked_page
from autocheck.render.html import matrix_page, report_fragment, report_page
from autocheck.render.pictures import RoundingCurve
from autocheck.render.text import abstention
from autocheck.report import VERDICTS, Curve, Note, Report

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&<b>"
VOID = {"br", "input", "link", "meta", "wbr"}
LATEX = r"J = \frac{1}{2} \sum_n (a_n - y_n)^2"
LATEX_DELTA = r"\delta = \begin{cases} a - y & |z| < 1 \\ 0 & |z| \ge 1 \end{cases}"
MATRIX_LIMIT = 3_000_000  # bytes: a page to be mailed and opened on a phone


class Page(HTMLParser):
    """Every element in order, the text, and whatever is not closed as it was opened."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.around: list[list[int]] = []
        self.text = ""
        self.notes: list[str] = []
        self._open: list[int] = []
        self.feed(source)
        self.close()
        self.notes += [f"<{self.elements[i][0]}> is never closed" for i in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(dict(attrs)) != len(attrs):
            self.notes.append(f"<{tag}> has an attribute twice")
        self.elements.append((tag, dict(attrs)))
        self.around.append(list(self._open))

    def handle_endtag(self, tag: str) -> None:
        opened = self.elements[self._open.pop()][0] if self._open else "nothing"
        if opened != tag:
            self.notes.append(f"</{tag}> closes <{opened}>")

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def inside(self, outer: str) -> list[list[tuple[str, dict[str, str | None]]]]:
        """What each element of that name holds, in order."""
        held: dict[int, list[tuple[str, dict[str, str | None]]]] = {}
        for i, (element, around) in enumerate(zip(self.elements, self.around, strict=True)):
            if element[0] == outer:
                held[i] = []
            for above in set(around) & held.keys():
                held[above].append(element)
        return list(held.values())


# --- what is shown ---------------------------------------------------------------------------------------------------


@cache
def reports() -> dict[str, Report]:
    """One small claim for each verdict."""
    z = np.linspace(-1.5, 2.5, 15).reshape(5, 3)

    def tanh(z: np.ndarray) -> np.ndarray:
        return np.sum(np.tanh(z), axis=-1)

    def softplus(z: np.ndarray) -> np.ndarray:
        return np.sum(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0), axis=-1)

    def overflowing(z: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.exp(z) / (1 + np.exp(z))

    def root(z: np.ndarray) -> np.ndarray:
        return np.sum(np.sqrt(np.abs(z)), axis=-1)

    return {
        "agrees": autocheck.check_gradient(tanh, lambda z: 1 - np.tanh(z) ** 2, z, rows=True, name="right"),
        "wrong": autocheck.check_gradient(tanh, lambda z: 2 * (1 - np.tanh(z) ** 2), z, rows=True, name="doubled"),
        "inaccurate": autocheck.check_gradient(softplus, overflowing, z + 1000, rows=True, name="overflows"),
        "inconclusive": autocheck.check_gradient(root, np.zeros_like, 0 * z, rows=True, name="steep"),
    }


def curve(**changed: object) -> Curve:
    """Error against step as a ladder of 42 steps finds it."""
    steps = 2.0 ** -np.arange(42)
    errors = steps**2 / 6 + 1e-17 * np.abs(np.sin(1 + np.arange(42))) / steps
    known = Curve("z", (0, 1), -0.25, *map(tuple, (steps, errors, 2 * errors + 1e-17 / steps)), 17, (-1, -9), (-2, -10))
    return replace(known, **changed)


def facts(report: Report, **given: str) -> Report:
    return replace(report, facts=tuple({"kind": "pairing", **given}.items()), curves=(curve(),))


@cache
def matrix() -> MatrixReport:
    """154 cells of 8 claims, one cell of each bad verdict, the other kinds of claims, and refused pairs."""
    good = reports()["agrees"]
    found = []
    for loss, activation in itertools.product(
        [f"loss_{i}" for i in range(14)], [f"activation_{i}(s=1)" for i in range(11)]
    ):
        cell = {"loss": loss, "activation": activation, "latex": LATEX, "latex_delta": LATEX_DELTA, "source": "slide 7"}
        for targets, dtype, m in itertools.product(("one-hot", "soft"), ("float64", "float32"), "51"):
            found.append(facts(good, **cell, targets=targets, regime="tiny", dtype=dtype, m=m, fused="yes"))
    for i, verdict in enumerate(("wrong", "inaccurate", "inconclusive")):
        found[100 * i + 3] = replace(reports()[verdict], facts=found[100 * i + 3].facts, curves=(curve(),))
    found.append(facts(good, kind="activation", activation="tanh", regime="ordinary", latex="a = \\tanh z"))
    found.append(facts(good, kind="loss", loss="hinge", regime="kinks"))
    found.append(facts(good, kind="equation", equation="Eqn 3", notation="vector", what="hidden delta"))
    found.append(facts(good, kind="network", activation="tanh → softmax", sizes="3-4-2", notation="elemental"))
    found.append(facts(good, kind="digits", moment="after 5 epochs", accuracy="0.97"))
    found.append(facts(good, kind="unheard of"))
    return MatrixReport(
        tuple(found),
        tuple((f"loss_{i}", "swish", f"loss_{i} needs (0, 1), swish yields less") for i in range(14)),
        ("the handwritten digits come with scikit-learn",),
        "1238 claims; chosen: every record occurs",
        seed=7,
        versions=(("numpy", "2.4.6"), ("jax", "0.10.2")),
    )


def rounding(name: str = "tanh") -> RoundingCurve:
    z = np.linspace(-30, 30, 601)
    tail = 4 * np.exp(-2 * np.abs(z))
    columns = (z, 0.5 + 0 * z, np.abs(z) / tail, 0.5e-16 * tail, 1e-17 + 0 * z)
    return RoundingCurve(name, *(tuple(column.tolist()) for column in columns))


@cache
def pages() -> dict[str, str]:
    """Every kind of page there is."""
    single = {f"report: {v}": report_page(replace(r, curves=(curve(),))) for v, r in reports().items()}
    return single | {
        "matrix": matrix_page(matrix(), [rounding(), rounding("sigmoid")]),
        "nothing": matrix_page(MatrixReport(())),
        "tests": checked_page(run_of(*reports().values())),
        "no tests": checked_page(run_of()),
    }


def run_of(*found: Report) -> CheckedRun:
    """A run with a test for each of the reports, and one for all of them."""
    alone = [CheckedTest(f"test_it.py::test_{r.name}", "passed" if r.ok else "failed", (r,)) for r in found]
    return checked_run([*alone, CheckedTest("test_it.py::test_all", "xfailed", found)] if found else [])


@cache
def parsed(name: str) -> Page:
    return Page(pages()[name])


NAMES = [*(f"report: {v}" for v in VERDICTS), "matrix", "nothing", "tests", "no tests"]


# --- one file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_no_network(name: str) -> None:
    """Every reference stays in the page; whoever follows none of its rules is stopped by its own policy."""
    page = parsed(name)
    references = ("src", "href", "srcset", "action", "data", "poster", "background", "xlink:href")
    found = {a[key] for _, a in page.elements for key in references if key in a}
    assert {v for v in found if not str(v).startswith("#")} == {"data:,"}
    assert not re.findall(r"url\(|@import|fetch\(|XMLHttpRequest|import\(", pages()[name])
    assert not [v for _, a in page.elements for v in a.values() if re.match(r"\s*(https?:)?//", v or "")]
    policy = next(str(m["content"]) for m in page.named("meta") if m.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_closed_as_it_was_opened(name: str) -> None:
    page = parsed(name)
    assert not page.notes
    assert pages()[name].startswith("<!doctype html>\n<html lang=")
    assert not [i for i, n in Counter(a["id"] for _, a in page.elements if "id" in a).items() if n > 1]


@pytest.mark.parametrize("name", NAMES)
def test_every_link_within_a_page_leads_somewhere(name: str) -> None:
    ids = {a["id"] for _, a in parsed(name).elements if "id" in a}
    links = {str(a["href"])[1:] for _, a in parsed(name).elements if str(a.get("href")).startswith("#")}
    labels = {a["for"] for a in parsed(name).named("label")}
    assert not (links | labels) - ids


def test_the_whole_matrix_stays_small() -> None:
    assert len(matrix().reports) > 150 * 8
    assert len(pages()["matrix"].encode()) < MATRIX_LIMIT


def test_only_the_own_script_may_run() -> None:
    script = re.findall(r"<script>(.*?)</script>", pages()["matrix"], re.DOTALL)
    assert len(script) == 1
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;" in pages()["matrix"]


def test_the_same_report_makes_the_same_page() -> None:
    assert matrix_page(matrix()) == matrix_page(matrix())


# --- nothing is left out ---------------------------------------------------------------------------------------------


def test_every_report_stands_in_exactly_one_grid() -> None:
    held = [r for grid in pictures.grids(matrix()) for cell in grid.cells.values() for r in cell]
    assert sorted(map(id, held)) == sorted(map(id, matrix().reports))


def test_every_cell_can_be_reached_by_keyboard() -> None:
    """A cell that says anything is a link to its panel or a button, has words of its own, and its panel is there."""
    page = parsed("matrix")
    panels = {a["id"] for a in page.named("dialog")}
    grids = [cell[0] for cell in page.inside("td") if cell and cell[0][1].get("aria-label")]
    assert {tag for tag, _ in grids} == {"a", "button"}
    assert {str(a["href"])[1:] for tag, a in grids if tag == "a"} == panels
    assert sum(tag == "button" for tag, _ in grids) == len(matrix().refused)
    assert not [a for _, a in page.elements if str(a.get("tabindex", "0")) != "0"]


def test_a_refused_pair_says_why_where_it_stands() -> None:
    buttons = {a["aria-label"] for a in parsed("matrix").named("button")}
    assert buttons == {f"refused: {why}" for _, _, why in matrix().refused}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_is_told_by_sign_and_word(verdict: str) -> None:
    """Never by colour alone: in its chip, in its cell, in a notebook."""
    sign = pictures.SYMBOLS[verdict]
    assert f"{sign} {verdict}" in parsed(f"report: {verdict}").text
    assert f"{sign} {verdict}" in Page(report_fragment(reports()[verdict])).text
    cell = re.search(rf'<td><a [^>]*class="{verdict}"[^>]*>(.*?)</a>', pages()["matrix"])
    assert cell
    assert cell[1].startswith("<b class=") if verdict == "agrees" else f"<b>{sign}<small>" in cell[1]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_page_tells_every_route_with_its_error_bar(verdict: str) -> None:
    text = parsed(f"report: {verdict}").text
    for p in reports()[verdict].parameters:
        for e in p.estimates:
            assert e.route in text
            told = "" if e.value is None or not math.isfinite(e.value) else f"± {e.error:.1e}"
            assert (abstention(e, p) if e.value is None else told) in text
        assert all(note.text in text for note in p.notes)
    assert all(reason in text for reason in reports()[verdict].reasons)


def test_what_does_not_agree_comes_first_and_worst_first() -> None:
    failing = pages()["matrix"].partition('id="failing"')[2].partition("</section>")[0]
    assert re.findall(r'class="chip (\w+)"', failing) == ["wrong", "inaccurate", "inconclusive"]
    assert pages()["matrix"].index('id="failing"') < pages()["matrix"].index('id="grid-pairing"')


def test_the_page_says_how_it_came_about() -> None:
    text = parsed("matrix").text
    known = matrix()
    for words in (
        known.chosen,
        "seed 7",
        "numpy 2.4.6",
        "jax 0.10.2",
        *known.skipped,
        *(why for *_, why in known.refused),
    ):
        assert words in text


@pytest.mark.parametrize("words", ["targets", "m = 5", "float32", "tiny", "fused", "slide 7", "0.97", "3-4-2", "Eqn 3"])
def test_the_facts_of_a_claim_are_shown(words: str) -> None:
    assert ("one-hot · tiny · float64 · m = 5" if words == "targets" else words) in parsed("matrix").text


# --- hostile and odd input -------------------------------------------------------------------------------------------


def test_no_text_becomes_markup() -> None:
    """Names, facts, notes, reasons, reasons for refusal, versions: whatever comes from outside."""
    bad = reports()["wrong"]
    note = Note(HOSTILE, HOSTILE)
    parameters = tuple(replace(p, name=HOSTILE, dtype=HOSTILE, notes=(note,)) for p in bad.parameters)
    bad = replace(bad, name=HOSTILE, parameters=parameters, notes=(note,), reasons=(HOSTILE,), reproduce=HOSTILE)
    bad = replace(bad, mode=HOSTILE, curves=(curve(parameter=HOSTILE),))
    bad = replace(bad, facts=tuple((k, HOSTILE) for k in ("loss", "activation", "targets", "latex", "source", HOSTILE)))
    pairs = [replace(bad, facts=(("kind", "pairing"), *bad.facts)), bad]
    told = MatrixReport(tuple(pairs), ((HOSTILE, "x", HOSTILE),), (HOSTILE,), HOSTILE, versions=((HOSTILE, HOSTILE),))
    run = CheckedRun((CheckedTest(HOSTILE, HOSTILE, (bad,)),))
    sources = (matrix_page(told, [rounding(HOSTILE)]), report_page(bad), report_fragment(bad), checked_page(run))
    for source in sources:
        page = Page(source)
        assert not page.notes
        assert not page.named("img")
        assert len(page.named("script")) <= 1
        assert not [
            key for _, a in page.elements for key in a if key.startswith("on") or not re.fullmatch(r"[\w-]+", key)
        ]
        assert HOSTILE in page.text


@pytest.mark.parametrize("latex", [r"\text{<img src=x onerror=alert(1)>}", r"\href{javascript:alert(1)}{x}", HOSTILE])
def test_no_formula_becomes_a_script(latex: str) -> None:
    """The LaTeX library passes text and links through as they are."""
    page = Page(pictures.formula(latex))
    assert not page.notes
    assert not page.named("img")
    assert not [key for _, a in page.elements for key in a if key in ("href", "src", "onerror")]


def test_nothing_but_mathml_leaves_a_formula() -> None:
    with pytest.raises(ValueError, match="script is not MathML"):
        pictures._markup(Element("script"))


def test_names_that_differ_in_signs_only_keep_their_own_cells() -> None:
    good = reports()["agrees"]
    odd = ["a/b", "a b", "A-B", "", "λ", "μ", "\ud800"]
    found = tuple(facts(good, loss=x, activation=y) for x, y in itertools.product(odd, odd))
    source = matrix_page(MatrixReport(found))
    page = Page(source)
    assert source.encode()
    assert len({a["id"] for a in page.named("dialog")}) == len(page.named("dialog")) == len(odd) ** 2


@pytest.mark.parametrize(
    "odd",
    [
        curve(errors=(0.0,) * 42),
        curve(errors=(float("nan"),) * 42, bars=(float("inf"),) * 42),
        curve(exact_steps=(), exact_errors=()),
        curve(exact_steps=(-400.0, -1.0), exact_errors=(-400.0, float("-inf"))),
        curve(steps=(), errors=(), bars=(), chosen=-1),
        curve(steps=(), errors=(), bars=(), exact_steps=(), exact_errors=()),
        curve(steps=(1.0,), errors=(1e300,), bars=(5e-324,), chosen=0, index=()),
        curve(slope=float("nan"), chosen=99),
    ],
    ids=["exact floats", "no float at all", "no exact", "far below", "only exact", "nothing", "one step", "no slope"],
)
def test_an_odd_curve_is_drawn_all_the_same(odd: Curve) -> None:
    drawn = pictures.error_against_step(odd, pictures.USE_KEY)
    page = Page(report_page(replace(reports()["agrees"], curves=(odd,))))
    assert not page.notes
    assert not re.findall(r"nan|inf", " ".join(re.findall(r' (?:d|c?[xy])="([^"]*)"', drawn)))
    assert pictures.words_on_step(odd)


def test_an_error_of_zero_is_marked_and_not_left_out() -> None:
    plain, exact = (pictures.error_against_step(c, pictures.USE_KEY) for c in (curve(), curve(errors=(0.0,) * 42)))
    assert plain.count("h6l") == 0
    assert exact.count("h6l") == 42


@pytest.mark.parametrize("empty", [(), (0.0,), (float("nan"),), (-3.0, 5e-324, 1e4)], ids=str)
def test_an_odd_rounding_curve_is_drawn_all_the_same(empty: tuple[float, ...]) -> None:
    values = tuple(v if i else float("inf") for i, v in enumerate(empty))
    z = tuple(0.0 if np.isnan(v) else v for v in empty)
    source = matrix_page(MatrixReport(()), [RoundingCurve("odd", z, values, values, values, values)])
    assert not Page(source).notes
    assert not re.findall(r"nan|inf", " ".join(re.findall(r' (?:d|c?[xy])="([^"]*)"', source)))


def test_a_rounding_curve_shows_its_largest_error_wherever_it_is() -> None:
    """A thousand points fall on each pixel; the worst of them is what is drawn."""
    z = np.linspace(-30, 30, 60_001)
    spiked = np.where(np.arange(len(z)) == 41_234, 1e9, 1.0)
    flat = np.ones_like(z)
    known = RoundingCurve("spike", *(tuple(v.tolist()) for v in (z, flat, spiked, flat, flat)))
    ulp, _ = pictures.error_against_z(known)
    ups = [int(n) for n in re.findall(r"l\d+(-\d+)", ulp)]
    assert min(ups) < -100
    assert "JAX 1e+09 ulp" in pictures.words_on_rounding(known)


# --- formulas --------------------------------------------------------------------------------------------------------


def test_a_formula_is_typeset_as_mathml() -> None:
    pytest.importorskip("latex2mathml")
    page = parsed("matrix")
    assert {"math", "mfrac", "msup", "mtable"} <= {tag for tag, _ in page.elements}
    assert not page.named("code")


def test_without_the_library_a_formula_is_shown_as_latex_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    pictures.formula.cache_clear()
    try:
        page = Page(report_page(facts(reports()["agrees"], latex=LATEX)))
    finally:
        pictures.formula.cache_clear()
    assert not page.named("math")
    assert page.named("code")
    assert LATEX in page.text
    assert 'pip install "handgrad[report]"' in page.text


def test_a_formula_that_can_not_be_typeset_is_shown_as_it_stands() -> None:
    pytest.importorskip("latex2mathml")
    assert r"\frac{" in Page(pictures.formula(r"\frac{")).text


# --- in a notebook, and to the eye -----------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_fragment_needs_nothing_from_the_page_around_it(verdict: str) -> None:
    page = Page(replace(reports()[verdict], curves=(curve(),))._repr_html_())
    assert not page.notes
    assert not {"html", "head", "body", "style", "script", "link"} & {tag for tag, _ in page.elements}
    assert not [a for _, a in page.elements if "id" in a or "href" in a]


def test_a_report_of_many_parameters_stays_compact_in_a_notebook() -> None:
    good = reports()["agrees"]
    many = replace(good, parameters=tuple(replace(good.parameters[0], name=f"W[{i}]") for i in range(40)))
    text = Page(report_fragment(many)).text
    assert f"W[{html.MOST_PARAMETERS - 1}]" in text
    assert f"W[{html.MOST_PARAMETERS}]" not in text
    assert "28 more" in text


def test_a_derivation_in_a_notebook_is_all_there_and_needs_no_page() -> None:
    steps = [
        autocheck.Step("x + x", "by hand", lambda x: x + x),
        autocheck.Step("x^3", "multiplied out", lambda x: x**3),
    ]
    chain = autocheck.check_chain(None, steps, {"x": ("real", "n")}, name="dy/dx")
    page = Page(chain._repr_html_())
    assert not page.notes
    assert not {"html", "style", "script"} & {tag for tag, _ in page.elements}
    assert all(words in page.text for words in ("dy/dx breaks at step 2", "agrees", "✗ wrong", "multiplied out"))
    assert repr(chain) == "<ChainReport wrong: dy/dx breaks at step 2>"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_at_the_prompt_a_report_is_one_line(verdict: str) -> None:
    line = repr(reports()[verdict])
    assert line.startswith(f"<Report {verdict}: the gradient of ")
    assert "\n" not in line
    assert all(reason in line for reason in reports()[verdict].reasons[:1])


def test_what_a_reason_or_a_note_says_is_not_said_again() -> None:
    """A route that is silent for the reason of a note leaves it to the note, as in the terminal."""
    drops = lambda x: float(sum(float(v) ** 2 for v in np.asarray(x).tobytes()))  # noqa: E731
    page = report_page(autocheck.check_gradient(drops, lambda x: 0 * x + 1, np.ones(2)))
    assert page.count("is not lifted") == 1
    assert "abstains: see the note" in page
    shape = report_page(autocheck.check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x[0], np.ones(2)))
    assert shape.count("has shape (), needs (2,)") == 1
    assert "0 evaluations" not in page + shape


def test_the_page_says_what_was_on_trial() -> None:
    page = parsed("report: wrong").text
    assert page.count("The gradient of ") == 1


@pytest.mark.parametrize("errors", [(1.0, 1.3), (2e-9, 2e-9)])
def test_an_axis_has_a_number_on_it_however_short_it_is(errors: tuple[float, float]) -> None:
    short = curve(steps=(1e-3, 1e-2), errors=errors, bars=errors, exact_steps=(), exact_errors=(), chosen=-1)
    numbers = re.findall(r'x="-5"[^>]*>(10[^<]*)</text>', pictures.error_against_step(short, pictures.USE_KEY))
    assert len(numbers) > 1


def test_the_report_s_own_method_gives_the_page() -> None:
    good = reports()["agrees"]
    assert good.to_html() == report_page(good)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


WRITTEN = [*((f"n{i}", f"q{i}") for i in range(5)), ("on-wrong", "wrong"), ("on-poor", "poor"), ("on-open", "open")]
WRITTEN += [(f"t{i}", f"d{i}") for i in range(9)]
WRITTEN += [(ink, paper) for ink in ("ink", "quiet", "link") for paper in ("paper", "card")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), WRITTEN, ids="-on-".join)
def test_text_stands_out_from_its_ground(text: str, ground: str, scheme: str) -> None:
    """WCAG 2.2 asks for a contrast of 4.5 to 1."""
    light, dark = re.findall(
        r":root \{(.*?)\}", re.search(r"<style>(.*?)</style>", pages()["nothing"], re.DOTALL)[1], re.DOTALL
    )
    colours = dict(re.findall(r"--([\w-]+): (#\w+)", light if scheme == "light" else light + dark))
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("ground", ["#ffffff", "#fbfaf7", "#14181c", "#1b2026"])
@pytest.mark.parametrize("colour", [pictures.BLUE, pictures.ORANGE])
def test_lines_of_a_picture_stand_out_on_light_and_dark(colour: str, ground: str) -> None:
    """WCAG 2.2 asks for a contrast of 3 to 1 for graphics."""
    assert contrast(colour, ground) >= 3
