"""Losses of pairs, triplets and rankings: every example meets the others."""

from __future__ import annotations

import numpy as np

from .draws import binary, constant, integers, joined, labels, normal, uniform
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


def two_views(Z, temperature):
    """SimCLR: rows 2k and 2k + 1 are views of one image; every other row is a rival, oneself is none."""
    u = unit_rows(Z)[0]
    s = u @ u.T / temperature - 1e9 * np.eye(len(Z))
    partner = np.arange(len(Z)) ^ 1
    return np.mean(log_sum_exp(s) - s[np.arange(len(Z)), partner])


def two_views_gradient(Z, temperature):
    u, norms = unit_rows(Z)
    delta = softmax(u @ u.T / temperature - 1e9 * np.eye(len(Z)))
    delta[np.arange(len(Z)), np.arange(len(Z)) ^ 1] -= 1
    return through_unit_rows((delta + delta.T) @ u, u, norms) / (len(Z) * temperature)


def neighbour_embedding(Y, P):
    """t-SNE: KL(P ‖ Q), Q from Student's t with one degree of freedom."""
    kernel = 1 / (1 + squared_distances(Y)) * (1 - np.eye(len(Y)))
    return -np.sum(P * np.log((kernel + np.eye(len(Y))) / np.sum(kernel)))


def neighbour_embedding_gradient(Y, P):
    kernel = 1 / (1 + squared_distances(Y)) * (1 - np.eye(len(Y)))
    pull = ((P + P.T) / 2 - np.sum(P) * kernel / np.sum(kernel)) * kernel
    return 4 * (np.sum(pull, axis=1)[:, None] * Y - pull @ Y)


def squared_distances(Y):
    squares = np.sum(Y**2, axis=1)
    return squares[:, None] + squares - 2 * Y @ Y.T


def neighbourhood_components(A, X, labels):
    """Expected number of rows whose random neighbour, under the metric AᵗA, has another label."""
    p = softmax(-squared_distances(X @ A) - 1e9 * np.eye(len(X)))
    return np.sum(p * (labels[:, None] != labels))


def neighbourhood_components_gradient(A, X, labels):
    Z = X @ A
    p = softmax(-squared_distances(Z) - 1e9 * np.eye(len(X)))
    other = labels[:, None] != labels
    weight = -p * (other - np.sum(p * other, axis=1, keepdims=True))
    weight = weight + weight.T
    return 2 * X.T @ (np.sum(weight, axis=1)[:, None] * Z - weight @ Z)


def negative_sampling(E, F, centre, context, noise):
    """word2vec: a word and its context against words drawn at random; words come more than once."""
    near = np.sum(E[centre] * F[context], axis=1)
    far = np.sum(E[centre][:, None] * F[noise], axis=2)
    return np.sum(np.logaddexp(0, -near)) + np.sum(np.logaddexp(0, far))


def negative_sampling_gradient(E, F, centre, context, noise):
    near = np.sum(E[centre] * F[context], axis=1)
    far = np.sum(E[centre][:, None] * F[noise], axis=2)
    d_near, d_far = -1 / (1 + np.exp(near)), 1 / (1 + np.exp(-far))
    d_E, d_F = np.zeros(E.shape), np.zeros(F.shape)
    np.add.at(d_E, centre, d_near[:, None] * F[context] + np.sum(d_far[:, :, None] * F[noise], axis=1))
    np.add.at(d_F, context, d_near[:, None] * E[centre])
    np.add.at(d_F, noise, d_far[:, :, None] * E[centre][:, None])
    return d_E, d_F


def barlow_twins(U, V, weight):
    """The cross-correlation of two views should be the identity."""
    C = U.T @ V / len(U)
    on, off = np.eye(C.shape[0]), 1 - np.eye(C.shape[0])
    return np.sum(on * (C - 1) ** 2) + weight * np.sum(off * C**2)


def barlow_twins_gradient(U, V, weight):
    C = U.T @ V / len(U)
    on, off = np.eye(C.shape[0]), 1 - np.eye(C.shape[0])
    delta = 2 * (on * (C - 1) + weight * off * C) / len(U)
    return V @ delta.T, U @ delta


def supervised_prototypes(X, P, labels):
    """Softmax over negative squared distances to prototypes."""
    s = -np.sum((X[:, None] - P) ** 2, axis=2)
    return np.mean(log_sum_exp(s) - s[np.arange(len(X)), labels])


def supervised_prototypes_gradient(X, P, labels):
    gaps = X[:, None] - P
    delta = softmax(-np.sum(gaps**2, axis=2))
    delta[np.arange(len(X)), labels] -= 1
    d_gaps = -2 * delta[:, :, None] * gaps / len(X)
    return np.sum(d_gaps, axis=1), -np.sum(d_gaps, axis=0)


ENTRIES = (
    Entry(cosine_distance, cosine_distance_gradient, normal((4, 3), (4, 3)), (0, 1)),
    Entry(triplet, triplet_gradient, joined(normal((6, 3), (6, 3), (6, 3)), constant(1.0)), (0, 1, 2), kinks=True),
    Entry(contrastive, contrastive_gradient, joined(normal((4, 3), (4, 3)), constant(0.5)), (0, 1)),
    Entry(pairwise_ranking, pairwise_ranking_gradient, normal(5, 5)),
    Entry(cox_partial_likelihood, cox_partial_likelihood_gradient, joined(normal(6), binary(6))),
    Entry(two_views, two_views_gradient, joined(normal((6, 3)), constant(0.5))),
    Entry(neighbour_embedding, neighbour_embedding_gradient, joined(normal((4, 2)), uniform(0.02, 0.1, (4, 4)))),
    Entry(neighbourhood_components, neighbourhood_components_gradient, joined(normal((3, 2), (5, 3)), integers(2, 5))),
    Entry(
        negative_sampling,
        negative_sampling_gradient,
        joined(normal((4, 3), (4, 3)), integers(4, 5), integers(4, 5), integers(4, 5, 2)),
        (0, 1),
    ),
    Entry(barlow_twins, barlow_twins_gradient, joined(normal((5, 3), (5, 3)), constant(0.1)), (0, 1)),
    Entry(supervised_prototypes, supervised_prototypes_gradient, joined(normal((5, 2), (3, 2)), labels(5, 3)), (0, 1)),
)
