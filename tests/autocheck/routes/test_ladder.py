"""The bar of a finite difference holds the true slope, whatever lies in wait: scales, kinks, poles, waves, noise, rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autocheck.routes.ladder import Ladder, ladder

Array = np.ndarray[Any, Any]
DOUBLE, SINGLE = 2.0**-53, 2.0**-24


def found(f: Callable[[Array], Array], x: float, unit_roundoff: float = DOUBLE) -> Ladder:
    with np.errstate(all="ignore"):
        return ladder(f, np.array([x]), unit_roundoff)


SLOPES: dict[str, tuple[Callable[[Array], Array], float, float]] = {
    "sin at 1": (np.sin, 1.0, np.cos(1.0)),
    "exp at 1e-300": (np.exp, 1e-300, 1.0),
    "x² at 1e150": (np.square, 1e150, 2e150),
    "log near its edge": (np.log, 1e-3, 1e3),
    "sqrt near its edge": (np.sqrt, 1e-30, 0.5e15),
    "sin of a large number": (np.sin, 1e6, np.cos(1e6)),
    "a fast wave": (lambda x: np.sin(1000 * x), 1.0, 1000 * np.cos(1000.0)),
    "a wave whose period is the step": (lambda x: np.sin(2 * np.pi * x), 0.25, 0.0),
    "a ripple": (lambda x: x + np.sin(1e6 * x) / 1e9, 1.0, 1 + np.cos(1e6) / 1e3),
    "a great constant": (lambda x: 1e8 + np.sin(x), 1.0, np.cos(1.0)),
    "cancellation": (lambda x: 1 - np.cos(x), 1e-4, np.sin(1e-4)),
    "float32 inside": (lambda x: np.sin(x.astype(np.float32)), 1.0, np.cos(1.0)),
    "six decimals": (lambda x: np.round(np.exp(x), 6), 0.7, np.exp(0.7)),
    "relu before its kink": (lambda x: np.maximum(x, 0), -1e-7, 0.0),
    "relu behind its kink": (lambda x: np.maximum(x, 0), 1e-7, 1.0),
    "a kink 1e-10 away": (lambda x: np.abs(x - 1), 1 + 1e-10, 1.0),
    "a pole 1e-8 away": (lambda x: 1 / (x - 1), 1 + 1e-8, -1 / ((1 + 1e-8) - 1) ** 2),
    "a logarithm's pole": (lambda x: np.log(np.abs(x - 1)), 1 - 1e-6, -1 / (1 - (1 - 1e-6))),
    "saturated tanh": (np.tanh, 20.0, 4 * np.exp(-40.0)),
    "a plateau": (lambda x: np.clip(x, -1, 1), 1.5, 0.0),
    "a sawtooth": (lambda x: x - np.floor(x), 3.3, 1.0),
    "a constant": (lambda x: 0 * x + 0.7, 0.3, 0.0),
}
VAGUE = {
    "exp at 1e-300",
    "a wave whose period is the step",
    "saturated tanh",
    "a plateau",
    "a constant",
    "relu before its kink",
}


@pytest.mark.parametrize("name", SLOPES)
def test_the_true_slope_lies_inside_the_bar(name: str) -> None:
    f, x, slope = SLOPES[name]
    result = found(f, x)
    assert abs(result.value[0] - slope) <= result.error[0]


@pytest.mark.parametrize("name", sorted(set(SLOPES) - VAGUE))
def test_the_bar_would_see_a_slope_that_is_wrong_by_a_hundredth(name: str) -> None:
    f, x, slope = SLOPES[name]
    result = found(f, x)
    assert abs(result.value[0] - 1.01 * slope) > result.error[0]


@pytest.mark.parametrize(
    "f", [np.abs, lambda x: np.maximum(x, 0), lambda x: np.exp(np.abs(x)) + 5], ids=["|x|", "relu", "exp|x|"]
)
def test_at_a_kink_the_bar_holds_both_slopes_and_little_more(f: Callable[[Array], Array]) -> None:
    result, right = found(f, 0.0), 1.0
    left = 0.0 if f(np.array(-1.0)) == 0 else -1.0
    low, high = result.value[0] - result.error[0], result.value[0] + result.error[0]
    assert low <= left < right <= high
    assert high - low < 1.01 * (right - left)


ENDLESS: dict[str, tuple[Callable[[Array], Array], float]] = {
    "sqrt at 0": (np.sqrt, 0.0),
    "sqrt|x| at 0": (lambda x: np.sqrt(np.abs(x)), 0.0),
    "arcsin at 1": (np.arcsin, 1.0),
    "a jump": (np.floor, 1.0),
    "x log x at 0": (lambda x: np.where(x == 0, 0, x * np.log(x)), 0.0),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_slope_without_end_has_no_value(name: str) -> None:
    f, x = ENDLESS[name]
    assert np.isnan(found(f, x).value[0])


def test_noise_is_no_slope_without_end_and_widens_the_bar(rng: np.random.Generator) -> None:
    for scale in (1e-12, 1e-8, 1e-4):
        result = found(lambda x: np.sin(x) + scale * rng.normal(size=x.shape), 1.0)  # noqa: B023
        assert abs(result.value[0] - np.cos(1.0)) <= result.error[0] < 1e3 * scale**0.5


def test_float32_points_are_rounded_to_float32_before_they_are_used() -> None:
    seen: list[Array] = []
    result = found(lambda x: seen.append(x) or np.sin(x.astype(np.float32)).astype(np.float64), 1.3, SINGLE)  # type: ignore[func-returns-value]
    assert all(np.array_equal(x, x.astype(np.float32)) for x in seen)
    assert abs(result.value[0] - np.cos(np.float32(1.3))) <= result.error[0] < 1e-3


def test_every_element_has_its_own_ladder() -> None:
    x = np.array([1e-8, -3.0, 0.0, 40.0])
    with np.errstate(all="ignore"):
        result = ladder(np.tanh, x, DOUBLE)
    assert np.all(np.abs(result.value - 1 / np.cosh(x) ** 2) <= result.error)
