"""J and delta: one function, however it is written."""

from __future__ import annotations

import numpy as np
import pytest

from autocheck import samplers, textbook
from autocheck.catalog import rng_of, targets_for
from autocheck.lifted import balls, exact
from autocheck.lifted.run import running
from handgrad import activations, losses
from handgrad.activations import ACTIVATIONS
from handgrad.derivations import DERIVATIONS
from handgrad.information import MEASURES
from handgrad.losses import LOSSES
from handgrad.pairings import PAIRINGS, REFUSED, Pairing, chain


def on_balls(function, *arrays):
    with balls.precision(700), running(exact.new_run()):
        return function(*map(exact.lift, arrays)).data


def digits(one, other) -> float:
    size = max(abs(a) for a in one.ravel())
    miss = max((a - b).abs_upper() for a, b in zip(one.ravel(), other.ravel(), strict=True))
    return float("inf") if miss == 0 else -np.log10(float(miss / size) or 1e-300)


@pytest.mark.parametrize("pair", [p for p in PAIRINGS if p.fused], ids=lambda p: p.name)
@pytest.mark.parametrize("regime", ["ordinary", "saturated"])
def test_a_closed_form_is_the_chain_rule(pair: Pairing, regime: str) -> None:
    """Fused J and delta equal loss(h(z)) and (∂a/∂z)ᵗ ∂J/∂a to sixty digits, also where floats would give NaN."""
    rng = rng_of(0, pair.name, regime)
    z = samplers.logits(regime, (4, 3), "float64", rng)
    value, delta = chain(pair.loss, pair.activation)
    for kind in targets_for(pair.loss).values():
        y = kind(4, 3, rng)
        assert digits(on_balls(pair.value, z, y), on_balls(value, z, y)) > 60
        assert digits(on_balls(pair.delta, z, y), on_balls(delta, z, y)) > 60


@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda p: p.name)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_logit_makes_a_nan(pair: Pairing, dtype: str) -> None:
    """±700 in one row, targets of every kind: J and delta are numbers, of the dtype that came in."""
    rng = rng_of(0, pair.name, dtype)
    z = np.array([[700, -700, 0.5], [-700, -700, 700], [30, -40, 0]]).astype(dtype)
    for kind in targets_for(pair.loss).values():
        y = kind(3, 3, rng).astype(dtype)
        with np.errstate(over="ignore"):  # e^700 squared is infinite, and should be
            J, delta = pair.value(z, y), pair.delta(z, y)
        assert not np.isnan(J).any()
        assert not np.isnan(delta).any()
        assert (J.dtype, delta.dtype) == (z.dtype, z.dtype)


@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda p: p.name)
def test_J_and_delta_in_one_go_have_the_bits_of_each_alone(pair: Pairing) -> None:
    """What the two share is computed once, and z and y are left as they were."""
    rng = rng_of(0, pair.name)
    z = samplers.logits("ordinary", (4, 3), "float64", rng)
    for kind in targets_for(pair.loss).values():
        y = kind(4, 3, rng)
        before = z.copy(), y.copy()
        both = pair.value_and_delta(z, y)
        for mine, alone in zip((*both, z, y), (pair.value(z, y), pair.delta(z, y), *before), strict=True):
            np.testing.assert_array_equal(mine, alone)
        assert not any(np.shares_memory(mine, theirs) for mine in both for theirs in (z, y))


def test_the_short_form_a_minus_y_holds_only_where_targets_sum_to_one() -> None:
    """With y = (1, 1, 0) it is off by a; a Σy - y is not."""
    z, y = np.array([[0.2, -0.4, 1.0]]), np.array([[1.0, 1.0, 0.0]])
    pair = next(p for p in PAIRINGS if p.name == "categorical_cross_entropy on softmax(temperature=1)")
    a = pair.activation.h(z)
    np.testing.assert_allclose(pair.delta(z, y), a * y.sum() - y, rtol=1e-14)
    np.testing.assert_allclose(pair.delta(z, y) - (a - y), a, rtol=1e-14)


def test_every_record_has_its_textbook_line_and_the_reverse() -> None:
    """Forgetting one on either side is impossible."""
    assert {a.family for a in ACTIVATIONS} == set(textbook.ACTIVATIONS)
    assert {loss.family for loss in LOSSES} == set(textbook.LOSSES)
    assert {derivation.name for derivation in DERIVATIONS} == set(textbook.DERIVATIONS)
    assert {measure.name for measure in MEASURES} == set(textbook.INFORMATION)


def test_every_pair_is_legal_or_refused_with_its_reason() -> None:
    assert len(PAIRINGS) + len(REFUSED) == len(ACTIVATIONS) * len(LOSSES)
    for loss, activation, reason in REFUSED:
        assert loss in reason
        assert activation in reason
        assert str(activations.get(activation).range) in reason
        assert str(losses.get(loss).domain) in reason
