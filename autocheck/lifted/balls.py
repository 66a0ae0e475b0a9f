"""Real numbers as balls: NumPy's scalar functions on `flint.arb`, to any number of digits.

A ball is a midpoint and a radius, and the true result lies inside. Arithmetic is flint's; what this file
adds are NumPy's conventions where flint answers "indeterminate" (1/0, log 0, exp inf), comparisons that decide as
floats would (by midpoints, remembering where the balls overlapped), and the functions that flint spells differently.
Every function takes and returns bare `flint.arb`; arrays of them are `exact.py`'s matter.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import flint
import numpy as np
from flint import arb as arb

Ball = Any  # flint has no type stubs: a `flint.arb`

NAN, INF, NEG_INF = arb("nan"), arb("inf"), arb("-inf")
ZERO, ONE, HALF = arb(0), arb(1), arb(1) / 2

overlaps_seen: ContextVar[list[int]] = ContextVar("overlaps_seen")
"""A one-element counter of the comparisons that no precision so far has decided; see `counting_overlaps`."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work at so many bits, and give flint's context back as it was."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


@contextmanager
def counting_overlaps() -> Iterator[list[int]]:
    """Count the comparisons between balls that overlap without being the same number."""
    counter = [0]
    token = overlaps_seen.set(counter)
    try:
        yield counter
    finally:
        overlaps_seen.reset(token)


def carried_digits() -> float:
    """Decimal digits of the precision in force."""
    return float(flint.ctx.dps)


# --- numbers in and out ----------------------------------------------------------------------------------------------


def to_ball(value: Any) -> Ball:
    """The exact value of a Python or NumPy number, or of a 0-d array."""
    if isinstance(value, np.ndarray):
        value = value[()]
    if isinstance(value, arb):
        return value
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return arb(int(value))
    return arb(float(value))


def to_balls(array: Any) -> np.ndarray[Any, Any]:
    """An object array of balls with the exact values of a numeric array (balls already there are kept)."""
    array = np.asarray(array)
    balls = np.empty(array.shape, dtype=object)
    flat = array.ravel()
    if array.dtype != object:
        flat = flat.astype(np.int64 if array.dtype.kind in "biu" else np.float64)
    balls.ravel()[...] = 0 if not flat.size else [to_ball(value) for value in flat.tolist()]
    return balls


