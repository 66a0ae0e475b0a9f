"""Loss functions of one example, each with its derivative with respect to the prediction beside it.

J(a, y) adds up over the outputs (the last axis) unless its name or its reduction says mean. No batch, no 1/m: that factor
belongs to Eqn 4 and 5. Every record says where a must lie, and what targets y it accepts; others are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import xlog1py, xlogy

from handgrad.domains import REALS, Interval
from handgrad.lookup import named
from handgrad.shapes import Array

Function = Callable[[Array, Array], Array]

CHOICE = 'lecture slide "Choice of Loss Function for Classification Network"'
CATEGORICAL = 'lecture slide "Backpropagation: Multi-Class Categorical Classification"'
TEXTBOOK = "textbook definition; not in the lecture"


@dataclass(frozen=True, slots=True)
class Targets:
    """Which targets a loss accepts: numbers in an interval, or only signs, and rows that must add up to one."""

    interval: Interval = REALS
    signs: bool = False
    rows_sum_to_one: bool = False

    def check(self, y: Array) -> None:
        """Raise ValueError unless every row of y is accepted; what came, what is needed, the way out."""
        if self.signs:
            bad, need = np.abs(y) != 1, "-1 or +1"
            way = "For labels 0 and 1 use 2 * y - 1."
        else:
            bad, need = ~self.interval.contains(y), f"numbers in {self.interval}"
            way = "For labels -1 and +1 use (y + 1) / 2."
        if np.any(bad):
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            raise ValueError(f"targets: y{list(index)} is {y[index]}, needs {need}. {way}")
        if self.rows_sum_to_one:
            total = np.sum(y, axis=-1)
            off = np.abs(total - 1) > 8 * y.shape[-1] * np.finfo(y.dtype).eps
            if np.any(off):
                index = tuple(int(i) for i in np.argwhere(off)[0])
                raise ValueError(
                    f"targets: row {list(index)} of y sums to {total[index]}, needs 1. Divide each row by its sum, or use "
                    "binary_cross_entropy where several classes may be true."
                )

    def __str__(self) -> str:
        what = "-1 or +1" if self.signs else f"numbers in {self.interval}"
        return f"{what}, each row adding up to 1" if self.rows_sum_to_one else what


ANY = Targets()
UNIT = Targets(Interval(0, 1, True, True))
NON_NEGATIVE = Targets(Interval(0, np.inf, True))
DISTRIBUTION = Targets(Interval(0, 1, True, True), rows_sum_to_one=True)
SIGNS = Targets(signs=True)
PROBABILITY = Interval(0, 1)


@dataclass(frozen=True, slots=True)
class Loss:
    """J of one example, its derivative, and what else is known about it."""

    name: str
    per_example: Function
    """(a, y) -> J, the last axis reduced."""
    grad_a: Function
    """(a, y) -> ∂J/∂a, of the shape of a."""
    domain: Interval
    """Where every a must lie."""
    targets: Targets
    latex: str
    latex_grad: str
    kinks: tuple[float, ...] = ()
    """Where the slope jumps: values of a - y (of a·y where the targets are signs)."""
    source: str = TEXTBOOK
    family: str = ""
    parameters: tuple[tuple[str, Any], ...] = ()


def _total(terms: Array) -> Array:
    return np.sum(terms, axis=-1)


# --- regression: functions of the residual r = a - y ------------------------------------------------------------------


def half_squared_error_J(a: Array, y: Array) -> Array:
    """J = ½ Σ (a - y)²; the ½ makes the derivative the residual itself"""
    return _total((a - y) ** 2) / 2


def half_squared_error_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = a - y"""
    return a - y


def squared_error_J(a: Array, y: Array) -> Array:
    """J = Σ (a - y)²"""
    return _total((a - y) ** 2)


def squared_error_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = 2(a - y)"""
    return 2 * (a - y)


def absolute_error_J(a: Array, y: Array) -> Array:
    """J = Σ |a - y|"""
    return _total(np.abs(a - y))


def absolute_error_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = sign(a - y); at the kink a = y we say 0"""
    return np.sign(a - y)


