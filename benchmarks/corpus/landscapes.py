"""Test functions of optimisation and of signal processing, from one valley to many."""

from __future__ import annotations

import numpy as np

from .draws import constant, joined, normal, uniform
from .entry import Entry


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x):
    gaps = x[1:] - x[:-1] ** 2
    d_x = np.zeros(len(x))
    d_x[:-1] = -400 * x[:-1] * gaps - 2 * (1 - x[:-1])
    d_x[1:] += 200 * gaps
    return d_x


def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def himmelblau_gradient(x):
    one, two = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    return np.stack([4 * x[0] * one + 2 * two, 2 * one + 4 * x[1] * two])


def rastrigin(x):
    return np.sum(x**2 - 10 * np.cos(2 * np.pi * x) + 10)


def rastrigin_gradient(x):
    return 2 * x + 20 * np.pi * np.sin(2 * np.pi * x)


def ackley(x):
    return -20 * np.exp(-np.sqrt(np.mean(x**2)) / 5) - np.exp(np.mean(np.cos(x)))


def ackley_gradient(x):
    radius = np.sqrt(np.mean(x**2))
    hole = 4 * np.exp(-radius / 5) / radius * x / len(x)
    return hole + np.exp(np.mean(np.cos(x))) * np.sin(x) / len(x)


def product_of_sines(x):
    return np.prod(np.sin(x))


def product_of_sines_gradient(x):
    return np.prod(np.sin(x)) * np.cos(x) / np.sin(x)


def phase_retrieval(u, v, A, B, intensity):
    """(A + iB)(u + iv), whose phases are lost: only |·|² is measured."""
    real, imaginary = A @ u - B @ v, A @ v + B @ u
    return np.mean((real**2 + imaginary**2 - intensity) ** 2) / 4


def phase_retrieval_gradient(u, v, A, B, intensity):
    real, imaginary = A @ u - B @ v, A @ v + B @ u
    weight = (real**2 + imaginary**2 - intensity) / len(intensity)
    d_real, d_imaginary = weight * real, weight * imaginary
    return A.T @ d_real + B.T @ d_imaginary, A.T @ d_imaginary - B.T @ d_real


def sum_of_waves(frequency, phase, amplitude, t, y):
    """Squared error of Σ a sin(w t + φ)."""
    angles = t[:, None] * frequency + phase
    return np.sum((np.sin(angles) @ amplitude - y) ** 2) / 2


def sum_of_waves_gradient(frequency, phase, amplitude, t, y):
    angles = t[:, None] * frequency + phase
    residual = np.sin(angles) @ amplitude - y
    delta = residual[:, None] * np.cos(angles) * amplitude
    return t @ delta, np.sum(delta, axis=0), np.sin(angles).T @ residual


def sparse_code(s, D, x, weight):
    """Squared error of a dictionary's code, with a smoothed absolute value as its penalty."""
    return np.sum((D @ s - x) ** 2) / 2 + weight * np.sum(np.sqrt(s**2 + 0.01))


def sparse_code_gradient(s, D, x, weight):
    return D.T @ (D @ s - x) + weight * s / np.sqrt(s**2 + 0.01)


def barrier(x, A, b, sharpness):
    """Linear objective inside a polytope, its walls as logarithms."""
    return np.sum(x) - np.sum(np.log(b - A @ x)) / sharpness


def barrier_gradient(x, A, b, sharpness):
    return 1 + A.T @ (1 / (b - A @ x)) / sharpness


def interpolation(x, table, up):
    """A table read between its points."""
    left = np.floor(x).astype(int)
    share = x - left
    return np.sum(up * ((1 - share) * table[left] + share * table[left + 1]))


def interpolation_gradient(x, table, up):
    left = np.floor(x).astype(int)
    share = x - left
    d_table = np.zeros(len(table))
    np.add.at(d_table, left, up * (1 - share))
    np.add.at(d_table, left + 1, up * share)
    return up * (table[left + 1] - table[left]), d_table


ENTRIES = (
    Entry(rosenbrock, rosenbrock_gradient, normal(5)),
    Entry(himmelblau, himmelblau_gradient, normal(2)),
    Entry(rastrigin, rastrigin_gradient, normal(5)),
    Entry(ackley, ackley_gradient, normal(5)),
    Entry(product_of_sines, product_of_sines_gradient, uniform(0.3, 2.8, 5)),
    Entry(phase_retrieval, phase_retrieval_gradient, joined(normal(3, 3, (5, 3), (5, 3)), uniform(0, 4, 5)), (0, 1)),
    Entry(sum_of_waves, sum_of_waves_gradient, normal(2, 2, 2, 6, 6), (0, 1, 2)),
    Entry(sparse_code, sparse_code_gradient, joined(normal(4, (3, 4), 3), constant(0.3))),
    Entry(barrier, barrier_gradient, joined(uniform(-0.3, 0.3, 3), normal((4, 3)), uniform(2, 3, 4), constant(5.0))),
    Entry(interpolation, interpolation_gradient, joined(uniform(0, 5, 7), normal(7, 7)), (0, 1), kinks=True),
)
