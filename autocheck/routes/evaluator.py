"""f and the claimed gradient, as they are written, on balls: the only place where the exact route runs user code."""

from __future__ import annotations

import copy
import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autocheck import limits, tree
from autocheck.claim import Claim, is_float, parameters, split_gradient, with_parameters
from autocheck.lifted import balls, exact
from autocheck.lifted.array import LiftedArray
from autocheck.lifted.run import CannotLift, Constants, Run, line_of, running
from autocheck.precision import floating, ulp_of, unit_roundoff
from autocheck.routes.probes import Probe

Objects = np.ndarray[Any, Any]
Array = np.ndarray[Any, Any]


@dataclass(slots=True)
class Evaluator:
    """f and the claimed gradient on balls, at any precision and any displacement; remembers the values at the point."""

    claim: Claim
    constants: Constants | None = None
    opaque: tuple[Array, ...] | None = None
    """The float gradient, where the claim itself can't run on balls."""
    most: float = math.inf
    """Ball operations that one run may take."""
    deadline: float = math.inf
    evaluations: int = 0
    undecided: int = 0
    cost: int = 0
    args: tuple[Any, ...] | None = None
    moved: dict[int, Evaluator] = field(default_factory=dict)
    as_floats: list[bool] = field(default_factory=list)
    """For each parameter whether the claimed gradient came as machine floats that owe nothing to the arguments."""
    holds: bool = True
    """Whether what passes through `stop_gradient` is held at its value at the point."""
    raised: str = ""
    """What f raised next to the point, though not at it: there its domain ends."""
    responds: bool = False
    """Whether any displaced run gave another number than the run at the point."""
    decisions: dict[int, list[Any]] = field(default_factory=dict)
    """Of f and of the gradient at the point, at each precision."""
    at_point: dict[int, tuple[Objects, list[Objects], Run]] = field(default_factory=dict)

    def with_moved_constants(self, draw: int) -> Evaluator:
        """The same claim with the float constants of its code moved within their half ulp."""
        if draw not in self.moved:
            constants = Constants(self.claim.seed + draw)
            self.moved[draw] = Evaluator(self.claim, constants, self.opaque, self.most, self.deadline, holds=self.holds)
        return self.moved[draw]

    def is_late(self) -> bool:
        return time.perf_counter() > self.deadline

    def run(self, function: Callable[..., Any], args: tuple[Any, ...], replay: list[Any] | None) -> tuple[Any, Run]:
        """One lifted run on fresh copies of everything that the function could change."""
        self.evaluations += 1
        with (
            balls.counting_overlaps() as overlaps,
            running(exact.new_run(replay=replay, constants=self.constants, most=self.most)) as run,
        ):
            value = function(*args)
        self.undecided += overlaps[0]
        self.cost = max(self.cost, run.cost)
        return value, run

    def lifted_args(self, moved: dict[int, Objects] | None = None) -> tuple[Any, ...]:
        """The arguments as exact arrays, with the parameters in `moved` replaced."""
        if self.args is None:
            self.args = tuple(tree.rebuild(a, _lift_leaf) for a in self.claim.args)
        args = tuple(tree.rebuild(a, copy.deepcopy) for a in self.args)
        if not moved:
            return args
        leaves: list[Any] = [
            leaf
            for n in self.claim.argnums
            for _, leaf in tree.leaves(args[n])
            if isinstance(leaf, (np.ndarray, np.generic))
        ]
        for k, balls_of_k in moved.items():
            leaves[k] = exact.ExactArray(balls_of_k, leaves[k].dtype)
        return with_parameters(self.claim, args, leaves)

    def point(self, bits: int) -> tuple[Objects, list[Objects], Run]:
        """f, the claimed gradient, and what the run of f noticed, at the point itself."""
        if bits not in self.at_point:
            value, run = self.value(bits)
            self.decisions[bits] = list(run.decisions)
            self.at_point[bits] = (value, self.gradient(bits), run)
        return self.at_point[bits]

    def gradient(self, bits: int) -> list[Objects]:
        with balls.precision(bits):
            if self.opaque is not None:
                return [balls.to_balls(g) for g in self.opaque]
            returned, run = self.run(self.claim.gradient, self.lifted_args(), None)
            self.decisions.setdefault(bits, []).extend(run.decisions)
            parts = split_gradient(self.claim, returned)
            self.as_floats = [not isinstance(g, LiftedArray) and np.asarray(g).dtype.kind == "f" for g in parts]
            with running(
                exact.new_run(constants=self.constants)
            ):  # a float array of the code is moved as its constants are
                return [np.asarray(exact.operand(g), dtype=object) for g in parts]

    def value(self, bits: int) -> tuple[Objects, Run]:
        with balls.precision(bits):
            value, run = self.run(self.claim.f, self.lifted_args(), None)
            return output(self.claim, value), run

    def spread_of_gradient(self, dtype: Any) -> list[Array]:
        """By how much each element of the claimed gradient changes when every input moves by one ulp of its own or of `dtype`."""
        split = lambda returned: [_objects(g) for g in split_gradient(self.claim, returned)]  # noqa: E731
        return self._spread(self.claim.gradient, split, self.point(limits.FIRST_PRECISION)[1], dtype)

    def spread_of_value(self, dtype: Any) -> Array:
        """The same of f."""
        base = self.point(limits.FIRST_PRECISION)[0]
        return self._spread(self.claim.f, lambda value: [output(self.claim, value)], [base], dtype)[0]

    def _spread(
        self, function: Any, split: Callable[[Any], list[Objects]], base: list[Objects], dtype: Any
    ) -> list[Array]:
        widest = [np.zeros(g.shape) for g in base]
        for draw in range(limits.ULP_DRAWS):
            move = functools.partial(_moved_by_one_ulp, dtype=dtype, rng=np.random.default_rng([self.claim.seed, draw]))
            with balls.precision(limits.FIRST_PRECISION):
                try:
                    moved, _ = self.run(function, tuple(tree.rebuild(a, move) for a in self.lifted_args()), None)
                except Exception:  # the user's own code refuses the point (a target above 1): one draw less
                    continue
                for k, g in enumerate(split(moved)):
                    change = np.asarray(g.reshape(base[k].shape) - base[k], dtype=object)
                    widest[k] = np.fmax(widest[k], np.abs(balls.to_floats(change)))
        return widest

    def quotient(self, probe: Probe, step: int, side: int, bits: int) -> Objects:
        """(f(x + t v) - f(x)) / t with t = side * 2^-step."""
        base, _, run = self.point(bits)
        with balls.precision(bits):
            t = balls.to_ball(side) * balls.to_ball(2) ** -step
            moved = balls.to_balls(parameters(self.claim)[probe.parameter].value)
            moved[probe.places] = moved[probe.places] + probe.offsets * t
            frozen = run.frozen if self.holds else None
            try:
                value, _ = self.run(self.claim.f, self.lifted_args({probe.parameter: moved}), frozen)
            except CannotLift:
                raise
            except Exception as error:
                self.raised = f"{type(error).__name__}: {error}" + (f" ({line})" if (line := line_of(error)) else "")
                return np.full_like(base, balls.NAN)
            there = output(self.claim, value)
            self.responds |= any(a.mid() != b.mid() for a, b in zip(there.ravel(), base.ravel(), strict=True))
            return np.asarray((there - base) / t, dtype=object)


