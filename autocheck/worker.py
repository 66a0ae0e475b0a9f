"""The process in which one file of the user's is imported and its claims are judged, one after the other."""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from autocheck import declared, user_file
from autocheck.declared import Declared
from autocheck.file_report import Failure
from autocheck.report import Report
from autocheck.user_file import Target

JUDGE = ("autocheck.check", "jax", "scipy.linalg", "scipy.spatial", "scipy.special", "scipy.stats")
"""Loaded before the user's file, so that no module beside that file is taken for one of theirs."""


def work(parent: Connection, target: Target, seed: int, done: int) -> None:
    """Tells `parent` that the judge is loaded, then the names of the claims, then what was found on each but the first `done`."""
    _silence()
    sys.argv, sys.dont_write_bytecode = [str(target.path)], True
    for name in JUDGE:
        importlib.import_module(name)
    parent.send(None)
    try:
        claims = claims_of(target)
    except (Exception, SystemExit) as error:
        parent.send(Failure(user_file.told(error, target.path)))
        return
    parent.send([claim.name for claim in claims])
    for claim in claims[done:]:
        parent.send(found(claim, target.path, seed))


def claims_of(target: Target) -> list[Declared]:
    """The claims that stand in the file, of the name asked for."""
    claims: list[Declared] = vars(user_file.imported(target.path)).get(declared.RECORDS, [])
    return [claim for claim in claims if target.name in ("", claim.name, claim.options.get("name"))]


def found(claim: Declared, path: Path, seed: int) -> Report | Failure:
    """The report on one claim, or what its code raised."""
    from autocheck import check

    try:
        first, *more = declared.points_of(claim)
        options = {"explore": True, "seed": seed, "progress": False, **claim.options}
        options["points"] = (*more, *options.get("points", ()))
        report: Report = getattr(check, f"check_{claim.form}")(claim.f, claim.hand, *first, **options)
    except (Exception, SystemExit) as error:
        return Failure(user_file.told(error, path), claim.name)
    facts = (("kind", "file"), ("file", str(path)), ("claim", claim.name), ("line", str(claim.line)))
    again = f"autocheck run {shlex.quote(f'{path}::{claim.name}')} --seed {report.seed}"
    return replace(report, facts=(*report.facts, *facts), reproduce=again)


def _silence() -> None:
    """What the user's code prints is not the report."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
