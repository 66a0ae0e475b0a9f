"""handgrad's networks on trial, equation by equation and layer by layer: which is the first that is wrong.

Eqn 1 and 2 are judged one layer at a time, on the true values from below: what a layer returns is the gradient with respect to u
of the sum of u times what it should return. Eqn 3, 4 and 5 are judged as the gradients of one backward pass: the first
that is wrong, and what only inherits its mistake.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Unpack

import numpy as np

from autocheck.claim import BadClaim, Claim, make_claim, name_of
from autocheck.forms import weights_like
from autocheck.given_points import tried
from autocheck.intermediates import Backward, backward_order, judge_backward, marks_of
from autocheck.marks import tap
from autocheck.options import Options, of_the_claim, with_options
from autocheck.report import Report
from handgrad import network as passes
from handgrad.equations import EQUATIONS, Notation
from handgrad.network import Network, Parameters, Trace

Array = np.ndarray[Any, Any]
Pass = Callable[[Network, Parameters, Trace, Any], Mapping[str, Any]]
CHECK = "check_network"
EQN_1, EQN_2 = "z[{}] forward", "a[{}] forward"
PARTS = {"delta": "z", "W": "W", "b": "b"}
"""What a backward pass returns for each layer, and with respect to what that is the gradient."""


@functools.partial(with_options, without=("argnums", "reference", "points", "formula_at"))
def check_network(
    network: Network,
    parameters: Parameters,
    X: Any,
    Y: Any,
    notation: str | Notation = "batched",
    *,
    backward: Pass | None = None,
    **options: Unpack[Options],
) -> Report:
    """Judge the five equations of a network of handgrad, layer by layer, and say which is the first that is wrong.

    notation: a name, or equations of your own among handgrad's: `handgrad.Notation.named("batched", delta=my_delta)`.
    backward: your own backward pass in the place of handgrad's. `backward(network, parameters, trace, Y)` returns
        {"delta": [...], "W": [...], "b": [...]}, one array for each layer from 0 up, with the meaning that they have in handgrad's
        batched equations: a row of delta is ∂J/∂z of its own example.

    Returns: a Report: Eqn 1 and Eqn 2 from the lowest layer up, then Eqn 3, 4 and 5 from the loss down. Of a wrong one a note says
        whether it is the first, wrong by itself too, or only inherits the mistake.
    Raises: BadClaim for a backward pass that returns something else; whatever the equations raise by themselves.
    """
    own = notation if isinstance(notation, Notation) else Notation.named(notation)
    back = backward or functools.partial(handed_down, own)
    again = (
        "network, parameters, X, Y" + ", notation" * (notation != "batched") + ", backward=backward" * bool(backward)
    )
    facts = {"check": CHECK, "again": again, "name": str(network), **of_the_claim(options)}

    def on_trial(_: tuple[Any, ...]) -> Backward:
        chain = backward_pass(network, parameters, X, Y, back, facts)
        given = forward_claims(network, parameters, X, own, facts)
        titles = dict(titled(len(network.activations), own, backward))
        claimed = (*given, *chain.claimed)
        return replace(chain, claimed=claimed, given=given, titles=titles, form="equations")

    return tried(on_trial, (), options, judge_backward)


def assert_network(*args: Any, **options: Any) -> Report:
    """`check_network` that raises AssertionError, with the report as its message, for all but `agrees`."""
    __tracebackhide__ = True
    report = check_network(*args, **options)
    if not report.ok:
        raise AssertionError(f"{report}")
    return report


# --- upwards: Eqn 1 and 2 ---------------------------------------------------------------------------------------------


def forward_claims(
    network: Network, parameters: Parameters, X: Any, own: Notation, facts: dict[str, Any]
) -> dict[str, Claim]:
    """Each layer by itself, from the lowest up."""
    right, found = Notation.named("batched"), {}
    trace = passes.forward(network, parameters, X)
    for L, (W, b, h) in enumerate(zip(parameters.W, parameters.b, network.activations, strict=True)):
        below = trace.a[L - 1] if L else trace.x
        names = (f"W[{L}]", f"b[{L}]", f"a[{L - 1}]" if L else "X")
        at = right.pre_activation, rows_of(own, own.pre_activation)
        found[EQN_1.format(L)] = value_claim(*at, (W, b, below), (EQN_1.format(L), *names), facts)
        at = functools.partial(right.activate, h), rows_of(own, functools.partial(own.activate, h))
        found[EQN_2.format(L)] = value_claim(*at, (trace.z[L],), (EQN_2.format(L), f"z[{L}]"), facts)
    return found


def value_claim(
    right: Callable[..., Any],
    own: Callable[..., Any],
    args: tuple[Any, ...],
    names: tuple[str, ...],
    facts: dict[str, Any],
) -> Claim:
    """That a function returns what another does: it is the gradient of <u, other(*args)> with respect to u."""
    u = weights_like(right(*args), facts.get("seed", 0))

    def weighted(u: Any, *args: Any) -> Any:
        return np.sum(u * right(*args))

    claimed = lambda u, *args: own(*args)  # noqa: E731
    return make_claim(weighted, claimed, (u, *args), 0, noun="value", names=names, **facts)


def rows_of(own: Notation, function: Callable[..., Any]) -> Callable[..., Any]:
    """An equation for a whole batch, whose last argument has one example to a row."""
    if own.batched:
        return function
    return lambda *args: np.stack([function(*args[:-1], row) for row in args[-1]])


# --- and back: Eqn 3, 4 and 5 -----------------------------------------------------------------------------------------


def backward_pass(
    network: Network, parameters: Parameters, X: Any, Y: Any, back: Pass, facts: dict[str, Any]
) -> Backward:
    """J of the parameters, with a mark at every z, and the gradients that a backward pass hands down."""
    layers = range(len(parameters.W))

    def of(flat: tuple[Any, ...]) -> Parameters:
        return Parameters(flat[0::2], flat[1::2])

    def J(X: Any, Y: Any, *flat: Any) -> Any:
        return passes.loss(network, of(flat), X, Y, marked())

    def gradients(X: Any, Y: Any, *flat: Any) -> dict[str, Any]:
        trace = passes.forward(network, of(flat), X)
        return by_name(back(network, of(flat), trace, Y), len(X), len(layers))

    args = (X, Y, *itertools.chain(*zip(parameters.W, parameters.b, strict=True)))
    names = ("X", "Y", *itertools.chain(*((f"W[{L}]", f"b[{L}]") for L in layers)))
    marks = {name: replace(mark, line="") for name, mark in marks_of(J, args).items()}
    chain = Backward(J, gradients, args, names, marks, tuple(gradients(*args)), facts)
    return replace(chain, claimed=tuple(backward_order(chain)))


def marked() -> Notation:
    """handgrad's equations, with a mark at the z of every layer."""
    right, layers = Notation.named("batched"), itertools.count()

    def pre_activation(W: Any, b: Any, a_prev: Any) -> Any:
        return tap(f"z[{next(layers)}]", right.pre_activation(W, b, a_prev))

    return replace(right, pre_activation=pre_activation)


