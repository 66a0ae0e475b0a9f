"""Activation functions, each with its derivative beside it, derived by hand from z.

Every formula is an exact identity that also keeps its digits: the derivative is written from z, not from a, because
1 - a and 1 - a² cancel where a unit saturates. E stands for exp(-|z|) throughout: it never overflows, and either branch of
a `where` is the same function multiplied through by a power of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import erfc, erfcx

from handgrad.domains import REALS, Interval
from handgrad.lookup import named
from handgrad.shapes import Array

Function = Callable[[Array], Array]

MULTI_CLASS = 'lecture slide "Backpropagation: Multi-Class Categorical Classification"'
SIGMOIDS = 'lecture slide "Choice of Loss Function for Classification Network"'
GENERAL = 'lecture slide "Backpropagation General Formalism in the Elemental Form", Eqn 2 and 3'


@dataclass(frozen=True, slots=True)
class Activation:
    """h, its derivative, and what else is known about it."""

    name: str
    h: Function
    """z -> a, of the same shape; a vector-valued h acts along the last axis."""
    h_prime: Function | None
    """z -> da/dz element by element; None for a vector-valued h."""
    pullback: Callable[[Array, Array], Array]
    """(z, g) -> (∂a/∂z)ᵗ g, the product of the Jacobian with an upstream gradient."""
    jacobian: Function
    """z (..., n) -> (..., n, n), entry [m, n] = ∂a_m/∂z_n."""
    range: Interval
    latex: str
    latex_prime: str
    kinks: tuple[float, ...] = ()
    vector_valued: bool = False
    source: str = GENERAL
    family: str = ""
    parameters: tuple[tuple[str, float], ...] = ()


def elementwise(name: str, h: Function, h_prime: Function, range: Interval, **facts: Any) -> Activation:
    """The record of an activation whose a_n depends on z_n alone: its Jacobian is diagonal."""

    def pullback(z: Array, g: Array) -> Array:
        return g * h_prime(z)

    def jacobian(z: Array) -> Array:
        return np.where(np.eye(z.shape[-1], dtype=bool), h_prime(z)[..., :, None], 0)

    return Activation(
        name, h, h_prime, jacobian=jacobian, range=range, **{"family": name, "pullback": pullback, **facts}
    )


# --- sigmoid and its relatives ----------------------------------------------------------------------------------------


def identity_h(z: Array) -> Array:
    """a = z"""
    return z.copy()


def identity_prime(z: Array) -> Array:
    """h' = 1"""
    return np.ones_like(z)


def sigmoid_h(z: Array) -> Array:
    """a = 1/(1 + exp(-z)) = E/(1 + E) for z < 0"""
    E = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + E), E / (1 + E))


def sigmoid_prime(z: Array) -> Array:
    """h' = a(1 - a) = E/(1 + E)², even in z; a(1 - a) itself is 0 from z = 37 on"""
    E = np.exp(-np.abs(z))
    return E / (1 + E) ** 2


def tanh_h(z: Array) -> Array:
    """a = tanh z"""
    return np.tanh(z)


def tanh_prime(z: Array) -> Array:
    """h' = 1 - a² = 4E²/(1 + E²)²; 1 - a² itself is 0 from z = 19 on"""
    E2 = np.exp(-2 * np.abs(z))
    return 4 * E2 / (1 + E2) ** 2


def softsign_h(z: Array) -> Array:
    """a = z/(1 + |z|)"""
    return z / (1 + np.abs(z))


def softsign_prime(z: Array) -> Array:
    """h' = 1/(1 + |z|)²"""
    r = 1 / (1 + np.abs(z))
    return r * r


# --- rectifiers -------------------------------------------------------------------------------------------------------


def relu_h(z: Array) -> Array:
    """a = max(0, z)"""
    return np.maximum(z, 0)


def relu_prime(z: Array) -> Array:
    """h' = 1 for z > 0, else 0; at the kink z = 0 we say 0"""
    return np.where(z > 0, np.ones_like(z), 0)


def relu_pullback(z: Array, g: Array) -> Array:
    """g where z > 0, else 0"""
    return g * (z > 0)


