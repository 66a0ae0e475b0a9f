"""The lecture on trial in words: a line for each derivation, a table of what the slides print, and a last line that counts."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from autocheck.render.chain_text import chain_text
from autocheck.steps import ChainReport
from autocheck.words import tallied

if TYPE_CHECKING:
    from autocheck.lecture import LectureReport, Row

SIGNS = {"agrees": "agrees", "wrong": "WRONG", "inaccurate": "INACC", "inconclusive": "?"}
WIDTH = 8


def lecture_text(report: LectureReport, quiet: bool = False) -> str:
    """Everything; with `quiet` what does not agree, and the last line."""
    failing = [chain_text(r) for r in report.derivations if not r.ok]
    parts = [] if quiet else [_derivations(report)]
    parts += [*failing, _printed(report, quiet), *([] if quiet else report.notes), last_line(report)]
    return "\n\n".join(filter(None, parts))


def last_line(report: LectureReport) -> str:
    """`agrees: 31 derivations ...`: the verdict, what was judged, how many slips, the time."""
    steps = sum(len(r.steps) for r in report.derivations)
    counts = tallied(sorted(Counter(r.verdict for r in report.derivations).items()))
    slips = f"{len(report.slips)} of {len(report.rows)} printed claims are slips"
    mended = sum(row.amended is not None and row.amended.verdict == "agrees" for row in report.slips)
    return (
        f"{report.verdict}: {len(report.derivations)} derivations of {steps} steps judged ({counts}); {slips}, "
        f"{mended} of them with a reading that agrees; seed {report.seed}; {report.seconds:.1f} s"
    )


def _derivations(report: LectureReport) -> str:
    lines = ["handgrad's derivations, each step against the one before, the first against the definition and JAX"]
    lines += [f"  {SIGNS[r.verdict]:<{WIDTH}}{r.name} ({r.fact('title')}): {summary(r)}" for r in report.derivations]
    return "\n".join(lines)


def summary(r: ChainReport) -> str:
    """`6 steps; definition 92 digits, JAX 153; 4 equal as fractions, chance of a miss 1e-103; 1 equal to 151 digits`."""
    parts = [f"{len(r.steps)} steps"]
    if r.definition is not None:
        jax = "" if r.autodiff is None else f", JAX {r.autodiff:.0f}"
        parts.append(f"definition {r.definition:.0f} digits{jax}")
    fractions = [s.chance for s in r.steps if s.chance is not None]
    others = [s.digits for s in r.steps[1:] if s.chance is None and s.digits is not None]
    if fractions:
        parts.append(f"{len(fractions)} equal as fractions, chance of a miss 1e{max(fractions):.0f}")
    if others:
        parts.append(f"{len(others)} equal to {min(others):.0f} digits")
    return "; ".join(parts)


def _printed(report: LectureReport, quiet: bool) -> str:
    """Slide by slide: verdict, claim, and below a claim that is wrong its counterexample and what could be said."""
    rows = [row for row in report.rows if not quiet or row.verdict != "agrees"]
    lines = ["the lecture as printed: slide, verdict, claim, counterexample"] if rows else []
    for slide, of_slide in groupby(rows, key=lambda row: row.slide):
        lines.append(f"  {slide}")
        for row in of_slide:
            lines += _row(row)
    return "\n".join(lines)


def _row(row: Row) -> list[str]:
    lines, below = [f"    {SIGNS[row.verdict]:<{WIDTH}}{row.says}"], " " * (4 + WIDTH)
    if row.verdict != "agrees":
        lines.append(f"{below}{row.counterexample} ({row.how})")
    if row.amended:
        lines.append(f"{below}it could say: {row.amended.says} ({row.amended.verdict}: {row.amended.how})")
    return lines
