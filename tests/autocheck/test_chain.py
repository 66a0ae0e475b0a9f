"""Chains of steps: what a student's own derivation may look like, and every way in which one can fail to agree."""

from __future__ import annotations

import json

import numpy as np
import pytest

import autocheck
from autocheck import limits
from autocheck.chain import check_chain
from autocheck.steps import Step

FEW = 4
Z = {"z": ("real",)}


def step(compute, reason: str = "because") -> Step:
    return Step("", reason, compute)


def chain(f, *computes, inputs=None, **options):
    return check_chain(f, [step(c) for c in computes], inputs or Z, points=FEW, **options)


def test_a_students_own_chain_is_judged_from_the_public_name() -> None:
    steps = [autocheck.Step("2 z", "power rule", lambda z: 2 * z, "page 3"), step(lambda z: z + z)]
    report = autocheck.check_chain(lambda z: z**2, steps, {"z": ("real",)}, name="z²")
    assert report.ok, str(report)
    assert (report.steps[0].slide, report.steps[1].degree) == ("page 3", 1)
    assert "z²" in str(report)
    assert json.loads(json.dumps(report.to_dict()))["schema"] == 1


def test_a_report_on_a_chain_is_a_page_and_data_as_any_other() -> None:
    report = chain(lambda z: z**2, lambda z: 2 * z, lambda z: 3 * z)
    assert json.loads(report.to_json())["broken"] == 2
    page = report.to_html()
    assert page.startswith("<!doctype html>")
    assert "breaks at step 2" in page
    assert report.steps[1].finding.partition(" ")[0] in page


def test_asserting_a_chain_raises_with_the_report_as_its_message() -> None:
    right, wrong = [step(lambda z: 2 * z)], [step(lambda z: 3 * z)]
    assert autocheck.assert_chain(lambda z: z**2, right, Z, points=FEW).ok
    with pytest.raises(AssertionError, match="breaks at step 1"):
        autocheck.assert_chain(lambda z: z**2, wrong, Z, points=FEW)


def test_the_evidence_says_how_strong_it_is_and_never_more() -> None:
    steps = [step(lambda z: 2 * z), step(lambda z: z + z), step(lambda z: (z + 1) ** 2 - z**2 - 1)]
    text = str(check_chain(lambda z: z**2, steps, Z))
    assert f"evidence: {limits.CHAIN_POINTS} random points" in text
    assert "chance of 1e-114 at most (Schwartz, Zippel)" in text  # (2/2^20)^20
    assert "prove" not in text
    assert "correct" not in text


def test_the_chance_is_that_of_a_step_that_is_wrong_for_one_size_only() -> None:
    """Twenty points, six of them at the least for each of three sizes: (2/2^20)^6, and a mistake for three alone is seen."""
    sums = [step(lambda z: 2 * z), step(lambda z: z + z)]
    report = check_chain(lambda z: np.sum(z**2), sums, {"z": ("real", "n")})
    assert report.steps[1].points == limits.CHAIN_POINTS // len(limits.CHAIN_SIZES)
    wrong = [*sums, step(lambda z: 2 * z + (len(z) == 3) * z)]
    assert check_chain(lambda z: np.sum(z**2), wrong, {"z": ("real", "n")}).broken == 3


def test_what_is_no_fraction_only_agrees_to_so_many_digits() -> None:
    report = chain(np.sin, np.cos, lambda z: 1 - 2 * np.sin(z / 2) ** 2)
    assert report.ok
    assert report.steps[1].degree is None
    assert report.steps[1].digits >= limits.CHAIN_DIGITS
    assert "strong and no more than that" in str(report)


def test_two_slips_that_undo_one_another_are_both_told() -> None:
    report = chain(lambda z: z**2, lambda z: 2 * z, lambda z: -2 * z, lambda z: 2 * z)
    assert (report.verdict, report.broken, report.mended) == ("wrong", 2, 3)
    assert "is right again at step 3" in str(report)


def test_the_first_step_is_held_against_the_definition() -> None:
    report = chain(lambda z: z**2, lambda z: z, lambda z: z)
    assert (report.verdict, report.broken, report.steps[1].verdict) == ("wrong", 1, "agrees")
    assert "by its definition" in report.steps[0].finding


def test_a_reference_that_says_otherwise_makes_the_first_step_wrong() -> None:
    report = chain(lambda z: z**2, lambda z: 2 * z, reference=lambda z: z**3)
    assert report.verdict == "wrong"
    assert "JAX" in report.steps[0].finding


def test_a_branch_is_reported_with_the_sides_that_were_seen() -> None:
    both = chain(lambda z: np.maximum(z, 0), lambda z: np.where(z > 0, 1.0, 0.0), lambda z: np.heaviside(z, 0))
    assert both.ok, str(both)
    assert any(b.startswith("both sides") for b in both.branches)
    one = chain(lambda z: z, lambda z: np.where(z > 1000, 2.0, 1.0), lambda z: np.ones_like(z))
    assert one.ok  # at the points where it was looked at, which is what the report says
    assert any(b.startswith("always false") for b in one.branches)


def test_constants_that_the_code_rounds_are_no_break() -> None:
    report = chain(lambda z: z / 3, lambda z: np.ones_like(z) / 3, lambda z: np.ones_like(z) * 0.3333333333333333)
    assert report.ok, str(report)
    assert "constants are rounded" in report.steps[1].finding


@pytest.mark.parametrize("error", [1e-10, 1e-25, 1e-60])
def test_an_error_far_below_floating_point_is_seen(error: float) -> None:
    """As a factor that is no constant: z/(z + error) is a fraction, its difference to 1 is one too."""
    report = chain(lambda z: z**2, lambda z: 2 * z, lambda z: 2 * z * (z * z + 1) / (z * z + 1 + error * z))
    assert (report.verdict, report.broken) == ("wrong", 2)


def test_shapes_that_differ_are_wrong() -> None:
    report = chain(lambda z: np.sum(z**2), lambda z: 2 * z, lambda z: 2 * z[:, None], inputs={"z": ("real", "n")})
    assert (report.verdict, report.broken) == ("wrong", 2)
    assert "it has shape (2, 1), the step before (2,)" in report.steps[1].finding


@pytest.mark.parametrize(
    ("compute", "words"),
    [
        (lambda z: float(z) * 2, "float"),
        (lambda z: 2 * z / (z - z), "not finite"),
        (lambda z: {}["lost"], "KeyError"),
    ],
)
def test_what_can_not_be_compared_is_inconclusive_and_says_why(compute, words: str) -> None:
    report = chain(lambda z: z**2, lambda z: 2 * z, compute)
    if report.verdict == "agrees":  # a cast may stay lifted
        assert words == "float"
        return
    assert report.verdict == "inconclusive", str(report)
    assert words in report.steps[1].finding


def test_a_chain_of_equalities_needs_no_function() -> None:
    report = chain(None, lambda z: (z + 1) ** 2, lambda z: z * z + 2 * z + 1)
    assert report.ok
    assert report.definition is None


def test_an_array_is_differentiated_to_its_jacobian() -> None:
    report = chain(
        lambda z: z**2, lambda z: np.diag(2 * z), lambda z: 2 * z * np.eye(len(z)), inputs={"z": ("real", "n")}
    )
    assert report.ok, str(report)


def test_a_reason_to_refuse_is_told() -> None:
    with pytest.raises(autocheck.BadClaim, match="needs one step"):
        check_chain(None, [], Z)
    with pytest.raises(autocheck.BadClaim, match="'complex', needs one of real, positive"):
        chain(None, lambda z: z, inputs={"z": ("complex",)})
