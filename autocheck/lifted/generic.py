"""NumPy functions written in terms of simpler NumPy functions, so that every lifted backend has them for free.

Each has the name and the arguments of the function it stands for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autocheck.lifted.run import refuse


def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **where: Any) -> Any:
    total = np.sum(a, axis=axis, keepdims=keepdims, **where)
    count = (
        np.sum(np.broadcast_to(where["where"], a.shape), axis=axis, keepdims=keepdims) if where else a.size / total.size
    )
    return _into(out, total / (count if where else int(count)))


def var(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, **kwargs: Any
) -> Any:
    ddof = kwargs.get("correction", ddof)
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    total = np.sum(squared(deviation), axis=axis, keepdims=keepdims)
    return _into(out, total / (a.size // max(total.size, 1) - ddof))


def squared(a: Any) -> Any:
    """|a|², without the root of `np.abs` on the way."""
    return a * a if a.dtype.kind != "c" else a.real * a.real + a.imag * a.imag


def std(a: Any, *args: Any, **kwargs: Any) -> Any:
    return np.sqrt(np.var(a, *args, **kwargs))


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    a = np.asarray(a)
    if axis is not None and np.ndim(weights) != a.ndim:
        weights = np.expand_dims(weights, tuple(i for i in range(a.ndim) if i != axis % a.ndim))
    scale = np.sum(weights * np.ones(a.shape), axis=axis, keepdims=keepdims)
    value = np.sum(a * weights, axis=axis, keepdims=keepdims) / scale
    return (value, scale) if returned else value


def median(a: Any, axis: Any = None, **_: Any) -> Any:
    ordered = np.sort(a, axis=None) if axis is None else np.moveaxis(np.sort(a, axis=axis), axis, 0)
    n = ordered.shape[0]
    return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2


def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    **kwargs: Any,
) -> Any:
    """Between the two order statistics about q (n - 1), as `method` says; the place itself is a decision."""
    if kwargs.get("weights") is not None or method not in BETWEEN:
        raise refuse(f"np.quantile with {'weights' if method in BETWEEN else f'method={method!r}'} is not lifted")
    a = np.asarray(a)
    axes = list(range(a.ndim)) if axis is None else [i % a.ndim for i in ((axis,) if isinstance(axis, int) else axis)]
    ordered = np.moveaxis(a, axes, list(range(len(axes))))
    ordered = np.sort(np.reshape(ordered, (-1, *ordered.shape[len(axes) :])), axis=0)
    place = np.asarray(q) * (len(ordered) - 1)
    low = np.asarray(np.clip(np.floor(place), 0, max(len(ordered) - 2, 0))).astype(int)
    share = np.reshape(BETWEEN[method](place - low), np.shape(q) + (1,) * (ordered.ndim - 1))
    value = ordered[low] + share * (ordered[np.minimum(low + 1, len(ordered) - 1)] - ordered[low])
    if kwargs.get("keepdims", False) is True:
        value = np.expand_dims(value, [np.ndim(q) + i for i in sorted(axes)])
    return _into(out, value)


BETWEEN: dict[str, Any] = {
    "linear": lambda share: share,
    "lower": np.floor,
    "higher": np.ceil,
    "midpoint": lambda share: (np.ceil(share) + np.floor(share)) / 2,
    "nearest": np.rint,
}
"""How far from one order statistic to the next a quantile lies, for each method."""


def percentile(a: Any, q: Any, *args: Any, **kwargs: Any) -> Any:
    return quantile(a, np.asarray(q) / 100, *args, **kwargs)


def nanquantile(a: Any, q: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
    kept = np.ravel(a) if axis is None else a
    if bool(np.any(np.isnan(kept))):
        if axis is not None:
            raise refuse("np.nanquantile along an axis that holds NaN is not lifted")
        kept = kept[~np.isnan(kept)]
    return quantile(kept, q, axis, *args, **kwargs)


def nanpercentile(a: Any, q: Any, *args: Any, **kwargs: Any) -> Any:
    return nanquantile(a, np.asarray(q) / 100, *args, **kwargs)


def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, **_: Any
) -> Any:
    there = ~np.isnan(a)
    deviation = np.where(there, a - np.nanmean(a, axis=axis, keepdims=True), 0)
    count = np.sum(there, axis=axis, keepdims=keepdims)
    return _into(out, np.sum(deviation * deviation, axis=axis, keepdims=keepdims) / (count - ddof))


def nanstd(a: Any, *args: Any, **kwargs: Any) -> Any:
    return np.sqrt(nanvar(a, *args, **kwargs))


def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    arr = np.moveaxis(np.asarray(arr), axis, -1)
    lead = arr.shape[:-1]
    results = [np.asarray(func1d(arr[i], *args, **kwargs)) for i in np.ndindex(lead)]
    stacked = np.reshape(np.stack(results), lead + results[0].shape)
    return np.moveaxis(
        stacked, range(len(lead), stacked.ndim), range(axis % arr.ndim, axis % arr.ndim + results[0].ndim)
    )


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **bounds: Any) -> Any:
    low, high = bounds.get("min", a_min), bounds.get("max", a_max)
    value = a if low is None else np.maximum(a, low)
    return _into(out, value if high is None else np.minimum(value, high))


def ptp(a: Any, axis: Any = None, **kwargs: Any) -> Any:
    return np.max(a, axis=axis, **kwargs) - np.min(a, axis=axis, **kwargs)


def round_(a: Any, decimals: int = 0, out: Any = None) -> Any:
    return _into(out, np.rint(a * 10**decimals) / 10**decimals if decimals else np.rint(a))


def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    biggest = np.finfo(x.dtype).max
    x = np.where(np.isnan(x), nan, x)
    x = np.where(np.isposinf(x), biggest if posinf is None else posinf, x)
    return np.where(np.isneginf(x), -biggest if neginf is None else neginf, x)


def isposinf(x: Any, out: Any = None) -> Any:
    return np.isinf(x) & (x > 0)


def isneginf(x: Any, out: Any = None) -> Any:
    return np.isinf(x) & (x < 0)


def nansum(a: Any, axis: Any = None, **kwargs: Any) -> Any:
    return np.sum(np.where(np.isnan(a), 0, a), axis=axis, **kwargs)


def nanmean(a: Any, axis: Any = None, keepdims: Any = False, **_: Any) -> Any:
    return np.nansum(a, axis=axis, keepdims=keepdims) / np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    close = np.abs(np.subtract(a, b)) <= atol + rtol * np.abs(b)
    return close | (np.isnan(a) & np.isnan(b)) if equal_nan else close


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    return bool(np.all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    return np.shape(a1) == np.shape(a2) and bool(np.all(np.equal(a1, a2)))


def array_equiv(a1: Any, a2: Any) -> bool:
    try:
        return bool(np.all(np.equal(a1, a2)))
    except ValueError:  # shapes that can't be broadcast
        return False


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The number of the bin, bins in ascending or descending order."""
    bins = np.asarray(bins)
    if bool(np.all(bins[1:] >= bins[:-1])):
        return np.searchsorted(bins, x, side="left" if right else "right")
    return len(bins) - np.searchsorted(bins[::-1], x, side="right" if right else "left")


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    **_: Any,
) -> Any:
    """Sorted, each number once; where it stood first, which of them each element is, how many there are of each."""
    if axis is not None:
        raise refuse("np.unique(axis=...) is not lifted")
    flat = np.ravel(ar)
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    first = np.concatenate([[True][: len(flat)], np.asarray(ordered[1:] != ordered[:-1], dtype=bool)])
    inverse = np.empty(len(flat), dtype=np.intp)
    inverse[order] = np.cumsum(first) - 1
    counts = np.diff(np.append(np.flatnonzero(first), len(flat)))
    found = (order[first], inverse.reshape(np.shape(ar)), counts)
    asked = [f for f, wanted in zip(found, (return_index, return_inverse, return_counts), strict=True) if wanted]
    return (ordered[first], *asked) if asked else ordered[first]


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    if wrap:
        raise refuse("np.fill_diagonal(wrap=True) is not lifted")
    i = np.arange(min(a.shape))
    a[(i,) * a.ndim] = np.resize(val, len(i))


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    where = np.asarray(ind).ravel()
    a[np.unravel_index(where % a.size, a.shape)] = np.resize(v, len(where))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Each element where the mask is true by the value at the same place, the values repeated to the array's size."""
    mask = np.asarray(mask, dtype=bool)
    a[mask] = np.resize(values, a.shape)[mask]


