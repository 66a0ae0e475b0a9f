"""The lecture on trial: handgrad's derivations, step by step, and every formula and figure that the slides print.

A slip on a slide is a finding, with a counterexample; the verdict of the whole is that of handgrad's derivations and of what the
slides could say instead, so that a run is red only where this repository is wrong. `strict` counts the slips too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.chain import check_chain
from autocheck.inputs import Point, draw, special
from autocheck.lifted import balls, exact
from autocheck.lifted.run import running
from autocheck.progress import progress_bar
from autocheck.report import SCHEMA, worst
from autocheck.routes.slope import slope_of
from autocheck.steps import ChainReport
from handgrad import codes
from handgrad.derivations import DERIVATIONS, Derivation
from handgrad.information import cross_entropy
from handgrad.lecture import PRINTED, Decodable, Derivative, Equalities, Figure, ForEach, Printed, Relation


@dataclass(frozen=True, slots=True)
class Row:
    """One printed claim and what the machine says of it."""

    slide: str
    says: str
    verdict: str
    counterexample: str = ""
    how: str = ""
    """What the verdict rests on."""
    amended: Row | None = None
    """What the slide could say instead, and the verdict on that."""


@dataclass(frozen=True, slots=True)
class LectureReport:
    """The derivations and the printed lecture, judged."""

    derivations: tuple[ChainReport, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    strict: bool = False
    seed: int = 0
    seconds: float = 0.0

    @property
    def slips(self) -> list[Row]:
        return [row for row in self.rows if row.verdict == "wrong"]

    @property
    def verdict(self) -> str:
        """Of the derivations, and of every claim, or of what it could say where it is a slip; `strict`: of every claim."""
        said = [row.verdict if self.strict or row.amended is None else row.amended.verdict for row in self.rows]
        return worst([*(r.verdict for r in self.derivations), *said])

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "slips": len(self.slips),
            "strict": self.strict,
            "seed": self.seed,
            "seconds": round(self.seconds, 2),
            "notes": list(self.notes),
            "derivations": [r.to_dict() for r in self.derivations],
            "lecture": [asdict(row) for row in self.rows],
        }


def judge_lecture(seed: int = 0, strict: bool = False, progress: bool | None = None) -> LectureReport:
    """Every derivation of handgrad, and every printed claim."""
    started = time.perf_counter()
    derivations, rows = [], []
    with progress_bar(progress, len(DERIVATIONS) + len(PRINTED)) as advance:
        for derivation in DERIVATIONS:
            derivations.append(judge_derivation(derivation, seed))
            advance()
        for printed in PRINTED:
            rows.append(judge_printed(printed, seed))
            advance()
    return LectureReport(tuple(derivations), tuple(rows), (told_apart(),), strict, seed, time.perf_counter() - started)


def judge_derivation(derivation: Derivation, seed: int = 0) -> ChainReport:
    from autocheck import textbook

    d, reference = derivation, textbook.DERIVATIONS[derivation.name]
    report = check_chain(d.f, d.steps, d.inputs, d.argnum, reference, seed, d.name)
    return replace(report, facts=(("title", d.title), ("latex", d.latex)))


def judge_printed(printed: Printed, seed: int = 0) -> Row:
    """The verdict on one printed claim; where it is wrong, on what the slide could say too."""
    verdict, counterexample, how = JUDGES[type(printed)](printed, seed)
    amended = judge_printed(printed.amended, seed) if printed.amended is not None and verdict != "agrees" else None
    return Row(printed.slide, printed.says, verdict, counterexample, how, amended)


Judged = tuple[str, str, str]
"""(verdict, counterexample, how)"""


def judge_figure(figure: Figure, seed: int) -> Judged:
    """The number worked out, beside the digits that are printed: half a unit of the last decimal is rounding, a count is exact."""
    value, printed = float(figure.value()), Decimal(figure.printed)
    decimals = -int(printed.as_tuple().exponent)
    half = Decimal((0, (5,), -decimals - 1)) if decimals else Decimal(0)
    if abs(Decimal(value) - printed) <= half:
        return "agrees", "", f"worked out: {value:.6g}"
    return "wrong", f"the formula gives {value:.6g}, the slide says {figure.printed}", "worked out"


def judge_code(printed: Decodable, seed: int) -> Judged:
    """Sardinas and Patterson's test, which brings the shortest message with two readings."""
    found = codes.ambiguity(printed.code)
    if found is None:
        return "agrees", "", "no message has two readings (Sardinas, Patterson)"
    counterexample = f"{found.message} is {' '.join(found.one)}, and {' '.join(found.other)} too"
    return "wrong", f"{counterexample}; Kraft sum {codes.kraft_sum(printed.code)}", "Sardinas, Patterson"


RELATIONS: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign > 0,
    "<=": lambda sign: sign >= 0,
    ">": lambda sign: sign < 0,
    ">=": lambda sign: sign <= 0,
    "=": lambda sign: sign == 0,
    "«": lambda sign: sign >= 0,
}
"""Whether it holds, from the sign of right - left (of right - 10 left for «)."""


