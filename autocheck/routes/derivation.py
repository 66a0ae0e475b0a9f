"""f's own derivation, step by step, from a run on balls that remember where they come from.

Pulled back through all steps it is the true gradient; pulled back with one step done wrong it is the gradient of somebody who
makes that mistake. `diagnosis/` asks which one comes out as claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.claim import parameters
from autocheck.lifted import balls, exact
from autocheck.lifted.run import running
from autocheck.lifted.taped import Step, plain, repeated, start, taping
from autocheck.routes.evaluator import Evaluator, output

Objects = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Derivation:
    """The steps of f, where its arguments stand among them, and where its value does."""

    steps: tuple[Step, ...]
    inputs: tuple[Objects, ...]
    """For each parameter the indices of its elements' steps."""
    outputs: tuple[tuple[int, Any], ...]
    """The steps that f returns, each with the weight that it has in what is differentiated."""


def derivation_of(evaluator: Evaluator) -> Derivation | None:
    """f's derivation at the point; None where it can't be had."""
    if evaluator.claim.jacobian:
        return None
    try:
        with balls.precision(limits.FIRST_PRECISION), taping() as tape:
            moved = {k: _started(p.value) for k, p in enumerate(parameters(evaluator.claim))}
            args = evaluator.lifted_args(moved)
            with running(exact.new_run(most=evaluator.most)):
                value = output(evaluator.claim, evaluator.claim.f(*args))
    except Exception:  # the user's code, on numbers that it never met: a diagnosis does without
        return None
    index = np.vectorize(lambda step: step.index, otypes=[int])
    outputs = tuple((b.index, 1) for b in value.ravel() if type(b) is Step)
    return Derivation(tuple(tape.steps), tuple(index(moved[k]) for k in moved), outputs)


def replayed(
    derivation: Derivation,
    inputs: dict[int, Objects] | None = None,
    constants: dict[tuple[int, int], Any] | None = None,
) -> Derivation:
    """The same steps at other arguments, or with other constants; branches stay as they were taken."""
    given = {
        int(i): ball
        for k, values in (inputs or {}).items()
        for i, ball in zip(derivation.inputs[k].ravel(), values.ravel(), strict=True)
    }
    with taping(sites=False) as tape:
        for step in derivation.steps:
            operands: list[Any] = [tape.steps[o.index] if type(o) is Step else o for o in step.operands]
            for slot in range(len(operands)):
                operands[slot] = (constants or {}).get((step.index, slot), operands[slot])
            repeated(step, operands or [given.get(step.index, plain(step))])
            tape.steps[-1].site = step.site
    return Derivation(tuple(tape.steps), derivation.inputs, derivation.outputs)


def _started(value: Any) -> Objects:
    steps = np.empty(value.size, dtype=object)
    steps[:] = [start(ball) for ball in balls.to_balls(value).ravel()]
    return steps.reshape(value.shape)
