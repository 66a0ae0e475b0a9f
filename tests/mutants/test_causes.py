"""Every cause by a mistake that has it, and by a twin of it with one element off: of that none may be told as exact."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autocheck
from autocheck import stop_gradient

RNG = np.random.default_rng(11)
W, b, X, UP = RNG.normal(size=(4, 4)), RNG.normal(size=4), RNG.normal(size=(4, 4)), RNG.normal(size=(4, 4))
x, c, a, y = RNG.normal(size=7), RNG.normal(size=7), RNG.uniform(0.1, 0.9, size=7), RNG.uniform(0.1, 0.9, size=7)
A, Z, ROWS = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
WEIGHTS, MASK = RNG.uniform(0.5, 2, size=5), np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 1]]) * 1.0
w, target, u, v = RNG.normal(size=3), RNG.normal(size=5), RNG.normal(size=6), RNG.normal(size=6)
SATURATED, T, LAMBDA = np.array([0.3, -9.0, 0.8, 8.5, -0.2, 7.75, -0.6]), np.array(3.25), np.array(0.35)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True)


def fit(w, target):
    return np.sum((A @ w - target) ** 2) / (2 * len(A))


def fitted(w, target):
    return A.T @ (A @ w - target) / len(A)


def cubes(x):
    return np.sum(c * x**3)


def cubed(x):
    return c * x**2 * 3


def shifted(b):
    return np.sum(UP * np.tanh(X + b))


def each_shift(b):
    return UP * (1 - np.tanh(X + b) ** 2)


def product(u, v):
    return np.sum(c[:6] * u**2 * v)


def both_products(u, v):
    return c[:6] * 2 * u * v, c[:6] * u**2


def weighted(Z, WEIGHTS):
    return np.sum(WEIGHTS[:, None] * (Z - ROWS) ** 2) / 2


def cross_entropy(a, y):
    return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))


def squares_on_sigmoid(x):
    return np.sum((sigmoid(x) - y) ** 2) / 2


def of_squares(x, slope=lambda x: sigmoid(x) * (1 - sigmoid(x))):
    return (sigmoid(x) - y) * slope(x)


def normed(Z):
    return np.sum(ROWS * (Z - np.mean(Z, axis=0)) / np.sqrt(np.var(Z, axis=0) + 1e-3))


def of_normed(Z, mean=1):
    size = np.sqrt(np.var(Z, axis=0) + 1e-3)
    unit = (Z - np.mean(Z, axis=0)) / size
    return (ROWS - mean * np.mean(ROWS, axis=0) - unit * np.mean(ROWS * unit, axis=0)) / size


def held(x):
    return np.sum(stop_gradient(np.exp(x)) * x**2)


def image(W):
    return np.sum(UP * W**2)


TRIANGLE, ONE_AHEAD = np.tril(np.ones((4, 4))) > 0, np.tril(np.ones((4, 4)), 1) > 0


def looking_back(W, seen=TRIANGLE):
    return softmax(np.where(seen, W, -50))


def causal(W):
    return np.sum(UP * looking_back(W))


def of_causal(W, seen=TRIANGLE):
    p = softmax(np.where(seen, W, -50))
    return p * (UP - np.sum(UP * p, axis=1, keepdims=True))


def row_shares(Z, axis=1):
    p = np.exp(Z) / np.sum(np.exp(Z), axis=1, keepdims=True)
    return p * (ROWS - np.sum(ROWS * p, axis=axis, keepdims=True))


def of_column_shares(Z):
    p = softmax(Z.T).T
    return p * (ROWS - np.sum(ROWS * p, axis=1, keepdims=True))


def sampled(Z):
    size = np.sqrt(np.var(Z, axis=0, ddof=1) + 1e-3)
    unit = (Z - np.mean(Z, axis=0)) / size
    return (ROWS - np.mean(ROWS, axis=0) - unit * np.mean(ROWS * unit, axis=0)) / size


def of_cut(x):
    a = np.clip(sigmoid(x), 0.25, 0.75)
    return (a - y) * a * (1 - a)


def windows(x):
    return sum(UP[0, i] * np.sum(np.exp(x[2 * i : 2 * i + 1])) for i in range(4))


def side_by_side(x):
    return np.concatenate([UP[0], np.zeros(3)]) * np.exp(x)


def mirrored(x):
    wide = np.pad(x, 1, mode="reflect")
    return np.sum(np.exp(wide[:-2] * wide[2:]))


def of_mirrored(x):
    wide = np.pad(x, 1, mode="reflect")
    back = np.exp(wide[:-2] * wide[2:])
    whole = np.concatenate([back * wide[2:], [0, 0]]) + np.concatenate([[0, 0], back * wide[:-2]])
    return whole[1:-1]


def ring(x):
    return np.sum(c * (np.roll(x, 1) - x) ** 2)


def ranked(x):
    return np.sum(np.exp(x[:, None] - x))


def of_ranked(x):
    pull = np.exp(x[:, None] - x)
    return np.sum(pull, axis=1) - np.sum(pull, axis=0)


def smoothed(Z, MASK):
    t = 0.9 * MASK + 0.1
    return -np.mean(np.sum(t * (Z - np.log(np.sum(np.exp(Z), axis=1))[:, None]), axis=1))


INSIDE = np.pad(np.ones((2, 2)), 1)
CASES = {
    "sign": (cubes, lambda x: -cubed(x), (x,), "sign", "opposite sign"),
    "times two": (fit, lambda w, t: 2 * fitted(w, t), (w, target), "factor", "times 2"),
    "one half": (fit, lambda w, t: fitted(w, t) / 2, (w, target), "factor", "times 1/2"),
    "a sum for the mean over the batch": (fit, lambda w, t: fitted(w, t) * 5, (w, target), "factor", "5 ("),
    "the mean of a mean": (fit, lambda w, t: fitted(w, t) / 5, (w, target), "factor", "1/5 ("),
    "times the number of outputs": (lambda Z: np.sum(np.tanh(Z) * ROWS) / 3, lambda Z: (1 - np.tanh(Z) ** 2) * ROWS, (Z,),
        "factor", "3 (the 3 of `np.sum(np.tanh(Z) * ROWS) / 3`)"),
    "the temperature left out": (lambda x, T: np.sum(c * np.tanh(x / T)), lambda x, T: c * (1 - np.tanh(x / T) ** 2), (x, T),
        "factor", "times T"),
    "lambda left out": (lambda x, LAMBDA: LAMBDA * np.sum(x**2), lambda x, LAMBDA: 2 * x, (x, LAMBDA), "factor", "1/LAMBDA"),
    "the weights of the rows left out": (weighted, lambda Z, WEIGHTS: Z - ROWS, (Z, WEIGHTS), "factor-missing", "WEIGHTS"),
    "the mask left out": (lambda Z, MASK: np.sum(MASK * Z**2), lambda Z, MASK: 2 * Z, (Z, MASK), "factor-missing", "MASK"),
    "a - y on a: the slope a (1 - a) too many": (cross_entropy, lambda a, y: a - y, (a, y), "shortcut", "(a - y)"),
    "a (1 - a) too many": (cross_entropy, lambda a, y: (a - y) / (a * (1 - a)) ** 2, (a, y), "array-factor", "1/(a * (1 - a))"),
    "1/a left out": (lambda a: np.sum(c * np.log(a)), lambda a: c * a**0, (a,), "slope-missing", "np.log(a)"),
    "h' left out": (squares_on_sigmoid, lambda x: of_squares(x, lambda x: 1), (x,), "slope-missing", "left out"),
    "h' twice": (squares_on_sigmoid, lambda x: of_squares(x, lambda x: (sigmoid(x) * (1 - sigmoid(x))) ** 2), (x,),
        "slope-twice", "twice"),
    "h' at a": (squares_on_sigmoid, lambda x: of_squares(x, lambda x: sigmoid(sigmoid(x)) * (1 - sigmoid(sigmoid(x)))), (x,),
        "slope-at-output", "at its output"),
    "h' by the output, given the input": (squares_on_sigmoid, lambda x: of_squares(x, lambda x: x * (1 - x)), (x,),
        "slope-of-input", "written by its output"),
    "transposed": (lambda W: np.sum(UP * (X @ W)), lambda W: (X.T @ UP).T, (W,), "transposed", "transposed"),
    "reversed": (cubes, lambda x: cubed(x)[::-1], (x,), "permuted", "reversed"),
    "shifted by one": (cubes, lambda x: np.roll(cubed(x), -1), (x,), "permuted", "shifted by -1"),
    "in another order": (cubes, lambda x: cubed(x)[[2, 0, 1, 3, 6, 4, 5]], (x,), "permuted", "another order"),
    "a broadcast axis not summed": (shifted, lambda b: each_shift(b)[0], (b,), "first-use", "only the first use"),
    "a broadcast axis averaged": (shifted, lambda b: each_shift(b).mean(0), (b,), "factor", "times 1/4"),
    "summed over the wrong axis": (shifted, lambda b: each_shift(b).sum(1), (b,), "wrong-axis", "summed over the wrong axis"),
    "averaged over the wrong axis": (shifted, lambda b: each_shift(b).mean(1), (b,), "wrong-axis", "averaged over the wrong axis"),
    "only the diagonal": (lambda Z: np.sum(ROWS * softmax(Z)), lambda Z: ROWS * softmax(Z) * (1 - softmax(Z)), (Z,),
        "diagonal", "diagonal of the Jacobian"),
    "the penalty left out": (lambda x: cubes(x) + 0.35 * np.sum(x**2), cubed, (x,), "path-missing", "x**2"),
    "the path of the mean left out": (normed, lambda Z: of_normed(Z, mean=0), (Z,), "path-missing", "np.mean(Z, axis=0)"),
    "a term too many": (cubes, lambda x: cubed(x) + 1e-3 * x, (x,), "term", "plus 1e-3 * x"),
    "one row left out": (weighted, lambda Z, WEIGHTS: (WEIGHTS * (np.arange(5) != 2))[:, None] * (Z - ROWS), (Z, WEIGHTS),
        "place", "zero in row 2"),
    "one class of the opposite sign": (weighted, lambda Z, WEIGHTS: WEIGHTS[:, None] * (Z - ROWS) * [1, -1, 1], (Z, WEIGHTS),
        "place", "opposite sign in column 1"),
    "the border left out": (image, lambda W: 2 * UP * W * INSIDE, (W,), "place", "zero at the border"),
    "negative inputs left out": (cubes, lambda x: cubed(x) * (x > 0), (x,), "place", "zero where x is negative"),
    "saturated units left out": (lambda s: np.sum(c * np.tanh(s)), lambda s: c * (1 - np.tanh(s) ** 2) * (np.abs(s) < 5),
        (SATURATED,), "place", "saturated"),
    "taken one step later": (cubes, lambda x: cubed(x - 0.01 * cubed(x)), (x,), "stale", "rate of 0.01"),
    "clipped": (cubes, lambda x: np.clip(cubed(x), -1, 1), (x,), "shaped", "clipped to +/- 1"),
    "zero": (cubes, lambda x: 0 * x, (x,), "zeroed", "times zero"),
    "printed to three places": (cubes, lambda x: np.round(cubed(x), 3), (x,), "shaped", "rounded to 3 places"),
    "a - y under fourth powers": (lambda x, y: np.sum((np.tanh(x) - y) ** 4), lambda x, y: np.tanh(x) - y, (x, y), "shortcut",
        "tanh(x) - y"),
    "nothing held constant": (held, lambda x: np.exp(x) * (2 * x + x**2), (x,), "stop-gradient", "nothing held constant"),
    "held constant though nothing says so": (lambda x: np.sum(np.exp(x) * x**2), lambda x: np.exp(x) * 2 * x, (x,),
        "path-missing", "held constant"),
    "a sum over the wrong axis": (lambda Z: np.sum(ROWS * softmax(Z)), lambda Z: row_shares(Z, axis=0), (Z,),
        "wrong-axis", "if `np.sum(ROWS * p, axis=axis, keepdims=True)`"),
    "softmax over the columns": (lambda Z: np.sum(ROWS * softmax(Z)), of_column_shares, (Z,), "wrong-axis", "axis 0"),
    "n - 1 for n": (normed, sampled, (Z,), "other-constant", "divided by n"),
    "the mask of a choice ignored": (causal, lambda W: of_causal(W, np.ones((4, 4)) > 0), (W,), "mask", "held everywhere"),
    "the mask transposed": (causal, lambda W: of_causal(W, TRIANGLE.T), (W,), "mask", "condition transposed"),
    "the mask one off": (causal, lambda W: of_causal(W, np.tril(np.ones((4, 4)), 1) > 0), (W,), "mask",
        "in its code is given k=0"),
    "another mask, one off": (causal, lambda W: of_causal(W, ONE_AHEAD), (W,), "mask",
        "given its condition moved by -1 along axis 0"),
    "a clip inside of the gradient": (squares_on_sigmoid, of_cut, (x,), "clip", "nothing is cut off"),
    "the stride forgotten": (windows, side_by_side, (x,), "stride", "with a stride of 1, not of 2"),
    "the mirrored borders lost": (mirrored, of_mirrored, (x,), "path-missing", "the borders in `np.pad(x, 1, mode="),
    "turned the wrong way": (ring, lambda x: 2 * (np.roll(c, -1) * (x - np.roll(x, -1)) + c * (x - np.roll(x, -1))), (x,),
        "shifted", "turned the other way"),
    "one step later, through code that is reached twice": (ranked, lambda x: of_ranked(x - 0.01 * of_ranked(x)), (x,), "stale",
        "rate of 0.01"),
    "targets of f's own that do not sum to one": (smoothed, lambda Z, M: (softmax(Z) - 0.9 * M - 0.1) / 5, (Z, MASK), "shortcut",
        "(softmax(Z) - `t`)"),
    "a square forgotten in tanh'": (lambda x: np.sum(c * np.tanh(x)), lambda x: c * (1 - np.tanh(x)), (x,), "slope-other",
        "taken for 1 - a,"),
    "sigmoid' for tanh'": (lambda x: np.sum(c * np.tanh(x)), lambda x: c * np.tanh(x) * (1 - np.tanh(x)), (x,), "slope-other",
        "taken for a * (1 - a),"),
    "the exponent left out, as long as the argument": (lambda w: np.sum(w**3), lambda w: w**2, (w,), "factor",
        "1/3 (the 3 of `w**3`)"),
    "an argument as it is": (lambda x, c: np.sum(np.sin(c * x)), lambda x, c: 2 * c, (x, c), "argument", "is 2 * c"),
}  # fmt: skip
IDS = pytest.mark.parametrize("name", CASES)


def twin(gradient):
    """The same with one element, the largest, off by one in ten million."""

    def off(*args):
        found = np.array(gradient(*args))
        at = np.unravel_index(np.argmax(np.abs(np.asarray(found, dtype=float))), found.shape)
        found[at] = found[at] * (1 + 1e-7) + 1e-9 * (found[at] == 0)
        return found

    return off


@IDS
def test_a_cause_is_told_as_exact_where_it_gives_every_element(name):
    f, gradient, args, cause, words = CASES[name]
    diagnosis = autocheck.check_gradient(f, gradient, *args).diagnosis
    assert diagnosis is not None
    assert diagnosis.cause == cause, diagnosis
    assert words in diagnosis.sentence
    assert diagnosis.evidence.startswith("exact"), diagnosis


@IDS
def test_with_one_element_off_nothing_is_told_as_exact(name):
    f, gradient, args, *_ = CASES[name]
    report = autocheck.check_gradient(f, twin(gradient), *args)
    assert report.verdict == "wrong"
    assert report.diagnosis is None or report.diagnosis.evidence.startswith("likely"), report.diagnosis


def test_exchanged_gradients_are_told_of_both_and_of_one_alone_if_the_other_is_off():
    swapped = lambda u, v: both_products(u, v)[::-1]  # noqa: E731
    diagnosis = autocheck.check_gradient(product, swapped, u, v, argnums=(0, 1)).diagnosis
    assert diagnosis.cause == "other-argument"
    assert "for u equals the true one of v" in diagnosis.sentence
    assert "for v equals the true one of u" in diagnosis.sentence
    one_off = lambda u, v: (twin(lambda u, v: swapped(u, v)[0])(u, v), swapped(u, v)[1])  # noqa: E731
    diagnosis = autocheck.check_gradient(product, one_off, u, v, argnums=(0, 1)).diagnosis
    assert not re.search(r"gradient for u( and v)? equals", diagnosis.sentence) or diagnosis.evidence.startswith(
        "likely"
    )


def relative(u, v):
    return np.sum(np.exp(u) * (u - v) ** 2)


def both_relative(u, v):
    return np.exp(u) * ((u - v) ** 2 + 2 * (u - v)), -2 * np.exp(u) * (u - v)


def exchanged(u, v):
    return both_relative(v, u)[::-1]


@pytest.mark.parametrize(
    ("gradient", "words"),
    [
        (exchanged, "belongs to f with u and v exchanged"),
        (
            lambda u, v: tuple(a + b for a, b in zip(both_relative(u, v), exchanged(u, v), strict=True)),
            "the sum of f and f",
        ),
        (
            lambda u, v: tuple((a + b) / 2 for a, b in zip(both_relative(u, v), exchanged(u, v), strict=True)),
            "the mean of f",
        ),
    ],
)
def test_f_the_other_way_round_and_in_both_directions_is_told_as_that(gradient, words):
    diagnosis = autocheck.check_gradient(relative, gradient, u, v, argnums=(0, 1)).diagnosis
    assert (diagnosis.cause, words in diagnosis.sentence) == ("other-function", True), diagnosis
    assert diagnosis.evidence.startswith("exact")
    off = lambda u, v: (twin(lambda u, v: gradient(u, v)[0])(u, v), gradient(u, v)[1])  # noqa: E731
    diagnosis = autocheck.check_gradient(relative, off, u, v, argnums=(0, 1)).diagnosis
    assert "for u" not in diagnosis.sentence.partition("(")[0] or diagnosis.evidence.startswith("likely")


def test_a_length_that_rows_and_columns_share_is_told_of_both():
    square = lambda W, X: np.sum((X @ W) ** 2) / 2  # noqa: E731
    diagnosis = autocheck.check_gradient(square, lambda W, X: X.T @ X @ W / 4, W, X).diagnosis
    assert "1/4 (the rows of W or the columns of W)" in diagnosis.sentence


FAULTS = {
    "shape": (autocheck.check_gradient, (shifted, each_shift, b), "has shape (4, 4), needs (4,)"),
    "ignored-cotangent": (autocheck.check_vjp, (lambda x: x**3, lambda x, g: 3 * x**2, x), "ignores its cotangent"),
}


@pytest.mark.parametrize("cause", FAULTS)
def test_what_plain_runs_show_needs_no_reproduction(cause):
    check, claim, words = FAULTS[cause]
    diagnosis = check(*claim).diagnosis
    assert diagnosis.cause == cause
    assert words in diagnosis.sentence
    assert diagnosis.evidence == "observed in the plain runs"


def test_a_right_formula_that_gives_nan_in_floating_point_is_told_as_that():
    z, far = np.array([40.0, -1.0]), np.array([0.0, 1.0])
    f = lambda z: np.sum(np.logaddexp(0, z) - far * z)  # noqa: E731
    gradient = lambda z: (sigmoid(z) - far) / (sigmoid(z) * (1 - sigmoid(z))) * (sigmoid(z) * (1 - sigmoid(z)))  # noqa: E731
    report = autocheck.check_gradient(f, gradient, z)
    assert (report.verdict, report.diagnosis.cause) == ("inaccurate", "not-finite")


def test_a_right_formula_that_loses_its_digits_on_the_way_out_is_told_as_that():
    narrow = lambda x: cubed(x).astype(np.float32).astype(float)  # noqa: E731
    report = autocheck.check_gradient(cubes, narrow, x)
    assert (report.verdict, report.diagnosis.cause) == ("inaccurate", "shaped")
    assert "rounded to float32" in report.diagnosis.sentence
    mixed = lambda x: np.where(np.arange(7) == 3, cubed(x), narrow(x))  # noqa: E731
    assert autocheck.check_gradient(cubes, mixed, x).diagnosis is None
