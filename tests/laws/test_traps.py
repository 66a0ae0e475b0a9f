"""The traps that a naive judge falls into, each with a right gradient that must pass and its twin that must not."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import erf, expit, log_softmax, logsumexp, xlogy

from autocheck import check_gradient, stop_gradient

NOT_A_NUMBER = float("nan")


def trap(name: str, f: Callable[..., Any], right: Any, wrong: Any, *args: Any, **options: Any) -> Any:
    """A row of the tables below: a function, its gradient, the twin's, and the point."""
    return pytest.param(f, right, wrong, args, options, id=name)


def notes(report):
    return {note.id for note in (*report.notes, *(n for p in report.parameters for n in p.notes))}


def total(h):
    """Σ h(x): most traps are about one scalar function."""
    return lambda x: h(x).sum()


def times(by):
    """The wrong twin of a gradient: the same, times a factor."""
    return lambda g: lambda *args: by * g(*args)


def points(*values, dtype=float):
    return np.array(values, dtype=dtype)


def flat(x):
    """All its derivatives are 0 at 0."""
    return np.where(x == 0, 0, np.exp(-1 / np.where(x == 0, 1, x) ** 2)).sum()


def grad_flat(x):
    safe = np.where(x == 0, 1, x)
    return np.where(x == 0, 0, 2 * np.exp(-1 / safe**2) / safe**3)


# --- the step --------------------------------------------------------------------------------------------------------

STEPS = [
    trap("|x| at 1e-40", total(np.abs), np.sign, lambda x: -np.sign(x), points(1e-40, -1e-40)),
    trap("log at 1e-40", total(np.log), lambda x: 1 / x, lambda x: (1 + 1e-14) / x, points(1e-40, 3.0)),
    trap("x³ at 0", lambda x: (x**3).sum(), lambda x: 3 * x**2, lambda x: 3 * x**2 + 1e-200, points(0.0, 1.0)),
    trap("1e300", total(np.log), lambda x: 1 / x, lambda x: (1 + 1e-14) / x, points(1e300, 1e-300)),
    trap("x² at 1e-300", lambda x: (x**2).sum(), lambda x: 2 * x, lambda x: 2 * x * (1 + 1e-14), points(1e-300)),
    trap("x² at 1e150", lambda x: (x**2).sum(), lambda x: 2 * x, lambda x: 2 * x * (1 + 1e-14), points(1e150)),
    trap("the smallest number", lambda x: (2 * x).sum(), lambda x: 2 + 0 * x, lambda x: 1 + 0 * x, points(5e-324)),
    trap(
        "wrong by 1e-14",
        total(np.tanh),
        lambda x: 1 - np.tanh(x) ** 2,
        lambda x: (1 - np.tanh(x) ** 2) * (1 + 1e-14),
        points(0.3),
    ),
    trap(
        "|x|^1.5 at 0",
        lambda x: (np.abs(x) ** 1.5).sum(),
        lambda x: 1.5 * np.sign(x) * np.abs(x) ** 0.5,
        lambda x: x + 1e-3,
        points(0.0),
    ),
    trap(
        "|x|^1.1 at 0",
        lambda x: (np.abs(x) ** 1.1).sum(),
        lambda x: 1.1 * np.sign(x) * np.abs(x) ** 0.1,
        lambda x: x + 1e-3,
        points(0.0),
    ),
    trap(
        "kink 1e-7 away",
        lambda x: np.abs(x - 1).sum(),
        lambda x: np.sign(x - 1),
        lambda x: -np.sign(x - 1),
        points(1 + 1e-7, 1 - 1e-7),
    ),
    trap(
        "kink 1e-12 away",
        lambda x: np.maximum(x, 1).sum(),
        lambda x: x > 1,
        lambda x: x < 1,
        points(1 + 1e-12, 1 - 1e-12),
    ),
    trap(
        "kink one ulp away",
        lambda x: np.maximum(x, 1).sum(),
        lambda x: x > 1,
        lambda x: x < 1,
        points(np.nextafter(1, 2), np.nextafter(1, 0)),
    ),
    trap("large offset", lambda x: 1e8 + np.sin(x).sum(), np.cos, np.sin, points(0.3, 2.0)),
    trap(
        "loss scaled to 1e-12",
        lambda x: 1e-12 * np.sin(x).sum(),
        lambda x: 1e-12 * np.cos(x),
        lambda x: 0 * x,
        points(0.3, 2.0),
    ),
    trap(
        "mixed scales",
        lambda x: (x**2).sum(),
        lambda x: 2 * x,
        lambda x: 2 * x * np.array([-1, 1, 1, 1]),
        points(1e-300, 1e-8, 1.0, 1e150),
    ),
    trap(
        "a comparison with a constant",
        lambda x: (x**2).sum(),
        lambda x: 2 * x,
        lambda x: 2 * x * np.where(x == 1e-300, -1, 1),
        points(1e-300, 1e150),
    ),
    trap(
        "oscillating",
        lambda x: np.sin(1e6 * x).sum(),
        lambda x: 1e6 * np.cos(1e6 * x),
        lambda x: 1e6 * np.cos(1e6 * x + 1e-9),
        points(0.3),
    ),
    trap("flat: exp(-1/x²) at 0", flat, grad_flat, lambda x: 1e-300 + grad_flat(x), points(0.0)),
    trap("flat there, not elsewhere", flat, grad_flat, lambda x: 0 * x, points(0.0)),
]


@pytest.mark.parametrize(("f", "right", "wrong", "args", "options"), STEPS)
def test_the_step_finds_the_derivative_at_every_scale(f, right, wrong, args, options):
    assert (report := check_gradient(f, right, *args, **options)).ok, str(report)
    assert (report := check_gradient(f, wrong, *args, **options)).verdict == "wrong", str(report)


@pytest.mark.parametrize("scale", [1e-280, 1e-12, 1.0, 1e250])
@pytest.mark.parametrize("error", [1.0, 1e-3, 1e-8, 1e-14])
def test_convergence_decides_not_closeness(error, scale):
    """A claim is wrong by its residual's staying, however small gradient and error are: there is no scale."""
    f, x = lambda x: scale * np.exp(x).sum(), points(0.3, -2.0)
    assert check_gradient(f, lambda x: scale * np.exp(x), x).ok
    assert check_gradient(f, lambda x: scale * np.exp(x) * np.array([1, 1 + error]), x).verdict == "wrong"


