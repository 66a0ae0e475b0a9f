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

FILES = re.findall(r"```py\n(# (test_\w+\.py)\n.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)
(WORKFLOW,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)


def told(text: str) -> list[str]:
    """The lines with their numbers to six digits, but for error bars, ulp and seconds, which the processor decides."""
    text = re.sub(r" +\+/- \S+|, \d+\.\d s$| \d+\.\d ulp", "", text, flags=re.MULTILINE)
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.6g}", text).split("\n")


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_what_the_readme_says(code: str, printed: str, tmp_path: Path) -> None:
    """In a folder of its own, where it may write files."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    how = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": path}, "timeout": 120}
    if "import torch" in code:
        pytest.importorskip("torch", reason="the example for torch runs where torch is installed")
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    run = subprocess.run([sys.executable, "example.py"], capture_output=True, text=True, check=False, **how)
    assert run.returncode == 0, run.stderr
    assert told(run.stdout) == told(printed)


def test_every_python_block_has_its_output_below_it() -> None:
    assert len(EXAMPLES) == README.count("```python")


# --- tests and the workflow that runs them ---------------------------------------------------------------------------


def pytest_on(folder: Path, *arguments: str) -> str:
    """What pytest prints in a folder, with this checkout's plugin and xdist."""
    code, name, _ = FILES[0]
    (folder / name).write_text(code, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "GITHUB_STEP_SUMMARY": "",
    }
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "autocheck.pytest_plugin", *arguments]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_the_tests_say_what_the_readme_says(tmp_path: Path) -> None:
    printed = FILES[0][2]
    assert told(printed) == told(re.split("=+ autocheck =+\n", pytest_on(tmp_path))[1].partition("\n=")[0] + "\n")


def test_every_block_of_tests_is_run() -> None:
    assert len(FILES) == README.count("```py\n") == 1


def test_the_workflow_leaves_behind_what_it_uploads(tmp_path: Path) -> None:
    (command,) = re.findall(r"- run: pytest (.*)", WORKFLOW)
    pytest_on(tmp_path, *command.split())
    assert all((tmp_path / path).is_file() for path in [*re.findall(r" path: (.*)", WORKFLOW), "junit.xml"])


def test_the_workflow_uses_what_our_own_uses() -> None:
    own = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    used = dict(re.findall(r"uses: (\S+)@(\S+)", WORKFLOW))
    assert set(re.findall(r"uses: (\S+)@(\S+)", own)) <= used.items()
