"""Integrators and simulations: gradients of where a trajectory ends, by the adjoint carried backwards in time."""

from __future__ import annotations

import numpy as np
from scipy import special

from .draws import constant, joined, normal, uniform
from .entry import Entry

STEPS = 3


def prey_and_predator(u, rates):
    """Lotka and Volterra: u' = (a u − b u v, c u v − d v)."""
    a, b, c, d = rates
    return np.stack([a * u[0] - b * u[0] * u[1], c * u[0] * u[1] - d * u[1]])


def back_through_prey_and_predator(u, rates, adjoint):
    a, b, c, d = rates
    d_u = [adjoint[0] * (a - b * u[1]) + adjoint[1] * c * u[1], -adjoint[0] * b * u[0] + adjoint[1] * (c * u[0] - d)]
    d_rates = [adjoint[0] * u[0], -adjoint[0] * u[0] * u[1], adjoint[1] * u[0] * u[1], -adjoint[1] * u[1]]
    return np.stack(d_u), np.stack(d_rates)


def runge_kutta(u, rates, dt, up):
    """One classical step of fourth order."""
    k1 = prey_and_predator(u, rates)
    k2 = prey_and_predator(u + dt / 2 * k1, rates)
    k3 = prey_and_predator(u + dt / 2 * k2, rates)
    k4 = prey_and_predator(u + dt * k3, rates)
    return np.sum(up * (u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)))


def runge_kutta_gradient(u, rates, dt, up):
    k1 = prey_and_predator(u, rates)
    k2 = prey_and_predator(u + dt / 2 * k1, rates)
    k3 = prey_and_predator(u + dt / 2 * k2, rates)
    d_4, r_4 = back_through_prey_and_predator(u + dt * k3, rates, dt / 6 * up)
    d_3, r_3 = back_through_prey_and_predator(u + dt / 2 * k2, rates, dt / 3 * up + dt * d_4)
    d_2, r_2 = back_through_prey_and_predator(u + dt / 2 * k1, rates, dt / 3 * up + dt / 2 * d_3)
    d_1, r_1 = back_through_prey_and_predator(u, rates, dt / 6 * up + dt / 2 * d_2)
    return up + d_1 + d_2 + d_3 + d_4, r_1 + r_2 + r_3 + r_4


def leapfrog(q, p, stiffness, dt, up):
    """Pendulums with force −stiffness sin q: kick, drift, kick, and again."""
    for _ in range(STEPS):
        p = p - dt / 2 * stiffness * np.sin(q)
        q = q + dt * p
        p = p - dt / 2 * stiffness * np.sin(q)
    return np.sum(up[0] * q + up[1] * p)


def leapfrog_gradient(q, p, stiffness, dt, up):
    places = []
    for _ in range(STEPS):
        middle = p - dt / 2 * stiffness * np.sin(q)
        places.append(q)
        q = q + dt * middle
        p = middle - dt / 2 * stiffness * np.sin(q)
    places.append(q)
    d_q, d_p, d_stiffness = up[0], up[1], 0.0
    for before, after in zip(places[-2::-1], places[:0:-1], strict=True):
        d_stiffness = d_stiffness - dt / 2 * np.sum(d_p * np.sin(after))
        d_q = d_q - dt / 2 * stiffness * np.cos(after) * d_p
        d_p = d_p + dt * d_q
        d_stiffness = d_stiffness - dt / 2 * np.sum(d_p * np.sin(before))
        d_q = d_q - dt / 2 * stiffness * np.cos(before) * d_p
    return d_q, d_p, d_stiffness


def heat_equation(u, kappa, target):
    """Explicit steps on a ring; the distance to a target at the end."""
    for _ in range(STEPS):
        u = u + kappa * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    return np.sum((u - target) ** 2) / 2


