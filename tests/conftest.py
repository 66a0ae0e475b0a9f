"""What every test may ask for."""

from __future__ import annotations

import zlib

import numpy as np
import pytest


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers of the test's own: its name is the seed, so order and workers change nothing. Shown on failure."""
    seed = zlib.crc32(request.node.nodeid.encode())
    request.node.add_report_section("setup", "rng", f"np.random.default_rng({seed})")
    return np.random.default_rng(seed)