# --- kinks, edges, infinite slopes -----------------------------------------------------------------------------------

KINKS = [
    (total(np.abs), (-1.0, -0.3, 0.0, 1.0), (-1.5, 1 + 1e-9, NOT_A_NUMBER)),
    (lambda x: np.maximum(x, 0).sum(), (0.0, 0.5, 1.0), (-1e-9, 1 + 1e-9, 2.0)),
    (lambda x: np.where(x > 0, x, 0.01 * x).sum(), (0.01, 0.5, 1.0), (0.0, 1.1)),
    (lambda x: -np.abs(x).sum(), (-1.0, 0.0, 1.0), (-2.0, 2.0)),
    (lambda x: np.clip(x, 0, 1).sum(), (0.0, 1.0), (-0.1, 1.1)),
    (lambda x: np.sqrt(x**2).sum(), (-1.0, 0.0, 1.0), (-2.0, 2.0)),
    (lambda x: np.fmax(x, 3 * x).sum(), (1.0, 2.0, 3.0), (0.9, 3.1)),
]
SUBGRADIENTS = [(f, s) for f, inside, _ in KINKS for s in inside]
BEYOND = [(f, s) for f, _, outside in KINKS for s in outside if s == s]


@pytest.mark.parametrize(("f", "slope"), SUBGRADIENTS)
def test_every_slope_between_the_two_sides_is_accepted_at_a_kink(f, slope):
    report = check_gradient(f, lambda x: slope + 0 * x, points(0.0))
    assert report.ok, str(report)
    assert "kink" in notes(report)


@pytest.mark.parametrize(("f", "slope"), BEYOND)
def test_a_slope_outside_both_sides_is_wrong_at_a_kink(f, slope):
    report = check_gradient(f, lambda x: slope + 0 * x, points(0.0))
    assert report.verdict == "wrong", str(report)
    assert "lies outside" in str(report)


def test_no_number_at_a_kink_is_no_mistake_and_no_pass():
    """x / |x| is NaN at 0, where there is no derivative: nobody is wrong, and nothing was checked."""
    report = check_gradient(np.linalg.norm, lambda x: x / np.linalg.norm(x), np.zeros(3))
    assert report.verdict == "inconclusive"


EDGES = [
    trap(
        "x^1.5",
        lambda x: (x**1.5).sum(),
        lambda x: 1.5 * np.sqrt(x),
        lambda x: 1.5 * np.sqrt(x) + (x == 0),
        points(0.0, 1.0),
    ),
    trap(
        "x²√x", lambda x: (x**2 * np.sqrt(x)).sum(), lambda x: 2.5 * x**1.5, lambda x: 2.5 * x**1.5 + 1e-3, points(0.0)
    ),
    trap(
        "x² log x", lambda x: (x * xlogy(x, x)).sum(), lambda x: 2 * xlogy(x, x) + x, lambda x: x + 1, points(0.0, 2.0)
    ),
    trap(
        "log under a mask",
        lambda x: np.where(x > 0, np.log(np.where(x > 0, x, 1)), 0).sum(),
        lambda x: (x > 0) / np.where(x > 0, x, 1),
        lambda x: 1 / x,
        points(-1.0, 2.0),
    ),
    trap(
        "NaN in the branch not taken",
        lambda x: np.where(x > 0, np.sqrt(x), 0).sum(),
        lambda x: (x > 0) * 0.5 / np.sqrt(np.abs(x)),
        lambda x: 0.5 / np.sqrt(np.abs(x)),
        points(-1.0, 2.0),
    ),
]


@pytest.mark.parametrize(("f", "right", "wrong", "args", "options"), EDGES)
def test_at_the_edge_of_the_domain_the_finite_side_decides(f, right, wrong, args, options):
    assert (report := check_gradient(f, right, *args)).ok, str(report)
    assert (report := check_gradient(f, wrong, *args)).verdict == "wrong", str(report)


STEEP = {
    "√x": (total(np.sqrt), lambda x: 0.5 / np.sqrt(x)),
    "x log x": (lambda x: xlogy(x, x).sum(), lambda x: np.log(x) + 1),
    "∛x": (total(np.cbrt), lambda x: 1 / (3 * np.cbrt(x) ** 2)),
    "arccos(1 - x)": (lambda x: np.arccos(1 - x).sum(), lambda x: 1 / np.sqrt(x * (2 - x))),
    "a claimed 0": (total(np.sqrt), lambda x: np.where(x > 0, 0.5 / np.sqrt(x), 0)),
}


@pytest.mark.parametrize("name", STEEP)
def test_an_infinite_slope_is_inconclusive_and_named(name):
    f, gradient = STEEP[name]
    report = check_gradient(f, gradient, points(0.0, 0.5))
    assert report.verdict == "inconclusive", str(report)
    assert "x[0]" in report.reasons[0]
    assert "infinite slope" in report.reasons[0]


NOWHERE = {
    "log at 0": (total(np.log), lambda x: 1 / x),
    "√ left of 0": (lambda x: np.sqrt(x - 1).sum(), lambda x: 0.5 / np.sqrt(x - 1)),
    "a jump": (lambda x: np.where(x > 0, 1.0, 0.0).sum() + x.sum(), lambda x: 1 + 0 * x),
}


@pytest.mark.parametrize("name", NOWHERE)
def test_where_there_is_no_derivative_nothing_passes(name):
    f, gradient = NOWHERE[name]
    assert check_gradient(f, gradient, points(0.0, 2.0)).verdict == "inconclusive"


# --- leaks: what would turn the numbers to machine floats, where every quotient is 0 and a zero gradient passes ------

OUTER = np.arange(9.0).reshape(3, 3) ** 0.5
BUFFER = np.zeros(3)


def filled(x):
    out = np.zeros(len(x))
    for i, v in enumerate(x):
        out[i] = v**2
    return out.sum()


def into_outer(x):
    np.multiply(x, x, out=BUFFER)
    return BUFFER.sum()


