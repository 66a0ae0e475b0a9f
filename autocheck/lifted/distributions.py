"""`scipy.stats` on lifted arrays: densities and distribution functions, by SciPy's own formulas.

What SciPy does around a distribution's formula (checks, masks, shapes) is written for machine floats; the formula itself, a method
`_pdf` or `_cdf` of the distribution, is plain NumPy and is run as it stands. So is that of a distribution of the user's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck.lifted.patches import Patch, holds_lifted, via
from autocheck.lifted.run import refuse


def density(distribution: Any, x: Any, args: Any, kwds: Any, log: bool) -> Any:
    """pdf, pmf and their logarithms: SciPy's formula inside the support, zero outside."""
    discrete = hasattr(distribution, "_pmf")
    shapes, loc, scale = distribution._parse_args(*args, **kwds)
    x = np.asarray(x)
    z = np.asarray(x - loc if discrete else (x - loc) / scale)
    low, high = distribution._get_support(*shapes)
    inside = np.asarray((z >= low) & (z <= high))
    name = ("_logpmf", "_pmf") if discrete else ("_logpdf", "_pdf")
    formula = getattr(distribution, name[0 if log else 1])
    value = _where_inside(inside, z, shapes, formula, -np.inf if log else 0)
    if discrete:
        return value
    return value - np.log(np.asarray(scale)) if log else value / scale


def distribution_function(distribution: Any, x: Any, args: Any, kwds: Any, name: str) -> Any:
    """cdf, sf and their logarithms: 0 and 1 beyond the support."""
    discrete = hasattr(distribution, "_pmf")
    shapes, loc, scale = distribution._parse_args(*args, **kwds)
    x = np.asarray(x)
    z = np.asarray(np.floor(x - loc) if discrete else (x - loc) / scale)
    low, high = distribution._get_support(*shapes)
    ends = {"cdf": (0, 1), "sf": (1, 0), "logcdf": (-np.inf, 0), "logsf": (0, -np.inf)}[name]
    outside = np.where(z < low, ends[0], ends[1])
    return _where_inside((z >= low) & (z < high), z, shapes, getattr(distribution, "_" + name), outside)


def inverse(distribution: Any, q: Any, args: Any, kwds: Any, name: str) -> Any:
    """ppf and isf of a continuous distribution with a formula for it."""
    shapes, loc, scale = distribution._parse_args(*args, **kwds)
    from scipy.stats import rv_continuous

    formula = getattr(type(distribution), "_" + name)
    if formula is getattr(rv_continuous, "_" + name) or hasattr(distribution, "_pmf"):
        raise refuse(f"scipy.stats.{distribution.name}.{name} has no closed form and is not lifted")
    return _tried(distribution, name, lambda: formula(distribution, np.asarray(q), *shapes)) * scale + loc


def moment(distribution: Any, args: Any, kwds: Any, name: str) -> Any:
    """mean, var, std and entropy, from SciPy's formulas for a location of 0 and a scale of 1."""
    shapes, loc, scale = distribution._parse_args(*args, **kwds)
    if name == "entropy":
        return _tried(distribution, name, lambda: distribution._entropy(*shapes)) + np.log(np.asarray(scale))
    mean, variance, *_ = _tried(distribution, name, lambda: distribution._stats(*shapes))
    if (mean if name == "mean" else variance) is None:
        raise refuse(f"scipy.stats.{distribution.name}.{name} has no closed form and is not lifted")
    spread = variance * (1 if hasattr(distribution, "_pmf") else scale**2)
    if name == "mean":
        return mean * (1 if hasattr(distribution, "_pmf") else scale) + loc
    return np.sqrt(spread) if name == "std" else spread


def _where_inside(inside: Any, z: Any, shapes: Any, formula: Any, outside: Any) -> Any:
    """The formula where it is meant; elsewhere it is asked for a number inside, and not listened to."""
    inside = np.asarray(inside, dtype=bool)
    run = lambda z: _tried(formula.__self__, formula.__name__, lambda: formula(z, *shapes))  # noqa: E731
    if inside.all():
        return run(z)
    if not inside.any():
        return np.zeros_like(z * 1.0) + outside
    somewhere = np.ravel(np.broadcast_to(z, inside.shape))[np.flatnonzero(inside)[0]]
    return np.where(inside, run(np.where(inside, z, somewhere)), outside)


def _tried(distribution: Any, name: str, formula: Callable[[], Any]) -> Any:
    """The formula's value, or a refusal by name where SciPy's code for it needs machine floats."""
    try:
        return formula()
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise refuse(f"scipy.stats.{distribution.name}.{name.lstrip('_')} is not lifted") from error


