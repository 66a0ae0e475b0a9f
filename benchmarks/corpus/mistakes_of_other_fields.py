"""Linear algebra, dynamics, statistics: the same mistakes in other clothes."""

from __future__ import annotations

import numpy as np
from scipy import special

from .mistakes_common import Row
from .pair_losses import squared_distances
from .structured import soft_table


def solve_without_transpose(A, b, up):
    x = np.linalg.solve(A, b)
    adjoint = np.linalg.solve(A, up)
    return -np.outer(adjoint, x), adjoint


def inverse_without_transposes(A, up):
    B = np.linalg.inv(A)
    return -B @ up @ B


def log_determinant_without_transpose(A):
    return np.linalg.inv(A)


def determinant_without_factor(A):
    return np.linalg.inv(A).T


def cholesky_diagonal_not_halved(M, up):
    L = np.linalg.cholesky(M @ M.T + len(M) * np.eye(len(M)))
    back = np.linalg.inv(L)
    d_S = back.T @ np.tril(L.T @ np.tril(up)) @ back
    return (d_S + d_S.T) @ M


def gaussian_process_without_determinant(log_length, log_noise, X, y):
    distances = (X[:, None] - X[None, :]) ** 2
    precision = np.exp(-2 * log_length)
    smooth = np.exp(-distances / 2 * precision)
    alpha = np.linalg.solve(smooth + np.exp(2 * log_noise) * np.eye(len(X)), y)
    d_K = -np.outer(alpha, alpha) / 2
    return np.sum(d_K * smooth * distances) * precision, 2 * np.exp(2 * log_noise) * np.trace(d_K)


def mahalanobis_one_side(r, M):
    v = np.linalg.solve(M @ M.T + np.eye(len(M)), r)
    return v, -2 * np.outer(v, v) @ M


def rayleigh_for_symmetric(x, A):
    """2 (A x − q x)/xᵗx: right for symmetric matrices only."""
    return 2 * (A @ x - (x @ A @ x / (x @ x)) * x) / (x @ x)


def embedding_of_neighbours_without_kernel(Y, P):
    kernel = 1 / (1 + squared_distances(Y)) * (1 - np.eye(len(Y)))
    pull = (P + P.T) / 2 - np.sum(P) * kernel / np.sum(kernel)
    return 4 * (np.sum(pull, axis=1)[:, None] * Y - pull @ Y)


def runge_kutta_as_euler(u, rates, dt, up):
    a, b, c, d = rates
    d_u = np.stack(
        [
            up[0] * (1 + dt * (a - b * u[1])) + up[1] * dt * c * u[1],
            -up[0] * dt * b * u[0] + up[1] * (1 + dt * (c * u[0] - d)),
        ]
    )
    d_rates = [up[0] * u[0], -up[0] * u[0] * u[1], up[1] * u[0] * u[1], -up[1] * u[1]]
    return d_u, dt * np.stack(d_rates)


def heat_without_last_state(u, kappa, target):
    """The adjoint is right, the states are off by one step."""
    states = [u]
    for _ in range(3):
        states.append(states[-1] + kappa * (np.roll(states[-1], 1) - 2 * states[-1] + np.roll(states[-1], -1)))
    adjoint, d_kappa = states[-1] - target, 0.0
    for state in states[:0:-1]:
        d_kappa = d_kappa + np.sum(adjoint * (np.roll(state, 1) - 2 * state + np.roll(state, -1)))
        adjoint = adjoint + kappa * (np.roll(adjoint, 1) - 2 * adjoint + np.roll(adjoint, -1))
    return adjoint, d_kappa


def sorted_unsorted(x, y):
    return 2 * (np.sort(x) - np.sort(y)) / len(x)


def warping_hard(x, y, gamma):
    """The one best alignment instead of the soft minimum's weights."""
    D = (x[:, None] - y[None, :]) ** 2
    R = soft_table(D, 1e-3)
    E = np.zeros(D.shape)
    E[-1, -1] = 1
    for i in reversed(range(len(x))):
        for j in reversed(range(len(y))):
            for a, b in ((i + 1, j), (i, j + 1), (i + 1, j + 1)):
                if a < len(x) and b < len(y):
                    E[i, j] += E[a, b] * np.exp((R[a][b] - D[a, b] - R[i][j]) / 1e-3)
    gaps = 2 * (x[:, None] - y[None, :])
    return np.sum(E * gaps, axis=1), -np.sum(E * gaps, axis=0)


def black_scholes_vega_per_percent(spot, volatility, strike, rate, years):
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    density = np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi)
    return special.ndtr(d1), np.sum(spot * density * np.sqrt(years)) / 100


ROWS: tuple[Row, ...] = (
    (15, "linear_solve", solve_without_transpose),
    (15, "inverse", inverse_without_transposes),
    (14, "log_determinant", log_determinant_without_transpose),
    (22, "determinant", determinant_without_factor),
    (22, "cholesky_factor", cholesky_diagonal_not_halved),
    (3, "gaussian_process", gaussian_process_without_determinant),
    (22, "mahalanobis", mahalanobis_one_side),
    (14, "rayleigh_quotient", rayleigh_for_symmetric),
    (10, "neighbour_embedding", embedding_of_neighbours_without_kernel),
    (48, "runge_kutta", runge_kutta_as_euler),
    (13, "heat_equation", heat_without_last_state),
    (41, "sorted_distance", sorted_unsorted),
    (30, "soft_time_warping", warping_hard),
    (21, "black_scholes", black_scholes_vega_per_percent),
)
