"""What a dtype can tell apart: half, bfloat16, single, double and extended precision alike."""

from __future__ import annotations

from typing import Any

import numpy as np


def is_floating(dtype: Any) -> bool:
    """bfloat16 is not one of NumPy's own kinds."""
    return dtype.kind == "f" or dtype.name == "bfloat16"


def is_real(dtype: Any) -> bool:
    """Floating, integer or boolean."""
    return dtype.kind in "fiub" or is_floating(dtype)


def floating(dtype: Any) -> Any:
    """The dtype itself, or float64 for integers and booleans, which stand for exact numbers."""
    return dtype if is_floating(dtype) else np.dtype(np.float64)


def coarser(one: Any, other: Any) -> Any:
    """Of two dtypes the one with fewer digits."""
    return max(floating(one), floating(other), key=unit_roundoff)


def finfo(dtype: Any) -> Any:
    """NumPy's facts about a floating dtype, or those of the package that brings bfloat16; of float64 for any other."""
    dtype = floating(dtype)
    if dtype.kind == "f":
        return np.finfo(dtype)
    import ml_dtypes  # comes with JAX; no bfloat16 array is there without it

    return ml_dtypes.finfo(dtype)


def digits_of(dtype: Any) -> int:
    """Bits of the significand, the leading one included."""
    return int(finfo(dtype).nmant) + 1


def largest_ulp(values: np.ndarray[Any, Any]) -> float:
    """One unit in the last place of the largest of them."""
    return float(ulp_of(np.max(np.abs(values), initial=0.0).astype(np.float64), values.dtype))


def half_the_digits(dtype: Any) -> float:
    """So many ulp are half of all digits."""
    return float(2.0 ** (digits_of(dtype) / 2))


def unit_roundoff(dtype: Any) -> float:
    """Half the distance from 1 to the next number; 0 for what is not floating, and rounds nothing."""
    return float(2.0 ** -digits_of(dtype)) if is_floating(dtype) else 0.0


def ulp_of(size: Any, dtype: Any) -> Any:
    """The distance to the next number of that dtype; never less than the smallest of them."""
    info = finfo(dtype)
    exponent = np.frexp(np.minimum(size, float(info.max)))[1] - 1
    return np.maximum(np.ldexp(1.0, exponent - info.nmant), float(info.smallest_subnormal))
