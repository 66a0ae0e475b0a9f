"""Arguments of any shape, dtype, nesting and memory layout: no traceback from inside, no wrong pass, no false alarm.

`pytest tests/laws/test_fuzz.py --hypothesis-profile=long --hypothesis-show-statistics` tries more and reports how many
(the profiles stand in `tests/conftest.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import event, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autocheck
from autocheck import tree
from autocheck.claim import BadClaim

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
FLOATS = [np.float16, np.float32, np.float64]


def laid_out(array: np.ndarray, layout: str) -> np.ndarray:
    """The same numbers in memory of another order, with gaps, backwards, or read-only."""
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "gaps" and array.ndim:
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if layout == "backwards" and array.ndim:
        return array[::-1].copy()[::-1]
    if layout == "read-only":
        array = array.copy()
        array.flags.writeable = False
    return array


def arrays(elements: st.SearchStrategy[float]) -> st.SearchStrategy[np.ndarray]:
    numbers = st.sampled_from(FLOATS).flatmap(lambda dtype: hnp.arrays(dtype, SHAPES, elements=elements))
    return st.builds(laid_out, numbers, st.sampled_from(["C", "F", "gaps", "backwards", "read-only"]))


NUMBERS = st.integers(-32, 32).map(lambda n: n / 8)  # exact in float16
LEAVES = st.one_of(arrays(NUMBERS), NUMBERS.map(float))
TREES = st.recursive(
    LEAVES,
    lambda children: st.one_of(
        st.lists(children, max_size=3).map(tuple), st.dictionaries(st.sampled_from("abW"), children, max_size=3)
    ),
    max_leaves=4,
)


@dataclass
class Cubes:
    """f = the sum of all w x^3 + x, w different for each leaf; its gradient; and one with one leaf wrong."""

    wrong: int | None = None

    def f(self, *args: Any) -> Any:
        leaves = [leaf for a in args for _, leaf in tree.leaves(a)]
        return sum((np.sum((k + 2) * leaf**3 + leaf) for k, leaf in enumerate(leaves)), 0.0)

    def gradient(self, *args: Any) -> Any:
        number = iter(range(1000))

        def of_leaf(leaf: Any) -> Any:
            k = next(number)
            return 3 * (k + 2) * leaf**2 + (1.25 if k == self.wrong else 1)

        return tuple(tree.rebuild(a, of_leaf) for a in args)


def judged(case: Cubes, args: tuple[Any, ...]) -> autocheck.Report | None:
    """The report; None where the arguments were refused, in words of their own."""
    try:
        return autocheck.check_gradient(case.f, case.gradient, *args, argnums=tuple(range(len(args))))
    except BadClaim:
        event("refused")
        return None


@given(st.lists(TREES, min_size=1, max_size=3).map(tuple))
def test_a_right_gradient_of_any_arguments_agrees(args: tuple[Any, ...]) -> None:
    report = judged(Cubes(), args)
    if report:
        event(report.verdict)
        assert report.verdict == "agrees", str(report)


@given(st.lists(TREES, min_size=1, max_size=3).map(tuple), st.integers(0, 11))
def test_a_gradient_with_one_wrong_leaf_never_agrees(args: tuple[Any, ...], wrong: int) -> None:
    sizes = [np.size(leaf) for a in args for _, leaf in tree.leaves(a)]
    if not sum(sizes):
        return
    wrong %= len(sizes)
    while not sizes[wrong]:  # an empty leaf has no gradient that could be wrong
        wrong = (wrong + 1) % len(sizes)
    report = judged(Cubes(wrong), args)
    if report:
        event(report.verdict)
        assert report.verdict == "wrong", str(report)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.text(max_size=3),
    st.complex_numbers(max_magnitude=5),
    st.sampled_from(
        [float("nan"), float("inf"), np.float64(2.0), np.array(None), np.array(["a"]), np.ma.masked, object]
    ),
    hnp.arrays(np.int64, SHAPES, elements=st.integers(-3, 3)),
    hnp.arrays(np.complex64, SHAPES, elements=st.just(1 + 1j)),
    hnp.arrays(np.bool_, SHAPES),
    arrays(st.sampled_from([0.0, -0.0, 1.0, float("nan"), float("inf"), 1e-5])),
)
RETURNS = st.one_of(
    ODD, LEAVES, st.lists(LEAVES, max_size=2), st.tuples(LEAVES, LEAVES), st.dictionaries(st.sampled_from("ab"), LEAVES)
)


@given(ODD, RETURNS, RETURNS)
def test_odd_arguments_and_returns_end_in_a_verdict_or_in_one_clear_error(x: Any, value: Any, gradient: Any) -> None:
    try:
        report = autocheck.check_gradient(lambda x: value, lambda x: gradient, x)
    except BadClaim:
        event("refused")
        return
    event(report.verdict)
    assert str(report)
    assert report.to_json()
    if (
        report.ok
    ):  # a constant function: only a gradient of zeros is right, and numbers saved before may be some ulp off
        leaves = [np.asarray(leaf, dtype=np.float64) for _, leaf in tree.leaves(gradient) if leaf is not None]
        assert all(not leaf.any() for leaf in leaves)


@given(arrays(NUMBERS), arrays(NUMBERS))
def test_a_vjp_of_any_shapes_agrees_and_a_wrong_one_does_not(x: np.ndarray, y: np.ndarray) -> None:
    f = lambda x, y: np.multiply.outer(x, y)  # noqa: E731

    def vjp(x: Any, y: Any, c: Any) -> Any:
        return np.tensordot(c, y, y.ndim), np.tensordot(x, c, x.ndim)

    if not (x.size and y.size):
        return
    assert autocheck.check_vjp(f, vjp, x, y, argnums=(0, 1)).verdict in ("agrees", "inaccurate")
    report = autocheck.check_vjp(f, lambda x, y, c: (vjp(x, y, c)[0] + 1, vjp(x, y, c)[1]), x, y, argnums=(0, 1))
    assert report.verdict == "wrong"


def test_the_fuzzed_functions_are_what_they_say() -> None:
    x = np.array([1.0, -2.0])
    assert autocheck.check_gradient(Cubes().f, Cubes().gradient, x, {"a": x}, argnums=(0, 1)).ok
    assert autocheck.check_gradient(Cubes(1).f, Cubes(1).gradient, x, {"a": x}, argnums=(0, 1)).verdict == "wrong"
