"""Code as found: other people's derivatives, unedited, at the versions that are installed. Lifted, refused and why, verdict.

Each subject names a package and makes one check of it. Wrappers only rename, copy and unpack; the derivative is the package's
own. A package that is not installed is told, not judged.
"""

from __future__ import annotations

import importlib.metadata
import time
from typing import Any

import numpy as np

from . import found_numpy_ml, found_others, found_scipy, found_sklearn, found_statsmodels
from .found_common import Subject

SUBJECTS: tuple[Subject, ...] = (
    *found_scipy.SUBJECTS,
    *found_sklearn.SUBJECTS,
    *found_statsmodels.SUBJECTS,
    *found_numpy_ml.SUBJECTS,
    *found_others.SUBJECTS,
)


def row(subject: Subject) -> dict[str, Any]:
    """The verdict, how it was reached, and the first reason or note, ready for JSON."""
    started = time.perf_counter()
    found: dict[str, Any] = {"part": "found", "name": subject.name, "kind": subject.package, "answers": {}}
    try:
        found["version"] = importlib.metadata.version(subject.package)
        with np.errstate(all="ignore"):
            report = subject.check()
    except Exception as error:
        return {**found, "verdict": "error", "said": f"{type(error).__name__}: {error}"[:300], "lifted": "no"}
    notes = [note for p in report.parameters for note in p.notes]
    said = [*report.reasons, *(n.text for n in notes), *(n.text for n in report.notes)]
    unlifted = [n.text for n in notes if n.id in ("formula-not-judged", "gradient-not-lifted")]
    mode = "no" if unlifted and report.mode.startswith("floating") else "gradient only in floats" if unlifted else "yes"
    digits = None if report.digits is None else round(report.digits, 1)
    found |= {"verdict": report.verdict, "lifted": mode, "digits": digits, "said": (unlifted or said or [""])[0][:300]}
    return {**found, "seconds": round(time.perf_counter() - started, 3)}


REMARKS = {
    "statsmodels: transforms.TransfFrank.deriv": "a mistake of the package: the sign; evaluate falls, deriv is positive",
    "statsmodels: transforms.TransfGumbel.deriv2": "a mistake of the package: (−1)^(1+θ) is complex where θ is no whole number",
    "statsmodels: NegativeBinomial.hessian": "a mistake of the package: before a fit, score is with respect to log α, hessian to α",
    "statsmodels: GLM Binomial.score": "the log-likelihood adds 1e-20 inside its logarithms, the score none: digit 20 differs",
    "numpy-ml: CrossEntropy.grad": "the loss adds 2.2e-16 inside its logarithm, the gradient does not: they differ at digit 15",
    "numdifftools: Gradient": "a difference quotient is no derivative: it differs where its own error bar begins",
}
"""What is behind a verdict other than `agrees`, looked up in the package's source."""
