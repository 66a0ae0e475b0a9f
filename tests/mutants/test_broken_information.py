"""Gradients of entropy, cross-entropy and divergence, broken as people break them: each turns wrong, its right twin agrees."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from autocheck.catalog import information_claim
from autocheck.routes.definition import judge_by_definition
from autocheck.routes.plain import observe
from handgrad.information import MEASURES

GRADIENTS = [(m, variable, unit) for m in MEASURES for variable in m.gradients for unit in ("bits", "nats")]


def states(claim) -> set[str]:
    return {outcome.state for _, outcome in judge_by_definition(claim, observe(claim)).outcomes[0]}


def sign_lost(right, unit: str, *args):
    return -right(*args, unit=unit)


def in_the_other_unit(right, unit: str, *args):
    return right(*args, unit="nats" if unit == "bits" else "bits")


def exchanged(right, unit: str, *args):
    """-Σ q log p in the place of -Σ p log q."""
    return right(*args[::-1], unit=unit)


def last_constant_forgotten(right, unit: str, *args):
    """log e left out, or Σ ∂p = 0 not seen."""
    return right(*args, unit=unit) + 1


MUTANTS = {1: (sign_lost, in_the_other_unit, last_constant_forgotten)}
MUTANTS[2] = (*MUTANTS[1], exchanged)


@pytest.mark.parametrize(("measure", "variable", "unit"), GRADIENTS, ids=lambda v: getattr(v, "name", v))
def test_a_broken_gradient_is_wrong_and_the_right_one_agrees(measure, variable: str, unit: str) -> None:
    claim = information_claim(measure, variable, unit, "ordinary", 0)
    assert states(claim) == {"agrees"}
    for mutant in MUTANTS[len(claim.args)]:
        broken = functools.partial(mutant, measure.gradients[variable], unit)
        assert "wrong" in states(replace(claim, gradient=broken)), mutant.__name__