def by_name(found: Any, m: int, layers: int) -> dict[str, Any]:
    """The gradients of J under the names of what they belong to. J is a mean: of delta's rows it takes one in m.

    Raises: BadClaim if they are not one of each for every layer.
    """
    if not isinstance(found, Mapping) or any(len(found.get(part, ())) != layers for part in PARTS):
        came = f"a dict of {', '.join(map(str, found))}" if isinstance(found, Mapping) else type(found).__name__
        raise BadClaim(
            f'{CHECK}: the backward pass returned {came}, needs {{"delta": [...], "W": [...], "b": [...]}} with '
            f"{layers} array{'s' * (layers > 1)} each, one for each layer"
        )
    share = {"delta": m, "W": 1, "b": 1}
    return {f"{PARTS[part]}[{L}]": found[part][L] / share[part] for L in reversed(range(layers)) for part in PARTS}


def handed_down(own: Notation, network: Network, parameters: Parameters, trace: Trace, Y: Any) -> dict[str, Any]:
    """What handgrad's backward pass hands down with these equations, its deltas as they come by."""
    deltas: list[Any] = []

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any) -> Any:
            deltas.append(function(*args))
            return deltas[-1]

        return watched

    watched = replace(own, delta_output=noted(own.delta_output), delta=noted(own.delta))
    found = passes.backward(network, parameters, trace, Y, watched, with_x=False)
    layers = len(parameters.W)
    rows = [deltas[i::layers] for i in range(layers)][::-1]  # of one example after another, each from the top down
    return {"delta": [row[0] if own.batched else np.stack(row) for row in rows], "W": found.W, "b": found.b}


# --- words ------------------------------------------------------------------------------------------------------------


def titled(layers: int, own: Notation, backward: Pass | None) -> Iterator[tuple[str, str]]:
    """What the names of a report are called: an equation at a layer, and where it is written."""
    numbers = {function: equation.number for equation in EQUATIONS for function in equation.functions}
    for L in range(layers):
        for name, function in (
            (f"z[{L}]", "delta" if layers - 1 > L else "delta_output"),
            (f"W[{L}]", "grad_W"),
            (f"b[{L}]", "grad_b"),
            (EQN_1.format(L), "pre_activation"),
            (EQN_2.format(L), "activate"),
        ):
            upwards = numbers[function] < 3
            place = place_of(backward if backward and not upwards else getattr(own, function))
            yield (
                name,
                f"Eqn {numbers[function]} at layer {L} ({'' if upwards else 'the gradient for ' + name + ', '}{place})",
            )


def place_of(function: Any) -> str:
    """`delta (file.py:12)`."""
    code = getattr(function, "__code__", None)
    return (
        f"{name_of(function)}, {os.path.basename(code.co_filename)}:{code.co_firstlineno}"
        if code
        else name_of(function)
    )