def assigned_outer(x):
    BUFFER[:] = x**2
    return BUFFER.sum()


def added_outer(x):
    out = BUFFER * 0
    out += x**2
    return out.sum()


def entry_outer(x):
    BUFFER[1] = (x**2).sum()
    return BUFFER[1]


def swallowed(x):
    """It catches whatever a conversion raises: the leak must be seen all the same."""
    try:
        return sum(float(v) for v in x**2)
    except Exception:  # whatever it was
        return 0.0 * x.sum()


LEAKS = {
    "np.zeros(n), filled": filled,
    "np.array of a list": lambda x: np.array([v**2 for v in x]).sum(),
    "np.array with a dtype": lambda x: (np.array(list(x), dtype=float) ** 2).sum(),
    "np.asarray(float)": lambda x: (np.asarray(x, dtype=np.float64) ** 2).sum(),
    "nested list": lambda x: np.array([[v, v] for v in x]).prod(axis=1).sum(),
    "math.pow": lambda x: sum(math.pow(v, 2) for v in x),
    "math.exp of a log": lambda x: sum(math.exp(2 * math.log(v)) for v in x),
    "float()": lambda x: float((x**2).sum()),
    "float() inside": lambda x: sum(float(v) ** 2 for v in x),
    "caught": swallowed,
    "item": lambda x: (x**2).sum().item(),
    "tolist": lambda x: sum(v * v for v in x.tolist()),
    "np.float64()": lambda x: np.float64((x**2).sum()),
    "out= outside": into_outer,
    "assigned outside": assigned_outer,
    "entry outside": entry_outer,
    "added outside": added_outer,
    "outer.dot": lambda x: np.eye(3).dot(x).dot(x),
    "closure.dot": lambda x: OUTER.dot(x).sum() * 0 + (x**2).sum(),
    "np.dot": lambda x: np.dot(np.eye(3), x).dot(x),
    "@": lambda x: x @ np.eye(3) @ x,
    "np.stack": lambda x: np.stack([v * v for v in x]).sum(),
    "np.full": lambda x: (np.full(3, 1.0) * x * x).sum(),
    "np.linspace": lambda x: (np.linspace(1, 1, 3) * x * x).sum(),
    "np.add.at": lambda x: np.add.at(out := np.zeros(2), [0, 1, 1], x**2) or out.sum(),
    "np.copyto": lambda x: np.copyto(out := np.empty(3), x**2) or out.sum(),
    "np.bincount": lambda x: np.bincount([0, 1, 1], weights=x**2).sum(),
    "np.vectorize": lambda x: np.vectorize(lambda v: v * v)(x).sum(),
    "np.apply_along_axis": lambda x: np.apply_along_axis(lambda r: (r**2).sum(), 0, x),
    "np.fromiter": lambda x: np.fromiter((v * v for v in x), float).sum(),
    "np.nditer": lambda x: sum(v * v for v in np.nditer(x)),
    "astype(float32)": lambda x: (x.astype(np.float32).astype(float) ** 2).sum(),
    "text": lambda x: sum(float(str(v)) ** 2 for v in x),
    "complex": lambda x: (np.abs(x + 0j) ** 2).sum(),
    "fft": lambda x: (np.abs(np.fft.fft(x)) ** 2).sum() / 3,
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_never_lets_a_zero_gradient_pass(name):
    """And the right one agrees: by its formula, or by floats with a note that names the line."""
    f, x = LEAKS[name], points(0.5, 1.5, 2.5)
    assert (report := check_gradient(f, lambda x: 0 * x, x)).verdict == "wrong", str(report)
    assert (report := check_gradient(f, lambda x: 2 * x, x)).ok, str(report)
    assert report.digits or any("formula not judged" in str(n.text) for n in report.parameters[0].notes)


UNLIFTED = {
    "fft": (lambda x: (np.abs(np.fft.fft(x)) ** 2).sum() / x.size, lambda x: 2 * x),
    "singular values": (lambda x: (np.linalg.svd(np.diag(x), compute_uv=False) ** 2).sum(), lambda x: 2 * x),
    "float()": (lambda x: float(sum(float(v) ** 2 for v in x)), lambda x: 2 * x),
}


@pytest.mark.parametrize("name", UNLIFTED)
@pytest.mark.parametrize("size", [8, 40])
def test_a_wrong_entry_is_seen_where_only_differences_speak(name, size, rng):
    f, gradient = UNLIFTED[name]
    x, place = rng.normal(size=size), int(rng.integers(size))
    assert not check_gradient(f, lambda x: gradient(x) * np.where(np.arange(size) == place, -1, 1), x).ok
    assert check_gradient(f, gradient, x).verdict in ("agrees", "inconclusive")


def through_bytes(x):
    raw = (x**2).tobytes()
    return np.frombuffer(raw).sum()


def test_an_abstention_names_the_line_and_what_it_did():
    report = check_gradient(through_bytes, lambda x: 2 * x, points(0.5, 1.5, 2.5))
    said = str(report)
    assert "test_traps.py:" in said
    assert "raw = (x**2).tobytes()" in said


JOINED = {
    "concatenate": lambda x: np.concatenate([[x[0]], x[1:]]),
    "append": lambda x: np.append([x[0]], x[1:]),
    "vstack": lambda x: np.vstack([[x[0], x[1]], x[2:]]).ravel(),
    "column_stack": lambda x: np.column_stack([[x[0], x[1]], x[2:]]).ravel(),
    "insert": lambda x: np.insert(x[1:], 0, [x[0]]),
}
"""One number taken out of an array and put back in a list: it keeps all its digits."""


@pytest.mark.parametrize("name", JOINED)
def test_a_number_in_a_list_beside_arrays_keeps_its_digits(name):
    x, join = points(0.3, -0.7, 1.2, 0.4), JOINED[name]
    report = check_gradient(lambda x: (join(x) ** 2).sum(), lambda x: np.concatenate([[2 * x[0]], 2 * x[1:]]), x)
    assert report.ok, str(report)
    assert report.digits > 60
    assert check_gradient(lambda x: (join(x) ** 2).sum(), lambda x: 2 * x * (x != 0.3), x).verdict == "wrong"


# --- comparisons -----------------------------------------------------------------------------------------------------


def bubble(x):
    x = list(x)
    for end in range(len(x) - 1, 0, -1):
        for i in range(end):
            if x[i] > x[i + 1]:
                x[i], x[i + 1] = x[i + 1], x[i]
    return x[0] ** 2


def pooled(x):
    return (x.reshape(2, 2, 2, 2).max(axis=(1, 3)) ** 2).sum()


def grad_pooled(x):
    blocks = x.reshape(2, 2, 2, 2)
    top = blocks.max(axis=(1, 3), keepdims=True)
    return ((blocks == top) * 2 * top).reshape(x.shape)


RANK = points(0.3, -1.2, 2.5, 0.7, 1.1)
GRID = np.sin(np.arange(16.0)).reshape(4, 4)
COMPARISONS = [
    trap(
        "x == x.max()", lambda x: x.max() ** 2, lambda x: 2 * x * (x == x.max()), lambda x: 2 * x * (x > x.max()), RANK
    ),
    trap("max-pool", pooled, grad_pooled, lambda x: 2 * x, GRID),
    trap(
        "after inexact arithmetic", lambda x: np.max(x / 3) * 3, lambda x: x / 3 == np.max(x / 3), lambda x: 0 * x, RANK
    ),
    trap(
        "softmax of max",
        lambda x: np.exp(x - x.max()).max() * x.max(),
        lambda x: x == x.max(),
        lambda x: 1 + 0 * x,
        RANK,
    ),
    trap(
        "argmax",
        lambda x: x[np.argmax(x)] ** 2,
        lambda x: np.where(np.arange(5) == x.argmax(), 2 * x, 0),
        lambda x: np.where(np.arange(5) == x.argmin(), 2 * x, 0),
        RANK,
    ),
    trap(
        "int(argmax)",
        lambda x: x[int(np.argmax(x))],
        lambda x: np.eye(5)[int(x.argmax())],
        lambda x: np.eye(5)[0],
        RANK,
    ),
    trap(
        "sort", lambda x: np.sort(x) @ np.arange(5), lambda x: np.argsort(np.argsort(x)), lambda x: np.argsort(x), RANK
    ),
    trap("median", np.median, lambda x: x == np.median(x), lambda x: x == x.max(), RANK),
    trap("minimum", lambda x: np.minimum(x, 1).sum(), lambda x: x < 1, lambda x: x > 1, RANK),
    trap(
        "builtin max",
        lambda x: max(x) * min(x),
        lambda x: (x == max(x)) * min(x) + (x == min(x)) * max(x),
        lambda x: x == max(x),
        RANK,
    ),
    trap("sorted by hand", bubble, lambda x: 2 * x * (x == min(x)), lambda x: 2 * x * (x == x[0]), RANK),
    trap(
        "if",
        lambda x: (x**2).sum() if x.sum() > 0 else (x**3).sum(),
        lambda x: 2 * x if x.sum() > 0 else 3 * x**2,
        lambda x: 3 * x**2,
        RANK,
    ),
    trap("boolean mask", lambda x: (x[x > 0.5] ** 2).sum(), lambda x: 2 * x * (x > 0.5), lambda x: 2 * x, RANK),
    trap("mask in place", lambda x: np.where(x < 0, 0, x).max(), lambda x: x == x.max(), lambda x: x > 0, RANK),
    trap(
        "searchsorted",
        lambda x: x @ np.searchsorted([0.0, 1.0], x),
        lambda x: np.searchsorted([0.0, 1.0], x),
        lambda x: 1 + 0 * x,
        RANK,
    ),
    trap("floor", lambda x: (x - np.floor(x)).sum(), lambda x: 1 + 0 * x, lambda x: 0 * x, RANK),
    trap("allclose", lambda x: (x**2).sum() * (3 if np.allclose(x, x) else 1), lambda x: 6 * x, lambda x: 2 * x, RANK),
    trap("isnan", lambda x: np.where(np.isnan(x), 0, x**2).sum(), lambda x: 2 * x, lambda x: x, RANK),
]


@pytest.mark.parametrize(("f", "right", "wrong", "args", "options"), COMPARISONS)
def test_comparisons_decide_as_floats_would(f, right, wrong, args, options):
    report = check_gradient(f, right, *args)
    assert report.ok, str(report)
    assert report.digits >= 60
    assert check_gradient(f, wrong, *args).verdict == "wrong"


def test_a_tie_may_go_to_either_side():
    x = points(1.0, 1.0, 0.0)
    for slope in ([1, 0, 0], [0, 1, 0], [0.5, 0.5, 0]):
        assert check_gradient(np.max, lambda x, s=slope: np.array(s, dtype=float) + 0 * x, x).ok
    assert check_gradient(np.max, lambda x: np.array([0.5, 0.5, 0.5]), x).verdict == "wrong"


# --- the array class -------------------------------------------------------------------------------------------------


def told_apart(x):
    """Every way in which code asks whether it was handed an array."""
    assert isinstance(x, np.ndarray)
    assert x.dtype == np.float64
    assert np.issubdtype(x.dtype, np.floating)
    assert (x.ndim, x.shape, x.size, len(x)) == (1, (3,), 3, 3)
    return (x**2).sum()


def with_eps(x):
    return np.log(x + np.finfo(x.dtype).eps).sum()


def updated(x):
    y = x.copy()
    y *= 2
    y[0] += y[1]
    y[1:] -= 1
    y[y > 3] /= 2
    y **= 2
    return y.sum()


def grad_updated(x):
    y = 2 * x
    top = np.array([y[0] + y[1], y[1] - 1, y[2] - 1])
    half = np.where(top > 3, 0.5, 1)
    g = 2 * (top * half) * half
    return 2 * np.array([g[0], g[0] + g[1], g[2]])


def through_a_view(x):
    y = np.stack([x, x])
    row, column = y[0], y[:, 1]
    row *= 3
    column += row[0]
    y.T[2] = 1
    return (y**2).sum()


def grad_through_a_view(x):
    return np.array(
        [
            2 * 9 * x[0] + 2 * x[0] + 6 * (3 * x[1] + 3 * x[0]) + 6 * (x[1] + 3 * x[0]),
            6 * (3 * x[1] + 3 * x[0]) + 2 * (x[1] + 3 * x[0]),
            0,
        ]
    )


THREE = points(0.5, 1.25, 2.5)
ARRAYS = [
    trap("what it says of itself", told_apart, lambda x: 2 * x, lambda x: x, THREE),
    trap("np.finfo", with_eps, lambda x: 1 / (x + np.finfo(x.dtype).eps), lambda x: 2 / x, THREE),
    trap(
        "np.finfo of float32",
        with_eps,
        lambda x: 1 / (x + np.finfo(x.dtype).eps),
        lambda x: 2 / x,
        points(0.5, 2.0, dtype=np.float32),
    ),
    trap("astype(float32)", lambda x: (x.astype(np.float32) ** 2).sum(), lambda x: 2 * x, lambda x: x, THREE),
    trap("astype(int)", lambda x: (x * x.astype(int)).sum(), lambda x: x.astype(int), lambda x: 2 * x, THREE),
    trap(
        "astype(bool)",
        lambda x: (x**2 * (x > 1).astype(float)).sum(),
        lambda x: 2 * x * (x > 1).astype(bool),
        lambda x: 2 * x,
        THREE,
    ),
    trap(
        "0-d methods",
        lambda x: x.sum().reshape(1)[0].copy().squeeze() ** 2,
        lambda x: 2 * x.sum() + 0 * x,
        lambda x: x,
        THREE,
    ),
    trap("0-d argument", lambda x: x.real * x + x.mean(), lambda x: 2 * x + 1, lambda x: 2 * x, 1.5),
    trap("iteration", lambda X: sum(row @ row for row in X), lambda X: 2 * X, lambda X: X, GRID),
    trap(
        "zip and enumerate",
        lambda x: sum(i * a * b for i, (a, b) in enumerate(zip(x, x[::-1], strict=True))),
        lambda x: 2 * x[::-1],
        lambda x: x[::-1],
        THREE,
    ),
    trap("unpacking", lambda x: (lambda a, b, c: a * b * c)(*x), lambda x: np.prod(x) / x, lambda x: 1 / x, THREE),
    trap("in place", updated, grad_updated, lambda x: 2 * grad_updated(x), THREE),
    trap("views", through_a_view, grad_through_a_view, lambda x: 2 * x, THREE),
    trap(
        "np.add.at",
        lambda x: (np.add.at(out := np.zeros(2), [0, 1, 1], x), (out**2).sum())[1],
        lambda x: 2 * np.array([x[0], x[1] + x[2], x[1] + x[2]]),
        lambda x: 2 * x,
        THREE,
    ),
    trap("deepcopy", lambda x: (copy.deepcopy(x) * copy.copy(x)).sum(), lambda x: 2 * x, lambda x: x, THREE),
    trap("formatted", lambda x: [f"{x} {x[0]:.3f} {x!r}", (x**2).sum()][1], lambda x: 2 * x, lambda x: x, THREE),
    trap(
        "flatten('F')",
        lambda X: X.flatten("F") @ np.arange(16),
        lambda X: np.arange(16).reshape(4, 4).T,
        lambda X: np.arange(16).reshape(4, 4),
        GRID,
    ),
    trap(
        "fill_diagonal",
        lambda X: (np.fill_diagonal(Y := X.copy(), 0), np.abs(Y).sum())[1],
        lambda X: np.sign(X) * (1 - np.eye(4)),
        np.sign,
        GRID,
    ),
    trap(
        "putmask",
        lambda x: (np.putmask(y := x.copy(), y < 1, 0), (y**2).sum())[1],
        lambda x: 2 * x * (x >= 1),
        lambda x: 2 * x,
        THREE,
    ),
    trap("einsum", lambda X: np.einsum("ij,ij->", X, X), lambda X: 2 * X, lambda X: X, GRID),
    trap("logsumexp by name", lambda x: logsumexp(x), lambda x: np.exp(x - logsumexp(x)), np.exp, THREE),
    trap(
        "log_softmax by name",
        lambda X: -log_softmax(X, axis=1)[:, 0].sum(),
        lambda X: np.exp(log_softmax(X, axis=1)) - np.eye(4)[:, :1].T,
        lambda X: np.exp(log_softmax(X, axis=1)),
        GRID,
    ),
    trap(
        "np.float32 of a constant",
        lambda x: (np.float32(0.1) * x).sum(),
        lambda x: np.float32(0.1) + 0 * x,
        lambda x: 0.1 + 0 * x,
        THREE,
    ),
]


@pytest.mark.parametrize(("f", "right", "wrong", "args", "options"), ARRAYS)
def test_the_lifted_array_behaves_like_numpys(f, right, wrong, args, options):
    report = check_gradient(f, right, *args)
    assert report.ok, str(report)
    assert report.digits, str(report)
    assert (report := check_gradient(f, wrong, *args)).verdict == "wrong", str(report)


# --- constants that the code rounds ----------------------------------------------------------------------------------

SQRT_2_PI = 0.7978845608028654


def gelu(x):
    return (0.5 * x * (1 + erf(x / np.sqrt(2)))).sum()


def grad_gelu(x):
    return 0.5 * (1 + erf(x / 1.4142135623730951)) + x * np.exp(-(x**2) / 2) * 0.3989422804014327


def gelu_tanh(x):
    return (0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))).sum()


