"""Code as found: other people's derivatives, unedited, at the versions that are installed. Lifted, refused and why, verdict.

Each subject names a package and makes one check of it. Wrappers here only rename, copy and unpack; the derivative is the
package's own. A package that is not installed is told, not judged.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

import autocheck

Array = np.ndarray[Any, Any]
Check = Callable[[], Any]


@dataclass(frozen=True)
class Subject:
    """One derivative in somebody else's package, and how to put it on trial."""

    package: str
    what: str
    check: Check

    @property
    def name(self) -> str:
        return f"{self.package}: {self.what}"


def row(subject: Subject) -> dict[str, Any]:
    """The verdict, how it was reached, and the first reason or note, ready for JSON."""
    started = time.perf_counter()
    found: dict[str, Any] = {"part": "found", "name": subject.name, "kind": subject.package, "answers": {}}
    try:
        found["version"] = importlib.metadata.version(subject.package)
        with np.errstate(all="ignore"):
            report = subject.check()
    except Exception as error:
        return {**found, "verdict": "error", "said": f"{type(error).__name__}: {error}"[:300], "lifted": "no"}
    notes = [note for p in report.parameters for note in p.notes]
    said = [*report.reasons, *(n.text for n in notes), *(n.text for n in report.notes)]
    unlifted = [n.text for n in notes if n.id in ("formula-not-judged", "gradient-not-lifted")]
    mode = "no" if unlifted and report.mode.startswith("floating") else "gradient only in floats" if unlifted else "yes"
    digits = None if report.digits is None else round(report.digits, 1)
    found |= {"verdict": report.verdict, "lifted": mode, "digits": digits, "said": (unlifted or said or [""])[0][:300]}
    return {**found, "seconds": round(time.perf_counter() - started, 3)}


def from_package(path: str) -> Any:
    """`module:name` imported when it is asked for."""
    module, _, name = path.partition(":")
    return functools.reduce(getattr, name.split("."), importlib.import_module(module))


RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(6, 3)), RNG.normal(size=3)
POINTS = RNG.uniform(0.15, 0.85, 6)
REALS = RNG.normal(size=(4, 3))
COTANGENT = RNG.normal(size=(4, 3))


def elementwise(f: Any, slope: Any, x: Array = POINTS) -> Any:
    """A function of single numbers and its derivative."""
    return autocheck.check_vjp(f, lambda x, cotangent: cotangent * slope(x), x)


# --- SciPy -------------------------------------------------------------------------------------------------------------


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


# --- scikit-learn ------------------------------------------------------------------------------------------------------


def sklearn_loss(name: str) -> Check:
    def check() -> Any:
        loss = from_package(f"sklearn._loss.loss:{name}")()
        y = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0]) + (name in ("HalfPoissonLoss", "HalfGammaLoss", "HalfTweedieLoss"))
        rest = RNG.normal(size=6)

        def f(raw: Array) -> Any:
            return np.sum(loss.loss(y, raw))

        return autocheck.check_gradient(f, lambda raw: loss.gradient(y, raw), rest)

    return check


def sklearn_multinomial() -> Any:
    loss = from_package("sklearn._loss.loss:HalfMultinomialLoss")(n_classes=3)
    y = np.array([0.0, 1.0, 2.0, 0.0])
    return autocheck.check_gradient(lambda raw: np.sum(loss.loss(y, raw)), lambda raw: loss.gradient(y, raw), REALS)


def sklearn_activation(name: str) -> Check:
    """The derivative takes the output, and multiplies into delta in place."""

    def check() -> Any:
        base = importlib.import_module("sklearn.neural_network._base")
        forward, backward = base.ACTIVATIONS[name], base.DERIVATIVES[name]

        def f(x: Array) -> Array:
            x = x.copy()
            forward(x)
            return x

        def vjp(x: Array, cotangent: Array) -> Array:
            delta = cotangent.copy()
            backward(f(x), delta)
            return delta

        return autocheck.check_vjp(f, vjp, REALS)

    return check


