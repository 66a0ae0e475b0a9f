"""The README's blocks run, and print what it says they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)


def told(text: str) -> list[str]:
    """The lines with their numbers to six digits, without error bars and seconds, which differ from one processor to another."""
    text = re.sub(r" \+/- \S+|, \d+\.\d s$", "", text, flags=re.MULTILINE)
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.6g}", text).split("\n")


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_what_the_readme_says(code: str, printed: str, tmp_path: Path) -> None:
    """In a folder of its own, where it may write files."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    how = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": path}, "timeout": 120}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, **how)
    assert run.returncode == 0, run.stderr
    assert told(run.stdout) == told(printed)


def test_every_python_block_has_its_output_below_it() -> None:
    assert len(EXAMPLES) == README.count("```python")
