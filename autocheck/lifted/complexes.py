"""Complex numbers inside of a real function, in exact arithmetic: an array of `flint.acb`, and NumPy's functions of it.

A function on trial takes and returns real numbers; on its way it may turn them round the unit circle, take a Fourier transform or
solve a complex system. Branch cuts lie where NumPy has them. What NumPy orders or rounds is refused by name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from operator import methodcaller
from typing import Any

import numpy as np
from flint import acb, arb

from autocheck.lifted import balls, exact
from autocheck.lifted.array import LiftedArray, result_dtype
from autocheck.lifted.exact import ExactArray, Objects, as_objects
from autocheck.lifted.run import refuse

COMPLEX = np.dtype(np.complex128)


class ComplexArray(ExactArray):
    """An array of `flint.acb`; see `LiftedArray`. NumPy asks a subclass first, so this one decides wherever the two meet."""

    __slots__ = ()

    def floats(self) -> Objects:
        flat = [complex(float(z.real), float(z.imag)) for z in map(acb, self.data.ravel().tolist())]
        return np.array(flat, dtype=np.complex128).reshape(self.shape)

    def with_dtype(self, dtype: np.dtype[Any]) -> ExactArray:
        return made(self.data, dtype)

    def copy(self, order: str = "C") -> ComplexArray:
        return ComplexArray(self.data.copy(), self.dtype)

    def sharing(self) -> ComplexArray:
        return ComplexArray(self.data.view(), self.dtype)

    def as_strided(self, shape: Any, strides: Any) -> ComplexArray:
        return ComplexArray(super().as_strided(shape, strides).data, self.dtype)

    def __getitem__(self, index: Any) -> ComplexArray:
        return ComplexArray(super().__getitem__(index).data, self.dtype)

    def __setitem__(self, index: Any, value: Any) -> None:
        new = elements(value)
        self.data[index] = new[()] if new.ndim == 0 else new

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return of_ufunc(ufunc, method, inputs, kwargs)


def made(value: Objects, dtype: Any) -> ExactArray:
    """An exact array of that dtype, real or complex."""
    dtype = np.dtype(dtype)
    return ComplexArray(_complex(value), dtype) if dtype.kind == "c" else ExactArray(value, dtype)


def _ball(value: Any) -> Any:
    if type(value) is acb:
        return value
    if isinstance(value, (complex, np.complexfloating)):
        return acb(float(value.real), float(value.imag))
    return acb(balls.to_ball(value))


def _complex(value: Objects) -> Objects:
    """Every element as an `acb`; in place where all are already, for views stay views."""
    if all(type(item) is acb for item in value.flat):
        return value
    return as_objects(np.frompyfunc(_ball, 1, 1)(value))


def elements(value: Any) -> Objects:
    """An object array of `acb` for anything that meets a complex array."""
    if isinstance(value, LiftedArray):
        return _complex(value.data if isinstance(value, ExactArray) else exact.operand(value))
    array = np.asarray(value)
    if array.dtype == object and array.shape:
        return np.stack([elements(item) for item in value])
    return _complex(array.astype(object) if array.dtype.kind == "c" else exact.operand(value))


def parts(function: Callable[[Any], Any]) -> Callable[[ExactArray], ExactArray]:
    """A real array of the real or imaginary parts: not a view, so nothing may be written into it."""

    def rule(z: ExactArray) -> ExactArray:
        data = as_objects(np.frompyfunc(function, 1, 1)(_complex(z.data)))
        data.flags.writeable = False
        return ExactArray(data, np.empty(0, z.dtype).real.dtype)

    return rule


# --- ufuncs -----------------------------------------------------------------------------------------------------------


def power(a: Any, b: Any) -> Any:
    if b.imag.is_zero() and b.real.is_exact() and b.real.is_integer():
        n = int(b.real.unique_fmpz())
        result, base = acb(1), a if n >= 0 else 1 / a
        for bit in bin(abs(n))[2:]:
            result = result * result * (base if bit == "1" else 1)
        return result
    return acb(0) if a.is_zero() and b.real > 0 else a**b


def absolute(a: Any) -> Any:
    return balls.absolute(a.real) if a.imag.is_zero() else abs(a)


def equal(a: Any, b: Any) -> bool:
    return balls.order(a.real, b.real) == 0 and balls.order(a.imag, b.imag) == 0


UNARY: dict[str, Callable[[Any], Any]] = {
    **{name: methodcaller(name) for name in "exp sqrt sin cos tan sinh cosh tanh log1p expm1".split()},
    **{"arc" + name: methodcaller("a" + name) for name in "sin cos tan sinh cosh tanh".split()},
    "log": lambda a: a.log(),
    "log2": lambda a: a.log() / arb.const_log2(),
    "log10": lambda a: a.log() / arb.const_log10(),
    "positive": lambda a: a,
    "square": lambda a: a * a,
    "reciprocal": lambda a: acb(1) / a,
    "conjugate": lambda a: a.conjugate(),
    "absolute": absolute,
    "sign": lambda a: a if a.is_zero() else a / absolute(a),
    "gamma": lambda a: a.gamma(),
    "loggamma": lambda a: a.lgamma(),
    "psi": lambda a: a.digamma(),
    "erf": lambda a: a.erf(),
    "erfc": lambda a: a.erfc(),
    "erfi": lambda a: a.erfi(),
    "wofz": lambda a: (-a * a).exp() * (acb(0, -1) * a).erfc(),
    "dawsn": lambda a: arb.const_sqrt_pi() / 2 * (-a * a).exp() * a.erfi(),
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "divide": lambda a, b: a / b,
    "true_divide": lambda a, b: a / b,
    "power": power,
    "float_power": power,
}
DECIDING: dict[str, tuple[Callable[..., bool], int]] = {
    "equal": (equal, 2),
    "not_equal": (lambda a, b: not equal(a, b), 2),
    "isnan": (lambda a: a.real.is_nan() or a.imag.is_nan(), 1),
    "isfinite": (lambda a: a.is_finite(), 1),
    "isinf": (lambda a: not a.is_finite() and not (a.real.is_nan() or a.imag.is_nan()), 1),
}
OF_MANY = {"hyp2f1": 4, "hyp1f1": 3, "hyp0f1": 2}


@functools.cache
def _elementwise(name: str) -> tuple[Any, bool] | None:
    """(the ufunc over complex objects, whether it decides)."""
    if name in exact.NATIVE:
        return exact.NATIVE[name], False
    for table, arity in ((UNARY, 1), (BINARY, 2)):
        if name in table:
            return np.frompyfunc(table[name], arity, 1), False  # type: ignore[attr-defined]
    if name in DECIDING:
        return np.frompyfunc(*DECIDING[name], 1), True
    if name in OF_MANY:
        return np.frompyfunc(
            lambda *args: getattr(args[-1], "hypgeom_" + name[3:])(*args[:-1]), OF_MANY[name], 1
        ), False
    return None


def of_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A ufunc of complex numbers: their absolute value is real, a comparison a decision, anything else complex."""
    (out,) = kwargs.pop("out", (None,))
    if out is not None and not isinstance(out, LiftedArray):
        raise refuse(f"np.{ufunc.__name__} writes into an array of machine floats")
    if method == "at" or (_elementwise(ufunc.__name__) is None and ufunc.__name__ not in exact.CONTRACTIONS):
        raise refuse(f"the ufunc {ufunc.__name__} of complex numbers is not lifted")
    value = exact.call(ufunc, method, inputs, kwargs, elements, _elementwise)
    if value.dtype != object:
        return exact.decided(value)
    dtype = result_dtype(ufunc, inputs[: ufunc.nin])
    return exact.store(out, made(value, dtype))


