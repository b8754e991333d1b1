"""What is installed is pinned by hash, and comes from the package index alone (F34)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_has_a_version_and_hashes(lock: Path) -> None:
    """No address, no repository, no option that loosens it."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(
            r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;]+(\s*;[^-]*(?:-[^-][^-]*)*?)?\s+--hash=sha256:[0-9a-f]{64}", line
        ), line
        assert "://" not in line
        assert set(re.findall(r"--\w+", line)) == {"--hash"}, line


def test_the_tools_of_the_web_client_are_pinned_too() -> None:
    """Every package of the lock file has a hash and comes from npm's registry."""
    lock = json.loads((ROOT / "tests/server/web/types/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    for name, each in packages.items():
        assert each["integrity"].startswith("sha512-"), name
        assert each.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/"), name
