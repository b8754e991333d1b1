"""The data folder and its lock."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from papo.config import StartError
from papo.data_folder import acquire, default_path

ACQUIRE = """
import sys, pathlib
from papo.data_folder import acquire
folder = acquire(pathlib.Path(sys.argv[1]))
print("acquired", flush=True)
sys.stdin.read()
"""


def acquire_elsewhere(path: Path) -> subprocess.Popen[str]:
    """Start a process that has the folder until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", ACQUIRE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent / "src")},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "acquired\n"
    return process


def close(process: subprocess.Popen[str]) -> None:
    """Wait for the end of the process, and close its pipes."""
    with process:
        process.wait()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_folder_is_private(tmp_path: Path) -> None:
    """A folder that did not exist is made for its owner alone."""
    with acquire(tmp_path / "a" / "data") as folder:
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder.path / "papo.lock").stat().st_mode) == 0o600


def test_second_server_is_refused(tmp_path: Path) -> None:
    """A second process is refused with the id of the first, whose lock stays."""
    first = acquire_elsewhere(tmp_path)
    for _attempt in range(2):
        with pytest.raises(StartError, match=rf"in use by another server \(process {first.pid}\)"):
            acquire(tmp_path)
    first.communicate("")


def test_lock_goes_with_the_process(tmp_path: Path) -> None:
    """After `kill -9` the next server starts at once, over the lock file left behind."""
    first = acquire_elsewhere(tmp_path)
    first.kill()
    close(first)

    with acquire(tmp_path) as folder:
        assert (tmp_path / "papo.lock").read_bytes().split() == [str(os.getpid()).encode()]
        assert folder.path == tmp_path


def test_closed_folder_can_be_taken_again(tmp_path: Path) -> None:
    """`close` lets the folder go while the process lives on."""
    acquire(tmp_path).close()
    acquire(tmp_path).close()


def test_file_in_the_folders_place_is_one_sentence(tmp_path: Path) -> None:
    """A folder that cannot be made is refused with the reason and what to do."""
    (tmp_path / "data").write_text("")

    with pytest.raises(StartError, match=r"cannot be used .*--data"):
        acquire(tmp_path / "data")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is read-only for root")
def test_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    """A folder that cannot be written to is refused."""
    tmp_path.chmod(0o500)

    with pytest.raises(StartError, match="Permission denied"):
        acquire(tmp_path)


def test_usual_folder_is_named_after_papo() -> None:
    """The platform's folder is absolute and ours."""
    assert default_path().is_absolute()
    assert default_path().name == "papo"