def sklearn_network(kind: str, activation: str) -> Check:
    """The loss and the backpropagation that L-BFGS trains on, from one vector of all parameters."""

    def check() -> Any:
        network = from_package(f"sklearn.neural_network:{kind}")
        rng = np.random.default_rng(1)
        y = np.array([0, 1, 2, 0, 1, 2]) if kind == "MLPClassifier" else rng.normal(size=6)
        model = network(
            hidden_layer_sizes=(4,), activation=activation, solver="lbfgs", max_iter=1, alpha=0.1, random_state=0
        ).fit(X, y)
        targets = np.eye(3)[y] if kind == "MLPClassifier" else y[:, None]
        packed = np.concatenate([np.ravel(v) for v in (*model.coefs_, *model.intercepts_)])
        packed = packed + 0.1 * rng.normal(size=packed.shape)
        widths = [3, 4, targets.shape[1]]

        def loss_and_gradient(packed: Array) -> Any:
            activations = [X] + [None] * (len(widths) - 1)
            deltas = [None] * (len(activations) - 1)
            grads = [np.empty((a, b)) for a, b in itertools.pairwise(widths)]
            biases = [np.empty(b) for b in widths[1:]]
            return model._loss_grad_lbfgs(packed, X, targets, None, activations, deltas, grads, biases)

        return autocheck.check_gradient(
            lambda packed: loss_and_gradient(packed)[0], lambda packed: loss_and_gradient(packed)[1], packed
        )

    return check


def sklearn_huber() -> Any:
    both = from_package("sklearn.linear_model._huber:_huber_loss_and_gradient")
    y, w = np.random.default_rng(2).normal(size=6), np.array([0.3, -0.5, 0.2, 0.1, 0.9])
    weights = np.ones(6)
    settings = (X, y, 1.35, 0.1, weights)
    return autocheck.check_gradient(lambda w: both(w, *settings)[0], lambda w: both(w, *settings)[1], w)


def sklearn_neighbourhood() -> Any:
    model = from_package("sklearn.neighbors:NeighborhoodComponentsAnalysis")()
    model.n_iter_ = 1
    same = np.equal.outer([0, 1, 0, 1, 1, 0], [0, 1, 0, 1, 1, 0])
    both = lambda A: model._loss_grad_lbfgs(A, X, same)  # noqa: E731
    return autocheck.check_gradient(lambda A: both(A)[0], lambda A: both(A)[1], RNG.normal(size=6))


def sklearn_kernel(make: Callable[[Any], Any]) -> Check:
    """∂K/∂θ of a kernel, θ the logarithms of its hyperparameters."""

    def check() -> Any:
        kernel = make(importlib.import_module("sklearn.gaussian_process.kernels"))

        def jacobian(theta: Array) -> Any:
            return kernel.clone_with_theta(theta)(X, eval_gradient=True)[1]

        return autocheck.check_jacobian(lambda theta: kernel.clone_with_theta(theta)(X), jacobian, kernel.theta + 0.3)

    return check


def sklearn_process() -> Any:
    kernels = importlib.import_module("sklearn.gaussian_process.kernels")
    process = from_package("sklearn.gaussian_process:GaussianProcessRegressor")
    model = process(kernels.RBF(1.0) + kernels.WhiteKernel(0.3), optimizer=None).fit(X, W[[0, 1, 2, 0, 1, 2]])
    both = functools.partial(model.log_marginal_likelihood, eval_gradient=True)
    return autocheck.check_gradient(lambda t: both(t)[0], lambda t: both(t)[1], np.array([0.2, -0.9]))


def sklearn_linear_model() -> Any:
    linear = from_package("sklearn.linear_model._linear_loss:LinearModelLoss")
    model = linear(base_loss=from_package("sklearn._loss:HalfBinomialLoss")(), fit_intercept=True)
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    w = np.array([0.3, -0.5, 0.2, 0.1])
    return autocheck.check_gradient(
        lambda w: model.loss(w, X, y, l2_reg_strength=0.1), lambda w: model.gradient(w, X, y, l2_reg_strength=0.1), w
    )


