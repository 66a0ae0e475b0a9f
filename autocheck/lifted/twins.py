"""NumPy's functions that are written in Python, run on lifted arrays as NumPy's authors wrote them.

A twin of a module holds the same code with other globals: the functions that create and convert arrays lift them, and its private
functions are twins too. The module itself is left as it is.
"""

from __future__ import annotations

import functools
import importlib
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck.lifted import casts, patches


@functools.cache
def twin_of(module: types.ModuleType) -> types.ModuleType:
    """The module's code in a namespace of its own."""
    twin = types.ModuleType("lifted_" + module.__name__)
    space = vars(twin)
    space.update({k: v for k, v in vars(module).items() if k != "__name__"} | casts.BUILTINS)
    new = {id(original): made for owner, _, original, made in patches.replacements() if owner is np}
    for name, value in vars(module).items():
        if id(value) in new:
            space[name] = new[id(value)]
        elif isinstance(value, types.ModuleType) and value.__name__ in NAMESPACES:
            space[name] = twin_of(value)
        elif isinstance(value, types.FunctionType) and value.__globals__ is vars(module):
            space[name] = rebound(value, space)
    return twin


NAMESPACES = ("numpy._core.numeric", "numpy._core.multiarray")
"""Modules that NumPy's code calls functions of by an abbreviation, `_nx.asarray`."""


def rebound(function: types.FunctionType, space: dict[str, Any]) -> types.FunctionType:
    """The same code with other globals."""
    code, name = function.__code__, function.__name__
    made = types.FunctionType(code, space, name, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def rule(function: Callable[..., Any]) -> Callable[..., Any]:
    """The twin of a public function, made when it is first called; what it calls goes through NumPy's dispatcher again."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return twin(function)(*args, **kwargs)

    return call


@functools.cache
def twin(function: Any) -> Callable[..., Any]:
    implementation = getattr(function, "_implementation", function)
    module = importlib.import_module(implementation.__globals__["__name__"])
    return rebound(implementation, vars(twin_of(module)))
