"""The options that all checks share: more points, a small instance, a tolerance of one's own, and what is refused."""

from __future__ import annotations

import collections
import functools
import inspect

import numpy as np
import pytest

import autocheck
from autocheck.claim import BadClaim
from autocheck.options import DEFAULTS, Options
from autocheck.session import session

OTHERS = ("check_chain", "check_network")  # they judge no function of the caller's arguments
CHECKS = [getattr(autocheck, name) for name in autocheck.__all__ if name.startswith("check_") and name not in OTHERS]


def leaky(x):
    return np.sum(np.where(x > 0, x**2, 0.1 * x))


def leaky_gradient(x):
    return np.where(x > 0, 2 * x, 0.1)


def leaky_gradient_without_slope(x):
    """Wrong on the negative side only."""
    return np.where(x > 0, 2 * x, 1.0)


def softmax_loss(W, X, Y):
    z = X @ W
    z = z - z.max(axis=1, keepdims=True)
    return -np.sum(Y * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True)))) / len(X)


def softmax_loss_gradient(W, X, Y):
    e = np.exp(X @ W - (X @ W).max(axis=1, keepdims=True))
    return X.T @ (e / e.sum(axis=1, keepdims=True) - Y) / len(X)


def classifier(n: int, classes: int = 10, rows: int = 8):
    rng = np.random.default_rng(n)
    return (
        rng.normal(size=(n, classes)) / 10,
        rng.normal(size=(rows, n)),
        np.eye(classes)[rng.integers(0, classes, rows)],
    )


POSITIVE, NEGATIVE = np.array([1.0, 2.0]), np.array([-1.0, 0.5])


