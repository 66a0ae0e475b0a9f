"""Records by name, and what to say when there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Protocol, TypeVar


class Record(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def family(self) -> str: ...


R = TypeVar("R", bound=Record)


def named(kind: str, name: str, table: Iterable[R]) -> R:
    """The record of that name, or of that family at its default parameters.

    Raises: ValueError, with the nearest names, for a name that is in no table.
    """
    records = {alias: record for record in table for alias in (record.name, record.family)}
    if name in records:
        return records[name]
    families = list(dict.fromkeys(record.family for record in records.values()))
    near = difflib.get_close_matches(str(name), families, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise ValueError(f"unknown {kind} {name!r}{hint} Known: {', '.join(families)}.")
