"""The command line: parse, run, render, and an exit code that tells the verdict."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

EXIT_CODES = {"agrees": 0, "wrong": 1, "inaccurate": 1, "inconclusive": 3}
USAGE_ERROR = 2

EPILOG = """\
exit codes: 0 all agree; 1 a gradient is wrong or inaccurate; 2 usage or import error; 3 only inconclusive ones
(0 with --allow-inconclusive). `autocheck lecture` judges the derivations and every formula that the slides print. A slip on
a slide is listed with a counterexample and with what the slide could say; the code is that of the derivations and of what
the slides could say, so it is 0 although there are slips, unless --strict is given.
Without a terminal there is no progress bar and no colour; NO_COLOR is honoured.
"""


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="autocheck",
        description="Judge hand-derived gradients: by the definition of the derivative in exact arithmetic, by JAX, "
        "and by finite differences. Without a command: the matrix of handgrad, every loss on every activation.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument(
        "command", nargs="?", default="matrix", choices=["matrix", "lecture"], help="what to judge (default: matrix)"
    )
    p.add_argument("--full", action="store_true", help="the whole product of pairings, targets, regimes and dtypes")
    p.add_argument("--json", metavar="PATH", type=Path, help="write the report as JSON")
    p.add_argument("--html", metavar="PATH", type=Path, help="write the report as one self-contained page")
    p.add_argument("--seed", metavar="N", type=int, default=0, help="decides every random choice (default: 0)")
    p.add_argument("--strict", action="store_true", help="lecture: a slip on a slide makes the exit code 1 too")
    p.add_argument("-q", "--quiet", action="store_true", help="print the last line only, and what does not agree")
    p.add_argument("--allow-inconclusive", action="store_true", help="exit 0 if nothing is worse than inconclusive")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    for path in (options.json, options.html):
        if path and (problem := unwritable(path)):
            return usage_error(problem)
    if options.seed < 0:
        return usage_error(f"--seed is {options.seed}, needs a whole number from 0 up")
    if options.command == "lecture":
        return lecture(options)
    try:
        from autocheck.catalog import matrix, rounding_curves
        from autocheck.render.matrix_text import matrix_text
    except ImportError as error:
        return usage_error(f"{error}; pip install handgrad installs all that is needed")
    report = matrix(full=options.full, seed=options.seed)
    print(matrix_text(report, quiet=options.quiet))
    if options.json:
        import json

        write(options.json, json.dumps(report.to_dict(), indent=1, allow_nan=False))
    if options.html:
        try:
            from autocheck.render.html import matrix_page
        except ImportError as error:
            return usage_error(f'--html needs more: {error}; pip install "handgrad[report]"')
        write(options.html, matrix_page(report, rounding_curves()))
        print(f"report: {options.html}")
    return exit_code(report.verdict, options)


def lecture(options: argparse.Namespace) -> int:
    """`autocheck lecture`: the derivations, and the lecture as printed."""
    try:
        from autocheck.lecture import judge_lecture
        from autocheck.render.lecture_text import lecture_text
    except ImportError as error:
        return usage_error(f"{error}; pip install handgrad installs all that is needed")
    report = judge_lecture(seed=options.seed, strict=options.strict)
    print(lecture_text(report, quiet=options.quiet))
    if options.json:
        import json

        write(options.json, json.dumps(report.to_dict(), indent=1, allow_nan=False))
    if options.html:
        from autocheck.render.lecture_html import lecture_page

        write(options.html, lecture_page(report))
        print(f"report: {options.html}")
    return exit_code(report.verdict, options)


def exit_code(verdict: str, options: argparse.Namespace) -> int:
    code = EXIT_CODES[verdict]
    return 0 if code == EXIT_CODES["inconclusive"] and options.allow_inconclusive else code


def usage_error(text: str) -> int:
    print(f"autocheck: {text}", file=sys.stderr)
    return USAGE_ERROR


def unwritable(path: Path) -> str:
    """Why a report can't be written there, before anything is judged; "" if it can."""
    folder = path.parent if str(path.parent) else Path()
    if path.is_dir():
        return f"{path} is a folder; name a file in it, such as {path / 'report.html'}"
    if not folder.is_dir():
        return f"the folder {folder} does not exist; make it first, or name another place for {path.name}"
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        return f"{path} can't be written to; name another place"
    return ""


def write(path: Path, text: str) -> None:
    """The whole file or nothing of it."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8", suffix=".part") as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