def heat_equation_gradient(u, kappa, target):
    states = [u]
    for _ in range(STEPS):
        states.append(states[-1] + kappa * (np.roll(states[-1], 1) - 2 * states[-1] + np.roll(states[-1], -1)))
    adjoint, d_kappa = states[-1] - target, 0.0
    for state in states[-2::-1]:
        d_kappa = d_kappa + np.sum(adjoint * (np.roll(state, 1) - 2 * state + np.roll(state, -1)))
        adjoint = adjoint + kappa * (np.roll(adjoint, 1) - 2 * adjoint + np.roll(adjoint, -1))
    return adjoint, d_kappa


def burgers(u, nu, up):
    """One step of u_t = −u u_x + ν u_xx on a ring."""
    return np.sum(up * (u - 0.1 * u * (np.roll(u, -1) - np.roll(u, 1)) + nu * (np.roll(u, -1) - 2 * u + np.roll(u, 1))))


def burgers_gradient(u, nu, up):
    carried, spread = 0.1 * up * u, np.roll(up, 1) - 2 * up + np.roll(up, -1)
    d_u = up - 0.1 * up * (np.roll(u, -1) - np.roll(u, 1)) - np.roll(carried, 1) + np.roll(carried, -1) + nu * spread
    return d_u, np.sum(up * (np.roll(u, -1) - 2 * u + np.roll(u, 1)))


def implicit_euler(u, log_kappa, L, up):
    """(I + κ L) u' = u, twice."""
    A = np.eye(len(u)) + np.exp(log_kappa) * L
    return np.sum(up * np.linalg.solve(A, np.linalg.solve(A, u)))


def implicit_euler_gradient(u, log_kappa, L, up):
    A = np.eye(len(u)) + np.exp(log_kappa) * L
    first = np.linalg.solve(A, u)
    second = np.linalg.solve(A, first)
    back = np.linalg.solve(A.T, up)
    further = np.linalg.solve(A.T, back)
    return further, -np.exp(log_kappa) * (back @ L @ second + further @ L @ first)


def logistic_map(x, r):
    """Eight turns of x ← r x (1 − x): chaos from r = 3.57 on."""
    for _ in range(8):
        x = r * x * (1 - x)
    return x


def logistic_map_gradient(x, r):
    d_x, d_r = 1.0, 0.0
    for _ in range(8):
        d_r = r * (1 - 2 * x) * d_r + x * (1 - x)
        d_x = r * (1 - 2 * x) * d_x
        x = r * x * (1 - x)
    return d_x, d_r


def equilibrium(W, x):
    """½|z|² at the fixed point z = tanh(W z + x), found by forty turns."""
    z = np.zeros(len(x))
    for _ in range(40):
        z = np.tanh(W @ z + x)
    return np.sum(z**2) / 2


def equilibrium_gradient(W, x):
    """Every turn differentiated: forty of them are not the fixed point to a hundred digits."""
    states = [np.zeros(len(x))]
    for _ in range(40):
        states.append(np.tanh(W @ states[-1] + x))
    d_W, d_x, d_z = np.zeros(W.shape), np.zeros(len(x)), states[-1]
    for before, after in zip(states[-2::-1], states[:0:-1], strict=True):
        delta = d_z * (1 - after**2)
        d_W += np.outer(delta, before)
        d_x += delta
        d_z = W.T @ delta
    return d_W, d_x


def lennard_jones(X):
    """Energy of atoms in space: Σ r⁻¹² − r⁻⁶ over pairs."""
    gaps = X[:, None] - X[None, :]
    inverse = 1 / (np.sum(gaps**2, axis=2) + np.eye(len(X))) ** 3
    return (np.sum(inverse**2 - inverse) - np.trace(inverse**2 - inverse)) / 2


def lennard_jones_gradient(X):
    gaps = X[:, None] - X[None, :]
    squares = np.sum(gaps**2, axis=2) + np.eye(len(X))
    inverse = 1 / squares**3
    force = (6 * inverse - 12 * inverse**2) / squares * (1 - np.eye(len(X)))
    return np.sum(force[:, :, None] * gaps, axis=1)


