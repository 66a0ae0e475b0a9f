"""What was found in the user's files: plain frozen records, one for each file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from autocheck.report import SCHEMA, Report

RANKS = ("agrees", "inconclusive", "error", "inaccurate", "wrong")
"""From best to worst; an `error` is a file or a claim that can't be run."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A claim that could not be judged because its code raised or ended the process; the whole file if `claim` is empty."""

    text: str
    claim: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    """Everything about one file."""

    path: str
    reports: tuple[Report, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def verdict(self) -> str:
        found = [r.verdict for r in self.reports] + ["error"] * len(self.failures)
        return max(found, key=RANKS.index, default="error")

    @property
    def count(self) -> int:
        """How many claims it holds, as far as that is known."""
        return len(self.reports) + sum(bool(f.claim) for f in self.failures)


@dataclass(frozen=True, slots=True)
class RunReport:
    """All files of one run."""

    files: tuple[FileReport, ...]
    silent: tuple[str, ...] = ()
    """Files of a folder that claim nothing and were left alone."""
    seed: int = 0
    limit: float = 0.0
    seconds: float = field(default=0.0, compare=False)

    @property
    def verdict(self) -> str:
        """That of the worst file; an `error` where there is none."""
        return max((file.verdict for file in self.files), key=RANKS.index, default="error")

    @property
    def counts(self) -> dict[str, int]:
        """How many claims there are of each verdict, and how many errors."""
        found = Counter(r.verdict for file in self.files for r in file.reports)
        found["error"] = sum(len(file.failures) for file in self.files)
        return {rank: found[rank] for rank in RANKS if found[rank]}

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "counts": self.counts,
            "seed": self.seed,
            "limit": self.limit,
            "seconds": round(self.seconds, 2),
            "files": [
                {
                    "path": file.path,
                    "verdict": file.verdict,
                    "failures": [{"claim": f.claim, "text": f.text} for f in file.failures],
                    "reports": [r.to_dict() for r in file.reports],
                }
                for file in self.files
            ],
            "silent": list(self.silent),
        }
