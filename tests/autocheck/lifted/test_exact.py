"""The exact array: NumPy code runs on it as it is written, gives NumPy's numbers, and loses no digit in silence."""

from __future__ import annotations

import copy
import math
import threading
from contextlib import contextmanager, suppress

import numpy as np
import pytest
import scipy.special as special
from flint import arb

from autocheck.lifted import balls, exact, functions
from autocheck.lifted.array import LiftedArray
from autocheck.lifted.exact import ExactArray, lift
from autocheck.lifted.run import CannotLift, running

BITS = 300
A = np.array([[0.5, -1.25, 2.0], [3.5, 0.75, -0.125]])
B = np.array([[1.5, 0.25, -2.0], [0.5, 4.0, 1.0]])
SQUARE = np.array([[2.0, 0.5, 0.25], [0.5, 1.5, 0.0], [0.125, -0.5, 3.0]])
V = np.array([0.3, -1.2, 2.5, 0.7])


@contextmanager
def under_way():
    """A lifted run, as the evaluator makes it."""
    with balls.precision(BITS), running(exact.new_run()) as run:
        yield run


def lifted(code, *arrays):
    with under_way():
        return code(*map(lift, arrays))


def plainly(code, *arrays):
    with np.errstate(all="ignore"):
        return code(*(array.copy() for array in arrays))


def same(mine, plain):
    """Nested results of any kind, alike in structure, shape and value."""
    if isinstance(plain, (list, tuple)):
        return len(mine) == len(plain) and all(same(m, p) for m, p in zip(mine, plain, strict=True))
    mine = balls.to_floats(mine.data) if type(mine) is ExactArray else np.asarray(mine, dtype=float)
    return mine.shape == np.shape(plain) and np.allclose(mine, plain, rtol=1e-12, atol=1e-14, equal_nan=True)


