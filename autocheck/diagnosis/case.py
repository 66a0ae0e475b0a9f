"""What is known of a wrong claim: numbers to compare, and how far they are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.lifted import balls
from autocheck.routes.derivation import Derivation

Objects = np.ndarray[Any, Any]
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Suspect:
    """One parameter: the claimed and the true gradient, as balls."""

    name: str
    value: Objects
    claimed: Objects
    true: Objects
    """NaN where it is not known."""
    wrong: bool
    coarse: Array = field(init=False)
    """The claimed gradient in floating point, for a first look; likewise the true one."""
    coarse_true: Array = field(init=False)
    size: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "coarse", balls.to_floats(self.claimed))
        object.__setattr__(self, "coarse_true", balls.to_floats(self.true))
        both = np.abs(np.concatenate([self.coarse.ravel(), self.coarse_true.ravel()]))
        object.__setattr__(self, "size", float(np.max(both, initial=0.0, where=np.isfinite(both))))

    def differs(self, bits: int) -> Array:
        """Where claimed and true are not the same, to so many bits of the largest element."""
        return ~same_elements(self.claimed, self.true, self.size, bits)


@dataclass(frozen=True, slots=True)
class Case:
    """A wrong claim, all of its parameters, and what else autocheck can see."""

    suspects: tuple[Suspect, ...]
    arguments: tuple[tuple[str, Objects], ...] = ()
    """Every array and number that f was given, by name."""
    value: tuple[balls.Ball, ...] = ()
    """What f returned, if it is one number."""
    derivation: Derivation | None = None
    typed: tuple[tuple[float, str], ...] = ()
    """Numbers that stand in f's code, each with the expression."""
    bits: int = limits.DIAGNOSIS_BITS
    """To how many bits of the largest element the numbers are known."""
    exact: bool = True
    noun: str = "gradient"
    """What is on trial: a gradient, VJP, Jacobian, ..."""
    derive: Callable[[], list[Objects] | None] | None = None
    """f's gradients from a run of it that is made now, and what the claim returns in one: on balls, None where it fails."""
    claim_again: Callable[[], list[Objects] | None] | None = None
    effort: int = 1
    """How many passes through f's derivation the diagnosis is worth."""

    @property
    def wrong(self) -> list[int]:
        return [k for k, s in enumerate(self.suspects) if s.wrong]


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake that gives the claimed gradient, for the parameters that it explains."""

    cause: str
    sentence: str
    """With {names} for the parameters' gradients."""
    explains: tuple[int, ...]
    certain: bool = True
    """Whether it leaves nothing open: every element is reproduced, by fewer free numbers than there are elements."""
    unnamed: bool = False
    """Whether there is a number in it that nothing known explains."""
    rounded: bool = False
    """Whether it holds only as far as the code's own constants do, which are rounded."""


def near(coarse: Array, suspect: Suspect) -> bool:
    """Whether an array is the claimed gradient as far as floating point can see: a first look."""
    if coarse.shape != suspect.coarse.shape:
        return False
    miss = np.abs(coarse - suspect.coarse)
    return bool(np.all(miss <= limits.FIRST_LOOK * suspect.size))


def reproduces(candidate: Objects, suspect: Suspect, bits: int) -> bool:
    """Whether an array is the claimed gradient to so many bits of its largest element, everywhere."""
    if candidate.shape != suspect.claimed.shape:
        return False
    return bool(np.all(same_elements(candidate, suspect.claimed, suspect.size, bits)))


def reproduced(arrays: Sequence[Objects], case: Case) -> tuple[tuple[int, ...], bool]:
    """Which wrong gradients the arrays are, and whether only as far as the code's constants are not rounded."""
    for bits in (case.bits, limits.CONSTANT_BITS) if case.exact else (case.bits,):
        fits = tuple(
            k
            for k in case.wrong
            if reproduces(arrays[k], case.suspects[k], bits)
            and (bits == case.bits or case.suspects[k].differs(limits.CONSTANT_BITS // 2).any())
        )
        if fits:
            return fits, bits != case.bits
    return (), False


def same_elements(one: Objects, other: Objects, size: float, bits: int) -> Array:
    limit = balls.to_ball(size) * balls.to_ball(2) ** -bits
    pairs = zip(one.ravel(), other.ravel(), strict=True)
    return np.array([_same(a, b, limit) for a, b in pairs], dtype=bool).reshape(one.shape)


def _same(a: balls.Ball, b: balls.Ball, limit: balls.Ball) -> bool:
    gap = a - b
    return bool(gap.is_finite() and gap.abs_upper() <= limit)


def same_number(a: balls.Ball, b: balls.Ball, bits: int) -> bool:
    return _same(a, b, max(a.abs_upper(), b.abs_upper()) * balls.to_ball(2) ** -bits)