def grad_gelu_tanh(x):
    t = np.tanh(SQRT_2_PI * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * SQRT_2_PI * (1 + 3 * 0.044715 * x**2)


def selu(x):
    return (1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))).sum()


def grad_selu(x):
    return np.where(x > 0, 1.0507009873554805, 1.0507009873554805 * 1.6732632423543772 * np.exp(x))


def gaussian(s, x):
    return (0.5 * np.log(2 * np.pi * s**2) + x**2 / (2 * s**2)).sum()


def grad_gaussian(s, x):
    return (1 / s - x**2 / s**3).sum()


WIDE = np.linspace(-4, 4, 23)
CONSTANTS = {
    "gelu": (gelu, grad_gelu, (WIDE,)),
    "gelu by tanh": (gelu_tanh, grad_gelu_tanh, (WIDE,)),
    "selu": (selu, grad_selu, (WIDE[1:],)),
    "log(2π)": (gaussian, grad_gaussian, (0.7, WIDE)),
    "normal density": (
        lambda x: (0.3989422804014327 * np.exp(-x * x / 2)).sum(),
        lambda x: -x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
        (WIDE,),
    ),
    "1/n": (lambda x: x.mean(), lambda x: np.full(x.shape, 1 / x.size), (WIDE,)),
    "arange / n": (lambda x: x @ np.arange(23) / 23, lambda x: np.arange(23) / 23, (WIDE,)),
    "one-hot / n": (lambda x: np.mean(x * (np.arange(23) == 3)), lambda x: (np.arange(23) == 3) / 23, (WIDE,)),
    "array of constants": (
        lambda x: x[0] / 3 + x[1] / 7 + x[2] * 0.1,
        lambda x: np.array([1 / 3, 1 / 7, 0.1]),
        (THREE,),
    ),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_rounded_constants_are_no_mistake(name):
    f, gradient, args = CONSTANTS[name]
    report = check_gradient(f, gradient, *args)
    assert report.ok, str(report)
    assert report.digits >= 15


@pytest.mark.parametrize("name", ["gelu", "gelu by tanh", "normal density"])
def test_a_pass_on_rounded_constants_says_where_agreement_ends(name):
    f, gradient, args = CONSTANTS[name]
    assert "rounded-constants" in notes(check_gradient(f, gradient, *args))


FROM_INTEGERS = ("arange / n", "one-hot / n")
"""NumPy divides integers to machine floats before any exact number is met: such a claim is known to 53 bits only."""


@pytest.mark.parametrize("name", [name for name in CONSTANTS if name not in FROM_INTEGERS])
def test_a_true_error_of_1e_14_stays_wrong(name):
    f, gradient, args = CONSTANTS[name]
    report = check_gradient(f, lambda *xs: gradient(*xs) * (1 + 1e-14), *args)
    assert report.verdict == "wrong", str(report)


@pytest.mark.parametrize("name", FROM_INTEGERS)
def test_an_error_of_1e_10_in_constants_that_numpy_rounded_never_passes(name):
    f, gradient, args = CONSTANTS[name]
    assert not check_gradient(f, lambda *xs: gradient(*xs) * (1 + 1e-10), *args).ok


@pytest.mark.parametrize("seed", range(8))
def test_rounded_constants_pass_under_every_seed(seed):
    x = np.random.default_rng(seed).normal(size=12)
    assert check_gradient(gelu, grad_gelu, x, seed=seed).ok


# --- state -----------------------------------------------------------------------------------------------------------


def dropout(x):
    np.random.seed(3)  # noqa: NPY002
    return (x * (np.random.rand(*x.shape) < 0.5) / 0.5).sum()  # noqa: NPY002


def dropout_unseeded(x):
    return (x * (np.random.rand(*x.shape) < 0.5) / 0.5).sum()  # noqa: NPY002


def grad_dropout_unseeded(x):
    return (np.random.rand(*x.shape) < 0.5) / 0.5  # noqa: NPY002


def grad_dropout(x):
    np.random.seed(3)  # noqa: NPY002
    return grad_dropout_unseeded(x)


def reparametrised(x):
    return ((x + np.random.default_rng(1).normal(size=x.shape)) ** 2).sum()


def grad_reparametrised(x):
    return 2 * (x + np.random.default_rng(1).normal(size=x.shape))


class Counter:
    """An object whose methods count their calls, and answer differently each time."""

    def __init__(self):
        self.calls = 0

    def f(self, x):
        self.calls += 1
        return self.calls * (x**2).sum()

    def gradient(self, x):
        self.calls += 1
        return 2 * x * self.calls

    __call__ = f


class Cached:
    """A layer as they are written in courses: forward remembers, backward needs it."""

    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x, self.z = x, x @ self.W
        return self.z

    def backward(self, delta):
        self.dW = self.x.T @ delta
        return delta @ self.W.T


LAYER = Cached(OUTER)
STATE = [
    trap("seeded inside", dropout, grad_dropout, lambda x: 1 + 0 * x, GRID),
    trap("the global generator", dropout_unseeded, grad_dropout_unseeded, lambda x: 1 + 0 * x, GRID),
    trap("a generator made inside", reparametrised, grad_reparametrised, lambda x: 2 * x, THREE),
    trap(
        "a generator among the arguments",
        lambda x, r: (x * r.normal(size=3)).sum(),
        lambda x, r: r.normal(size=3),
        lambda x, r: x,
        THREE,
        np.random.default_rng(5),
    ),
    trap("bound methods that count", Counter().f, Counter().gradient, lambda x: 3 * x, THREE),
    trap("a callable object that counts", Counter(), lambda x: 2 * x, lambda x: 3 * x, THREE),
    trap(
        "a layer with a cache",
        lambda x: (LAYER.forward(x) ** 2).sum(),
        lambda x: LAYER.backward(2 * LAYER.forward(x)),
        lambda x: LAYER.backward(LAYER.forward(x)),
        THREE[None, :],
    ),
]


@pytest.mark.parametrize(("f", "right", "wrong", "args", "options"), STATE)
def test_every_run_meets_the_same_world(f, right, wrong, args, options):
    report = check_gradient(f, right, *args)
    assert report.ok, str(report)
    assert report.digits, str(report)
    assert check_gradient(f, wrong, *args).verdict == "wrong"


def test_a_layer_is_left_with_plain_numbers():
    check_gradient(
        lambda x: (LAYER.forward(x) ** 2).sum(), lambda x: LAYER.backward(2 * LAYER.forward(x)), THREE[None, :]
    )
    assert {type(LAYER.x), type(LAYER.z), type(LAYER.dW)} == {np.ndarray}


def test_a_bound_object_is_left_as_it_was():
    counter = Counter()
    check_gradient(counter.f, counter.gradient, THREE)
    assert counter.calls == 0


def test_an_object_that_can_not_be_copied_is_taken_as_it_is():
    class Holder:
        lock = staticmethod(lambda: None)

        def __init__(self):
            self.source = (i for i in range(3))  # a generator can't be copied

        def f(self, x):
            return (x**2).sum()

    assert check_gradient(Holder().f, lambda x: 2 * x, THREE).ok


CALLS = [0]


def drifting(x):
    CALLS[0] += 1
    return (x**2).sum() * CALLS[0]


def test_a_random_function_is_inconclusive():
    report = check_gradient(drifting, lambda x: 2 * x, THREE)
    assert report.verdict == "inconclusive"
    assert "two different answers" in report.reasons[0]


def test_a_random_gradient_is_wrong():
    report = check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x * (1 + drifting(0 * x + 1)), THREE)
    assert report.verdict == "wrong"
    assert "two different answers" in report.reasons[0]


