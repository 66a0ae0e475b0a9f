"""What a report says that it would have seen, it would have seen: an error of twice that at one entry drawn at random."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import autocheck

rng = np.random.default_rng(7)


@dataclass(frozen=True)
class Right:
    f: Any
    gradient: Any
    x: Any
    draws: int
    options: Any
    mode: str


def softplus(x):
    return np.sum(np.logaddexp(0, x))


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def gelu(x):
    return np.sum(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))))


def gelu_gradient(x):
    t = np.tanh(0.7978845608 * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * 0.7978845608 * (1 + 3 * 0.044715 * x**2)


def relu(x):
    return np.sum(np.maximum(x, 0) ** 1.5)


def relu_gradient(x):
    return 1.5 * np.sqrt(np.maximum(x, 0))


def quartic(x):
    return np.sum(np.outer(x, x) ** 2)


def quartic_gradient(x):
    return 4 * x * np.sum(x**2)


EXACT = "exact, element by element"
CLAIMS = {
    "a polynomial": Right(quartic, quartic_gradient, rng.normal(size=7), 200, {}, EXACT),
    "a linear function": Right(lambda x: np.sum(3 * x), lambda x: 0 * x + 3, rng.normal(size=5), 100, {}, EXACT),
    "softplus, of mixed sizes": Right(
        softplus, sigmoid, rng.normal(size=6) * 10.0 ** np.arange(-9, 3, 2), 200, {}, EXACT
    ),
    "rounded constants": Right(gelu, gelu_gradient, rng.normal(size=5), 100, {}, EXACT),
    "a kink in the second derivative": Right(relu, relu_gradient, np.array([0.0, 1.5, -2.0, 1e-12]), 150, {}, EXACT),
    "in float32": Right(quartic, quartic_gradient, rng.normal(size=7).astype(np.float32), 100, {}, EXACT),
    "along directions": Right(
        softplus, sigmoid, rng.normal(size=3000), 100, {"budget": 0.3}, "exact, along random directions"
    ),
    "in floats": Right(softplus, sigmoid, rng.normal(size=3000), 50, {"budget": 0.0}, "floating point only"),
}


def with_error(gradient: Any, index: tuple[int, ...], error: float) -> Any:
    def off(x):
        g = 1 * gradient(x)
        g[index] = g[index] + error
        return g

    return off


def test_a_thousand_draws_are_made():
    assert sum(claim.draws for claim in CLAIMS.values()) == 1000


@pytest.mark.parametrize("name", CLAIMS)
def test_twice_the_floor_at_a_random_entry_turns_the_verdict(name):
    claim = CLAIMS[name]
    report = autocheck.check_gradient(claim.f, claim.gradient, claim.x, **claim.options)
    assert (report.verdict, report.mode) == ("agrees", claim.mode)
    floor = report.parameters[0].detection_floor
    assert floor is not None
    assert re.search(r"an error of [\d.e+-]+ would have shown", str(report)) or floor == 0
    draw = np.random.default_rng(11)
    passed = []
    for _ in range(claim.draws):
        index = tuple(int(draw.integers(n)) for n in claim.x.shape)
        error = 2 * floor * float(draw.choice([-1, 1]))
        off = with_error(claim.gradient, index, error)
        if autocheck.check_gradient(claim.f, off, claim.x, **claim.options).ok:
            passed.append((index, error))
    assert not passed
