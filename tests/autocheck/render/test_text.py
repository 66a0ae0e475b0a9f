"""The messages, word for word: what somebody reads whose gradient is wrong, inaccurate, undecided, or agrees.

Each case stands in tests/goldens/NAME.txt. `GOLDENS=write pytest tests/autocheck/render/test_text.py` writes them anew:
deliberately, and read before they are committed. Compared are the words; of the numbers what no processor decides.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import autocheck
from autocheck import tap
from autocheck.render.text import MOST_LINES
from autocheck.report import Diagnosis, Estimate, Note, ParameterReport, Report
from autocheck.words import counted, listed, share, size, telling, ulps

GOLDENS = Path(__file__).parents[2] / "goldens"
RNG = np.random.default_rng(0)
X, Y = np.round(RNG.normal(size=(5, 4)), 2), np.eye(3)[[0, 1, 2, 1, 0]]
W, B = np.round(RNG.normal(size=(4, 3)), 2), np.round(RNG.normal(size=3), 2)
W2, B2 = np.round(RNG.normal(size=(3, 2)), 2), np.round(RNG.normal(size=2), 2)
Y2 = np.eye(2)[[0, 1, 1, 0, 1]]


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def loss(W, b, x, y):
    return -(y * np.log(softmax(x @ W + b))).sum() / len(x)


def gradient(W, b, x, y):
    delta = (softmax(x @ W + b) - y) / len(x)
    return x.T @ delta, delta.sum(0)


def mean_for_sum(W, b, x, y):
    delta = (softmax(x @ W + b) - y) / len(x)
    return x.T @ delta, delta.mean(0)


def no_formula_at_all(W, b, x, y):
    return np.sin(W) + 0.1, np.cos(b)


def penalised(params, x, y, lam):
    z = np.tanh(x @ params["hidden"]["W"] + params["hidden"]["b"]) @ params["out"][0] + params["out"][1]
    return -(y * np.log(softmax(z))).sum() + lam * (params["hidden"]["W"] ** 2).sum()


def penalty_forgotten(params, x, y, lam):
    a = np.tanh(x @ params["hidden"]["W"] + params["hidden"]["b"])
    dz = softmax(a @ params["out"][0] + params["out"][1]) - y
    d1 = dz @ params["out"][0].T * (1 - a**2)
    return {"hidden": {"W": x.T @ d1, "b": d1.sum(0)}, "out": (a.T @ dz, dz.sum(0))}


PARAMS = {"hidden": {"W": W, "b": B}, "out": (W2, B2)}


def marked(W1, b1, W2, b2, X, Y):
    z1 = tap("z1", X @ W1 + b1)
    a1 = tap("a1", sigmoid(z1))
    z2 = tap("z2", a1 @ W2 + b2)
    return -np.sum(Y * np.log(softmax(z2))) / len(X)


def backward(slope=lambda a: a * (1 - a), reduce=np.sum):
    def pass_back(W1, b1, W2, b2, X, Y):
        a1 = sigmoid(X @ W1 + b1)
        dz2 = (softmax(a1 @ W2 + b2) - Y) / len(X)
        da1 = dz2 @ W2.T
        dz1 = da1 * slope(a1)
        given = {"W2": a1.T @ dz2, "b2": reduce(dz2, 0), "W1": X.T @ dz1, "b1": dz1.sum(0)}
        return {"z1": dz1, "a1": da1, "z2": dz2, **given}

    return pass_back


NETWORK = (W, B, W2, B2, X, Y2)


@jax.custom_vjp
def log1pexp(x):
    return jnp.log1p(jnp.exp(x))


log1pexp.defvjp(lambda x: (log1pexp(x), x), lambda x, g: (g * (1 - jax.nn.sigmoid(x)),))


def drifting(x):
    drifting.calls += 1
    return x * drifting.calls


drifting.calls = 0


def overwriting(x):
    x *= 2
    return x


def quadratic(A, x):
    return x @ A @ x


LONG = np.arange(1.0, 1001.0) / 250


def unliftable(x):
    return float(np.sum(np.frombuffer(np.asarray(x, dtype=np.float64).tobytes()) ** 3))


def patient(check):
    """With time for every element, on however slow a machine."""
    return lambda *args, **options: check(*args, **{"budget": 300.0, **options})


FORMS = ("gradient", "intermediates", "rule", "jacobian", "hessian", "vjp", "jvp")
check, check_intermediates, check_rule, check_jacobian, check_hessian, check_vjp, check_jvp = (
    patient(getattr(autocheck, f"check_{form}")) for form in FORMS
)

CASES: dict[str, tuple[str, Callable[[], Report]]] = {
    # several parameters
    "agrees": ("agrees", lambda: check(loss, gradient, W, B, X, Y, argnums=(0, 1))),
    "wrong-bias": ("wrong", lambda: check(loss, mean_for_sum, W, B, X, Y, argnums=(0, 1))),
    "wrong-without-a-cause": ("wrong", lambda: check(loss, no_formula_at_all, W, B, X, Y, argnums=(0, 1))),
    "wrong-sign-one-element": ("wrong", lambda: check(lambda x: x**2, lambda x: -2 * x, 1.5)),
    # nested arrays
    "nested": ("wrong", lambda: check(penalised, penalty_forgotten, PARAMS, X, Y2, 0.25)),
    "nested-agrees": ("agrees", lambda: check(penalised, penalty_forgotten, PARAMS, X, Y2, 0.0)),
    "many-parameters": (
        "wrong",
        lambda: check(
            lambda p: sum((v**3).sum() for v in p.values()),
            lambda p: {k: v**2 for k, v in p.items()},
            {f"layer{i}": np.arange(1.0, 3.0 + i) for i in range(9)},
        ),
    ),
    # long arrays
    "long-one-wrong": (
        "wrong",
        lambda: check(lambda x: (x**3).sum(), lambda x: 3 * x**2 + (np.arange(x.size) == 617), LONG, budget=0.5),
    ),
    "long-wrong-everywhere": ("wrong", lambda: check(lambda x: (x**3).sum(), lambda x: 3 * x, LONG, budget=0.5)),
    "long-agrees": ("agrees", lambda: check(lambda x: (x**3).sum(), lambda x: 3 * x**2, LONG, budget=0.5)),
    # intermediates
    "chain": ("wrong", lambda: check_intermediates(marked, backward(np.ones_like), *NETWORK)),
    "chain-twice": ("wrong", lambda: check_intermediates(marked, backward(np.ones_like, np.mean), *NETWORK)),
    "chain-agrees": ("agrees", lambda: check_intermediates(marked, backward(), *NETWORK)),
    # rules and matrices
    "rule": ("wrong", lambda: check_rule(log1pexp, np.array([0.5, -1.0, 2.0]))),
    "jacobian": (
        "wrong",
        lambda: check_jacobian(softmax, lambda z: np.diag(softmax(z) * (1 - softmax(z))), B),
    ),
    "hessian": ("wrong", lambda: check_hessian(lambda x: x[0] ** 2 * x[1], lambda x: np.eye(2), B[:2])),
    "vjp": ("wrong", lambda: check_vjp(softmax, lambda z, g: g * softmax(z), B)),
    "jvp": (
        "wrong",
        lambda: check_jvp(sigmoid, lambda z, dz: sigmoid(z) * (1 - sigmoid(z)), B, tangents=(np.array([1.0, 2, 3]),)),
    ),
    "jacobian-agrees": (
        "agrees",
        lambda: check_jacobian(softmax, lambda z: np.diag(softmax(z)) - np.outer(softmax(z), softmax(z)), B),
    ),
    # rounding
    "inaccurate-overflow": (
        "inaccurate",
        lambda: check(
            lambda z: np.logaddexp(0, z).sum(), lambda z: np.exp(z) / (1 + np.exp(z)), np.array([1.0, 800.0])
        ),
    ),
    "inaccurate-cancellation": (
        "inaccurate",
        lambda: check(lambda x: (x - np.sin(x)).sum(), lambda x: 1 - np.cos(x), np.array([1e-7])),
    ),
    # not to be decided
    "infinite-slope": ("inconclusive", lambda: check(lambda x: np.sqrt(x).sum(), lambda x: x + 1, np.array([0.0]))),
    "kink": ("agrees", lambda: check(lambda x: np.abs(x).sum(), np.sign, np.array([0.0, 1.0, -2.0]))),
    "no-influence": (
        "agrees",
        lambda: check(lambda x, y: (y**2).sum(), lambda x, y: (x * 0, 2 * y), B, B, argnums=(0, 1)),
    ),
    # what can't be lifted
    "opaque": ("agrees", lambda: check(unliftable, lambda x: 3 * x**2, np.array([1.0, 2.0]))),
    "opaque-wrong": ("wrong", lambda: check(unliftable, lambda x: 2 * x**2, np.array([1.0, 2.0]))),
    # audits
    "shape": ("wrong", lambda: check(quadratic, lambda A, x: 2 * A @ x, np.eye(3) + 1.0, B)),
    "structure": ("wrong", lambda: check(loss, lambda *a: gradient(*a)[0], W, B, X, Y, argnums=(0, 1))),
    "mutating": ("wrong", lambda: check(lambda x: (x**2).sum(), overwriting, np.array([1.0, 2.0]))),
    "random": ("wrong", lambda: check(lambda x: (x**2 / 2).sum(), drifting, np.array([1.0, 2.0]))),
    "cotangent-ignored": ("wrong", lambda: check_vjp(np.sin, lambda x, g: np.cos(x), B)),
    "reference": (
        "wrong",
        lambda: check(lambda x: (x**2).sum(), lambda x: x, B, reference=lambda x: (x**2).sum() / 2),
    ),
    "other-point": (
        "wrong",
        lambda: check(lambda x: np.maximum(x, 0).sum(), np.ones_like, np.array([1.0, 2.0]), explore=True),
    ),
    "two-points": (
        "wrong",
        lambda: check(
            np.linalg.norm,
            lambda x: abs(x) / np.linalg.norm(x),
            np.array([1.0, 2.0]),
            points=[(np.array([1.0, -2.0]),)],
        ),
    ),
}


READ = {place.stem: place.read_text(encoding="utf-8") for place in sorted(GOLDENS.glob("*.txt"))}


def words(text: str) -> str:
    """Without what a processor, JAX, NumPy or an edit of this file decides: error bars, last digits, ulp, line numbers."""
    text = re.sub(r"\+/- \S+", "+/-", text)
    text = re.sub(r"rounding \S+ ulp", "rounding # ulp", text)
    text = re.sub(r"\.py:\d+", ".py:#", text)
    text = re.sub(r"\d+ evaluations", "# evaluations", text)
    return re.sub(r"-?\d+\.\d{5,}(e[-+]\d+)?", lambda number: f"{float(number[0]):.5g}", text)


@pytest.mark.parametrize("name", CASES)
def test_the_message_is_the_one_that_was_read_and_found_good(name):
    expected, make = CASES[name]
    report, place = make(), GOLDENS / f"{name}.txt"
    assert report.verdict == expected
    if os.environ.get("GOLDENS") == "write":
        place.write_text(f"{report}\n", encoding="utf-8")
    assert words(f"{report}\n") == words(place.read_text(encoding="utf-8"))


def test_every_message_is_of_a_case():
    assert set(READ) == set(CASES)


# --- laws of every message -------------------------------------------------------------------------------------------

LONG_TEXT = "a sentence that does not end " * 40
ESTIMATES = tuple(Estimate(route, 1.0, 1e-9) for route in ("definition", "autodiff", "finite difference"))
HOSTILE = {
    f"{parameters} parameters, {others} reasons and notes": Report(
        "f",
        "wrong",
        tuple(
            ParameterReport(f"p{i}", (3,), "float64", "wrong", 0.0, 1.0, 1.0, (0,), 2.0, ESTIMATES, None, 3, 3)
            for i in range(parameters)
        ),
        tuple(Note("kink", f"note {i}: {LONG_TEXT}") for i in range(others)),
        tuple(f"reason {i}: {LONG_TEXT}" for i in range(others)),
        reproduce="autocheck.check_gradient(f, g, x, seed=0)",
        diagnosis=Diagnosis("sign", LONG_TEXT, "exact"),
    )
    for parameters in (0, 1, 4, 100)
    for others in (0, 3, 50)
}
ALL = READ | {name: str(report) for name, report in HOSTILE.items()}


@pytest.mark.parametrize("name", ALL)
def test_a_message_has_25_lines_at_most(name):
    assert len(ALL[name].splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", ALL)
def test_a_message_begins_with_the_verdict_and_ends_with_how_to_run_it_again(name):
    first, *_, last = ALL[name].splitlines()
    assert re.match(rf"{CASES[name][0] if name in CASES else 'wrong'}: the ", first)
    assert last.startswith("  judged: " if first.startswith("agrees") else "  again:  autocheck.check_")


@pytest.mark.parametrize("name", READ)
def test_of_every_wrong_gradient_is_told_what_it_should_have_given(name):
    wrong = [line for line in READ[name].splitlines() if re.match(r"  \S+ \(.*\) float64: wrong[; ]", line)]
    assert all(re.search(r"should be -?\d", line) for line in wrong)


@pytest.mark.parametrize("name", READ)
def test_no_sentence_is_said_twice(name):
    lines = [line for line in READ[name].splitlines() if " float64: " not in line and " +/- " not in line]
    sentences = [s for line in lines for s in re.split(r"[:;] |note: ", line) if len(s) > 40]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("name", READ)
def test_a_message_is_plain_ascii(name):
    """Whatever a log, a pipe or a code page does to it. The user's own lines may have other letters in them."""
    assert READ[name].isascii()


