"""Networks of handgrad with one mistake: in one of the five equations at a layer, or in the pass from layer to layer."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from handgrad import Network, Notation, Parameters
from handgrad.equations import NOTATIONS

M = 3
SIZES = (1, 2, 4, 3)
"""All different, so that a layer is known by its units."""
SQUARE = (M, M, M, M)
"""A transposed weight and a bias summed over the wrong axis still fit."""

Instance = tuple[Network, Parameters, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Broken:
    """A network with one mistake, and where it is."""

    mistake: str
    equation: int
    layer: int
    instance: Instance
    notation: Notation
    backward: Callable[..., Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.mistake}, Eqn {self.equation} at layer {self.layer}"


def instance(sizes: tuple[int, ...], names: tuple[str, ...], loss: str, l2: float = 0.25) -> Instance:
    rng = np.random.default_rng(sum(sizes))
    W = tuple(rng.normal(size=shape) for shape in itertools.pairwise(sizes))
    b = tuple(rng.normal(size=n) for n in sizes[1:])
    X, Y = rng.normal(size=(M, sizes[0])), np.eye(sizes[-1])[rng.integers(0, sizes[-1], M)]
    return Network.named(*names, loss=loss, l2=l2), Parameters(W, b), X, Y


TAPERED = instance(SIZES, ("tanh", "sigmoid", "softmax"), "categorical_cross_entropy")
SQUARED = instance(SQUARE, ("softplus", "tanh", "sigmoid"), "half_squared_error")
H = len(SIZES) - 2

# --- one equation at one layer ----------------------------------------------------------------------------------------

UNITS = {"pre_activation": 1, "activate": 1, "delta": 1, "delta_output": 1, "grad_W": 1, "grad_b": 0}
"""Which argument of an equation has the layer's own units along its last axis."""
NUMBER = {"pre_activation": 1, "activate": 2, "delta": 3, "delta_output": 3, "grad_W": 4, "grad_b": 5}

EQUATIONS: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("the bias left out", "pre_activation", lambda right, W, b, a: right(W, b, a) - b),
    ("the bias counted twice", "pre_activation", lambda right, W, b, a: right(W, b, a) + b),
    ("the weights' sign", "pre_activation", lambda right, W, b, a: right(-W, b, a)),
    ("off by one in 1e12", "pre_activation", lambda right, W, b, a: right(W, b, a) * (1 + 1e-12)),
    ("h left out", "activate", lambda right, h, z: z),
    ("1 - a", "activate", lambda right, h, z: 1 - right(h, z)),
    ("h twice", "activate", lambda right, h, z: right(h, right(h, z))),
    ("h' left out", "delta", lambda right, h, z, W, d: d @ W.T),
    ("h' at a", "delta", lambda right, h, z, W, d: right(h, h.h(z), W, d)),
    ("h' twice", "delta", lambda right, h, z, W, d: right(h, z, W, d) * h.h_prime(z)),
    ("the sign of delta", "delta", lambda right, h, z, W, d: -right(h, z, W, d)),
    ("delta divided by the batch", "delta", lambda right, h, z, W, d: right(h, z, W, d) / M),
    ("one unit's delta doubled", "delta", lambda right, h, z, W, d: right(h, z, W, d) * (1 + np.eye(len(W))[0])),
    ("y - a", "delta_output", lambda right, pair, z, y: -right(pair, z, y)),
    ("the 2 of a square", "delta_output", lambda right, pair, z, y: 2 * right(pair, z, y)),
    ("the targets left out", "delta_output", lambda right, pair, z, y: right(pair, z, y) + y),
    ("not divided by the batch", "grad_W", lambda right, a, d: right(a, d) * M),
    ("its inputs left out", "grad_W", lambda right, a, d: right(a**0, d)),
    ("the squares of its inputs", "grad_W", lambda right, a, d: right(a**2, d)),
    ("one in 1e9 too small", "grad_W", lambda right, a, d: right(a, d) * (1 - 1e-9)),
    ("a sum taken for the mean", "grad_b", lambda right, d: right(d) * M),
    ("the units reversed", "grad_b", lambda right, d: right(d)[::-1]),
    ("the sign", "grad_b", lambda right, d: -right(d)),
    ("every unit the same", "grad_b", lambda right, d: right(d) * 0 + np.mean(right(d))),
)
"""What is done, in which function, and what it returns then, given the right one."""

TRANSPOSED: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("the weights transposed", "pre_activation", lambda right, W, b, a: right(W.T, b, a)),
    ("the weights not transposed back", "delta", lambda right, h, z, W, d: right(h, z, W.T, d)),
    ("transposed", "grad_W", lambda right, a, d: right(a, d).T),
    ("summed over the wrong axis", "grad_b", lambda right, d: np.sum(d, axis=1) / M),
)
"""On the square network, whose layers look alike: the equation is broken at all of them, and the first one is named."""


def at_layer(L: int, right: Callable[..., Any], wrong: Callable[..., Any], where: int) -> Callable[..., Any]:
    def equation(*args: Any) -> Any:
        units = np.shape(args[where])[-1]
        return wrong(right, *args) if units == SIZES[L + 1] else right(*args)

    return equation