CODE = {
    "operators": lambda a, b: -a + b * 2 - a / b + a**2 + 2**b + abs(a) - 1.5 % b + a // 0.5 + (+b),
    "reflected": lambda a, b: 1 - a + 3 / b + 2 * a,
    "comparisons": lambda a, b: [a < b, a <= b, a > b, a >= b, a == b, a != b, ~(a < b), (a > 0) & (b > 0)],
    "matmul": lambda a, b: [a @ b.T, a[0] @ b[0], a @ b[0], b.T @ a],
    "index": lambda a, b: [a[0], a[0, 1], a[:, 1], a[..., None], a[::-1, ::2], a[[1, 0, 1]], a[a > 0], a[:, [2, 0]]],
    "reductions": lambda a, b: [
        a.sum(),
        a.sum(0),
        a.sum(axis=1, keepdims=True),
        a.mean(),
        a.mean(0),
        a.prod(1),
        a.max(),
        a.min(0),
    ],
    "spread": lambda a, b: [a.var(), a.var(0, ddof=1), a.std(1), np.ptp(a, axis=0), np.median(a), np.median(a, axis=1)],
    "where in reductions": lambda a, b: [
        np.sum(a, where=a > 0),
        np.max(a, initial=-9, where=a < 1),
        np.mean(a, where=a > 0),
    ],
    "cumulative": lambda a, b: [a.cumsum(), a.cumsum(0), np.cumprod(a, axis=1), np.diff(a), np.diff(a, n=2, axis=1)],
    "order": lambda a, b: [
        np.sort(a),
        np.sort(a, axis=0),
        a.argsort(1),
        a.argmax(),
        a.argmin(axis=0),
        np.searchsorted(np.sort(a[0]), 1.0),
    ],
    "shape": lambda a, b: [
        a.T,
        a.reshape(3, 2),
        a.reshape(-1),
        a.ravel(),
        a.flatten("F"),
        a[None].squeeze(0),
        a.transpose(1, 0),
        a.swapaxes(0, 1),
    ],
    "joins": lambda a, b: [
        np.concatenate([a, b]),
        np.stack([a, b], -1),
        np.hstack([a, b]),
        np.vstack([a, b]),
        np.append(a, 1.5),
        np.column_stack([a, b]),
    ],
    "splits": lambda a, b: [*np.split(a, 3, axis=1), *np.array_split(a, 2, axis=1)],
    "moves": lambda a, b: [
        np.roll(a, 1),
        np.flip(a, 0),
        np.repeat(a, 2, 1),
        np.tile(a, (2, 1)),
        np.pad(a, 1),
        np.rot90(a),
        np.moveaxis(a, 0, 1),
    ],
    "where": lambda a, b: [
        np.where(a > 0, a, b),
        np.where(a > 0, 0, b),
        np.clip(a, -1, 1),
        a.clip(min=0),
        np.maximum(a, b),
        np.fmin(a, b),
    ],
    "triangles": lambda a, b: [
        np.tril(a),
        np.triu(a, 1),
        np.diag(a),
        np.diag(a[0]),
        np.trace(a),
        np.outer(a[0], b[0]),
        np.kron(a, b),
    ],
    "contractions": lambda a, b: [
        np.einsum("ij,ij->i", a, b),
        np.einsum("ij,kj->ik", a, b),
        np.tensordot(a, b, axes=([1], [1])),
        np.dot(a, b.T),
        np.inner(a, b),
        np.vdot(a, b),
        np.vecdot(a, b),
    ],
    "rounding": lambda a, b: [
        np.floor(a),
        np.ceil(a),
        np.rint(a),
        np.round(a, 1),
        np.trunc(a),
        np.sign(a),
        np.fmod(a, 0.3),
        np.mod(a, 0.3),
    ],
    "exponentials": lambda a, b: [
        np.exp(a),
        np.expm1(a),
        np.log(abs(a)),
        np.log1p(abs(a)),
        np.tanh(a),
        np.logaddexp(a, b),
        np.sqrt(abs(a)),
        np.cbrt(a),
    ],
    "angles": lambda a, b: [
        np.sin(a),
        np.cos(a),
        np.tan(a),
        np.arctan(a),
        np.arctan2(a, b),
        np.hypot(a, b),
        np.arcsin(a / 4),
        np.sinc(a),
    ],
    "special": lambda a, b: [
        special.expit(a),
        special.erf(a),
        special.gammaln(abs(a)),
        special.xlogy(abs(a), abs(b)),
        special.log_ndtr(a),
        special.logit(special.expit(a)),
    ],
    "log-sum-exp": lambda a, b: [
        special.logsumexp(a),
        special.logsumexp(a, axis=1),
        special.softmax(a, axis=1),
        special.log_softmax(a, axis=0),
    ],
    "methods of ufuncs": lambda a, b: [
        np.add.reduce(a),
        np.multiply.outer(a[0], b[0]),
        np.maximum.accumulate(a, axis=1),
        np.logaddexp.reduce(a, axis=1),
        np.subtract.outer(a[0], b[0]),
    ],
    "norms": lambda a, b: [
        np.linalg.norm(a),
        np.linalg.norm(a, axis=1),
        np.linalg.norm(a[0], 1),
        np.linalg.norm(a[0], np.inf),
        np.linalg.norm(a[0], 3),
        np.linalg.norm(a, "fro"),
    ],
    "not a number": lambda a, b: [
        np.isnan(a),
        np.isfinite(a / b),
        np.nan_to_num(a),
        np.nansum(a),
        np.nanmean(a, axis=0),
        np.isclose(a, b),
    ],
    "truth": lambda a, b: [
        np.any(a > 3),
        np.all(a > -9),
        np.nonzero(a > 0),
        np.count_nonzero(a),
        np.argwhere(a > 0),
        np.flatnonzero(a > 0),
    ],
    "arrays made inside": lambda a, b: [
        np.zeros(2) + a[0, 0],
        np.ones_like(a) * b,
        np.full(3, 1.5) * a,
        np.eye(3) @ a.T,
        np.linspace(0, 1, 3) * a,
        np.zeros_like(a),
    ],
    "lists of numbers": lambda a, b: [
        np.array([a[0, 0], b[0, 0], 1.0]),
        np.array([[v, 2 * v] for v in a[0]]),
        np.asarray([a[0], b[1]]),
        np.array([r.sum() for r in a]),
    ],
    "averages": lambda a, b: [
        np.average(a, axis=0),
        np.average(a[0], weights=[1, 2, 3]),
        np.interp(a, [-2.0, 0.0, 4.0], [1.0, 0.0, 8.0]),
        np.trapezoid(a, dx=0.5),
    ],
    "convolution": lambda a, b: [
        np.convolve(a[0], b[0]),
        np.correlate(a[0], b[0], "full"),
        np.lib.stride_tricks.sliding_window_view(a, (1, 2)),
        np.cross(a, b),
    ],
    "picks": lambda a, b: [
        np.take(a, [2, 0], axis=1),
        np.take_along_axis(a, a.argsort(1), 1),
        np.compress([True, False, True], a, axis=1),
        np.extract(a > 0, a),
        np.delete(a, 1, 1),
        np.insert(a, 0, 7.5, 1),
    ],
    "math": lambda a, b: [
        math.exp(a[0, 0]),
        math.sqrt(a[0, 0]),
        math.log(b[0, 0]),
        math.atan2(a[0, 0], b[0, 0]),
        math.pow(a[1, 0], 2),
        math.hypot(a[0, 0], b[0, 0]),
    ],
    "builtins": lambda a, b: [
        sum(a[0]),
        max(a[0]),
        min(b[0]),
        abs(a[0]),
        pow(a[0], 2),
        divmod(a, 1),
        sorted(b[0]),
        [2 * v for v in a[0]],
    ],
}
LINEAR = {
    "solve": lambda m, v: np.linalg.solve(m, v[:3]),
    "solve for a matrix": lambda m, v: np.linalg.solve(m, m.T),
    "solve a stack": lambda m, v: np.linalg.solve(np.stack([m, m.T]), np.stack([m, m])),
    "inv": lambda m, v: np.linalg.inv(m),
    "det": lambda m, v: np.linalg.det(m),
    "slogdet": lambda m, v: list(np.linalg.slogdet(-m)),
    "cholesky": lambda m, v: np.linalg.cholesky(m @ m.T),
    "lstsq": lambda m, v: np.linalg.lstsq(m[:, :2], v[:3], rcond=None)[0],
    "matrix_power": lambda m, v: [np.linalg.matrix_power(m, 3), np.linalg.matrix_power(m, -1)],
    "multi_dot": lambda m, v: np.linalg.multi_dot([m, m.T, m]),
}


