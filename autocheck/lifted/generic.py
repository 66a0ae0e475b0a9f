"""NumPy functions written in terms of simpler NumPy functions, so that every lifted backend has them for free.

Each has the name and the arguments of the function it stands for.
"""

from __future__ import annotations

from typing import Any

import numpy as np


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
    total = np.sum(deviation * deviation, axis=axis, keepdims=keepdims)
    return _into(out, total / (a.size // max(total.size, 1) - ddof))


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


def diff(a: Any, n: int = 1, axis: int = -1, **_: Any) -> Any:
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
    total = np.zeros(max(int(np.max(x, initial=-1)) + 1, minlength))
    np.add.at(total, x, weights)
    return total


def polyval(p: Any, x: Any) -> Any:
    value = np.zeros_like(x)
    for coefficient in p:
        value = value * x + coefficient
    return value


def sinc(x: Any) -> Any:
    safe = np.where(x == 0, 1, x) * np.pi
    return np.where(x == 0, 1, np.sin(safe) / safe)


def angle(z: Any, deg: bool = False) -> Any:
    return np.arctan2(np.zeros_like(z), z)


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, **_: Any) -> Any:
    m = np.atleast_2d(m if rowvar else m.T)
    deviation = m - np.mean(m, axis=1, keepdims=True)
    return np.dot(deviation, deviation.T) / (m.shape[1] - ((0 if bias else 1) if ddof is None else ddof))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Vector norms, and of a matrix the entrywise, 1- and infinity-norms; spectral ones are refused."""
    axes: Any = (axis,) if isinstance(axis, int) else tuple(range(x.ndim)) if axis is None else tuple(axis)
    if ord is None or (ord == 2 and len(axes) == 1) or (ord == "fro" and len(axes) == 2):
        return np.sqrt(np.sum(x * x, axis=axes, keepdims=keepdims))
    if len(axes) == 1:
        size = np.abs(x)
        if ord == np.inf:
            return np.max(size, axis=axes, keepdims=keepdims)
        if ord == -np.inf:
            return np.min(size, axis=axes, keepdims=keepdims)
        if ord == 0:
            return np.sum(size != 0, axis=axes, keepdims=keepdims)
        return np.sum(size**ord, axis=axes, keepdims=keepdims) ** (1 / np.asarray(ord))
    if ord in (1, np.inf):
        rows, columns = axes if ord == 1 else axes[::-1]
        sums = np.sum(np.abs(x), axis=rows, keepdims=True)
        return np.max(sums, axis=columns, keepdims=True).squeeze(() if keepdims else axes)
    from autocheck.lifted.run import refuse

    raise refuse(f"np.linalg.norm(ord={ord!r}) of a matrix needs singular values, which are not lifted")


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


def math_log(x: Any, base: Any = None) -> Any:
    return np.log(x) if base is None else np.log(x) / np.log(base)


def fsum(values: Any) -> Any:
    return np.sum(np.stack(list(values)))


def _into(out: Any, value: Any) -> Any:
    if out is None:
        return value
    out[...] = value
    return out