def layers_of(part: str) -> tuple[int, ...]:
    return {"delta": tuple(range(H)), "delta_output": (H,)}.get(part, tuple(range(H + 1)))


def broken_equations() -> Iterator[Broken]:
    for i, (mistake, part, wrong) in enumerate(EQUATIONS):
        for L in layers_of(part):
            notation = list(NOTATIONS)[(i + L) % 3]
            right = Notation.named(notation)
            own = replace(right, **{part: at_layer(L, getattr(right, part), wrong, UNITS[part])})
            yield Broken(f"{mistake} ({notation})", NUMBER[part], L, TAPERED, own)
    for mistake, part, wrong in TRANSPOSED:
        right = Notation.named("batched")
        own = replace(right, **{part: functools.partial(wrong, getattr(right, part))})
        first = {"pre_activation": 0, "delta": H - 1}.get(part, H)
        yield Broken(f"{mistake} at every layer", NUMBER[part], first, SQUARED, own)


# --- the pass from layer to layer -------------------------------------------------------------------------------------


def pass_with(L: int, **own: Callable[..., Any]) -> Callable[..., Any]:
    """A backward pass as one writes it, in which `own` replaces a part of layer L, given all that is there."""

    def backward(network: Any, parameters: Any, trace: Any, Y: Any) -> dict[str, Any]:
        W, (z, a), m = parameters.W, (trace.z, trace.a), len(Y)
        below = (trace.x, *a)
        delta: list[Any] = [None] * (H + 1)
        grad_W, grad_b = list(delta), list(delta)
        for k in range(H, -1, -1):
            there = {"k": k, "W": W, "z": z, "a": a, "below": below, "delta": delta, "m": m}
            there |= {"h": [h.h_prime for h in network.activations]}
            part = lambda name, right, k=k, t=there: own[name](**t) if k == L and name in own else right()  # noqa: E731
            delta[k] = part(
                "delta", lambda k=k: network.pairing.delta(z[k], Y) if k == H else right_delta(k, network, W, z, delta)
            )
            grad_W[k] = part("W", lambda k=k: below[k].T @ delta[k] / m) + network.l2 * W[k]
            grad_b[k] = part("b", lambda k=k: delta[k].sum(axis=0) / m)
        return {"delta": delta, "W": grad_W, "b": grad_b}

    return backward


def right_delta(k: int, network: Any, W: Any, z: Any, delta: Any) -> Any:
    return network.activations[k].h_prime(z[k]) * (delta[k + 1] @ W[k + 1].T)


PASSES: tuple[tuple[str, str, int, Callable[..., Any]], ...] = (
    (
        "the weights of the layer itself",
        "delta",
        3,
        lambda k, W, z, h, delta, **_: h[k](z[k]) * (delta[k + 1] @ W[k].T),
    ),
    (
        "h' of the layer above",
        "delta",
        3,
        lambda k, W, z, h, delta, **_: h[k + 1](z[k + 1]) * (delta[k + 1] @ W[k + 1].T),
    ),
    ("W for its transpose", "delta", 3, lambda k, W, z, h, delta, **_: h[k](z[k]) * (delta[k + 1] @ W[k + 1])),
    ("h' left out", "delta", 3, lambda k, W, delta, **_: delta[k + 1] @ W[k + 1].T),
    ("a of the layer itself", "W", 4, lambda k, a, delta, m, **_: a[k].T @ delta[k] / m),
    ("no mean over the batch", "W", 4, lambda k, below, delta, **_: below[k].T @ delta[k]),
    ("the product turned round", "W", 4, lambda k, below, delta, m, **_: delta[k].T @ below[k] / m),
    ("summed over the wrong axis", "b", 5, lambda k, delta, m, **_: delta[k].sum(axis=1) / m),
    ("of the first example", "b", 5, lambda k, delta, m, **_: delta[k][0] / m),
    ("no mean over the batch", "b", 5, lambda k, delta, **_: delta[k].sum(axis=0)),
)
"""What is done, for which part of a layer, in which equation; and what it is then. Besides, a delta that is one layer off."""
ONE_OFF = (
    ("delta of the layer above", "W", 4, lambda k, below, delta, m, **_: below[k].T @ delta[k + 1] / m),
    ("delta of the layer above", "b", 5, lambda k, delta, m, **_: delta[k + 1].sum(axis=0) / m),
    ("delta of the layer above", "delta", 3, lambda k, delta, **_: delta[k + 1]),
)


def broken_passes() -> Iterator[Broken]:
    right = Notation.named("batched")
    for mistake, part, equation, wrong in (*PASSES, *ONE_OFF):
        hidden = part == "delta" or "above" in mistake
        for L in range(H) if hidden else range(H + 1):
            yield Broken(f"{mistake} (a pass of one's own)", equation, L, SQUARED, right, pass_with(L, **{part: wrong}))


def broken() -> tuple[Broken, ...]:
    return (*broken_equations(), *broken_passes())