@pytest.mark.parametrize("name", CODE)
def test_code_gives_on_balls_what_it_gives_on_floats(name):
    assert same(lifted(CODE[name], A, B), plainly(CODE[name], A, B))


@pytest.mark.parametrize("name", LINEAR)
def test_linear_algebra_gives_on_balls_what_it_gives_on_floats(name):
    assert same(lifted(LINEAR[name], SQUARE, V), plainly(LINEAR[name], SQUARE, V))


def test_every_rule_stands_for_a_function_of_numpy():
    assert len(exact.FUNCTIONS) > 100
    assert exact.FUNCTIONS == functions.RULES
    assert all(callable(function) and callable(rule) for function, rule in exact.FUNCTIONS.items())


# --- in place ---------------------------------------------------------------------------------------------------------


def augmented(x):
    x += 1
    x *= 2
    x -= x.mean()
    x /= 3
    x **= 2
    return x


def assigned(x):
    x[0] = 7
    x[1:3] = x[2:0:-1]
    x[x > 5] *= 0.5
    x[[0, 3]] += x[1]
    x[np.int64(2)] = np.float64(1.5)
    return x


def viewed(x):
    y = np.stack([x, 2 * x])
    row, block = y[0], y[:, 1:]
    row += 1
    block[1] = 0
    y.T[3] = 9
    y.reshape(-1)[0] = 5
    return y


def outputs(x):
    out = np.empty_like(x)
    np.exp(x, out=out)
    np.multiply(out, x, out)
    np.add(out, 1, out=out[:])
    return out


def scattered(x):
    out = np.zeros(3)
    np.add.at(out, [0, 2, 2, 1], x)
    np.subtract.at(out, [0, 0], 1.5)
    np.maximum.at(out, 1, 0.25)
    return out


