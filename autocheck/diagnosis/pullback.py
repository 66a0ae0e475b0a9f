"""The gradient pulled back through f's derivation, with some of its partial derivatives replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from autocheck.lifted import balls
from autocheck.routes.derivation import Derivation

Array = np.ndarray[Any, Any]
Changes = Mapping[tuple[int, int], Any]
"""(step, operand) -> the partial derivative that is used instead."""


def exactly(derivation: Derivation, changes: Changes) -> list[Array]:
    """The gradient for each parameter, in balls, with the changes made."""
    back = carried(derivation, changes)
    gather = np.frompyfunc(lambda i: back[i], 1, 1)
    return [np.asarray(gather(places), dtype=object) for places in derivation.inputs]


def carried(derivation: Derivation, changes: Changes = MappingProxyType({})) -> list[Any]:
    """What comes back to each step."""
    back: list[Any] = [balls.ZERO] * len(derivation.steps)
    for index, weight in derivation.outputs:
        back[index] = back[index] + weight
    for step in reversed(derivation.steps):
        above = back[step.index]
        if above.is_zero():
            continue
        for parent, (slot, partial) in zip(step.parents, step.partials, strict=True):
            back[parent] = back[parent] + changes.get((step.index, slot), partial) * above
    return back


def side_by_side(derivation: Derivation, coarse: Sequence[Any], many: Sequence[Changes]) -> list[Array]:
    """The same in floating point for many changes at once: for each parameter one array more, along the first axis.

    coarse: for each step its (operand, parent, partial) in floats.
    """
    width = len(many)
    replaced: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for g, changes in enumerate(many):
        for edge, partial in changes.items():
            replaced.setdefault(edge, []).append((g, float(partial)))
    carried: list[Any] = [None] * len(derivation.steps)
    for index, weight in derivation.outputs:
        carried[index] = np.full(width, float(weight)) + (0 if carried[index] is None else carried[index])
    for i in range(len(derivation.steps) - 1, -1, -1):
        above = carried[i]
        if above is None:
            continue
        for slot, parent, partial in coarse[i]:
            if (i, slot) in replaced:
                partial = np.full(width, partial)
                for g, new in replaced[i, slot]:
                    partial[g] = new
            part = above * partial
            carried[parent] = part if carried[parent] is None else carried[parent] + part
    nothing = np.zeros(width)
    return [
        np.stack([nothing if carried[i] is None else carried[i] for i in places.ravel()], axis=1).reshape(
            width, *places.shape
        )
        if places.size
        else np.zeros((width, *places.shape))
        for places in derivation.inputs
    ]


def in_floats(derivation: Derivation) -> list[list[tuple[int, int, float]]]:
    return [
        [(slot, parent, float(partial)) for parent, (slot, partial) in zip(s.parents, s.partials, strict=True)]
        for s in derivation.steps
    ]
