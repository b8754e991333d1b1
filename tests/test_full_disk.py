"""Commands on a disk that takes no more: one sentence that says so, an exit code for supervisors, nothing half made.

The largest file that a process may write stands for the disk: it is the one limit that any user can set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from papo.private_file import close_all
from test_cli import SOURCE

OLD = Path(__file__).parent / "data" / "0.1.0" / "data"
if os.name == "nt":
    pytest.skip("Windows has no such limit", allow_module_level=True)
import resource  # noqa: E402 -- Windows has none


def papo_within(largest: int, *arguments: str | Path) -> tuple[int, str]:
    """Run `papo`, whose files may have so many bytes: (exit code, standard error)."""
    done = subprocess.run(
        [sys.executable, "-m", "papo", *map(str, arguments)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(SOURCE), "LANGUAGE": "en"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY)),
        timeout=60,
    )
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("papo: ")
    return done.returncode, done.stderr


def used(parent: Path) -> Path:
    """A data folder that is closed to other users already."""
    folder = shutil.copytree(OLD, parent / "data")
    folder.chmod(0o700)
    assert [*close_all(folder)]
    return folder


@pytest.mark.parametrize("largest", [0, 40_000, 200_000])
def test_salvage(tmp_path: Path, largest: int) -> None:
    """Whether the new database does not fit, or what is made beside it later."""
    code, sentence = papo_within(largest, "salvage", "--data", OLD, "--to", tmp_path / "new")
    assert code == 74
    assert "File too large" in sentence
    assert not (tmp_path / "new").exists()
    (tmp_path / "new").mkdir()
    assert papo_within(largest, "salvage", "--data", OLD, "--to", tmp_path / "new")[0] == 74
    assert [*(tmp_path / "new").iterdir()] == []


@pytest.mark.parametrize("largest", [0, 4096, 40_000])
def test_start_in_a_new_folder(tmp_path: Path, largest: int) -> None:
    """Nothing is said about permissions, which are as they should be."""
    code, sentence = papo_within(largest, "serve", "--data", tmp_path / "data", "--listen", "irc://127.0.0.1:0")
    assert code == 74
    assert "the disk is full" in sentence
    assert "permissions" not in sentence


def test_start_in_a_used_folder(tmp_path: Path) -> None:
    """Whose database is older, and has to be written."""
    folder = used(tmp_path)
    code, sentence = papo_within(4096, "serve", "--data", folder, "--listen", "irc://127.0.0.1:0")
    assert code == 74
    assert "the disk is full" in sentence


def test_backup(tmp_path: Path) -> None:
    """The copy of the database is what does not fit."""
    folder = used(tmp_path)
    code, sentence = papo_within(4096, "backup", tmp_path / "papo.tar.gz", "--data", folder)
    assert code == 2
    assert "File too large" in sentence
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