def place(arr: Any, mask: Any, vals: Any) -> None:
    """The elements where the mask is true by the values one after the other."""
    mask = np.asarray(mask, dtype=bool)
    arr[mask] = np.resize(vals, int(np.count_nonzero(mask)))


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    steps = np.diff(np.ravel(ary))
    return np.concatenate([np.ravel(part) for part in (to_begin, steps, to_end) if part is not None])


def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:  # noqa: N803 - NumPy's own name
    n = len(x) if N is None else N
    powers = range(n) if increasing else range(n - 1, -1, -1)
    return np.stack([x**k for k in powers], axis=-1)


def broadcast_arrays(*args: Any, **_: Any) -> Any:
    arrays = list(map(np.asarray, args))
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Each vector along its own axis; "xy" changes the places of the first two."""
    order = [1, 0, *range(2, len(xi))] if indexing == "xy" and len(xi) > 1 else list(range(len(xi)))
    arrays = [
        np.reshape(x, [-1 if i == axis else 1 for i in range(len(xi))]) for axis, x in zip(order, xi, strict=True)
    ]
    if sparse:
        return tuple(arrays)
    return tuple(a.copy() for a in broadcast_arrays(*arrays))


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Of full column rank: the normal equations, which cost no digits here."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape[0] < a.shape[1]:
        raise refuse("np.linalg.lstsq of fewer equations than unknowns is not lifted")
    x = np.linalg.solve(np.dot(a.T, a), np.dot(a.T, b))
    residual = np.dot(a, x) - b
    return x, np.sum(residual * residual, axis=0, keepdims=b.ndim == 1), a.shape[1], None


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    for axis in axes or ():
        a = np.moveaxis(a, axis, -1)
    unknowns = a.shape[b.ndim :]
    return np.reshape(np.linalg.solve(np.reshape(a, (b.size, -1)), np.ravel(b)), unknowns)


def kron(a: Any, b: Any) -> Any:
    """Every product of an element of a with the whole of b, laid out as blocks."""
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(m, (1,) * (n - np.ndim(m)) + np.shape(m)) for m in (a, b))
    apart = np.reshape(a, [k for size in a.shape for k in (size, 1)]) * np.reshape(
        b, [k for size in b.shape for k in (1, size)]
    )
    return np.reshape(apart, [i * j for i, j in zip(a.shape, b.shape, strict=True)])


def i0(x: Any) -> Any:
    import scipy.special as special

    return special.i0(x)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if prepend is not None or append is not None:
        wide = [p for p in (prepend, a, append) if p is not None]
        shape = list(np.shape(a))
        shape[axis] = 1
        a = np.concatenate([p if np.ndim(p) else np.broadcast_to(p, shape) for p in wide], axis=axis)
    for _step in range(n):
        a = np.moveaxis(a, axis, -1)
        a = np.moveaxis(a[..., 1:] - a[..., :-1], -1, axis)
    return a


def trapezoid(y: Any, x: Any = None, dx: Any = 1, axis: int = -1) -> Any:
    y = np.moveaxis(np.asarray(y), axis, -1)
    step = dx if x is None else np.diff(x)
    return np.sum(step * (y[..., 1:] + y[..., :-1]), axis=-1) / 2


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Piecewise linear, constant beyond the ends, as `np.interp`."""
    x, xp, fp = np.asarray(x), np.asarray(xp), np.asarray(fp)
    i = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    value = fp[i] + (fp[i + 1] - fp[i]) * (x - xp[i]) / (xp[i + 1] - xp[i])
    value = np.where(x < xp[0], fp[0] if left is None else left, value)
    return np.where(x > xp[-1], fp[-1] if right is None else right, value)


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Weights added up by the integer that stands beside each."""
    total = np.zeros_like(weights, shape=max(int(np.max(x, initial=-1)) + 1, minlength))
    np.add.at(total, np.asarray(x), weights)
    return total


def polyval(p: Any, x: Any) -> Any:
    value = np.zeros_like(x)
    for coefficient in p:
        value = value * x + coefficient
    return value


def polymul(a1: Any, a2: Any) -> Any:
    if isinstance(a1, np.poly1d) or isinstance(a2, np.poly1d):
        return np.poly1d(polymul(getattr(a1, "coeffs", a1), getattr(a2, "coeffs", a2)))
    return np.convolve(np.atleast_1d(a1), np.atleast_1d(a2))


def poly(seq_of_zeros: Any) -> Any:
    """The coefficients of ∏(x - root)."""
    if np.ndim(seq_of_zeros) != 1:
        raise refuse("np.poly of a matrix is not lifted")
    found = np.ones(1)
    for root in seq_of_zeros:
        found = np.append(found, 0) - root * np.append(0, found)
    return found


def sinc(x: Any) -> Any:
    safe = np.where(x == 0, 1, x) * np.pi
    return np.where(x == 0, 1, np.sin(safe) / safe)


def angle(z: Any, deg: bool = False) -> Any:
    value = np.arctan2(z.imag, z.real)
    return value * 180 / np.pi if deg else value


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, **_: Any) -> Any:
    m = np.atleast_2d(m if rowvar else m.T)
    deviation = m - np.mean(m, axis=1, keepdims=True)
    return np.dot(deviation, deviation.T) / (m.shape[1] - ((0 if bias else 1) if ddof is None else ddof))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Vector norms, and of a matrix the entrywise ones, those of its rows and columns, and of its singular values."""
    axes: Any = (axis,) if isinstance(axis, int) else tuple(range(x.ndim)) if axis is None else tuple(axis)
    if ord is None or (ord == 2 and len(axes) == 1) or (ord == "fro" and len(axes) == 2):
        return np.sqrt(np.sum(squared(x), axis=axes, keepdims=keepdims))
    if len(axes) == 1:
        size = np.abs(x)
        if ord == np.inf:
            return np.max(size, axis=axes, keepdims=keepdims)
        if ord == -np.inf:
            return np.min(size, axis=axes, keepdims=keepdims)
        if ord == 0:
            return np.sum(size != 0, axis=axes, keepdims=keepdims)
        return np.sum(size**ord, axis=axes, keepdims=keepdims) ** (1 / np.asarray(ord))
    if ord in (1, -1, np.inf, -np.inf):
        rows, columns = axes if abs(ord) == 1 else axes[::-1]
        sums = np.sum(np.abs(x), axis=rows, keepdims=True)
        return (np.max if ord > 0 else np.min)(sums, axis=columns, keepdims=True).squeeze(() if keepdims else axes)
    sizes = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False)
    value = SPECTRAL[ord](sizes, axis=-1)
    return np.expand_dims(value, axes) if keepdims else value