# --- Fourier transforms -------------------------------------------------------------------------------------------------


def _roots(n: int, sign: int) -> Objects:
    """The matrix of exp(±2πi jk / n)."""
    unit = [(acb(sign * 2 * k) / n).exp_pi_i() for k in range(n)]
    return np.array([[unit[j * k % n] for k in range(n)] for j in range(n)], dtype=object)


SCALES: dict[Any, Callable[[int, bool], Any]] = {
    None: lambda n, back: arb(n) if back else arb(1),
    "backward": lambda n, back: arb(n) if back else arb(1),
    "forward": lambda n, back: arb(1) if back else arb(n),
    "ortho": lambda n, back: arb(n).sqrt(),
}
"""What the sum is divided by, by NumPy's name for the norm."""


def _sized(a: Any, n: int | None, axis: int) -> Objects:
    """The axis brought to the end, cut or filled with zeros to n."""
    data = np.moveaxis(elements(a), axis, -1)
    if n is not None and n > data.shape[-1]:
        data = np.concatenate([data, np.full((*data.shape[:-1], n - data.shape[-1]), acb(0))], axis=-1)
    return data if n is None else data[..., :n]


def fft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None, back: bool = False) -> Any:
    data = _sized(a, n, axis)
    size = data.shape[-1]
    value = np.matmul(data, _roots(size, 1 if back else -1)) / SCALES[norm](size, back)
    return ComplexArray(np.moveaxis(as_objects(value), -1, axis), COMPLEX)