def rotation(q, points, target):
    """Points turned by a quaternion that is normalised first."""
    w, x, y, z = q / np.sqrt(np.sum(q**2))
    R = np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)]),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)]),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]),
        ]
    )
    return np.sum((points @ R.T - target) ** 2) / 2


def rotation_gradient(q, points, target):
    size = np.sqrt(np.sum(q**2))
    unit = q / size
    w, v = unit[0], unit[1:]
    turned = points + 2 * np.cross(v, w * points + np.cross(v, points))
    e = turned - target
    d_w = np.sum(e * 2 * np.cross(v, points))
    along = np.sum(v * points, axis=1, keepdims=True)
    d_v = np.sum(
        2 * w * np.cross(points, e)
        + 2 * (np.sum(e * v, axis=1, keepdims=True) * points + along * e)
        - 4 * v * np.sum(e * points, axis=1, keepdims=True),
        axis=0,
    )
    d_unit = np.concatenate([np.stack([d_w]), d_v])
    return (d_unit - unit * np.sum(d_unit * unit)) / size


def pinhole_camera(pose, points, seen, focal):
    """Squared distance between projections and what was seen."""
    moved = points + pose
    return np.sum((focal * moved[:, :2] / moved[:, 2:] - seen) ** 2) / 2


def pinhole_camera_gradient(pose, points, seen, focal):
    moved = points + pose
    plane = moved[:, :2] / moved[:, 2:]
    residual = focal * plane - seen
    d_plane = focal * residual / moved[:, 2:]
    d_depth = -np.sum(d_plane * plane, axis=1, keepdims=True)
    d_moved = np.concatenate([d_plane, d_depth], axis=1)
    return np.sum(d_moved, axis=0), d_moved, np.sum(residual * plane)


def black_scholes(spot, volatility, strike, rate, years):
    """Price of a call option; its gradient are delta and vega."""
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    return np.sum(spot * special.ndtr(d1) - strike * np.exp(-rate * years) * special.ndtr(d1 - spread))


def black_scholes_gradient(spot, volatility, strike, rate, years):
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    density = np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi)
    return special.ndtr(d1), np.sum(spot * density * np.sqrt(years))


ENTRIES = (
    Entry(runge_kutta, runge_kutta_gradient, joined(uniform(0.5, 2, 2, 4), constant(0.3), normal(2)), (0, 1)),
    Entry(
        leapfrog,
        leapfrog_gradient,
        joined(normal(3, 3), uniform(0.5, 2, ()), constant(0.25), normal((2, 3))),
        (0, 1, 2),
    ),
    Entry(heat_equation, heat_equation_gradient, joined(normal(6), uniform(0.1, 0.4, ()), normal(6)), (0, 1)),
    Entry(burgers, burgers_gradient, joined(normal(6), uniform(0.1, 0.4, ()), normal(6)), (0, 1)),
    Entry(implicit_euler, implicit_euler_gradient, normal(4, (), (4, 4), 4), (0, 1)),
    Entry(logistic_map, logistic_map_gradient, joined(uniform(0.2, 0.8, ()), uniform(2.5, 3.9, ())), (0, 1)),
    Entry(equilibrium, equilibrium_gradient, joined(uniform(-0.3, 0.3, (3, 3)), normal(3)), (0, 1)),
    Entry(lennard_jones, lennard_jones_gradient, normal((4, 3))),
    Entry(rotation, rotation_gradient, normal(4, (5, 3), (5, 3))),
    Entry(
        pinhole_camera,
        pinhole_camera_gradient,
        joined(uniform(2, 4, 3), normal((4, 3), (4, 2)), constant(1.5)),
        (0, 1, 3),
    ),
    Entry(
        black_scholes,
        black_scholes_gradient,
        joined(uniform(0.8, 1.2, 4), uniform(0.1, 0.4, ()), uniform(0.8, 1.2, 4), constant(0.02), constant(1.5)),
        (0, 1),
    ),
)
