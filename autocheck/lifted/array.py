"""The array that stands in for a NumPy array while a function is judged.

It is no `ndarray` subclass (one would report dtype object and be stripped by `np.asarray`), but it answers
`isinstance(x, np.ndarray)`, reports the dtype that the user passed, and receives every ufunc, NumPy function, operator,
index and assignment through NumPy's own protocols (NEP 13, NEP 18). What the numbers are is the matter of the two
subclasses, `exact.ExactArray` (balls) and `traced.TracedArray` (JAX values); what an array does is here.
Anything that would turn its numbers into machine floats raises: a leak would make every difference quotient zero.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from autocheck.lifted.iterators import FlatIterator
from autocheck.lifted.kinds import is_kind, viewed
from autocheck.lifted.run import refuse

REAL_DTYPES = ("float16", "float32", "float64", "longdouble", "bfloat16")


class LiftedArray(np.lib.mixins.NDArrayOperatorsMixin):
    """What the exact and the traced array share; see the module."""

    __slots__ = ("data", "dtype")
    is_lifted: ClassVar[bool] = True

    data: Any
    dtype: np.dtype[Any]

    @property  # type: ignore[misc] # what isinstance is answered
    def __class__(self) -> type:
        return np.ndarray if self.shape else self.dtype.type  # NumPy's 0-d results are scalars: np.float64 is a float

    def __array_namespace__(self, *, api_version: Any = None) -> Any:
        return np

    # --- what a backend provides --------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        raise NotImplementedError

    def floats(self) -> np.ndarray[Any, Any]:
        """The values as float64, for looking only: decisions, indices, messages."""
        raise NotImplementedError

    def with_dtype(self, dtype: np.dtype[Any]) -> LiftedArray:
        """The same numbers, said to be of another float dtype: a lifted run does not round."""
        raise NotImplementedError

    def copy(self, order: str = "C") -> LiftedArray:
        raise NotImplementedError

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError

    def __setitem__(self, index: Any, value: Any) -> None:
        raise NotImplementedError

    # --- shape and type -----------------------------------------------------------------------------------------------

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    @property
    def T(self) -> Any:
        return np.transpose(self)

    @property
    def mT(self) -> Any:  # noqa: N802
        return np.swapaxes(self, -1, -2)

    @property
    def real(self) -> Any:
        return np.real(self) if self.dtype.kind == "c" else self

    @real.setter
    def real(self, value: Any) -> None:
        self[...] = value + 1j * self.imag if self.dtype.kind == "c" else value

    @property
    def imag(self) -> Any:
        return np.imag(self) if self.dtype.kind == "c" else np.zeros_like(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        self[...] = self.real + 1j * value

    @property
    def flat(self) -> FlatIterator:
        return FlatIterator(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        self[...] = np.resize(value, self.shape)

    @property
    def base(self) -> None:
        return None

    @property
    def device(self) -> str:
        return "cpu"

    def to_device(self, _device: str, **_: Any) -> Any:
        return self

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    def astype(self, dtype: Any, *_: Any, copy: bool = True, **__: Any) -> Any:
        """Identity between float dtypes (nothing is rounded here); integers and booleans are real conversions."""
        dtype = np.dtype(dtype)
        if dtype.kind == "c" and self.dtype.kind != "c":
            return self * dtype.type(1)
        if dtype.kind == self.dtype.kind or dtype.name in REAL_DTYPES:
            if self.dtype.kind == "c":
                return np.real(self) if dtype.kind != "c" else self.copy()
            return (self.copy() if copy else self).with_dtype(dtype)
        if dtype.kind in "biu":
            return self.floats().astype(dtype)
        raise refuse(f"astype({dtype}) of a lifted array")

    def reshape(self, *shape: Any, **kwargs: Any) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **kwargs)

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def flatten(self, order: str = "C") -> Any:
        return np.ravel(self, order).copy()  # type: ignore[call-overload]

    def view(self, dtype: Any = None, type: Any = None) -> Any:
        """Another array of the same numbers; to read their bytes as another dtype is refused."""
        kind = type if type is not None else dtype
        if kind is None or kind is np.ndarray or (not _is_array_type(kind) and np.dtype(kind) == self.dtype):
            return self.sharing()
        if is_kind(kind):
            return viewed(self.sharing(), kind)
        raise refuse(f"ndarray.view({getattr(kind, '__name__', kind)}) of a lifted array")

    def sharing(self) -> LiftedArray:
        """A new array object over the same numbers."""
        raise NotImplementedError

    def fill(self, value: Any) -> None:
        self[...] = value

    def item(self, *index: Any) -> Any:
        if len(index) == 1 and not isinstance(index[0], tuple):
            return np.ravel(self)[index[0]].copy()
        return (self[index[0] if len(index) == 1 else index] if index else np.reshape(self, ())).copy()

    def tolist(self) -> Any:
        return [row.tolist() for row in self] if self.shape else self

    def sort(self, axis: int = -1, **_: Any) -> None:
        self[...] = np.sort(self, axis=axis)

    def conj(self) -> Any:
        return np.conjugate(self) if self.dtype.kind == "c" else self

    conjugate = conj

    def partition(self, kth: Any, axis: int = -1, **_: Any) -> None:
        self.sort(axis)

    def dot(self, other: Any) -> Any:
        return np.dot(self, other)

    def compress(self, condition: Any, axis: Any = None) -> Any:
        return np.compress(condition, self, axis)

    def setflags(self, **_: Any) -> None:
        """A lifted array is aligned and owns its numbers; it stays writeable."""

    def __getattr__(self, name: str) -> Any:
        if hasattr(np.ndarray, name) and not name.startswith("__"):
            raise refuse(f"ndarray.{name} is not lifted: it is about the bytes of an array")
        raise AttributeError(f"'numpy.ndarray' object has no attribute {name!r}")

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, _memo: Any) -> Any:
        return self.copy()

    # --- real conversions: decisions, made on the concrete value ------------------------------------------------------

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                "the truth value of an array with more than one element is ambiguous: use .any() or .all()"
            )
        return bool(np.not_equal(self, 0).all())

    def __int__(self) -> int:
        return int(self.floats().item())

    __trunc__ = __int__

    def __floor__(self) -> int:
        return int(np.floor(self))

    def __ceil__(self) -> int:
        return int(np.ceil(self))

    def __round__(self, digits: int | None = None) -> Any:
        return int(np.rint(self)) if digits is None else np.round(self, digits)

    # --- what would lose the digits -----------------------------------------------------------------------------------

    def __float__(self) -> float:
        raise refuse("float(...) drops a lifted number to a machine float; keep it an array or a NumPy scalar")

    def __complex__(self) -> complex:
        raise refuse("complex(...) drops a lifted number to a machine float; keep it an array or a NumPy scalar")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if dtype is not None and np.dtype(dtype).kind in "biu":
            return self.floats().astype(dtype)
        raise refuse(
            "a lifted array was stored into, or converted to, an array of machine floats "
            "(compiled code, or an array made outside of the function)"
        )

    # --- looking ------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"lifted({np.array2string(self.floats(), separator=', ')}, dtype={self.dtype})"

    def __str__(self) -> str:
        return str(self.floats())

    def __format__(self, spec: str) -> str:
        return format(self.floats().item() if self.size == 1 else self.floats(), spec)


def _is_array_type(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, np.ndarray)


def _method(name: str) -> Any:
    """`x.name(...)` as `np.name(x, ...)`."""

    def method(self: LiftedArray, *args: Any, **kwargs: Any) -> Any:
        return getattr(np, name)(self, *args, **kwargs)

    return functools.update_wrapper(method, getattr(np, name))


METHODS = (
    "sum prod mean std var max min argmax argmin argsort cumsum cumprod ravel squeeze swapaxes clip round take repeat "
    "trace diagonal nonzero any all searchsorted put argpartition"
)
for _name in METHODS.split():
    setattr(LiftedArray, _name, _method(_name))


MULTIPLE: dict[str, Any] = {
    "divmod": lambda a, b: (np.floor_divide(a, b), np.remainder(a, b)),
    "modf": lambda x: (x - np.trunc(x), np.trunc(x)),
}
"""Ufuncs that return two arrays, by those that return one."""


def dtype_of(value: Any) -> Any:
    """What NumPy's promotion asks of an operand: a dtype, or the type of a Python number (weak, NEP 50)."""
    dtype = getattr(value, "dtype", None)
    if dtype is not None:
        return dtype
    return type(value) if type(value) in (bool, int, float, complex) else np.asarray(value).dtype


@functools.lru_cache(maxsize=4096)
def _resolved(ufunc: np.ufunc, dtypes: tuple[Any, ...]) -> np.dtype[Any]:
    try:
        return ufunc.resolve_dtypes((*dtypes, *(None,) * ufunc.nout))[ufunc.nin]
    except TypeError:  # no loop for such a dtype (bfloat16): the widest operand's
        return max((np.dtype(d) for d in dtypes), key=lambda d: d.itemsize)


def result_dtype(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> np.dtype[Any]:
    """The dtype that NumPy would give `ufunc` of such inputs, at least a float one."""
    dtype = _resolved(ufunc, tuple(map(dtype_of, inputs)))
    return dtype if dtype.kind not in "biuO" else np.dtype(np.float64)
