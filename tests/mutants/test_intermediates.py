"""A backward pass with one mistake in it: the first wrong gradient is named, what follows inherits it, no other is blamed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import autocheck
from autocheck import tap
from autocheck.claim import BadClaim

rng = np.random.default_rng(0)
NETWORK = (
    rng.normal(size=(4, 3)),
    rng.normal(size=3),
    rng.normal(size=(3, 2)),
    rng.normal(size=2),
    rng.normal(size=(5, 4)),
    np.eye(2)[[0, 1, 1, 0, 1]],
)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def loss(W1, b1, W2, b2, X, Y):
    z1 = tap("z1", X @ W1 + b1)
    a1 = tap("a1", sigmoid(z1))
    z2 = tap("z2", a1 @ W2 + b2)
    return -np.sum(Y * np.log(softmax(z2))) / len(X)


@dataclass
class Backward:
    """The backward pass of `loss`; each part can be replaced by another."""

    parts: dict[str, Any] = field(default_factory=dict)

    def __call__(self, W1, b1, W2, b2, X, Y):
        part = lambda name, right: self.parts.get(name, lambda r, v: r)(right, locals_)  # noqa: E731
        z1 = X @ W1 + b1
        a1 = sigmoid(z1)
        locals_ = {"W1": W1, "W2": W2, "X": X, "Y": Y, "z1": z1, "a1": a1}
        dz2 = locals_["dz2"] = part("z2", (softmax(a1 @ W2 + b2) - Y) / len(X))
        da1 = locals_["da1"] = part("a1", dz2 @ W2.T)
        dz1 = locals_["dz1"] = part("z1", da1 * a1 * (1 - a1))
        return {
            "W1": part("W1", X.T @ dz1),
            "b1": part("b1", dz1.sum(axis=0)),
            "z1": dz1,
            "a1": da1,
            "W2": part("W2", a1.T @ dz2),
            "b2": part("b2", dz2.sum(axis=0)),
            "z2": dz2,
        }


BELOW = {"z2": {"W2", "b2", "a1", "z1", "W1", "b1"}, "a1": {"z1", "W1", "b1"}, "z1": {"W1", "b1"}}
MISTAKES = {
    "the mean over the batch forgotten": ("z2", lambda d, v: d * 5),
    "a sign": ("z2", lambda d, v: -d),
    "one example wrong": ("z2", lambda d, v: d * (1 + (np.arange(5)[:, None] == 2))),
    "off by one in 1e9": ("z2", lambda d, v: d * (1 + 1e-9)),
    "the weights not transposed back": ("a1", lambda d, v: (v["dz2"] @ v["W2"].T)[:, ::-1]),
    "h' left out": ("z1", lambda d, v: v["da1"]),
    "h' at a instead of z": ("z1", lambda d, v: v["da1"] * sigmoid(v["a1"]) * (1 - sigmoid(v["a1"]))),
    "tanh' for sigmoid'": ("z1", lambda d, v: v["da1"] * (1 - v["a1"] ** 2)),
    "W1 twice": ("W1", lambda d, v: 2 * d),
    "W1 from delta of another layer": ("W1", lambda d, v: v["X"].T @ v["da1"]),
    "b2 averaged": ("b2", lambda d, v: d / 5),
    "b1 of the first example": ("b1", lambda d, v: v["dz1"][0]),
}


def parts_of(report):
    of = {"first-wrong": [], "also-wrong": [], "inherited": []}
    for p in report.parameters:
        for note in p.notes:
            if note.id in of:
                of[note.id].append(p.name)
    return of["first-wrong"], of["also-wrong"], set(of["inherited"])


def test_a_right_backward_pass_agrees_from_the_loss_down():
    report = autocheck.assert_intermediates(loss, Backward(), *NETWORK)
    assert [p.name for p in report.parameters] == ["z2", "W2", "b2", "a1", "z1", "W1", "b1"]
    assert all(p.digits > 40 for p in report.parameters)


@pytest.mark.parametrize("name", MISTAKES)
def test_the_first_wrong_gradient_is_named_and_the_rest_inherits(name):
    part, wrong = MISTAKES[name]
    report = autocheck.check_intermediates(loss, Backward({part: wrong}), *NETWORK)
    assert report.verdict == "wrong"
    assert parts_of(report) == ([part], [], BELOW.get(part, set()))
    assert report.reasons[0].startswith(f"{part} is the first that is wrong")


def test_the_line_of_the_mark_is_told():
    report = autocheck.check_intermediates(loss, Backward({"z1": lambda d, v: v["da1"]}), *NETWORK)
    assert re.search(r'test_intermediates\.py:\d+: z1 = tap\("z1"', report.reasons[0])
    assert report.diagnosis is not None
    assert "left out" in report.diagnosis.sentence


SLOPES = {"1 - a": lambda a: 1 - a, "1 - a**2": lambda a: 1 - a**2, "a": lambda a: a}


@pytest.mark.parametrize("name", SLOPES)
def test_another_slope_at_a_mark_is_told_by_its_formula(name):
    backward = Backward({"z1": lambda d, v: v["da1"] * SLOPES[name](v["a1"])})
    diagnosis = autocheck.check_intermediates(loss, backward, *NETWORK).diagnosis
    assert diagnosis is not None
    assert (diagnosis.cause, diagnosis.evidence[:5]) == ("slope-other", "exact")
    assert f"is taken for {name}, a being its output" in diagnosis.sentence


def test_two_mistakes_are_told_apart_from_what_they_leave_behind():
    backward = Backward({"z2": lambda d, v: 2 * d, "W1": lambda d, v: -d})
    report = autocheck.check_intermediates(loss, backward, *NETWORK)
    assert parts_of(report) == (["z2"], ["W1"], BELOW["z2"] - {"W1"})


def test_a_right_backward_pass_is_right_at_other_points_too():
    """The marks are where f's own arguments take them, however these are moved."""
    report = autocheck.check_intermediates(loss, Backward(), *NETWORK, explore=True)
    assert report.verdict == "agrees", str(report)
    assert report.points > 1


