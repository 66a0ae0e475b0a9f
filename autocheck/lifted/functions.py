"""NumPy's functions on exact arrays: which are covered, and how; what is in no table here is refused by name."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import flint
import numpy as np

from autocheck.lifted import balls, complexes, generic, spectra, taped, twins
from autocheck.lifted.array import LiftedArray, result_dtype
from autocheck.lifted.exact import FUNCTIONS, ExactArray, IsComplex, Objects, as_objects, constant, operand, single
from autocheck.lifted.run import current, refuse


def _lowered(value: Any) -> Any:
    """Arguments of a structural function: lifted and float arrays become object arrays of balls, the rest stays."""
    if isinstance(value, LiftedArray):
        return elements(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_bare, map(_lowered, value)))
    if isinstance(value, (float, np.floating)):
        return constant(float(value))
    if isinstance(value, (complex, np.complexfloating)):
        return complexes.elements(value)
    return elements(value) if type(value) is np.ndarray and value.dtype.kind in "fc" else value


def _bare(lowered: Any) -> Any:
    """In a list one number is its ball: NumPy would make an array within the array of a 0-d one."""
    return lowered[()] if isinstance(lowered, np.ndarray) and not lowered.shape else lowered


def elements(value: Any) -> Objects:
    """The numbers of an exact array, or of what meets one, be they real or complex."""
    if isinstance(value, ExactArray):
        return value.data
    if type(value) is np.ndarray and value.dtype.kind == "f":
        return balls.to_balls(value)
    try:
        return operand(value)
    except IsComplex:
        return complexes.elements(value)


def _cleaned(value: Objects) -> Objects:
    """Numbers that NumPy puts in by itself (the zeros of `np.tril`) made balls; in place, for views stay views."""
    if not all(type(item) is flint.arb for item in value.flat):
        value = balls.to_balls(value)
    return value


def _raised(value: Any, dtype: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_raised(item, dtype) for item in value)
    if type(value) in (flint.arb, flint.acb):
        value = single(value)
    if type(value) is not np.ndarray or value.dtype != object:
        return value
    return complexes.made(value if dtype.kind == "c" else _cleaned(value), dtype)


def _common_dtype(args: Any) -> Any:
    """The widest dtype among the lifted arrays in the arguments, complex if any number is."""
    if isinstance(args, LiftedArray):
        return args.dtype
    if isinstance(args, (complex, np.complexfloating)) or (isinstance(args, np.ndarray) and args.dtype.kind == "c"):
        return complexes.COMPLEX
    dtypes = [d for d in map(_common_dtype, args) if d is not None] if isinstance(args, (list, tuple)) else []
    return max(dtypes, key=lambda d: (d.kind == "c", d.itemsize)) if dtypes else None


def _structural(func: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's own function on the object arrays: it only moves, adds or multiplies elements."""

    def rule(*args: Any, **kwargs: Any) -> Any:
        dtype = _common_dtype([*args, *kwargs.values()])
        kwargs.pop("dtype", None)
        lowered, options = tuple(map(_lowered, args)), {k: _lowered(v) for k, v in kwargs.items()}
        if run := current():
            run.count(work_of(func, lowered, lambda: np.size(func(*map(_ones, lowered), **options))))
        return _raised(func(*lowered, **options), dtype)

    return rule


def work_of(func: Callable[..., Any], operands: Any, size: Callable[[], int]) -> int:
    """Ball operations: m k n for a product (m, k) (k, n), the root of the three sizes' product; else one for each element moved.

    `size` says how many numbers the product has.
    """
    sizes = [np.size(a) for a in operands if isinstance(a, np.ndarray)]
    if func.__name__ not in PRODUCTS or len(sizes) != 2:
        return max(sizes, default=0)
    return math.isqrt(math.prod(sizes) * size())


def _ones(operand: Any) -> Any:
    return np.broadcast_to(1.0, operand.shape) if isinstance(operand, np.ndarray) else operand


PRODUCTS = frozenset("dot inner outer kron tensordot einsum convolve correlate matmul".split())
"""Functions of two arrays that multiply."""


