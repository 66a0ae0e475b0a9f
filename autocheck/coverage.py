"""Which sides of f's branches a point visits: a check says nothing about the others."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float
from autocheck.lifted import recorded
from autocheck.lifted.run import running
from autocheck.report import Note

Sites = dict[tuple[str, str], set[bool]]
"""(line of the code, what decides there) -> the outcomes met."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a plain run of f, watched, showed."""

    sites: Sites = field(default_factory=dict)
    """Every comparison, maximum, minimum, absolute value, sign and clip that it made of its arguments."""
    cost: int = 0
    """Ball operations that the same run will take in exact arithmetic, roughly."""


def watched_run(claim: Claim) -> Watched:
    """One plain run of f; of code that looks too closely at its arrays nothing is known."""
    run = recorded.new_run(sites={})

    def watched(leaf: Any) -> Any:
        return recorded.lift(leaf.copy()) if is_float(leaf) else copy.deepcopy(leaf)

    try:
        with running(run), np.errstate(all="ignore"):
            claim.f(*(tree.rebuild(a, watched) for a in claim.args))
    except Exception:  # the user's own code, on arrays that it never met
        return Watched()
    return Watched(run.sites or {}, run.cost)


def together(one: Sites, other: Sites) -> Sites:
    """What two points visited between them."""
    return {site: one.get(site, set()) | other.get(site, set()) for site in {**one, **other}}


def unvisited(sites: Sites, points: int) -> list[Note]:
    """A note for each branch of which only one side was visited; the first few, and how many more."""
    where = "at this point" if points == 1 else f"at all {points} points"
    one_sided = [(line, name, next(iter(met))) for (line, name), met in sites.items() if len(met) == 1 and line]
    texts = [f"{recorded.WORDS[name][not met]} {where}: {line}" for line, name, met in one_sided]
    most = limits.MOST_SITES
    if len(texts) > most:
        texts[most - 1 :] = [f"and {len(texts) - most + 1} more branches of which only one side was visited {where}"]
    return [Note("unvisited-side", text) for text in texts]
