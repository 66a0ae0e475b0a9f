"""The five equations, three times: the same names, the same numbers, and docstrings that are run."""

import inspect
import re

import numpy as np
import pytest

from handgrad.activations import ACTIVATIONS, get
from handgrad.equations import EQUATIONS, INPUT_GRADIENT, NOTATIONS, batched, elemental, vector
from handgrad.pairings import pairing
from handgrad.shapes import ShapeError

SIZES = {"m": 5, "n_in": 3, "n_out": 2}
FUNCTIONS = [name for equation in EQUATIONS for name in equation.functions] + [INPUT_GRADIENT]
FORMULAS = [pytest.param(n, f, id=f"{n}.{f}") for n in NOTATIONS for f in FUNCTIONS]
RECORDS = {"activation": get("tanh"), "pairing": pairing("half_squared_error", "tanh")}


def drawn(rng, *shape):
    return rng.normal(size=shape)


def shapes_line(function):
    """The docstring's `Shapes:` line as ({argument: shape}, shape of the answer)."""
    line = re.search(r"^ *Shapes: (.*)$", function.__doc__, re.MULTILINE).group(1)
    arguments, answer = line.split(" -> ")
    letters = {name: re.findall(r"\w+", inside) for name, inside in re.findall(r"(\w+) \(([^)]*)\)", arguments)}
    numbers = {name: tuple(SIZES[letter] for letter in found) for name, found in letters.items()}
    return numbers, tuple(SIZES[letter] for letter in re.findall(r"\w+", answer))


@pytest.mark.parametrize(("notation", "name"), FORMULAS)
def test_the_shapes_line_of_the_docstring_is_what_the_formula_does(notation, name, rng):
    function = getattr(NOTATIONS[notation], name)
    wanted, answer = shapes_line(function)
    arrays = {argument: drawn(rng, *shape) for argument, shape in wanted.items()}
    positional = [p.name for p in inspect.signature(function).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    assert set(positional) == {*arrays, *(r for r in RECORDS if r in positional)}
    assert function(*({**RECORDS, **arrays}[p] for p in positional)).shape == answer


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_formula_takes_the_same_parameters_in_every_notation(name):
    """Only `out`, which is memory and no mathematics, may be there as a keyword besides."""
    signatures = [inspect.signature(getattr(module, name)).parameters.values() for module in NOTATIONS.values()]
    assert len({tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY) for parameters in signatures}) == 1
    assert {p.name for parameters in signatures for p in parameters if p.kind is p.KEYWORD_ONLY} <= {"out"}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_notation_holds_the_equations_and_nothing_else(notation):
    module = NOTATIONS[notation]
    own = [n for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__]
    assert own == ["pre_activation", "activate", "delta", "delta_output", "grad_W", "grad_b", "grad_x"]
    assert own == FUNCTIONS


@pytest.mark.parametrize(("notation", "name"), FORMULAS)
def test_a_docstring_opens_with_its_number_and_title_and_names_its_source(notation, name):
    opening = {f: f"Eqn {e.number}, {notation}: {e.title}" for e in EQUATIONS for f in e.functions}
    doc = inspect.getdoc(getattr(NOTATIONS[notation], name))
    assert doc.startswith(opening.get(name, f"Beyond the five, {notation}: how J changes with each input"))
    assert all(section in doc for section in ("\n\n    ", "Shapes: ", "Raises: ", "Source: "))


@pytest.mark.parametrize("notation", ["elemental", "vector"])
def test_one_layer_worked_by_hand(notation):
    equations = NOTATIONS[notation]
    W, b, x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([0.5, -0.5]), np.array([1.0, 0.0, -2.0])
    delta = np.array([2.0, -1.0])
    assert equations.pre_activation(W, b, x).tolist() == [-8.5, -10.5]
    assert equations.activate(get("relu"), np.array([-1.5, 2.5])).tolist() == [0.0, 2.5]
    assert equations.delta(get("relu"), np.array([1.0, -1.0, 2.0]), W, delta).tolist() == [0.0, 0.0, 4.0]
    assert equations.delta_output(RECORDS["pairing"], np.zeros(2), np.array([0.25, -0.5])).tolist() == [-0.25, 0.5]
    assert equations.grad_W(x, delta).tolist() == [[2.0, -1.0], [0.0, 0.0], [-4.0, 2.0]]
    assert equations.grad_b(delta).tolist() == [2.0, -1.0]
    assert equations.grad_x(W, delta).tolist() == [0.0, 2.0, 4.0]


