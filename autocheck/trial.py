"""Two lines of a derivation side by side: both run, as they are written, on exact numbers at every point."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autocheck import coverage, evidence, limits
from autocheck.claim import Claim
from autocheck.inputs import Inputs, Point, variables
from autocheck.lifted import balls, exact
from autocheck.lifted.run import CannotLift, Constants, running
from autocheck.routes import autodiff
from autocheck.steps import StepReport

Objects = np.ndarray[Any, Any]


@dataclass(slots=True)
class Trial:
    """One derivation and the points at which it is judged; remembers what each step gave there."""

    steps: tuple[Any, ...]
    inputs: Inputs
    points: list[Point]
    seed: int
    known: dict[tuple[int, int, int], Objects] = field(default_factory=dict)
    sites: coverage.Sites = field(default_factory=dict)

    def mended(self, broken: int) -> int | None:
        """The first step after the broken one that agrees with the first of all again."""
        later = range(broken, len(self.steps))
        return next((i + 1 for i in later if self.compared(i, 0).verdict == "agrees"), None)

    def compared(self, i: int, j: int) -> StepReport:
        """Step i beside step j, at every point."""
        digits, degree = [], 0
        for number in range(len(self.points)):
            try:
                agreement, bounds = self.agreement(i, j, number)
            except CannotLift as reason:
                return self.report(i, "inconclusive", finding=str(reason))
            except Exception as error:  # the user's own code
                return self.report(i, "inconclusive", finding=f"{told(error)} at {self.points[number]}")
            if agreement is None or agreement < limits.CHAIN_DIGITS:
                return self.differing(i, j, number, agreement)
            digits.append(agreement)
            degree = -1 if bounds is None or degree < 0 else max(degree, evidence.degree(bounds))
        return self.report(i, "agrees", min(digits), None if degree < 0 else degree)

    def agreement(self, i: int, j: int, number: int) -> tuple[float | None, list[evidence.Rational] | None]:
        """Digits to which both agree at a point, None if that can't be said; and bounds on their difference, if it is zero."""
        point = self.points[number]
        unknowns = variables(self.inputs, point)
        bounds = evidence.difference(self.steps[i].compute, self.steps[j].compute, unknowns)
        needed = 0 if bounds is None else evidence.bits_to_zero(bounds, point.bits_below, point.largest)
        bits = limits.FIRST_PRECISION
        while True:
            one, other = self.values(j, number, bits), self.values(i, number, bits)
            if one.shape != other.shape:
                return None, None
            with balls.precision(bits):
                digits = autodiff.common_digits(one, other)
                misses = [a - b for a, b in zip(one.ravel(), other.ravel(), strict=True)]
                zero = bounds is not None and all(bool(m.abs_upper() < balls.to_ball(2) ** -needed) for m in misses)
                apart = any(not m.contains(0) for m in misses)
            if not np.isfinite(digits):
                return None, None
            enough = digits >= limits.CHAIN_DIGITS
            if enough and (zero or (bounds is None)):
                return digits, bounds
            if apart or bits >= limits.LAST_PRECISION:  # fractions that differ differ, however little
                return min(digits, limits.CHAIN_DIGITS - 1.0), None
            bits *= 2

    def values(self, i: int, number: int, bits: int, constants: Constants | None = None) -> Objects:
        """What step i gives at a point, on balls."""
        key = (i, number, bits)
        if constants is None and key in self.known:
            return self.known[key]
        most = limits.BUDGET / limits.SECONDS_PER_BALL
        with balls.precision(bits), balls.counting_overlaps(), running(exact.new_run(constants=constants, most=most)):
            found = np.asarray(exact.operand(self.steps[i].compute(*self.points[number].lifted())), dtype=object)
        if constants is None:
            self.known[key] = found
            self.sites = coverage.together(self.sites, self.visited(i, number))
        return found

    def visited(self, i: int, number: int) -> coverage.Sites:
        compute = self.steps[i].compute
        return coverage.watched_run(Claim(compute, compute, self.points[number].floats)).sites

    def differing(self, i: int, j: int, number: int, agreement: float | None) -> StepReport:
        """Two steps that are not the same at a point: wrong, unless the code's own constants are rounded."""
        one, other = (self.values(k, number, limits.FIRST_PRECISION) for k in (j, i))
        if one.shape != other.shape:
            return self.report(i, "wrong", finding=f"it has shape {other.shape}, the step before {one.shape}")
        if agreement is None:
            return self.report(i, "inconclusive", finding=f"one of the steps is not finite at {self.points[number]}")
        with balls.precision(limits.FIRST_PRECISION):
            misses: Any = np.asarray(other - one, dtype=object)
            at = max(np.ndindex(misses.shape), key=lambda index: float(misses[index].abs_upper()))
            if misses[at].contains(0):
                return self.report(i, "inconclusive", agreement, finding=f"not told apart at {self.points[number]}")
            if self.owed_to_constants(i, j, number, at, misses[at], one[at]):
                return self.report(
                    i, "agrees", agreement, finding="agreement ends where the code's own constants are rounded"
                )
        place = f"[{', '.join(map(str, at))}]" if at else ""
        here, before = float(other[at]), float(one[at])
        line = "the step before it" if j == i - 1 else f"step {j + 1}"
        finding = f"at {self.points[number]} it gives {here:.6g}{' at ' + place if place else ''}, {line} {before:.6g}"
        return self.report(i, "wrong", agreement, finding=finding)

    def owed_to_constants(self, i: int, j: int, number: int, at: Any, miss: Any, value: Any) -> bool:
        """Whether a small difference moves by its own size when the float constants of the code move within their rounding."""
        if miss.abs_upper() > value.abs_upper() * balls.to_ball(2) ** -limits.CONSTANT_RESIDUAL_BITS:
            return False
        for k in range(limits.CONSTANT_DRAWS):
            one, other = (self.values(s, number, limits.FIRST_PRECISION, Constants(self.seed + k)) for s in (j, i))
            if abs((other[at] - one[at]) - miss) * limits.CONSTANT_SHARE > abs(miss):
                return True
        return False

    def runs(self, i: int) -> tuple[str, str]:
        """Whether a step that is compared with nothing runs at all."""
        try:
            self.values(i, 0, limits.FIRST_PRECISION)
        except CannotLift as reason:
            return "inconclusive", str(reason)
        except Exception as error:  # the user's own code
            return "inconclusive", told(error)
        return "agrees", ""

    def report(
        self, i: int, verdict: str, digits: float | None = None, degree: int | None = None, finding: str = ""
    ) -> StepReport:
        step = self.steps[i]
        facts = (step.latex, step.reason, step.slide)
        sizes = Counter(tuple(value.shape for value in point.values) for point in self.points[1:])
        return StepReport(i + 1, *facts, verdict, digits, degree, finding, min(sizes.values(), default=0))

    def branches(self) -> tuple[str, ...]:
        """Every branch that the steps take, and whether both of its sides were visited."""
        sides = {True: "always true", False: "always false"}
        found = [(line, "both sides" if len(met) > 1 else sides[min(met)]) for (line, _), met in self.sites.items()]
        return tuple(dict.fromkeys(f"{how}: {line}" for line, how in found if line))


def told(error: Exception) -> str:
    """What the user's own code raised."""
    return f"raised {type(error).__name__}: {error}"
