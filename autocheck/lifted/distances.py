"""`scipy.spatial.distance` on lifted arrays: the distances by their definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck.lifted.patches import Patch, via
from autocheck.lifted.run import refuse


def _weighted(terms: Any, w: Any) -> Any:
    return np.sum(terms if w is None else terms * w, axis=-1)


def _minkowski(a: Any, b: Any, p: Any = 2, w: Any = None) -> Any:
    return _weighted(np.abs(a - b) ** p, w) ** (1 / np.asarray(p))


def _cosine(a: Any, b: Any, w: Any = None) -> Any:
    return 1 - _weighted(a * b, w) / np.sqrt(_weighted(a * a, w) * _weighted(b * b, w))


def _correlation(a: Any, b: Any, w: Any = None) -> Any:
    total = a.shape[-1] if w is None else np.sum(w)
    return _cosine(a - _weighted(a, w)[..., None] / total, b - _weighted(b, w)[..., None] / total, w)


def _mahalanobis(a: Any, b: Any, VI: Any = None) -> Any:  # noqa: N803 - SciPy's own names
    return np.sqrt(np.sum((a - b) * np.matmul(a - b, VI), axis=-1))


def _standardised(a: Any, b: Any, V: Any = None) -> Any:  # noqa: N803
    return np.sqrt(np.sum((a - b) * (a - b) / V, axis=-1))


def _canberra(a: Any, b: Any, w: Any = None) -> Any:
    size = np.abs(a) + np.abs(b)
    return _weighted(np.abs(a - b) / np.where(size == 0, 1, size), w)


METRICS: dict[str, Callable[..., Any]] = {
    "euclidean": lambda a, b, w=None: np.sqrt(_weighted((a - b) * (a - b), w)),
    "sqeuclidean": lambda a, b, w=None: _weighted((a - b) * (a - b), w),
    "cityblock": lambda a, b, w=None: _weighted(np.abs(a - b), w),
    "chebyshev": lambda a, b, w=None: np.max(np.abs(a - b), axis=-1),
    "minkowski": _minkowski,
    "cosine": _cosine,
    "correlation": _correlation,
    "mahalanobis": _mahalanobis,
    "canberra": _canberra,
    "braycurtis": lambda a, b, w=None: _weighted(np.abs(a - b), w) / _weighted(np.abs(a + b), w),
    "seuclidean": _standardised,
}
ALIASES = {"l2": "euclidean", "l1": "cityblock", "manhattan": "cityblock", "cheby": "chebyshev", "euclid": "euclidean"}


def _metric(metric: Any) -> Callable[..., Any]:
    """A distance of rows, by its name or by SciPy's own function for it."""
    name = metric if isinstance(metric, str) else getattr(metric, "__name__", "")
    found = METRICS.get(ALIASES.get(name.lower(), name.lower()))
    if found is None:
        raise refuse(f"the distance {name!r} of scipy.spatial.distance is not lifted")
    return found


def cdist(XA: Any, XB: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:  # noqa: N803
    """From every row of one matrix to every row of the other."""
    return _metric(metric)(np.asarray(XA)[:, None, :], np.asarray(XB)[None, :, :], **kwargs)


def pdist(X: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """Between the rows of a matrix, each pair once."""
    X = np.asarray(X)
    first, second = np.triu_indices(len(X), 1)
    return _metric(metric)(X[first], X[second], **kwargs)


def squareform(X: Any, force: str = "no", checks: bool = True) -> Any:
    """The vector of pairs as a symmetric matrix, and the matrix as that vector."""
    X = np.asarray(X)
    if X.ndim == 2:
        return X[np.triu_indices(len(X), 1)]
    n = int(np.ceil(np.sqrt(2 * X.size)))
    full = np.zeros_like(X, shape=(n, n))
    first, second = np.triu_indices(n, 1)
    full[first, second] = full[second, first] = X
    return full


def between_two(metric: Callable[..., Any]) -> Callable[..., Any]:
    return lambda u, v, *args, **kwargs: metric(np.asarray(u), np.asarray(v), *args, **kwargs)


def patches() -> list[Patch]:
    """What is replaced once `scipy.spatial` is loaded."""
    from scipy.spatial import distance

    single = [name for name in METRICS if hasattr(distance, name)]
    return [
        *((distance, function.__name__, via(function)) for function in (cdist, pdist, squareform)),
        *((distance, name, via(between_two(METRICS[name]))) for name in single),
    ]
