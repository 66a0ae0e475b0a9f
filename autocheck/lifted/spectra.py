"""Eigenvalues, eigenvectors, singular values and QR in exact arithmetic, with the order and the signs that LAPACK gives them.

flint encloses eigenvalues, and the eigenvectors of those that are not repeated. What is a free choice (the order, the sign of a
vector, a basis of a null space) is read off NumPy's own floating-point result, so that the same code takes the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import acb, acb_mat

from autocheck.lifted import balls
from autocheck.lifted.complexes import COMPLEX, ComplexArray, elements
from autocheck.lifted.exact import ExactArray, Objects
from autocheck.lifted.run import refuse


def _decomposed(a: Objects, vectors: bool) -> tuple[list[Any], Any]:
    """(eigenvalues, right eigenvectors as columns) of one matrix.

    Raises: CannotLift where flint can't tell two eigenvalues apart.
    """
    matrix = acb_mat([[acb(v) for v in row] for row in a])
    try:
        found = matrix.eig(right=vectors, multiple=not vectors)
    except ValueError:
        raise refuse("the eigenvectors of a repeated eigenvalue are not lifted") from None
    values, right = found if vectors else (found, None)
    return list(values), None if right is None else np.array(right.tolist(), dtype=object)


def _each(a: Any, function: Callable[..., tuple[Objects, ...]]) -> tuple[Objects, ...]:
    """A function of one matrix over all leading axes; its results stacked."""
    data = elements(a) if a.dtype.kind == "c" else a.data
    lead = data.shape[:-2]
    rows = [function(data[i]) for i in np.ndindex(lead)]
    return tuple(np.stack(column).reshape(*lead, *column[0].shape) for column in zip(*rows, strict=True))


def _like(result: Any, *parts: Any) -> Any:
    """A named tuple of the kind that NumPy returns."""
    return type(result)(*parts)


def _floats(a: Objects) -> Any:
    return balls.to_floats(a)


def _unit(v: Objects, like: Any) -> Objects:
    """A real vector of length one, along `like`."""
    v = v / np.sum(v * v).sqrt()
    return v if float(np.sum(_floats(v) * like)) >= 0 else -v


def _real(vector: Objects) -> Objects:
    """A complex multiple of a real vector, made real."""
    largest = max(range(len(vector)), key=lambda i: float(abs(vector[i])))
    return np.array([(v / vector[largest]).real for v in vector], dtype=object)


def _symmetric(a: Objects, lower: bool) -> Objects:
    """The matrix that one triangle stands for: LAPACK reads no other."""
    n = len(a)
    return np.array(
        [[a[max(i, j), min(i, j)] if lower else a[min(i, j), max(i, j)] for j in range(n)] for i in range(n)]
    )


def _eigh(a: Objects, lower: bool, vectors: bool = True) -> tuple[Objects, ...]:
    """In ascending order."""
    if any(type(v) is acb for v in a.flat):
        raise refuse("the spectrum of a complex Hermitian matrix is not lifted")
    a = _symmetric(a, lower)
    values, right = _decomposed(a, vectors)
    order = sorted(range(len(values)), key=lambda k: float(values[k].real))
    ascending = np.array([values[k].real for k in order], dtype=object)
    if not vectors:
        return (ascending,)
    plain = np.linalg.eigh(_floats(a))[1]
    columns = [_unit(_real(right[:, k]), plain[:, place]) for place, k in enumerate(order)]
    return ascending, np.stack(columns, axis=1)


def eigvalsh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 - NumPy's own name
    (values,) = _each(a, lambda m: _eigh(m, UPLO.upper() == "L", vectors=False))
    return ExactArray(values, a.dtype)


def eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803
    values, vectors = _each(a, lambda m: _eigh(m, UPLO.upper() == "L"))
    return _like(np.linalg.eigh(np.eye(1)), ExactArray(values, a.dtype), ExactArray(vectors, a.dtype))


# --- of any square matrix -------------------------------------------------------------------------------------------------


def _plain(a: Objects) -> Any:
    if any(type(v) is acb for v in a.flat):
        return np.array([[complex(float(v.real), float(v.imag)) for v in map(acb, row)] for row in a])
    return _floats(a)


def _eig(a: Objects, vectors: bool) -> tuple[Objects, ...]:
    """Eigenvalues in LAPACK's order; each vector of length one, its largest component real."""
    values, right = _decomposed(a, vectors)
    plain_values, plain_vectors = np.linalg.eig(_plain(a))
    left = list(range(len(values)))
    order = []
    for value in plain_values:
        nearest = min(left, key=lambda k: abs(complex(float(values[k].real), float(values[k].imag)) - value))
        order.append(nearest)
        left.remove(nearest)
    real = np.isrealobj(plain_values)
    ordered = np.array([values[k].real if real else values[k] for k in order], dtype=object)
    if not vectors:
        return (ordered,)
    columns = [_turned(right[:, k], plain_vectors[:, place]) for place, k in enumerate(order)]
    return ordered, np.stack(columns, axis=1)


