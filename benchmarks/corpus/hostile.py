"""Right gradients at points, scales and dtypes that make checkers cry wolf. Each case is an entry with a kind.

Every formula is right and, at its point, as accurate as its inputs allow; at a kink the claim is a subgradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from . import challenges as c
from .entry import Entry, Function
from .table import BY_NAME


@dataclass(frozen=True)
class Hostile:
    """A right gradient that is hard to judge."""

    kind: str
    entry: Entry

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.entry.name}"


Change = Callable[[Any], Any]


def with_inputs(name: str, change: Change, *numbers: int) -> Entry:
    """An entry of the corpus whose differentiated arguments (or those of these numbers) are changed."""
    entry = BY_NAME[name]
    chosen = numbers or entry.numbers

    def make_args(rng: np.random.Generator) -> tuple[Any, ...]:
        return tuple(change(arg) if n in chosen else arg for n, arg in enumerate(entry.make_args(rng)))

    return replace(entry, make_args=make_args, label=name, twin=entry.twin or entry.f)


def at_point(name: str, *values: Any, label: str = "") -> Entry:
    entry = BY_NAME[name]
    args = tuple(np.array(v) if isinstance(v, list) else v for v in values)
    return replace(entry, make_args=lambda rng: args, label=label or name, twin=entry.twin or entry.f)


def in_dtype(name: str, dtype: Any) -> Entry:
    """All arrays and numbers of an entry in another precision."""

    def change(arg: Any) -> Any:
        return np.asarray(arg).astype(dtype) if np.asarray(arg).dtype.kind == "f" else arg

    return with_inputs(name, change, *range(20))


def plus(name: str, offset: float) -> Entry:
    """f plus a large constant, which swallows its digits."""
    entry = BY_NAME[name]

    def lifted_f(*args: Any) -> Any:
        return offset + entry.f(*args)

    def twin(*args: Any) -> Any:
        return offset + entry.jax_f(*args)

    return replace(entry, f=lifted_f, twin=twin, label=name)


def times(name: str, factor: float) -> Entry:
    entry = BY_NAME[name]

    def scaled_f(*args: Any) -> Any:
        return factor * entry.f(*args)

    def scaled_gradient(*args: Any) -> Any:
        found = entry.gradient(*args)
        return tuple(factor * part for part in found) if isinstance(found, tuple) else factor * found

    def twin(*args: Any) -> Any:
        return factor * entry.jax_f(*args)

    return replace(entry, f=scaled_f, gradient=scaled_gradient, twin=twin, label=name)


def own(name: str, f: Function, gradient: Function, *values: Any, argnums: Any = 0, twin: Any = None) -> Entry:
    args = tuple(np.array(v) if isinstance(v, list) else v for v in values)
    return Entry(f, gradient, lambda rng: args, argnums, twin=twin, label=name)


def hilbert(n: int) -> np.ndarray[Any, Any]:
    return 1 / (np.arange(n)[:, None] + np.arange(n) + 1.0)


# --- the cases --------------------------------------------------------------------------------------------------------

SCALES = np.array([1e-8, 1e-4, 1.0, 1e4, 1e8])
RNG = np.random.default_rng(5)
LARGE, LARGER = RNG.normal(size=1000), RNG.normal(size=(40, 50))
SPARSE = np.where(np.arange(1000) % 3, LARGE, 0)


def mixed(arg: Any) -> Any:
    """Each element on a scale of its own."""
    return arg * np.resize(SCALES, np.shape(arg))


def small(arg: Any) -> Any:
    return arg * 1e-8


def large(arg: Any) -> Any:
    return arg * 1e8


def read_only(arg: Any) -> Any:
    arg.flags.writeable = False
    return arg


SIX = [0.4, -1.2, 0.8, 1.5, -0.7, 0.3]

CASES: dict[str, tuple[Entry, ...]] = {
    "inputs of 1e-8": tuple(
        with_inputs(name, small)
        for name in (
            *("sigmoid", "tanh", "half_squared_error", "entropy_of_rates", "log_gamma", "softmax_cross_entropy"),
            *("rosenbrock", "attention", "frobenius_norm", "two_layers", "lennard_jones"),
        )
    ),
    "inputs of 1e8": tuple(
        with_inputs(name, large)
        for name in (
            *("half_squared_error", "softsign", "arctan", "pseudo_huber", "entropy_of_rates", "frobenius_norm"),
            *("linear_solve", "layer_norm", "cosine_distance", "softplus", "total_variation", "rational"),
        )
    ),
    "mixed scales": tuple(
        with_inputs(name, mixed)
        for name in (
            *("half_squared_error", "softsign", "arctan", "entropy_of_rates", "pseudo_huber", "frobenius_norm"),
            *("dense", "total_variation"),
        )
    ),
    "f = 1e8 + small": (
        *(plus(name, 1e8) for name in ("tanh", "softmax_cross_entropy", "two_layers", "log_determinant", "lstm_step")),
        plus("sigmoid", 1e12),
    ),
    "loss of 1e-10": (
        *(times(name, 1e-10) for name in ("tanh", "softmax_cross_entropy", "two_layers", "layer_norm")),
        times("cox_partial_likelihood", 1e-10),
        times("half_squared_error", 1e-30),
    ),
    "loss of 1e10": tuple(times(name, 1e10) for name in ("sigmoid", "contrastive", "kalman_filter")),
    "saturated": (
        at_point("sigmoid", [-40.0, -700.0, 3.0, 35.0], [1.0, 2.0, -1.0, 0.5]),
        at_point("tanh", [25.0, -400.0, 0.5], [1.0, 2.0, -1.0]),
        at_point("softmax_cross_entropy", [[100.0, 0.0, -100.0], [-50.0, 50.0, 1.0]], np.array([0, 0])),
        at_point("binary_cross_entropy_logits", [50.0, -50.0, 700.0], [0.0, 1.0, 1.0]),
        at_point("softplus", [-60.0, 60.0, -700.0], [1.0, -2.0, 1.0]),
        at_point("hard_sigmoid", [-9.0, 9.0, 1.0], [1.0, -2.0, 1.0]),
        own("erf's tail", c.erf_tail, c.erf_tail_gradient, [3.0, 8.0, 20.0]),
    ),
    "cancelling": (
        own("1 − cos x", c.one_minus_cosine, np.sin, [1e-4, 1e-6, 2e-3]),
        own("x − sin x", c.x_minus_sine, c.x_minus_sine_gradient, [1e-3, 1e-2, 3e-5]),
        own("(x − 1)⁷ expanded", c.seventh_power_expanded, c.seventh_power_gradient, [1.01, 0.98, 1.001]),
        own("variance by squares", c.variance_by_squares, c.variance_gradient, 1e6 + np.array(SIX)),
        own("1e16 x − 1e16 y", c.weighed_sum, c.weighed_sum_gradient, [1.0, 1.0, 3.0], [1e16, -1e16, 1.0]),
        own("log(1 + e^x) far left", c.log_of_exponentials, special.expit, [-30.0, -20.0]),
    ),
    "float32": (
        *(
            in_dtype(name, np.float32)
            for name in (
                *("tanh", "sigmoid", "softmax_cross_entropy", "two_layers", "layer_norm", "attention", "gelu"),
                *("half_squared_error", "contrastive", "rosenbrock", "gaussian_mixture"),
            )
        ),
        own("mean of a thousand", c.smooth_mean, c.smooth_mean_gradient, LARGE.astype(np.float32)),
    ),
    "float16": tuple(
        in_dtype(name, np.float16)
        for name in ("tanh", "sigmoid", "half_squared_error", "relu", "bell", "softsign", "dense")
    ),
    "at a kink": (
        at_point("relu", [0.0, 1.0, -1.0, 0.0], [1.0, 2.0, -1.0, -0.5]),
        at_point("absolute_error", [1.0, 2.0, -1.0], [1.0, 2.5, -1.0]),
        at_point("hinge", [1.0, -1.0, 0.5], [1.0, -1.0, 1.0]),
        at_point("hard_sigmoid", [3.0, -3.0, 0.0], [1.0, -2.0, 1.0]),
        at_point("huber", [0.8, 0.0, -0.8], [0.0, 0.0, 0.0], 0.8),
        at_point("leaky_relu", [0.0, 1.0, -1.0], [1.0, 2.0, -1.0], 0.2),
        at_point("quantile", [1.0, 2.0, -1.0], [1.0, 2.5, -1.0], 0.9),
        at_point("max_pool", [[1.0, 1.0, 2.0, 0.0], [0.5, 0.0, 2.0, 1.0]], [[0.7, -1.3]]),
        at_point("elu", [0.0, 1.0, -1.0], [1.0, 2.0, -1.0]),
        own("norm at its tip", c.norm_or_zero, c.norm_or_zero_gradient, [[0.0, 0.0], [3.0, 4.0]]),
    ),
    "near a kink": (
        at_point("relu", [1e-9, -1e-9, 1e-7], [1.0, 2.0, -1.0]),
        at_point("relu", [1e-300, -1e-12, 5e-324], [1.0, 2.0, -1.0], label="relu, nearer still"),
        at_point("absolute_error", [1e-8, -1e-10, 3e-7], [0.0, 0.0, 0.0]),
        at_point("hinge", [1 + 1e-9, 1 - 1e-9, 0.5], [1.0, 1.0, 1.0]),
        at_point("hard_sigmoid", [3 - 1e-9, -3 + 1e-8, 3 + 1e-10], [1.0, -2.0, 1.0]),
        own("sorted, nearly tied", c.squares_of_sorted, c.squares_of_sorted_gradient, [1.0, 1.0 + 1e-12, 0.5, 1.0 - 1e-9]),
    ),
    "oscillating": (
        own("sin(1e6 x)", c.fast_sine, c.fast_sine_gradient, [0.3, 1.7, -2.2], 1e6),
        own("sin(1e3 x)", c.fast_sine, c.fast_sine_gradient, [0.3, 1.7, -2.2], 1e3),
        own("sin(1/x)", c.sine_of_inverse, c.sine_of_inverse_gradient, [1e-3, 2e-2, 3e-4]),
        own("wrinkled", c.wrinkled, c.wrinkled_gradient, [0.5, -1.0, 0.0]),
        at_point("chirp", [40.0, 25.0, 60.0], [1e5, 1e3, 1e8]),
        at_point("sum_of_waves", [300.0, 1000.0], [0.1, 0.2], [1.0, -1.0], SIX, SIX),
    ),
    "flat": (
        at_point("bell", [6.0, -8.0, 5.0], [1.0, 2.0, -1.0]),
        at_point("bell", [26.0, -20.0, 22.0], [1.0, 2.0, -1.0], label="bell, far out"),
        own("x¹⁰ near zero", c.monomial, c.monomial_gradient, [1e-3, -1e-5, 2e-2], 10),
        own("x³ at zero", c.cubic, c.cubic_gradient, [0.0, 0.0, 0.0]),
        own("e^(−1/x²)", c.flat_function, c.flat_function_gradient, [0.1, 0.05, -0.2]),
        own("a constant", c.constant_function, c.constant_function_gradient, [0.1, 2.0, -0.2]),
    ),
    "domain edge": (
        own("√x near zero", c.square_root, c.square_root_gradient, [1e-12, 1e-300, 2.0]),
        own("log near zero", c.logarithm, c.logarithm_gradient, [1e-9, 1e-200, 2.0]),
        at_point("entropy_of_rates", [1e-12, 1e-300, 0.5], [1.0, 2.0, -1.0]),
        own("arcsin near one", c.arc_sine, c.arc_sine_gradient, [1 - 1e-10, -1 + 1e-8, 0.0]),
        own("x^1.5 at zero", c.three_halves, c.three_halves_gradient, [0.0, 1.0, 1e-20]),
        at_point("logit", [1e-12, 1 - 1e-9, 0.5], [1.0, 2.0, -1.0]),
        at_point("binary_cross_entropy", [1e-10, 1 - 1e-9, 0.5], [0.0, 1.0, 1.0]),
    ),
    "NaN in the other branch": (
        own("where(x > 0, √x, 0)", c.guarded_root, c.guarded_root_gradient, [-1.0, 2.0, -3.0]),
        own("where(x > 0, √x, 0) at 0.5", c.guarded_root, c.guarded_root_gradient, [-1e-9, 0.5, -1e-3]),
        own("guarded sinc", c.guarded_sinc, c.guarded_sinc_gradient, [0.0, 2.0, -1.0]),
        own("sinc with 0/0", c.sinc_with_nan, c.guarded_sinc_gradient, [1.0, 2.0, -1.0]),
        own("where(x > 1, log x, x − 1)", c.guarded_logarithm, c.guarded_logarithm_gradient, [-1.0, 2.0, 0.5]),
        own("where(x > 0, x + 1, e^x)", c.guarded_exponential, c.guarded_exponential_gradient, [800.0, -1.0, 2.0]),
    ),
    "stop-gradient": (
        own(
            "temporal difference", c.temporal_difference, c.temporal_difference_gradient,
            [0.5, -1.0], RNG.normal(size=(4, 2)), RNG.normal(size=(4, 2)), RNG.normal(size=4),
            twin=c.temporal_difference_in_jax,
        ),
        own("detached scale", c.detached_scale, c.detached_scale_gradient, SIX, twin=c.detached_scale_in_jax),
        own(
            "straight through", c.straight_through, c.straight_through_gradient, SIX, [1.0, 2.0, -1.0, 0.5, 1.5, -2.0],
            twin=c.straight_through_in_jax,
        ),
        own(
            "actor and critic", c.advantage_actor, c.advantage_actor_gradient, SIX, SIX[::-1], [1.0] * 6,
            argnums=(0, 1), twin=c.advantage_actor_in_jax,
        ),
    ),
    "ill-conditioned": (
        at_point("linear_solve", hilbert(6), [1.0, -1.0, 2.0, 0.5, -0.3, 1.0], [0.3, 1.0, -1.0, 2.0, 0.1, -0.5]),
        at_point("log_determinant", hilbert(7)),
        at_point("inverse", [[1.0, 1.0], [1.0, 1.0 + 1e-9]], [[0.3, 1.0], [-1.0, 2.0]]),
        at_point("gaussian_process", 0.5, -6.0, [0.0, 0.1, 0.25, 0.4], [0.3, -0.2, 0.1, 0.5]),
        at_point("determinant", hilbert(5)),
        at_point("mahalanobis", [1.0, -2.0, 0.5], [[1e3, 1.0], [2e3, -1.0], [3e3, 0.5]]),
        own("1/(x − y)", c.reciprocal_gap, c.reciprocal_gap_gradient, [1.0, 1.0 + 1e-8, 2.0]),
    ),
    "beyond the digits": (
        replace(BY_NAME["equilibrium"], gradient=c.equilibrium_by_the_implicit_function, label="equilibrium"),
        own("e^x by thirty terms", c.exponential_series, c.exponential_gradient, [0.3, -0.8, 1.0]),
        own("log(x + 1e-20)", c.logarithm_with_epsilon, c.logarithm_gradient, [0.3, 2.0]),
        own("√x by Heron's rule", c.root_by_newton, c.square_root_gradient, [0.5, 2.0, 1.3]),
    ),
    "one element": (
        own("x³", c.cubic, c.cubic_gradient, [0.7]),
        at_point("sigmoid", [0.3], [1.5]),
        at_point("softmax_cross_entropy", [[0.7]], np.array([0])),
        at_point("log_determinant", [[2.0]]),
        at_point("frobenius_norm", [[-3.0]]),
    ),
    "0-d": (
        own("x³", c.cubic, c.cubic_gradient, np.array(0.7)),
        own("a Python float", c.cubic, c.cubic_gradient, 0.7),
        own("one number for all", c.one_number_for_all, c.one_number_for_all_gradient, np.array(0.7), LARGER[:3, :4]),
        at_point("logistic_map", np.array(0.3), np.array(3.7)),
        at_point("von_mises", np.array(0.3), np.array(1.7), SIX),
    ),
    "broadcast": (
        own(
            "(3, 1) · (1, 4)", c.product_of_broadcasts, c.product_of_broadcasts_gradient,
            LARGER[:3, :1], LARGER[:1, :4], argnums=(0, 1),
        ),
        own(
            "bias over two axes", c.bias_over_two_axes, c.bias_over_two_axes_gradient,
            [0.5, -1.0], LARGER[:6, :4].reshape(3, 4, 2),
        ),
        own("a scale of shape (1, 1)", c.one_number_for_all, c.one_number_for_all_gradient, [[0.7]], LARGER[:3, :4]),
        at_point("half_squared_error", LARGER[:4, :3], np.zeros((1, 3))),
    ),
    "many elements": (
        own("mean of a thousand", c.smooth_mean, c.smooth_mean_gradient, LARGE),
        at_point("relu", LARGE, LARGE[::-1]),
        own("sum of two thousand cubes", c.cubic, c.cubic_gradient, LARGER),
    ),
    "many elements at a kink": (
        at_point("relu", SPARSE, LARGE[::-1]),
        at_point("leaky_relu", SPARSE, LARGE[::-1], 0.2),
        at_point("absolute_error", SPARSE, np.zeros(1000)),
        at_point("hard_sigmoid", 3 * np.sign(SPARSE), LARGE[::-1]),
        at_point("max_pool", SPARSE.reshape(20, 50), LARGER[:10, :25]),
    ),
    "huge values": (
        own("e^300", c.exponential, c.exponential_gradient, [300.0, 200.0, -300.0]),
        own("e^700", c.exponential, c.exponential_gradient, [700.0, 1.0]),
        own("x¹⁰ at 1e20", c.monomial, c.monomial_gradient, [1e20, -1e15], 10),
    ),
    "memory": (
        with_inputs("tanh", read_only),
        with_inputs("dense", np.asfortranarray),
        own("every other element", c.cubic, c.cubic_gradient, LARGE[:12][::2]),
        own("backwards", c.cubic, c.cubic_gradient, LARGE[5:0:-1]),
    ),
}  # fmt: skip


def hostile() -> tuple[Hostile, ...]:
    return tuple(Hostile(kind, entry) for kind, entries in CASES.items() for entry in entries)
