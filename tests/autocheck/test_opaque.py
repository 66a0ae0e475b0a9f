"""Black boxes of any precision, with a reference: its exact derivative at the box's own inputs is the truth."""

from __future__ import annotations

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from autocheck import check_gradient

DTYPES = [np.float64, np.float32, np.float16, ml_dtypes.bfloat16]
REFERENCES = {"NumPy": lambda x: (x**3).sum(), "JAX": lambda x: jnp.sum(x**3)}


def box(dtype, factor=1.0):
    """f and its gradient as a compiled kernel would be: they see bytes, and sum in float32 at least."""
    wide = np.float64 if dtype is np.float64 else np.float32

    def numbers(x):
        return np.frombuffer(x.tobytes(), dtype=dtype).astype(wide)

    def f(x):
        return np.asarray((numbers(x) ** 3).sum()).astype(dtype)

    def gradient(x):
        return (factor * 3 * numbers(x) ** 2).astype(dtype)

    return f, gradient


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_right_box_agrees_with_its_reference(dtype, reference):
    x = np.linspace(-1, 2, 9).astype(dtype)
    report = check_gradient(*box(dtype), x, reference=REFERENCES[reference])
    assert report.ok, str(report)
    assert any("opaque" in note.text for note in report.parameters[0].notes)
    assert report.digits is None


@pytest.mark.parametrize(
    ("dtype", "factor"), [(np.float64, 1 + 1e-9), (np.float32, 1.001), (np.float16, 1.2), (ml_dtypes.bfloat16, 1.3)]
)
def test_a_wrong_box_is_wrong(dtype, factor):
    x = np.linspace(-1, 2, 9).astype(dtype)
    assert check_gradient(*box(dtype, factor), x, reference=REFERENCES["NumPy"]).verdict == "wrong"


def test_a_box_that_is_another_function_than_its_reference_is_not_passed():
    x = np.linspace(-1, 2, 9)
    assert not check_gradient(*box(np.float64), x, reference=lambda x: (x**3).sum() + 1).ok


def test_without_a_reference_the_report_says_that_the_formula_was_not_judged():
    report = check_gradient(*box(np.float64), np.linspace(-1, 2, 9))
    assert report.mode == "floating point only"
    assert any("formula not judged" in note.text for note in report.parameters[0].notes)