def shifting(x):
    x += 1
    return (x**2).sum()


def test_an_argument_changed_in_place_is_told():
    report = check_gradient(shifting, lambda x: 2 * (x + 1), THREE)
    assert report.verdict == "wrong"
    assert "changed its argument x in place" in report.reasons[0]
    assert THREE.tolist() == [0.5, 1.25, 2.5]


# --- stop-gradient ---------------------------------------------------------------------------------------------------


def changed_afterwards(x):
    held = stop_gradient(2 * x)
    held += 1
    return (held * x).sum()


def stopped_in_a_branch(x):
    return (stop_gradient(x) * x).sum() + (stop_gradient(x[0]) * x[0] if x[0] > 0 else 0.0)


STOPS = [
    trap("held", lambda x: (stop_gradient(x) * x).sum(), lambda x: 1 * x, lambda x: 2 * x, THREE),
    trap(
        "the max of softmax",
        lambda x: np.log(np.exp(x - stop_gradient(x.max())).sum()) + stop_gradient(x.max()),
        lambda x: np.exp(x) / np.exp(x).sum(),
        lambda x: np.exp(x),
        THREE,
    ),
    trap("changed afterwards", changed_afterwards, lambda x: 2 * x + 1, lambda x: 4 * x + 1, THREE),
    trap(
        "twice", lambda x: (stop_gradient(x) * stop_gradient(x**2) * x).sum(), lambda x: x**3, lambda x: 4 * x**3, THREE
    ),
    trap("in a branch", stopped_in_a_branch, lambda x: x * np.array([2, 1, 1]), lambda x: 2 * x, THREE),
    trap(
        "straight through",
        lambda x: (x + stop_gradient(np.round(x) - x)).sum(),
        lambda x: 1 + 0 * x,
        lambda x: 0 * x,
        THREE,
    ),
]


