"""Functions that hostile cases need beside the corpus: cancelling, oscillating, flat, at edges, guarded, held constant."""

from __future__ import annotations

import numpy as np
from scipy import special

import autocheck


def one_minus_cosine(x):
    return np.sum(1 - np.cos(x))


def x_minus_sine(x):
    return np.sum(x - np.sin(x))


def x_minus_sine_gradient(x):
    return 2 * np.sin(x / 2) ** 2


def seventh_power_expanded(x):
    return np.sum(((((((x - 7) * x + 21) * x - 35) * x + 35) * x - 21) * x + 7) * x - 1)


def seventh_power_gradient(x):
    return 7 * (x - 1) ** 6


def variance_by_squares(x):
    return np.mean(x**2) - np.mean(x) ** 2


def variance_gradient(x):
    return 2 * (x - np.mean(x)) / len(x)


def weighed_sum(x, c):
    return np.sum(c * x)


def weighed_sum_gradient(x, c):
    return c + 0 * x


def log_of_exponentials(x):
    return np.sum(np.log(np.exp(x) + 1))


def fast_sine(x, speed):
    return np.sum(np.sin(speed * x))


def fast_sine_gradient(x, speed):
    return speed * np.cos(speed * x)


def sine_of_inverse(x):
    return np.sum(np.sin(1 / x))


def sine_of_inverse_gradient(x):
    return -np.cos(1 / x) / x**2


def wrinkled(x):
    """A bowl with wrinkles a millionth wide."""
    return np.sum(x**2 / 2 + 1e-6 * np.sin(1e6 * x))


def wrinkled_gradient(x):
    return x + np.cos(1e6 * x)


def monomial(x, n):
    return np.sum(x**n)


def monomial_gradient(x, n):
    return n * x ** (n - 1)


def flat_function(x):
    """All derivatives vanish at 0."""
    return np.sum(np.exp(-1 / x**2))


def flat_function_gradient(x):
    return 2 * np.exp(-1 / x**2) / x**3


def constant_function(x):
    return np.sum(0 * x) + 1.5


def constant_function_gradient(x):
    return 0 * x


def square_root(x):
    return np.sum(np.sqrt(x))


def square_root_gradient(x):
    return 1 / (2 * np.sqrt(x))


def logarithm(x):
    return np.sum(np.log(x))


def logarithm_gradient(x):
    return 1 / x


def logarithm_with_epsilon(x):
    """An epsilon that no float64 above 1e-4 takes notice of."""
    return np.sum(np.log(x + 1e-20))


def arc_sine(x):
    return np.sum(np.arcsin(x))


def arc_sine_gradient(x):
    return 1 / np.sqrt((1 - x) * (1 + x))


def three_halves(x):
    return np.sum(x**1.5)


def three_halves_gradient(x):
    return 1.5 * np.sqrt(x)


def guarded_root(x):
    """The branch that is not taken is NaN."""
    return np.sum(np.where(x > 0, np.sqrt(x), 0))


def guarded_root_gradient(x):
    return np.where(x > 0, 1 / (2 * np.sqrt(np.where(x > 0, x, 1))), 0)


def guarded_sinc(x):
    return np.sum(np.where(x == 0, 1, np.sin(x) / np.where(x == 0, 1, x)))


def sinc_with_nan(x):
    """0/0 in the branch that is not taken."""
    return np.sum(np.where(x == 0, 1, np.sin(x) / x))


def guarded_sinc_gradient(x):
    safe = np.where(x == 0, 1, x)
    return np.where(x == 0, 0, np.cos(safe) / safe - np.sin(safe) / safe**2)


def guarded_logarithm(x):
    return np.sum(np.where(x > 1, np.log(x), x - 1))


def guarded_logarithm_gradient(x):
    return np.where(x > 1, 1 / np.where(x > 1, x, 1), 1)


def guarded_exponential(x):
    """exp overflows in the branch that is not taken."""
    return np.sum(np.where(x > 0, x + 1, np.exp(x)))


def guarded_exponential_gradient(x):
    return np.where(x > 0, 1, np.exp(np.minimum(x, 0)))


def norm_or_zero(x):
    return np.sum(np.where(np.sum(x**2, axis=1) > 0, np.sqrt(np.sum(x**2, axis=1)), 0))


def norm_or_zero_gradient(x):
    """At the tip of the cone the subgradient 0."""
    norms = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    return np.where(norms > 0, x / np.where(norms > 0, norms, 1), 0)


def temporal_difference(w, S, T, r):
    """The target is held constant: a semi-gradient."""
    return np.mean((r + 0.9 * autocheck.stop_gradient(T @ w) - S @ w) ** 2) / 2


