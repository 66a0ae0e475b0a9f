"""Nested arguments: dicts, lists, tuples, named tuples and dataclasses of arrays, and the names of their leaves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any


def children(tree: Any) -> list[tuple[str, Any]] | None:
    """(how a child is written, the child) of a container; None for a leaf. An absent value (None) has no leaves."""
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [(f"[{key!r}]", child) for key, child in tree.items()]
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return [(f".{name}", child) for name, child in zip(tree._fields, tree, strict=True)]
    if isinstance(tree, (list, tuple)):
        return [(f"[{i}]", child) for i, child in enumerate(tree)]
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(f".{field.name}", getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    return None


def leaves(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(name, leaf) in order: `params['W'][0]`."""
    inside = children(tree)
    if inside is None:
        yield name, tree
    else:
        for part, child in inside:
            yield from leaves(child, name + part)


def rebuild(tree: Any, leaf: Callable[[Any], Any]) -> Any:
    """The same containers with `leaf(x)` for every leaf x."""
    inside = children(tree)
    if inside is None:
        return leaf(tree)
    if tree is None:
        return None
    made = [rebuild(child, leaf) for _, child in inside]
    if isinstance(tree, dict):
        return dict(zip(tree, made, strict=True))
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*made)
    if isinstance(tree, (list, tuple)):
        return type(tree)(made)
    return dataclasses.replace(tree, **dict(zip((f.name for f in dataclasses.fields(tree)), made, strict=True)))