def test_the_numbers_of_many_parameters_give_way_but_the_first_ones_stay():
    text = str(HOSTILE["100 parameters, 0 reasons and notes"])
    assert text.count("hand ") == 1
    assert re.search(r"\.\.\. and \d+ wrong more: report\.parameters has them all", text)


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (share(1, 1, "element"), "the one element"),
        (share(2, 2, "element"), "both elements"),
        (share(12, 12, "element"), "all 12 elements"),
        (share(1, 12, "element"), "1 of 12 elements"),
        (listed(["a"]), "a"),
        (listed(["a", "b", "c"]), "a, b and c"),
        (listed(list("abcdefgh")), "a, b, c, d and 4 more"),
        (counted(1, "check"), "1 check"),
        (ulps(0.44), "0.4 ulp"),
        (ulps(3.4e15), "3e+15 ulp"),
        (ulps(float("inf")), "not finite"),
        (size(7.2e-53), "7e-53"),
        (size(5e-324), "0"),
    ],
)
def test_counts_and_numbers_are_said_in_words(said, text):
    assert said == text


@pytest.mark.parametrize(("one", "other", "digits"), [(1.0, 2.0, 8), (1.0, 1 + 1e-10, 12), (1.0, 1 + 1e-15, 17)])
def test_as_many_digits_as_tell_two_numbers_apart(one, other, digits):
    assert telling(one, other) == digits
