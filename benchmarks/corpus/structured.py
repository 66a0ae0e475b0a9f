"""Sums over many paths: chains, alignments and transports, by recursions that run forwards and backwards."""

from __future__ import annotations

import numpy as np

from .draws import constant, integers, joined, normal, uniform
from .entry import Entry
from .rows import log_sum_exp, softmax


def kalman_filter(log_drift, log_noise, y):
    """Negative log-likelihood of a random walk seen through noise."""
    q, r = np.exp(log_drift), np.exp(log_noise)
    m, P, total = 0.0, 1.0, 0.0
    for value in y:
        P = P + q
        S = P + r
        total = total + (np.log(S) + (value - m) ** 2 / S) / 2
        m, P = m + P / S * (value - m), P * r / S
    return total


def kalman_filter_gradient(log_drift, log_noise, y):
    q, r = np.exp(log_drift), np.exp(log_noise)
    m, P, steps = 0.0, 1.0, []
    for value in y:
        P = P + q
        S, e = P + r, value - m
        steps.append((P, S, e))
        m, P = m + P / S * e, P * r / S
    d_q, d_r, d_m, d_P = 0.0, 0.0, 0.0, 0.0
    for P, S, e in reversed(steps):
        d_S = (1 / S - e**2 / S**2) / 2 - d_m * P * e / S**2 - d_P * P * r / S**2
        d_e = e / S + d_m * P / S
        d_r = d_r + d_S + d_P * P / S
        d_P = d_S + d_m * e / S + d_P * r / S
        d_q, d_m = d_q + d_P, d_m - d_e
    return d_q * q, d_r * r


def hidden_markov(start, move, show, seen):
    """Negative log-likelihood of what was seen, by the forward recursion; all three tables are logits."""
    start, move, show = np.log(softmax(start)), np.log(softmax(move)), np.log(softmax(show))
    alpha = start + show[:, seen[0]]
    for word in seen[1:]:
        alpha = log_sum_exp((alpha[:, None] + move).T) + show[:, word]
    return -log_sum_exp(alpha)


def hidden_markov_gradient(start, move, show, seen):
    """Expected counts from the recursion in both directions, minus what their logits' softmax expects."""
    p_start, p_move, p_show = softmax(start), softmax(move), softmax(show)
    alphas = [p_start * p_show[:, seen[0]]]
    for word in seen[1:]:
        alphas.append(alphas[-1] @ p_move * p_show[:, word])
    total = np.sum(alphas[-1])
    beta = np.ones(len(start))
    d_start, d_move, d_show = np.zeros(start.shape), np.zeros(move.shape), np.zeros(show.shape)
    for t in reversed(range(len(seen))):
        here = alphas[t] * beta / total
        d_show[:, seen[t]] += here
        d_show -= here[:, None] * p_show
        if t > 0:
            arriving = p_show[:, seen[t]] * beta
            pairs = alphas[t - 1][:, None] * p_move * arriving / total
            d_move += pairs - np.sum(pairs, axis=1, keepdims=True) * p_move
            beta = p_move @ arriving
        else:
            d_start += here - p_start
    return -d_start, -d_move, -d_show


def conditional_random_field(E, T, tags):
    """−log p(tags): scores E (time, tag) and transitions T, over the sum of all paths."""
    alpha = E[0]
    for t in range(1, len(E)):
        alpha = log_sum_exp((alpha[:, None] + T).T) + E[t]
    path = np.sum(E[np.arange(len(E)), tags]) + np.sum(T[tags[:-1], tags[1:]])
    return log_sum_exp(alpha) - path


def conditional_random_field_gradient(E, T, tags):
    """Marginals of all paths, minus the one path."""
    alphas, betas = [E[0]], [np.zeros(E.shape[1])]
    for t in range(1, len(E)):
        alphas.append(log_sum_exp((alphas[-1][:, None] + T).T) + E[t])
        betas.insert(0, log_sum_exp(T + E[-t] + betas[0]))
    total = log_sum_exp(alphas[-1])
    d_E = np.exp(np.stack(alphas) + np.stack(betas) - total)
    d_T = np.zeros(T.shape)
    for t in range(1, len(E)):
        d_T += np.exp(alphas[t - 1][:, None] + T + E[t] + betas[t] - total)
    d_E[np.arange(len(E)), tags] -= 1
    np.subtract.at(d_T, (tags[:-1], tags[1:]), 1)
    return d_E, d_T


def temporal_classification(z, labels):
    """CTC: −log of all alignments of the labels with the rows of softmax(z); class 0 is the blank."""
    p = softmax(z)
    states = with_blanks(labels)
    alpha = np.where(np.arange(len(states)) < 2, p[0, states], 0.0)
    for row in p[1:]:
        alpha = leaps(alpha, states) * row[states]
    return -np.log(alpha[-1] + alpha[-2])


def with_blanks(labels):
    return np.concatenate([np.stack([0 * labels, labels], axis=1).ravel(), 0 * labels[:1]])


def leaps(alpha, states):
    """From where a state is reached: itself, the one before, and past a blank if the label differs."""
    one = np.concatenate([np.zeros(1), alpha[:-1]])
    two = np.concatenate([np.zeros(2), alpha[:-2]])
    return alpha + one + np.where(may_skip(states), two, 0.0)


