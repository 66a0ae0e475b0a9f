"""From what the routes found to a verdict: precedence, not votes; made-up findings, no function is run."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from flint import arb

from autocheck import per_parameter, rounding, verdict
from autocheck.claim import make_claim, parameters
from autocheck.lifted import balls
from autocheck.report import VERDICTS, Note, worst
from autocheck.routes.convergence import Outcome
from autocheck.routes.definition import Definition
from autocheck.routes.derivatives import Derivatives
from autocheck.routes.plain import Observed

X = np.array([1.0, 2.0])
HAND = np.array([2.0, 4.0])
CLAIM = make_claim(lambda x: (x**2).sum(), lambda x: 2 * x, (X,), reference=None)


def outcome(state, claim=2.0, slope=2.0):
    """What the definition says of one element."""
    left, right = (-1.0, 3.0) if state in ("kink", "outside") else (slope, slope)
    facts = {name: arb(claim - slope) for name in ("residual", "limit", "size") if name in Outcome.__dataclass_fields__}
    return Outcome(
        state=state,
        claim=claim,
        left=left,
        right=right,
        digits=90.0,
        miss=abs(claim - slope),
        sees=1e-90,
        one_sided=False,
        **facts,
    )


def definition(*states, **facts):
    outcomes = tuple(((i,), outcome(state, HAND[i], HAND[i])) for i, state in enumerate(states))
    return Definition((outcomes,), (HAND,), (balls.to_balls(HAND),), (0 * HAND,), as_floats=(False,), **facts)


SILENT = Derivatives("autodiff", abstained="not asked"), Derivatives("finite difference", abstained="not asked")
EXACT = rounding.Rounding(0.5, 0.5, (0,))
FAULTY = rounding.Rounding(1e9, 1e9, (1,), "keeps fewer than half of its digits")


def found(states=("agrees", "agrees"), routes=SILENT, rounded=EXACT, notes=(), **facts):
    observed = Observed(np.asarray(5.0), (HAND,), notes)
    return verdict.Found(observed, definition(*states, **facts), [rounded], *routes)


def route(name, values, error=1e-9, **facts):
    return Derivatives(name, (np.asarray(values, dtype=float),), (np.full(2, error),), np.asarray(5.0), **facts)


# --- one parameter ----------------------------------------------------------------------------------------------------

STATES = {
    "agrees": "agrees",
    "constants": "agrees",
    "kink": "agrees",
    "wrong": "wrong",
    "outside": "wrong",
    "open": "inconclusive",
    "steep": "inconclusive",
    "no limit": "inconclusive",
    "edge": "inconclusive",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("other", STATES)
def test_the_worst_element_decides(state, other):
    report = verdict.reached(CLAIM, found((state, other)))
    assert report.verdict == report.parameters[0].verdict == worst([STATES[state], STATES[other]])


@pytest.mark.parametrize("state", STATES)
def test_a_rounding_fault_comes_after_wrong_and_before_inconclusive(state):
    report = verdict.reached(CLAIM, found((state, "agrees"), rounded=FAULTY))
    assert report.verdict == worst([STATES[state], "inaccurate"])


@pytest.mark.parametrize("state", [state for state in STATES if state not in ("agrees", "constants", "kink")])
def test_every_verdict_but_agrees_has_a_reason_that_names_the_element(state):
    report = verdict.reached(CLAIM, found(("agrees", state)))
    assert "x[1]" in report.reasons[0]
    assert report.reasons[0].removeprefix("x: ") in str(report)


@pytest.mark.parametrize(("state", "note"), [("kink", "kink"), ("constants", "rounded-constants"), ("steep", "steep")])
def test_what_is_worth_knowing_is_a_note_with_a_stable_name(state, note):
    assert note in [n.id for n in verdict.reached(CLAIM, found(("agrees", state))).parameters[0].notes]


# --- precedence -------------------------------------------------------------------------------------------------------

ELSEWHERE = (-7.0, 1e9)


def test_finite_differences_never_overrule_the_definition():
    routes = (SILENT[0], route("finite difference", ELSEWHERE))
    assert verdict.reached(CLAIM, found(routes=routes)).ok
    right = (SILENT[0], route("finite difference", HAND))
    assert verdict.reached(CLAIM, found(("wrong", "agrees"), routes=right)).verdict == "wrong"


def test_autodiff_of_the_same_f_never_overrules_the_definition_but_is_not_ignored():
    report = verdict.reached(CLAIM, found(routes=(route("autodiff", ELSEWHERE), SILENT[1])))
    assert report.verdict == "inconclusive"
    assert "contradicts itself" in report.reasons[0]
    assert "please report" in report.reasons[0]


@pytest.mark.parametrize(
    ("facts", "note"), [({"at_kink": True}, "autodiff-convention"), ({"value": None}, "contradiction")]
)
def test_jaxs_own_conventions_are_never_counted_against_the_hand(facts, note):
    report = verdict.reached(CLAIM, found(routes=(replace(route("autodiff", ELSEWHERE), **facts), SILENT[1])))
    assert note in [n.id for n in report.notes]
    assert report.ok == (note == "autodiff-convention")


def test_nan_from_autodiff_is_jaxs_own():
    report = verdict.reached(CLAIM, found(routes=(route("autodiff", [np.nan, 4.0]), SILENT[1])))
    assert report.ok
    assert "autodiff-nan" in [n.id for n in report.notes]


def test_a_stopped_gradient_explains_what_autodiff_does_not_know():
    assert verdict.reached(CLAIM, found(routes=(route("autodiff", ELSEWHERE), SILENT[1]), stopped=True)).ok


def test_autodiff_is_not_asked_about_kinks():
    assert verdict.reached(CLAIM, found(("kink", "agrees"), routes=(route("autodiff", [-7.0, 4.0]), SILENT[1]))).ok


@pytest.mark.parametrize("fault", verdict.FAULTS)
def test_a_fault_that_the_plain_runs_showed_decides_as_its_table_says(fault):
    report = verdict.reached(CLAIM, found(notes=(Note(fault, "something happened"),)))
    assert report.verdict == verdict.FAULTS[fault] != "agrees"
    assert report.reasons[0] == "something happened"


def test_a_note_that_is_no_fault_never_decides():
    assert verdict.reached(CLAIM, found(notes=(Note("anything-else", "by the way"),))).ok


def test_the_verdict_of_a_report_is_that_of_its_worst_parameter():
    for some in itertools.combinations_with_replacement(VERDICTS, 3):
        assert worst(list(some)) == max(some, key=VERDICTS.index)
    assert VERDICTS == ("agrees", "inconclusive", "inaccurate", "wrong")
    assert worst([]) == "agrees"


def test_no_report_ever_says_correct_or_proved():
    for state in STATES:
        said = str(verdict.reached(CLAIM, found((state, "agrees")))).lower()
        assert not any(word in said for word in ("correct", "proved", "proven", "guarantee"))


# --- floats alone -----------------------------------------------------------------------------------------------------


def by_floats(hand, autodiff=SILENT[0], difference=SILENT[1]):
    observed = Observed(np.asarray(5.0), (np.asarray(hand, dtype=float),))
    abstained = Definition(abstained="fft is not lifted (model.py:3)")
    return verdict.reached(CLAIM, verdict.Found(observed, abstained, [None], autodiff, difference))


@pytest.mark.parametrize(("error", "expected"), [(0, "agrees"), (1e-12, "agrees"), (1e-3, "wrong"), (-8.0, "wrong")])
def test_where_exact_numbers_are_not_to_be_had_autodiff_decides(error, expected):
    report = by_floats(HAND + np.array([0, error]), autodiff=route("autodiff", HAND, error=1e-11))
    assert report.verdict == expected
    assert "formula not judged: fft is not lifted (model.py:3)" in str(report)
    assert (report.mode, report.digits) == ("floating point only", None)


def test_no_witness_at_all_is_inconclusive():
    assert by_floats(HAND).verdict == "inconclusive"


def test_a_bar_so_wide_that_a_mistake_could_hide_in_it_is_inconclusive():
    assert by_floats(HAND, difference=route("finite difference", HAND, error=1.0)).verdict == "inconclusive"


def test_an_element_that_no_witness_was_asked_about_never_passes():
    half = Derivatives("finite difference", (np.array([2.0, np.nan]),), (np.array([1e-12, np.nan]),))
    assert not by_floats(HAND, difference=half).ok


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_number_is_wrong_beside_a_number(value):
    assert by_floats([2.0, value], autodiff=route("autodiff", HAND)).verdict == "wrong"


# --- rounding ---------------------------------------------------------------------------------------------------------


def rounded(hand, exact, spread=0.0, scale=1.0):
    hand, exact = np.asarray(hand), np.asarray(exact, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        errors = np.abs(hand.astype(np.float64) - exact)
    return rounding.rounding(hand, exact, errors, np.full(exact.shape, spread), scale)


FINE = {
    "exact": ([1.0, 2.0], [1.0, 2.0], 0.0),
    "an ulp": ([1.0, 2.0 + 4e-16], [1.0, 2.0], 0.0),
    "a small element without a digit": ([1.0, 0.0], [1.0, 1e-17], 0.0),
    "half the digits, excused by the inputs": ([1.0, 2.001], [1.0, 2.0], 1e-3),
    "noise where the formula gives zero": ([1e-17, -1e-17], [0.0, 0.0], 0.0),
    "float32": (np.float32([1.0, 2.0 / 3]), [1.0, 2.0 / 3], 0.0),
    "overflow that is the truth's": ([np.inf, 1.0], [np.inf, 1.0], 0.0),
}
LOST = {
    "half the digits": ([1.0, 2.001], [1.0, 2.0], 1e-6),
    "all digits": ([0.0, 0.0], [1e-3, 2e-3], 0.0),
    "not a number": ([1.0, np.nan], [1.0, 2.0], 9.0),
    "infinite": ([1.0, -np.inf], [1.0, 2.0], 9.0),
    "more than noise where the formula gives zero": ([1e-3, 0.0], [0.0, 0.0], 0.0),
}


@pytest.mark.parametrize("name", FINE)
def test_rounding_that_is_no_fault(name):
    assert not rounded(*FINE[name]).fault


@pytest.mark.parametrize("name", LOST)
def test_rounding_that_is_a_fault_is_told_with_its_element(name):
    hand, exact, spread = LOST[name]
    fault = rounded(hand, exact, spread)
    assert fault.fault
    assert fault.index == (int(np.argmax(np.abs(np.subtract(hand, exact)))),)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_ulps_are_those_of_the_gradients_own_dtype(dtype):
    one = dtype(1)
    assert rounded(np.array([one + np.spacing(one)]), [1.0]).ulp == 1


def test_ulps_are_of_the_largest_element_and_elementwise_of_each():
    found = rounded([1024.0, 1.0 + 2**-50], [1024.0, 1.0])
    assert (found.ulp, found.elementwise_ulp) == (2**-8, 4)


# --- zeros ------------------------------------------------------------------------------------------------------------


def test_a_gradient_has_influence_if_claim_or_slope_is_not_zero():
    silent = Definition(((((0,), outcome("agrees", 0.0, 0.0)),),))
    assert not verdict.has_influence(silent, 0)
    for claimed, slope in ((1.0, 0.0), (0.0, 1.0)):
        assert verdict.has_influence(Definition(((((0,), outcome("wrong", claimed, slope)),),)), 0)


def test_without_influence_is_a_note_and_with_a_mistake_elsewhere_it_is_wrong():
    report = verdict.reached(CLAIM, found())
    assert verdict.without_influence(report, [0], 5).ok
    assert "no influence on f at any of 5 points" in str(verdict.without_influence(report, [0], 5))
    there = definition("wrong", "agrees")
    judged = verdict.with_other_point(report, CLAIM, there, "negated")
    assert judged.verdict == "wrong"
    assert "x[0] is right at the given point and wrong at another, with the arguments negated" in judged.reasons[0]


def test_the_element_that_is_shown_agrees_to_the_fewest_digits():
    outcomes = [((i,), replace(outcome("agrees"), digits=d)) for i, d in enumerate((90.0, 17.0, 60.0))]
    assert per_parameter.telling(outcomes, range(3)) == 1
    assert per_parameter.where("W", (2, 1)) == "W[2, 1]"
    assert per_parameter.where("W", ("direction", 4)) == "W along random direction 4"


def test_the_paste_able_line_names_what_differs_from_the_defaults():
    line = verdict.reproduce(make_claim(np.sum, np.sum, (X, X), (1, 0), rows=True, seed=7))
    assert line.endswith("argnums=(1, 0), rows=True, seed=7)")
    assert parameters(CLAIM)[0].name == "x"