def _turned(v: Objects, like: Any) -> Objects:
    if np.isrealobj(like):
        return _unit(_real(v), like)
    largest = int(np.argmax(np.abs(like)))
    v = np.array([z / v[largest] for z in v], dtype=object)
    size = sum((z.real * z.real + z.imag * z.imag for z in v), balls.ZERO).sqrt()
    return v / size if like[largest].real >= 0 else -v / size


def _made(value: Objects, dtype: Any) -> Any:
    is_complex = any(type(v) is acb for v in value.flat)
    return ComplexArray(elements(ExactArray(value, dtype)), COMPLEX) if is_complex else ExactArray(value, dtype)


def eigvals(a: Any) -> Any:
    (values,) = _each(a, lambda m: _eig(m, vectors=False))
    return _made(values, a.dtype)


def eig(a: Any) -> Any:
    values, vectors = _each(a, lambda m: _eig(m, vectors=True))
    return _like(np.linalg.eig(np.eye(1)), _made(values, a.dtype), _made(vectors, a.dtype))


# --- singular values, QR --------------------------------------------------------------------------------------------------


def _completed(q: Objects, like: Any) -> Objects:
    """Columns orthonormal to those of q, as near to `like` as they can be."""
    columns = list(q.T)
    for candidate in like.T:
        v = balls.to_balls(candidate)
        for _ in range(2):
            for column in columns:
                v = v - column * np.sum(column * v)
        columns.append(_unit(v, candidate))
    return np.stack(columns, axis=1)


def _svd(a: Objects, full: bool, vectors: bool) -> tuple[Objects, ...]:
    """From the eigenvalues of the smaller of a aᵗ and aᵗ a; in descending order."""
    if any(type(v) is acb for v in a.flat):
        raise refuse("the singular values of a complex matrix are not lifted")
    wide = a.shape[0] <= a.shape[1]
    gram = np.matmul(a, a.T) if wide else np.matmul(a.T, a)
    found = _eigh(gram, lower=True, vectors=vectors)
    sizes = np.array([v.nonnegative_part().sqrt() for v in found[0][::-1]], dtype=object)
    if not vectors:
        return (sizes,)
    plain_u, _, plain_v = np.linalg.svd(_floats(a), full_matrices=full)
    near = found[1][:, ::-1]
    like = plain_u if wide else plain_v.T
    near = np.stack([_unit(near[:, k], like[:, k]) for k in range(len(sizes))], axis=1)
    far = np.matmul(a.T if wide else a, near) / sizes
    u, v = (near, far) if wide else (far, near)
    k = len(sizes)
    if full:
        u, v = _completed(u, plain_u[:, k:]), _completed(v, plain_v.T[:, k:])
    return u, sizes, v.T


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    if hermitian:
        raise refuse("np.linalg.svd(hermitian=True) is not lifted")
    found = _each(a, lambda m: _svd(m, full_matrices and compute_uv, compute_uv))
    parts = [ExactArray(part, a.dtype) for part in found]
    return _like(np.linalg.svd(np.eye(1)), *parts) if compute_uv else parts[0]


def _qr(a: Objects, complete: bool) -> tuple[Objects, Objects]:
    """By Gram and Schmidt, twice over; the signs are LAPACK's."""
    plain_q, plain_r = np.linalg.qr(_floats(a), mode="complete" if complete else "reduced")
    k = min(a.shape)
    columns: list[Objects] = []
    for j in range(k):
        v = a[:, j]
        for _ in range(2):
            for column in columns:
                v = v - column * np.sum(column * v)
        columns.append(_unit(v, plain_q[:, j]))
    q = np.stack(columns, axis=1)
    if complete and a.shape[0] > k:
        q = _completed(q, plain_q[:, k:])
    r = np.matmul(q.T, a)
    below = np.tril(np.ones(plain_r.shape, dtype=bool), -1)
    r[below] = balls.ZERO
    return q, r


def qr(a: Any, mode: str = "reduced") -> Any:
    if mode not in ("reduced", "complete", "r"):
        raise refuse(f"np.linalg.qr(mode={mode!r}) is not lifted")
    q, r = (ExactArray(part, a.dtype) for part in _each(a, lambda m: _qr(m, mode == "complete")))
    return r if mode == "r" else _like(np.linalg.qr(np.eye(1)), q, r)


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Of full rank: by the normal equations of the longer side, which cost no digits here."""
    sizes = np.linalg.svd(a.floats(), compute_uv=False)
    if sizes.min(initial=np.inf) <= 1e-15 * sizes.max(initial=0.0):
        raise refuse("np.linalg.pinv of a matrix without full rank is not lifted")
    turned = np.swapaxes(a, -1, -2)
    if a.shape[-2] >= a.shape[-1]:
        return np.linalg.solve(np.matmul(turned, a), turned)
    return np.swapaxes(np.linalg.solve(np.matmul(a, turned), a), -1, -2)


SPECTRA: dict[str, Callable[..., Any]] = {
    f"linalg.{f.__name__}": f for f in (eigvalsh, eigh, eigvals, eig, svd, qr, pinv)
}
