"""Files of one user alone, whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from papo.private_file import replacing


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """What a program with the same number has left beside is of no use, and the old file's mode is not kept."""
    path = tmp_path / "notes.json"
    path.write_bytes(b"old and longer")
    path.chmod(0o644)
    (tmp_path / f"notes.json.{os.getpid()}.new").write_bytes(b"left by a program that was killed")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old and longer"
    assert path.read_bytes() == b"new"
    assert os.name == "nt" or not path.stat().st_mode & 0o077
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()])
def test_a_file_that_is_cut_off_changes_nothing(tmp_path: Path, error: BaseException) -> None:
    """The old one stays, and nothing is left beside."""
    path = tmp_path / "notes.json"
    path.write_bytes(b"old")

    def write_half() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
