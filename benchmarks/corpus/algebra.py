"""Linear algebra: solves, factorisations, determinants, and what statistics builds on them."""

from __future__ import annotations

import numpy as np

from .draws import constant, joined, mask, normal, uniform
from .entry import Entry


def linear_solve(A, b, up):
    return np.sum(up * np.linalg.solve(A, b))


def linear_solve_gradient(A, b, up):
    x = np.linalg.solve(A, b)
    adjoint = np.linalg.solve(A.T, up)
    return -np.outer(adjoint, x), adjoint


def inverse(A, up):
    return np.sum(up * np.linalg.inv(A))


def inverse_gradient(A, up):
    B = np.linalg.inv(A)
    return -B.T @ up @ B.T


def log_determinant(A):
    return np.linalg.slogdet(A)[1]


def log_determinant_gradient(A):
    return np.linalg.inv(A).T


def determinant(A):
    return np.linalg.det(A)


def determinant_gradient(A):
    """Jacobi: det A times the transposed inverse."""
    return np.linalg.det(A) * np.linalg.inv(A).T


def cholesky_factor(M, up):
    """L Lᵗ = M Mᵗ + n I, every element of the lower triangle weighed."""
    return np.sum(np.tril(up) * np.linalg.cholesky(M @ M.T + len(M) * np.eye(len(M))))


def cholesky_factor_gradient(M, up):
    L = np.linalg.cholesky(M @ M.T + len(M) * np.eye(len(M)))
    inner = np.tril(L.T @ np.tril(up))
    inner = inner - np.diag(np.diagonal(inner)) / 2
    back = np.linalg.inv(L)
    d_S = back.T @ inner @ back
    return (d_S + d_S.T) @ M


def gaussian_process(log_length, log_noise, X, y):
    """−log N(y | 0, K): squared exponential kernel on the line, with noise."""
    distances = (X[:, None] - X[None, :]) ** 2
    K = np.exp(-distances / 2 * np.exp(-2 * log_length)) + np.exp(2 * log_noise) * np.eye(len(X))
    return y @ np.linalg.solve(K, y) / 2 + np.linalg.slogdet(K)[1] / 2


def gaussian_process_gradient(log_length, log_noise, X, y):
    distances = (X[:, None] - X[None, :]) ** 2
    precision = np.exp(-2 * log_length)
    smooth = np.exp(-distances / 2 * precision)
    K_inv = np.linalg.inv(smooth + np.exp(2 * log_noise) * np.eye(len(X)))
    alpha = K_inv @ y
    d_K = (K_inv - np.outer(alpha, alpha)) / 2
    return np.sum(d_K * smooth * distances) * precision, 2 * np.exp(2 * log_noise) * np.trace(d_K)


def ridge(w, X, y, penalty):
    return np.sum((X @ w - y) ** 2) / (2 * len(X)) + penalty / 2 * np.sum(w**2)


def ridge_gradient(w, X, y, penalty):
    return X.T @ (X @ w - y) / len(X) + penalty * w


def ridge_held_out(penalty, X, y, X_new, y_new):
    """Half the squared error on new rows of the weights that ridge regression finds."""
    w = np.linalg.solve(X.T @ X + penalty * np.eye(X.shape[1]), X.T @ y)
    return np.sum((X_new @ w - y_new) ** 2) / 2


def ridge_held_out_gradient(penalty, X, y, X_new, y_new):
    """The implicit function theorem: A w = Xᵗ y, so ∂w/∂penalty = −A⁻¹ w."""
    A = X.T @ X + penalty * np.eye(X.shape[1])
    w = np.linalg.solve(A, X.T @ y)
    return -w @ np.linalg.solve(A, X_new.T @ (X_new @ w - y_new))


def mahalanobis(r, M):
    """rᵗ (M Mᵗ + I)⁻¹ r"""
    return r @ np.linalg.solve(M @ M.T + np.eye(len(M)), r)


def mahalanobis_gradient(r, M):
    v = np.linalg.solve(M @ M.T + np.eye(len(M)), r)
    return 2 * v, -2 * np.outer(v, v) @ M


def gaussian_by_cholesky(mu, L, Y):
    """Negative log-likelihood of rows of Y under N(mu, L Lᵗ), L lower triangular."""
    L = np.tril(L)
    white = np.linalg.solve(L, (Y - mu).T)
    return np.sum(white**2) / 2 + len(Y) * np.sum(np.log(np.abs(np.diagonal(L))))


def gaussian_by_cholesky_gradient(mu, L, Y):
    L = np.tril(L)
    white = np.linalg.solve(L, (Y - mu).T)
    back = np.linalg.solve(L.T, white)
    return -np.sum(back, axis=1), np.tril(len(Y) * np.diag(1 / np.diagonal(L)) - back @ white.T)


