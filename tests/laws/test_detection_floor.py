"""What a report says that it would have seen, it would have seen: an error of twice that at entries drawn at random.

A few draws of each kind; `benchmarks/detection_floor.py` makes a thousand.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "detection_floor.py"
NAMES = (
    "a polynomial",
    "a linear function",
    "softplus, of mixed sizes",
    "rounded constants",
    "a kink in the second derivative",
    "in float32",
    "along directions",
    "in floats",
)


@pytest.fixture(scope="module")
def script() -> Any:
    import sys

    spec = importlib.util.spec_from_file_location("detection_floor", PATH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["detection_floor"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_claim_of_the_script_is_tested(script: Any) -> None:
    assert tuple(script.CLAIMS) == NAMES


@pytest.mark.usefixtures("undiagnosed")
@pytest.mark.parametrize("name", NAMES)
def test_twice_the_floor_at_a_random_entry_turns_the_verdict(script: Any, name: str) -> None:
    claim = script.CLAIMS[name]
    floor = script.reported_floor(claim)
    assert not list(script.unseen(claim, floor, draws=6, seed=1))
