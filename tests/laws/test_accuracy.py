"""handgrad's own quality bar: every formula within 4 (1 + kappa) ulp of its exact value, over the whole finite range."""

from __future__ import annotations

import numpy as np
import pytest

from autocheck import limits, samplers
from autocheck.accuracy import accuracy, dense_line
from autocheck.catalog import rng_of, targets_for
from handgrad.activations import ACTIVATIONS, Activation
from handgrad.losses import LOSSES, Loss
from handgrad.pairings import PAIRINGS, Pairing

DTYPE = pytest.mark.parametrize("dtype", ["float64", "float32"])
ELEMENTWISE = [a for a in ACTIVATIONS if not a.vector_valued]
VECTORS = [a for a in ACTIVATIONS if a.vector_valued]
FUSED = [p for p in PAIRINGS if p.fused]


def assert_within_the_bar(function, *args) -> None:
    excess = accuracy(function, *args).excess
    worst = np.unravel_index(np.argmax(excess), excess.shape)
    at = [a[worst[0]] for a in args]
    assert excess[worst] <= limits.ACCURACY_BAR, f"{excess[worst]:.3g} (1 + kappa) ulp at {at}"


def rows_of_logits(dtype: str, *names: str):
    rng = rng_of(0, *names, dtype)
    regimes = ("ordinary", "saturated", "tiny", "extreme")
    return np.concatenate([samplers.logits(r, (12, 3), dtype, rng) for r in regimes]), rng


@DTYPE
@pytest.mark.parametrize("activation", ELEMENTWISE, ids=lambda a: a.name)
def test_h_and_its_derivative_on_a_dense_line(activation: Activation, dtype: str) -> None:
    z = dense_line(dtype)
    assert_within_the_bar(activation.h, z)
    assert_within_the_bar(activation.h_prime, z)


@DTYPE
@pytest.mark.parametrize("activation", VECTORS, ids=lambda a: a.name)
def test_a_vector_valued_h_its_jacobian_and_its_pullback(activation: Activation, dtype: str) -> None:
    z, rng = rows_of_logits(dtype, activation.name)
    g = rng.normal(size=z.shape).astype(dtype)
    assert_within_the_bar(activation.h, z)
    assert_within_the_bar(activation.jacobian, z)
    assert_within_the_bar(activation.pullback, z, g)


@DTYPE
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_a_loss_and_its_gradient(loss: Loss, dtype: str) -> None:
    rng = rng_of(0, loss.name, dtype)
    for kind in targets_for(loss).values():
        for regime in ("ordinary", "saturated", "tiny"):
            y = kind(20, 3, rng).astype(dtype)
            a = samplers.between(loss.domain.low, loss.domain.high, regime, y.shape, dtype, rng)
            assert_within_the_bar(loss.per_example, a, y)
            assert_within_the_bar(loss.grad_a, a, y)


@DTYPE
@pytest.mark.parametrize("pair", FUSED, ids=lambda p: p.name)
def test_a_closed_form_of_J_and_of_delta(pair: Pairing, dtype: str) -> None:
    z, rng = rows_of_logits(dtype, pair.name)
    for kind in targets_for(pair.loss).values():
        y = kind(len(z), 3, rng).astype(dtype)
        assert_within_the_bar(pair.value, z, y)
        assert_within_the_bar(pair.delta, z, y)


def test_sigmoid_prime_keeps_the_digits_that_a_times_one_minus_a_loses() -> None:
    sigmoid = next(a for a in ACTIVATIONS if a.name == "sigmoid")
    z = np.array([40.0])
    a = sigmoid.h(z)
    assert a * (1 - a) == 0
    np.testing.assert_allclose(sigmoid.h_prime(z), 4.248354255291589e-18, rtol=1e-15)