def _method(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    how: Callable[[Any, Any, Any, Any], Any] = METHODS[name]

    def patch(original: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: Any, x: Any, *args: Any, **kwds: Any) -> Any:
            lifted = holds_lifted([x, *args, *kwds.values()])
            return how(self, x, args, kwds) if lifted else original(self, x, *args, **kwds)

        return method

    return patch


def _moment(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def patch(original: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: Any, *args: Any, **kwds: Any) -> Any:
            lifted = holds_lifted([*args, *kwds.values()])
            return moment(self, args, kwds, name) if lifted else original(self, *args, **kwds)

        return method

    return patch


METHODS: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    **{name: lambda d, x, a, k: density(d, x, a, k, log=False) for name in ("pdf", "pmf")},
    **{name: lambda d, x, a, k: density(d, x, a, k, log=True) for name in ("logpdf", "logpmf")},
    "cdf": lambda d, x, a, k: distribution_function(d, x, a, k, "cdf"),
    "sf": lambda d, x, a, k: distribution_function(d, x, a, k, "sf"),
    "logcdf": lambda d, x, a, k: distribution_function(d, x, a, k, "logcdf"),
    "logsf": lambda d, x, a, k: distribution_function(d, x, a, k, "logsf"),
    "ppf": lambda d, x, a, k: inverse(d, x, a, k, "ppf"),
    "isf": lambda d, x, a, k: inverse(d, x, a, k, "isf"),
}


# --- multivariate ------------------------------------------------------------------------------------------------------


def normal_logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False, **_: Any) -> Any:
    """-(d log 2π + log det C + r' C⁻¹ r) / 2."""
    x, cov = np.asarray(x), np.asarray(cov.covariance if hasattr(cov, "covariance") else cov)
    dim = (
        len(np.atleast_1d(mean))
        if mean is not None
        else (cov.shape[-1] if cov.ndim else max(np.ndim(x) and x.shape[-1], 1))
    )
    cov = cov * np.eye(dim) if cov.ndim == 0 else cov[:, None] * np.eye(dim) if cov.ndim == 1 else cov
    rows = np.reshape(x, (*x.shape[:-1], dim) if x.ndim and x.shape[-1] == dim else (-1, dim))
    r = rows - (0 if mean is None else np.atleast_1d(mean))
    flat = np.reshape(r, (-1, dim))
    squared = np.sum(flat * np.linalg.solve(cov, flat.T).T, axis=1)
    value = -(dim * np.log(2 * np.asarray(np.pi)) + np.linalg.slogdet(cov)[1] + squared) / 2
    return np.reshape(value, r.shape[:-1])


def dirichlet_logpdf(x: Any, alpha: Any) -> Any:
    import scipy.special as special

    x, alpha = np.asarray(x), np.asarray(alpha)
    if len(x) == len(alpha) - 1:
        x = np.concatenate([x, (1 - np.sum(x, axis=0))[None]])
    weights = np.reshape(alpha - 1, (-1,) + (1,) * (x.ndim - 1))
    scale = special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    return scale + np.sum(special.xlogy(weights, x), axis=0)


def multinomial_logpmf(x: Any, n: Any, p: Any) -> Any:
    import scipy.special as special

    return special.gammaln(np.asarray(n) + 1.0) + np.sum(special.xlogy(x, p) - special.gammaln(x + 1.0), axis=-1)


def _of(formula: Callable[..., Any], exponent: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A method of one of SciPy's multivariate distributions: `formula`, or its exponential."""
    how = (
        (lambda _self, *args, **kwds: np.exp(formula(*args, **kwds)))
        if exponent
        else (lambda _self, *args, **kwds: formula(*args, **kwds))
    )
    return via(how)


class LiftedNormal:
    """`multivariate_normal(mean, cov)` of lifted numbers."""

    def __init__(self, mean: Any = None, cov: Any = 1, *_: Any, **__: Any) -> None:
        self.mean, self.cov = mean, cov

    def logpdf(self, x: Any) -> Any:
        return normal_logpdf(x, self.mean, self.cov)

    def pdf(self, x: Any) -> Any:
        return np.exp(self.logpdf(x))


def _frozen_normal(exponent: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def how(self: Any, x: Any) -> Any:
        value = normal_logpdf(x, self.mean, self.cov_object)
        return np.exp(value) if exponent else value

    return via(how)


def patches() -> list[Patch]:
    """What is replaced once `scipy.stats` is loaded."""
    import scipy.stats as stats

    normal, dirichlet, multinomial = map(type, (stats.multivariate_normal, stats.dirichlet, stats.multinomial))
    frozen = type(stats.multivariate_normal(0, 1))
    both = [*((stats.rv_continuous, name) for name in METHODS if "pmf" not in name)]
    both += [(stats.rv_discrete, name) for name in METHODS if "pdf" not in name]
    generic = stats.rv_continuous.__mro__[1]
    moments = [(kind, n) for kind in (stats.rv_discrete, generic) for n in ("mean", "var", "std", "entropy")]
    return [
        *((owner, name, _method(name)) for owner, name in both),
        *((owner, name, _moment(name)) for owner, name in moments if name in vars(owner)),
        *((normal, name, _of(normal_logpdf, name == "pdf")) for name in ("pdf", "logpdf")),
        (normal, "__call__", via(lambda _self, *args, **kwds: LiftedNormal(*args, **kwds))),
        *((frozen, name, _frozen_normal(name == "pdf")) for name in ("pdf", "logpdf")),
        *((dirichlet, name, _of(dirichlet_logpdf, name == "pdf")) for name in ("pdf", "logpdf")),
        *((multinomial, name, _of(multinomial_logpmf, name == "pmf")) for name in ("pmf", "logpmf")),
    ]