def sklearn_embedding() -> Any:
    divergence = from_package("sklearn.manifold._t_sne:_kl_divergence")
    P = np.random.default_rng(3).uniform(0.01, 0.1, 15)
    both = lambda p: divergence(p, P / P.sum() / 2, 1, 6, 2)  # noqa: E731
    return autocheck.check_gradient(lambda p: both(p)[0], lambda p: both(p)[1], RNG.normal(size=12))


# --- statsmodels ---------------------------------------------------------------------------------------------------------


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


# --- numpy-ml ------------------------------------------------------------------------------------------------------------


def numpy_ml(path: str) -> Any:
    """A name of numpy-ml, which asks for collections.Hashable; Python 3.10 moved it, so it is lent."""
    import collections
    import collections.abc

    collections.Hashable = collections.abc.Hashable  # type: ignore[attr-defined]
    return from_package(f"numpy_ml.neural_nets.{path}")


def numpy_ml_activation(name: str, order: int = 1) -> Check:
    def check() -> Any:
        activation = numpy_ml(f"activations:{name}")()
        f, slope = (activation.fn, activation.grad) if order == 1 else (activation.grad, activation.grad2)
        return elementwise(f, slope, REALS)

    return check


def numpy_ml_squared_error() -> Any:
    loss, identity = numpy_ml("losses:SquaredError")(), numpy_ml("activations:Identity")()
    y, z = COTANGENT, REALS
    return autocheck.check_gradient(lambda z: loss.loss(y, z), lambda z: loss.grad(y, z, z, identity), z)


def numpy_ml_cross_entropy() -> Any:
    """Its gradient is with respect to the logits under a softmax, of a sum over the batch."""
    loss, softmax = numpy_ml("losses:CrossEntropy")(), from_package("scipy.special:softmax")
    y = np.eye(3)[[0, 2, 1, 1]]
    return autocheck.check_gradient(
        lambda z: loss.loss(y, softmax(z, axis=1)), lambda z: loss.grad(y, softmax(z, axis=1)), REALS
    )


def numpy_ml_layer(make: Callable[[Any], Any], x: Array) -> Check:
    """A layer's forward and backward pass with respect to its input."""

    def check() -> Any:
        layer = make(importlib.import_module("numpy_ml.neural_nets.layers") if numpy_ml("layers:Add") else None)
        layer.forward(x)

        def vjp(x: Array, cotangent: Array) -> Any:
            layer.flush_gradients()
            layer.forward(x)
            return layer.backward(cotangent)

        return autocheck.check_vjp(lambda x: layer.forward(x, retain_derived=False), vjp, x)

    return check


# --- others --------------------------------------------------------------------------------------------------------------


def metric_learn_nca() -> Any:
    model = from_package("metric_learn:NCA")()
    model.n_iter_ = 1
    same = np.equal.outer([0, 1, 0, 1, 1, 0], [0, 1, 0, 1, 1, 0])
    both = lambda A: model._loss_grad_lbfgs(A, X, same)  # noqa: E731
    return autocheck.check_gradient(lambda A: both(A)[0], lambda A: both(A)[1], RNG.normal(size=6))


def metric_learn_regression() -> Any:
    model = from_package("metric_learn:MLKR")()
    model.n_iter_ = 1
    y = np.random.default_rng(6).normal(size=6)
    both = lambda A: model._loss(A, X, y)  # noqa: E731
    return autocheck.check_gradient(lambda A: both(A)[0], lambda A: both(A)[1], RNG.normal(size=6))


def pyunlocbox_norm() -> Any:
    A = RNG.normal(size=(4, 3))
    function = from_package("pyunlocbox.functions:norm_l2")(lambda_=0.7, y=RNG.normal(size=4), A=A)
    return autocheck.check_gradient(function.eval, function.grad, W)


