"""`check_gradient` end to end: right gradients agree to 60 digits, wrong twins are wrong, the user's world stays."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import flint
import numpy as np
import pytest

import autocheck
from autocheck import check_gradient
from autocheck.report import SCHEMA

DIGITS = 60
"""What a right formula must reach: twice as many as any float type has, and what the judge stops at."""


# --- functions that people derive by hand ----------------------------------------------------------------------------


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cross_entropy(W, b, x, y):
    return -(y * np.log(softmax(x @ W + b))).sum() / len(x)


def grad_cross_entropy(W, b, x, y):
    delta = (softmax(x @ W + b) - y) / len(x)
    return x.T @ delta, delta.sum(0)


def softmax_read(z, c):
    return (softmax(z) * c).sum()


def grad_softmax_read(z, c):
    a = softmax(z)
    return a * (c - (a * c).sum(-1, keepdims=True))


def two_layers(V, W, x, y):
    return 0.5 * ((np.tanh(x @ V) @ W - y) ** 2).sum()


def grad_two_layers(V, W, x, y, h_prime=lambda a: 1 - a**2):
    a = np.tanh(x @ V)
    delta = a @ W - y
    return x.T @ (delta @ W.T * h_prime(a)), a.T @ delta


def layer_norm(x, gamma, c):
    return (c * gamma * (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)).sum()


def grad_layer_norm(x, gamma, c, through_variance=True, eps=1e-5):
    s = np.sqrt(x.var(1, keepdims=True) + eps)
    n = (x - x.mean(1, keepdims=True)) / s
    d = c * gamma
    back = d - d.mean(1, keepdims=True) - through_variance * n * (d * n).mean(1, keepdims=True)
    return back / s, (c * n).sum(0)


def attention(Q, K, V, c):
    return (c * (softmax(Q @ K.T / np.sqrt(Q.shape[1])) @ V)).sum()


def grad_attention(Q, K, V, c):
    scale = np.sqrt(Q.shape[1])
    P = softmax(Q @ K.T / scale)
    dP = c @ V.T
    dS = P * (dP - (dP * P).sum(1, keepdims=True)) / scale
    return dS @ K, dS.T @ Q, P.T @ c


def recurrent(W, U, xs, y):
    h = np.zeros(len(W))
    for x in xs:
        h = np.tanh(W @ h + U @ x)
    return ((h - y) ** 2).sum()


def grad_recurrent(W, U, xs, y, accumulate=True):
    hs = [np.zeros(len(W))]
    for x in xs:
        hs.append(np.tanh(W @ hs[-1] + U @ x))
    dW, dU, back = np.zeros_like(W), np.zeros_like(U), 2 * (hs[-1] - y)
    for x, h, before in zip(xs[::-1], hs[:0:-1], hs[-2::-1], strict=True):
        dz = back * (1 - h**2)
        dW = accumulate * dW + np.outer(dz, before)
        dU += np.outer(dz, x)
        back = W.T @ dz
    return dW, dU


def convolution(x, k, c):
    out = np.zeros_like(c)
    for i, j in np.ndindex(c.shape):
        out[i, j] = (x[i : i + len(k), j : j + k.shape[1]] * k).sum()
    return (out * c).sum()


def grad_convolution(x, k, c, flip=False):
    dx, dk = np.zeros(x.shape), np.zeros(k.shape)
    for i, j in np.ndindex(c.shape):
        dx[i : i + len(k), j : j + k.shape[1]] += (k[::-1] if flip else k) * c[i, j]
        dk += x[i : i + len(k), j : j + k.shape[1]] * c[i, j]
    return dx, dk


def gaussian(mu, S, x):
    L = np.linalg.cholesky(S)
    r = np.linalg.solve(L, x - mu)
    return -0.5 * r @ r - np.log(np.diag(L)).sum() - len(x) / 2 * np.log(2 * np.pi)


def lookup(E, c, words=(0, 2, 2, 1, 0)):
    return (E[list(words)] * c).sum()


def grad_lookup(E, c, words=(0, 2, 2, 1, 0)):
    g = np.zeros_like(E)
    np.add.at(g, list(words), c)
    return g


def overwritten(E, c, words=(0, 2, 2, 1, 0)):
    g = np.zeros_like(E)
    g[list(words)] += c
    return g


def pinball(q, y, tau=0.9):
    return np.maximum(tau * (y - q), (tau - 1) * (y - q)).sum()


@dataclass(frozen=True)
class Subject:
    name: str
    f: Callable[..., Any]
    gradient: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    twins: dict[str, Callable[..., Any]] = field(default_factory=dict)
    argnums: int | tuple[int, ...] = 0
    prepare: Callable[[list[Any]], list[Any]] = lambda args: args

    def args(self, rng):
        return self.prepare([rng.normal(size=shape) for shape in self.shapes])

    def check(self, gradient, rng):
        return check_gradient(self.f, gradient, *self.args(rng), argnums=self.argnums)


def one_hot_last(args):
    *rest, y = args
    return [*rest, np.eye(y.shape[1])[y.argmax(1)]]


def positive(args):
    return [np.abs(a) + 0.1 for a in args]


def definite(args):
    mu, A, x = args
    return [mu, A @ A.T + np.eye(len(A)), x]


SUBJECTS = [
    Subject(
        "softmax cross-entropy",
        cross_entropy,
        grad_cross_entropy,
        ((4, 3), (3,), (5, 4), (5, 3)),
        {
            "no 1/m": lambda W, b, x, y: tuple(len(x) * g for g in grad_cross_entropy(W, b, x, y)),
            "1/m twice in b": lambda W, b, x, y: (
                grad_cross_entropy(W, b, x, y)[0],
                (softmax(x @ W + b) - y).mean(0) / 5,
            ),
            "one example dropped": lambda W, b, x, y: tuple(g * 4 / 5 for g in grad_cross_entropy(W, b, x[1:], y[1:])),
        },
        (0, 1),
        one_hot_last,
    ),
    Subject(
        "softmax under a random cotangent",
        softmax_read,
        grad_softmax_read,
        ((3, 5), (3, 5)),
        {
            "diagonal only": lambda z, c: c * softmax(z) * (1 - softmax(z)),
            "no sum": lambda z, c: c * softmax(z),
            "over the whole batch": lambda z, c: softmax(z) * (c - (softmax(z) * c).sum()),
        },
    ),
    Subject(
        "two layers",
        two_layers,
        grad_two_layers,
        ((3, 4), (4, 2), (5, 3), (5, 2)),
        {
            "h' left out": lambda *args: grad_two_layers(*args, h_prime=lambda a: 1),
            "h' of a": lambda *args: grad_two_layers(*args, h_prime=lambda a: 1 - np.tanh(a) ** 2),
            "layers swapped": lambda V, W, x, y: (grad_two_layers(V, W, x, y)[0], np.tanh(x @ V).T @ y),
        },
        (0, 1),
    ),
    Subject(
        "layer norm",
        layer_norm,
        grad_layer_norm,
        ((3, 5), (5,), (3, 5)),
        {
            "variance held constant": lambda *args: grad_layer_norm(*args, through_variance=False),
            "no epsilon": lambda *args: grad_layer_norm(*args, eps=0),
        },
        (0, 1),
    ),
    Subject(
        "attention",
        attention,
        grad_attention,
        ((2, 3), (4, 3), (4, 5), (2, 5)),
        {
            "scale forgotten": lambda Q, K, V, c: (
                grad_attention(Q, K, V, c)[0] * np.sqrt(3),
                *grad_attention(Q, K, V, c)[1:],
            ),
            "not transposed": lambda Q, K, V, c: (*grad_attention(Q, K, V, c)[:2], softmax(K @ Q.T) @ c),
        },
        (0, 1, 2),
    ),
    Subject(
        "recurrent network",
        recurrent,
        grad_recurrent,
        ((3, 3), (3, 2), (4, 2), (3,)),
        {"last step only": lambda *args: grad_recurrent(*args, accumulate=False)},
        (0, 1),
    ),
    Subject(
        "convolution by loops",
        convolution,
        grad_convolution,
        ((5, 4), (2, 3), (4, 2)),
        {"kernel flipped": lambda *args: grad_convolution(*args, flip=True)},
        (0, 1),
    ),
    Subject(
        "Gaussian log-likelihood",
        gaussian,
        lambda mu, S, x: np.linalg.solve(S, x - mu),
        ((3,), (3, 3), (3,)),
        {"covariance for its inverse": lambda mu, S, x: S @ (x - mu)},
        prepare=definite,
    ),
    Subject(
        "log-determinant",
        lambda A: np.linalg.slogdet(A)[1],
        lambda A: np.linalg.inv(A).T,
        ((4, 4),),
        {"not transposed": np.linalg.inv},
    ),
    Subject(
        "linear solve",
        lambda A, b, c: c @ np.linalg.solve(A, b),
        lambda A, b, c: (-np.outer(np.linalg.solve(A.T, c), np.linalg.solve(A, b)), np.linalg.solve(A.T, c)),
        ((3, 3), (3,), (3,)),
        {
            "outer product the other way": lambda A, b, c: (
                -np.outer(np.linalg.solve(A, b), np.linalg.solve(A.T, c)),
                np.linalg.solve(A.T, c),
            )
        },
        (0, 1),
    ),
    Subject(
        "Kullback-Leibler divergence",
        lambda p, q: (p * np.log(p / q)).sum(),
        lambda p, q: (np.log(p / q) + 1, -p / q),
        ((4,), (4,)),
        {
            "p and q exchanged": lambda p, q: (np.log(q / p) + 1, -q / p),
            "derivative of p forgotten": lambda p, q: (np.log(p / q), -p / q),
        },
        (0, 1),
        positive,
    ),
    Subject(
        "binary cross-entropy on logits",
        lambda z, y: (np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))).sum(),
        lambda z, y: sigmoid(z) - y,
        ((6,), (6,)),
        {"h' multiplied in": lambda z, y: (sigmoid(z) - y) * sigmoid(z) * (1 - sigmoid(z))},
    ),
    Subject(
        "word lookup with repeats",
        lookup,
        grad_lookup,
        ((3, 2), (5, 2)),
        {"repeats overwritten": overwritten},
    ),
    Subject(
        "cumulative sum",
        lambda x: (np.cumsum(x) ** 2).sum(),
        lambda x: 2 * np.cumsum(np.cumsum(x)[::-1])[::-1],
        ((5,),),
        {"not reversed": lambda x: 2 * np.cumsum(np.cumsum(x))},
    ),
    Subject(
        "bias broadcast over a batch",
        lambda b, x: ((x + b) ** 2).sum(),
        lambda b, x: 2 * (x + b).sum(0),
        ((3,), (4, 3)),
        {"mean for the sum": lambda b, x: 2 * (x + b).mean(0), "not summed": lambda b, x: 2 * (x + b)},
    ),
    Subject(
        "quadratic form",
        lambda x, A: x @ A @ x,
        lambda x, A: (A + A.T) @ x,
        ((4,), (4, 4)),
        {"A taken for symmetric": lambda x, A: 2 * A @ x, "term dropped": lambda x, A: A @ x},
    ),
    Subject(
        "quantile loss",
        pinball,
        lambda q, y: np.where(y > q, -0.9, 1 - 0.9),
        ((4,), (4,)),
        {"tau and 1 - tau exchanged": lambda q, y: np.where(y > q, -(1 - 0.9), 0.9)},
    ),
    Subject(
        "Euler steps",
        lambda k, y: (y - k * y**2 / 10) - k * (y - k * y**2 / 10) ** 2 / 10,
        lambda k, y: -(y**2) / 10 - (y - k * y**2 / 10) ** 2 / 10 + k * (y - k * y**2 / 10) * y**2 / 50,
        ((), ()),
        {"second step only": lambda k, y: -((y - k * y**2 / 10) ** 2) / 10},
    ),
]


def each(gradient, change):
    """The gradient with `change` applied to each of its arrays."""

    def changed(*args):
        found = gradient(*args)
        return tuple(map(change, found)) if isinstance(found, tuple) else change(found)

    return changed


def first_entry(by):
    """A change of the first entry alone, by a factor."""
    return lambda g: g * np.where(np.arange(np.size(g)) == 0, by, 1.0).reshape(np.shape(g))


MISTAKES = {
    "sign": lambda g: -g,
    "factor 2": lambda g: 2 * g,
    "zero": lambda g: 0 * g,
    "1e-10 in one entry": first_entry(1 + 1e-10),
    "one entry missing": first_entry(0),
}
TWINS = [pytest.param(s, twin, id=f"{s.name}: {name}") for s in SUBJECTS for name, twin in s.twins.items()]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda s: s.name)
def test_a_right_gradient_agrees_to_sixty_digits(subject, rng):
    report = subject.check(subject.gradient, rng)
    assert (report.verdict, report.mode) == ("agrees", "exact, element by element"), str(report)
    assert report.digits >= DIGITS


@pytest.mark.parametrize(("subject", "twin"), TWINS)
def test_its_wrong_twin_is_wrong(subject, twin, rng):
    report = subject.check(twin, rng)
    assert report.verdict == "wrong", str(report)
    assert report.reasons


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda s: s.name)
def test_every_plain_mistake_is_wrong(subject, mistake, rng):
    assert subject.check(each(subject.gradient, MISTAKES[mistake]), rng).verdict == "wrong"


# --- which argument is meant, and what it is called in the report ----------------------------------------------------


class Pair(NamedTuple):
    W: Any
    b: Any


@dataclass(frozen=True)
class Layer:
    W: Any
    b: Any
    title: str = "hidden"


CONTAINERS = {
    "dict": (dict, lambda p: (p["W"], p["b"]), ["p['W']", "p['b']"]),
    "tuple": (lambda W, b: (W, b), lambda p: p, ["p[0]", "p[1]"]),
    "list": (lambda W, b: [W, b], lambda p: p, ["p[0]", "p[1]"]),
    "namedtuple": (Pair, lambda p: p, ["p.W", "p.b"]),
    "dataclass": (Layer, lambda p: (p.W, p.b), ["p.W", "p.b"]),
    "dict of lists": (
        lambda W, b: {"a": [W], "z": {"b": b}},
        lambda p: (p["a"][0], p["z"]["b"]),
        ["p['a'][0]", "p['z']['b']"],
    ),
}


def cubes(parts):
    return lambda p: (parts(p)[0] ** 2).sum() + (parts(p)[1] ** 3).sum()


@pytest.mark.parametrize("kind", CONTAINERS)
def test_nested_parameters_keep_their_names(kind, rng):
    make, parts, names = CONTAINERS[kind]
    point = make(W=rng.normal(size=(3, 2)), b=rng.normal(size=2))
    report = check_gradient(cubes(parts), lambda p: make(W=2 * parts(p)[0], b=3 * parts(p)[1] ** 2), point)
    assert report.ok, str(report)
    assert [p.name for p in report.parameters] == names


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_wrong_leaf_is_the_one_that_is_named(kind, rng):
    make, parts, names = CONTAINERS[kind]
    point = make(W=rng.normal(size=(3, 2)), b=rng.normal(size=2))
    report = check_gradient(cubes(parts), lambda p: make(W=2 * parts(p)[0], b=2 * parts(p)[1] ** 2), point)
    assert [p.verdict for p in report.parameters] == ["agrees", "wrong"]
    assert names[1] in report.reasons[0]


def test_a_dict_is_matched_by_its_keys_not_by_their_order(rng):
    p = {"a": rng.normal(size=3), "b": rng.normal(size=3)}
    f = cubes(lambda p: (p["a"], p["b"]))
    assert check_gradient(f, lambda p: {"b": 3 * p["b"] ** 2, "a": 2 * p["a"]}, p).ok
    assert check_gradient(f, lambda p: {"b": 2 * p["a"], "a": 3 * p["b"] ** 2}, p).verdict == "wrong"


def scaled(a, x):
    return (a * x**2).sum()


ARGNUMS = {
    "0": (0, lambda a, x: (x**2).sum(), ["a"]),
    "1": (1, lambda a, x: 2 * a * x, ["x"]),
    "-1": (-1, lambda a, x: 2 * a * x, ["x"]),
    "(0, 1)": ((0, 1), lambda a, x: ((x**2).sum(), 2 * a * x), ["a", "x"]),
    "(1, 0)": ((1, 0), lambda a, x: (2 * a * x, (x**2).sum()), ["x", "a"]),
    "(1,)": ((1,), lambda a, x: (2 * a * x,), ["x"]),
    "int64": (np.int64(1), lambda a, x: 2 * a * x, ["x"]),
}


@pytest.mark.parametrize("numbers", ARGNUMS)
def test_argnums_are_those_of_jax_grad(numbers, rng):
    argnums, gradient, names = ARGNUMS[numbers]
    report = check_gradient(scaled, gradient, 2.5, rng.normal(size=3), argnums=argnums)
    assert report.ok
    assert [p.name for p in report.parameters] == names


def test_gradients_in_the_wrong_order_are_wrong(rng):
    a, x = rng.normal(size=3), rng.normal(size=3)
    report = check_gradient(scaled, lambda a, x: (2 * a * x, x**2), a, x, argnums=(0, 1))
    assert [p.verdict for p in report.parameters] == ["wrong", "wrong"]


def test_arguments_that_f_does_not_name_have_a_number(rng):
    report = check_gradient(lambda *xs: xs[0] * xs[1], lambda *xs: xs[0], 1.5, 2.5, argnums=1)
    assert report.parameters[0].name == "args[1]"


# --- independent rows ------------------------------------------------------------------------------------------------


def per_row(z, y):
    return (np.log1p(np.exp(z)) - y * z).sum(1)


def test_independent_rows_are_judged_together(rng):
    z, y = rng.normal(size=(20, 3)), rng.random((20, 3))
    report = check_gradient(per_row, lambda z, y: sigmoid(z) - y, z, y, rows=True)
    assert report.ok
    assert report.parameters[0].count == z.size
    assert report.evaluations < z.size


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_one_of_many_rows_is_wrong(mistake, rng):
    wrong = each(lambda z, y: sigmoid(z) - y, MISTAKES[mistake])
    report = check_gradient(per_row, wrong, rng.normal(size=(6, 3)), rng.random((6, 3)), rows=True)
    assert report.verdict == "wrong"


# --- parameters too large to be judged element by element ------------------------------------------------------------


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("error", [1.0, 1e-2, 1e-10])
def test_one_wrong_entry_of_ten_thousand_is_seen_along_random_directions(error, rng):
    x, place = rng.normal(size=10_000), int(rng.integers(10_000))
    hot = np.arange(x.size) == place
    report = check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x + error * np.where(hot, x, 0), x, budget=1)
    (parameter,) = report.parameters
    assert (report.verdict, parameter.worst_index) == ("wrong", (place,))
    assert parameter.directions == parameter.count - 1


def test_ten_thousand_right_entries_agree(rng):
    report = check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, rng.normal(size=10_000), budget=1)
    assert report.ok
    assert report.digits >= DIGITS
    assert "random directions" in report.mode


KINKED = {
    "max(x, 0)": (lambda x, up: (up * np.maximum(x, 0)).sum(), lambda x, up: up * (x > 0)),
    "|x|": (lambda x, up: (up * np.abs(x)).sum(), lambda x, up: up * np.sign(x)),
    "clip": (lambda x, up: (up * np.clip(x, 0, 1)).sum(), lambda x, up: up * ((x > 0) & (x < 1))),
}
"""Sums of kinks of both signs: along a random direction their sides mix, and a subgradient need not lie between its slopes."""
AT_ZEROS = {
    "nothing": lambda g, x: g,
    "at all zeros": lambda g, x: g + 9.0 * (x == 0),
    "at one zero": lambda g, x: g + 9.0 * (np.cumsum(x == 0) == 30) * (x == 0),
    "at one other": lambda g, x: g + 1e-6 * (np.cumsum(x != 0) == 30) * (x != 0),
    "everywhere": lambda g, x: -g,
}


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("budget", [0.25, 1e-3])
@pytest.mark.parametrize("mistake", AT_ZEROS)
@pytest.mark.parametrize("name", KINKED)
def test_many_elements_at_a_kink_hide_neither_right_nor_wrong(name, mistake, budget, rng):
    f, gradient = KINKED[name]
    x, up = (
        np.clip(rng.normal(size=1000), 0 if name == "clip" else -9, 1) * (rng.random(1000) < 0.7),
        rng.normal(size=1000),
    )
    report = check_gradient(f, lambda x, up: AT_ZEROS[mistake](gradient(x, up), x), x, up, budget=budget)
    assert report.verdict == ("agrees" if mistake == "nothing" else "wrong"), str(report)
    assert ("directions" in report.mode) == (budget == 0.25)
    assert not any(note.id == "contradiction" for note in report.notes)


# --- the report ------------------------------------------------------------------------------------------------------


def wrong_report(seed=0):
    x = np.array([0.5, -1.5])
    return check_gradient(scaled, lambda a, x: ((x**2).sum(), a * x), 2.5, x, argnums=(0, 1), seed=seed)


def test_the_same_seed_gives_the_same_report():
    assert wrong_report(3) == wrong_report(3)
    assert str(wrong_report(3)) == str(wrong_report(3))


def test_a_report_survives_json():
    report = wrong_report()
    read = json.loads(report.to_json())
    assert read == report.to_dict()
    assert (read["schema"], read["verdict"], read["parameters"][1]["verdict"]) == (SCHEMA, "wrong", "wrong")


def test_not_a_number_survives_json():
    report = check_gradient(lambda x: (x**2).sum(), lambda x: x * np.nan, np.array([1.0, 2.0]))
    assert json.loads(report.to_json())["parameters"][0]["hand"] == "nan"


def test_the_report_names_the_element_its_numbers_and_how_to_run_it_again():
    report = wrong_report()
    worst = report.parameters[1]
    assert worst.hand == pytest.approx(worst.estimate("definition").value / 2)
    assert f"worst x[{worst.worst_index[0]}] is {worst.hand:.8g}, should be" in str(report)
    assert str(report).splitlines()[0] == "wrong: the gradient of scaled"
    assert report.reproduce.startswith("autocheck.check_gradient(scaled, ")
    assert report.reproduce.endswith("a, x, argnums=(0, 1), seed=0)")


def test_a_report_is_at_most_25_lines(rng):
    many = [rng.normal(size=2) for _ in range(40)]
    report = check_gradient(lambda p: sum((v**2).sum() for v in p), lambda p: p, many)
    assert len(str(report).splitlines()) <= 25
    assert len(report.parameters) == 40


def test_a_pass_says_what_it_would_have_missed(rng):
    x = rng.normal(size=3)
    report = check_gradient(scaled, lambda a, x: 2 * a * x, 2.5, x, argnums=1)
    assert report.parameters[0].detection_floor == pytest.approx(2.0**-64 * np.max(np.abs(5 * x)))  # beneath any float


def test_only_agrees_is_ok():
    assert bool(check_gradient(lambda x: x * x, lambda x: 2 * x, 1.5))
    assert not bool(check_gradient(lambda x: x * x, lambda x: x, 1.5))


# --- the assertion ---------------------------------------------------------------------------------------------------


def test_assert_gradient_returns_the_report_of_a_right_one():
    assert autocheck.assert_gradient(lambda x: x * x, lambda x: 2 * x, 1.5).ok


def test_assert_gradient_raises_with_the_report_as_its_message():
    with pytest.raises(AssertionError, match=r"wrong: the gradient of") as caught:
        autocheck.assert_gradient(lambda x: x * x, lambda x: x, 1.5)
    assert "x is 1.5, should be 3" in str(caught.value)


def test_assert_gradient_does_not_take_inconclusive_for_right():
    with pytest.raises(AssertionError, match="inconclusive"):
        autocheck.assert_gradient(np.sqrt, lambda x: 0.5 / np.sqrt(x), 0.0)


# --- the user's world stays as it was --------------------------------------------------------------------------------


def world():
    """All that a check could leave changed behind itself."""
    names = ["zeros", "array", "asarray", "full", "linspace"]
    state = np.random.get_state()  # noqa: NPY002 - it is the state of the global generator that is meant
    return [np.geterr(), state[1].tolist(), state[2], flint.ctx.prec, np.get_printoptions()] + [
        id(getattr(np, name)) for name in names
    ]


GRADIENTS = {
    "right": lambda x: 2 * x,
    "wrong": lambda x: x,
    "not lifted": lambda x: np.array([float(2 * v) for v in x]),
    "raises": lambda x: x[7],
}


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_a_check_leaves_no_trace(gradient):
    np.random.seed(5)  # noqa: NPY002
    with np.errstate(over="raise", divide="raise"):
        before = world()
        try:
            check_gradient(lambda x: (x**2).sum() + 0 * np.random.rand(), GRADIENTS[gradient], np.array([1.0, -2.0]))  # noqa: NPY002
        except IndexError:
            assert gradient == "raises"
        assert world() == before


def drawn(p, x, r):
    return ((x @ p["W"]) ** 2).sum() * (1 + r.integers(3))


def grad_drawn(p, x, r):
    return {"W": 2 * np.outer(x, x @ p["W"]) * (1 + r.integers(3))}


def test_the_arguments_are_never_touched(rng):
    args = [{"W": rng.normal(size=(3, 2))}, rng.normal(size=3), np.random.default_rng(7)]
    before = copy.deepcopy(args)
    check_gradient(drawn, grad_drawn, *args)
    assert np.array_equal(args[0]["W"], before[0]["W"])
    assert np.array_equal(args[1], before[1])
    assert args[2].random() == before[2].random()


def test_read_only_and_strided_arguments_are_taken(rng):
    x = rng.normal(size=(6, 4))[::2, ::-1]
    x.flags.writeable = False
    assert check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, x).ok


def test_plain_numbers_are_arguments_too():
    report = check_gradient(lambda x, n: x**n, lambda x, n: n * x ** (n - 1), 1.5, 3)
    assert report.ok
    assert report.parameters[0].shape == ()


# --- a reference -----------------------------------------------------------------------------------------------------


def squash(z):
    return np.tanh(z).sum()


def grad_squash(z):
    return 1 - np.tanh(z) ** 2


def references():
    import jax.numpy as jnp

    return {
        "same": lambda z: jnp.sum(jnp.tanh(z)),
        "other function": lambda z: jnp.sum(jnp.tanh(2 * z)),
        "other constant": lambda z: jnp.sum(jnp.tanh(z)) + 1,
        "off by 1e-9": lambda z: jnp.sum(jnp.tanh(z)) * (1 + 1e-9),
        "raises": lambda z: 1 / 0,
    }


def test_a_reference_that_agrees_is_told(rng):
    report = check_gradient(squash, grad_squash, rng.normal(size=3), reference=references()["same"])
    assert report.ok
    assert report.parameters[0].estimate("autodiff").digits > 14


@pytest.mark.parametrize("name", ["other function", "other constant", "off by 1e-9"])
def test_a_forward_that_is_not_the_references_is_wrong_though_the_gradient_fits_it(name, rng):
    report = check_gradient(squash, grad_squash, rng.normal(size=3), reference=references()[name])
    assert report.verdict == "wrong"
    assert "reference-value" in [note.id for note in report.notes]


def test_a_gradient_of_the_reference_that_is_not_fs_own_is_wrong(rng):
    report = check_gradient(
        squash, lambda z: 2 / np.cosh(2 * z) ** 2, rng.normal(size=3), reference=references()["other function"]
    )
    assert report.verdict == "wrong"


def test_a_reference_that_could_not_be_used_does_not_pass_silently(rng):
    report = check_gradient(squash, grad_squash, rng.normal(size=3), reference=references()["raises"])
    assert report.verdict == "inconclusive"
    assert "ZeroDivisionError" in str(report)
