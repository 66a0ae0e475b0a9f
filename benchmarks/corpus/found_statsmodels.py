"""statsmodels as found: links, variances, robust norms, penalties, copulas, likelihoods."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

import autocheck

from .found_common import Check, Subject, X, elementwise, from_package


def statsmodels_link(name: str, *slopes: str) -> Check:
    """Of a link g: g′ of g, (g⁻¹)′ of g⁻¹, or a second derivative of a first one."""
    f, slope = slopes

    def check() -> Any:
        link = from_package(f"statsmodels.genmod.families.links:{name}")()
        return elementwise(getattr(link, f), getattr(link, slope))

    return check


def statsmodels_variance(name: str) -> Check:
    def check() -> Any:
        variance = from_package(f"statsmodels.genmod.families.varfuncs:{name}")
        return elementwise(variance, variance.deriv)

    return check


def statsmodels_norm(name: str, f: str, slope: str) -> Check:
    def check() -> Any:
        norm = from_package(f"statsmodels.robust.norms:{name}")()
        return elementwise(getattr(norm, f), getattr(norm, slope), np.array([0.3, -1.1, 2.6, -5.0, 0.02]))

    return check


def statsmodels_penalty(name: str, f: str, slope: str, *settings: float) -> Check:
    def check() -> Any:
        penalty = from_package(f"statsmodels.base._penalties:{name}")(*settings)
        x = np.array([0.3, -1.1, 2.6, -5.0, 0.02])
        if f == "func":
            return autocheck.check_gradient(penalty.func, penalty.deriv, x)
        return elementwise(penalty.deriv, penalty.deriv2, x)

    return check


def statsmodels_generator(name: str, f: str, slope: str, theta: float = 1.7) -> Check:
    """Generators of copulas and their inverses."""

    def check() -> Any:
        generator = from_package(f"statsmodels.distributions.copula.transforms:{name}")()
        return elementwise(lambda x: getattr(generator, f)(x, theta), lambda x: getattr(generator, slope)(x, theta))

    return check


def statsmodels_model(name: str, form: str) -> Check:
    """The log-likelihood of a regression, its score or its Hessian."""

    def check() -> Any:
        rng = np.random.default_rng(4)
        y = rng.poisson(1.5, 6) if name not in ("Logit", "Probit") else np.array([0, 1, 1, 0, 1, 0])
        y = np.array([0, 1, 2, 0, 1, 2]) if name == "MNLogit" else y
        model = from_package(f"statsmodels.discrete.discrete_model:{name}")(y, X)
        extra = {"NegativeBinomial": 1, "NegativeBinomialP": 1, "GeneralizedPoisson": 1}.get(name, 0)
        size = 6 if name == "MNLogit" else 3
        params = np.concatenate([0.3 * rng.normal(size=size), np.full(extra, 0.5)])
        flat = lambda function: lambda p: np.ravel(function(p))  # noqa: E731
        if form == "score":
            return autocheck.check_gradient(model.loglike, flat(model.score), params)
        return autocheck.check_hessian(model.loglike, model.hessian, params, gradient=flat(model.score))

    return check


def statsmodels_glm(family: str) -> Check:
    def check() -> Any:
        models = importlib.import_module("statsmodels.genmod.generalized_linear_model")
        rng = np.random.default_rng(5)
        y = {"Poisson": rng.poisson(2.0, 6), "Binomial": np.array([0, 1, 1, 0, 1, 0])}.get(
            family, rng.uniform(0.3, 2, 6)
        )
        chosen = getattr(models.families, family)
        link = models.families.links.Log() if family in ("Gamma", "InverseGaussian") else None
        model = models.GLM(y, X, family=chosen(link) if link else chosen())
        params = 0.3 * rng.normal(size=3)
        return autocheck.check_gradient(
            lambda p: model.loglike(p, scale=1.0), lambda p: model.score(p, scale=1.0), params
        )

    return check


LINKS = (
    "Logit",
    "Log",
    "Identity",
    "InversePower",
    "InverseSquared",
    "Sqrt",
    "Probit",
    "Cauchy",
    "CLogLog",
    "LogLog",
    "LogC",
)
DERIVED = (
    ("__call__", "deriv"),
    ("inverse", "inverse_deriv"),
    ("deriv", "deriv2"),
    ("inverse_deriv", "inverse_deriv2"),
)
VARIANCES = ("constant", "mu", "mu_squared", "mu_cubed", "binary", "nbinom")
NORMS = ("LeastSquares", "HuberT", "RamsayE", "AndrewWave", "TrimmedMean", "Hampel", "TukeyBiweight")
PENALTIES = (("L2", ()), ("PseudoHuber", (0.7,)), ("SCAD", (0.7,)), ("SCADSmoothed", (0.7,)))
GENERATORS = (
    ("evaluate", "deriv"),
    ("deriv", "deriv2"),
    ("deriv2_inverse", "deriv3_inverse"),
    ("deriv3_inverse", "deriv4_inverse"),
)
MODELS = ("Logit", "Probit", "Poisson", "MNLogit", "NegativeBinomial", "NegativeBinomialP", "GeneralizedPoisson")

SUBJECTS: tuple[Subject, ...] = (
    *(Subject("statsmodels", f"links.{n}.{d[1]}", statsmodels_link(n, *d)) for n in LINKS for d in DERIVED),
    *(Subject("statsmodels", f"varfuncs.{n}.deriv", statsmodels_variance(n)) for n in VARIANCES),
    *(Subject("statsmodels", f"norms.{n}.psi", statsmodels_norm(n, "rho", "psi")) for n in NORMS),
    *(Subject("statsmodels", f"norms.{n}.psi_deriv", statsmodels_norm(n, "psi", "psi_deriv")) for n in NORMS),
    *(
        Subject("statsmodels", f"penalties.{n}.{slope}", statsmodels_penalty(n, f, slope, *settings))
        for n, settings in PENALTIES
        for f, slope in (("func", "deriv"), ("deriv", "deriv2"))
    ),
    *(
        Subject("statsmodels", f"transforms.{n}.{d[1]}", statsmodels_generator(n, *d))
        for n in ("TransfFrank", "TransfClayton", "TransfGumbel")
        for d in GENERATORS
    ),
    *(
        Subject("statsmodels", f"{n}.{form}", statsmodels_model(n, form))
        for n in MODELS
        for form in ("score", "hessian")
    ),
    *(
        Subject("statsmodels", f"GLM {family}.score", statsmodels_glm(family))
        for family in ("Gaussian", "Poisson", "Binomial", "Gamma", "InverseGaussian")
    ),
)
