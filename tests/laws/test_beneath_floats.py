"""A difference that no float shows is told and not held against the claim, unless the point's saturation is what hides it."""

import numpy as np
import pytest

import autocheck


def series(x):
    term, total = np.ones_like(x), np.ones_like(x)
    for n in range(1, 31):
        term = term * x / n
        total = total + term
    return np.sum(total)


def softplus(x):
    return np.sum(np.log1p(np.exp(x)))


SAME_TO_EVERY_FLOAT = {
    "an epsilon in a logarithm": (lambda x: np.sum(np.log(x + 1e-20)), lambda x: 1 / x, [0.3, 2.0]),
    "an epsilon below a root": (lambda x: np.sum(np.sqrt(x + 1e-25)), lambda x: 0.5 / np.sqrt(x), [0.3, 2.0, 40.0]),
    "thirty terms of e^x": (series, np.exp, [0.3, -0.8, 1.0]),
}
HIDDEN_BY_THE_POINT = {
    "softplus far out": (softplus, np.ones_like, [60.0, 70.0]),
    "sin close to zero": (lambda x: np.sum(np.sin(x)), np.ones_like, [1e-12, 2e-12]),
    "tanh far out": (lambda x: np.sum(np.tanh(x)), lambda x: 4 * np.exp(-2 * x), [30.0, 25.0]),
}
SHOWN_BY_FLOATS = {
    "an epsilon of 1e-12": (lambda x: np.sum(np.log(x + 1e-12)), lambda x: 1 / x, [0.3, 2.0]),
    "one part in 2^45": (lambda x: np.sum(x**2), lambda x: 2 * x * (1 + 2.0**-45), [0.3, 2.0]),
    "ten terms of e^x": (lambda x: np.sum(1 + x + x**2 / 2), np.exp, [1e-3, 2e-3]),
}


def checked(case, **options):
    f, gradient, x = case
    return autocheck.check_gradient(f, gradient, np.array(x), **options)


@pytest.mark.parametrize("explore", [False, True])
@pytest.mark.parametrize("name", SAME_TO_EVERY_FLOAT)
def test_what_no_float_shows_is_told_and_agrees(name, explore):
    report = checked(
        SAME_TO_EVERY_FLOAT[name], explore=explore and "terms" not in name
    )  # at ten times x thirty are too few
    assert report.ok, report
    assert [n.id for n in report.parameters[0].notes].count("beneath-floats") == 1
    assert 1e-20 < report.parameters[0].detection_floor < 1e-18


@pytest.mark.parametrize("name", HIDDEN_BY_THE_POINT)
def test_saturation_hides_no_mistake(name):
    assert checked(HIDDEN_BY_THE_POINT[name]).verdict == "wrong"


@pytest.mark.parametrize("name", SHOWN_BY_FLOATS)
def test_what_a_float_shows_is_wrong(name):
    assert checked(SHOWN_BY_FLOATS[name]).verdict == "wrong"


def test_one_element_that_is_wrong_spoils_the_excuse():
    f, gradient, x = SAME_TO_EVERY_FLOAT["an epsilon in a logarithm"]
    report = checked((f, lambda x: gradient(x) * np.array([1.0, 2.0]), x))
    assert (report.verdict, report.parameters[0].wrong) == ("wrong", 2)


def test_a_claim_that_prints_as_the_truth_is_said_to_be_right_to_so_many_digits():
    f, gradient, x = HIDDEN_BY_THE_POINT["softplus far out"]
    assert "right to 26 digits and wrong beyond them" in checked((f, gradient, x)).reasons[0]
