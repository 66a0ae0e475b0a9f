"""What a notebook only shows, because it needs what not everybody has, does what the notebook quotes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import autocheck

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "07_check_your_own_gradient.py"


def test_the_recipe_for_torch_prints_what_is_quoted_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    text = re.sub(r"^# ?", "", NOTEBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    ((code, quoted),) = re.findall(r"```python\n(import torch\n.*?)```\n\n```text\n(.*?)```", text, re.DOTALL)
    exec(code, {"autocheck": autocheck, "z": np.array([-2.0, 0.3, 1.5])})
    assert told(capsys.readouterr().out) == told(quoted)


def told(text: str) -> str:
    """Without error bars and the last digits, which differ between processors."""
    text = re.sub(r" \+/- \S+", "", text)
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.6g}", text)
