"""What a figure was measured on: processor, cores, versions, BLAS. `python benchmarks/machine.py` prints it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = ("handgrad", "numpy", "scipy", "jax", "jaxlib", "python-flint", "torch")


def facts() -> dict[str, Any]:
    """The facts, ready for JSON."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "blas": f"{blas['name']} {blas['version']}",
        "blas kernel": _kernel(),
    }


def text() -> str:
    """The facts, one to a line."""
    lines = {**facts()}
    lines["versions"] = ", ".join(f"{name} {version}" for name, version in lines["versions"].items())
    return "\n".join(f"{name:<12} {fact}" for name, fact in lines.items())


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _kernel() -> str:
    """The processor family and the number of threads that the BLAS has chosen, where threadpoolctl can tell."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown (pip install threadpoolctl)"
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(f"{pool.get('architecture', 'unknown')} on {pool['num_threads']} threads" for pool in pools[:1])


if __name__ == "__main__":
    print(text())