def may_skip(states):
    earlier = np.concatenate([np.full(2, -1), states[:-2]])
    return (states != 0) & (states != earlier) & (np.arange(len(states)) > 1)


def temporal_classification_gradient(z, labels):
    """Softmax minus the share of the paths that pass each class at each time."""
    p = softmax(z)
    states = with_blanks(labels)
    alphas = [np.where(np.arange(len(states)) < 2, p[0, states], 0.0)]
    for row in p[1:]:
        alphas.append(leaps(alphas[-1], states) * row[states])
    beta = np.where(np.arange(len(states)) >= len(states) - 2, 1.0, 0.0)
    total = np.sum(alphas[-1] * beta)
    delta = np.array(p)
    skip = may_skip(states)
    for t in reversed(range(len(p))):
        np.subtract.at(delta[t], states, alphas[t] * beta / total)
        weighed = beta * p[t, states]
        onwards = np.concatenate([weighed[1:], np.zeros(1)])
        further = np.concatenate([np.where(skip, weighed, 0.0)[2:], np.zeros(2)])
        beta = weighed + onwards + further
    return delta


def sinkhorn(C, steps):
    """Transport cost after a few scalings of exp(−C), uniform marginals, unrolled."""
    K = np.exp(-C)
    v = np.ones(C.shape[1])
    for _ in range(steps):
        u = 1 / (K @ v) / len(K)
        v = 1 / (K.T @ u) / len(v)
    return np.sum(u[:, None] * K * C * v)


def sinkhorn_gradient(C, steps):
    K = np.exp(-C)
    vs, us = [np.ones(C.shape[1])], []
    for _ in range(steps):
        us.append(1 / (K @ vs[-1]) / len(K))
        vs.append(1 / (K.T @ us[-1]) / C.shape[1])
    u, v = us[-1], vs[-1]
    d_K = u[:, None] * C * v
    d_v = (K * C).T @ u
    d_u = (K * C) @ v
    for step in reversed(range(steps)):
        inner = -d_v * vs[step + 1] ** 2 * C.shape[1]
        d_K = d_K + np.outer(us[step], inner)
        d_u = d_u + K @ inner
        inner = -d_u * us[step] ** 2 * len(K)
        d_K = d_K + np.outer(inner, vs[step])
        d_v, d_u = K.T @ inner, np.zeros(len(K))
    return u[:, None] * K * v - d_K * K


def soft_time_warping(x, y, gamma):
    """Soft-DTW of two series: the soft minimum over all alignments."""
    R = soft_table((x[:, None] - y[None, :]) ** 2, gamma)
    return R[-1][-1]


def soft_table(D, gamma):
    R = [[D[0, 0]]]
    for j in range(1, D.shape[1]):
        R[0].append(R[0][-1] + D[0, j])
    for i in range(1, len(D)):
        R.append([R[-1][0] + D[i, 0]])
        for j in range(1, D.shape[1]):
            from_where = np.stack([R[i - 1][j], R[i][j - 1], R[i - 1][j - 1]])
            R[i].append(D[i, j] - gamma * log_sum_exp(-from_where / gamma))
    return R


def soft_time_warping_gradient(x, y, gamma):
    D = (x[:, None] - y[None, :]) ** 2
    R = soft_table(D, gamma)
    E = np.zeros(D.shape)
    E[-1, -1] = 1
    for i in reversed(range(len(x))):
        for j in reversed(range(len(y))):
            for a, b in ((i + 1, j), (i, j + 1), (i + 1, j + 1)):
                if a < len(x) and b < len(y):
                    E[i, j] += E[a, b] * np.exp((R[a][b] - D[a, b] - R[i][j]) / gamma)
    gaps = 2 * (x[:, None] - y[None, :])
    return np.sum(E * gaps, axis=1), -np.sum(E * gaps, axis=0)


def sorted_distance(x, y):
    """Squared Wasserstein distance of two samples on the line."""
    return np.sum((np.sort(x) - np.sort(y)) ** 2) / len(x)


def sorted_distance_gradient(x, y):
    d_x = np.zeros(len(x))
    d_x[np.argsort(x)] = 2 * (np.sort(x) - np.sort(y)) / len(x)
    return d_x


ENTRIES = (
    Entry(kalman_filter, kalman_filter_gradient, normal((), (), 5), (0, 1)),
    Entry(hidden_markov, hidden_markov_gradient, joined(normal(2, (2, 2), (2, 3)), integers(3, 4)), (0, 1, 2)),
    Entry(
        conditional_random_field,
        conditional_random_field_gradient,
        joined(normal((4, 3), (3, 3)), integers(3, 4)),
        (0, 1),
    ),
    Entry(
        temporal_classification, temporal_classification_gradient, joined(normal((5, 3)), constant(np.array([1, 2])))
    ),
    Entry(sinkhorn, sinkhorn_gradient, joined(uniform(0, 2, (3, 4)), constant(3))),
    Entry(soft_time_warping, soft_time_warping_gradient, joined(normal(4, 3), constant(0.5)), (0, 1)),
    Entry(sorted_distance, sorted_distance_gradient, normal(6, 6)),
)
