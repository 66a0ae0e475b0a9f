"""`scipy.linalg` on lifted arrays, its BLAS and LAPACK too: written in terms of NumPy's solvers, so that every backend has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck.lifted.patches import Patch, via
from autocheck.lifted.run import plainly, refuse


def _triangle(a: Any, lower: bool, unit: bool = False) -> Any:
    """The half of the matrix that is read."""
    half = np.tril(a) if lower else np.triu(a)
    return half if not unit else half - np.diag(np.diagonal(half)) + np.eye(len(half))


def _symmetric(a: Any, lower: bool = False) -> Any:
    """The matrix that one half of `a` stands for."""
    half = _triangle(np.asarray(a), lower)
    return half + half.T - np.diag(np.diagonal(half))


def solve(
    a: Any, b: Any, lower: bool = False, *_: Any, assume_a: Any = None, transposed: bool = False, **__: Any
) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if assume_a in ("sym", "pos", "symmetric", "positive definite"):
        a = _symmetric(a, lower)
    elif assume_a in ("lower triangular", "upper triangular"):
        a = _triangle(a, assume_a.startswith("lower"))
    elif assume_a not in (None, "gen", "general"):
        raise refuse(f"scipy.linalg.solve(assume_a={assume_a!r}) is not lifted")
    return np.linalg.solve(a.T if transposed else a, b)


def solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False, *_: Any, **__: Any
) -> Any:
    half = _triangle(np.asarray(a), lower, unit_diagonal)
    return np.linalg.solve(half if trans in (0, "N") else half.T, np.asarray(b))


def cholesky(a: Any, lower: bool = False, *_: Any, **__: Any) -> Any:
    """From the half that LAPACK reads: the upper one, unless `lower`."""
    L = np.linalg.cholesky(_symmetric(a, lower))
    return L if lower else L.T


def cho_factor(a: Any, lower: bool = False, *_: Any, **__: Any) -> Any:
    """What stands in the other triangle is nobody's business, SciPy says: zeros here."""
    return cholesky(a, lower), lower


def _other_half(a: Any, lower: bool) -> Any:
    """What LAPACK leaves as it was."""
    return np.triu(a, 1) if lower else np.tril(a, -1)


def cho_solve(c_and_lower: Any, b: Any, *_: Any, **__: Any) -> Any:
    factor, lower = c_and_lower
    L = _triangle(np.asarray(factor), lower)
    L = L if lower else L.T
    return np.linalg.solve(L.T, np.linalg.solve(L, np.asarray(b)))


def block_diag(*arrs: Any) -> Any:
    blocks = [np.atleast_2d(a) for a in arrs]
    rows, columns = (sum(b.shape[i] for b in blocks) for i in (0, 1))
    lifted = next(b for b in blocks if getattr(type(b), "is_lifted", False))
    full, i, j = np.zeros_like(lifted, shape=(rows, columns)), 0, 0
    for b in blocks:
        full[i : i + b.shape[0], j : j + b.shape[1]] = b
        i, j = i + b.shape[0], j + b.shape[1]
    return full


def toeplitz(c: Any, r: Any = None) -> Any:
    c, r = np.ravel(c), np.ravel(c if r is None else r)
    both = np.concatenate([c[::-1], r[1:]])
    return both[len(c) - 1 - np.arange(len(c))[:, None] + np.arange(len(r))]


def hankel(c: Any, r: Any = None) -> Any:
    c = np.ravel(c)
    last = np.zeros_like(c)[1:] if r is None else np.ravel(r)[1:]
    return np.concatenate([c, last])[np.arange(len(c))[:, None] + np.arange(len(last) + 1)]


def circulant(c: Any) -> Any:
    c = np.ravel(c)
    return c[(np.arange(len(c))[:, None] - np.arange(len(c))) % len(c)]


def eigh(a: Any, b: Any = None, lower: bool = True, eigvals_only: bool = False, **_: Any) -> Any:
    if b is not None:
        raise refuse("scipy.linalg.eigh of a pencil is not lifted")
    a = _symmetric(a, lower)
    if eigvals_only:
        return np.linalg.eigvalsh(a)
    values, vectors = np.linalg.eigh(a)
    import scipy.linalg as linalg

    with plainly():
        plain = linalg.eigh(_floats(a))[1]
    signs = np.sign(np.sum(_floats(vectors) * plain, axis=0))  # SciPy asks another driver of LAPACK
    return values, vectors * signs


def expm(A: Any) -> Any:
    """By scaling and squaring; the series ends where its terms vanish beside every digit that is carried."""
    A = np.asarray(A)
    halvings = max(0, int(np.ceil(np.log2(max(float(np.max(np.sum(np.abs(_floats(A)), axis=-1))), 1e-300)))) + 8)
    small = A / 2**halvings
    term = total = np.zeros_like(A) + np.eye(A.shape[-1])
    for k in range(1, _terms(A)):
        term = np.matmul(term, small) / k
        total = total + term
    for _ in range(halvings):
        total = np.matmul(total, total)
    return total