def _where(condition: Any, *branches: Any) -> Any:
    if not branches:
        return np.nonzero(condition)
    mask = condition.data if isinstance(condition, LiftedArray) else condition
    mask = truths(condition) if isinstance(condition, LiftedArray) else np.asarray(mask, dtype=bool)
    dtype = result_dtype(np.add, branches)
    return complexes.made(as_objects(np.where(mask, *map(elements, branches))), dtype)


def truths(a: Any) -> Any:
    """Which elements are not zero."""
    return np.not_equal(a, 0) if isinstance(a, LiftedArray) else a


def ranks(a: Any) -> Any:
    """Integers in the same order as the elements (equal ones share a rank): what sorting and searching decide by."""
    if not isinstance(a, ExactArray):
        return a
    if a.dtype.kind == "c":
        raise refuse("sorting complex numbers is not lifted")
    flat = a.data.ravel().tolist()
    key = functools.cmp_to_key(lambda i, j: _rank_order(flat[i], flat[j]))
    rank = np.zeros(len(flat), dtype=np.int64)
    last = None
    for place, i in enumerate(sorted(range(len(flat)), key=key)):
        rank[i] = rank[last] if last is not None and _rank_order(flat[last], flat[i]) == 0 else place
        last = i
    return rank.reshape(a.shape)


def _rank_order(a: balls.Ball, b: balls.Ball) -> int:
    way = balls.order(a, b)
    return way if way is not None else int(a.is_nan()) - int(b.is_nan())


