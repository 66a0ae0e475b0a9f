"""What is on trial: names, nesting and order of the arguments, and a gradient's parts matched with them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest

from autocheck import tree
from autocheck.claim import (
    BadClaim,
    is_float,
    make_claim,
    parameters,
    split_gradient,
    with_parameters,
)


class Pair(NamedTuple):
    W: Any
    b: Any


@dataclass(frozen=True)
class Layer:
    W: Any
    b: Any
    name: str = "first"


def loss(params, x, *rest, rate=0.1):
    return 0.0


def claim_of(*args, argnums=0, f=loss):
    return make_claim(f, f, args, argnums)


W, B, X = np.ones((3, 2)), np.zeros(2), np.ones((4, 3))
NESTED = {
    "array": (W, ["params"]),
    "dict": ({"W": W, "b": B}, ["params['W']", "params['b']"]),
    "list of tuples": ([(W, B), (W,)], ["params[0][0]", "params[0][1]", "params[1][0]"]),
    "namedtuple": (Pair(W, B), ["params.W", "params.b"]),
    "dataclass": (Layer(W, B), ["params.W", "params.b"]),
    "absent": ({"W": W, "b": None}, ["params['W']"]),
    "number": (1.5, ["params"]),
    "numbers": ({3: 1.5, "rate": 0.5}, ["params[3]", "params['rate']"]),
}


@pytest.mark.parametrize("kind", NESTED)
def test_parameters_are_named_as_the_user_would_write_them(kind):
    argument, names = NESTED[kind]
    assert [p.name for p in parameters(claim_of(argument, X))] == names


@pytest.mark.parametrize("kind", NESTED)
def test_replacing_the_parameters_keeps_their_containers(kind):
    claim = claim_of(NESTED[kind][0], X)
    doubled = with_parameters(claim, claim.args, [2 * p.value for p in parameters(claim)])
    assert tree.children(doubled[0]) is None or type(doubled[0]) is type(claim.args[0])
    assert doubled[1] is claim.args[1]
    pairs = zip(tree.leaves(doubled[0]), tree.leaves(claim.args[0]), strict=True)
    assert all(a == b if isinstance(b, str) else np.array_equal(a, 2 * b) for (_, a), (_, b) in pairs)


@pytest.mark.parametrize("kind", NESTED)
def test_a_gradient_of_the_same_kind_is_split_in_the_order_of_the_parameters(kind):
    claim = claim_of(NESTED[kind][0], X)
    values = [p.value for p in parameters(claim)]
    assert all(map(np.array_equal, split_gradient(claim, claim.args[0]), values))


@pytest.mark.parametrize(
    ("argnums", "names"),
    [
        (0, ["params"]),
        (1, ["x"]),
        (-1, ["args[2]"]),
        ((2, 0), ["args[2]", "params"]),
        ([1], ["x"]),
        (np.int8(1), ["x"]),
    ],
    ids=str,
)
def test_argnums_choose_and_order_the_parameters(argnums, names):
    assert [p.name for p in parameters(claim_of(W, X, 1.5, argnums=argnums))] == names


def test_a_tuple_of_argnums_needs_a_tuple_of_gradients():
    claim = claim_of(W, X, argnums=(0, 1))
    assert [g.shape for g in split_gradient(claim, (W, X))] == [(3, 2), (4, 3)]
    for wrong in (W, (W,), (W, X, X)):
        with pytest.raises(BadClaim, match="needs 2"):
            split_gradient(claim, wrong)


@pytest.mark.parametrize(
    ("returned", "complaint"),
    [
        ({"W": W}, r"lacks p\['b'\]"),
        ({"W": W, "b": B, "c": B}, r"has p\['c'\] besides"),
        ({"W": W, "bias": B}, r"lacks p\['b'\] and has p\['bias'\] besides"),
        ((W, B), "lacks"),
        (W, "lacks"),
        ({"W": (W, W), "b": B}, r"p\['W'\] is a tuple"),
        ({"W": W, "b": None}, r"p\['b'\]"),
    ],
    ids=str,
)
def test_a_gradient_of_another_structure_is_refused_by_name(returned, complaint):
    claim = make_claim(lambda p: 0.0, lambda p: p, ({"W": W, "b": B},))
    with pytest.raises(BadClaim, match=complaint):
        split_gradient(claim, returned)


def test_keys_are_matched_whatever_their_order():
    claim = make_claim(lambda p: 0.0, lambda p: p, ({"W": W, "b": B},))
    assert [g.shape for g in split_gradient(claim, {"b": B, "W": W})] == [(3, 2), (2,)]


def test_a_gradient_written_as_a_list_of_numbers_is_an_array():
    claim = claim_of(np.ones(3), X)
    assert np.array_equal(np.asarray(split_gradient(claim, [1.0, 2.0, 3.0])[0]), [1, 2, 3])


class Callable:
    def __call__(self, one, two):
        return 0.0

    def method(self, one, two):
        return 0.0


@pytest.mark.parametrize(
    ("f", "names"),
    [
        (loss, ["params", "x", "args[2]"]),
        (lambda *xs: 0.0, ["args[0]", "args[1]", "args[2]"]),
        (Callable(), ["one", "two", "args[2]"]),
        (Callable().method, ["one", "two", "args[2]"]),
        (partial(loss, 1), ["x", "args[1]", "args[2]"]),
        (np.add, ["args[0]", "args[1]", "args[2]"]),
    ],
    ids=["function", "star", "object", "method", "partial", "ufunc"],
)
def test_arguments_have_the_names_that_f_gives_them(f, names):
    found = list(claim_of(W, X, 1.5, f=f).names)
    assert found == names or (f is np.add and len(found) == 3)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_every_real_dtype_is_taken(dtype):
    assert parameters(claim_of(W.astype(dtype), X))[0].value.dtype == dtype


def test_jax_arrays_are_taken_as_numpys():
    import jax.numpy as jnp

    value = parameters(claim_of(jnp.ones(3), X))[0].value
    assert (type(value), value.dtype) == (np.ndarray, np.float32)


NO_FLOATS = [np.float32(1), np.arange(3), np.array(["a"]), np.array([True]), np.array([1j]), "a", None, 1.5]
NO_FLOATS += [np.array(["2020"], dtype="M8"), np.zeros(2, dtype=[("a", "f8")])]


@pytest.mark.parametrize("leaf", NO_FLOATS, ids=repr)
def test_what_is_no_array_of_real_numbers_is_not_lifted(leaf):
    assert is_float(W)
    assert not is_float(leaf)


def test_a_claim_can_not_be_changed():
    with pytest.raises(FrozenInstanceError):
        claim_of(W, X).seed = 1


def test_what_is_not_differentiated_may_be_anything():
    claim = claim_of(W, "relu", None, {"ids": np.arange(3)}, len, np.random.default_rng(1))
    assert claim.args[1:3] == ("relu", None)
    assert claim.args[4] is len
