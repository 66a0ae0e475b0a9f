"""What every test may ask for."""

from __future__ import annotations

import gc
import os
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("short", max_examples=15, deadline=None, derandomize=True, suppress_health_check=slow)
settings.register_profile("long", max_examples=2000, deadline=None, suppress_health_check=slow)
settings.load_profile("short")  # before pytest's plugin loads the one that the command line asks for


def pytest_configure(config: pytest.Config) -> None:
    """What JAX compiles for one worker, notebook or example, it need not compile for the others: a third of the suite's time."""
    kept = {
        "JAX_COMPILATION_CACHE_DIR": str(config.rootpath / ".pytest_cache" / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    for name, value in kept.items():
        os.environ.setdefault(name, value)
    gc.set_threshold(
        20_000, 20, 100
    )  # balls are many and small, and none refers to another: a twelfth of the suite's time


@pytest.fixture
def undiagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    """For laws about verdicts alone, over hundreds of wrong gradients: nobody looks for the mistake, which takes longest."""
    monkeypatch.setattr("autocheck.judge.cause_of", lambda *_: None)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers of the test's own: its name is the seed, so order and workers change nothing. Shown on failure."""
    seed = zlib.crc32(request.node.nodeid.encode())
    request.node.add_report_section("setup", "rng", f"np.random.default_rng({seed})")
    return np.random.default_rng(seed)