def huber(delta: float = 1.0) -> Loss:
    """Quadratic for |r| <= delta, linear with slope delta beyond."""
    _require("huber", "delta", delta, np.isfinite(delta) and delta > 0, "a finite number above 0")

    def J(a: Array, y: Array) -> Array:
        r = np.abs(a - y)
        return _total(np.where(r <= delta, r * np.minimum(r, delta) / 2, delta * (r - delta / 2)))

    def grad(a: Array, y: Array) -> Array:
        """∂J/∂a = r, held between -delta and delta"""
        return np.clip(a - y, -delta, delta)

    return Loss(
        f"huber(delta={delta:g})",
        J,
        grad,
        REALS,
        ANY,
        latex=r"J = \sum \begin{cases} r^2 / 2 & |r| \le \delta \\ \delta (|r| - \delta / 2) & |r| > \delta \end{cases}",
        latex_grad=r"\frac{\partial J}{\partial a} = \min(\delta, \max(-\delta, r)),\ r = a - y",
        family="huber",
        parameters=(("delta", delta),),
    )


LN_2 = 0.6931471805599453


def log_cosh_J(a: Array, y: Array) -> Array:
    """J = Σ ln cosh r = Σ log1p(2 sinh²(r/2)) where |r| is small, |r| + log1p(e^(-2|r|)) - ln 2 beyond; no digit is lost"""
    r = np.abs(a - y)
    near = np.log1p(2 * np.sinh(np.minimum(r, 1) / 2) ** 2)
    far = r + (np.log1p(np.exp(-2 * r)) - LN_2)
    return _total(np.where(r <= 1, near, far))


def log_cosh_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = tanh(a - y)"""
    return np.tanh(a - y)


def quantile(tau: float = 0.9) -> Loss:
    """The pinball loss: its minimum over a constant is the tau-quantile of y."""
    _require("quantile", "tau", tau, 0 < tau < 1, "a number between 0 and 1")

    def J(a: Array, y: Array) -> Array:
        return _total(np.maximum(tau * (y - a), (tau - 1) * (y - a)))

    def grad(a: Array, y: Array) -> Array:
        """∂J/∂a = -tau where a < y, 1 - tau where a > y; at the kink a = y we say 0"""
        return (1 - tau) * np.heaviside(a - y, 0) - tau * np.heaviside(y - a, 0)

    return Loss(
        f"quantile(tau={tau:g})",
        J,
        grad,
        REALS,
        ANY,
        latex=r"J = \sum \max(\tau (y - a), (\tau - 1)(y - a))",
        latex_grad=r"\frac{\partial J}{\partial a} = \begin{cases} -\tau & a < y \\ 1 - \tau & a > y \end{cases}",
        kinks=(0.0,),
        family="quantile",
        parameters=(("tau", tau),),
    )


# --- probabilities ----------------------------------------------------------------------------------------------------


def binary_cross_entropy(reduction: str = "sum") -> Loss:
    """One yes-or-no question for each output, any number of them true; summed, or averaged over the n outputs."""
    _require("binary_cross_entropy", "reduction", reduction, reduction in ("sum", "mean"), "'sum' or 'mean'")
    mean = reduction == "mean"

    def J(a: Array, y: Array) -> Array:
        total = -_total(xlogy(y, a) + xlog1py(1 - y, -a))
        return total / a.shape[-1] if mean else total

    def grad(a: Array, y: Array) -> Array:
        """∂J/∂a = (1 - y)/(1 - a) - y/a, over n for the mean"""
        slope = (1 - y) / (1 - a) - y / a
        return slope / a.shape[-1] if mean else slope

    over = r"\frac{1}{n} " if mean else ""
    return Loss(
        f"binary_cross_entropy({reduction})" if mean else "binary_cross_entropy",
        J,
        grad,
        PROBABILITY,
        UNIT,
        latex=rf"J = -{over}\sum_n [y_n \ln a_n + (1 - y_n) \ln(1 - a_n)]",
        latex_grad=rf"\frac{{\partial J}}{{\partial a}} = {over}\left(\frac{{1 - y}}{{1 - a}} - \frac{{y}}{{a}}\right)",
        source=CHOICE,
        family="binary_cross_entropy",
        parameters=(("reduction", reduction),),
    )


def categorical_cross_entropy_J(a: Array, y: Array) -> Array:
    """J = -Σ y ln a"""
    return -_total(xlogy(y, a))


def categorical_cross_entropy_grad(a: Array, y: Array) -> Array:
    """∂J/∂a_n = -y_n/a_n: of the sum over m only the n-th term depends on a_n"""
    return -y / a


def negative_log_likelihood_J(a: Array, y: Array) -> Array:
    """J = -Σ y a, where a are log-probabilities"""
    return -_total(y * a)


def negative_log_likelihood_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = -y"""
    return -y * np.ones_like(a)


