"""The user's files: which are meant, and that importing one touches no other."""

from __future__ import annotations

import sys

import pytest

from autocheck.user_file import BadTarget, Target, imported, targets, told

CLAIM = "import autocheck\n@autocheck.gradient_of(abs, at=1.0)\ndef slope(x): return 1.0\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """What a file's text is, by its path; and the interpreter as it was, afterwards."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)

    def write(files):
        for name, text in files.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    yield write
    for name in set(sys.modules) - known:
        del sys.modules[name]


def test_of_a_folder_the_files_that_claim_something_are_meant(folder) -> None:
    root = folder({"b": CLAIM, "a/homework": CLAIM, "a/helper": "x = 1", "venv/lib": "x = 2"})
    (root / ".hidden").mkdir()
    (root / ".hidden" / "homework.py").write_text(CLAIM)
    found, silent = targets([str(root)])
    assert [t.path.relative_to(root).as_posix() for t in found] == ["a/homework.py", "b.py"]
    assert [p.relative_to(root).as_posix() for p in silent] == ["a/helper.py", "venv/lib.py"]


def test_a_file_that_is_named_is_meant_whatever_it_holds(folder) -> None:
    root = folder({"plain": "x = 1"})
    file = root / "plain.py"
    assert targets([f"{file}::slope", str(file), str(file)]) == ([Target(file, "slope"), Target(file)], [])


@pytest.mark.parametrize(("name", "words"), [("missing.py", "does not exist"), ("notes.txt", "ends in .py")])
def test_what_can_not_be_meant_is_refused(folder, name, words) -> None:
    root = folder({})
    (root / "notes.txt").write_text(CLAIM)
    with pytest.raises(BadTarget, match=words):
        targets([str(root / name)])


def test_a_file_finds_the_modules_beside_it_and_runs_no_other(folder) -> None:
    root = folder({"solution": "import helper\nx = helper.x", "helper": "x = 7", "bystander": "raise SystemExit"})
    assert imported(root / "solution.py").x == 7


def test_a_file_named_like_one_of_the_library_s_does_not_stand_in_for_it(folder) -> None:
    """Another student's `queue.py` is no part of this one's code."""
    root = folder({"solution": "import graphlib\nx = graphlib.TopologicalSorter", "graphlib": "raise SystemExit"})
    sys.modules.pop("graphlib", None)
    assert imported(root / "solution.py").x.__name__ == "TopologicalSorter"


def test_a_file_in_a_package_imports_relatively(folder) -> None:
    root = folder({"course/__init__": "", "course/helper": "x = 3", "course/solution": "from .helper import x"})
    assert imported(root / "course" / "solution.py").x == 3


def test_a_file_named_like_a_loaded_module_leaves_that_alone(folder) -> None:
    root = folder({"pytest": "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 4\nx = A().x"})
    assert imported(root / "pytest.py").x == 4
    assert sys.modules["pytest"] is pytest


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\ny = npp.ones(3)", "NameError: name 'npp' is not defined (line 2: y = npp.ones(3))"),
        ("def f(:", "SyntaxError: invalid syntax (line 1: def f(:)"),
        ("import helper", "ZeroDivisionError: division by zero (line 1: import helper)"),
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name' (line 1: import nothing_of_that_name)"),
        ("raise SystemExit(3)", "SystemExit: 3 (line 1: raise SystemExit(3))"),
        ("raise ValueError('one\\ntwo')", "ValueError: one (line 1: raise ValueError('one\\ntwo'))"),
        ("raise KeyError", "KeyError (line 1: raise KeyError)"),
    ],
)
def test_what_stops_an_import_is_told_with_the_user_s_own_line(folder, source, said) -> None:
    root = folder({"solution": source, "helper": "1 / 0"})
    with pytest.raises((Exception, SystemExit)) as caught:
        imported(root / "solution.py")
    assert told(caught.value, root / "solution.py").endswith(said)
