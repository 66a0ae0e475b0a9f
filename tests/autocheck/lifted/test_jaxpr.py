"""Functions written in JAX are judged in exact arithmetic, primitive by primitive, and so are their automatic derivatives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autocheck import check_gradient, stop_gradient
from autocheck.lifted import balls, jaxpr

RNG = np.random.default_rng(0)
X = RNG.normal(size=7)
A = RNG.normal(size=(4, 4))
SPD = A @ A.T + 4 * np.eye(4)
IMAGE = RNG.normal(size=(1, 4, 4, 4))
KERNEL = RNG.normal(size=(3, 2, 2, 4))


def scanned(x):
    c, ys = jax.lax.scan(lambda c, v: (jnp.tanh(c + v), c * v), 0.0, x)
    return c + ys.sum()


def until_small(x):
    return jax.lax.while_loop(lambda s: s[0] > 0.01, lambda s: (s[0] * 0.5, s[1] + s[0] ** 2), (x[0] ** 2 + 1, x[1]))[1]


def grouped_convolution(x, w):
    axes = ("NHWC", "HWIO", "NHWC")
    y = jax.lax.conv_general_dilated(
        x, w, (2, 1), [(1, 1), (0, 2)], rhs_dilation=(1, 2), dimension_numbers=axes, feature_group_count=2
    )
    return (y**2).sum()


def pooled(kind, start):
    return lambda x: (jax.lax.reduce_window(x.reshape(6, 6), start, kind, (2, 2), (2, 2), "VALID") ** 2).sum()


def branching(x):
    return jax.lax.cond(x[0] > 0, lambda v: jnp.sum(v**2), lambda v: jnp.sum(v**3), x)


FUNCTIONS = {
    "softmax cross-entropy": (lambda x: -jax.nn.log_softmax(x)[2], (X,)),
    "logsumexp": (lambda x: jax.nn.logsumexp(3 * x), (X,)),
    "activations": (lambda x: (jax.nn.gelu(x) + jax.nn.silu(x) + jax.nn.softplus(x) + jax.nn.elu(x)).sum(), (X,)),
    "norm": (lambda x: jnp.linalg.norm(x), (X,)),
    "special functions": (lambda x: (jax.scipy.special.erf(x) + jax.scipy.special.gammaln(x**2 + 1)).sum(), (X,)),
    "variance": (lambda x: jnp.var(x) + jnp.std(x), (X,)),
    "indexing": (lambda x: x[2:5].sum() * x[jnp.array([0, 3])].prod() + x[::-1][1], (X,)),
    "scatter": (lambda x: (jnp.zeros(4).at[jnp.array([0, 1, 1])].add(x[:3]) ** 2).sum(), (X,)),
    "sorting": (lambda x: (jnp.sort(x) * jnp.arange(7.0)).sum(), (X,)),
    "largest two": (lambda x: (jax.lax.top_k(x, 2)[0] ** 2).sum(), (X,)),
    "cumulative": (lambda x: (jnp.cumsum(x) ** 2).sum() + jnp.cumprod(x)[-1], (X,)),
    "where": (lambda x: jnp.where(x > 0, x**2, jnp.exp(x)).sum(), (X,)),
    "scan": (scanned, (X,)),
    "cond": (branching, (X,)),
    "matrix products": (lambda a, b: jnp.einsum("ij,jk->ik", a, b).sum() * jnp.trace(a @ b), (A, SPD)),
    "solve": (lambda a: jnp.linalg.solve(a, jnp.arange(4.0)).sum(), (SPD,)),
    "log-determinant": (lambda a: jnp.linalg.slogdet(a)[1], (SPD,)),
    "inverse": (lambda a: jnp.linalg.inv(a).sum(), (SPD,)),
    "Cholesky": (lambda a: jnp.linalg.cholesky(a).sum(), (SPD,)),
    "triangular solve": (
        lambda a: jax.scipy.linalg.solve_triangular(jnp.linalg.cholesky(a), jnp.arange(4.0), lower=True).sum(),
        (SPD,),
    ),
    "convolution": (lambda x: (jnp.convolve(x, jnp.array([1.0, 2.0, 4.0])) ** 2).sum(), (X,)),
    "grouped, strided, dilated convolution": (grouped_convolution, (IMAGE, KERNEL)),
    "max pooling": (pooled(jax.lax.max, -jnp.inf), (RNG.normal(size=36),)),
    "sum pooling": (pooled(jax.lax.add, 0.0), (RNG.normal(size=36),)),
    "vmap": (lambda a: jax.vmap(lambda row: jnp.prod(row) ** 2)(a).sum(), (A,)),
    "jit": (jax.jit(lambda x: jnp.tanh(x).sum() ** 2), (X,)),
    "checkpoint": (jax.checkpoint(lambda x: jnp.sin(jnp.sin(x)).sum()), (X,)),
}


ROUNDED = ("special functions",)  # JAX's derivative of erf rounds 2 / sqrt(pi)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jaxs_derivative_is_judged_in_exact_arithmetic(name):
    f, args = FUNCTIONS[name]
    numbers = tuple(range(len(args)))
    with jax.enable_x64(True):
        right = check_gradient(f, jax.grad(f, numbers), *args, argnums=numbers)
        wrong = check_gradient(
            f, lambda *v: tuple(g * (1 + 1e-9) for g in jax.grad(f, numbers)(*v)), *args, argnums=numbers
        )
    assert right.ok, str(right)
    assert right.digits is not None
    assert right.digits > (15 if name in ROUNDED else 60)
    assert wrong.verdict == "wrong"


UNIT = np.array([0.13, 0.58, 0.91])
"""Inside of every domain below."""

ACTIVATIONS = """
    relu relu6 sigmoid softplus sparse_plus silu swish log_sigmoid leaky_relu hard_sigmoid hard_silu hard_swish
    hard_tanh elu celu selu gelu glu squareplus mish identity soft_sign sparse_sigmoid softmax log_softmax logsumexp
    logmeanexp standardize
