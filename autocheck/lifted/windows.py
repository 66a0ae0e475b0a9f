"""JAX's sliding windows on balls: convolutions, pooling, and the derivative of max pooling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autocheck.lifted import balls
from autocheck.lifted.exact import ExactArray
from autocheck.lifted.functions import ranks
from autocheck.lifted.primitives import objects

Array = np.ndarray[Any, Any]


def places(
    shape: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    base_dilation: Sequence[int],
    window_dilation: Sequence[int],
) -> Array:
    """Which elements of a flat array each window holds; -1 is padding. Shape: that of the output, then the window's size."""
    numbers = np.full([max(0, (n - 1) * d + 1) if n else 0 for n, d in zip(shape, base_dilation, strict=True)], -1)
    numbers[tuple(slice(None, None, d) for d in base_dilation)] = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    numbers = np.pad(numbers, [(max(low, 0), max(high, 0)) for low, high in padding], constant_values=-1)
    crops = zip(numbers.shape, padding, strict=True)
    numbers = numbers[tuple(slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in crops)]
    span = [(w - 1) * d + 1 for w, d in zip(window, window_dilation, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view(numbers, span)
    view = view[tuple(slice(None, None, s) for s in strides)]
    inside: Any = (..., *(slice(None, None, d) for d in window_dilation))
    view = view[inside]
    return view.reshape(*view.shape[: len(shape)], -1)


def fetched(a: Array, at: Array, padding: balls.Ball) -> Array:
    table = np.empty(a.size + 1, dtype=object)
    table[:-1], table[-1] = a.ravel(), padding
    return objects(table[at])


def convolution(
    left: Any,
    right: Any,
    window_strides: Any,
    padding: Any,
    lhs_dilation: Any,
    rhs_dilation: Any,
    dimension_numbers: Any,
    feature_group_count: int,
    batch_group_count: int,
    **_: Any,
) -> Array:
    """Each output is the product of a window of the left with a kernel of the right, summed over the input features."""
    lhs_spec, rhs_spec, out_spec = dimension_numbers
    left, right = left.transpose(lhs_spec), right.transpose(rhs_spec)  # (batch, in, space), (out, in, kernel)
    plain = [1, 1]
    at = places(
        left.shape,
        [1, 1, *right.shape[2:]],
        [1, 1, *window_strides],
        [(0, 0), (0, 0), *padding],
        [*plain, *lhs_dilation],
        [*plain, *rhs_dilation],
    )
    windows = np.moveaxis(fetched(left, at, balls.ZERO), 1, -2)  # (batch, space, in, kernel)
    kernels = right.reshape(*right.shape[:2], -1)  # (out, in, kernel)
    groups = feature_group_count * batch_group_count
    axis = -2 if feature_group_count > 1 else 0
    parts = []
    for window, kernel in zip(np.split(windows, groups, axis), np.split(kernels, groups), strict=True):
        product = np.matmul(window.reshape(*window.shape[:-2], -1), kernel.reshape(len(kernel), -1).T)
        parts.append(product)
    out = np.moveaxis(np.concatenate(parts, axis=-1), -1, 1)  # (batch, out, space)
    return np.transpose(out, np.argsort(out_spec))


def _pooling(name: str, empty: balls.Ball) -> Callable[..., Array]:
    reduce = np.frompyfunc(balls.BINARY[name], 2, 1).reduce

    def pool(
        a: Any,
        window_dimensions: Any,
        window_strides: Any,
        padding: Any,
        base_dilation: Any,
        window_dilation: Any,
        **_: Any,
    ) -> Array:
        at = places(a.shape, window_dimensions, window_strides, padding, base_dilation, window_dilation)
        return objects(reduce(fetched(a, at, empty), axis=-1))

    return pool


def select_and_scatter_add(
    source: Any, operand: Any, select_prim: Any, window_dimensions: Any, window_strides: Any, padding: Any, **_: Any
) -> Array:
    """Each number of the source is added where its window of the operand has its largest (or smallest) element."""
    ones = [1] * operand.ndim
    at = places(operand.shape, window_dimensions, window_strides, padding, ones, ones)
    best = ranks(ExactArray(operand.ravel(), np.float64)) * (1 if select_prim.name == "ge" else -1)
    last = np.append(best, best.min(initial=0) - 1)  # padding is never chosen
    chosen = np.take_along_axis(at, np.argmax(last[at], axis=-1)[..., None], axis=-1)
    out = np.full(operand.size, balls.ZERO, dtype=object)
    for place, number in zip(chosen.ravel(), source.ravel(), strict=True):
        out[place] += number
    return out.reshape(operand.shape)


RULES: dict[str, Callable[..., Array]] = {
    "conv_general_dilated": convolution,
    "reduce_window_sum": _pooling("add", balls.ZERO),
    "reduce_window_max": _pooling("maximum", balls.NEG_INF),
    "reduce_window_min": _pooling("minimum", balls.INF),
    "select_and_scatter_add": select_and_scatter_add,
}
