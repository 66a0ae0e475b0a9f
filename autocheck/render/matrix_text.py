"""The matrix in words: three tables of digits, one line for each other kind of claim, and a last line that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from autocheck.matrix import MatrixReport
from autocheck.report import Report, worst
from autocheck.words import tallied

SYMBOLS = {"wrong": "WRONG", "inaccurate": "INACC", "inconclusive": "?"}
TABLES: tuple[tuple[str, Callable[[Report], float | None]], ...] = (
    ("definition of the derivative, in exact arithmetic", lambda r: r.digits),
    (
        "JAX's automatic derivative of a textbook definition, at ordinary points in float64",
        lambda r: _route_digits(r, "autodiff"),
    ),
    (
        "finite differences of handgrad's own forward, at ordinary points in float64",
        lambda r: _route_digits(r, "finite difference"),
    ),
)
OTHER_KINDS = {
    "activation": "activations",
    "loss": "losses",
    "information": "entropy, cross-entropy and divergence",
    "neuron": "one sigmoid neuron, slope and curvature of each loss",
    "equation": "the five equations, one by one",
    "network": "whole networks, every gradient and dJ/dx",
    "digits": "handwritten digits, during training",
}


def matrix_text(report: MatrixReport, quiet: bool = False) -> str:
    """Everything on a page; with `quiet` only what does not agree, and the last line."""
    failing = [str(r) for r in report.reports if not r.ok]
    parts = (
        [] if quiet else [_heading(report), *(_table(report, *t) for t in TABLES), _others(report), _refused(report)]
    )
    parts += [f"skipped: {why}" for why in report.skipped]
    return "\n\n".join([*filter(None, parts), *failing, last_line(report)])


def last_line(report: MatrixReport) -> str:
    """`agrees: 1204 claims ...`: the verdict, the counts, the time."""
    counts = tallied(sorted(report.counts.items()))
    least = min((r.digits for r in report.reports if r.digits is not None), default=0.0)
    judged = f"{report.verdict}: {len(report.reports)} claims judged ({counts})"
    return (
        f"{judged}; formulas agree to {least:.0f} digits or more; {len(report.refused)} pairs refused; "
        f"seed {report.seed}; {report.seconds:.1f} s"
    )


def _heading(report: MatrixReport) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions)
    return f"handgrad on trial ({versions})\n{report.chosen}"


def _table(report: MatrixReport, title: str, digits: Callable[[Report], float | None]) -> str:
    """Activations down, losses across; a cell is the least agreement of its claims, in decimal digits."""
    cells: dict[tuple[str, str], list[Report]] = {}
    for r in report.of_kind("pairing"):
        cells.setdefault((r.fact("activation"), r.fact("loss")), []).append(r)
    names = list(cells) + [(activation, loss) for loss, activation, _ in report.refused]
    losses, activations = (list(dict.fromkeys(pair[i] for pair in names)) for i in (1, 0))
    if not cells:
        return ""
    lines = [f"digits to which the hand-derived gradient agrees with: {title}"]
    numbers = {loss: f"{i + 1}" for i, loss in enumerate(losses)}
    rows = {"": list(numbers.values())}
    rows |= {a: [_cell(cells.get((a, loss), []), digits) for loss in losses] for a in activations}
    first, wide = max(map(len, rows)), max(len(cell) for row in rows.values() for cell in row) + 1
    lines += [f"{a:<{first}}" + "".join(f"{cell:>{wide}}" for cell in row) for a, row in rows.items()]
    return "\n".join([*lines, "columns: " + ", ".join(f"{n} {loss}" for loss, n in numbers.items())])


def _cell(reports: list[Report], digits: Callable[[Report], float | None]) -> str:
    if not reports:
        return "-"
    verdict = worst([r.verdict for r in reports])
    found = [d for d in map(digits, reports) if d is not None]
    return SYMBOLS.get(verdict) or (f"{min(found):.0f}" if found else ".")


def _route_digits(report: Report, route: str) -> float | None:
    """Of the ordinary points in float64: elsewhere a floating-point witness loses digits of its own."""
    if (report.fact("regime"), report.fact("dtype")) != ("ordinary", "float64"):
        return None
    found = [e.digits for p in report.parameters for e in p.estimates if e.route == route and e.digits is not None]
    return min(found, default=None)


def _others(report: MatrixReport) -> str:
    lines = []
    for kind, title in OTHER_KINDS.items():
        reports = report.of_kind(kind)
        if reports:
            counts = tallied(sorted(Counter(r.verdict for r in reports).items()))
            least = min((r.digits for r in reports if r.digits is not None), default=0.0)
            most = max((r.ulp for r in reports if r.ulp is not None), default=0.0)
            lines.append(f"{title}: {counts}; formula {least:.0f} digits or more, rounding {most:.1f} ulp or less")
        if kind == "digits":
            lines += [f"  {r.fact('moment')}: {r.verdict}, held-out accuracy {r.fact('accuracy')}" for r in reports]
    return "\n".join(lines)


def _refused(report: MatrixReport) -> str:
    if not report.refused:
        return ""
    return f"refused pairs: {len(report.refused)}, each with its reason in --json and --html; {report.refused[0][2]}"