def hips_autograd(name: str) -> Check:
    """A function in autograd's NumPy, and the gradient that autograd makes of it."""

    def check() -> Any:
        anp = importlib.import_module("autograd.numpy")
        functions = SimpleNamespace(
            tanh=lambda x: anp.sum(anp.tanh(x) ** 2),
            logsumexp=lambda x: anp.log(anp.sum(anp.exp(x))),
            solve=lambda x: anp.sum(anp.linalg.solve(anp.eye(3) + anp.outer(x, x), x)),
        )
        f = getattr(functions, name)
        return autocheck.check_gradient(f, from_package("autograd:grad")(f), W)

    return check


def mygrad_cross_entropy() -> Any:
    mg = importlib.import_module("mygrad")
    loss = from_package("mygrad.nnet.losses:softmax_crossentropy")
    y = np.array([0, 2, 1, 1])

    def gradient(z: Array) -> Any:
        tensor = mg.tensor(z)
        loss(tensor, y).backward()
        return tensor.grad

    return autocheck.check_gradient(lambda z: loss(z, y).data, gradient, REALS)


def numdifftools_gradient() -> Any:
    """No derivation: what a difference engine returns, claimed as a gradient."""
    Gradient = from_package("numdifftools:Gradient")
    f = lambda x: np.sum(np.sin(x) * x)  # noqa: E731
    return autocheck.check_gradient(f, Gradient(f), W)


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
ML_ACTIVATIONS = "Sigmoid ReLU LeakyReLU Tanh Affine Identity ELU Exponential SELU HardSigmoid SoftPlus".split()
SKLEARN_LOSSES = (
    *("HalfSquaredError", "AbsoluteError", "PinballLoss", "HuberLoss", "HalfPoissonLoss", "HalfGammaLoss"),
    *("HalfTweedieLoss", "HalfBinomialLoss", "ExponentialLoss"),
)
KERNELS: dict[str, Callable[[Any], Any]] = {
    "ConstantKernel": lambda k: k.ConstantKernel(1.5),
    "WhiteKernel": lambda k: k.WhiteKernel(0.5),
    "DotProduct": lambda k: k.DotProduct(0.7),
    "RBF": lambda k: k.RBF(1.3),
    "Matern 3/2": lambda k: k.Matern(1.3, nu=1.5),
    "RationalQuadratic": lambda k: k.RationalQuadratic(1.3, 0.7),
    "ExpSineSquared": lambda k: k.ExpSineSquared(1.3, 2.0),
    "sum and product": lambda k: k.ConstantKernel(1.5) * k.DotProduct(0.7) + k.WhiteKernel(0.5),
    "exponentiation": lambda k: k.DotProduct(0.7) ** 2,
}
LAYERS: dict[str, tuple[Callable[[Any], Any], Array]] = {
    "FullyConnected": (lambda m: m.FullyConnected(2, act_fn="Tanh"), REALS),
    "Softmax": (lambda m: m.Softmax(), REALS),
    "BatchNorm1D": (lambda m: m.BatchNorm1D(), REALS),
    "LayerNorm1D": (lambda m: m.LayerNorm1D(), REALS),
    "Conv2D": (lambda m: m.Conv2D(out_ch=2, kernel_shape=(2, 2)), np.random.default_rng(7).normal(size=(2, 4, 3, 2))),
    "Pool2D, max": (lambda m: m.Pool2D((2, 2), 2, mode="max"), np.random.default_rng(8).normal(size=(2, 4, 4, 2))),
    "Pool2D, average": (
        lambda m: m.Pool2D((2, 2), 2, mode="average"),
        np.random.default_rng(9).normal(size=(2, 4, 4, 2)),
    ),
}

