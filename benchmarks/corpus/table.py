"""All entries of the corpus, by name."""

from __future__ import annotations

from . import (
    algebra,
    dynamics,
    elementwise,
    landscapes,
    layers,
    likelihoods,
    losses,
    ours,
    pair_losses,
    sequences,
    structured,
)
from .entry import Entry

PLAIN: tuple[Entry, ...] = tuple(
    entry
    for home in (
        elementwise,
        losses,
        pair_losses,
        layers,
        sequences,
        algebra,
        likelihoods,
        dynamics,
        structured,
        landscapes,
    )
    for entry in home.ENTRIES
)
ENTRIES: tuple[Entry, ...] = (*PLAIN, *ours.ENTRIES)
BY_NAME: dict[str, Entry] = {entry.name: entry for entry in ENTRIES}
