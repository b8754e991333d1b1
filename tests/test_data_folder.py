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


posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")


def mode_of(path: Path) -> int:
    """The permission bits of a file, not of what it links to."""
    return stat.S_IMODE(path.lstat().st_mode)


@posix
@pytest.mark.parametrize("own", ["papo.lock", "papo.db", "papo.toml", "secret"])
def test_own_folder_is_closed_to_others(tmp_path: Path, own: str, caplog: pytest.LogCaptureFixture) -> None:
    """With everything in it, and the log says what was open."""
    uploads = tmp_path / "uploads" / "20260101"
    uploads.mkdir(parents=True)
    files = [tmp_path / own, tmp_path / "anything", uploads / "data"]
    for file in files:
        file.write_text("")
        file.chmod(0o666)
    for folder in (tmp_path, uploads.parent, uploads):
        folder.chmod(0o777)
    with acquire(tmp_path):
        assert {mode_of(file) for file in files} == {0o600}
        assert {mode_of(folder) for folder in (tmp_path, uploads.parent, uploads)} == {0o700}
    assert {record.args[0] for record in caplog.records} == {tmp_path, *files, uploads.parent, uploads}  # type: ignore[index]
    caplog.clear()
    acquire(tmp_path).close()
    assert caplog.records == []


@posix
def test_empty_folder_is_closed_and_used(tmp_path: Path) -> None:
    """As an operator or a container makes it; a volume of its own has `lost+found`."""
    tmp_path.chmod(0o755)
    (tmp_path / "lost+found").mkdir()
    acquire(tmp_path).close()
    assert mode_of(tmp_path) == 0o700


@posix
def test_open_folder_of_others_is_refused(tmp_path: Path) -> None:
    """One sentence; nothing is made or changed."""
    tmp_path.chmod(0o755)
    (tmp_path / "thesis.txt").write_text("")
    (tmp_path / "thesis.txt").chmod(0o644)
    with pytest.raises(StartError, match="not Papo's"):
        acquire(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]
    assert (mode_of(tmp_path), mode_of(tmp_path / "thesis.txt")) == (0o755, 0o644)


@posix
def test_folder_that_cannot_be_closed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one that belongs to another user and lets everybody write."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    tmp_path.chmod(0o777)
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(StartError, match=r"cannot be changed \(Operation not permitted\); run"):
        acquire(tmp_path)


@posix
def test_links_are_not_followed(tmp_path: Path) -> None:
    """What they point to is somebody else's, and keeps its mode."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("")
    (outside / "file").chmod(0o644)
    outside.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    (data / "secret").write_text("")
    (data / "file").symlink_to(outside / "file")
    (data / "folder").symlink_to(outside)
    (data / "nowhere").symlink_to(outside / "nothing")
    acquire(data).close()
    assert (mode_of(outside), mode_of(outside / "file")) == (0o755, 0o644)


@posix
def test_mask_of_the_process_is_as_before(tmp_path: Path) -> None:
    """While the folder is held, everything that is made is private; a caller's files are the caller's."""
    before = os.umask(0o022)
    try:
        with acquire(tmp_path):
            (tmp_path / "new").write_text("")
            (tmp_path / "sub").mkdir()
        (tmp_path / "later").write_text("")
    finally:
        os.umask(before)
    assert [mode_of(tmp_path / name) for name in ("new", "sub", "later")] == [0o600, 0o700, 0o644]