def filled(x):
    y = x.copy()
    np.putmask(y, y < 0, 0)
    np.put(y, [1], 3)
    np.copyto(y, 8.5, where=y > 2)
    y[y == 8.5] = 1
    m = np.stack([y] * 4)
    np.fill_diagonal(m, 0)
    return np.sqrt(m)


def chosen(x):
    out = np.zeros((2, 2))
    for i, j in np.ndindex(2, 2):
        out[i, j] = x[2 * i + j] ** 2
    out[0] = np.exp(out[0])
    return out[()], out.max(), np.abs(out)


@pytest.mark.parametrize("code", [augmented, assigned, viewed, outputs, scattered, filled, chosen])
def test_updates_in_place_do_what_they_do_to_floats(code):
    assert same(lifted(code, V), plainly(code, V))


COPIES = {
    "copy": lambda x: x.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "np.array": lambda x: np.array(x),
    "flatten": lambda x: x.flatten(),
    "astype": lambda x: x.astype(np.float32),
    "fancy index": lambda x: x[[0, 1, 2, 3]],
}
VIEWS = {
    "slice": lambda x: x[:],
    "reshape": lambda x: x.reshape(2, 2),
    "np.asarray": lambda x: np.asarray(x),
    "ravel": lambda x: x.ravel(),
    "transpose": lambda x: x.T,
    "new axis": lambda x: x[None, :],
    "swapaxes": lambda x: x[None].swapaxes(0, 1).T,
}


@pytest.mark.parametrize("name", [*COPIES, *VIEWS])
def test_a_copy_is_a_copy_and_a_view_a_view(name):
    with under_way():
        x = lift(V)
        {**COPIES, **VIEWS}[name](x)[..., 0] = 9
    assert (float(x.data[0]) == 9) == (name in VIEWS)


@pytest.mark.parametrize("code", [augmented, assigned, viewed, outputs, scattered, filled, chosen])
def test_nothing_but_balls_is_ever_inside(code):
    result = lifted(code, V)
    for part in result if isinstance(result, tuple) else (result,):
        assert {type(ball) for ball in part.data.ravel()} == {arb}


# --- what it says of itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_it_passes_for_an_array_of_the_users_dtype(dtype):
    with under_way():
        x = lift(V.astype(dtype))
        assert isinstance(x, np.ndarray)
        assert (x.dtype, x.shape, x.ndim, x.size, len(x)) == (dtype, (4,), 1, 4, 4)
        assert np.finfo(x.dtype).dtype == dtype
        assert {y.dtype for y in (x.sum(), x[0], 2 * x, np.exp(x), x.mean(), x.T, x + np.ones(4, dtype))} == {
            np.dtype(dtype)
        }


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [(np.float32, np.float64, np.float64), (np.float16, np.float32, np.float32), (np.float32, np.int64, np.float64)],
)
def test_dtypes_are_promoted_as_numpy_promotes_them(one, other, both):
    with under_way():
        assert (lift(V.astype(one)) + np.ones(4, other)).dtype == both
        assert (lift(V.astype(one)) * 2.0).dtype == one


def test_a_float_dtype_is_a_name_and_an_integer_one_a_conversion():
    with under_way():
        x = lift(V) / 3
        assert x.astype(np.float32).data[0] is x.data[0]
        assert x.astype(np.float32).dtype == np.float32
        assert lift(V).astype(int).tolist() == V.astype(int).tolist()
        assert lift(V).astype(bool).tolist() == [True] * 4


def test_a_0_d_result_keeps_its_methods():
    with under_way():
        total = lift(V).sum()
        assert isinstance(total, LiftedArray)
        assert total.shape == total.item().shape == total.mean().shape == total.T.shape == ()
    assert same(lifted(lambda x: x.sum().reshape(1).copy(), V), [V.sum()])


def test_iteration_ends():
    with under_way():
        assert [row.shape for row in lift(A)] == [(3,), (3,)]
        with pytest.raises(TypeError, match="0-d"):
            iter(lift(A)[0, 0])
        with pytest.raises(IndexError):
            lift(A)[2]