def leaky_relu(slope: float = 0.01) -> Activation:
    """z for z > 0, slope z else."""
    _require("leaky_relu", "slope", slope, np.isfinite(slope), "a finite number")

    def h(z: Array) -> Array:
        return np.where(z > 0, z, slope * z)

    def h_prime(z: Array) -> Array:
        return np.where(z > 0, np.ones_like(z), slope)

    return elementwise(
        f"leaky_relu(slope={slope:g})",
        h,
        h_prime,
        REALS if slope > 0 else Interval(0, np.inf, True),
        latex=r"a = \begin{cases} z & z > 0 \\ s z & z \le 0 \end{cases}",
        latex_prime=r"h' = \begin{cases} 1 & z > 0 \\ s & z \le 0 \end{cases}",
        kinks=(0.0,),
        family="leaky_relu",
        parameters=(("slope", slope),),
    )


def _scaled_elu(alpha: float, scale: float) -> tuple[Function, Function]:
    """h = scale z for z > 0, else scale alpha (exp z - 1), and its derivative."""

    def h(z: Array) -> Array:
        return scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))

    def h_prime(z: Array) -> Array:
        return scale * np.where(z > 0, np.ones_like(z), alpha * np.exp(np.minimum(z, 0)))

    return h, h_prime


def elu(alpha: float = 1.0) -> Activation:
    """z for z > 0, alpha (exp z - 1) else; smooth at 0 only for alpha = 1."""
    _require("elu", "alpha", alpha, np.isfinite(alpha) and alpha > 0, "a finite number above 0")
    h, h_prime = _scaled_elu(alpha, 1.0)
    return elementwise(
        f"elu(alpha={alpha:g})",
        h,
        h_prime,
        Interval(-alpha, np.inf),
        latex=r"a = \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases}",
        latex_prime=r"h' = \begin{cases} 1 & z > 0 \\ \alpha e^z & z \le 0 \end{cases}",
        kinks=() if alpha == 1 else (0.0,),
        family="elu",
        parameters=(("alpha", alpha),),
    )


def softplus(beta: float = 1.0) -> Activation:
    """log(1 + exp(beta z))/beta; its derivative is the sigmoid of beta z."""
    _require("softplus", "beta", beta, np.isfinite(beta) and beta > 0, "a finite number above 0")

    def h(z: Array) -> Array:
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(beta * z))) / beta

    def h_prime(z: Array) -> Array:
        return sigmoid_h(beta * z)

    return elementwise(
        f"softplus(beta={beta:g})",
        h,
        h_prime,
        Interval(0, np.inf),
        latex=r"a = \frac{1}{\beta} \ln(1 + e^{\beta z})",
        latex_prime=r"h' = \frac{1}{1 + e^{-\beta z}}",
        family="softplus",
        parameters=(("beta", beta),),
    )


# --- z times a gate ---------------------------------------------------------------------------------------------------


def silu_h(z: Array) -> Array:
    """a = z σ(z)"""
    return z * sigmoid_h(z)


def silu_prime(z: Array) -> Array:
    """h' = σ + z σ'"""
    return sigmoid_h(z) + z * sigmoid_prime(z)


def mish_h(z: Array) -> Array:
    """a = z tanh(ln(1 + e^z)) = z (e² + 2e)/(e² + 2e + 2) with e = exp z; multiplied through by E² for z > 0"""
    E = np.exp(-np.abs(z))
    above, below = (1 + 2 * E, E * (2 + E)), (1 + 2 * E + 2 * E**2, 2 + 2 * E + E**2)
    return z * np.where(z > 0, above[0] / below[0], above[1] / below[1])


def mish_prime(z: Array) -> Array:
    """h' = a/z + z 4e(1 + e)/(e² + 2e + 2)², since 1 - tanh² = 4(1 + e)²/(e² + 2e + 2)² and softplus' = e/(1 + e)"""
    E = np.exp(-np.abs(z))
    d_pos, d_neg = 1 + 2 * E + 2 * E**2, 2 + 2 * E + E**2
    gate = np.where(z > 0, (1 + 2 * E) / d_pos, E * (2 + E) / d_neg)
    return gate + z * np.where(z > 0, 4 * E**2 * (1 + E) / d_pos**2, 4 * E * (1 + E) / d_neg**2)


SQRT_HALF = 0.7071067811865476
SQRT_PI = 1.7724538509055159
SQRT_8_OVER_PI = 1.5957691216057308
CUBIC = 0.044715