def kl_divergence_J(a: Array, y: Array) -> Array:
    """J = Σ y ln(y/a), 0 where y is: cross-entropy less the entropy of y"""
    return _total(xlogy(y, y) - xlogy(y, a))


def kl_divergence_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = -y/a: the entropy of y does not depend on a"""
    return -y / a


def focal(gamma: float = 2.0) -> Loss:
    """Binary cross-entropy that spares what is already right: each term times (its own error)^gamma."""
    _require("focal", "gamma", gamma, np.isfinite(gamma) and gamma >= 0, "a finite number, 0 or more")

    def J(a: Array, y: Array) -> Array:
        return -_total((1 - a) ** gamma * xlogy(y, a) + a**gamma * xlog1py(1 - y, -a))

    def grad(a: Array, y: Array) -> Array:
        """∂J/∂a = y [gamma (1-a)^(gamma-1) ln a - (1-a)^gamma/a] - (1-y) [gamma a^(gamma-1) ln(1-a) - a^gamma/(1-a)]"""
        b = 1 - a
        true = gamma * b ** (gamma - 1) * np.log(a) - b**gamma / a
        false = gamma * a ** (gamma - 1) * np.log1p(-a) - a**gamma / b
        return y * true - (1 - y) * false

    return Loss(
        f"focal(gamma={gamma:g})",
        J,
        grad,
        PROBABILITY,
        UNIT,
        latex=r"J = -\sum [y (1 - a)^\gamma \ln a + (1 - y) a^\gamma \ln(1 - a)]",
        latex_grad=r"\frac{\partial J}{\partial a} = y \left[\gamma (1 - a)^{\gamma - 1} \ln a - \frac{(1 - a)^\gamma}{a}\right]"
        r" - (1 - y) \left[\gamma a^{\gamma - 1} \ln(1 - a) - \frac{a^\gamma}{1 - a}\right]",
        family="focal",
        parameters=(("gamma", gamma),),
    )


# --- margins and counts -----------------------------------------------------------------------------------------------


def hinge_J(a: Array, y: Array) -> Array:
    """J = Σ max(0, 1 - y a), y = ±1"""
    return _total(np.maximum(1 - y * a, 0))


def hinge_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = -y where y a < 1, else 0; at the kink y a = 1 we say 0"""
    return -y * np.heaviside(1 - y * a, 0)


def squared_hinge_J(a: Array, y: Array) -> Array:
    """J = Σ max(0, 1 - y a)²"""
    return _total(np.maximum(1 - y * a, 0) ** 2)


