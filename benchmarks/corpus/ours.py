"""handgrad as entries: its activations, losses, pairings, equations and networks, out of the catalogue that the judge uses.

Each claim at ordinary points in float64 becomes an entry: rows are summed, nested parameters are laid side by side, and
the textbook's JAX is the twin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autocheck import catalog, tree
from autocheck.claim import Claim
from autocheck.matrix import Case

from .entry import Entry

TAKEN = {"dtype": "float64", "regime": "ordinary", "m": "4"}
"""What a case must have, where it has it at all."""


def entries() -> tuple[Entry, ...]:
    return tuple(map(entry_of, chosen()))


def chosen() -> Iterator[Case]:
    for case in catalog.cases():
        facts = dict(case.facts)
        if facts["kind"] != "digits" and all(facts.get(key, value) == value for key, value in TAKEN.items()):
            yield case


def entry_of(case: Case) -> Entry:
    claim = case.build()
    make = case.build.func
    settings = case.build.args[:-1]
    leaf_count = [sum(1 for _ in tree.leaves(arg)) for arg in claim.args]
    starts = np.cumsum([0, *leaf_count])
    numbers = tuple(int(i) for n in claim.argnums for i in range(starts[n], starts[n + 1]))

    def make_args(rng: np.random.Generator) -> tuple[Any, ...]:
        return side_by_side(make(*settings, int(rng.integers(2**31))).args)

    def f(*leaves: Any) -> Any:
        return np.sum(claim.f(*refilled(claim, leaves)))

    def gradient(*leaves: Any) -> Any:
        found = side_by_side(claim.gradient(*refilled(claim, leaves)))
        return found[0] if len(numbers) == 1 else found

    def twin(*leaves: Any) -> Any:
        return claim.reference(*refilled(claim, leaves)).sum()

    argnums = numbers[0] if len(numbers) == 1 else numbers
    return Entry(f, gradient, make_args, argnums, twin=twin, label=f"handgrad/{case.id}")


def side_by_side(args: Any) -> tuple[Any, ...]:
    return tuple(leaf for _, leaf in tree.leaves(args))


def refilled(claim: Claim, leaves: Any) -> Any:
    rest = iter(leaves)
    return tree.rebuild(claim.args, lambda _: next(rest))


ENTRIES = entries()
