"""Statistics: likelihoods of regressions, distributions and mixtures, as losses (their negative logarithms)."""

from __future__ import annotations

import numpy as np
from scipy import special

from .draws import binary, constant, counts, integers, joined, labels, normal, uniform
from .entry import Entry
from .rows import log_sum_exp, softmax


def logistic_regression(w, b, X, y, penalty):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z) + penalty / 2 * np.sum(w**2)


def logistic_regression_gradient(w, b, X, y, penalty):
    delta = (1 / (1 + np.exp(-(X @ w + b))) - y) / len(X)
    return X.T @ delta + penalty * w, np.sum(delta)


def multinomial_regression(W, b, X, labels):
    z = X @ W + b
    return np.sum(log_sum_exp(z) - z[np.arange(len(z)), labels])


def multinomial_regression_gradient(W, b, X, labels):
    delta = softmax(X @ W + b)
    delta[np.arange(len(X)), labels] -= 1
    return X.T @ delta, np.sum(delta, axis=0)


def poisson_regression(w, X, y):
    z = X @ w
    return np.mean(np.exp(z) - y * z)


def poisson_regression_gradient(w, X, y):
    return X.T @ (np.exp(X @ w) - y) / len(y)


def gamma_regression(w, log_shape, X, y):
    """Mean exp(Xw), shape k: k (z + y e^−z) − k log k − (k − 1) log y + log Γ(k)."""
    k, z = np.exp(log_shape), X @ w
    terms = k * (z + y * np.exp(-z)) - k * log_shape - (k - 1) * np.log(y) + special.gammaln(k)
    return np.mean(terms)


def gamma_regression_gradient(w, log_shape, X, y):
    k, z = np.exp(log_shape), X @ w
    d_k = np.mean(z + y * np.exp(-z) - log_shape - 1 - np.log(y) + special.digamma(k))
    return X.T @ (k * (1 - y * np.exp(-z))) / len(y), d_k * k


def negative_binomial(z, log_r, y):
    """Counts y with mean e^z and dispersion r."""
    r, mu = np.exp(log_r), np.exp(z)
    combinations = special.gammaln(y + r) - special.gammaln(r) - special.gammaln(y + 1)
    return -np.sum(combinations + r * (log_r - np.log(r + mu)) + y * (z - np.log(r + mu)))


def negative_binomial_gradient(z, log_r, y):
    r, mu = np.exp(log_r), np.exp(z)
    d_z = mu * (r + y) / (r + mu) - y
    d_r = special.digamma(r) - special.digamma(y + r) - log_r - 1 + np.log(r + mu) + (r + y) / (r + mu)
    return d_z, np.sum(d_r) * r


def zero_inflated_poisson(z, gate, y):
    """With probability σ(gate) nothing can happen; else counts with rate e^z."""
    rate = np.exp(z)
    none = np.logaddexp(gate, -rate)
    some = y * z - rate - special.gammaln(y + 1)
    return np.sum(np.logaddexp(0, gate) - np.where(y == 0, none, some))


def zero_inflated_poisson_gradient(z, gate, y):
    rate = np.exp(z)
    p = 1 / (1 + np.exp(-gate))
    empty = 1 / (1 + np.exp(-gate - rate))
    return np.where(y == 0, (1 - empty) * rate, rate - y), p - np.where(y == 0, empty, 0)


def dirichlet(alpha, P):
    """Rows of P are distributions."""
    constant = special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    return -len(P) * constant - np.sum((alpha - 1) * np.log(P))


def dirichlet_gradient(alpha, P):
    return len(P) * (special.digamma(alpha) - special.digamma(np.sum(alpha))) - np.sum(np.log(P), axis=0)


def beta_distribution(a, b, x):
    return np.sum(special.betaln(a, b) - (a - 1) * np.log(x) - (b - 1) * np.log(1 - x))


def beta_distribution_gradient(a, b, x):
    both = special.digamma(a + b)
    d_a = np.sum(special.digamma(a) - both - np.log(x))
    return d_a, np.sum(special.digamma(b) - both - np.log(1 - x))


def von_mises(mu, kappa, angles):
    return np.sum(np.log(2 * np.pi * special.i0(kappa)) - kappa * np.cos(angles - mu))


