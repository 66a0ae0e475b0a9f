"""The ratio of hand to truth: one number is a sentence, several are a picture that leaves none out."""

from __future__ import annotations

import re

from autocheck.render.ratios import histogram, ratios


def text_of(markup: str) -> str:
    return re.sub(r"<[^>]*>", " ", markup)


def test_one_ratio_is_a_sentence() -> None:
    assert "All 3 ratios of hand to true: 0.2." in text_of(ratios([1, 2, 3], [5, 10, 15]))
    assert "The one ratio of hand to true: -1." in text_of(ratios([2], [-2]))
    assert "Both ratios of hand to true: 3." in text_of(ratios([3, 6], [1, 2]))
    assert "No ratio" in text_of(ratios([1, 2], [0, float("nan")]))


def test_several_ratios_are_a_histogram() -> None:
    several = ratios([1, 2, -3], [1, 2, 3])
    assert 'aria-label="ratio of hand to true"' in several
    assert "from -1 to 1, the middle one 1." in text_of(several)


def test_true_zeros_are_told_apart() -> None:
    told = text_of(ratios([0, 2, 3], [0, 0, 3]))
    assert "2 true ones are 0, 1 of them claimed to be something else" in told
    assert "2 true ones are 0, none of them claimed" in text_of(ratios([0, 0, 3], [0, 0, 3]))
    assert "1 true one is 0, and not claimed to be." in text_of(ratios([1, 3], [0, 3]))


def test_every_ratio_is_in_some_bar_and_one_far_out_at_the_edge() -> None:
    found = sorted([*[1.0] * 40, 3.0, -2.0, 900.0])
    bars = re.search(r'<path d="([^"]*)" fill="#3a86d0"', histogram(found))[1]
    assert bars.count("M") == 4
    assert "1 beyond the picture stands at its edge." in text_of(ratios(found, [1.0] * len(found)))


def test_ratios_that_differ_late_have_ticks_that_differ() -> None:
    ticks = re.findall(r">(1\.\d+|0\.9\d+)</text>", histogram([0.9999998, 1.0, 1.0000002]))
    assert len(ticks) == len(set(ticks)) > 2