def _lift_leaf(leaf: Any) -> Any:
    return exact.lift(leaf) if is_float(leaf) else copy.deepcopy(leaf)


def _moved_by_one_ulp(leaf: Any, dtype: Any, rng: np.random.Generator) -> Any:
    if not isinstance(leaf, LiftedArray):
        return leaf
    coarser = max(leaf.dtype, floating(dtype), key=unit_roundoff)
    ulp = ulp_of(np.abs(leaf.floats()), coarser)
    ulp = np.where(np.isfinite(ulp) & (leaf.floats() != 0), ulp, 0.0)  # a zero is meant to be one
    moved = leaf.data + balls.to_balls(ulp * rng.choice([-1, 1], ulp.shape))
    return exact.ExactArray(np.asarray(moved, dtype=object), leaf.dtype)


def _objects(value: Any) -> Objects:
    if type(value) is exact.ExactArray:
        return value.data
    array = np.asarray(value)
    if array.dtype == object and array.shape:
        return np.stack([_objects(item) for item in value])
    return balls.to_balls(array)


def output(claim: Claim, value: Any) -> Objects:
    """f's value: one number, or one for each row.

    Raises: CannotLift if it is neither.
    """
    data = _objects(value)
    if claim.jacobian:
        return data
    if claim.rows:
        return data.reshape(len(data), -1)[:, 0] if data.ndim and data.size == len(data) else _wrong_output(claim, data)
    return data.reshape(()) if data.size == 1 else _wrong_output(claim, data)


def _wrong_output(claim: Claim, data: Objects) -> Objects:
    need = "one number for each row" if claim.rows else "one number (use check_vjp for an array)"
    raise CannotLift(f"{claim.name} returned shape {data.shape}, needs {need}")