# --- signatures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_check_names_all_options_in_its_signature_and_help(check):
    named = inspect.signature(check).parameters
    without = (
        {"argnums", "reference"} if check is autocheck.check_intermediates else set()
    )  # its names say what is judged
    assert set(Options.__annotations__) == set(DEFAULTS) <= set(named) | without
    assert not without & set(named)
    assert all(name in check.__doc__ for name in DEFAULTS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_an_unknown_option_is_refused_with_a_guess(check):
    with pytest.raises(BadClaim, match=r"unknown option 'formula'; did you mean 'formula_at'\? Known: .*budget"):
        check(leaky, leaky_gradient, POSITIVE, formula=0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rtol": -1e-3}, "rtol=-0.001, needs a number from 0 up"),
        ({"atol": "tiny"}, "atol='tiny', needs a number from 0 up"),
        ({"points": 3}, "points=3, needs a sequence of tuples"),
        ({"points": [POSITIVE]}, "needs a sequence of tuples, each with all arguments of f"),
        ({"formula_at": POSITIVE}, "formula_at is ndarray, needs a tuple"),
        ({"budget": -1}, "budget=-1, needs a number of seconds"),
        ({"seed": -1}, "seed=-1, needs a whole number"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_option_that_cannot_be_meant_is_refused(options, said):
    with pytest.raises(BadClaim) as refused:
        autocheck.check_gradient(leaky, leaky_gradient, POSITIVE, **options)
    assert said in str(refused.value)


# --- points -----------------------------------------------------------------------------------------------------------


def test_a_mistake_that_shows_at_a_given_point_only_is_found_there():
    assert autocheck.check_gradient(leaky, leaky_gradient_without_slope, POSITIVE).ok
    report = autocheck.check_gradient(
        leaky, leaky_gradient_without_slope, POSITIVE, points=[(POSITIVE * 2,), (NEGATIVE,)]
    )
    assert report.verdict == "wrong"
    assert "points[1]" in str(report)
    assert report.points == 3


def test_a_right_gradient_agrees_at_all_given_points():
    report = autocheck.check_gradient(leaky, leaky_gradient, POSITIVE, points=[(NEGATIVE,)])
    assert report.ok
    assert report.points == 2


def test_exploring_finds_a_mistake_on_the_side_that_the_point_does_not_visit():
    report = autocheck.check_gradient(leaky, leaky_gradient_without_slope, POSITIVE, explore=True)
    assert report.verdict == "wrong"
    assert autocheck.check_gradient(leaky, leaky_gradient, POSITIVE, explore=True).ok


def test_a_report_names_the_side_that_was_not_visited():
    notes = [
        n.text for n in autocheck.check_gradient(leaky, leaky_gradient, POSITIVE).notes if n.id == "unvisited-side"
    ]
    assert len(notes) == 1
    assert "test_options.py" in notes[0]
    visited = autocheck.check_gradient(leaky, leaky_gradient, NEGATIVE)
    assert not [n for n in visited.notes if n.id == "unvisited-side"]


# --- large and small --------------------------------------------------------------------------------------------------


def test_what_is_too_large_for_exact_arithmetic_is_judged_in_floats_and_says_no_formula():
    report = autocheck.check_gradient(softmax_loss, softmax_loss_gradient, *classifier(20_000), budget=0.2)
    assert report.ok
    assert report.digits is None
    assert "formula agrees" not in str(report)
    assert "floating point only" in str(report)


def test_what_is_large_is_run_a_few_times_only():
    runs = collections.Counter()

    def counted(function):
        def run(*args):
            runs[function.__name__] += 1
            return function(*args)

        return run

    f, gradient = counted(softmax_loss), counted(softmax_loss_gradient)
    assert autocheck.check_gradient(f, gradient, *classifier(20_000), budget=0.2).ok
    assert runs["softmax_loss_gradient"] == 2  # the same answer both times
    assert runs["softmax_loss"] == 2 + 1 + 1 + 6  # and: watched, traced by JAX, differences


def test_a_small_instance_judges_the_formula_of_a_large_one():
    small, large = classifier(5), classifier(20_000)
    report = autocheck.check_gradient(softmax_loss, softmax_loss_gradient, *large, budget=0.2, formula_at=small)
    assert report.ok
    assert (report.digits or 0) > 40
    assert any(n.id == "formula-at" for n in report.notes)


def test_a_small_instance_convicts_what_floats_can_not_see():
    small, large = classifier(5), classifier(20_000)

    def slightly_off(W, X, Y):
        return softmax_loss_gradient(W, X, Y) * (1 + 1e-13)

    report = autocheck.check_gradient(softmax_loss, slightly_off, *large, budget=0.2, formula_at=small)
    assert report.verdict == "wrong"
    assert "formula_at" in str(report)


def test_one_wrong_element_of_many_is_found_and_named():
    W, X, Y = classifier(400)

    def one_wrong(W, X, Y):
        gradient = softmax_loss_gradient(W, X, Y)
        gradient[123, 4] *= 1 + 1e-9
        return gradient

    report = autocheck.check_gradient(softmax_loss, one_wrong, W, X, Y, budget=1)
    assert report.verdict == "wrong"
    assert report.parameters[0].directions > 0
    assert report.parameters[0].worst_index == (123, 4)


# --- a tolerance of one's own -----------------------------------------------------------------------------------------


def about_right(x):
    return leaky_gradient(x) * (1 + 1e-6)


def test_a_tolerance_turns_a_small_error_to_agrees_and_the_report_says_so():
    assert autocheck.check_gradient(leaky, about_right, NEGATIVE).verdict == "wrong"
    report = autocheck.check_gradient(leaky, about_right, NEGATIVE, rtol=1e-5)
    assert report.ok
    assert [n.id for n in report.parameters[0].notes if n.id == "override"]
    assert "rtol=1e-05" in str(report)


def test_a_tolerance_does_not_excuse_what_is_beyond_it():
    assert autocheck.check_gradient(leaky, about_right, NEGATIVE, rtol=1e-7).verdict == "wrong"
    assert (
        autocheck.check_gradient(leaky, leaky_gradient_without_slope, NEGATIVE, rtol=1e-5, atol=1e-5).verdict == "wrong"
    )


def test_a_tolerance_that_was_not_needed_is_not_mentioned():
    report = autocheck.check_gradient(leaky, leaky_gradient, NEGATIVE, rtol=1e-5)
    assert report.ok
    assert "override" not in str(report.to_dict())


def test_a_tolerance_mends_no_random_function():
    rng = np.random.default_rng(0)
    report = autocheck.check_gradient(lambda x: np.sum(x) + rng.normal(), np.ones_like, NEGATIVE, rtol=10.0)
    assert not report.ok


# --- what a reader is told ------------------------------------------------------------------------------------------------


def test_a_miss_that_floats_can_not_weigh_is_told_with_its_size_and_the_way_out():
    W, X, Y = classifier(20_000)

    def slightly_off(W, X, Y):
        gradient = softmax_loss_gradient(W, X, Y)
        gradient[123, 4] += 1e-9
        return gradient

    report = autocheck.check_gradient(softmax_loss, slightly_off, W, X, Y, budget=0.2)
    assert report.verdict == "inconclusive"
    assert report.reasons[0].startswith("W[123, 4] is 1.0e-09 off what autodiff gives")
    assert "formula_at=" in report.reasons[0]
    assert str(report).count(report.reasons[0]) == 1


def test_a_wrong_gradient_is_not_said_to_have_been_seen_to_any_error():
    report = autocheck.check_gradient(leaky, leaky_gradient_without_slope, np.array([-1.0, -0.5]))
    assert report.verdict == "wrong"
    assert report.parameters[0].detection_floor is None


def test_what_a_reason_says_the_diagnosis_does_not_say_again():
    report = autocheck.check_gradient(leaky, lambda x: leaky_gradient(x)[:1], NEGATIVE)
    assert str(report).count("has shape (1,), needs (2,)") == 1


# --- the line that asks again -----------------------------------------------------------------------------------------


def cubed(x):
    return x**3


def product(x, cotangent):
    return 2 * x**2 * cotangent


def diagonal(x):
    return np.diag(2 * x**2)


def total(x):
    return np.sum(cubed(x))


def slope(x):
    return 3 * x**2


ASKED = {
    "autocheck.check_gradient(leaky, leaky_gradient_without_slope, x, points=points, seed=0)": {"points": [(NEGATIVE,)]},
    "autocheck.check_gradient(leaky, leaky_gradient_without_slope, x, explore=True, seed=4)": {"seed": 4, "explore": True},
    "autocheck.check_gradient(cubed, leaky_gradient, x, rows=True, seed=0)": {"rows": True},
    "autocheck.check_gradient(total, leaky_gradient, x, formula_at=formula_at, seed=0)": {"formula_at": (POSITIVE[:1],)},
    "autocheck.check_vjp(cubed, product, x, cotangent=cotangent, seed=0)": {"cotangent": np.array([0.0, 1.0])},
    "autocheck.check_jvp(cubed, product, x, tangents=tangents, seed=0)": {"tangents": (NEGATIVE,)},
    "autocheck.check_jacobian(cubed, diagonal, x, rtol=0.001, atol=0.0001, seed=0)": {"rtol": 1e-3, "atol": np.float64(1e-4)},
    'autocheck.check_jacobian(cubed, diagonal, x, budget=float("inf"), seed=0)': {"budget": np.inf, "name": "q"},
    "autocheck.check_jacobian(cubed, diagonal, x, reference=cubed, seed=0)": {"reference": cubed, "progress": False},
    "autocheck.check_hessian(total, diagonal, x, gradient=slope, seed=0)": {"gradient": slope},
}  # fmt: skip


@pytest.mark.parametrize(("line", "options"), ASKED.items(), ids=lambda case: case if isinstance(case, str) else "")
def test_the_line_that_asks_again_has_all_that_was_asked_and_finds_the_same(line, options):
    """Pasted below the caller's own names it is the same call: the same verdict, and the same line."""
    with session():  # without the options that this run gives to all tests
        check, f, hand = (eval(name) for name in line.removesuffix(")").replace("(", ", ").split(", ")[:3])
        report = check(f, hand, POSITIVE, **options)
        assert report.reproduce == line
        assert not report.ok
        again = eval(line, {**globals(), **options, "x": POSITIVE})
    assert (again.verdict, again.reproduce) == (report.verdict, line)


def test_what_has_no_name_is_called_by_its_role():
    """`<lambda>` is no Python; the role is, as soon as the caller gives it a meaning. NumPy's functions are found in NumPy."""
    report = autocheck.check_vjp(lambda x: x**3, lambda x, u: u, POSITIVE, reference=lambda x: x**3)
    assert report.reproduce.startswith("autocheck.check_vjp(f, vjp, x, ")
    assert "reference=reference, seed=0)" in report.reproduce
    line = autocheck.check_gradient(np.sin, functools.partial(np.full_like, fill_value=1.0), 0.5).reproduce
    assert line.startswith("autocheck.check_gradient(np.sin, gradient, x, ")
