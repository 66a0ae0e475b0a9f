"""Squared error or cross-entropy: what the lecture says of them, measured."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.choice_of_loss import (
    IS,
    NEURON_LOSSES,
    TASKS,
    along,
    half_squared_curvature,
    slope_for_error,
    surface,
    train_each,
)
from handgrad.data import digits

SQUARED, ENTROPY = NEURON_LOSSES
Z = np.linspace(-30, 30, 2001)


def test_squared_error_is_not_convex_on_a_sigmoid_and_cross_entropy_is() -> None:
    for y in (np.zeros_like(Z), np.ones_like(Z)):
        assert (SQUARED.curvature(Z, y) < 0).any()
        assert (ENTROPY.curvature(Z, y) > 0).all()


def test_the_squared_error_of_a_neuron_that_should_say_0_turns_concave_at_two_thirds() -> None:
    """a(1 - a)[a(1 - a) + a(1 - 2a)] = a²(1 - a)(2 - 3a)"""
    z = np.log(2.0) + np.array([-1e-9, 1e-9])  # σ(ln 2) = 2/3
    below, above = half_squared_curvature(z, np.zeros(2))
    assert above < 0 < below


def test_a_chord_lies_below_the_surface_of_the_squared_error_somewhere_and_never_below_that_of_cross_entropy(
    rng: np.random.Generator,
) -> None:
    """Convexity without a derivative: the middle of a chord against the surface, on 400 chords."""
    x, y = rng.normal(size=20), rng.integers(0, 2, 20).astype(float)
    ends = rng.normal(0, 6, (2, 400, 2))
    for loss, convex in ((SQUARED, False), (ENTROPY, True)):
        J = [np.array([surface(loss, w, b, x, y)[0, 0] for w, b in p[..., None]]) for p in (*ends, ends.mean(axis=0))]
        gap = (J[0] + J[1]) / 2 - J[2]
        assert (gap.min() > -1e-12) == convex  # a few ulp of a mean of about 10


def test_the_curvature_along_a_line_tells_the_same(rng: np.random.Generator) -> None:
    X, y = rng.normal(size=(6, 2)), rng.integers(0, 2, 6).astype(float)
    lines = [(rng.normal(0, 3, 2), rng.normal(), rng.normal(size=2), rng.normal()) for _ in range(300)]
    for loss, convex in ((SQUARED, False), (ENTROPY, True)):
        told = [along(loss, w, b, X, y, u, v, np.zeros(()))[2] for w, b, u, v in lines]
        assert (min(told) >= 0) == convex


def test_learning_slows_down_where_the_squared_error_is_largest() -> None:
    """The slope of squared error grows with the error up to 2/3 and then dies; that of cross-entropy is the error itself."""
    error = np.linspace(0.01, 0.99, 99)
    slow, steady = slope_for_error(SQUARED, error), slope_for_error(ENTROPY, error)
    assert np.abs(slow - error**2 * (1 - error)).max() < 1e-15
    assert np.abs(steady - error).max() < 1e-15
    assert abs(error[np.argmax(slow)] - 2 / 3) < 0.01
    assert slow[-1] < 0.01 < 0.98 < steady[-1]


def test_the_slope_in_saturation_is_at_most_e_to_the_minus_z() -> None:
    assert (np.abs(SQUARED.slope(Z, np.zeros_like(Z))) <= np.exp(-np.abs(Z)) * (1 + 1e-15)).all()


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_each_loss_learns_real_digits_and_squared_error_lets_less_through(task) -> None:
    """A few epochs, from an ordinary start: both learn; cross-entropy's delta is the error itself, squared error's a part of it."""
    squared, entropy = train_each(task, digits(seed=0), epochs=6)
    guessing = 0.5 if task.name == "binary" else 0.2
    assert min(squared.right, entropy.right) > guessing
    assert entropy.losses[-1] < entropy.losses[0]
    assert entropy.shrunk == pytest.approx(1)
    assert squared.shrunk < 0.3


def test_from_a_saturated_start_squared_error_learns_less() -> None:
    """Ten times the usual weights on top, ten classes: the case that the lecture warns of."""
    squared, entropy = train_each(TASKS[1], digits(seed=0), epochs=6, scale=10)
    assert entropy.right > 0.9 > squared.right + 0.2


def test_the_questions_of_the_multi_label_task_have_any_number_of_true_answers() -> None:
    answers = TASKS[2].targets(np.eye(10))
    assert answers.shape == (10, len(IS))
    assert set(answers.sum(axis=1)) == {1, 2}
    assert TASKS[2].right(answers, answers) == 1


def test_a_sigmoids_answers_all_have_to_be_right() -> None:
    a = np.array([[0.9, 0.1], [0.9, 0.1]])
    assert TASKS[2].right(a, np.array([[1.0, 0.0], [1.0, 1.0]])) == 0.5
