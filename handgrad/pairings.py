"""Every loss on every output activation that it makes sense on: J and the output delta ∂J/∂z, both from z.

A pair is legal if the activation's range lies in the loss's domain; both are data, so the matrix, its gaps and the reason for
each gap are derived, not listed. Where a closed form exists (`fused.py`) it is used, else the chain rule.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from handgrad import activations, losses
from handgrad.activations import ACTIVATIONS, Activation
from handgrad.fused import FUSED, Forms
from handgrad.losses import LOSSES, Loss
from handgrad.shapes import Array

CHAIN = r"\delta = \left(\frac{\partial a}{\partial z}\right)^t \frac{\partial J}{\partial a}"
CHAIN_ELEMENTWISE = r"\delta = \frac{\partial J}{\partial a} \odot h'(z)"


@dataclass(frozen=True, slots=True)
class Pairing:
    """What the output layer needs to know of a loss on an activation."""

    loss: Loss
    activation: Activation
    value: Callable[[Array, Array], Array]
    """(z, y) -> J of each example, the last axis reduced."""
    delta: Callable[[Array, Array], Array]
    """(z, y) -> ∂J/∂z, of the shape of z; per example, without 1/m."""
    value_and_delta: Callable[[Array, Array], tuple[Array, Array]]
    """(z, y) -> both, and what they share is computed once."""
    fused: bool
    latex: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.loss.name} on {self.activation.name}"


def pairing(loss: Loss | str, activation: Activation | str) -> Pairing:
    """The pairing of two records, or of two names.

    Raises: ValueError for an unknown name, and for a pair that makes no sense, with the reason.
    """
    loss = losses.get(loss) if isinstance(loss, str) else loss
    activation = activations.get(activation) if isinstance(activation, str) else activation
    if reason := refusal(loss, activation):
        raise ValueError(reason)
    key, settings = (loss.family, activation.family), dict((*loss.parameters, *activation.parameters))
    forms = FUSED.get(key) or Forms(*chain(loss, activation), CHAIN if activation.vector_valued else CHAIN_ELEMENTWISE)
    shared, J, d = (functools.partial(f, **_known(f, settings)) for f in (forms.shared, forms.J, forms.delta))

    def value(z: Array, y: Array) -> Array:
        return J(shared(z), y)

    def delta(z: Array, y: Array) -> Array:
        return d(shared(z), y)

    def value_and_delta(z: Array, y: Array) -> tuple[Array, Array]:
        s = shared(z)
        return J(s, y), d(s, y)

    fused = key in FUSED
    source = (loss if fused else activation).source
    return Pairing(loss, activation, value, delta, value_and_delta, fused, forms.latex, source)


def chain(
    loss: Loss, activation: Activation
) -> tuple[Callable[[Array, Array], Array], Callable[[Array, Array], Array]]:
    """J(h(z), y), and Eqn 3 for the output layer: delta = (∂a/∂z)ᵗ ∂J/∂a, which is ∂J/∂a ⊙ h'(z) element by element."""

    def value(z: Array, y: Array) -> Array:
        return loss.per_example(activation.h(z), y)

    def delta(z: Array, y: Array) -> Array:
        return activation.pullback(z, loss.grad_a(activation.h(z), y))

    return value, delta


def refusal(loss: Loss, activation: Activation) -> str:
    """Why the pair makes no sense; "" for a legal one."""
    if activation.range.issubset(loss.domain):
        return ""
    fitting = [a.family for a in ACTIVATIONS if a.range.issubset(loss.domain)]
    return (
        f"{loss.name} on {activation.name} is undefined: {activation.name} yields {activation.range}, "
        f"{loss.name} needs {loss.domain}. Try {' or '.join(fitting)}."
    )


def _known(function: Callable[..., Array], settings: dict[str, object]) -> dict[str, object]:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return {k: v for k, v in settings.items() if k in names}


PAIRINGS: tuple[Pairing, ...] = tuple(pairing(loss, a) for loss in LOSSES for a in ACTIVATIONS if not refusal(loss, a))
REFUSED: tuple[tuple[str, str, str], ...] = tuple(
    (loss.name, a.name, reason) for loss in LOSSES for a in ACTIVATIONS if (reason := refusal(loss, a))
)
