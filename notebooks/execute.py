"""Runs the notebooks and writes each beside its text, with its outputs: `python notebooks/execute.py [NN ...]`, all by default.

`NN_name.py` is what people edit, `NN_name.ipynb` is made of it. Nothing in a pair depends on when or where it was made, but for
the last digits of numbers and the pixels of pictures.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent
SOURCES = sorted(FOLDER.glob("[0-9][0-9]_*.py"))
SECONDS = 60
"""What a cell may take; a whole notebook should take less than twenty."""
METADATA = {
    "jupytext": {"formats": "ipynb,py:percent"},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python"},
}


def read(source: Path) -> Any:
    """The text as a notebook without outputs; a cell is known by its place."""
    notebook = jupytext.read(source, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(METADATA)
    for place, cell in enumerate(notebook.cells, start=1):
        tags = cell.metadata.get("tags")
        cell.id, cell.metadata = f"cell-{place:02}", nbformat.from_dict({"tags": tags} if tags else {})
    return notebook


def run(notebook: Any) -> Any:
    """The notebook with its outputs: from a kernel of its own, with this checkout's packages.

    Raises: CellExecutionError if a cell raises, CellTimeoutError if it takes too long.
    """
    path = os.pathsep.join(filter(None, (str(FOLDER.parent), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0", "JAX_PLATFORMS": "cpu"}
    how = {"timeout": SECONDS, "record_timing": False, "coalesce_streams": True}
    with tempfile.TemporaryDirectory() as folder:
        sockets = (
            {} if os.name == "nt" else {"transport": "ipc", "ip": f"{folder}/kernel"}
        )  # kernels side by side race for ports
        manager = AsyncKernelManager(kernel_name="python3", **sockets)
        client = NotebookClient(notebook, km=manager, resources={"metadata": {"path": str(FOLDER)}}, **how)
        client.execute(cleanup_kc=True, env={**environment, "IPYTHONDIR": folder})  # nobody's own profile
    notebook.metadata = nbformat.from_dict(METADATA)  # the kernel has written its version there
    return notebook


def pair(source: Path) -> Path:
    """Where the notebook stands that is made of a text."""
    return source.with_suffix(".ipynb")


def main(numbers: list[str]) -> None:
    for source in SOURCES:
        if not numbers or source.name[:2] in numbers:
            nbformat.write(run(read(source)), pair(source))
            print(pair(source).name)


if __name__ == "__main__":
    main(sys.argv[1:])