SUBJECTS: tuple[Subject, ...] = (
    Subject("scipy", "rosen_der of rosen", scipy_rosen),
    Subject("scipy", "rosen_hess of rosen", scipy_rosen_hessian),
    Subject("scipy", "rosen_hess_prod of rosen_der", scipy_rosen_product),
    Subject("scipy", "softmax of logsumexp", scipy_logsumexp),
    Subject("scipy", "digamma of gammaln", scipy_special("gammaln", "digamma")),
    Subject(
        "scipy",
        "expit of log1p(exp)",
        lambda: elementwise(lambda x: np.log1p(np.exp(x)), from_package("scipy.special:expit")),
    ),
    Subject("scipy", "jvp of jv", scipy_bessel),
    Subject("scipy", "CubicSpline.derivative", scipy_spline),
    Subject("numpy", "Polynomial.deriv", scipy_polynomial),
    *(Subject("scikit-learn", f"_loss.{name}", sklearn_loss(name)) for name in SKLEARN_LOSSES),
    Subject("scikit-learn", "_loss.HalfMultinomialLoss", sklearn_multinomial),
    *(
        Subject("scikit-learn", f"inplace_{n}_derivative", sklearn_activation(n))
        for n in ("identity", "logistic", "tanh", "relu")
    ),
    *(
        Subject("scikit-learn", f"{kind}, {activation}", sklearn_network(kind, activation))
        for kind in ("MLPClassifier", "MLPRegressor")
        for activation in ("tanh", "relu", "logistic")
    ),
    Subject("scikit-learn", "_huber_loss_and_gradient", sklearn_huber),
    Subject("scikit-learn", "NeighborhoodComponentsAnalysis", sklearn_neighbourhood),
    *(Subject("scikit-learn", f"kernel {name}", sklearn_kernel(make)) for name, make in KERNELS.items()),
    Subject("scikit-learn", "GaussianProcessRegressor", sklearn_process),
    Subject("scikit-learn", "LinearModelLoss", sklearn_linear_model),
    Subject("scikit-learn", "t-SNE _kl_divergence", sklearn_embedding),
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
    *(Subject("numpy-ml", f"{n}.grad", numpy_ml_activation(n)) for n in ML_ACTIVATIONS),
    *(Subject("numpy-ml", f"{n}.grad2", numpy_ml_activation(n, 2)) for n in ML_ACTIVATIONS),
    Subject("numpy-ml", "SquaredError.grad", numpy_ml_squared_error),
    Subject("numpy-ml", "CrossEntropy.grad", numpy_ml_cross_entropy),
    *(Subject("numpy-ml", f"layers.{n}", numpy_ml_layer(make, x)) for n, (make, x) in LAYERS.items()),
    Subject("metric-learn", "NCA", metric_learn_nca),
    Subject("metric-learn", "MLKR", metric_learn_regression),
    Subject("pyunlocbox", "norm_l2.grad", pyunlocbox_norm),
    *(Subject("autograd", f"grad of {n}", hips_autograd(n)) for n in ("tanh", "logsumexp", "solve")),
    Subject("mygrad", "softmax_crossentropy", mygrad_cross_entropy),
    Subject("numdifftools", "Gradient", numdifftools_gradient),
)

REMARKS = {
    "statsmodels: transforms.TransfFrank.deriv": "a mistake of the package: the sign; evaluate falls, deriv is positive",
    "statsmodels: transforms.TransfGumbel.deriv2": "a mistake of the package: (−1)^(1+θ) is complex where θ is no whole number",
    "statsmodels: NegativeBinomial.hessian": "a mistake of the package: before a fit, score is with respect to log α, hessian to α",
    "statsmodels: GLM Binomial.score": "the log-likelihood adds 1e-20 inside its logarithms, the score none: digit 20 differs",
    "numpy-ml: CrossEntropy.grad": "the loss adds 2.2e-16 inside its logarithm, the gradient does not: they differ at digit 15",
    "numdifftools: Gradient": "a difference quotient is no derivative: it differs where its own error bar begins",
}
"""What is behind a verdict other than `agrees`, looked up in the package's source."""
