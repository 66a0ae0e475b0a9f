"""SciPy and NumPy as found: Rosenbrock's function, special functions, splines, polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np

import autocheck

from .found_common import POINTS, Check, Subject, W, elementwise, from_package


def scipy_rosen() -> Any:
    from scipy.optimize import rosen, rosen_der

    return autocheck.check_gradient(rosen, rosen_der, W)


def scipy_rosen_hessian() -> Any:
    from scipy.optimize import rosen, rosen_hess

    return autocheck.check_hessian(rosen, rosen_hess, W)


def scipy_rosen_product() -> Any:
    from scipy.optimize import rosen_der, rosen_hess_prod

    return autocheck.check_jvp(rosen_der, rosen_hess_prod, W)


def scipy_logsumexp() -> Any:
    from scipy.special import logsumexp, softmax

    return autocheck.check_gradient(logsumexp, softmax, W)


def scipy_special(f: str, slope: str) -> Check:
    return lambda: elementwise(from_package(f"scipy.special:{f}"), from_package(f"scipy.special:{slope}"))


def scipy_softplus() -> Any:
    from scipy.special import expit

    return elementwise(lambda x: np.log1p(np.exp(x)), expit)


def scipy_bessel() -> Any:
    from scipy.special import jv, jvp

    return elementwise(lambda x: jv(2, x), lambda x: jvp(2, x))


def scipy_spline() -> Any:
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(np.arange(6.0), np.array([0.0, 1.0, 0.5, -1.0, 2.0, 0.3]))
    return elementwise(spline, spline.derivative(), 5 * POINTS)


def scipy_polynomial() -> Any:
    polynomial = np.polynomial.Polynomial([1.0, -2.0, 0.5, 3.0])
    return elementwise(polynomial, polynomial.deriv())


SUBJECTS: tuple[Subject, ...] = (
    Subject("scipy", "rosen_der of rosen", scipy_rosen),
    Subject("scipy", "rosen_hess of rosen", scipy_rosen_hessian),
    Subject("scipy", "rosen_hess_prod of rosen_der", scipy_rosen_product),
    Subject("scipy", "softmax of logsumexp", scipy_logsumexp),
    Subject("scipy", "digamma of gammaln", scipy_special("gammaln", "digamma")),
    Subject("scipy", "jvp of jv", scipy_bessel),
    Subject("scipy", "CubicSpline.derivative", scipy_spline),
    Subject("scipy", "expit of log1p(exp)", scipy_softplus),
    Subject("numpy", "Polynomial.deriv", scipy_polynomial),
)