@pytest.mark.parametrize(("f", "right", "wrong", "args", "options"), STOPS)
def test_a_stopped_value_is_held_constant(f, right, wrong, args, options):
    assert (report := check_gradient(f, right, *args)).ok, str(report)
    assert check_gradient(f, wrong, *args).verdict == "wrong"


def test_stop_gradient_is_the_identity_elsewhere():
    assert stop_gradient(THREE) is THREE


# --- zeros -----------------------------------------------------------------------------------------------------------


def batch_norm(W, b, x, c):
    z = x @ W + b
    return (c * (z - z.mean(0)) / np.sqrt(z.var(0) + 1e-5)).sum()


def grad_batch_norm(W, b, x, c):
    z = x @ W + b
    s = np.sqrt(z.var(0) + 1e-5)
    n = (z - z.mean(0)) / s
    delta = (c - c.mean(0) - n * (c * n).mean(0)) / s
    return x.T @ delta, delta.sum(0)


BIASES = {
    "computed": grad_batch_norm,
    "zero": lambda *args: (grad_batch_norm(*args)[0], np.zeros_like(args[1])),
    "wrong": lambda *args: (grad_batch_norm(*args)[0], args[3].sum(0)),
}


@pytest.mark.parametrize("m", [6, 64])
@pytest.mark.parametrize("claim", ["computed", "zero"])
def test_a_bias_before_batch_norm_has_no_influence_and_that_is_no_error(claim, m, rng):
    args = [rng.normal(size=shape) for shape in ((3, 2), (2,), (m, 3), (m, 2))]
    report = check_gradient(batch_norm, BIASES[claim], *args, argnums=(0, 1))
    assert report.ok, str(report)
    assert "no influence on f at any of" in str(report)