def _floats(a: Any) -> Any:
    return a.floats() if hasattr(a, "floats") else a


def _terms(a: Any) -> int:
    """2^-8k / k! lies below every digit carried after so many terms."""
    import flint

    bits = flint.ctx.prec if type(a).__name__ == "ExactArray" else 64
    return 8 + bits // 8


def gemm(alpha: Any, a: Any, b: Any, beta: Any = 0, c: Any = None, trans_a: Any = 0, trans_b: Any = 0, **_: Any) -> Any:
    product = alpha * np.dot(a.T if trans_a else a, b.T if trans_b else b)
    return product if c is None else product + beta * c


def syrk(alpha: Any, a: Any, beta: Any = 0, c: Any = None, trans: Any = 0, lower: Any = 0, **_: Any) -> Any:
    """One half of a aᵗ; the other is left zero."""
    return _triangle(alpha * (np.dot(a.T, a) if trans else np.dot(a, a.T)), bool(lower))


def symm(alpha: Any, a: Any, b: Any, side: Any = 0, lower: Any = 0, **_: Any) -> Any:
    a = _symmetric(a, bool(lower))
    return alpha * (np.dot(b, a) if side else np.dot(a, b))


def potrf(a: Any, lower: Any = False, clean: Any = True, **_: Any) -> Any:
    try:
        return cholesky(a, bool(lower)) + (0 if clean else _other_half(a, bool(lower))), 0
    except np.linalg.LinAlgError:
        return a, 1


def potrs(c: Any, b: Any, lower: Any = False, **_: Any) -> Any:
    return cho_solve((c, bool(lower)), b), 0


def potri(c: Any, lower: Any = False, **_: Any) -> Any:
    return _triangle(cho_solve((c, bool(lower)), np.eye(len(c))), bool(lower)) + _other_half(c, bool(lower)), 0


def trtrs(a: Any, b: Any, lower: Any = False, trans: Any = 0, unitdiag: Any = 0, **_: Any) -> Any:
    return solve_triangular(a, b, trans, bool(lower), bool(unitdiag)), 0


def trtri(c: Any, lower: Any = False, unitdiag: Any = 0, **_: Any) -> Any:
    return np.linalg.inv(_triangle(c, bool(lower), bool(unitdiag))), 0


BLAS: dict[str, Callable[..., Any]] = {"gemm": gemm, "syrk": syrk, "symm": symm, "dot": np.dot}
LAPACK: dict[str, Callable[..., Any]] = {"potrf": potrf, "potrs": potrs, "potri": potri, "trtrs": trtrs, "trtri": trtri}
DENSE: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        solve,
        solve_triangular,
        cholesky,
        cho_factor,
        cho_solve,
        block_diag,
        toeplitz,
        hankel,
        circulant,
        eigh,
        expm,
    )
} | {
    "inv": lambda a, *_, **__: np.linalg.inv(a),
    "det": lambda a, *_, **__: np.linalg.det(a),
    "pinv": lambda a, **_: np.linalg.pinv(a),
    "norm": lambda a, ord=None, axis=None, keepdims=False, check_finite=True: np.linalg.norm(a, ord, axis, keepdims),
    "lstsq": lambda a, b, *_, **__: np.linalg.lstsq(a, b, rcond=None),
    "eigvalsh": lambda a, b=None, lower=True, **kwargs: eigh(a, b, lower, eigvals_only=True),
    "svd": lambda a, full_matrices=True, compute_uv=True, **_: np.linalg.svd(a, full_matrices, compute_uv),
    "svdvals": lambda a, **_: np.linalg.svd(a, compute_uv=False),
    "qr": lambda a, overwrite_a=False, lwork=None, mode="full", **_: np.linalg.qr(
        a, "reduced" if mode == "economic" else "complete"
    ),
    "kron": np.kron,
}


def _named(name: str) -> Callable[..., Any]:
    """Refuses by name what has no rule."""

    def how(*_: Any, **__: Any) -> Any:
        raise refuse(f"scipy.linalg.{name} is not lifted")

    return how


REFUSED = "lu lu_factor lu_solve eig eigvals schur logm sqrtm funm sinm cosm tanm null_space orth polar hessenberg ldl solve_banded"


def patches() -> list[Patch]:
    """What is replaced once `scipy.linalg` is loaded."""
    import scipy.linalg as linalg

    rules = DENSE | {name: _named(name) for name in REFUSED.split()}
    found = [(linalg, name, via(function)) for name, function in rules.items() if hasattr(linalg, name)]
    for module, table in ((linalg.blas, BLAS), (linalg.lapack, LAPACK)):
        found += [(module, "d" + name, via(function)) for name, function in table.items()]
    return found
