"""The README's blocks run, and print what it says they print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)


def told(text: str) -> list[str]:
    """The lines with their numbers to six digits and without error bars, which differ from one processor to another."""
    text = re.sub(r" \+/- \S+", "", text)
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.6g}", text).split("\n")


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_what_the_readme_says(code: str, printed: str) -> None:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    assert told(run.stdout) == told(printed)


def test_every_python_block_has_its_output_below_it() -> None:
    assert len(EXAMPLES) == README.count("```python")
