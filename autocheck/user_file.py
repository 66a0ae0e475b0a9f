"""The user's files: which ones a command line names, and how one of them is imported without touching any other."""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from autocheck.declared import FORMS

SKIPPED = re.compile(r"\.|__pycache__$|node_modules$|site-packages$")
"""Folders that hold nobody's submission."""
MENTIONED = re.compile(rb"\b(%s)_of\b" % b"|".join(form.encode() for form in FORMS))


class BadTarget(ValueError):  # noqa: N818 - named for what it is
    """A FILE on the command line that can't be judged: what came, what is needed."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file, and the name of the claims in it that are asked for (all if empty)."""

    path: Path
    name: str = ""


def targets(given: Sequence[str]) -> tuple[list[Target], list[Path]]:
    """(the files to import, those of a folder that claim nothing and so are left alone).

    A file that is named is imported whatever it holds; of a folder those that name one of the decorators.

    Raises: BadTarget
    """
    found: list[Target] = []
    silent: list[Path] = []
    for text in given:
        name, _, claim = text.partition("::")
        path = Path(name)
        if not path.exists():
            raise BadTarget(f"{name} does not exist")
        if path.is_file() and path.suffix != ".py":
            raise BadTarget(f"{name} is not a Python file, needs a name that ends in .py")
        for file in _python_files(path) if path.is_dir() else [path]:
            if path.is_file() or MENTIONED.search(file.read_bytes()):
                found.append(Target(file, claim))
            else:
                silent.append(file)
    return list(dict.fromkeys(found)), silent


def _python_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink() and not SKIPPED.match(path.name):
            yield from _python_files(path)
        elif path.is_file() and path.suffix == ".py":
            yield path


# --- importing one of them -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoldersFirst:
    """Finds the modules beside a file before those that are installed, but for the names of Python's own library.

    Python itself would let a file `random.py` of one submission stand in for the library's in the code of another.
    """

    folders: tuple[str, ...]

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if path is not None or name in sys.stdlib_module_names:
            return None
        return PathFinder.find_spec(name, self.folders)


def imported(path: Path) -> ModuleType:
    """The file as a module; its folder comes first where it imports others, and, in a package, the folder that holds that.

    Raises: whatever the file raises
    """
    path = path.resolve()
    root, name = path.parent, path.stem
    while (root / "__init__.py").exists():
        root, name = root.parent, f"{root.name}.{name}"
    sys.meta_path.insert(0, FoldersFirst(tuple(map(str, dict.fromkeys((path.parent, root))))))
    name += "_on_trial" if name in sys.modules else ""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(error: BaseException, path: Path) -> str:
    """An exception in a line, with the last line of the user's file that it came through."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    said = f"{type(error).__name__}: {text.strip().partition(chr(10))[0]}".rstrip(": ")
    file = str(path.resolve())
    if isinstance(error, SyntaxError) and error.filename == file:
        return f"{said} (line {error.lineno}: {(error.text or '').strip()})"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f"{said} (line {frames[-1].lineno}: {frames[-1].line})" if frames else said
