"""`float(x)` and `np.float64(x)` of a lifted number: the number stays lifted.

What such a name is bound to while a run is under way is a subclass of the type that it stands for: in a call it passes
lifted numbers on, everywhere else (`isinstance(x, float)`, `dtype=float`, `type(x) == float`, a key of a dict) it is that type.
Only `type(x) is float` tells the two apart: a module that asks so keeps its own `float`, and its casts are refused by line.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autocheck.lifted.array import LiftedArray

CASTS = "float64 float32 float16 longdouble double single half complex128 complex64 cdouble csingle clongdouble".split()
"""NumPy's names of its float and complex types."""


class StandsFor(type):
    """The class of a class that is taken for another one, `of`, except when it is called."""

    of: type
    lifted: Callable[..., Any]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        lifted = any(getattr(type(a), "is_lifted", False) for a in (*args, *kwargs.values()))
        return cls.lifted(*args, **kwargs) if lifted else cls.of(*args, **kwargs)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.of)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.of)

    def __eq__(cls, other: object) -> bool:
        return True if other is cls or other is cls.of else NotImplemented

    def __hash__(cls) -> int:
        return hash(cls.of)


def stand_in(of: type, lifted: Callable[..., Any]) -> type:
    """A class to be bound to the name of `of`, that calls `lifted` for lifted numbers."""
    facts = {"of": of, "lifted": staticmethod(lifted), "__slots__": (), "__doc__": of.__doc__}
    return StandsFor(of.__name__, (of,), facts)


def as_float(x: LiftedArray) -> Any:
    """`float(x)`: one number."""
    if x.size != 1:
        raise TypeError("only length-1 arrays can be converted to Python scalars")
    return x.reshape(()).copy().with_dtype(np.dtype(np.float64))


def as_numpy(of: type) -> Callable[[LiftedArray], Any]:
    """`np.float32(x)`: an array of that dtype, of any shape."""
    return lambda x: x.astype(of)


def as_complex(real: Any, imag: Any = 0) -> Any:
    """`complex(x, y)`: one number."""
    return np.reshape(real + 1j * imag, ()).copy()


BUILTINS = {"float": stand_in(float, as_float), "complex": stand_in(complex, as_complex)}
"""What stands for Python's own types in a module on trial."""


def leaves_to_us(module: types.ModuleType, name: str) -> bool:
    """Whether a module's code calls Python's own `float` (or `complex`), and never compares types with `is`."""
    mentioned = [code for code in _codes(module) if name in code.co_names] if name not in vars(module) else []
    return bool(mentioned) and not any(_compares_by_identity(code, name) for code in mentioned)


def _codes(module: types.ModuleType) -> Iterator[types.CodeType]:
    """Of the functions of a module, of its classes, and inside those. Nothing is asked of other objects: some import when asked."""
    values = list(vars(module).values())
    classes = [v for v in values if issubclass(type(v), type) and v.__module__ == module.__name__]
    for value in [*values, *(v for c in classes for v in list(vars(c).values()))]:
        function = getattr(value, HOLDS_A_FUNCTION[type(value)]) if type(value) in HOLDS_A_FUNCTION else value
        found = (
            [function.__code__] if type(function) is types.FunctionType and function.__globals__ is vars(module) else []
        )
        while found:
            code = found.pop()
            yield code
            found += [c for c in code.co_consts if isinstance(c, types.CodeType)]


HOLDS_A_FUNCTION = {property: "fget", staticmethod: "__func__", classmethod: "__func__"}


def _compares_by_identity(code: types.CodeType, name: str) -> bool:
    if "type" not in code.co_names:
        return False
    steps = list(dis.get_instructions(code))
    loads = [i for i, s in enumerate(steps) if s.argval == name and s.opname in ("LOAD_GLOBAL", "LOAD_NAME")]
    return any(s.opname == "IS_OP" for i in loads for s in steps[i : i + 3])