def frobenius_norm(A):
    return np.sqrt(np.sum(A**2))


def frobenius_norm_gradient(A):
    return A / np.sqrt(np.sum(A**2))


def orthogonality_penalty(W):
    return np.sum((W.T @ W - np.eye(W.shape[1])) ** 2) / 4


def orthogonality_penalty_gradient(W):
    return W @ (W.T @ W - np.eye(W.shape[1]))


def trace_of_powers(A):
    return np.trace(A @ A @ A) / 3


def trace_of_powers_gradient(A):
    return (A @ A).T


def matrix_factorisation(U, V, R, seen, penalty):
    residual = seen * (U @ V.T - R)
    return np.sum(residual**2) / 2 + penalty / 2 * (np.sum(U**2) + np.sum(V**2))


def matrix_factorisation_gradient(U, V, R, seen, penalty):
    residual = seen * (U @ V.T - R)
    return residual @ V + penalty * U, residual.T @ U + penalty * V


def rayleigh_quotient(x, A):
    return x @ A @ x / (x @ x)


def rayleigh_quotient_gradient(x, A):
    return ((A + A.T) @ x - 2 * (x @ A @ x / (x @ x)) * x) / (x @ x)


def power_iteration(A, start, up):
    """Three steps of v ← A v / |A v|, unrolled."""
    v = start
    for _ in range(3):
        v = A @ v
        v = v / np.sqrt(v @ v)
    return np.sum(up * v)


def power_iteration_gradient(A, start, up):
    steps, v = [], start
    for _ in range(3):
        image = A @ v
        steps.append((v, image))
        v = image / np.sqrt(image @ image)
    d_A, d_v = np.zeros(A.shape), up
    for before, image in reversed(steps):
        size = np.sqrt(image @ image)
        unit = image / size
        d_image = (d_v - unit * (unit @ d_v)) / size
        d_A += np.outer(d_image, before)
        d_v = A.T @ d_image
    return d_A, d_v


def factorisation_machine(w, V, X, up):
    """Σ_i w_i x_i and all pairs ⟨v_i, v_j⟩ x_i x_j, by the squares' trick."""
    return np.sum(up * (X @ w + np.sum((X @ V) ** 2 - (X**2) @ (V**2), axis=1) / 2))


def factorisation_machine_gradient(w, V, X, up):
    weighted = up[:, None] * X
    return X.T @ up, weighted.T @ (X @ V) - V * np.sum(weighted * X, axis=0)[:, None]


SQUARE = (4, 4)

ENTRIES = (
    Entry(linear_solve, linear_solve_gradient, normal(SQUARE, 4, 4), (0, 1)),
    Entry(inverse, inverse_gradient, normal(SQUARE, SQUARE)),
    Entry(log_determinant, log_determinant_gradient, normal(SQUARE)),
    Entry(determinant, determinant_gradient, normal(SQUARE)),
    Entry(cholesky_factor, cholesky_factor_gradient, normal(SQUARE, SQUARE)),
    Entry(gaussian_process, gaussian_process_gradient, joined(uniform(-0.5, 0.5, (), ()), normal(5, 5)), (0, 1)),
    Entry(ridge, ridge_gradient, joined(normal(3, (5, 3), 5), constant(0.3))),
    Entry(ridge_held_out, ridge_held_out_gradient, joined(uniform(0.2, 1, ()), normal((6, 3), 6, (4, 3), 4))),
    Entry(mahalanobis, mahalanobis_gradient, normal(4, (4, 2)), (0, 1)),
    Entry(gaussian_by_cholesky, gaussian_by_cholesky_gradient, normal(3, (3, 3), (5, 3)), (0, 1)),
    Entry(frobenius_norm, frobenius_norm_gradient, normal((3, 4))),
    Entry(orthogonality_penalty, orthogonality_penalty_gradient, normal((4, 3))),
    Entry(trace_of_powers, trace_of_powers_gradient, normal(SQUARE)),
    Entry(
        matrix_factorisation,
        matrix_factorisation_gradient,
        joined(normal((5, 2), (4, 2), (5, 4)), mask(5, 4), constant(0.2)),
        (0, 1),
    ),
    Entry(rayleigh_quotient, rayleigh_quotient_gradient, normal(4, SQUARE)),
    Entry(power_iteration, power_iteration_gradient, normal((3, 3), 3, 3), (0, 1)),
    Entry(factorisation_machine, factorisation_machine_gradient, normal(3, (3, 2), (5, 3), 5), (0, 1)),
)