def ifft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    return fft(a, n, axis, norm, back=True)


def rfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    full = np.moveaxis(fft(a, n, axis, norm).data, axis, -1)
    return ComplexArray(np.moveaxis(full[..., : full.shape[-1] // 2 + 1], -1, axis), COMPLEX)


def irfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    """Of the half that is given and its mirror image; of the mean and the highest frequency only the real part counts."""
    n = 2 * (np.shape(a)[axis] - 1) if n is None else n
    half = _sized(a, n // 2 + 1, axis).copy()
    for k in {0, n // 2} if n % 2 == 0 else {0}:
        half[..., k] = np.frompyfunc(lambda z: acb(z.real), 1, 1)(half[..., k])
    mirrored = np.frompyfunc(lambda z: z.conjugate(), 1, 1)(half[..., 1 : (n + 1) // 2][..., ::-1])
    full = ComplexArray(np.concatenate([half, mirrored], axis=-1), COMPLEX)
    return np.moveaxis(np.real(fft(full, None, -1, norm, back=True)), -1, axis).copy()


def hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    n = 2 * (np.shape(a)[axis] - 1) if n is None else n
    return irfft(np.conjugate(a), n, axis, _other_way[norm])


def ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    return np.conjugate(rfft(a, n, axis, _other_way[norm]))


_other_way = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def along_axes(first: Callable[..., Any], rest: Callable[..., Any], last_first: bool, axes: Any) -> Callable[..., Any]:
    """A transform over several axes, one after the other; the real one comes first, or last on the way back."""

    def transform(a: Any, s: Any = None, axes: Any = axes, norm: Any = None, out: Any = None) -> Any:
        along = list(range(np.ndim(a)))[-len(s) if s else None :] if axes is None else list(axes)
        sizes = [None] * len(along) if s is None else [None if k == -1 else k for k in s]
        pairs = list(zip(along, sizes, strict=True))
        order = pairs[::-1] if last_first else pairs
        for place, (axis, n) in enumerate(order):
            special = place == 0 if last_first else place == len(order) - 1
            a = (first if special else rest)(a, n, axis, norm)
        return a

    return transform


FOURIER: dict[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (fft, ifft, rfft, irfft, hfft, ihfft)},
    **{f"fft{d}": along_axes(fft, fft, True, axes) for d, axes in (("2", (-2, -1)), ("n", None))},
    **{f"ifft{d}": along_axes(ifft, ifft, True, axes) for d, axes in (("2", (-2, -1)), ("n", None))},
    **{f"rfft{d}": along_axes(rfft, fft, True, axes) for d, axes in (("2", (-2, -1)), ("n", None))},
    **{f"irfft{d}": along_axes(irfft, ifft, False, axes) for d, axes in (("2", (-2, -1)), ("n", None))},
}