def temporal_difference_in_jax(w, S, T, r):
    import jax

    return np.mean((r + 0.9 * jax.lax.stop_gradient(T @ w) - S @ w) ** 2) / 2


def temporal_difference_gradient(w, S, T, r):
    return S.T @ (S @ w - r - 0.9 * T @ w) / len(r)


def detached_scale(x):
    """Layer scaling whose statistics are held constant."""
    return np.sum(x**3 / autocheck.stop_gradient(np.sqrt(np.sum(x**2))))


def detached_scale_in_jax(x):
    import jax

    return np.sum(x**3 / jax.lax.stop_gradient(np.sqrt(np.sum(x**2))))


def detached_scale_gradient(x):
    return 3 * x**2 / np.sqrt(np.sum(x**2))


def straight_through(x, c):
    """Rounded on the way up, the identity on the way down."""
    return np.sum(c * (x + autocheck.stop_gradient(np.round(x) - x)))


def straight_through_in_jax(x, c):
    import jax

    return np.sum(c * (x + jax.lax.stop_gradient(np.round(x) - x)))


def straight_through_gradient(x, c):
    return c + 0 * x


def advantage_actor(z, value, reward):
    """The advantage weighs the policy and is not differentiated there; the critic has a loss of its own."""
    advantage = autocheck.stop_gradient(reward - value)
    return -np.sum(advantage * -np.logaddexp(0, -z)) + np.sum((reward - value) ** 2) / 2


def advantage_actor_in_jax(z, value, reward):
    import jax

    advantage = jax.lax.stop_gradient(reward - value)
    return -np.sum(advantage * -np.logaddexp(0, -z)) + np.sum((reward - value) ** 2) / 2


def advantage_actor_gradient(z, value, reward):
    return -(reward - value) / (1 + np.exp(z)), value - reward


def equilibrium_by_the_implicit_function(W, x):
    """At a fixed point that forty turns have reached to the last digit."""
    z = np.zeros(len(x))
    for _ in range(40):
        z = np.tanh(W @ z + x)
    slope = 1 - z**2
    delta = slope * np.linalg.solve(np.eye(len(x)) - (slope[:, None] * W).T, z)
    return np.outer(delta, z), delta


def root_by_newton(x):
    """√x by seven turns of Heron's rule, from 1."""
    y = np.ones(x.shape)
    for _ in range(7):
        y = (y + x / y) / 2
    return np.sum(y)


def exponential_series(x):
    """Thirty terms of e^x."""
    total, term = 1.0, 1.0
    for k in range(1, 31):
        term = term * x / k
        total = total + term
    return np.sum(total)


def product_of_broadcasts(a, b):
    """(3, 1) times (1, 4)."""
    return np.sum(np.sin(a * b))


def product_of_broadcasts_gradient(a, b):
    slope = np.cos(a * b)
    return np.sum(slope * b, axis=1, keepdims=True), np.sum(slope * a, axis=0, keepdims=True)


def one_number_for_all(scale, X):
    return np.sum(np.tanh(scale * X))


def one_number_for_all_gradient(scale, X):
    return np.reshape(np.sum(X * (1 - np.tanh(scale * X) ** 2)), np.shape(scale))


def bias_over_two_axes(b, X):
    return np.sum((X + b) ** 3)


def bias_over_two_axes_gradient(b, X):
    return np.sum(3 * (X + b) ** 2, axis=(0, 1))


def cubic(x):
    return np.sum(x**3) / 3


def cubic_gradient(x):
    return x**2


def smooth_mean(x):
    return np.mean(np.sin(x))


def smooth_mean_gradient(x):
    return np.cos(x) / x.size


def exponential(x):
    return np.sum(np.exp(x))


def exponential_gradient(x):
    return np.exp(x)


def squares_of_sorted(x):
    return np.sum(np.arange(1, len(x) + 1) * np.sort(x) ** 2)


def squares_of_sorted_gradient(x):
    return 2 * (np.argsort(np.argsort(x)) + 1) * x


def reciprocal_gap(x):
    return np.sum(1 / (x[1:] - x[:-1]))


def reciprocal_gap_gradient(x):
    pull = 1 / (x[1:] - x[:-1]) ** 2
    return np.concatenate([pull, np.zeros(1)]) - np.concatenate([np.zeros(1), pull])


def erf_tail(x):
    return np.sum(special.erfc(x))


def erf_tail_gradient(x):
    return -2 * np.exp(-(x**2)) / np.sqrt(np.pi)
