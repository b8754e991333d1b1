"""The core of the web client in Node, which comes as a wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).parent / "core"
NODE = Path(sys.executable).parent / ("node.exe" if sys.platform == "win32" else "node")


@pytest.mark.parametrize("name", sorted(path.name for path in CORE.glob("*.test.js")))
def test_core(name: str) -> None:
    """The tests in one file of core/, the shared vectors among them."""
    hooks = (CORE / "data_modules.js").as_uri()
    command = [str(NODE), f"--import={hooks}", "--test", "--test-reporter=tap", str(CORE / name)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
