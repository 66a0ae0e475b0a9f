"""Functions of `scipy.special` on balls that `balls.py` has no room for: of three numbers and more, and the rarer ones.

Among them are the private ufuncs that the distributions of `scipy.stats` are written with. Each keeps SciPy's order of arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import acb, arb

from autocheck.lifted import balls
from autocheck.lifted.balls import NAN, ONE, ZERO, Ball, order, power, xlog1py, xlogy


def betainc(a: Ball, b: Ball, x: Ball) -> Ball:
    if x.is_zero() or x == 1:
        return x
    return NAN if order(x, ZERO) == -1 or order(x, ONE) == 1 else x.beta_lower(a, b, regularized=1)


def betaincc(a: Ball, b: Ball, x: Ball) -> Ball:
    return betainc(b, a, 1 - x)


def binom(n: Ball, k: Ball) -> Ball:
    """Γ(n + 1) / Γ(k + 1) Γ(n - k + 1), zero where the second factor has a pole."""
    return (n + 1).gamma() * (k + 1).rgamma() * (n - k + 1).rgamma()


def beta_pdf(x: Ball, a: Ball, b: Ball) -> Ball:
    return power(x, a - 1) * power(1 - x, b - 1) / balls.betaln(a, b).exp()


def binom_pmf(k: Ball, n: Ball, p: Ball) -> Ball:
    return binom(n, k) * (xlogy(k, p) + xlog1py(n - k, -p)).exp()


def nbinom_pmf(k: Ball, n: Ball, p: Ball) -> Ball:
    return binom(n + k - 1, k) * (n * p.log() + xlog1py(k, -p)).exp()


def hypergeometric(name: str) -> Callable[..., Ball]:
    """Parameters first and the argument last, as SciPy has them; flint takes the argument as its object."""
    return lambda *args: getattr(args[-1], name)(*args[:-1])


def student_cdf(df: Ball, t: Ball) -> Ball:
    tail = betainc(df / 2, arb(1) / 2, df / (df + t * t)) / 2
    return tail if order(t, ZERO) == -1 else 1 - tail


def poch(a: Ball, n: Ball) -> Ball:
    return (a + n).gamma() * a.rgamma()


def sinpi_degrees(function: Callable[[Ball], Ball]) -> Callable[[Ball], Ball]:
    return lambda x: function(x * arb.pi() / 180)


def elliptic(name: str) -> Callable[..., Ball]:
    """Elliptic integrals of the parameter m, the last argument; not a number where they are not real."""

    def integral(*args: Ball) -> Ball:
        value = getattr(acb, name)(*map(acb, args))
        return value.real if value.imag.contains(0) else NAN

    return integral


SPECIALS: dict[str, tuple[Callable[..., Any], int]] = {
    # of one
    "rgamma": (lambda a: a.rgamma(), 1),
    "loggamma": (lambda a: a.lgamma(), 1),
    "gammasgn": (lambda a: balls.sign(a.gamma()), 1),
    "ellipk": (elliptic("elliptic_k"), 1),
    "ellipe": (elliptic("elliptic_e"), 1),
    "ellipkm1": (lambda p: elliptic("elliptic_k")(1 - p), 1),
    "exprel": (balls.exprel, 1),
    "k0e": (lambda a: a.bessel_k(0) * a.exp(), 1),
    "k1e": (lambda a: a.bessel_k(1) * a.exp(), 1),
    "y0": (lambda a: a.bessel_y(0), 1),
    "y1": (lambda a: a.bessel_y(1), 1),
    "sindg": (sinpi_degrees(lambda a: a.sin()), 1),
    "cosdg": (sinpi_degrees(lambda a: a.cos()), 1),
    "tandg": (sinpi_degrees(lambda a: a.tan()), 1),
    "zetac": (lambda a: a.zeta() - 1, 1),
    "wrightomega": (lambda a: a.exp().lambertw(), 1),
    "round": (balls.rint, 1),
    "_riemann_zeta": (lambda a: a.zeta(), 1),
    "_norm_cdf": (balls.ndtr, 1),
    # of two
    "yv": (lambda n, a: a.bessel_y(n), 2),
    "yn": (lambda n, a: a.bessel_y(n), 2),
    "kn": (lambda n, a: a.bessel_k(n), 2),
    "jn": (lambda n, a: a.bessel_j(n), 2),
    "ive": (lambda n, a: a.bessel_i(n) * (-balls.absolute(a)).exp(), 2),
    "kve": (lambda n, a: a.bessel_k(n) * a.exp(), 2),
    "jve": (lambda n, a: a.bessel_j(n), 2),
    "_zeta": (lambda s, q: s.zeta(q), 2),
    "binom": (binom, 2),
    "poch": (poch, 2),
    "agm": (lambda a, b: a.agm(b), 2),
    "powm1": (lambda a, b: power(a, b) - 1, 2),
    "hyp0f1": (hypergeometric("hypgeom_0f1"), 2),
    "chdtr": (lambda v, x: (x / 2).gamma_lower(v / 2, regularized=1) if order(x, ZERO) == 1 else ZERO, 2),
    "chdtrc": (lambda v, x: (x / 2).gamma_upper(v / 2, regularized=1) if order(x, ZERO) == 1 else ONE, 2),
    "pdtr": (lambda k, m: m.gamma_upper(balls.floor(k) + 1, regularized=1), 2),
    "pdtrc": (lambda k, m: m.gamma_lower(balls.floor(k) + 1, regularized=1), 2),
    "stdtr": (student_cdf, 2),
    "inv_boxcox1p": (lambda a, lmbda: balls.BINARY["inv_boxcox"](a, lmbda) - 1, 2),
    "ellipkinc": (elliptic("elliptic_f"), 2),
    "ellipeinc": (elliptic("elliptic_e_inc"), 2),
    "eval_chebyt": (lambda n, x: x.chebyshev_t(n), 2),
    "eval_chebyu": (lambda n, x: x.chebyshev_u(n), 2),
    "eval_legendre": (lambda n, x: x.legendre_p(n), 2),
    "eval_hermite": (lambda n, x: x.hermite_h(n), 2),
    "eval_laguerre": (lambda n, x: x.laguerre_l(n), 2),
    # of three and four
    "betainc": (betainc, 3),
    "betaincc": (betaincc, 3),
    "hyp1f1": (hypergeometric("hypgeom_1f1"), 3),
    "hyperu": (hypergeometric("hypgeom_u"), 3),
    "hyp2f1": (hypergeometric("hypgeom_2f1"), 4),
    "gdtr": (lambda a, b, x: (a * x).gamma_lower(b, regularized=1), 3),
    "gdtrc": (lambda a, b, x: (a * x).gamma_upper(b, regularized=1), 3),
    "fdtr": (lambda d1, d2, x: betainc(d1 / 2, d2 / 2, d1 * x / (d1 * x + d2)), 3),
    "fdtrc": (lambda d1, d2, x: betainc(d2 / 2, d1 / 2, d2 / (d1 * x + d2)), 3),
    "bdtr": (lambda k, n, p: betainc(n - balls.floor(k), balls.floor(k) + 1, 1 - p), 3),
    "bdtrc": (lambda k, n, p: betainc(balls.floor(k) + 1, n - balls.floor(k), p), 3),
    "nbdtr": (lambda k, n, p: betainc(n, balls.floor(k) + 1, p), 3),
    "eval_gegenbauer": (lambda n, a, x: x.gegenbauer_c(n, a), 3),
    "eval_jacobi": (lambda n, a, b, x: x.jacobi_p(n, a, b), 4),
    "eval_genlaguerre": (lambda n, a, x: x.laguerre_l(n, a), 3),
    # of scipy.stats
    "_beta_pdf": (beta_pdf, 3),
    "_binom_pmf": (binom_pmf, 3),
    "_binom_cdf": (lambda k, n, p: ONE if order(k, n) != -1 else SPECIALS["bdtr"][0](k, n, p), 3),
    "_binom_sf": (lambda k, n, p: ZERO if order(k, n) != -1 else SPECIALS["bdtrc"][0](k, n, p), 3),
    "_nbinom_pmf": (nbinom_pmf, 3),
    "_nbinom_cdf": (lambda k, n, p: SPECIALS["nbdtr"][0](k, n, p), 3),
    "_nbinom_sf": (lambda k, n, p: betaincc(n, balls.floor(k) + 1, p), 3),
    "_cauchy_ppf": (lambda q, loc, scale: loc + scale * ((q - balls.HALF) * arb.pi()).tan(), 3),
    "_cauchy_isf": (lambda q, loc, scale: loc - scale * ((q - balls.HALF) * arb.pi()).tan(), 3),
    "_log1mexp": (lambda x: (-x.expm1()).log(), 1),
}
"""Name of the ufunc: (function, how many numbers it takes)."""