def von_mises_gradient(mu, kappa, angles):
    ratio = special.i1(kappa) / special.i0(kappa)
    return -kappa * np.sum(np.sin(angles - mu)), np.sum(ratio - np.cos(angles - mu))


def student_t(mu, log_scale, freedom, y):
    """Location, scale and degrees of freedom, all of them learnt."""
    r = (y - mu) * np.exp(-log_scale)
    constant = special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2) - np.log(freedom * np.pi) / 2
    return np.sum(log_scale - constant + (freedom + 1) / 2 * np.log1p(r**2 / freedom))


def student_t_gradient(mu, log_scale, freedom, y):
    r = (y - mu) * np.exp(-log_scale)
    pull = (freedom + 1) * r / (freedom + r**2)
    d_constant = (special.digamma((freedom + 1) / 2) - special.digamma(freedom / 2) - 1 / freedom) / 2
    d_freedom = np.log1p(r**2 / freedom) / 2 - (freedom + 1) / 2 * r**2 / (freedom * (freedom + r**2))
    return -np.sum(pull) * np.exp(-log_scale), np.sum(1 - pull * r), np.sum(d_freedom - d_constant)


def gaussian_mixture(logits, mu, log_scale, y):
    joint = logits - log_sum_exp(logits) - log_scale - ((y[:, None] - mu) * np.exp(-log_scale)) ** 2 / 2
    return -np.sum(log_sum_exp(joint))


def gaussian_mixture_gradient(logits, mu, log_scale, y):
    r = (y[:, None] - mu) * np.exp(-log_scale)
    share = softmax(logits - log_scale - r**2 / 2)
    d_logits = len(y) * softmax(logits) - np.sum(share, axis=0)
    return d_logits, -np.sum(share * r, axis=0) * np.exp(-log_scale), np.sum(share * (1 - r**2), axis=0)


def weibull_survival(log_shape, log_scale, time, event):
    """Times of events, or of the last look where none was seen."""
    k = np.exp(log_shape)
    ratio = np.log(time) - log_scale
    return np.sum(np.exp(k * ratio) - event * (log_shape - log_scale + (k - 1) * ratio))


def weibull_survival_gradient(log_shape, log_scale, time, event):
    k = np.exp(log_shape)
    ratio = np.log(time) - log_scale
    hazard = np.exp(k * ratio)
    return np.sum(k * ratio * hazard - event * (1 + k * ratio)), np.sum(k * (event - hazard))


def ordinal_regression(z, cuts, grades):
    """P(grade ≤ k) = σ(cut_k − z); the lowest and the highest grade are open to one side."""
    above = np.append(cuts, 500.0)[grades] - z
    below = np.append(-500.0, cuts)[grades] - z
    return -np.sum(np.log(1 / (1 + np.exp(-above)) - 1 / (1 + np.exp(-below))))


def ordinal_regression_gradient(z, cuts, grades):
    upper, lower = (1 / (1 + np.exp(-(c[grades] - z))) for c in (np.append(cuts, 500.0), np.append(-500.0, cuts)))
    d_upper, d_lower = upper * (1 - upper) / (upper - lower), lower * (1 - lower) / (upper - lower)
    d_cuts = [np.sum(d_lower[grades == k + 1]) - np.sum(d_upper[grades == k]) for k in range(len(cuts))]
    return d_upper - d_lower, np.stack(d_cuts)


def bradley_terry(strength, winners, losers):
    return np.sum(np.log1p(np.exp(strength[losers] - strength[winners])))


def bradley_terry_gradient(strength, winners, losers):
    surprise = 1 / (1 + np.exp(strength[winners] - strength[losers]))
    d_strength = np.zeros(len(strength))
    np.add.at(d_strength, losers, surprise)
    np.subtract.at(d_strength, winners, surprise)
    return d_strength


def evidence_lower_bound(mu, log_scale, noise, x):
    """One reparametrised sample: squared error of tanh(u) and the divergence from N(0, 1)."""
    u = mu + np.exp(log_scale) * noise
    return np.sum((np.tanh(u) - x) ** 2) / 2 + np.sum(np.exp(2 * log_scale) + mu**2 - 1 - 2 * log_scale) / 2


