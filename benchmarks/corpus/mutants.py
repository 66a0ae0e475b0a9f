"""All wrong gradients by name: the catalogue's, the generic ones, and the small errors."""

from __future__ import annotations

from . import mistakes, transformations
from .entry import Wrong


def catalogue() -> tuple[Wrong, ...]:
    return (*mistakes.wrongs(), *transformations.generic())


def small() -> tuple[Wrong, ...]:
    return tuple(transformations.small())