def test_a_batch_of_two_worked_by_hand():
    W, b, X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([0.5, -0.5]), np.array([[1.0, 0, -2], [0, 1, 1]])
    delta = np.array([[2.0, -1.0], [1.0, 1.0]])
    assert batched.pre_activation(W, b, X).tolist() == [[-8.5, -10.5], [8.5, 9.5]]
    assert batched.grad_W(X, delta).tolist() == [[1.0, -0.5], [0.5, 0.5], [-1.5, 1.5]]
    assert batched.grad_b(delta).tolist() == [1.5, 0.0]
    assert batched.grad_x(W, delta).tolist() == [[0.0, 2.0, 4.0], [3.0, 7.0, 11.0]]


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.name)
def test_index_by_index_is_the_vector_form_and_its_rows_are_the_batched_form(activation, rng):
    m, n_in, n_out = SIZES.values()
    W, b, A, Z = drawn(rng, n_in, n_out), drawn(rng, n_out), drawn(rng, m, n_in), drawn(rng, m, n_in)
    delta_next = drawn(rng, m, n_out)

    def same(whole, *parts):
        for part in parts:
            np.testing.assert_allclose(part, whole, rtol=1e-13, atol=1e-15)

    for_each = {n: lambda name, *rows, n=n: [getattr(NOTATIONS[n], name)(*row) for row in zip(*rows, strict=True)]
                for n in ("elemental", "vector")}  # fmt: skip
    fixed = {"W": [W] * m, "b": [b] * m, "h": [activation] * m}
    for each in for_each.values():
        same(batched.pre_activation(W, b, A), each("pre_activation", fixed["W"], fixed["b"], A))
        same(batched.activate(activation, Z), each("activate", fixed["h"], Z))
        same(batched.delta(activation, Z, W, delta_next), each("delta", fixed["h"], Z, fixed["W"], delta_next))
        same(batched.grad_W(A, delta_next), np.mean(each("grad_W", A, delta_next), axis=0))
        same(batched.grad_b(delta_next), np.mean(each("grad_b", delta_next), axis=0))
        same(batched.grad_x(W, delta_next), each("grad_x", fixed["W"], delta_next))


@pytest.mark.parametrize("name", ["pre_activation", "delta", "grad_W", "grad_b", "grad_x"])
def test_the_answer_written_into_given_memory_has_the_same_bits(name, rng):
    function = getattr(batched, name)
    wanted, answer = shapes_line(function)
    arguments = [
        drawn(rng, *wanted[p]) if p in wanted else RECORDS[p]
        for p in inspect.signature(function).parameters
        if p != "out"
    ]
    np.testing.assert_array_equal(function(*arguments, out=np.empty(answer)), function(*arguments))


def zeros(*shapes):
    return [np.zeros(shape) for shape in shapes]


REFUSALS = {
    "one example for a batch": (
        lambda: batched.grad_W(*zeros((4,), (5, 2))),
        "grad_W: a_prev has shape (4,), needs (m, n_in) with m = 5 from delta (5, 2). "
        "For one example use equations.vector, or a_prev[None, :].",
    ),
    "a batch for one example": (
        lambda: vector.pre_activation(*zeros((3, 2), (2,), (5, 3))),
        "pre_activation: a_prev has shape (5, 3), needs (n_in,) with n_in = 3 from W (3, 2). "
        "For a batch use equations.batched; for one example a_prev.ravel().",
    ),
    "a column for a vector": (
        lambda: elemental.grad_b(*zeros((2, 1))),
        "grad_b: delta has shape (2, 1), needs (n_out,). "
        "For a batch use equations.batched; for one example delta.ravel().",
    ),
    "two batch sizes": (
        lambda: batched.grad_W(*zeros((4, 3), (5, 2))),
        "grad_W: a_prev has shape (4, 3), needs (m, n_in) with m = 5 from delta (5, 2).",
    ),
    "a transposed weight": (
        lambda: batched.delta(get("tanh"), *zeros((5, 3), (2, 3), (5, 2))),
        "delta: W_next has shape (2, 3), needs (n_in, n_out) with n_in = 3 from z (5, 3). W_next.T would fit.",
    ),
    "a bias of length one, which NumPy would broadcast": (
        lambda: batched.pre_activation(*zeros((3, 2), (1,), (5, 3))),
        "pre_activation: b has shape (1,), needs (n_out,) with n_out = 2 from W (3, 2).",
    ),
    "a target column, which NumPy would broadcast": (
        lambda: batched.delta_output(RECORDS["pairing"], *zeros((5, 2), (5, 1))),
        "delta_output: y has shape (5, 1), needs (m, n_out) with m = 5 from z (5, 2), n_out = 2 from z (5, 2).",
    ),
    "an empty batch": (
        lambda: batched.grad_b(*zeros((0, 2))),
        "grad_b: delta has shape (0, 2), needs (m, n_out) with none of them 0. "
        "An empty batch has no mean: leave it out.",
    ),
    "a list": (
        lambda: vector.grad_b([1.0, 2.0]),
        "grad_b: delta is a list, needs an array. Try np.array(delta).",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSALS.values(), ids=REFUSALS)
def test_what_does_not_fit_is_refused_with_the_way_out(call, message):
    with pytest.raises(ShapeError) as caught:
        call()
    assert str(caught.value) == message
