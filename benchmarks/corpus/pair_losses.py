"""Losses of pairs, triplets and rankings: every example meets the others."""

from __future__ import annotations

import numpy as np

from .draws import binary, constant, joined, normal
from .entry import Entry
from .rows import log_sum_exp, softmax, through_unit_rows, unit_rows


def cosine_distance(U, V):
    u, v = unit_rows(U)[0], unit_rows(V)[0]
    return np.mean(1 - np.sum(u * v, axis=1))


def cosine_distance_gradient(U, V):
    (u, norms_u), (v, norms_v) = unit_rows(U), unit_rows(V)
    return -through_unit_rows(v, u, norms_u) / len(U), -through_unit_rows(u, v, norms_v) / len(U)


def triplet(anchor, near, far, margin):
    gap = np.sum((anchor - near) ** 2, axis=1) - np.sum((anchor - far) ** 2, axis=1) + margin
    return np.mean(np.maximum(gap, 0))


def triplet_gradient(anchor, near, far, margin):
    gap = np.sum((anchor - near) ** 2, axis=1) - np.sum((anchor - far) ** 2, axis=1) + margin
    active = (gap > 0)[:, None] * 2 / len(anchor)
    return active * (far - near), active * (near - anchor), active * (anchor - far)


def contrastive(U, V, temperature):
    """Row i of U belongs to row i of V and to no other: cross-entropy of cosine similarities."""
    s = unit_rows(U)[0] @ unit_rows(V)[0].T / temperature
    return np.mean(log_sum_exp(s) - np.diagonal(s))


def contrastive_gradient(U, V, temperature):
    (u, norms_u), (v, norms_v) = unit_rows(U), unit_rows(V)
    delta = (softmax(u @ v.T / temperature) - np.eye(len(U))) / (len(U) * temperature)
    return through_unit_rows(delta @ v, u, norms_u), through_unit_rows(delta.T @ u, v, norms_v)


def pairwise_ranking(s, y):
    """Every pair in its order: log(1 + exp(−(sᵢ − sⱼ))) for all yᵢ > yⱼ."""
    gaps = s[:, None] - s[None, :]
    return np.sum((y[:, None] > y[None, :]) * np.log1p(np.exp(-gaps)))


def pairwise_ranking_gradient(s, y):
    gaps = s[:, None] - s[None, :]
    pull = (y[:, None] > y[None, :]) / (1 + np.exp(gaps))
    return np.sum(pull, axis=0) - np.sum(pull, axis=1)


def cox_partial_likelihood(risk, event):
    """Rows in order of time: who is at risk at i are all from i on."""
    at_risk = np.cumsum(np.exp(risk)[::-1])[::-1]
    return -np.sum(event * (risk - np.log(at_risk)))


def cox_partial_likelihood_gradient(risk, event):
    at_risk = np.cumsum(np.exp(risk)[::-1])[::-1]
    return np.exp(risk) * np.cumsum(event / at_risk) - event


ENTRIES = (
    Entry(cosine_distance, cosine_distance_gradient, normal((4, 3), (4, 3)), (0, 1)),
    Entry(triplet, triplet_gradient, joined(normal((6, 3), (6, 3), (6, 3)), constant(1.0)), (0, 1, 2), kinks=True),
    Entry(contrastive, contrastive_gradient, joined(normal((4, 3), (4, 3)), constant(0.5)), (0, 1)),
    Entry(pairwise_ranking, pairwise_ranking_gradient, normal(5, 5)),
    Entry(cox_partial_likelihood, cox_partial_likelihood_gradient, joined(normal(6), binary(6))),
)
