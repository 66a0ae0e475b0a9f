"""A wrong gradient gets the name of the mistake that was made, by reproducing it; a right one gets none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import autocheck

RNG = np.random.default_rng(7)
W, b, X, Y = RNG.normal(size=(3, 3)), RNG.normal(size=3), RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
x, c = RNG.normal(size=6), RNG.normal(size=6)
Z, UP = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
EPSILON, WEIGHT = 1e-5, 0.3


def layer(W, b):
    """One layer of tanh under half a squared error, a mean over the batch, and a penalty on W."""
    a = np.tanh(X @ W + b)
    return np.sum((a - Y) ** 2) / (2 * len(X)) + WEIGHT * np.sum(W**2)


def layer_delta(W, b):
    a = np.tanh(X @ W + b)
    return a, (a - Y) / len(X) * (1 - a**2)


def layer_gradient(W, b):
    _, delta = layer_delta(W, b)
    return X.T @ delta + 2 * WEIGHT * W, delta.sum(0)


def without_slope(W, b):
    delta = (np.tanh(X @ W + b) - Y) / len(X)
    return X.T @ delta + 2 * WEIGHT * W, delta.sum(0)


def slope_of_z(W, b):
    z = X @ W + b
    delta = (np.tanh(z) - Y) / len(X) * (1 - z**2)
    return X.T @ delta + 2 * WEIGHT * W, delta.sum(0)


def bias_of_first_row(W, b):
    return layer_gradient(W, b)[0], layer_delta(W, b)[1][0]


def bias_averaged(W, b):
    return layer_gradient(W, b)[0], layer_delta(W, b)[1].mean(0)


def penalty_forgotten(W, b):
    return layer_gradient(W, b)[0] - 2 * WEIGHT * W, layer_gradient(W, b)[1]


def weights_transposed(W, b):
    return layer_gradient(W, b)[0].T, layer_gradient(W, b)[1]


def bias_of_weights(W, b):
    return layer_gradient(W, b)[0], layer_gradient(W, b)[0].sum(0)


def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def layer_of_softmax(z):
    return np.sum(UP * softmax(z))


def softmax_gradient(z):
    a = softmax(z)
    return a * (UP - np.sum(UP * a, axis=1, keepdims=True))


def normed(z):
    return np.sum(UP * (z - np.mean(z, axis=0)) / np.sqrt(np.var(z, axis=0) + EPSILON))


def normed_with(z, epsilon=EPSILON, mean=1, deviation=1):
    size = np.sqrt(np.var(z, axis=0) + epsilon)
    unit = (z - np.mean(z, axis=0)) / size
    return (UP - mean * np.mean(UP, axis=0) - deviation * unit * np.mean(UP * unit, axis=0)) / size


def picked(x):
    return np.sum(c * x[[0, 1, 1, 2, 5, 5]] ** 2)


def picked_gradient(x, add=np.add.at):
    found, places = np.zeros(6), [0, 1, 1, 2, 5, 5]
    if add:
        add(found, places, c * 2 * x[places])
    else:
        found[places] = c * 2 * x[places]
    return found


def cubes(x):
    return np.sum(c * x**3)


def bits(x):
    return np.sum(x * np.log2(x**2))


def cubes_gradient(x):
    return c * x**2 * 3


CASES = (
    (layer, without_slope, (W, b), "slope-missing", "`np.tanh(X @ W + b)`"),
    (layer, slope_of_z, (W, b), "slope-of-input", "written by its output"),
    (layer, bias_of_first_row, (W, b), "first-use", "only the first use"),
    (layer, bias_averaged, (W, b), "factor", "1/5"),
    (layer, penalty_forgotten, (W, b), "path-missing", "`W**2`"),
    (layer, weights_transposed, (W, b), "transposed", "for W"),
    (layer, bias_of_weights, (W, b), "other-argument", "of W, summed over axis 0"),
    (layer_of_softmax, lambda z: UP * softmax(z) * (1 - softmax(z)), (Z,), "diagonal", "Jacobian"),
    (layer_of_softmax, lambda z: UP * softmax(z), (Z,), "path-missing", "np.sum(e, axis=1, keepdims=True)"),
    (normed, lambda z: normed_with(z, epsilon=1e-3), (Z,), "other-constant", "0.001"),
    (normed, lambda z: normed_with(z, mean=0), (Z,), "path-missing", "np.mean(z, axis=0)"),
    (normed, lambda z: normed_with(z, deviation=0), (Z,), "path-missing", "np.var(z, axis=0)"),
    (normed, lambda z: normed_with(z, mean=2), (Z,), "path-factor", "counted 2 times"),
    (picked, lambda x: picked_gradient(x, add=None), (x,), "last-use", "last use"),
    (cubes, lambda x: -cubes_gradient(x), (x,), "sign", "opposite sign"),
    (cubes, lambda x: cubes_gradient(x) / 6, (x,), "factor", "1/6"),
    (cubes, lambda x: 3 * x**2, (x,), "factor-missing", "`c`"),
    (bits, lambda x: np.log2(x**2) + 2, (x,), "factor-missing", "the division by log 2 inside `np.log2(x**2)`"),
    (cubes, lambda x: 0 * x, (x,), "zeroed", "times zero"),
    (cubes, lambda x: cubes_gradient(x)[::-1], (x,), "permuted", "reversed"),
    (cubes, lambda x: np.roll(cubes_gradient(x), 1), (x,), "permuted", "shifted by 1"),
    (cubes, lambda x: cubes_gradient(x) + 1e-3 * x, (x,), "term", "1e-3 * x"),
    (cubes, lambda x: np.clip(cubes_gradient(x), -1, 1), (x,), "shaped", "clipped"),
    (cubes, lambda x: cubes_gradient(x) * (np.arange(6) != 2), (x,), "place", "x[2]"),
    (cubes, lambda x: cubes_gradient(x - 0.01 * cubes_gradient(x)), (x,), "stale", "rate of 0.01"),
    (cubes, lambda x: cubes_gradient(np.round(x, 3)), (x,), "stale", "3 places"),
)  # fmt: skip


def diagnosis_of(f, gradient, args):
    argnums = 0 if len(args) == 1 else tuple(range(len(args)))
    return autocheck.check_gradient(f, gradient, *args, argnums=argnums).diagnosis


@pytest.mark.parametrize(
    ("f", "gradient", "args", "cause", "words"),
    CASES,
    ids=lambda v: getattr(v, "__name__", v if isinstance(v, str) else ""),
)
def test_the_mistake_that_was_made_is_named(f, gradient, args, cause: str, words: str) -> None:
    diagnosis = diagnosis_of(f, gradient, args)
    assert diagnosis.cause == cause, diagnosis
    assert words in diagnosis.sentence
    assert diagnosis.evidence.startswith("exact"), diagnosis


@pytest.mark.parametrize(
    ("f", "gradient", "args"),
    [
        (layer, layer_gradient, (W, b)),
        (layer_of_softmax, softmax_gradient, (Z,)),
        (normed, normed_with, (Z,)),
        (picked, picked_gradient, (x,)),
        (cubes, cubes_gradient, (x,)),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_a_right_gradient_gets_no_diagnosis(f, gradient, args) -> None:
    argnums = 0 if len(args) == 1 else tuple(range(len(args)))
    report = autocheck.check_gradient(f, gradient, *args, argnums=argnums)
    assert report.ok, report
    assert report.diagnosis is None


def test_what_no_known_mistake_gives_is_not_explained_as_certain() -> None:
    strange = np.array([0.3, -1.7, 0.2, 2.9, -0.4, 1.1])
    diagnosis = diagnosis_of(cubes, lambda x: cubes_gradient(x) * strange, (x,))
    assert diagnosis is None or diagnosis.evidence.startswith("likely"), diagnosis


def test_one_element_proves_no_factor_without_a_name() -> None:
    diagnosis = diagnosis_of(lambda x: np.sum(x**3), lambda x: 3 * x**2 * 0.7366, (x[:1],))
    assert diagnosis.cause == "factor"
    assert diagnosis.evidence.startswith("likely")


def test_a_gradient_that_is_known_in_floats_only_says_so() -> None:
    def opaque(x):
        return np.array([-float(v) for v in np.asarray(x).astype("float64").tolist()]) * 2

    diagnosis = diagnosis_of(lambda x: np.sum(x**2), opaque, (x,))
    assert diagnosis.cause == "sign"


def test_the_page_of_mistakes_tells_of_nearly_all_that_were_published() -> None:
    """Made by benchmarks/diagnosis.py; 45 rows of the catalogue at the least, nine in ten with a cause."""
    page = (Path(__file__).parents[2] / "docs" / "mistakes.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if re.match(r"\| \d\d ", line)]
    assert len({row[0] for row in rows}) >= 45
    assert sum(row[2] != "—" for row in rows) >= 0.85 * len(rows)


def test_the_diagnosis_is_in_every_rendering() -> None:
    report = autocheck.check_gradient(cubes, lambda x: -cubes_gradient(x), x)
    sentence = report.diagnosis.sentence
    assert sentence in str(report)
    assert sentence in report.to_html()
    assert sentence in report._repr_html_()
    assert json.loads(report.to_json())["diagnosis"]["cause"] == "sign"
