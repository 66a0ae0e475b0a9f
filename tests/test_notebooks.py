"""Every notebook runs, says what its pair says, and its exercise tells a wrong answer from the solution that it gives."""

from __future__ import annotations

import importlib.util
import re
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9][0-9]_*.py"))
EXTRA = ("jupytext", "nbclient", "ipykernel", "matplotlib")
missing = [name for name in EXTRA if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(missing), reason=f"the extra `notebooks` is not installed: no {', '.join(missing)}"
)


def execute() -> ModuleType:
    """notebooks/execute.py, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tagged(notebook: Any, tag: str) -> Any:
    (cell,) = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
    return cell


def solution(notebook: Any) -> str:
    """The one block of Python that is folded away."""
    folded = [
        part for cell in notebook.cells for part in re.findall(r"<details>(.*?)</details>", cell.source, re.DOTALL)
    ]
    (code,) = re.findall(r"```python\n(.*?)```", "".join(folded), re.DOTALL)
    return str(code)


def solved(notebook: Any) -> Any:
    """The notebook with a student at its end who has found the solution and asks for the verdict again."""
    longer = deepcopy(notebook)
    for tag, source in (("exercise", solution(notebook)), ("judge", tagged(notebook, "judge").source)):
        cell = deepcopy(tagged(notebook, tag))
        cell.update(source=source, id=f"{tag}-again", metadata={})
        longer.cells.append(cell)
    return longer


def told(output: Any) -> str:
    """What stays the same on every processor: numbers to six digits, no error bars, and not how well floats did."""
    data = output.get("data", {})
    text = re.sub(r" ?(\+/-|±) ?\S+", "", output.get("text", "") or data.get("text/plain", ""))
    text = re.sub(r"rounding \S+ ulp|with JAX to \d+ digits", "...", text)
    text = re.sub(r"-?\d+\.\d+(e[+-]?\d+)?", lambda number: f"{float(number[0]):.6g}", text)
    return f"{output.output_type}: {text}{' with a picture' if 'image/png' in data else ''}"


def all_told(cell: Any) -> list[str]:
    return [told(output) for output in cell.get("outputs", [])]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_notebook_runs_and_says_what_its_pair_says(source: Path) -> None:
    import nbformat

    machinery = execute()
    text, there = machinery.read(source), nbformat.read(machinery.pair(source), as_version=4)
    outdated = f"{source.name}: its pair is outdated, run `python notebooks/execute.py {source.name[:2]}`"
    assert [(c.cell_type, c.source) for c in text.cells] == [(c.cell_type, c.source) for c in there.cells], outdated
    *cells, _, again = machinery.run(solved(text)).cells
    for fresh, kept in zip(cells, there.cells, strict=True):
        assert all_told(fresh) == all_told(kept), outdated
    assert "agrees" in verdict(again), "the solution is not judged to agree"
    assert "agrees" not in verdict(tagged(there, "judge")), "the first attempt is no mistake"


def verdict(cell: Any) -> str:
    """The first word of what a cell says."""
    text = "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
    return re.split(r"[:\s]", text)[0]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_pair_was_made_without_a_warning_and_tells_no_path(source: Path) -> None:
    kept = source.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert '"stderr"' not in kept
    assert not re.findall(r"/(?:home|root|tmp|usr|work|Users)/\S*", kept)


def test_every_pair_has_its_text_and_stands_in_the_readme() -> None:
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert sorted(FOLDER.glob("*.ipynb")) == [source.with_suffix(".ipynb") for source in SOURCES]
    assert not [s.name for s in SOURCES if f"(notebooks/{s.with_suffix('.ipynb').name})" not in readme]
