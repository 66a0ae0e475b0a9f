"""Entropy, cross-entropy and divergence: every figure of the slides, limits at zero, and what no pair of distributions breaks."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import codes
from handgrad.codes import AUSTRALIA, INDIA
from handgrad.information import MEASURES, UNITS, cross_entropy, entropy, kl_divergence
from handgrad.shapes import ShapeError

P, Q = list(INDIA.values()), list(AUSTRALIA.values())
YOURS, FRIENDS = [0.2, 0.8], [0.4, 0.6]


@pytest.mark.parametrize(
    ("figure", "printed"),
    [
        (entropy(P), 1.75),
        (entropy(Q), 1.75),
        (cross_entropy(Q, P), 2.625),
        (cross_entropy(P, Q), 2.625),
        (entropy([1, 0, 0, 0]), 0),
        (entropy([0.25] * 4), 2),
        (codes.average_message_length(codes.BEST, INDIA), 1.75),
        (codes.average_message_length(codes.BEST, AUSTRALIA), 2.625),
    ],
)
def test_a_figure_of_the_slides_comes_out_to_the_last_bit(figure: float, printed: float) -> None:
    """Powers of two: nothing is rounded on the way."""
    assert figure == printed


def test_the_two_names_tell_which_distribution_speaks_and_which_made_the_code() -> None:
    """The four cricketers can't: both cross-entropies are 2.625, so the figures leave open which of the two is meant."""
    assert cross_entropy(P, Q) == cross_entropy(Q, P)
    assert round(float(cross_entropy(YOURS, FRIENDS)), 3) == 0.854
    assert round(float(cross_entropy(FRIENDS, YOURS)), 3) == 1.122


def test_the_best_code_for_one_friend_costs_the_other_the_cross_entropy() -> None:
    assert codes.average_message_length(codes.BEST, AUSTRALIA) == cross_entropy(Q, P)


@pytest.mark.parametrize("unit", UNITS)
def test_cross_entropy_is_entropy_and_divergence(rng: np.random.Generator, unit: str) -> None:
    p, q = rng.dirichlet(np.ones(5), (2, 7))
    parts = entropy(p, unit) + kl_divergence(p, q, unit)
    assert np.abs(cross_entropy(p, q, unit) - parts).max() < 1e-14  # a few ulp of sums of about 2
    assert (kl_divergence(p, q, unit) > 0).all()


@pytest.mark.parametrize("p", [P, YOURS, [1, 0], [0.25] * 4, [0.0, 0.5, 0.5]])
def test_cross_entropy_equals_entropy_where_the_distributions_do(p: list[float]) -> None:
    assert cross_entropy(p, p) == entropy(p)
    assert kl_divergence(p, p) == 0


@pytest.mark.parametrize(
    ("p", "q", "cost"), [([1, 0], [1, 0], 0), ([0.5, 0.5], [1, 0], np.inf), ([0, 1], [0.5, 0.5], 1)]
)
def test_zeros_stand_for_their_limits(p: list[float], q: list[float], cost: float) -> None:
    """No warning either: warnings are errors here."""
    assert cross_entropy(p, q) == cost
    assert kl_divergence(p, q) == cost - entropy(p)


def test_certainty_has_entropy_0_and_no_minus_sign() -> None:
    assert not np.signbit(entropy([1.0]))
    assert not np.signbit(cross_entropy([1.0, 0.0], [1.0, 0.0]))


def test_bits_are_nats_over_ln_2(rng: np.random.Generator) -> None:
    p = rng.dirichlet(np.ones(4))
    assert abs(entropy(p, "nats") - entropy(p) * np.log(2)) < 1e-15  # one rounding


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_every_gradient_has_its_latex_and_rows_of_its_own(measure, rng: np.random.Generator) -> None:
    assert measure.gradients.keys() == measure.latex_gradients.keys()
    given = rng.dirichlet(np.ones(3), (1 + ("q" in measure.gradients), 4))
    for gradient in measure.gradients.values():
        rows = np.stack([gradient(*(g[i] for g in given)) for i in range(4)])
        assert np.array_equal(gradient(*given), rows)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: entropy([0.5, 0.6]), ValueError, r"entropy: p is no distribution.*sums to 1.1, needs 1"),
        (lambda: entropy([-0.5, 1.5]), ValueError, r"p is no distribution.*y\[0\] is -0.5"),
        (lambda: entropy(0.5), ShapeError, r"needs one shape"),
        (lambda: cross_entropy([0.5, 0.5], [1.0]), ShapeError, r"p has shape \(2,\), q has shape \(1,\)"),
        (lambda: kl_divergence([1.0], [1.0], "bans"), ValueError, r"unit is 'bans', needs one of bits, nats"),
    ],
)
def test_what_is_no_distribution_is_refused_in_words(call, error, words: str) -> None:
    with pytest.raises(error, match=words):
        call()