def cond(x: Any, p: Any = None) -> Any:
    """Of any matrix by its singular values, of a square one in any norm."""
    if p in (None, 2, -2):
        sizes = np.linalg.svd(x, compute_uv=False)
        largest, smallest = sizes[..., 0], sizes[..., -1]
        return smallest / largest if p == -2 else largest / smallest
    return norm(x, p, (-2, -1)) * norm(np.linalg.inv(x), p, (-2, -1))


SPECTRAL: dict[Any, Any] = {2: np.max, -2: np.min, "nuc": np.sum}
"""Norms of a matrix that are functions of its singular values."""


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    top = np.max(a, axis=axis, keepdims=True)
    total = np.sum(np.exp(a - top) * (1 if b is None else b), axis=axis, keepdims=True)
    value = np.log(np.abs(total) if return_sign else total) + top
    value, signs = (value, np.sign(total)) if keepdims else (np.squeeze(value, axis), np.squeeze(np.sign(total), axis))
    return (value, signs) if return_sign else value


def softmax(x: Any, axis: Any = None) -> Any:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    return x - logsumexp(x, axis=axis, keepdims=True)


def polygamma(n: Any, x: Any) -> Any:
    """ψ for n = 0, else (-1)^(n+1) n! ζ(n + 1, x)."""
    import scipy.special as special

    n = np.asarray(n)
    if np.all(n == 0):
        return special.psi(x)
    if np.any(n == 0):
        raise refuse("scipy.special.polygamma of several orders, 0 among them, is not lifted")
    factor = np.where(n % 2 == 1, 1, -1) * special.gamma(n + 1.0)
    return factor * special.zeta(n + 1.0, x)


