"""The bounds behind Schwartz and Zippel's argument: never below the true degree, and a true zero only where one is."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from autocheck import evidence
from autocheck.inputs import KINDS, draw, variables

REAL = {"x": ("real",), "y": ("real",)}


def bounds(one, other, inputs=None):
    inputs = inputs or REAL
    return evidence.difference(one, other, variables(inputs, draw(inputs, 0, 1)))


@pytest.mark.parametrize(
    ("formula", "degree"),
    [
        (lambda x, y: x * y * x, 3),
        (lambda x, y: (x + y) ** 4, 4),
        (lambda x, y: x / y, 1),
        (lambda x, y: 1 / x + 1 / y, 1),
        (lambda x, y: x - x, 1),  # a bound: what cancels is not seen
        (lambda x, y: 0 * x**5, 0),
        (lambda x, y: (x * y) ** -2, 0),
    ],
)
def test_the_degree_of_the_numerator(formula, degree: int) -> None:
    assert evidence.degree(bounds(formula, lambda x, y: 0)) == degree


@pytest.mark.parametrize(
    "formula",
    [
        lambda x, y: np.exp(x),
        lambda x, y: np.sqrt(x),
        lambda x, y: x**0.5,
        lambda x, y: np.where(x > y, x, y),
        lambda x, y: np.where(x == y, x, y),  # an object answers == by its identity, unless it is told not to
        lambda x, y: x if x else y,
        lambda x, y: np.maximum(x, y),
        lambda x, y: np.abs(x),
        lambda x, y: np.log(x) * y,
        lambda x, y: x * 0.1,  # a rounded constant: what it stands for may be no fraction
        lambda x, y: x + np.pi,
        lambda x, y: x / 0,
    ],
)
def test_what_is_no_fraction_is_not_taken_for_one(formula) -> None:
    assert bounds(formula, lambda x, y: x) is None


def test_exponentials_of_sums_of_logits_are_fractions() -> None:
    logits = {"x": ("logits",), "y": ("logits",)}
    assert evidence.degree(bounds(lambda x, y: np.exp(x - y), lambda x, y: 1, logits)) == 1
    assert evidence.degree(bounds(lambda x, y: np.tanh(x), lambda x, y: 0, logits)) == 2
    assert evidence.degree(bounds(lambda x, y: np.exp(2 * x + np.log(np.exp(y))), lambda x, y: 0, logits)) == 3
    assert bounds(lambda x, y: np.exp(x / 3), lambda x, y: 0, logits) is None
    assert bounds(lambda x, y: x * np.exp(x), lambda x, y: 0, logits) is None


def test_a_fraction_that_is_not_zero_is_never_smaller_than_the_bound(rng: np.random.Generator) -> None:
    """Random fractions at random dyadic points, computed in exact fractions."""
    for _ in range(300):
        k, scale = rng.integers(1, 2**12, 2), 2 ** int(rng.integers(1, 12))
        x, y = (Fraction(int(i), scale) for i in k)
        a, b, c = (int(i) for i in rng.integers(-4, 5, 3))

        def formula(x, y, a=a, b=b, c=c):
            return (a * x * x + b * y + c) / ((x + 1) * (y + 2) + x)

        found = evidence.difference(formula, lambda x, y: 0, (evidence.variable(), evidence.variable()))
        assert found is not None
        value, least = formula(x, y), evidence.bits_to_zero(found, scale.bit_length() - 1, max(1.0, float(x), float(y)))
        assert value == 0 or abs(value) >= Fraction(1, 2**least)


def test_the_chance_of_a_wrong_step_is_schwartz_and_zippels() -> None:
    assert evidence.chance(10, 1000, 3) == pytest.approx(-6)
    assert evidence.chance(2000, 1000, 3) == 0  # no evidence at all


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_input_lies_where_it_says_at_points_of_several_sizes(kind: str) -> None:
    points = [draw({"x": (kind, "n")}, 0, number) for number in range(8)]
    values = [p.floats[0] for p in points]
    assert {len(v) for v in values} == {2, 3, 4}
    assert all(np.isfinite(v).all() for v in values)
    if kind in ("positive", "unit", "distribution"):
        assert all((v > 0).all() for v in values)
    if kind in ("unit", "distribution"):
        assert all((v < 1).all() for v in values)
    if kind == "distribution":
        assert all(sum(map(Fraction, v.tolist())) == 1 for v in values)  # exactly, as Σ y = 1 is used exactly
    if kind in ("real", "positive", "logits"):
        largest = [np.max(np.abs(v)) for v in values]
        assert max(largest) > 4 * min(largest)