def evidence_lower_bound_gradient(mu, log_scale, noise, x):
    scale = np.exp(log_scale)
    a = np.tanh(mu + scale * noise)
    delta = (a - x) * (1 - a**2)
    return delta + mu, delta * scale * noise + scale**2 - 1


def policy_gradient(z, actions, advantage, bonus):
    """Surrogate loss of a policy, with a bonus on its entropy."""
    log_p = z - log_sum_exp(z)[:, None]
    entropy = -np.sum(np.exp(log_p) * log_p, axis=1)
    return -np.mean(advantage * log_p[np.arange(len(z)), actions] + bonus * entropy)


def policy_gradient_gradient(z, actions, advantage, bonus):
    p, log_p = softmax(z), z - log_sum_exp(z)[:, None]
    delta = advantage[:, None] * (p - np.eye(z.shape[1])[actions])
    entropy = -np.sum(p * log_p, axis=1, keepdims=True)
    return (delta + bonus * p * (log_p + entropy)) / len(z)


def cross_entropy_of_any_targets(z, Y):
    """Targets that need not add up to one: the short form a − y would be wrong."""
    return -np.mean(np.sum(Y * (z - log_sum_exp(z)[:, None]), axis=1))


def cross_entropy_of_any_targets_gradient(z, Y):
    return (softmax(z) * np.sum(Y, axis=1, keepdims=True) - Y) / len(z)


REGRESSION = normal(3, (6, 3))

ENTRIES = (
    Entry(
        logistic_regression,
        logistic_regression_gradient,
        joined(normal(3, (), (6, 3)), binary(6), constant(5e-6)),
        (0, 1),
    ),
    Entry(
        multinomial_regression, multinomial_regression_gradient, joined(normal((3, 4), 4, (6, 3)), labels(6, 4)), (0, 1)
    ),
    Entry(poisson_regression, poisson_regression_gradient, joined(REGRESSION, counts(6))),
    Entry(gamma_regression, gamma_regression_gradient, joined(normal(3, (), (6, 3)), uniform(0.2, 3, 6)), (0, 1)),
    Entry(negative_binomial, negative_binomial_gradient, joined(normal(5, ()), counts(5)), (0, 1)),
    Entry(zero_inflated_poisson, zero_inflated_poisson_gradient, joined(normal(6, 6), counts(6)), (0, 1)),
    Entry(dirichlet, dirichlet_gradient, joined(uniform(0.5, 3, 4), uniform(0.05, 0.5, (5, 4)))),
    Entry(beta_distribution, beta_distribution_gradient, joined(uniform(0.5, 3, (), ()), uniform(0.1, 0.9, 5)), (0, 1)),
    Entry(von_mises, von_mises_gradient, joined(normal(()), uniform(0.5, 3, ()), normal(6)), (0, 1)),
    Entry(student_t, student_t_gradient, joined(normal((), ()), uniform(1, 8, ()), normal(6)), (0, 1, 2)),
    Entry(gaussian_mixture, gaussian_mixture_gradient, normal(3, 3, 3, 5), (0, 1, 2)),
    Entry(weibull_survival, weibull_survival_gradient, joined(normal((), ()), uniform(0.2, 3, 5), binary(5)), (0, 1)),
    Entry(
        ordinal_regression,
        ordinal_regression_gradient,
        joined(normal(6), lambda rng: (np.sort(rng.normal(size=3)),), integers(4, 6)),
        (0, 1),
    ),
    Entry(bradley_terry, bradley_terry_gradient, joined(normal(4), integers(4, 7), integers(4, 7))),
    Entry(evidence_lower_bound, evidence_lower_bound_gradient, normal(4, 4, 4, 4), (0, 1)),
    Entry(policy_gradient, policy_gradient_gradient, joined(normal((5, 3)), labels(5, 3), normal(5), constant(0.1))),
    Entry(
        cross_entropy_of_any_targets,
        cross_entropy_of_any_targets_gradient,
        joined(normal((4, 3)), uniform(0.1, 1, (4, 3))),
    ),
)
