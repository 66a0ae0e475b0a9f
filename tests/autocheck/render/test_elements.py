"""Heat maps, ratios and the elements furthest off: nothing by colour alone, whatever the numbers are."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

import autocheck
from autocheck.render import elements as drawn
from autocheck.render.elements import elements, laid_out, level
from autocheck.report import Elements, ParameterReport

INF, NAN = float("inf"), float("nan")


def parameter(hand, true=None, shape=None, verdict: str = "wrong") -> ParameterReport:
    hand = tuple(map(float, np.ravel(hand)))
    true = hand if true is None else tuple(map(float, np.ravel(true)))
    shape = (len(hand),) if shape is None else shape
    return ParameterReport("W", shape, "float64", verdict, elements=Elements(hand, true, "definition"))


def text_of(markup: str) -> str:
    return re.sub(r"<[^>]*>", " ", markup)


def test_each_map_says_in_words_what_it_shows() -> None:
    labels = re.findall(r'aria-label="([^"]*)"', elements(parameter([1, 2, -3, 4, 5, 6], [1, 2, 3, 4, 5, 6], (2, 3))))
    assert labels[:3] == [
        "hand: 2 by 3, from -3 to 6",
        "definition: 2 by 3, from 1 to 6",
        "difference: 2 by 3, from -6 to 0",
    ]


def test_a_small_map_has_its_numbers_in_its_cells() -> None:
    text = text_of(elements(parameter([0.25, -1e-17, 3e8])))
    assert all(f" {number} " in text for number in ("0.25", "-1e-17", "3e8"))


def test_hand_and_truth_share_a_scale() -> None:
    """Else a gradient that is five times too small would look like the true one."""
    small = elements(parameter([0.2, -0.2], [1, -1]))
    fills = re.findall(r'fill="var\(--d(\d)', small)
    assert level(0.2, 1.0) != level(1.0, 1.0)
    assert fills[:2] != ["0", "8"]


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [((), 1, 1), ((5,), 1, 5), ((130,), 3, 64), ((4, 3), 4, 3), ((2, 3, 4), 6, 4), ((1, 1), 1, 1)],
)
def test_any_shape_becomes_rows_and_columns(shape, rows, columns) -> None:
    values = tuple(map(float, range(int(np.prod(shape)))))
    table = laid_out(shape, values)
    assert (table.rows, table.columns) == (rows, columns)
    assert [v for i in range(rows) for v in table.row(i)] == list(values)


@pytest.mark.parametrize(
    ("hand", "true"),
    [
        ([0, 0], [0, 0]),
        ([NAN, INF, -INF], [1, 2, 3]),
        ([1, 2], [NAN, NAN]),
        ([5e-324, 1e308], [1e308, 5e-324]),
        ([1, 1, 1], [1, 0, -1]),
        ([1e308, -1e308], [-1e308, 1e308]),
    ],
    ids=["zeros", "not finite", "undecided", "far apart", "true zeros", "a difference that overflows"],
)
@pytest.mark.parametrize("verdict", ["agrees", "wrong"])
def test_odd_numbers_are_drawn_all_the_same(hand, true, verdict) -> None:
    source = elements(parameter(hand, true, verdict=verdict))
    assert source.count("<svg") >= 3
    assert not re.findall(r"nan|inf", " ".join(re.findall(r' (?:d|x|y|viewBox|transform|width)="([^"]*)"', source)))


def test_thousands_of_elements_stay_small(rng) -> None:
    many = elements(parameter(rng.normal(size=4096), rng.normal(size=4096), (64, 64)))
    assert len(many) < 400_000


def test_the_elements_furthest_off_come_first() -> None:
    text = text_of(elements(parameter([1, 2, 3, NAN], [1, 2.5, 5, 1], (2, 2))).partition("<table")[2])
    assert re.findall(r"W\[\d, \d\]", text) == ["W[1, 1]", "W[1, 0]", "W[0, 1]", "W[0, 0]"]
    assert "<table" not in elements(parameter([1, 2], verdict="agrees"))


def test_a_page_elsewhere_has_the_colours_of_the_page() -> None:
    style = resources.files("autocheck.render").joinpath("page.css").read_text(encoding="utf-8")
    for k, colours in enumerate(drawn.PALETTE):
        assert [re.search(rf"--{name}{k}: (#\w+)", style)[1] for name in "dt"] == colours.split()


# --- on the pages ----------------------------------------------------------------------------------------------------


def test_pages_of_one_report_have_the_pictures_and_those_of_hundreds_do_not() -> None:
    report = autocheck.check_gradient(lambda w: np.sum(w**3), lambda w: 2 * w**2, np.array([0.37, 0.73]))
    assert "w, element by element" in report.to_html()
    assert "w, element by element" in report._repr_html_()
    assert "error against step" in report.to_html()
    from autocheck.matrix import MatrixReport
    from autocheck.render.html import matrix_page

    assert "element by element" not in matrix_page(MatrixReport((replace(report, mode=""),)))


def test_a_chain_of_intermediates_shows_where_it_breaks(rng) -> None:
    def net(x, w):
        z = autocheck.tap("z", x @ w)
        return np.sum(autocheck.tap("a", np.tanh(z)) ** 2)

    def backward(x, w):
        a = np.tanh(x @ w)
        dz = 2 * a * (1 - a)
        return {"a": 2 * a, "z": dz, "w": x.T @ dz}

    report = autocheck.check_intermediates(net, backward, rng.normal(size=(4, 3)), rng.normal(size=3))
    chain = re.search(r'<ol class="chain".*?</ol>', report.to_html())[0]
    assert re.findall(r'class="chip (\w+)">. (\w+)', chain) == [("agrees", "a"), ("wrong", "z"), ("wrong", "w")]
    assert "the first that is wrong on the way back" in chain
    assert "inherited from z" in chain