def judge_relation(printed: Relation, seed: int) -> Judged:
    """In exact arithmetic, at random points and at special ones: one point where it fails is enough."""
    points = [draw(printed.inputs, seed, k) for k in range(limits.CHAIN_POINTS + 1)] + special(printed.inputs)
    exact.new_run()  # its tables name NumPy's functions as they are unpatched
    failing = max((found for point in points if (found := _fails(printed, point))), key=lambda f: f[0], default=None)
    if failing and printed.denied:
        return "agrees", "", f"it fails at {failing[1]}"
    if failing:
        return "wrong", failing[1], "in exact arithmetic"
    verdict = "inconclusive" if printed.denied else "agrees"
    return verdict, "", f"no counterexample at {len(points)} points, special ones among them"


def _fails(printed: Relation, point: Point) -> tuple[float, str] | None:
    """By how much the relation is missed, and where, at the worst element; None where it holds, or where a side is not finite."""
    factor = limits.MUCH_LESS if printed.relation == "«" else 1
    failing = []
    with balls.precision(limits.FIRST_PRECISION), running(exact.new_run()), np.errstate(all="ignore"):
        pairs = [
            np.asarray(exact.operand(side(*point.lifted())), dtype=object) for side in (printed.left, printed.right)
        ]
        for one, other in zip(*(side.ravel() for side in np.broadcast_arrays(*pairs)), strict=True):
            finite = one.is_finite() and other.is_finite()
            if finite and not RELATIONS[printed.relation](_sign(other - factor * one, one, other)):
                words = f"{point}: {float(one):.6g} {printed.relation} {float(other):.6g} does not hold"
                failing.append((abs(float(other - factor * one)), words))
    return max(failing, default=None)


def _sign(difference: Any, *beside: Any) -> int:
    """-1, 0 or 1; a difference that holds zero, or is below 10^-90 of what it is the difference of, is none."""
    size = max(b.abs_upper() for b in beside) * balls.to_ball(10) ** -limits.CHAIN_DIGITS
    if difference.contains(0) or difference.abs_upper() <= size:
        return 0
    return 1 if difference > 0 else -1


def judge_equalities(printed: Equalities, seed: int) -> Judged:
    """A chain: the first line against the definition, each other one against the line before."""
    report = _chain(printed, seed)
    steps = len(report.steps)
    how = f"{steps} line{'s' if steps > 1 else ''} at {limits.CHAIN_POINTS + 1} points"
    how += f"; the definition to {report.definition:.0f} digits" if report.definition is not None else ""
    bad = next((s for s in report.steps if s.verdict != "agrees"), None)
    if bad is None:
        return "agrees", "", how
    place = f"line {bad.number}: " if steps > 1 else ""
    again = f"; line {report.mended} is right again" if report.mended else ""
    return report.verdict, f"{place}{bad.finding}{again}", how


def _chain(printed: Equalities, seed: int) -> ChainReport:
    lines = [_with_derivative(line) for line in printed.lines]
    return check_chain(printed.f, lines, printed.inputs, printed.argnum, seed=seed, name=printed.says)


def _with_derivative(line: Any) -> Any:
    """The line, with the derivative taken by the machine where it says no more than that there is one."""
    if not isinstance(line.compute, Derivative):
        return line
    slope = slope_of(line.compute.of, 0, in_jax=False)
    return replace(line, compute=lambda *args: slope(*(np.asarray(a) if type(a) is np.float64 else a for a in args)))


def judge_each(printed: ForEach, seed: int) -> Judged:
    """One chain for each member; the claim is that it holds for all of them."""
    found = {name: _chain(member, seed) for name, member in printed.members.items()}
    good = [name for name, report in found.items() if report.ok]
    bad = {name: report for name, report in found.items() if not report.ok}
    how = f"holds for {', '.join(good) or 'none'}"
    if not bad:
        return "agrees", "", how
    name, report = next(iter(bad.items()))
    finding = next(s.finding for s in report.steps if s.finding)
    return worst([r.verdict for r in bad.values()]), f"for {name}: {finding}", f"{how}; not for {', '.join(bad)}"


JUDGES: dict[type, Callable[..., Judged]] = {
    Figure: judge_figure,
    Decodable: judge_code,
    Relation: judge_relation,
    Equalities: judge_equalities,
    ForEach: judge_each,
}


def told_apart() -> str:
    """Which of the lecture's examples tell -Σ p log q from -Σ q log p: their figures, both ways."""
    pairs = {
        "the four cricketers": (list(codes.INDIA.values()), list(codes.AUSTRALIA.values())),
        "the two names": ([0.2, 0.8], [0.4, 0.6]),
    }
    figures = {name: (float(cross_entropy(p, q)), float(cross_entropy(q, p))) for name, (p, q) in pairs.items()}
    parts = [
        f"{name} {'can' if one != other else 'can not'} ({one:.3f} and {other:.3f})"
        for name, (one, other) in figures.items()
    ]
    return f"which of -Σ p log q and -Σ q log p is meant: {', '.join(parts)}"
