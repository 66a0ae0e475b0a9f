"""What a check takes from the session that it runs in, and what the session hears."""

from __future__ import annotations

import numpy as np
import pytest

import autocheck
from autocheck.report import Report
from autocheck.session import announce, given, session

X = np.array([0.5, -2.0])


def square(x):
    return np.sum(x**2)


def twice(x):
    return 2 * x


def test_a_session_hears_of_every_report_whatever_the_verdict() -> None:
    heard: list[Report] = []
    with session(heard.append):
        right = autocheck.assert_gradient(square, twice, X)
        with pytest.raises(AssertionError):
            autocheck.assert_gradient(square, np.ones_like, X)
    autocheck.check_gradient(square, twice, X)
    assert [r.verdict for r in heard] == ["agrees", "wrong"]
    assert heard[0] is right


def test_a_check_takes_the_options_of_its_session_unless_told_otherwise() -> None:
    with session(options={"seed": 3, "name": "energy"}):
        assert [autocheck.check_gradient(square, twice, X, **told).seed for told in ({}, {"seed": 4})] == [3, 4]
        assert autocheck.check_gradient(square, twice, X).name == "energy"
    assert autocheck.check_gradient(square, twice, X).seed == 0


def test_an_unknown_option_of_a_session_is_refused() -> None:
    with (
        session(options={"sead": 3}),
        pytest.raises(autocheck.BadClaim, match="unknown option 'sead'; did you mean 'seed'"),
    ):
        autocheck.check_gradient(square, twice, X)


def test_the_inner_session_holds_and_the_outer_one_comes_back() -> None:
    outer: list[Report] = []
    inner: list[Report] = []
    with session(outer.append, {"seed": 1}):
        with session(inner.append):
            assert not given()
            announce(Report("f", "agrees"))
        assert given() == {"seed": 1}
        announce(Report("g", "agrees"))
    assert [[r.name for r in heard] for heard in (outer, inner)] == [["g"], ["f"]]