def test_decisions_use_the_value():
    with under_way():
        x = lift(V)
        assert bool(x[0] > 0)
        assert not bool(x[0] - x[0])
        assert (int(x[2]), [0, 1, 2, 3][int(x.argmax())]) == (2, 2)
        assert f"{x[0]:.2f} {x}" == f"0.30 {V}"


def test_a_max_finds_itself_after_inexact_arithmetic():
    with under_way():
        x = lift(V) / 3
        assert (x == x.max()).tolist() == [False, False, True, False]
        assert x.data[2].rad() > 0


# --- digits are never lost in silence -----------------------------------------------------------------------------------

OUTSIDE = np.zeros(4)


def into_outside(x):
    OUTSIDE[:] = x


def entry_outside(x):
    OUTSIDE[0] = x[0]


LOSSES = {
    "__float__": lambda x: x[0].__float__(),
    "__complex__": lambda x: x[0].__complex__(),
    "assigned outside": into_outside,
    "entry outside": entry_outside,
    "out=": lambda x: np.exp(x, out=OUTSIDE),
    "+= outside": lambda x: OUTSIDE.__iadd__(x),
    "at outside": lambda x: np.add.at(OUTSIDE, [0], x[:1]),
    "copyto outside": lambda x: np.copyto(OUTSIDE, x),
    "outside.dot": lambda x: OUTSIDE.dot(x),
    "eigenvectors of a repeated eigenvalue": lambda x: np.linalg.eigh(np.eye(3) * x[0]),
    "the order of complex numbers": lambda x: np.sort(x * 1j),
    "a complex number into a real array": lambda x: x.__setitem__(0, x[1] * 1j),
    "a function that is not covered": lambda x: np.sort_complex(x),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_would_lose_digits_is_refused_by_name_and_line(name):
    with pytest.raises(CannotLift, match=r"test_exact\.py:\d+: ") as refused:
        lifted(LOSSES[name], V)
    assert len(str(refused.value)) > 30


def test_a_refusal_is_remembered_when_the_code_catches_it():
    def careless(x):
        try:
            return x[0].__float__()
        except Exception:
            return 0.0

    with pytest.raises(CannotLift, match="float"):
        lifted(careless, V)


def test_an_error_of_the_code_stays_its_own():
    with pytest.raises(ZeroDivisionError):
        lifted(lambda x: 1 // 0, V)


# --- what a run leaves behind -------------------------------------------------------------------------------------------

PATCHED = [(np, n) for n in ("zeros", "ones", "array", "asarray", "full", "eye", "linspace", "zeros_like")]
PATCHED += [(math, "exp"), (math, "sqrt"), (special, "logsumexp")]


def look():
    return [getattr(module, name) for module, name in PATCHED]


@pytest.mark.parametrize("code", [lambda x: x, lambda x: np.sort(1j * x), lambda x: 1 // 0])
def test_numpy_is_put_back_as_it_was(code):
    before = look()
    with suppress(CannotLift, ZeroDivisionError):
        lifted(code, V)
    assert all(now is then for now, then in zip(look(), before, strict=True))


def test_another_thread_keeps_its_numpy():
    made = []
    with under_way():
        thread = threading.Thread(target=lambda: made.append(np.zeros(3)))
        thread.start()
        thread.join()
        made.append(np.zeros(3))
    assert [type(array) for array in made] == [np.ndarray, ExactArray]


DRAWS = {
    "rand": lambda: np.random.rand(4),  # noqa: NPY002
    "normal": lambda: np.random.normal(size=4),  # noqa: NPY002
    "choice with p": lambda: np.random.choice(3, 4, p=[0.2, 0.3, 0.5]),  # noqa: NPY002
    "generator": lambda: np.random.default_rng(1).normal(size=4),
    "uniform": lambda: np.random.default_rng(1).random(4),
    "permutation": lambda: np.random.default_rng(1).permutation(4),
}


@pytest.mark.parametrize("name", DRAWS)
def test_random_draws_inside_a_run_are_plain_numbers(name):
    """NumPy's compiled generators fill what np.empty gives them: a lifted array there would be fatal."""
    assert type(lifted(lambda x: DRAWS[name](), V)) is np.ndarray
    assert lifted(lambda x: DRAWS[name]() * x, V).shape == (4,)
