"""What is kept to be drawn: the claim and the truth element by element, from a route that was asked for each."""

from __future__ import annotations

import numpy as np
import pytest

import autocheck
from autocheck import limits
from autocheck.report import Elements, Report


def only(report: Report) -> Elements | None:
    (parameter,) = report.parameters
    return parameter.elements


def test_hand_and_truth_differ_where_the_gradient_is_wrong(rng) -> None:
    w = rng.normal(size=(3, 4))

    def wrong(w):
        gradient = 3 * w**2
        gradient[1, 2] *= -1
        return gradient

    kept = only(autocheck.check_gradient(lambda w: np.sum(w**3), wrong, w))
    assert kept.route == "definition"
    np.testing.assert_allclose(kept.true, 3 * w.ravel() ** 2, rtol=1e-15)  # rounded once
    assert [i for i, (h, t) in enumerate(zip(kept.hand, kept.true, strict=True)) if h < 0 < t] == [6]


def test_where_single_elements_cost_too_much_autodiff_tells_them(rng) -> None:
    w = rng.normal(size=(20, 20))
    kept = only(autocheck.check_gradient(lambda w: np.sum(np.sin(w)), np.cos, w, budget=0.2))
    assert kept.route == "autodiff"
    np.testing.assert_allclose(kept.true, np.cos(w).ravel(), rtol=1e-14)  # a few ulp


def test_a_gradient_too_large_to_be_drawn_is_not_kept() -> None:
    w = np.ones(limits.DRAWN_ELEMENTS + 1)
    assert only(autocheck.check_gradient(lambda w: np.sum(w), np.ones_like, w, budget=0.2)) is None


def test_at_a_kink_what_is_right_is_no_difference() -> None:
    kept = only(autocheck.check_gradient(lambda w: np.sum(np.abs(w)), lambda w: np.sign(w) + 0.25, np.zeros(2)))
    assert kept.hand == kept.true == (0.25, 0.25)


def test_what_is_undecided_is_no_number() -> None:
    kept = only(autocheck.check_gradient(lambda w: np.sum(np.sqrt(np.abs(w))), np.zeros_like, np.zeros(2)))
    assert np.isnan(kept.true).all()


@pytest.mark.parametrize("told", [str, repr, lambda report: report.to_json()])
def test_words_and_json_leave_them_out(told) -> None:
    report = autocheck.check_gradient(lambda w: np.sum(w**3), lambda w: 3 * w**2, np.array([0.37, 0.73]))
    assert only(report) is not None
    assert "elements=" not in told(report)
    assert '"elements"' not in told(report)