def test_a_bias_before_batch_norm_with_a_gradient_is_wrong(rng):
    args = [rng.normal(size=shape) for shape in ((3, 2), (2,), (6, 3), (6, 2))]
    report = check_gradient(batch_norm, BIASES["wrong"], *args, argnums=(0, 1))
    assert [p.verdict for p in report.parameters] == ["agrees", "wrong"]


def dead(W, x):
    return np.maximum(x @ W, 0).sum()


def grad_dead(W, x):
    return x.T @ (x @ W > 0).astype(float)


def test_a_zero_gradient_of_dead_units_is_wrong_at_another_point():
    W, x = -np.ones((3, 2)), np.ones((4, 3))
    report = check_gradient(dead, lambda W, x: np.zeros_like(W), W, x)
    assert report.verdict == "wrong", str(report)
    assert "other-point" in notes(report)


def test_a_right_gradient_of_dead_units_agrees():
    report = check_gradient(dead, grad_dead, -np.ones((3, 2)), np.ones((4, 3)))
    assert report.ok
    assert report.points > 1


@pytest.mark.parametrize("offset", [0, 300])
def test_a_sum_of_probabilities_has_no_gradient(offset):
    def p(x):
        return np.exp(x - offset) / np.exp(x - offset).sum()

    report = check_gradient(lambda x: p(x).sum(), lambda x: p(x) * (1 - p(x).sum()), THREE + offset)
    assert report.ok, str(report)


def test_an_unused_argument_has_a_zero_gradient():
    for slope, verdict in ((0, "agrees"), (1, "wrong")):
        report = check_gradient(lambda x, y: (y**2).sum(), lambda x, y, s=slope: np.full_like(x, s), THREE, THREE)
        assert report.verdict == verdict


# --- rounding, the second layer --------------------------------------------------------------------------------------

HILBERT = 1 / (np.add.outer(np.arange(10), np.arange(10)) + 1.0)


def solved(A, b):
    return np.linalg.solve(A, b).sum()


def grad_solved(A, b):
    return -np.outer(np.linalg.solve(A.T, np.ones(len(b))), np.linalg.solve(A, b))


