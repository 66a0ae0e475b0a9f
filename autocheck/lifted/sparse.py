"""`scipy.sparse` matrices of constants times lifted arrays: by their entries, one product each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autocheck.lifted.patches import Patch, via
from autocheck.lifted.run import refuse


def times_vector(matrix: Any, x: Any) -> Any:
    entries = matrix.tocoo()
    out = np.zeros_like(x, shape=(matrix.shape[0], *x.shape[1:]))
    values = np.reshape(entries.data, (-1,) + (1,) * (x.ndim - 1))
    np.add.at(out, entries.row, values * x[entries.col])
    return out


def _refused(name: str) -> Callable[..., Any]:
    def how(*_: Any, **__: Any) -> Any:
        raise refuse(f"scipy.sparse: {name} of a lifted array is not lifted; .toarray() of the matrix is")

    return how


RULES: dict[str, Callable[..., Any]] = {
    "_matmul_vector": times_vector,
    "_matmul_multivector": times_vector,
    "multiply": _refused("multiply"),
}


def _kinds(kind: Any) -> Iterator[Any]:
    yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)


def patches() -> list[Patch]:
    """What is replaced once `scipy.sparse` is loaded; an operator with a lifted array on its left is left to the matrix."""
    from scipy.sparse import _base

    kinds = dict.fromkeys(_kinds(_base._spbase))
    found: list[Patch] = [
        (kind, name, via(rule)) for kind in kinds for name, rule in RULES.items() if name in vars(kind)
    ]
    return [(_base._spbase, "__array_ufunc__", lambda _: None), *found]