def squared_hinge_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = -2 y max(0, 1 - y a)"""
    return -2 * y * np.maximum(1 - y * a, 0)


def poisson_J(a: Array, y: Array) -> Array:
    """J = Σ (a - y ln a): the negative log-likelihood of counts y at rate a, without its constant ln y!"""
    return _total(a - xlogy(y, a))


def poisson_grad(a: Array, y: Array) -> Array:
    """∂J/∂a = 1 - y/a = (a - y)/a"""
    return (a - y) / a


def _require(who: str, name: str, value: Any, holds: Any, need: str) -> None:
    if not holds:
        raise ValueError(f"{who}: {name} is {value!r}, needs {need}.")


# --- the table --------------------------------------------------------------------------------------------------------

half_squared_error = Loss(
    "half_squared_error",
    half_squared_error_J,
    half_squared_error_grad,
    REALS,
    ANY,
    latex=r"J = \frac{1}{2} \sum (a - y)^2",
    latex_grad=r"\frac{\partial J}{\partial a} = a - y",
    source='lecture slide "Backpropagation General Formalism in the Elemental Form", Eqn 3',
    family="half_squared_error",
)
squared_error = Loss(
    "squared_error",
    squared_error_J,
    squared_error_grad,
    REALS,
    ANY,
    latex=r"J = \sum (a - y)^2",
    latex_grad=r"\frac{\partial J}{\partial a} = 2 (a - y)",
    source=CHOICE,
    family="squared_error",
)
absolute_error = Loss(
    "absolute_error",
    absolute_error_J,
    absolute_error_grad,
    REALS,
    ANY,
    latex=r"J = \sum |a - y|",
    latex_grad=r"\frac{\partial J}{\partial a} = \mathrm{sign}(a - y)",
    kinks=(0.0,),
    family="absolute_error",
)
log_cosh = Loss(
    "log_cosh",
    log_cosh_J,
    log_cosh_grad,
    REALS,
    ANY,
    latex=r"J = \sum \ln \cosh(a - y)",
    latex_grad=r"\frac{\partial J}{\partial a} = \tanh(a - y)",
    family="log_cosh",
)
categorical_cross_entropy = Loss(
    "categorical_cross_entropy",
    categorical_cross_entropy_J,
    categorical_cross_entropy_grad,
    PROBABILITY,
    NON_NEGATIVE,
    latex=r"J = -\sum_m y_m \ln a_m",
    latex_grad=r"\frac{\partial J}{\partial a_n} = -\frac{y_n}{a_n}",
    source=CATEGORICAL,
    family="categorical_cross_entropy",
)
negative_log_likelihood = Loss(
    "negative_log_likelihood",
    negative_log_likelihood_J,
    negative_log_likelihood_grad,
    Interval(-np.inf, 0),
    NON_NEGATIVE,
    latex=r"J = -\sum_m y_m a_m",
    latex_grad=r"\frac{\partial J}{\partial a} = -y",
    family="negative_log_likelihood",
)
kl_divergence = Loss(
    "kl_divergence",
    kl_divergence_J,
    kl_divergence_grad,
    PROBABILITY,
    DISTRIBUTION,
    latex=r"J = \sum_m y_m \ln \frac{y_m}{a_m}",
    latex_grad=r"\frac{\partial J}{\partial a_n} = -\frac{y_n}{a_n}",
    family="kl_divergence",
)
hinge = Loss(
    "hinge",
    hinge_J,
    hinge_grad,
    REALS,
    SIGNS,
    latex=r"J = \sum \max(0, 1 - y a)",
    latex_grad=r"\frac{\partial J}{\partial a} = \begin{cases} -y & y a < 1 \\ 0 & y a \ge 1 \end{cases}",
    kinks=(1.0,),
    family="hinge",
)
squared_hinge = Loss(
    "squared_hinge",
    squared_hinge_J,
    squared_hinge_grad,
    REALS,
    SIGNS,
    latex=r"J = \sum \max(0, 1 - y a)^2",
    latex_grad=r"\frac{\partial J}{\partial a} = -2 y \max(0, 1 - y a)",
    family="squared_hinge",
)
poisson = Loss(
    "poisson",
    poisson_J,
    poisson_grad,
    Interval(0, np.inf),
    NON_NEGATIVE,
    latex=r"J = \sum (a - y \ln a)",
    latex_grad=r"\frac{\partial J}{\partial a} = 1 - \frac{y}{a}",
    family="poisson",
)

LOSSES: tuple[Loss, ...] = (
    half_squared_error,
    squared_error,
    absolute_error,
    huber(),
    log_cosh,
    quantile(),
    binary_cross_entropy(),
    categorical_cross_entropy,
    negative_log_likelihood,
    kl_divergence,
    hinge,
    squared_hinge,
    poisson,
    focal(),
)


def get(name: str) -> Loss:
    """The record of that name, or of that family at its default parameters.

    Raises: ValueError, with the nearest names, for a name that is in no table.
    """
    return named("loss", name, LOSSES)
