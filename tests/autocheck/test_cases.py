"""A table of cases: each a call of its check, and a known failure that has to fail as it is known to."""

from __future__ import annotations

import numpy as np
import pytest

import autocheck
from autocheck.cases import GradientCase, KnownFailure, parametrize_gradients

X = np.array([0.5, -2.0])


def square(x):
    return np.sum(x**2)


def twice(x):
    return 2 * x


def energy(x, k):
    return k * np.sum(x**2)


def energy_gradients(x, k):
    return 2 * k * x, np.sum(x**2)


@pytest.mark.parametrize(
    "case",
    [
        GradientCase("gradient", square, twice, (X,)),
        GradientCase("two arguments", energy, energy_gradients, (X, 3.0), argnums=(0, 1)),
        GradientCase("jacobian", np.square, lambda x: np.diag(2 * x), (X,), form="jacobian"),
        GradientCase("jvp", np.square, lambda x, t: 2 * x * t, (X,), form="jvp", options={"tangents": (np.ones(2),)}),
    ],
    ids=repr,
)
def test_a_case_is_a_call_of_its_check(case) -> None:
    assert case().ok


def test_a_case_that_does_not_agree_raises_its_report() -> None:
    with pytest.raises(AssertionError, match="wrong: the gradient of square") as raised:
        GradientCase("lost", square, np.ones_like, (X,))()
    assert raised.type is AssertionError


def test_a_known_failure_is_told_from_any_other() -> None:
    known = {"fails": "the 2 is lost"}
    with pytest.raises(KnownFailure, match="wrong: the gradient of square"):
        GradientCase("lost", square, np.ones_like, (X,), **known)()
    with pytest.raises(AssertionError, match=r"known to be inaccurate \(the 2 is lost\), but it is wrong:") as raised:
        GradientCase("other", square, np.ones_like, (X,), **known, verdict="inaccurate")()
    assert raised.type is AssertionError
    assert GradientCase("mended", square, twice, (X,), **known)().ok


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "name is '', needs a few words"),
        ({"args": X}, r"args is array\(.*, needs a tuple of all arguments of f"),
        ({"form": "grad"}, "form is 'grad', needs one of gradient, vjp"),
        ({"fails": True}, "fails is True, needs the reason in words"),
        ({"verdict": "agrees"}, "verdict is 'agrees', needs one of inconclusive, inaccurate, wrong"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_case_that_can_not_be_meant_is_refused(given, said) -> None:
    with pytest.raises(autocheck.BadClaim, match=said):
        GradientCase(**{"name": "square", "f": square, "gradient": twice, "args": (X,), **given})


@pytest.mark.parametrize(
    ("names", "said"),
    [([], "got no cases"), (["a", "b", "a"], "got more than one case named 'a'")],
    ids=["none", "twice"],
)
def test_cases_need_names_of_their_own(names, said) -> None:
    with pytest.raises(autocheck.BadClaim, match=said):
        parametrize_gradients(GradientCase(name, square, twice, (X,)) for name in names)


def test_a_case_has_its_name_its_marks_and_a_strict_expectation() -> None:
    # a mark as any, which is carried along: nothing is skipped by it
    usual, lost = pytest.mark.skipif(False, reason="never"), {"fails": "the 2 is lost"}
    mark = parametrize_gradients(
        [GradientCase("lost", square, np.ones_like, (X,), marks=(usual,), **lost)], "claim"
    ).mark
    argument, (row,) = mark.args
    assert (argument, row.id, [m.name for m in row.marks]) == ("claim", "lost", ["skipif", "xfail"])
    assert row.marks[1].kwargs == {"reason": "the 2 is lost", "strict": True, "raises": KnownFailure}