def to_floats(balls: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The float64 nearest to each midpoint."""
    return np.array([float(ball) for ball in balls.ravel()], dtype=np.float64).reshape(balls.shape)


# --- comparisons -----------------------------------------------------------------------------------------------------


def order(a: Ball, b: Ball) -> int | None:
    """-1, 0 or 1 as a < b, a = b, a > b by midpoints; None where either is NaN.

    For an inexact ball flint answers False to `a == a`; a max-pool's mask `x == x.max()` would come out empty.
    """
    a_mid, b_mid = a.mid(), b.mid()
    if a_mid < b_mid:
        answer = -1
    elif a_mid > b_mid:
        answer = 1
    elif a.is_nan() or b.is_nan():
        return None
    elif a_mid == b_mid:
        answer = 0
    else:  # a midpoint is undefined for the infinite balls only
        answer = int(bool(a > b)) - int(bool(a < b))
    if (answer != 0 or a.rad() != b.rad()) and a.overlaps(b) and (counter := overlaps_seen.get(None)) is not None:
        counter[0] += 1
    return answer


COMPARISONS: dict[str, Callable[[Ball, Ball], bool]] = {
    "less": lambda a, b: order(a, b) == -1,
    "less_equal": lambda a, b: order(a, b) in (-1, 0),
    "greater": lambda a, b: order(a, b) == 1,
    "greater_equal": lambda a, b: order(a, b) in (0, 1),
    "equal": lambda a, b: order(a, b) == 0,
    "not_equal": lambda a, b: order(a, b) != 0,
    "logical_and": lambda a, b: is_true(a) and is_true(b),
    "logical_or": lambda a, b: is_true(a) or is_true(b),
    "logical_xor": lambda a, b: is_true(a) != is_true(b),
}


def is_true(a: Ball) -> bool:
    """Truth as for floats: anything but zero, NaN included (`bool(arb(0))` is True)."""
    return order(a, ZERO) != 0


PREDICATES: dict[str, Callable[[Ball], bool]] = {
    "logical_not": lambda a: not is_true(a),
    "isnan": lambda a: a.is_nan(),
    "isinf": lambda a: not a.is_finite() and not a.is_nan(),
    "isfinite": lambda a: a.is_finite(),
    "signbit": lambda a: order(a, ZERO) == -1,
}


def maximum(a: Ball, b: Ball) -> Ball:
    """The operand with the larger midpoint, NaN if either is."""
    way = order(a, b)
    return NAN if way is None else (b if way == -1 else a)


def minimum(a: Ball, b: Ball) -> Ball:
    way = order(a, b)
    return NAN if way is None else (b if way == 1 else a)


def fmax(a: Ball, b: Ball) -> Ball:
    return b if a.is_nan() else a if b.is_nan() else maximum(a, b)


def fmin(a: Ball, b: Ball) -> Ball:
    return b if a.is_nan() else a if b.is_nan() else minimum(a, b)


def absolute(a: Ball) -> Ball:
    return -a if order(a, ZERO) == -1 else a


def sign(a: Ball) -> Ball:
    way = order(a, ZERO)
    return NAN if way is None else arb(way)


def copysign(a: Ball, b: Ball) -> Ball:
    return -absolute(a) if order(b, ZERO) == -1 else absolute(a)


def heaviside(a: Ball, at_zero: Ball) -> Ball:
    way = order(a, ZERO)
    return NAN if way is None else at_zero if way == 0 else ONE if way == 1 else ZERO


# --- arithmetic with NumPy's answers at 0 and infinity ----------------------------------------------------------------


def divide(a: Ball, b: Ball) -> Ball:
    quotient = a / b
    if quotient.is_finite() or not b.is_zero() or a.is_nan() or a.is_zero():
        return quotient
    return INF if a > 0 else NEG_INF


def power(a: Ball, b: Ball) -> Ball:
    if b.is_exact() and b.is_finite() and b.is_integer():
        return integer_power(a, int(b.unique_fmpz()))
    if a.is_zero():
        return ZERO if b > 0 else INF if b < 0 else NAN
    if a == INF:
        return INF if b > 0 else ZERO if b < 0 else NAN
    if b in (INF, NEG_INF) and not a.is_nan():
        way = order(absolute(a), ONE)
        return ONE if way == 0 else INF if (way == 1) == (b > 0) else ZERO
    if order(a, ZERO) == -1:
        return NAN
    return a**b


def integer_power(a: Ball, n: int) -> Ball:
    """a^n by squaring; flint's own answers NaN for a ball that holds zero."""
    if n < 0:
        return divide(ONE, integer_power(a, -n))
    result = ONE
    while n:
        result = result * a if n % 2 else result
        a, n = a * a if n > 1 else a, n // 2
    return result


def floor_divide(a: Ball, b: Ball) -> Ball:
    return floor(divide(a, b))


def remainder(a: Ball, b: Ball) -> Ball:
    return a - floor(a / b) * b


def fmod(a: Ball, b: Ball) -> Ball:
    return a - trunc(a / b) * b


def floor(a: Ball) -> Ball:
    return a.mid().floor() if a.is_finite() else a


def ceil(a: Ball) -> Ball:
    return a.mid().ceil() if a.is_finite() else a


def trunc(a: Ball) -> Ball:
    return ceil(a) if order(a, ZERO) == -1 else floor(a)


def rint(a: Ball) -> Ball:
    """To the nearest integer, ties to even."""
    if not a.is_finite():
        return a
    low = a.mid().floor()
    way = order(a.mid() - low, HALF)
    odd = int(low.unique_fmpz()) % 2
    return low + 1 if way == 1 or (way == 0 and odd) else low


def logaddexp(a: Ball, b: Ball) -> Ball:
    top, low = maximum(a, b), minimum(a, b)
    return top if not top.is_finite() or low == NEG_INF else top + (low - top).exp().log1p()


def cbrt(a: Ball) -> Ball:
    return copysign(absolute(a).root(3), a) if not a.is_zero() else a


# --- functions of one ball: (flint's own, the value at -inf, the value at +inf, {pole: value}) ------------------------


def _with_limits(
    function: Callable[[Ball], Ball], at_minus: Ball, at_plus: Ball, poles: dict[int, Ball] | None = None
) -> Callable[[Ball], Ball]:
    """`function`, answering as NumPy does where flint's answer is not finite."""

    def limited(a: Ball) -> Ball:
        value = function(a)
        if a.is_nan() or (value.is_finite() and a.is_finite()):
            return value
        if not a.is_finite():
            return at_plus if a > 0 else at_minus
        for pole, answer in (poles or {}).items():
            if a.is_exact() and a == pole:
                return answer
        return value

    return limited


def log_expit(a: Ball) -> Ball:
    return -(-a).exp().log1p() if order(a, ZERO) != -1 else a - a.exp().log1p()


def expit(a: Ball) -> Ball:
    return 1 / (1 + (-a).exp())


def ndtr(a: Ball) -> Ball:
    return (-a / arb(2).sqrt()).erfc() / 2


def log_abs_gamma(a: Ball) -> Ball:
    return a.lgamma() if order(a, ZERO) == 1 else absolute(a.gamma()).log()


def entr(a: Ball) -> Ball:
    way = order(a, ZERO)
    return -a * a.log() if way == 1 else ZERO if way == 0 else NEG_INF


def exprel(a: Ball) -> Ball:
    return ONE if a.is_zero() else a.expm1() / a


def xlogy(a: Ball, b: Ball) -> Ball:
    return ZERO if a.is_zero() and not b.is_nan() else a * UNARY["log"](b)


def xlog1py(a: Ball, b: Ball) -> Ball:
    return ZERO if a.is_zero() and not b.is_nan() else a * UNARY["log1p"](b)


def rel_entr(a: Ball, b: Ball) -> Ball:
    if order(a, ZERO) == 1 and order(b, ZERO) == 1:
        return a * (a / b).log()
    return ZERO if a.is_zero() and order(b, ZERO) != -1 else INF


def kl_div(a: Ball, b: Ball) -> Ball:
    return rel_entr(a, b) - a + b


def boxcox(a: Ball, lmbda: Ball) -> Ball:
    return a.log() if lmbda.is_zero() else (power(a, lmbda) - 1) / lmbda


def huber(delta: Ball, r: Ball) -> Ball:
    size = absolute(r)
    return size * size / 2 if order(size, delta) != 1 else delta * (size - delta / 2)


def pseudo_huber(delta: Ball, r: Ball) -> Ball:
    return delta * delta * ((1 + integer_power(r / delta, 2)).sqrt() - 1)


def betaln(a: Ball, b: Ball) -> Ball:
    return log_abs_gamma(a) + log_abs_gamma(b) - log_abs_gamma(a + b)


def polygamma(n: Ball, a: Ball) -> Ball:
    order_n = int(n.unique_fmpz())
    return a.digamma() if order_n == 0 else (-1) ** (order_n + 1) * arb(order_n).fac() * (n + 1).zeta(a)


UNARY: dict[str, Callable[[Ball], Ball]] = {
    "positive": lambda a: a,
    "negative": operator.neg,
    "absolute": absolute,
    "fabs": absolute,
    "conjugate": lambda a: a,
    "sign": sign,
    "square": lambda a: a * a,
    "reciprocal": lambda a: divide(ONE, a),
    "sqrt": _with_limits(lambda a: a.sqrt(), NAN, INF),
    "cbrt": _with_limits(cbrt, NEG_INF, INF),
    "exp": _with_limits(lambda a: a.exp(), ZERO, INF),
    "exp2": _with_limits(lambda a: (a * arb.const_log2()).exp(), ZERO, INF),
    "expm1": _with_limits(lambda a: a.expm1(), -ONE, INF),
    "log": _with_limits(lambda a: a.log(), NAN, INF, {0: NEG_INF}),
    "log2": _with_limits(lambda a: a.log() / arb.const_log2(), NAN, INF, {0: NEG_INF}),
    "log10": _with_limits(lambda a: a.log() / arb.const_log10(), NAN, INF, {0: NEG_INF}),
    "log1p": _with_limits(lambda a: a.log1p(), NAN, INF, {-1: NEG_INF}),
    "sin": _with_limits(lambda a: a.sin(), NAN, NAN),
    "cos": _with_limits(lambda a: a.cos(), NAN, NAN),
    "tan": lambda a: a.tan(),
    "arcsin": lambda a: a.asin(),
    "arccos": lambda a: a.acos(),
    "arctan": lambda a: a.atan(),
    "sinh": _with_limits(lambda a: a.sinh(), NEG_INF, INF),
    "cosh": _with_limits(lambda a: a.cosh(), INF, INF),
    "tanh": _with_limits(lambda a: a.tanh(), -ONE, ONE),
    "arcsinh": _with_limits(lambda a: a.asinh(), NEG_INF, INF),
    "arccosh": _with_limits(lambda a: a.acosh(), NAN, INF),
    "arctanh": _with_limits(lambda a: a.atanh(), NAN, NAN, {-1: NEG_INF, 1: INF}),
    "deg2rad": lambda a: a * arb.pi() / 180,
    "radians": lambda a: a * arb.pi() / 180,
    "rad2deg": lambda a: a * 180 / arb.pi(),
    "degrees": lambda a: a * 180 / arb.pi(),
    "floor": floor,
    "ceil": ceil,
    "trunc": trunc,
    "rint": rint,
    # scipy.special
    "expit": _with_limits(expit, ZERO, ONE),
    "log_expit": _with_limits(log_expit, NEG_INF, ZERO),
    "logit": _with_limits(lambda a: a.log() - (-a).log1p(), NAN, NAN, {0: NEG_INF, 1: INF}),
    "erf": _with_limits(lambda a: a.erf(), -ONE, ONE),
    "erfc": _with_limits(lambda a: a.erfc(), arb(2), ZERO),
    "erfi": _with_limits(lambda a: a.erfi(), NEG_INF, INF),
    "erfcx": _with_limits(lambda a: (a * a).exp() * a.erfc(), INF, ZERO),
    "erfinv": lambda a: a.erfinv(),
    "erfcinv": lambda a: a.erfcinv(),
    "dawsn": _with_limits(lambda a: arb.const_sqrt_pi() / 2 * (-a * a).exp() * a.erfi(), ZERO, ZERO),
    "ndtr": _with_limits(ndtr, ZERO, ONE),
    "log_ndtr": _with_limits(lambda a: ndtr(a).log(), NEG_INF, ZERO),
    "ndtri": lambda a: -arb(2).sqrt() * (2 * a).erfcinv(),
    "gamma": _with_limits(lambda a: a.gamma(), NAN, INF, {0: INF}),
    "rgamma": _with_limits(lambda a: a.rgamma(), NAN, ZERO),
    "gammaln": _with_limits(log_abs_gamma, NEG_INF, INF, {0: INF}),
    "loggamma": _with_limits(lambda a: a.lgamma(), NAN, INF, {0: INF}),
    "psi": _with_limits(lambda a: a.digamma(), NAN, INF, {0: NEG_INF}),
    "digamma": _with_limits(lambda a: a.digamma(), NAN, INF, {0: NEG_INF}),
    "entr": entr,
    "exprel": _with_limits(exprel, ZERO, INF),
    "cosm1": lambda a: -2 * integer_power((a / 2).sin(), 2),
    "log1pmx": lambda a: a.log1p() - a,
    "i0": lambda a: a.bessel_i(0),
    "i1": lambda a: a.bessel_i(1),
    "i0e": lambda a: a.bessel_i(0) * (-absolute(a)).exp(),
    "i1e": lambda a: a.bessel_i(1) * (-absolute(a)).exp(),
    "j0": lambda a: a.bessel_j(0),
    "j1": lambda a: a.bessel_j(1),
    "k0": lambda a: a.bessel_k(0),
    "k1": lambda a: a.bessel_k(1),
    "exp1": lambda a: -(-a).ei(),
    "expi": lambda a: a.ei(),
    "spence": lambda a: (1 - a).polylog(2),
    "exp10": lambda a: (a * arb.const_log10()).exp(),
}

BINARY: dict[str, Callable[[Ball, Ball], Ball]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": divide,
    "true_divide": divide,
    "power": power,
    "float_power": power,
    "floor_divide": floor_divide,
    "remainder": remainder,
    "mod": remainder,
    "fmod": fmod,
    "maximum": maximum,
    "minimum": minimum,
    "fmax": fmax,
    "fmin": fmin,
    "copysign": copysign,
    "heaviside": heaviside,
    "hypot": lambda a, b: (a * a + b * b).sqrt(),
    "arctan2": lambda a, b: arb.atan2(a, b),
    "logaddexp": logaddexp,
    "logaddexp2": lambda a, b: logaddexp(a * arb.const_log2(), b * arb.const_log2()) / arb.const_log2(),
    # scipy.special
    "xlogy": xlogy,
    "xlog1py": xlog1py,
    "rel_entr": rel_entr,
    "kl_div": kl_div,
    "boxcox": boxcox,
    "boxcox1p": lambda a, lmbda: boxcox(1 + a, lmbda),
    "inv_boxcox": lambda a, lmbda: a.exp() if lmbda.is_zero() else power(1 + a * lmbda, ONE / lmbda),
    "huber": huber,
    "pseudo_huber": pseudo_huber,
    "beta": lambda a, b: a.gamma() * b.gamma() * (a + b).rgamma(),
    "betaln": betaln,
    "polygamma": polygamma,
    "zeta": lambda a, b: a.zeta(b),
    "gammainc": lambda a, b: b.gamma_lower(a, regularized=1),
    "gammaincc": lambda a, b: b.gamma_upper(a, regularized=1),
    "jv": lambda n, a: a.bessel_j(n),
    "iv": lambda n, a: a.bessel_i(n),
    "kv": lambda n, a: a.bessel_k(n),
    "expn": lambda n, a: a.expint(n),
}