def _normal_distribution(u: Array) -> Array:
    """Φ(√2 u) = erfc(-u)/2; far below 0 as exp(-u²) erfcx(-u)/2, since erfc itself loses digits from u = -0.7 on"""
    with np.errstate(over="ignore", under="ignore"):  # u² overflows where Φ is 0 long since
        return np.where(u < -SQRT_HALF, np.exp(-u * u) * erfcx(np.abs(u)), erfc(-u)) / 2


def gelu_h(z: Array) -> Array:
    """a = z Φ(z), Φ the normal distribution function"""
    return z * _normal_distribution(SQRT_HALF * z)


def gelu_prime(z: Array) -> Array:
    """h' = Φ + z φ, z φ(z) = u exp(-u²)/√π with u = z/√2"""
    u = SQRT_HALF * z
    with np.errstate(over="ignore", under="ignore"):
        return _normal_distribution(u) + u * np.exp(-u * u) / SQRT_PI


def gelu_tanh_h(z: Array) -> Array:
    """a = z σ(2u), u = √(2/π)(z + 0.044715 z³): the tanh form, since (1 + tanh u)/2 = σ(2u)"""
    return z * sigmoid_h(_gelu_tanh_u(z)[0])


def gelu_tanh_prime(z: Array) -> Array:
    """h' = σ(2u) + z σ'(2u) 2u', u' = √(2/π)(1 + 3 · 0.044715 z²)"""
    two_u, two_u_prime = _gelu_tanh_u(z)
    return sigmoid_h(two_u) + z * (sigmoid_prime(two_u) * two_u_prime)


def _gelu_tanh_u(z: Array) -> tuple[Array, Array]:
    """2u and 2u'. Beyond |z| = 1e10, where σ is 0 or 1 to a billion digits, z is held so that its cube is finite."""
    z = np.clip(z, -1e10, 1e10)
    square = CUBIC * z * z
    return SQRT_8_OVER_PI * (z + z * square), SQRT_8_OVER_PI * (1 + 3 * square)


# --- pieces of straight lines, and exp --------------------------------------------------------------------------------


def hard_sigmoid_h(z: Array) -> Array:
    """a = z/6 + 1/2, held between 0 and 1"""
    return np.clip((z + 3) / 6, 0, 1)


def hard_sigmoid_prime(z: Array) -> Array:
    """h' = 1/6 for |z| < 3, else 0"""
    return np.where(np.abs(z) < 3, np.ones_like(z), 0) / 6


def hard_tanh_h(z: Array) -> Array:
    """a = z, held between -1 and 1"""
    return np.clip(z, -1, 1)


def hard_tanh_prime(z: Array) -> Array:
    """h' = 1 for |z| < 1, else 0"""
    return np.where(np.abs(z) < 1, np.ones_like(z), 0)


def exponential_h(z: Array) -> Array:
    """a = exp z, its own derivative; infinite from z = 710 on, as it should be"""
    with np.errstate(over="ignore"):
        return np.exp(z)


def exponential_pullback(z: Array, g: Array) -> Array:
    """g ⊙ exp z; where nothing comes from above, nothing goes down, even where exp z is infinite"""
    with np.errstate(invalid="ignore"):
        return np.where(g == 0, g, g * exponential_h(z))


# --- vector-valued: each a_m depends on every z_n ---------------------------------------------------------------------


