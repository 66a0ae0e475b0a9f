"""JAX's factorisations and solvers on balls, as LAPACK defines them: LU with partial pivoting, Cholesky, triangular systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck.lifted import balls

Array = np.ndarray[Any, Any]


def each(a: Array, *more: Array) -> list[tuple[Array, ...]]:
    """The single matrices of stacks of them."""
    lead = a.shape[:-2]
    return [tuple(m[i] for m in (a, *more)) for i in np.ndindex(lead)]


def solved(a: Array, b: Array) -> Array:
    """x with a x = b, by elimination."""
    factors, _, order = lu_of(a)
    return triangular_of(factors, triangular_of(factors, b[order], lower=True, unit=True), lower=False, unit=False)


def lu_of(a: Array) -> tuple[Array, Array, Array]:
    """(L below the diagonal and U, the row swapped with each, the permutation)."""
    a, order = a.copy(), np.arange(len(a))
    swaps = np.zeros(min(a.shape), dtype=np.int32)
    for k in range(min(a.shape)):
        pivot = max(range(k, len(a)), key=lambda i: abs(a[i, k]).mid())
        swaps[k] = pivot
        a[[k, pivot]], order[[k, pivot]] = a[[pivot, k]], order[[pivot, k]]
        for i in range(k + 1, len(a)):
            a[i, k] = balls.divide(a[i, k], a[k, k])
            a[i, k + 1 :] = a[i, k + 1 :] - a[i, k] * a[k, k + 1 :]
    return a, swaps, order.astype(np.int32)


def triangular_of(a: Array, b: Array, lower: bool, unit: bool) -> Array:
    """x with a x = b, where only one triangle of a is read."""
    x = b.copy()
    n = len(a)
    for i in range(n) if lower else range(n - 1, -1, -1):
        known = slice(0, i) if lower else slice(i + 1, n)
        if len(range(*known.indices(n))):
            x[i] = x[i] - a[i, known] @ x[known]
        if not unit:
            x[i] = np.array([balls.divide(v, a[i, i]) for v in x[i]], dtype=object)
    return x


def cholesky_of(a: Array) -> Array:
    """L with L Lᵗ = a, from the lower triangle of a."""
    n, L = len(a), np.full(a.shape, balls.ZERO, dtype=object)
    for j in range(n):
        L[j, j] = balls.UNARY["sqrt"](a[j, j] - sum((v * v for v in L[j, :j]), balls.ZERO))
        for i in range(j + 1, n):
            L[i, j] = balls.divide(
                a[i, j] - sum((u * v for u, v in zip(L[i, :j], L[j, :j], strict=True)), balls.ZERO), L[j, j]
            )
    return L


def lu(a: Any, **_: Any) -> list[Any]:
    parts = [lu_of(m) for (m,) in each(a)]
    lead = a.shape[:-2]
    return [np.stack(column).reshape(*lead, *column[0].shape) for column in map(list, zip(*parts, strict=True))]


def cholesky(a: Any, **_: Any) -> list[Any]:
    return [np.stack([cholesky_of(m) for (m,) in each(a)]).reshape(a.shape)]


def triangular_solve(
    a: Any, b: Any, left_side: bool, lower: bool, transpose_a: bool, unit_diagonal: bool, **_: Any
) -> list[Any]:
    """a x = b, or x a = b, with a or its transpose."""
    found = []
    for matrix, right in each(a, b):
        flipped = transpose_a != (not left_side)  # x a = b is aᵗ xᵗ = bᵗ
        matrix, right = (matrix.T if flipped else matrix), (right if left_side else right.T)
        x = triangular_of(matrix, right, lower != flipped, unit_diagonal)
        found.append(x if left_side else x.T)
    return [np.stack(found).reshape(b.shape)]


RULES: dict[str, Callable[..., list[Any]]] = {
    "lu": lu,
    "cholesky": cholesky,
    "triangular_solve": triangular_solve,
}
