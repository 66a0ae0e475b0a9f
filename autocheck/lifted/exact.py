"""The exact backend: an array of balls, on which NumPy code runs as it is written, to any number of digits.

`ExactArray` holds an ordinary object array of bare `flint.arb`, so shapes, views, fancy indexing and in-place
updates are NumPy's own. `balls.py` has the ufuncs, `functions.py` the functions; what neither knows is refused by name.
"""

from __future__ import annotations

import functools
import importlib
import operator
from collections.abc import Callable
from typing import Any

import flint
import numpy as np

from autocheck import limits
from autocheck.lifted import balls
from autocheck.lifted.answers import called
from autocheck.lifted.array import MULTIPLE, LiftedArray, result_dtype
from autocheck.lifted.run import CannotLift, Run, current, refuse
from autocheck.lifted.specials import SPECIALS

Objects = np.ndarray[Any, Any]

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""NumPy's functions on exact arrays; filled by `functions.py`, which builds on the class below. Import it before a run."""


class IsComplex(CannotLift):
    """Raised where a complex number meets real ones: the call is done over in `complexes.py`."""


class ExactArray(LiftedArray):
    """An array of `flint.arb`; see `LiftedArray`."""

    __slots__ = ()

    def __init__(self, data: Objects, dtype: Any) -> None:
        self.data = data
        self.dtype = np.dtype(dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def flags(self) -> Any:
        return self.data.flags

    @property
    def strides(self) -> tuple[int, ...]:
        return tuple(s // self.data.itemsize * self.itemsize for s in self.data.strides)

    def as_strided(self, shape: Any, strides: Any) -> ExactArray:
        places = tuple(s // self.itemsize * self.data.itemsize for s in strides)
        return ExactArray(np.lib.stride_tricks.as_strided(self.data, shape, places), self.dtype)

    def floats(self) -> Objects:
        return balls.to_floats(self.data)

    def with_dtype(self, dtype: np.dtype[Any]) -> ExactArray:
        return ExactArray(self.data, dtype)

    def copy(self, order: str = "C") -> ExactArray:
        return ExactArray(self.data.copy(), self.dtype)  # a ball is immutable

    def sharing(self) -> ExactArray:
        return ExactArray(self.data.view(), self.dtype)

    def __getitem__(self, index: Any) -> ExactArray:
        return called(operator.getitem, _picked, (self, index), {})  # type: ignore[no-any-return]

    def __setitem__(self, index: Any, value: Any) -> None:
        try:
            new = operand(value)
        except IsComplex:
            raise refuse("a complex number is stored into a real array") from None
        self.data[_index(index)] = new[()] if new.ndim == 0 else new  # NumPy would store the 0-d array itself

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs and (found := _elementwise(ufunc.__name__)):  # nearly every call
            function, decides, operations = found
            try:
                value = as_objects(function(*[operand(x) for x in inputs]))
            except IsComplex:
                return _complexes().of_ufunc(ufunc, method, inputs, kwargs)
            run = current()
            if run:
                run.count(value.size * operations)
            if decides:
                outcome = value.astype(bool)
                return decided(outcome) if ufunc.__name__ in balls.COMPARISONS else outcome
            return ExactArray(value, result_dtype(ufunc, inputs))
        try:
            return self._rare_ufunc(ufunc, method, *inputs, **kwargs)
        except IsComplex:
            return _complexes().of_ufunc(ufunc, method, inputs, kwargs)

    def _rare_ufunc(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Products of matrices, reductions, accumulations, `at`, and calls with `out`, `where` or `dtype`."""
        out = kwargs.pop("out", (None,))
        for target in out:
            if target is not None and not isinstance(target, LiftedArray) and target.dtype.kind not in "bO":
                raise refuse(f"np.{ufunc.__name__} writes into an array of machine floats")
        if method == "at":
            return _at(ufunc, *inputs)
        name = ufunc.__name__
        if name in MULTIPLE:
            results = tuple(map(np.asanyarray, MULTIPLE[name](*inputs)))
            return results if out == (None,) else tuple(map(store, out, results))
        if run := current():
            run.count(work_of(ufunc, inputs))
        value = call(ufunc, method, inputs, kwargs)
        if value.dtype != object:  # a decision
            return store(out[0], decided(value) if name in balls.COMPARISONS else value)
        return store(out[0], ExactArray(value, kwargs.get("dtype") or result_dtype(ufunc, inputs[: ufunc.nin])))

    def __array_function__(self, func: Callable[..., Any], _types: Any, args: Any, kwargs: Any) -> Any:
        rule = FUNCTIONS.get(func)
        if rule is None:
            raise refuse(f"{func.__module__}.{func.__name__} is not lifted")
        return called(func, rule, args, kwargs)


def _picked(array: ExactArray, index: Any) -> ExactArray:
    return ExactArray(as_objects(array.data[_index(index)]), array.dtype)


# --- lifting ---------------------------------------------------------------------------------------------------------


def lift(array: Any, dtype: Any = None) -> ExactArray:
    """The exact values of a numeric array, as an array that NumPy code can be run on."""
    array = np.asarray(array)
    return ExactArray(balls.to_balls(array), dtype or (array.dtype if array.dtype.kind not in "biu" else np.float64))


def new_run(**facts: Any) -> Run:
    """A run whose arrays are exact; float arrays made inside are constants of the code."""
    importlib.import_module("autocheck.lifted.functions")  # fills FUNCTIONS, before anything is patched
    return Run(wrap=_wrap, **facts)


def _wrap(array: Any, dtype: Any) -> ExactArray:
    if array.dtype.kind != "c":
        return ExactArray(operand(array), dtype)
    return _complexes().made(_complexes().elements(array), dtype)  # type: ignore[no-any-return]


def _complexes() -> Any:
    return importlib.import_module("autocheck.lifted.complexes")


def operand(value: Any) -> Objects:
    """An object array of balls for anything that meets a lifted array."""
    if isinstance(value, LiftedArray):
        return value.data if type(value) is ExactArray else _of_another_kind(value)
    if isinstance(value, (float, np.floating)):
        return constant(float(value))
    if isinstance(value, int):
        return single(balls.to_ball(value))
    array = np.asarray(value)
    if array.dtype.kind == "c":
        raise IsComplex("a complex number can't be used here")
    if array.dtype == object:  # a list that holds lifted numbers
        return np.stack([operand(item) for item in value]) if array.shape else _single_object(array[()])
    if array.dtype.kind not in "biuf":
        raise refuse(f"arithmetic with dtype {array.dtype} is not lifted")
    run = current()
    if run and run.constants and array.dtype.kind == "f":
        return np.vectorize(lambda v: constant(float(v))[()], otypes=[object])(array)
    return balls.to_balls(array)


def _single_object(value: Any) -> Objects:
    if type(value) is not flint.arb:
        raise refuse(f"arithmetic with a {type(value).__name__} is not lifted")
    return single(value)


def _of_another_kind(value: LiftedArray) -> Objects:
    if issubclass(type(value), ExactArray) and value.dtype.kind != "c":  # of a class of the user's
        return value.data  # type: ignore[no-any-return]
    if value.dtype.kind == "c" and isinstance(value, ExactArray):
        raise IsComplex("a complex array can't be used here")
    raise refuse("arrays of two different lifted runs meet")


def constant(value: float) -> Objects:
    """A float constant of the code; moved within its own rounding where the run says so."""
    ball = balls.to_ball(value)
    run = current()
    if run and run.constants and (move := run.constants.move(value)):
        ball += balls.to_ball(move) * balls.to_ball(np.spacing(abs(value))) / 2 * (1 if value > 0 else -1)
    return single(ball)


def single(ball: balls.Ball) -> Objects:
    cell = np.empty((), dtype=object)
    cell[()] = ball
    return cell


def as_objects(value: Any) -> Objects:
    """NumPy hands a bare element back for 0-d results; an array of it."""
    return value if type(value) is np.ndarray else single(value)


def _index(index: Any) -> Any:
    """An index in which a lifted number can't occur: NumPy refuses floats there, and so do we."""
    if isinstance(index, LiftedArray):
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    return index


def store(out: Any, value: Any) -> Any:
    if out is None:
        return value
    out[...] = value
    return out


def decided(outcome: Any) -> Any:
    """Remember the outcome of a comparison: the branch that this run takes."""
    run = current()
    if run:
        run.decisions.append(np.asarray(outcome))
    return outcome


# --- ufuncs -----------------------------------------------------------------------------------------------------------

NATIVE = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "negative": np.negative}
CONTRACTIONS = ("matmul", "vecdot", "matvec", "vecmat")


@functools.cache
def _elementwise(name: str) -> tuple[Any, bool, int] | None:
    """(the ufunc over objects, whether it decides, what an element costs) for a NumPy or scipy.special ufunc's name."""
    operations = limits.OPERATIONS_OF.get(name, 1)
    if name in NATIVE:
        return NATIVE[name], False, operations
    for table, arity, decides in (
        (balls.UNARY, 1, False),
        (balls.BINARY, 2, False),
        (balls.COMPARISONS, 2, True),
        (balls.PREDICATES, 1, True),
    ):
        if name in table:
            return np.frompyfunc(table[name], arity, 1), decides, operations
    if name in SPECIALS:
        function, arity = SPECIALS[name]
        return np.frompyfunc(function, arity, 1), False, limits.OPERATIONS_OF_OTHERS
    return None


def work_of(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> int:
    """Ball operations of one ufunc call, before they are done: one for each element that goes in or is multiplied."""
    sizes = [np.size(i) for i in inputs[: ufunc.nin]]
    if ufunc.__name__ not in CONTRACTIONS:
        return max(sizes) * limits.OPERATIONS_OF.get(ufunc.__name__, 1)
    columns = np.shape(inputs[1])[-1] if ufunc.__name__ in ("matmul", "vecmat") and np.ndim(inputs[1]) > 1 else 1
    return max(sizes[0] * columns, *sizes)


def call(
    ufunc: np.ufunc,
    method: str,
    inputs: tuple[Any, ...],
    kwargs: dict[str, Any],
    operand: Callable[[Any], Objects] = operand,
    find: Callable[[str], tuple[Any, ...] | None] = _elementwise,
) -> Any:
    """A ufunc's call, reduce, accumulate, outer or reduceat on object arrays; boolean where it decides."""
    name = ufunc.__name__
    kwargs = {k: v for k, v in kwargs.items() if k not in ("dtype", "casting", "order", "subok", "signature")}
    if name == "vecdot":  # NumPy's own conjugates
        left = np.conjugate(inputs[0]) if np.iscomplexobj(inputs[0]) else inputs[0]
        return as_objects(np.sum(np.multiply(operand(left), operand(inputs[1])), axis=kwargs.get("axis", -1)))
    if name == "vecmat":
        left = operand(np.conjugate(inputs[0]) if np.iscomplexobj(inputs[0]) else inputs[0])
        return as_objects(np.matmul(left[..., None, :], operand(inputs[1])))[..., 0, :]
    if name in CONTRACTIONS:
        return as_objects(ufunc(*map(operand, inputs), **kwargs))
    found = find(name)
    if found is None:
        raise refuse(f"the ufunc {name} is not lifted")
    function, decides, *_ = found
    where = kwargs.pop("where", True)
    if method == "__call__":
        value = as_objects(function(*map(operand, inputs))) if not decides else function(*map(operand, inputs))
        if where is not True:
            value = np.where(where, value, single(balls.ZERO))
    elif method == "reduce":
        kwargs |= dict(zip(("axis",), inputs[1:], strict=False))
        value = _reduce(ufunc, function, operand(inputs[0]), where, **kwargs)
    else:
        value = as_objects(
            getattr(function, method)(*map(operand, inputs[: ufunc.nin]), *inputs[ufunc.nin :], **kwargs)
        )
    return np.asarray(value, dtype=bool) if decides else value


def _reduce(
    ufunc: np.ufunc, function: Any, a: Objects, where: Any, axis: Any = 0, keepdims: bool = False, **initial: Any
) -> Any:
    """Reduce over one axis, several or all, one at a time: NumPy reorders no function that it does not know."""
    if where is not True:
        a = np.where(where, a, operand(initial.get("initial", ufunc.identity)))
    axes = range(a.ndim) if axis is None else (axis,) if isinstance(axis, (int, np.integer)) else axis
    for one in sorted((i % a.ndim for i in axes), reverse=True):
        if a.shape[one] == 0 and ufunc.identity is None and "initial" not in initial:
            raise ValueError(f"zero-size array to reduction operation {ufunc.__name__} which has no identity")
        if a.shape[one] == 0:
            a = np.full((*a.shape[:one], 1, *a.shape[one + 1 :]), balls.to_ball(ufunc.identity or 0))
        a = as_objects(function.reduce(a, axis=one, keepdims=True))
    if initial.get("initial") is not None and np.isscalar(initial["initial"]):
        a = as_objects(function(a, operand(initial["initial"])))
    return a if keepdims else a.squeeze(tuple(i % a.ndim for i in axes))


def _at(ufunc: np.ufunc, target: Any, index: Any, *values: Any) -> None:
    found = _elementwise(ufunc.__name__)
    if found is None or not isinstance(target, ExactArray):
        raise refuse(f"np.{ufunc.__name__}.at into an array of machine floats")
    found[0].at(target.data, _index(index), *(operand(v) for v in values))