def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:  # noqa: N803 - SciPy's own name
    import scipy.special as special

    if exact:
        raise refuse("scipy.special.comb(exact=True) is not lifted")
    n = N + k - 1 if repetition else N
    return np.where((np.asarray(k) <= n) & (np.asarray(n) >= 0) & (np.asarray(k) >= 0), special.binom(n, k), 0.0)


def perm(N: Any, k: Any, exact: bool = False) -> Any:  # noqa: N803
    """N (N - 1) ... (N - k + 1)."""
    import scipy.special as special

    if exact:
        raise refuse("scipy.special.perm(exact=True) is not lifted")
    inside = (np.asarray(k) <= N) & (np.asarray(N) >= 0) & (np.asarray(k) >= 0)
    return np.where(inside, special.gamma(N + 1.0) * special.rgamma(N - k + 1.0), 0.0)


def factorial(n: Any, exact: bool = False, **_: Any) -> Any:
    import scipy.special as special

    if exact:
        raise refuse("scipy.special.factorial(exact=True) is not lifted")
    return np.where(n < 0, 0.0, special.gamma(n + 1.0))


def multigammaln(a: Any, d: Any) -> Any:
    import scipy.special as special

    terms = [special.gammaln(a - j / 2) for j in range(int(d))]
    return sum(terms) + d * (d - 1) / 4 * np.log(np.pi)


def math_log(x: Any, base: Any = None) -> Any:
    return np.log(x) if base is None else np.log(x) / np.log(base)


def fsum(values: Any) -> Any:
    return np.sum(np.stack(list(values)))


def hypot(*coordinates: Any) -> Any:
    return np.sqrt(sum(c * c for c in coordinates))


def _into(out: Any, value: Any) -> Any:
    if out is None:
        return value
    out[...] = value
    return out