"""
SPECIAL = """
    erf erfc erfinv expit logit gammaln gamma factorial digamma entr i0 i0e i1 i1e ndtr log_ndtr ndtri spence exp1 expi
    logsumexp log_softmax softmax bessel_jn fresnel sici
"""
ELEMENTWISE = """
    sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh exp exp2 expm1 log log1p log2 log10 sqrt cbrt square
    abs sign floor ceil round trunc reciprocal sinc deg2rad rad2deg negative positive nan_to_num cumsum cumprod diff
    sort flip median mean var std ptp prod sum max min linalg.norm outer inner argsort argmax vander trapezoid ediff1d
    gradient i0 unwrap convolve
"""
OF_TWO = """
    power arctan2 hypot logaddexp logaddexp2 maximum minimum fmod remainder floor_divide true_divide heaviside copysign
    outer inner kron dot cross convolve correlate append polyval interp
"""
OF_MATRICES = {
    "solve": lambda a: jnp.linalg.solve(a, jnp.arange(4.0)),
    "inv": jnp.linalg.inv,
    "det": jnp.linalg.det,
    "cholesky": jnp.linalg.cholesky,
    "slogdet": lambda a: jnp.linalg.slogdet(a)[1],
    "matrix_power": lambda a: jnp.linalg.matrix_power(a, 3),
    "trace": jnp.trace,
    "expm": jax.scipy.linalg.expm,
    "cho_solve": lambda a: jax.scipy.linalg.cho_solve(jax.scipy.linalg.cho_factor(a), jnp.arange(4.0)),
    "lu": lambda a: jax.scipy.linalg.lu(a)[2],
    "gather by rows": lambda a: a[jnp.array([2, 0])],
    "gather by pairs": lambda a: a[jnp.array([2, 0]), jnp.array([1, 1])],
    "a mask": lambda a: jnp.where(a > 0, a, -a)[a.argmax() // 4],
    "strides": lambda a: a[::2, 1::2],
    "at.set": lambda a: a.at[1:3, 0].set(a[0, 1]),
    "at.multiply": lambda a: a.at[jnp.array([0, 0])].multiply(2.0),
    "at.max": lambda a: a.at[0].max(a[1]),
    "take_along_axis": lambda a: jnp.take_along_axis(a, jnp.argsort(a, axis=1), axis=1),
    "dynamic_slice": lambda a: jax.lax.dynamic_slice(a, (1, 1), (2, 3)),
    "fori_loop": lambda a: jax.lax.fori_loop(0, 3, lambda i, x: jnp.tanh(x @ a) + i, a),
    "scan": lambda a: jax.lax.scan(lambda c, row: (jnp.sin(c + row), c @ row), jnp.zeros(4), a)[1],
    "while_loop": lambda a: jax.lax.while_loop(lambda x: x.sum() > 0.1, lambda x: x / 3, a),
    "cond": lambda a: jax.lax.cond(a[0, 0] > 100, lambda x: x, lambda x: x * 2, a),
    "switch": lambda a: jax.lax.switch(1, [jnp.sin, jnp.cos, jnp.tan], a),
    "associative_scan": lambda a: jax.lax.associative_scan(jnp.multiply, a),
    "map": lambda a: jax.lax.map(jnp.prod, a),
    "pad": lambda a: jnp.pad(a, 1, mode="reflect"),
    "roll": lambda a: jnp.roll(a, 1, axis=0),
    "tril": jnp.tril,
    "einsum": lambda a: jnp.einsum("ij,kj,il->kl", a, a, a),
}
ALONE = ("bessel_jn", "argsort", "vander", "outer", "inner", "convolve")


def of_one():
    homes = ((jax.nn, ACTIVATIONS), (jax.scipy.special, SPECIAL), (jnp, ELEMENTWISE))
    for home, names in homes:
        for name in names.split():
            found = home
            for part in name.split("."):
                found = getattr(found, part, None)
            if found is not None and name not in ALONE:
                yield f"{home.__name__}.{name}", found, (np.append(UNIT, 0.37),)


VALUES = {
    **{name: (function, args) for name, function, args in of_one()},
    **{f"jnp.{n}": (getattr(jnp, n), (UNIT, UNIT[::-1] + 0.25)) for n in OF_TWO.split() if n != "interp"},
    **{name: (function, (SPD,)) for name, function in OF_MATRICES.items()},
    "conv_general_dilated": (
        lambda x, w: jax.lax.conv_general_dilated(x, w, (1, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")),
        (IMAGE, RNG.normal(size=(3, 2, 4, 2))),
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_it_is_jaxs_own_value_to_thirteen_digits(name):
    function, args = VALUES[name]
    with jax.enable_x64(True):
        expected = jax.tree_util.tree_leaves(function(*map(jnp.asarray, args)))
    with balls.precision(300):
        found = jax.tree_util.tree_leaves(jaxpr.evaluate(function, *map(balls.to_balls, args)))
    for ours, theirs in zip(found, expected, strict=True):
        floats = balls.to_floats(ours) if np.asarray(ours).dtype == object else np.asarray(ours)
        np.testing.assert_allclose(floats, theirs, rtol=1e-13, atol=1e-13)  # JAX's own rounding


def test_a_loop_runs_as_often_as_its_numbers_say():
    assert check_gradient(until_small, jax.jacfwd(until_small), X).digits > 60


def test_without_x64_a_right_gradient_is_judged_as_float32():
    assert not jax.config.read("jax_enable_x64")
    report = check_gradient(lambda x: jnp.sum(jnp.tanh(x) ** 2), lambda x: 2 * jnp.tanh(x) * (1 - jnp.tanh(x) ** 2), X)
    assert report.ok, str(report)


@pytest.mark.parametrize("stop", [jax.lax.stop_gradient, stop_gradient], ids=["JAX's", "autocheck's"])
def test_stop_gradient_is_honoured(stop):
    xp = jnp if stop is jax.lax.stop_gradient else np
    f = lambda x: xp.sum(stop(x) * x**2)  # noqa: E731
    assert check_gradient(f, lambda x: 2 * x**2, X).ok
    assert check_gradient(f, lambda x: 3 * x**2, X).verdict == "wrong"


UNKNOWN = {
    "'regularized_incomplete_beta'": lambda x: jax.scipy.special.betainc(2.0, 3.0, x).sum(),
    "complex numbers": lambda x: jnp.abs(jnp.fft.fft(x)).sum(),
}


@pytest.mark.parametrize("named", UNKNOWN)
def test_what_has_no_rule_is_refused_by_name(named):
    with pytest.raises(jaxpr.UnsupportedPrimitive, match=named), balls.precision(200):
        jaxpr.evaluate(UNKNOWN[named], balls.to_balls(X))


def test_a_branch_on_a_number_is_named_as_the_reason():
    report = check_gradient(lambda x: jnp.sum(x**2) if x[0] > -9 else 0 * x[0], lambda x: 2 * x, jnp.asarray(X))
    assert report.ok
    assert any("a branch or an index depends on them" in n.text for p in report.parameters for n in p.notes)