def test_a_mistake_that_shows_at_other_points_only_is_seen_there():
    def f(w):
        return (np.maximum(tap("z", 2 * w), 0) ** 2).sum()

    def slope_of_the_given_point(w):
        dz = 2 * (2 * w)
        return {"z": dz, "w": 2 * dz}

    at = np.array([0.5, 1.5])
    assert autocheck.check_intermediates(f, slope_of_the_given_point, at).verdict == "agrees"
    assert autocheck.check_intermediates(f, slope_of_the_given_point, at, explore=True).verdict == "wrong"


def test_what_inherits_from_the_second_mistake_is_not_blamed_on_the_first():
    parts = {"b2": lambda right, v: right / 5, "z1": lambda right, v: v["da1"]}
    report = autocheck.check_intermediates(loss, Backward(parts), *NETWORK)
    notes = {p.name: [n.text for n in p.notes if n.id == "inherited"] for p in report.parameters}
    assert notes["W1"][0].startswith("inherited from z1:")
    assert "b2 is the first that is wrong on the way back (it enters at test_intermediates.py:" in report.reasons[0]


def test_at_most_25_lines_are_said():
    for backward in (Backward(), Backward({"z2": lambda d, v: -d})):
        assert len(str(autocheck.check_intermediates(loss, backward, *NETWORK)).splitlines()) <= 25


# --- other shapes of functions ----------------------------------------------------------------------------------------


def recurrent(W, U, xs):
    h = np.zeros(3)
    for t, x in enumerate(xs):
        h = tap(f"h{t}", np.tanh(x @ W + h @ U))
    return np.sum(h**2)


def recurrent_backward(W, U, xs, forget_from=-1):
    states = [np.zeros(3)]
    for x in xs:
        states.append(np.tanh(x @ W + states[-1] @ U))
    found, dh, dW, dU = {}, 2 * states[-1], 0, 0
    for t in reversed(range(len(xs))):
        found[f"h{t}"] = dh
        delta = dh * (1 - states[t + 1] ** 2)
        dW, dU = dW + np.outer(xs[t], delta), dU + np.outer(states[t], delta)
        dh = U @ delta if t != forget_from else U.T @ delta
    return {**found, "W": dW, "U": dU}


SEQUENCE = (rng.normal(size=(2, 3)), rng.normal(size=(3, 3)), rng.normal(size=(4, 2)))


def test_through_time_the_step_at_which_it_breaks_is_named():
    assert autocheck.check_intermediates(recurrent, recurrent_backward, *SEQUENCE).ok
    broken = lambda W, U, xs: recurrent_backward(W, U, xs, forget_from=2)  # noqa: E731
    first, _, inherited = parts_of(autocheck.check_intermediates(recurrent, broken, *SEQUENCE))
    assert first == ["h1"]
    assert inherited == {"h0", "W", "U"}


def test_a_function_in_jax_and_nested_parameters():
    import jax
    import jax.numpy as jnp

    def f(p, x):
        z = tap("z", x @ p["W"] + p["b"])
        return jnp.sum(jnp.tanh(z) ** 2)

    def backward(p, x, factor=2):
        z = x @ p["W"] + p["b"]
        dz = factor * jnp.tanh(z) * (1 - jnp.tanh(z) ** 2)
        return {"z": dz, "p": {"W": x.T @ dz, "b": dz.sum(0)}}

    with jax.enable_x64(True):
        p, x = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}, rng.normal(size=(4, 3))
        assert autocheck.check_intermediates(f, backward, p, x).ok
        report = autocheck.check_intermediates(f, lambda p, x: backward(p, x, 1), p, x)
    assert [q.name for q in report.parameters] == ["z", "p['W']", "p['b']"]
    assert parts_of(report) == (["z"], [], {"p['W']", "p['b']"})


def test_what_is_returned_for_some_marks_only_is_judged_and_the_rest_is_said():
    report = autocheck.check_intermediates(loss, lambda *args: {"z2": Backward()(*args)["z2"]}, *NETWORK)
    assert report.ok
    assert any(n.id == "not-claimed" and "z1, a1" in n.text for n in report.notes)


REFUSED = {
    "an unknown name": (lambda *args: {"z3": args[0]}, "'z3', which loss neither marks nor takes; did you mean 'z"),
    "no dict": (lambda *args: args[0], "returned ndarray, needs a dict"),
    "nothing": (lambda *args: {}, "returned nothing, needs a dict"),
    "no function": (3, "backward is int, needs a function"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_judged_is_refused(name):
    backward, complaint = REFUSED[name]
    with pytest.raises(BadClaim, match=re.escape(complaint)):
        autocheck.check_intermediates(loss, backward, *NETWORK)


def test_a_name_that_is_marked_twice_is_refused_with_its_line():
    def twice(x):
        return np.sum(tap("z", x) + tap("z", 2 * x))

    with pytest.raises(
        BadClaim, match=r"marks 'z' twice, needs a name of its own for each tap \(test_intermediates.py"
    ):
        autocheck.check_intermediates(twice, lambda x: {"z": x}, np.ones(2))


def test_a_tap_changes_nothing_for_the_caller():
    x = np.ones(2)
    assert tap("x", x) is x