SINGLE = np.linspace(-3, 3, 40, dtype=np.float32)
HARMLESS = {
    "float32 tanh": (total(np.tanh), lambda x: 1 - np.tanh(x) ** 2, (SINGLE,)),
    "float32 network": (
        lambda W, x: (np.tanh(x @ W) ** 2).sum(),
        lambda W, x: x.T @ (2 * np.tanh(x @ W) * (1 - np.tanh(x @ W) ** 2)),
        (SINGLE.reshape(8, 5), SINGLE.reshape(5, 8)),
    ),
    "float16": (total(np.tanh), lambda x: 1 - np.tanh(x) ** 2, (SINGLE.astype(np.float16),)),
    "longdouble": (total(np.tanh), lambda x: 1 - np.tanh(x) ** 2, (SINGLE.astype(np.longdouble),)),
    "a float32 gradient of a float32 value": (
        lambda x: (x.astype(np.float32) ** 3).sum(),
        lambda x: (3 * x**2).astype(np.float32),
        (THREE / 7,),
    ),
    "a narrow gradient that loses nothing": (total(np.abs), lambda x: np.sign(x).astype(np.float16), (THREE,)),
    "cancelling, excused by the inputs": (lambda x: np.sin(1e8 * x).sum(), lambda x: 1e8 * np.cos(1e8 * x), (THREE,)),
    "an ill-conditioned solve": (solved, grad_solved, (HILBERT, np.ones(10))),
    "small beside the largest": (total(expit), lambda x: expit(x) * (1 - expit(x)), (points(40.0, 0.1),)),
    "f cancels, its gradient does not": (
        lambda x: (x**2).mean() - x.mean() ** 2,
        lambda x: 2 * (x - x.mean()) / 3,
        (1e8 + THREE,),
    ),
    "f under- and overflows on its way": (
        lambda x: np.sqrt((x**2).sum()),
        lambda x: x / np.hypot(*x),
        (points(3e-200, 4e-200),),
    ),
}
INACCURATE = {
    "left in float16": (lambda x: (x**3).sum(), lambda x: (3 * x**2).astype(np.float16), (THREE / 7,)),
    "left in float32": (total(np.tanh), lambda x: (1 - np.tanh(x) ** 2).astype(np.float32), (np.linspace(-3, 3, 40),)),
    "cancellation": (
        lambda x: (1 - np.cos(x)).sum(),
        lambda x: np.sqrt((1 - np.cos(x)) * (1 + np.cos(x))),
        (points(1e-9, 1e-8),),
    ),
    "difference of neighbours": (lambda x: (np.log1p(x) - x).sum(), lambda x: 1 / (1 + x) - 1, (points(1e-12, 1e-13),)),
    "saturated": (total(expit), lambda x: expit(x) * (1 - expit(x)), (points(40.0),)),
    "NaN where the formula is finite": (
        lambda x: (np.exp(x) / (1 + np.exp(x))).sum(),
        lambda x: np.exp(x) / (1 + np.exp(x)) ** 2,
        (points(800.0, 1.0),),
    ),
    "infinite where the formula is finite": (
        np.linalg.norm,
        lambda x: x / np.linalg.norm(x),
        (points(3e-200, 4e-200),),
    ),
    "float16 overflow": (
        lambda x: np.log(np.sum(np.exp(x))),
        lambda x: np.exp(x) / np.exp(x).sum(),
        (points(12.0, 1.0, dtype=np.float16),),
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_no_evaluation_in_that_precision_could_avoid_is_excused(name):
    f, gradient, args = HARMLESS[name]
    report = check_gradient(f, gradient, *args)
    assert report.ok, str(report)
    assert report.digits


@pytest.mark.parametrize("name", INACCURATE)
def test_a_right_formula_that_loses_its_digits_is_inaccurate(name):
    f, gradient, args = INACCURATE[name]
    report = check_gradient(f, gradient, *args)
    assert report.verdict == "inaccurate", str(report)
    assert "rounding" in notes(report)


@pytest.mark.parametrize("name", [*HARMLESS, *INACCURATE])
def test_a_wrong_formula_is_wrong_whatever_its_rounding(name):
    f, gradient, args = {**HARMLESS, **INACCURATE}[name]
    report = check_gradient(f, lambda *xs: gradient(*xs) * np.float16(1.5), *args)
    assert report.verdict == "wrong", str(report)


NUMBERLESS = {"NaN": NOT_A_NUMBER, "inf": float("inf")}


@pytest.mark.parametrize("value", NUMBERLESS)
def test_no_number_never_equals_a_number(value):
    report = check_gradient(lambda x: (x**2).sum(), lambda x: np.where(x == 0.5, NUMBERLESS[value], 2 * x), THREE)
    assert report.verdict == "wrong"


# --- functions written in JAX -------------------------------------------------------------------------------------------


def jax_squash(x):
    import jax.numpy as jnp

    return jnp.sum(jnp.tanh(x) ** 2)


def grad_jax_squash(x):
    import jax

    return jax.grad(jax_squash)(x)


def grad_squash(x):
    return 2 * np.tanh(x) * (1 - np.tanh(x) ** 2)


@pytest.mark.parametrize("f", [jax_squash, lambda x: (np.tanh(x) ** 2).sum()], ids=["jax", "numpy"])
@pytest.mark.parametrize("gradient", [grad_jax_squash, grad_squash], ids=["jax", "numpy"])
def test_f_and_gradient_may_be_written_in_jax(f, gradient):
    assert (report := check_gradient(f, gradient, THREE)).ok, str(report)
    assert check_gradient(f, lambda x: 2 * gradient(x), THREE).verdict == "wrong"


# --- nothing waits for ever ------------------------------------------------------------------------------------------


def until_equal(x):
    """A loop that ends where two machine floats are the same: on exact numbers they never are."""
    y = np.cos(x)
    while y != x:
        x, y = y, np.cos(y)
    return 0 * x


def test_a_loop_that_ends_by_rounding_only_is_given_up():
    report = check_gradient(lambda x: until_equal(x) + x**2, lambda x: 2 * x, 0.9)
    assert report.verdict in ("agrees", "inconclusive")
    assert "formula not judged" in str(report)
