"""Every legal pairing with its delta broken on purpose: each must turn wrong, and its right twin must agree.

A mutant that is equal to the right delta (h' left out where h' = 1) is no mutant; equality is decided in exact arithmetic.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from autocheck import samplers
from autocheck.catalog import OUTPUTS, pairing, rng_of, targets_for
from autocheck.claim import Claim
from autocheck.lifted import balls, exact
from autocheck.lifted.run import running
from autocheck.routes.definition import judge_by_definition
from autocheck.routes.plain import observe
from handgrad.activations import ACTIVATIONS, Activation
from handgrad.equations import NOTATIONS
from handgrad.pairings import PAIRINGS, Pairing


def sign_flipped(pair: Pairing, z, y):
    return -pair.delta(z, y)


def factor_two(pair: Pairing, z, y):
    return 2 * pair.delta(z, y)


def one_term_dropped(pair: Pairing, z, y):
    """The target's part of the residual forgotten: delta at y, less its change from y = 0, halved."""
    return (pair.delta(z, y) + pair.delta(z, y[..., ::-1])) / 2


def slope_left_out(pair: Pairing, z, y):
    """∂J/∂a in the place of ∂J/∂z."""
    return pair.loss.grad_a(pair.activation.h(z), y)


def slope_twice(pair: Pairing, z, y):
    return pair.activation.pullback(z, pair.delta(z, y))


def slope_at_a(pair: Pairing, z, y):
    """The derivative of h taken at a in the place of z."""
    a = pair.activation.h(z)
    return pair.activation.pullback(a, pair.loss.grad_a(a, y))


MUTANTS = (sign_flipped, factor_two, one_term_dropped, slope_left_out, slope_twice, slope_at_a)


def claim_of(pair: Pairing) -> Claim:
    rng = rng_of(0, "mutants", pair.name)
    z = rng.normal(0, 0.7, (4, OUTPUTS))
    y = next(iter(targets_for(pair.loss).values()))(4, OUTPUTS, rng)
    return Claim(pair.value, pair.delta, (z, y), rows=True)


def states(claim: Claim) -> set[str]:
    definition = judge_by_definition(claim, observe(claim))
    assert not definition.abstained, definition.abstained
    assert not definition.gradient_abstained, definition.gradient_abstained
    return {outcome.state for _, outcome in definition.outcomes[0]}


def exactly(function, *arrays):
    with balls.precision(300), running(exact.new_run()):
        return function(*map(exact.lift, arrays)).data


def is_equal(pair: Pairing, mutant, claim: Claim) -> bool:
    right, broken = exactly(pair.delta, *claim.args), exactly(functools.partial(mutant, pair), *claim.args)
    return all((r - b).contains(0) for r, b in zip(right.ravel(), broken.ravel(), strict=True))


@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda p: p.name)
def test_a_broken_delta_is_wrong_and_the_right_one_agrees(pair: Pairing) -> None:
    claim = claim_of(pair)
    assert states(claim) <= {"agrees", "constants"}
    for mutant in MUTANTS:
        broken = replace(claim, gradient=functools.partial(mutant, pair))
        if not is_equal(pair, mutant, claim):
            assert "wrong" in states(broken), mutant.__name__


def test_nearly_every_mutant_is_a_mutant() -> None:
    """Equal ones are few and known: h' = 1, or targets that make the mistake invisible."""
    equal = {(m.__name__, p.name) for p in PAIRINGS for m in MUTANTS if is_equal(p, m, claim_of(p))}
    identity = {("slope_left_out", p.name) for p in PAIRINGS if p.activation.name == "identity"}
    assert identity <= equal
    assert len(equal) < len(PAIRINGS) * len(MUTANTS) / 8, sorted(equal)


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if a.name in ("tanh", "relu")], ids=lambda a: a.name)
def test_a_transposed_weight_in_eqn_3_is_wrong_even_where_the_layer_is_square(
    notation: str, activation: Activation
) -> None:
    rng, equations = rng_of(0, notation, activation.name), NOTATIONS[notation]
    W, b, z, delta = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    if notation != "batched":
        z, delta = z[0], delta[0]

    def upstream_times_next_z(z, W, delta):
        return np.sum(delta * equations.pre_activation(W, b, equations.activate(activation, z)))

    claim = Claim(upstream_times_next_z, lambda z, W, delta: equations.delta(activation, z, W, delta), (z, W, delta))
    assert states(claim) == {"agrees"}
    assert "wrong" in states(replace(claim, gradient=lambda z, W, delta: equations.delta(activation, z, W.T, delta)))


def test_the_samplers_of_mutants_are_off_the_kinks() -> None:
    """A point on a kink would let a wrong delta pass as a subgradient."""
    z = claim_of(pairing("half_squared_error", "relu")).args[0]
    assert samplers.REGIMES["kinks"]
    assert not np.isin(z, [0.0, 1.0, -1.0, 3.0, -3.0]).any()