def softmax_h(z: Array, temperature: float = 1.0) -> Array:
    """a_n = exp(z_n/T) / Σ_m exp(z_m/T); the largest z is subtracted from all: the ratio stays, and exp can't overflow"""
    e = np.exp((z - np.max(z, axis=-1, keepdims=True)) / temperature)
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax(temperature: float = 1.0) -> Activation:
    """a_n = exp(z_n/T) / Σ_m exp(z_m/T)."""
    T = temperature
    _require("softmax", "temperature", T, np.isfinite(T) and T > 0, "a finite number above 0")

    def h(z: Array) -> Array:
        return softmax_h(z, T)

    def pullback(z: Array, g: Array) -> Array:
        """Jᵗ g = a_n (g_n - Σ_m a_m g_m)/T = a_n Σ_m a_m (g_n - g_m)/T, since Σ a = 1: no digit is lost where a_n is 1"""
        a = h(z)
        return a * np.sum(a[..., None, :] * (g[..., :, None] - g[..., None, :]), axis=-1) / T

    def jacobian(z: Array) -> Array:
        """∂a_m/∂z_n = a_m (1 - a_m)/T for m = n, -a_m a_n/T else; 1 - a_m is the sum of the others

        In float64 for any z: a product of two float32 exponentials errs by more than 4 ulp.
        """
        a = h(z.astype(np.float64))
        same = np.eye(z.shape[-1])
        others = a[..., None, :] * (1 - same)
        own = a * np.sum(others, axis=-1)
        return ((own[..., :, None] * same - a[..., :, None] * others) / T).astype(z.dtype)

    return Activation(
        f"softmax(temperature={T:g})",
        h,
        None,
        pullback,
        jacobian,
        Interval(0, 1),
        latex=r"a_n = \frac{e^{z_n / T}}{\sum_m e^{z_m / T}}",
        latex_prime=r"\frac{\partial a_m}{\partial z_n} = \frac{a_m (\delta_{mn} - a_n)}{T}",
        vector_valued=True,
        source=MULTI_CLASS,
        family="softmax",
        parameters=(("temperature", T),),
    )


def log_softmax_h(z: Array) -> Array:
    """a_n = z_n - ln Σ_m exp z_m, with ln Σ = z_max + log1p(sum of the others): digits are kept where one z is far ahead"""
    top = np.max(z, axis=-1, keepdims=True)
    first = np.argmax(z, axis=-1)[..., None] == np.arange(z.shape[-1])
    others = np.sum(np.where(first, 0, np.exp(z - top)), axis=-1, keepdims=True)
    return (z - top) - np.log1p(others)


def log_softmax_pullback(z: Array, g: Array) -> Array:
    """Jᵗ g = g_n - p_n Σ_m g_m = Σ_m (p_m g_n - p_n g_m), p = softmax(z), since Σ p = 1

    Where z_m and z_n are close, a term is written p (g_n - g_m), p the larger of p_m and p_n, and what the smaller one
    lacks, e^-|z_m - z_n| - 1: equal g then cancel to the last digit.
    """
    p, gap = softmax_h(z), np.subtract(z[..., None, :], z[..., :, None])  # [n, m] = z_m - z_n
    p_n, p_m, g_n, g_m, lacks = (
        p[..., :, None],
        p[..., None, :],
        g[..., :, None],
        g[..., None, :],
        np.expm1(-np.abs(gap)),
    )
    close = np.where(gap > 0, p_m * ((g_n - g_m) - g_m * lacks), p_n * ((g_n - g_m) + g_n * lacks))
    return np.sum(np.where(np.abs(gap) < 1, close, p_m * g_n - p_n * g_m), axis=-1)


def log_softmax_jacobian(z: Array) -> Array:
    """∂a_m/∂z_n = δ_mn - softmax(z)_n"""
    p = softmax_h(z)
    same = np.eye(z.shape[-1], dtype=z.dtype)
    own = np.sum(p[..., None, :] * (1 - same), axis=-1)
    return own[..., :, None] * same - (1 - same) * p[..., None, :]


def _require(who: str, name: str, value: float, holds: Any, need: str) -> None:
    if not holds:
        raise ValueError(f"{who}: {name} is {value}, needs {need}.")


# --- the table --------------------------------------------------------------------------------------------------------