def _by(read: Callable[[Any], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """NumPy's own function on what `read` makes of the lifted arguments: a decision."""

    def make(func: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: func(*(read(a) for a in args), **kwargs)

    return make


def _sort(a: Any, axis: Any = -1, **_: Any) -> Any:
    if axis is None:
        a, axis = np.ravel(a), -1
    return np.take_along_axis(a, np.argsort(a, axis=axis, kind="stable"), axis=axis)


def _searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    a, v = np.asarray(a), np.asarray(v)
    together = ranks(np.concatenate([np.ravel(a), np.ravel(v)]))
    return np.searchsorted(together[: a.size], together[a.size :].reshape(v.shape), side=side, sorter=sorter)


def _reduction(ufunc: np.ufunc) -> Callable[..., Any]:
    def rule(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, **kwargs: Any) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if v is not np._NoValue}
        return generic._into(out, ufunc.reduce(np.asarray(a), axis=axis, **kwargs))

    return rule


def _cumulative(ufunc: np.ufunc) -> Callable[..., Any]:
    def rule(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        return generic._into(out, ufunc.accumulate(np.ravel(a) if axis is None else a, axis=axis or 0))

    return rule


def _like(fill: Callable[[Any], Any]) -> Callable[..., Any]:
    """`np.zeros_like` and its kin: lifted where the dtype is a float one."""

    def rule(a: Any, *args: Any, dtype: Any = None, shape: Any = None, **_: Any) -> Any:
        kind = np.dtype(dtype or a.dtype)
        shape = a.shape if shape is None else shape
        if kind.kind in "biu":
            return np.full(shape, fill(args), dtype=kind)
        made = np.empty(shape, dtype=object)
        made[...] = elements(fill(args))
        return complexes.made(made, kind)

    return rule


def _matrices(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one square matrix (and a right-hand side) of balls, over any leading axes."""

    def rule(a: Any, *rest: Any, **_: Any) -> Any:
        a = np.asarray(a) if not isinstance(a, LiftedArray) else a
        dtype = _common_dtype([a, *rest])
        stack, columns = elements(a), [elements(r) for r in rest]
        vector = bool(columns) and columns[0].ndim == 1
        columns = [c[:, None] if vector else c for c in columns]
        lead = np.broadcast_shapes(stack.shape[:-2], *(c.shape[:-2] for c in columns))
        stacks = [np.broadcast_to(s, lead + s.shape[-2:]) for s in (stack, *columns)]
        if run := current():
            run.count(stack.size * stack.shape[-1])
        parts = {i: function(*(s[i] for s in stacks)) for i in np.ndindex(*lead)}
        value = np.empty(lead + next(iter(parts.values())).shape, dtype=object)
        for i, part in parts.items():
            value[i] = part[()] if part.ndim == 0 else part
        return complexes.made(value[..., 0] if vector else value, dtype)

    return rule


def _table(matrix: Any) -> Objects:
    return np.array(matrix.tolist(), dtype=object).reshape(matrix.nrows(), matrix.ncols())


def _matrix(a: Objects) -> Any:
    is_real = all(type(item) is flint.arb for item in a.flat)
    return flint.arb_mat(a.tolist()) if is_real else flint.acb_mat(a.tolist())


def _solve(a: Objects, b: Objects) -> Objects:
    if taped.is_on_tape(a, b):
        return taped.eliminated(a, b)[0]
    return _table(_matrix(a).solve(_matrix(b)))


def _inv(a: Objects) -> Objects:
    if taped.is_on_tape(a):
        return taped.eliminated(a, balls.to_balls(np.eye(len(a))))[0]
    return _table(_matrix(a).inv())


def _det(a: Objects) -> Objects:
    if taped.is_on_tape(a):
        return single(taped.eliminated(a, a[:, :0])[1])
    return single(_matrix(a).det())


def _cholesky(a: Objects) -> Objects:
    """Row by row: L_ij = (a_ij - Σ_k<j L_ik L_jk) / L_jj, from the lower triangle as LAPACK reads it."""
    if any(type(item) is flint.acb for item in a.flat):
        raise refuse("np.linalg.cholesky of a complex matrix is not lifted")
    lower = np.full(a.shape, balls.ZERO)
    for i, j in zip(*np.tril_indices(len(a)), strict=True):
        rest = a[i, j] - sum((lower[i, k] * lower[j, k] for k in range(j)), balls.ZERO)
        if i == j and balls.order(rest, balls.ZERO) != 1:
            raise np.linalg.LinAlgError("Matrix is not positive definite")
        lower[i, j] = rest.sqrt() if i == j else rest / lower[j, j]
    return lower


def _slogdet(a: Any) -> Any:
    det = np.linalg.det(a)
    return np.linalg.slogdet(np.eye(1))._replace(sign=np.sign(det), logabsdet=np.log(np.abs(det)))


def _matrix_power(a: Any, n: int) -> Any:
    a = np.linalg.inv(a) if n < 0 else a
    return functools.reduce(np.matmul, [a] * abs(n), np.eye(a.shape[-1]))


def _copyto(dst: Any, src: Any, where: Any = True, **_: Any) -> None:
    if not isinstance(dst, LiftedArray):
        raise refuse("np.copyto writes into an array of machine floats")
    dst[...] = src if where is True else np.where(where, src, dst)


STRUCTURAL = """
    append array_split atleast_1d atleast_2d atleast_3d block broadcast_to choose column_stack
    compress concatenate convolve copy correlate cross delete diag diagflat diagonal dot dsplit
    dstack einsum expand_dims extract flip fliplr flipud hsplit hstack inner insert ix_
    matrix_transpose moveaxis ndim outer pad permute_dims ravel repeat
    require reshape resize roll rollaxis rot90 shape size split squeeze stack swapaxes take take_along_axis
    tensordot tile trace transpose tril triu unstack
    vsplit vstack lib.stride_tricks.sliding_window_view linalg.matmul linalg.outer linalg.diagonal
    linalg.multi_dot linalg.matrix_transpose
"""
GENERIC = """
    mean var std average median clip ptp nan_to_num isposinf isneginf nansum nanmean isclose allclose array_equal diff
    trapezoid interp bincount polyval sinc angle cov linalg.cond linalg.norm linalg.lstsq linalg.tensorsolve array_equiv digitize
    unique fill_diagonal put putmask place ediff1d vander kron i0 nanpercentile nanquantile nanstd nanvar percentile quantile
    polymul poly apply_along_axis
    broadcast_arrays meshgrid
"""
BY_TWIN = """
    apply_over_axes astype common_type corrcoef cumulative_prod cumulative_sum diag_indices_from fix gradient histogram
    histogram2d histogram_bin_edges histogramdd intersect1d isin nanargmax nanargmin nancumprod nancumsum nanmedian nanprod
    piecewise polyadd polyder polydiv polyfit polyint polysub put_along_axis real_if_close roots select setdiff1d setxor1d
    tril_indices_from trim_zeros triu_indices_from union1d unique_all unique_counts unique_inverse unique_values unwrap
    linalg.cross linalg.matrix_norm linalg.matrix_rank linalg.svdvals linalg.tensordot linalg.tensorinv
    linalg.trace linalg.vector_norm fft.fftshift fft.ifftshift
"""
"""Functions that NumPy writes in terms of others: run as NumPy's authors wrote them."""
BY_TRUTH = "any all nonzero argwhere flatnonzero count_nonzero"
BY_RANK = "argmax argmin argsort argpartition"
BY_FLOATS = """
    isrealobj iscomplexobj array_repr array_str array2string iscomplex isreal result_type may_share_memory shares_memory
    einsum_path min_scalar_type
"""


def _named(path: str) -> Any:
    return functools.reduce(getattr, path.split("."), np)


def named_functions(
    names: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> dict[Any, Callable[..., Any]]:
    """The rules of the functions that this NumPy has."""
    found: dict[Any, Callable[..., Any]] = {}
    for path in names.split():
        try:
            func = _named(path)
        except AttributeError:
            continue
        found[func] = make(func)
    return found


def _part(of_real: Callable[..., Any], of_complex: Callable[..., Any]) -> Callable[..., Any]:
    part = complexes.parts(of_complex)
    return lambda a: part(a) if a.dtype.kind == "c" else of_real(a)


RULES: dict[Any, Callable[..., Any]] = {
    **named_functions(STRUCTURAL, _structural),
    **named_functions(GENERIC, lambda func: getattr(generic, func.__name__)),
    **named_functions(BY_TRUTH, _by(truths)),
    **named_functions(BY_RANK, _by(ranks)),
    **named_functions(BY_FLOATS, _by(lambda a: a.floats() if isinstance(a, LiftedArray) else a)),
    np.where: _where,
    **named_functions(BY_TWIN, twins.rule),
    np.around: generic.round_,
    np.lexsort: lambda keys, axis=-1: np.lexsort([ranks(k) for k in keys], axis=axis),
    **named_functions("linalg.vecdot", lambda _: lambda a, b, axis=-1: np.sum(np.conjugate(a) * b, axis=axis)),
    np.vdot: lambda a, b: np.dot(np.ravel(np.conjugate(a)), np.ravel(b)),
    np.partition: lambda a, kth, axis=-1, **_: np.sort(a, axis=axis),
    np.round: generic.round_,
    np.sort: _sort,
    np.searchsorted: _searchsorted,
    np.copyto: _copyto,
    np.real: _part(lambda a: a, lambda z: z.real),
    np.imag: _part(np.zeros_like, lambda z: z.imag),
    **named_functions(
        " ".join(f"fft.{name}" for name in complexes.FOURIER), lambda func: complexes.FOURIER[func.__name__]
    ),
    **{getattr(np, name): _reduction(ufunc) for name, ufunc in {"sum": np.add, "prod": np.multiply}.items()},
    **{getattr(np, name): _reduction(np.maximum) for name in ("max", "amax")},
    **{getattr(np, name): _reduction(np.minimum) for name in ("min", "amin")},
    np.nanmax: _reduction(np.fmax),
    np.nanmin: _reduction(np.fmin),
    np.cumsum: _cumulative(np.add),
    np.cumprod: _cumulative(np.multiply),
    np.zeros_like: _like(lambda _: 0),
    np.empty_like: _like(lambda _: 0),
    np.ones_like: _like(lambda _: 1),
    np.full_like: _like(lambda args: args[0]),
    np.linalg.solve: _matrices(_solve),
    np.linalg.inv: _matrices(_inv),
    np.linalg.det: _matrices(_det),
    np.linalg.cholesky: _matrices(_cholesky),
    np.linalg.slogdet: _slogdet,
    **named_functions(" ".join(spectra.SPECTRA), lambda func: spectra.SPECTRA[f"linalg.{func.__name__}"]),
    np.linalg.matrix_power: _matrix_power,
}
FUNCTIONS.update(RULES)
