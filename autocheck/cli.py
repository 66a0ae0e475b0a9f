"""The command line: parse, run, render, and an exit code that tells the verdict."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autocheck import limits
from autocheck.render.terminal import tell
from autocheck.user_file import BadTarget, targets

EXIT_CODES = {"agrees": 0, "wrong": 1, "inaccurate": 1, "error": 2, "inconclusive": 3}
USAGE_ERROR = 2

EPILOG = """\
autocheck run FILE judges the claims in a Python file: each function below @autocheck.gradient_of(f, at=...), or vjp_of, jvp_of,
jacobian_of, hessian_of, intermediates_of. FILE::NAME judges the claims of that name alone. Several files may be given. A
folder stands for all Python files in it, and in the folders below, that name one of these decorators; the others are listed
and not run. A file that is named is always run, with the rights of whoever names it; of the files beside it only those that
it imports.

exit codes: 0 all agree; 1 a gradient is wrong or inaccurate; 2 usage or import error; 3 only inconclusive ones
(0 with --allow-inconclusive). For run, 2 are a file that can't be imported, a claim whose code raises, and a named file or a
folder without a claim. Of many rows the worst counts, in the order 1, 2, 3, 0. A claim that exceeds --limit is inconclusive.
autocheck lecture judges the derivations and every formula that the slides print. A slip on a slide is listed with a
counterexample and with what the slide could say; the code is that of the derivations and of what the slides could say, so it
is 0 although there are slips, unless --strict is given.
On a terminal verdicts are coloured and signs are Unicode (needs rich: pip install "handgrad[cli]"). Into a pipe, or with
NO_COLOR set, all of it is plain ASCII and there is no progress bar.
"""


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="autocheck",
        description="Judge hand-derived gradients: by the definition of the derivative in exact arithmetic, by JAX, "
        "and by finite differences. Without a command: the matrix of handgrad, every loss on every activation.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("command", nargs="?", default="matrix", choices=COMMANDS, help="what to judge (default: matrix)")
    p.add_argument("files", nargs="*", metavar="FILE[::NAME]", help="run: files, or folders of them")
    p.add_argument("--full", action="store_true", help="the whole product of pairings, targets, regimes and dtypes")
    p.add_argument("--json", metavar="PATH", type=Path, help="write the report as JSON")
    p.add_argument("--html", metavar="PATH", type=Path, help="write the report as one self-contained page")
    p.add_argument("--seed", metavar="N", type=int, default=0, help="decides every random choice (default: 0)")
    seconds = limits.SECONDS_PER_CLAIM
    text = f"run: how long one claim, or the import of a file, may take (default: {seconds:g})"
    p.add_argument("--limit", metavar="SECONDS", type=float, default=seconds, help=text)
    p.add_argument("--strict", action="store_true", help="lecture: a slip on a slide makes the exit code 1 too")
    p.add_argument("-q", "--quiet", action="store_true", help="print the last line only, and what does not agree")
    p.add_argument("--allow-inconclusive", action="store_true", help="exit 0 if nothing is worse than inconclusive")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_intermixed_args(arguments)
    if problem := unusable(options):
        return usage_error(problem)
    try:
        report, text, page = COMMANDS[options.command](options)
    except BadTarget as error:
        return usage_error(str(error))
    except ImportError as error:
        return usage_error(f"{error}; pip install handgrad installs all that is needed")
    tell(text)
    if options.json:
        write(options.json, json.dumps(report.to_dict(), indent=1, allow_nan=False))
    if options.html:
        try:
            write(options.html, page())
        except ImportError as error:
            return usage_error(f'--html needs more: {error}; pip install "handgrad[report]"')
        print(f"report: {options.html}")
    code = EXIT_CODES[report.verdict]
    return 0 if code == EXIT_CODES["inconclusive"] and options.allow_inconclusive else code


Told = tuple[Any, str, Callable[[], str]]
"""A report, the same in words, and what makes its page."""


def _matrix(options: argparse.Namespace) -> Told:
    from autocheck.catalog import matrix, rounding_curves
    from autocheck.render.matrix_text import matrix_text

    def page() -> str:
        from autocheck.render.html import matrix_page

        return matrix_page(report, rounding_curves())

    report = matrix(full=options.full, seed=options.seed)
    return report, matrix_text(report, quiet=options.quiet), page


def _lecture(options: argparse.Namespace) -> Told:
    from autocheck.lecture import judge_lecture
    from autocheck.render.lecture_text import lecture_text

    def page() -> str:
        from autocheck.render.lecture_html import lecture_page

        return lecture_page(report)

    report = judge_lecture(seed=options.seed, strict=options.strict)
    return report, lecture_text(report, quiet=options.quiet), page


def _run(options: argparse.Namespace) -> Told:
    from autocheck.render.run_text import run_text
    from autocheck.run_files import judge_files

    def page() -> str:
        from autocheck.render.run_html import run_page

        return run_page(report)

    report = judge_files(*targets(options.files), options.seed, options.limit)
    return report, run_text(report, quiet=options.quiet), page


COMMANDS = {"matrix": _matrix, "lecture": _lecture, "run": _run}


def unusable(options: argparse.Namespace) -> str:
    """What is wrong with the options, before anything is judged; "" if nothing is."""
    for path in (options.json, options.html):
        if path and (problem := unwritable(path)):
            return problem
    if options.seed < 0:
        return f"--seed is {options.seed}, needs a whole number from 0 up"
    if not options.limit > 0:
        return f"--limit is {options.limit:g}, needs seconds above 0"
    if options.command == "run" and not options.files:
        return "run needs a FILE, or a folder of them: autocheck run FILE"
    if options.command != "run" and options.files:
        return f"{options.command} takes no file; autocheck run {options.files[0]} judges one"
    return ""


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