identity = elementwise("identity", identity_h, identity_prime, REALS, latex="a = z", latex_prime="h' = 1")
sigmoid = elementwise(
    "sigmoid",
    sigmoid_h,
    sigmoid_prime,
    Interval(0, 1),
    latex=r"a = \frac{1}{1 + e^{-z}}",
    latex_prime="h' = a (1 - a)",
    source=SIGMOIDS,
)
tanh = elementwise("tanh", tanh_h, tanh_prime, Interval(-1, 1), latex=r"a = \tanh z", latex_prime="h' = 1 - a^2")
relu = elementwise(
    "relu",
    relu_h,
    relu_prime,
    Interval(0, np.inf, True),
    latex=r"a = \max(0, z)",
    latex_prime=r"h' = \begin{cases} 1 & z > 0 \\ 0 & z \le 0 \end{cases}",
    kinks=(0.0,),
    pullback=relu_pullback,
)
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
selu = elementwise(
    "selu",
    *_scaled_elu(SELU_ALPHA, SELU_SCALE),
    Interval(-SELU_ALPHA * SELU_SCALE, np.inf),
    latex=r"a = \lambda \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases}",
    latex_prime=r"h' = \lambda \begin{cases} 1 & z > 0 \\ \alpha e^z & z \le 0 \end{cases}",
    kinks=(0.0,),
)
softsign = elementwise(
    "softsign",
    softsign_h,
    softsign_prime,
    Interval(-1, 1),
    latex=r"a = \frac{z}{1 + |z|}",
    latex_prime=r"h' = \frac{1}{(1 + |z|)^2}",
)
silu = elementwise(
    "silu",
    silu_h,
    silu_prime,
    Interval(-0.2784645427610739, np.inf, True),
    latex=r"a = z \sigma(z)",
    latex_prime=r"h' = \sigma(z) + z \sigma'(z)",
)
mish = elementwise(
    "mish",
    mish_h,
    mish_prime,
    Interval(-0.3088409894592567, np.inf, True),
    latex=r"a = z \tanh(\ln(1 + e^z))",
    latex_prime=r"h' = \frac{a}{z} + z \frac{4 e^z (1 + e^z)}{(e^{2z} + 2 e^z + 2)^2}",
)
gelu = elementwise(
    "gelu",
    gelu_h,
    gelu_prime,
    Interval(-0.1699710432, np.inf, True),
    latex=r"a = z \Phi(z)",
    latex_prime=r"h' = \Phi(z) + z \varphi(z)",
)
gelu_tanh = elementwise(
    "gelu_tanh",
    gelu_tanh_h,
    gelu_tanh_prime,
    Interval(-0.1700407506, np.inf, True),
    latex=r"a = \frac{z}{2} (1 + \tanh u),\ u = \sqrt{2/\pi} (z + 0.044715 z^3)",
    latex_prime=r"h' = \sigma(2u) + 2 z \sigma'(2u) u'",
)
hard_sigmoid = elementwise(
    "hard_sigmoid",
    hard_sigmoid_h,
    hard_sigmoid_prime,
    Interval(0, 1, True, True),
    latex=r"a = \min(1, \max(0, \frac{z}{6} + \frac{1}{2}))",
    latex_prime=r"h' = \begin{cases} 1/6 & |z| < 3 \\ 0 & |z| \ge 3 \end{cases}",
    kinks=(-3.0, 3.0),
)
hard_tanh = elementwise(
    "hard_tanh",
    hard_tanh_h,
    hard_tanh_prime,
    Interval(-1, 1, True, True),
    latex=r"a = \min(1, \max(-1, z))",
    latex_prime=r"h' = \begin{cases} 1 & |z| < 1 \\ 0 & |z| \ge 1 \end{cases}",
    kinks=(-1.0, 1.0),
)
exponential = elementwise(
    "exponential",
    exponential_h,
    exponential_h,
    Interval(0, np.inf),
    latex="a = e^z",
    latex_prime="h' = a",
    pullback=exponential_pullback,
)
log_softmax = Activation(
    "log_softmax",
    log_softmax_h,
    None,
    log_softmax_pullback,
    log_softmax_jacobian,
    Interval(-np.inf, 0),
    latex=r"a_n = z_n - \ln \sum_m e^{z_m}",
    latex_prime=r"\frac{\partial a_m}{\partial z_n} = \delta_{mn} - \mathrm{softmax}(z)_n",
    vector_valued=True,
    source=MULTI_CLASS,
    family="log_softmax",
)

ACTIVATIONS: tuple[Activation, ...] = (
    identity,
    sigmoid,
    tanh,
    relu,
    leaky_relu(),
    elu(),
    selu,
    softplus(),
    softsign,
    silu,
    mish,
    gelu,
    gelu_tanh,
    hard_sigmoid,
    hard_tanh,
    exponential,
    softmax(),
    log_softmax,
)


def get(name: str) -> Activation:
    """The record of that name, or of that family at its default parameters.

    Raises: ValueError, with the nearest names, for a name that is in no table.
    """
    return named("activation", name, ACTIVATIONS)
