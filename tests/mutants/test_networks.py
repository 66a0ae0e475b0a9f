"""A network of handgrad with one equation broken at one layer: that equation and that layer are named, and no other is blamed."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from autocheck.claim import BadClaim
from autocheck.networks import assert_network, check_network
from handgrad import Notation
from handgrad.equations import NOTATIONS

BENCHMARKS = str(Path(__file__).resolve().parents[2] / "benchmarks")
PARTS, STRIDE = 3, 16  # every sixteenth network: benchmarks/networks.py runs them all


@pytest.fixture(scope="module")
def networks():
    """The corpus' broken networks, and the right ones that they are made from."""
    sys.path.insert(0, BENCHMARKS)
    try:
        yield importlib.import_module("corpus.networks")
    finally:
        sys.path.remove(BENCHMARKS)


def blamed(report):
    """(equation, layer) of every one that is wrong by itself, the first one first."""
    told = [
        re.match(r"Eqn (\d) at layer (\d) .* is (the first that is wrong|wrong by itself)", r) for r in report.reasons
    ]
    return [(int(found[1]), int(found[2])) for found in told if found]


def test_every_equation_is_broken_at_every_layer(networks):
    places = {(case.equation, case.layer) for case in networks.broken()}
    assert places == {(equation, layer) for equation in range(1, 6) for layer in range(3)}
    assert len(networks.broken()) >= 90


@pytest.mark.parametrize("part", range(PARTS))
def test_the_equation_and_the_layer_of_the_mistake_are_named_first(networks, part):
    for case in networks.broken()[::STRIDE][part::PARTS]:
        report = check_network(*case.instance, case.notation, backward=case.backward)
        assert report.verdict == "wrong", case.name
        found = blamed(report)
        assert found[0] == (case.equation, case.layer), f"{case.name}: {report}"
        assert {equation for equation, _ in found} == {case.equation}, f"{case.name}: {report}"


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_right_network_agrees_from_the_lowest_layer_up_and_back_again(networks, notation):
    report = assert_network(*networks.TAPERED, notation)
    up = [f"{part}[{L}] forward" for L in range(3) for part in "za"]
    back = [f"{part}[{L}]" for L in (2, 1, 0) for part in "zWb"]
    assert [p.name for p in report.parameters] == up + back
    assert all(p.digits > 40 for p in report.parameters)
    assert report.diagnosis is None


def without_slope(activation, z, W_next, delta_next):
    return delta_next @ W_next.T


def test_the_message_names_equation_layer_function_and_mistake_and_who_inherits_it(networks):
    report = check_network(*networks.TAPERED, Notation.named("batched", delta=without_slope))
    line = without_slope.__code__.co_firstlineno
    first = (
        f"Eqn 3 at layer 1 (the gradient for z[1], without_slope, test_networks.py:{line}) is the first that is wrong"
    )
    assert report.reasons[0].startswith(first)
    assert "W[1], b[1], W[0] and b[0] only inherit from them" in report.reasons
    assert report.diagnosis.cause == "slope-missing"
    assert "the derivative of `activation.h(z)` (batched.py:" in report.diagnosis.sentence
    assert report.diagnosis.evidence.startswith("exact, 42 digits")
    assert len(str(report).splitlines()) <= 25


def test_one_element_off_is_told_of_no_mistake(networks):
    def one_off(activation, z, W_next, delta_next):
        found = delta_next @ W_next.T
        return found * (1 + 1e-7 * (np.arange(found.size) == 1).reshape(found.shape))

    diagnosis = check_network(*networks.TAPERED, Notation.named("batched", delta=one_off)).diagnosis
    assert diagnosis is None or diagnosis.evidence.startswith("likely"), diagnosis


def test_a_wrong_forward_pass_is_told_by_its_value(networks):
    own = Notation.named("vector", pre_activation=lambda W, b, a: W.T @ a)
    report = check_network(*networks.TAPERED, own)
    assert blamed(report) == [(1, 0), (1, 1), (1, 2)]
    assert (
        report.diagnosis.sentence == "the value for z[0] forward equals the true one less b[0]: that term is left out"
    )


def test_what_is_no_backward_pass_is_refused(networks):
    with pytest.raises(BadClaim, match=r"returned a dict of W, needs .* with 3 arrays each, one for each layer"):
        check_network(*networks.TAPERED, backward=lambda *args: {"W": [1, 2, 3]})
    with pytest.raises(BadClaim, match="returned NoneType"):
        check_network(*networks.TAPERED, backward=lambda *args: None)


def test_an_assertion_says_what_the_check_says(networks):
    with pytest.raises(AssertionError, match=r"Eqn 5 at layer 2 .* is the first that is wrong"):
        assert_network(*networks.TAPERED, Notation.named("batched", grad_b=lambda delta: delta[0]))
