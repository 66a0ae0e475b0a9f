"""Where the user's code stands, in the words of whoever reads it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import autocheck
from autocheck.lifted.run import file_name


def test_a_file_is_known_by_its_name() -> None:
    assert file_name("/somewhere/homework.py") == "homework.py"


def test_the_cell_of_a_notebook_is_known_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPython compiles each cell as a file of its own, whose name tells a reader nothing."""
    cells = {__file__: ("Cell", "In[3]")}
    shell = SimpleNamespace(compile=SimpleNamespace(format_code_name=cells.get))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    report = autocheck.check_gradient(lambda x: np.sum(np.tanh(x)), lambda x: np.ones(2), np.array([0.5, 1.0]))
    assert "`np.tanh(x)` (In[3]:" in str(report)
    assert file_name("homework.py") == "homework.py"
