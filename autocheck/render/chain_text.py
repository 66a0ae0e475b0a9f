"""A derivation on trial in words: a line for each step, what is wrong with it, and how strong the evidence is."""

from __future__ import annotations

from autocheck.steps import ChainReport, StepReport
from autocheck.words import counted


def chain_text(report: ChainReport) -> str:
    """Everything about one derivation."""
    lines = [heading(report)]
    for step in report.steps:
        lines.append(f"  {step.number}  {step.verdict:<12} {step.latex}")
        lines.append(f"     {step.reason}{f'; slide: {step.slide}' if step.slide else ''}; {_how_far(report, step)}")
        if step.finding:
            lines.append(f"     {step.finding}")
    lines.append(f"  {evidence_text(report)}")
    lines += [f"  branch: {branch}" for branch in report.branches]
    return "\n".join(lines)


def heading(report: ChainReport) -> str:
    """`wrong: dJ/da breaks at step 1 and is right again at step 2`: the verdict, and where the chain breaks."""
    where = "" if report.broken is None else f" breaks at step {report.broken}"
    again = (
        "" if report.mended is None else f" and is right again at step {report.mended}: two mistakes undo one another"
    )
    return f"{report.verdict}: {report.name}{where}{again}"


def _how_far(report: ChainReport, step: StepReport) -> str:
    if step.number == 1 and report.definition is not None:
        jax = "" if report.autodiff is None else f", with JAX to {report.autodiff:.0f} digits"
        return f"agrees with the definition to {report.definition:.0f} digits, as far as its steps go{jax}"
    if step.verdict != "agrees":
        return "does not follow" if step.verdict == "wrong" else "could not be decided"
    if step.number == 1:
        return "where the chain starts"
    if step.degree is not None:
        return f"the same fraction at every point (degree {step.degree} at most)"
    return f"agrees to {step.digits:.0f} digits"


def evidence_text(report: ChainReport) -> str:
    """How strong the evidence is; never more than that."""
    points = f"evidence: {report.points} random points of several sizes and a simple one ({report.inputs})"
    rational = [s for s in report.steps if s.degree is not None and s.chance is not None]
    others = [s.digits for s in report.steps[1:] if s.degree is None and s.digits is not None and s.verdict == "agrees"]
    parts = [points]
    if rational:
        are = "is a fraction" if len(rational) == 1 else "are fractions"
        chance = max(s.chance for s in rational if s.chance is not None)
        parts.append(
            f"{counted(len(rational), 'step')} {are} of polynomials, equal at every point: one that is wrong for some size would "
            f"have passed with a chance of 1e{chance:.0f} at most (Schwartz, Zippel)"
        )
    if others:
        parts.append(
            f"{counted(len(others), 'step')} agree{'s' * (len(others) == 1)} to {min(others):.0f} digits there, "
            "which is strong and no more than that"
        )
    return "; ".join(parts)
