"""One path of f's derivation in the place of another: x A x differentiated as if A were symmetric, say."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.diagnosis.case import Case, Finding, near, reproduces
from autocheck.diagnosis.pullback import exactly
from autocheck.diagnosis.search import in_turns
from autocheck.diagnosis.steps import Mutation, mutations, paths
from autocheck.routes.derivation import Derivation

Array = np.ndarray[Any, Any]


def by_exchange(case: Case) -> list[Finding]:
    """Pairs of paths of which one is counted twice and the other not at all."""
    if case.derivation is None:
        return []
    most = case.effort * limits.MUTATIONS_AT_ONCE
    every = list(itertools.islice(mutations(case, case.derivation, (paths,)), most))
    every = [m for m in every if m.scaled]
    without = [[p[g] for p in pulled] for many, pulled in in_turns(case.derivation, every) for g in range(len(many))]
    found = []
    for i, j in itertools.islice(suspicious(case, without), limits.FINDINGS):
        if finding := confirmed(case, case.derivation, every[i], every[j]):
            found.append(finding)
    return found


def suspicious(case: Case, without: list[list[Array]]) -> Iterator[tuple[int, int]]:
    """The pairs that give the claim as far as floating point can see, for some parameter; by one number each at first."""
    for k in case.wrong:
        s = case.suspects[k]
        weights = np.linspace(1, 2, s.coarse.size)
        told = np.array([np.sum(w[k].ravel() * weights) for w in without])
        gap = float(np.sum((s.coarse - s.coarse_true).ravel() * weights))
        miss = np.abs(told[None, :] - told[:, None] - gap)
        for i, j in np.argwhere(miss <= limits.FIRST_LOOK * s.size * s.coarse.size).tolist():
            if i != j and near(exchanged(s.coarse_true, without[i][k], without[j][k]), s):
                yield i, j


def exchanged(true: Array, without_one: Array, without_other: Array) -> Array:
    """The gradient with the first path twice and without the second."""
    return np.asarray(true - without_one + without_other)


def confirmed(case: Case, derivation: Derivation, one: Mutation, other: Mutation) -> Finding | None:
    """The same on balls."""
    first, second = exactly(derivation, one.changes), exactly(derivation, other.changes)
    sure = tuple(
        k
        for k in case.wrong
        if reproduces(exchanged(case.suspects[k].true, first[k], second[k]), case.suspects[k], case.bits)
    )
    words = f"{one.words} is counted twice, and {other.words} not at all: each belongs once"
    return Finding("path-exchanged", "{names} but for this: " + words, sure) if sure else None
