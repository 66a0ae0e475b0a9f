"""Bad input: one clear sentence for each, that says what came, what is needed, and the way out; never a traceback."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autocheck import BadClaim, check_gradient

X = np.array([0.5, -1.5, 2.0])


def squares(x, *others):
    return (x**2).sum()


def grad_squares(x, *others):
    return 2 * x


POINTS = {
    "integers": (np.arange(3), r"x has dtype int64.*astype\(float\)"),
    "booleans": (np.array([True, False]), "x has dtype bool"),
    "complex numbers": (X + 1j, "x is complex.*two arguments"),
    "strings": (np.array(["a", "b"]), "x has dtype <U1, needs real numbers"),
    "dates": (np.array(["2020-01-01"], dtype="M8[D]"), "datetime64"),
    "records": (np.zeros(2, dtype=[("a", "f8")]), "needs real numbers"),
    "objects": (np.array([1.0, None]), "x"),
    "a string": ("abc", "x is the str 'abc', needs an array or a float"),
    "an int": (3, r"x is the int 3 \(write 3.0\)"),
    "a bool": (True, "x is the bool True"),
    "None": (None, "x is the NoneType None"),
    "nothing": ([], "x is the list"),
    "a function": (len, "x is the builtin_function"),
    "not a number": (np.array([1.0, np.nan]), r"x\[1\] is nan, needs a finite number"),
    "infinite": (np.array([[1.0, np.inf]]), r"x\[0, 1\] is inf, needs a finite number"),
}


@pytest.mark.parametrize("name", POINTS)
def test_a_point_that_can_not_be_moved_is_refused(name):
    point, complaint = POINTS[name]
    with pytest.raises(BadClaim, match=complaint):
        check_gradient(squares, grad_squares, point)


VALUES = {
    "an array": (lambda x: x**2, r"returned shape \(3,\), needs one number"),
    "a pair": (lambda x: ((x**2).sum(), 1), "returned tuple, needs one real number"),
    "a list": (lambda x: [(x**2).sum()], "returned list"),
    "nothing": (lambda x: None, "returned NoneType"),
    "a string": (lambda x: "loss", "returned str"),
    "a dict": (lambda x: {"loss": (x**2).sum()}, "returned dict"),
    "complex": (lambda x: (x**2).sum() + 1j, "returned dtype complex128"),
    "objects": (lambda x: np.array([None]), "needs one real number"),
    "an empty array": (lambda x: x[:0], r"returned shape \(0,\)"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_function_that_returns_no_number_is_refused(name):
    f, complaint = VALUES[name]
    with pytest.raises(BadClaim, match=complaint):
        check_gradient(f, grad_squares, X)


GRADIENTS = {
    "nothing": (lambda x: None, "the gradient for x is a NoneType, needs an array of shape"),
    "a string": (lambda x: "abc", "dtype <U3, needs real numbers"),
    "complex": (lambda x: 2 * x + 0j, "complex128, needs real numbers"),
    "a dict": (lambda x: {"x": 2 * x}, "the gradient for x is a dict, needs an array"),
    "two arrays": (lambda x: (x, x), "the gradient for x is a tuple"),
    "objects": (lambda x: np.array([None] * 3), "dtype object, needs real numbers"),
    "a ragged list": (lambda x: [[1.0, 2.0], [3.0]], "the gradient for x"),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_a_gradient_that_holds_no_numbers_is_wrong_and_told_why(name):
    gradient, complaint = GRADIENTS[name]
    report = check_gradient(squares, gradient, X)
    assert report.verdict == report.parameters[0].verdict == "wrong"
    assert re.search(complaint, report.reasons[0])


SHAPES = {
    "a number": (X, lambda x: 1.0, r"shape \(\), needs \(3,\)"),
    "not summed": (X, lambda x: np.ones((5, 3)), r"shape \(5, 3\), needs \(3,\); summed over its first axis"),
    "transposed": (np.ones((3, 2)), lambda x: 2 * x.T, r"shape \(2, 3\), needs \(3, 2\); its transpose would fit"),
    "flattened": (np.ones((3, 2)), lambda x: 2 * x.ravel(), "right number of elements"),
    "a column": (X, lambda x: 2 * x[:, None], "right number of elements"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_gradient_of_another_shape_is_wrong_and_told_what_would_repair_it(name):
    point, gradient, complaint = SHAPES[name]
    report = check_gradient(squares, gradient, point)
    assert report.verdict == "wrong"
    assert len(report.reasons) == 1
    assert re.search(complaint, report.reasons[0])


ARGNUMS = [5, -3, (), (0, 7), "0", None, 1.5, (0, 0), (0, -2), (0, "a"), True, {0: 1}, np.array([0, 1])]


@pytest.mark.parametrize("argnums", ARGNUMS, ids=str)
def test_argnums_that_name_no_argument_are_refused(argnums):
    with pytest.raises(BadClaim, match="argnums"):
        check_gradient(squares, grad_squares, X, X, argnums=argnums)


def test_no_argument_at_all_is_refused():
    with pytest.raises(BadClaim, match="0 argument"):
        check_gradient(lambda: 0.0, lambda: 0.0)


@pytest.mark.parametrize(
    ("f", "gradient", "role"), [(3, grad_squares, "f is int"), (squares, X, "gradient is ndarray")]
)
def test_what_can_not_be_called_is_refused(f, gradient, role):
    with pytest.raises(BadClaim, match=role):
        check_gradient(f, gradient, X)


OPTIONS = [{"seed": -1}, {"seed": None}, {"seed": "a"}, {"budget": float("nan")}, {"budget": "2 s"}, {"reference": 3}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_an_option_of_no_meaning_is_refused_by_name(options):
    with pytest.raises(BadClaim, match=next(iter(options))):
        check_gradient(squares, grad_squares, X, **options)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_gradients_is_wrong_and_counted(count):
    report = check_gradient(lambda x, y: x.sum(), lambda x, y: (x,) * count, X, X, argnums=(0, 1))
    assert report.verdict == "wrong"
    assert re.search(rf"returned {count} arrays?, needs 2, one for each of", report.reasons[0])


ROWS = {
    "a number": (lambda x: (x**2).sum(), np.ones((4, 2)), "one number for each"),
    "too many": (lambda x: x**2, np.ones((4, 2)), "one number for each"),
    "0-d": (lambda x: x**2, 1.5, "row"),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_f_does_not_return_are_refused(name):
    f, point, complaint = ROWS[name]
    with pytest.raises(BadClaim, match=complaint):
        check_gradient(f, lambda x: 2 * x, point, rows=True)


class OwnError(Exception):
    pass


def broken(*args):
    raise OwnError("mine")


def test_what_f_and_the_gradient_raise_is_theirs():
    for f, gradient in ((broken, grad_squares), (squares, broken)):
        with pytest.raises(OwnError, match="mine"):
            check_gradient(f, gradient, X)


def test_too_few_arguments_are_pythons_own_error():
    with pytest.raises(TypeError, match="missing"):
        check_gradient(lambda x, y: x @ y, lambda x, y: y, X)


EMPTY = {
    "the only one": ((np.zeros(0),), 0),
    "beside another": ((np.zeros((0, 3)), X), (0, 1)),
    "not differentiated": ((X, np.zeros(0)), 0),
}


SUM_OF_SQUARES = (
    lambda *xs: sum((x**2).sum() for x in xs),
    lambda *xs: 2 * xs[0],
    lambda *xs: tuple(2 * x for x in xs),
)


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_array_is_no_reason_to_stumble(name):
    args, argnums = EMPTY[name]
    report = check_gradient(SUM_OF_SQUARES[0], SUM_OF_SQUARES[1 + (argnums != 0)], *args, argnums=argnums)
    assert report.verdict in ("agrees", "inconclusive")
    assert str(report)


def test_every_refusal_is_one_sentence_with_its_subject():
    with pytest.raises(BadClaim) as refused:
        check_gradient(squares, grad_squares, np.arange(3))
    assert str(refused.value).startswith("check_gradient: x has dtype int64, needs ")
    assert "\n" not in str(refused.value)
    assert issubclass(BadClaim, ValueError)


@pytest.mark.parametrize("returned", [(np.zeros(0), 0.0), [[1.0], [1.0, 2.0]]], ids=["two shapes", "ragged rows"])
def test_a_tuple_that_is_no_array_is_one_clear_error(returned):
    report = check_gradient(lambda x: x.sum(), lambda x: returned, np.zeros((2, 2)))
    assert report.verdict == "wrong"
    assert "needs an array of shape (2, 2)" in str(report)
