"""What f marks as constant is constant in every route; and a gradient that differs only by such a path is told so."""

from __future__ import annotations

import numpy as np
import pytest

import autocheck
from autocheck import stop_gradient

X = np.array([0.5, 1.5, -0.75])


def weighted(x):
    """The weights are not trained."""
    return np.sum(stop_gradient(np.exp(x)) * x**2)


def held(x):
    return np.exp(x) * 2 * x


def full(x):
    return held(x) + np.exp(x) * x**2


def stop_notes(report):
    return [n.text for n in report.notes if n.id == "stop-gradient"]


def test_every_route_holds_it_constant():
    (parameter,) = autocheck.check_gradient(weighted, full, X).parameters
    index, true = parameter.worst_index, held(X)
    for route in ("definition", "autodiff", "finite difference"):
        assert parameter.estimate(route).value == pytest.approx(true[index], rel=1e-9)


def test_the_gradient_with_the_value_held_agrees_and_is_told_apart_from_the_full_one():
    report = autocheck.check_gradient(weighted, held, X)
    assert report.ok
    assert stop_notes(report) == [
        "agrees with what stop_gradient marks held constant; it differs from the full derivative by that path only"
    ]


def test_the_full_gradient_is_wrong_and_told_to_be_full():
    report = autocheck.check_gradient(weighted, full, X)
    assert report.verdict == "wrong"
    assert "nothing held constant" in stop_notes(report)[0]


def test_any_other_gradient_is_wrong_without_such_a_note():
    report = autocheck.check_gradient(weighted, lambda x: 3 * held(x), X)
    assert report.verdict == "wrong"
    assert not stop_notes(report)


def test_a_stop_that_changes_nothing_is_not_mentioned():
    report = autocheck.check_gradient(
        lambda x: np.log(np.sum(np.exp(x - stop_gradient(x.max())))) + stop_gradient(x.max()),
        lambda x: np.exp(x) / np.exp(x).sum(),
        X,
    )
    assert report.ok
    assert not stop_notes(report)


@pytest.mark.parametrize("budget", [2.0, 0.0], ids=["exact", "floats"])
def test_what_jax_holds_constant_is_no_contradiction(budget):
    import jax
    import jax.numpy as jnp

    def weighted_in_jax(x):
        return jnp.sum(jax.lax.stop_gradient(jnp.exp(x)) * x**2)

    with jax.enable_x64(True):
        assert autocheck.check_gradient(weighted_in_jax, held, X, budget=budget).ok
        assert autocheck.check_gradient(weighted_in_jax, full, X, budget=budget).verdict == "wrong"


# --- where f's domain ends --------------------------------------------------------------------------------------------


def refuses_negatives(x):
    if np.any(x < 0):
        raise ValueError("a concentration is negative")
    return np.sum(x**2 + x)


EDGE = np.array([0.0, 1.0])


def test_a_function_that_raises_next_to_the_point_is_judged_from_the_other_side():
    report = autocheck.check_gradient(refuses_negatives, lambda x: 2 * x + 1, EDGE)
    assert report.ok
    assert report.digits > 60
    (note,) = (n.text for n in report.parameters[0].notes if n.id == "edge")
    assert "a concentration is negative" in note
    assert "test_stops.py" in note


def test_a_wrong_gradient_there_is_wrong():
    assert autocheck.check_gradient(refuses_negatives, lambda x: 2 * x + 1.001, EDGE).verdict == "wrong"


def test_a_function_that_raises_on_either_side_is_not_judged_by_the_definition():
    def only_there(x):
        if np.any(x != 1):
            raise ValueError("needs 1")
        return np.sum(x)

    report = autocheck.check_gradient(only_there, lambda x: np.ones(2), np.ones(2))
    assert report.digits is None
    assert "raised on either side of the point: ValueError: needs 1" in str(report)
