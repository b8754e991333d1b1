"""The data folder, and the lock that keeps a second server out of it. It does not know what is stored there."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from pathlib import Path
from typing import BinaryIO, Self

from papo.config.errors import DiskFailedError, StartError
from papo.free_space import NO_SPACE
from papo.i18n import _
from papo.lock import acquire as acquire_lock
from papo.private_file import OTHERS, close_all, open_lock

log = logging.getLogger(__name__)

LOCK = "papo.lock"
OWN = {LOCK, "papo.db", "papo.toml", "secret"}
"""One of these is in every folder of Papo's."""
USED = ("papo.db", "secret", "uploads")
"""One of these is in every folder that a server has used."""
_PID_BYTES = 20


class InUseError(StartError):
    """Another server uses the folder."""


class Folder:
    """A data folder that is locked until `close`, or until the process ends, however that ends."""

    def __init__(self, path: Path, lock: BinaryIO) -> None:
        self.path = path
        self._lock = lock
        self._umask = os.umask(OTHERS)  # whatever this process makes from now on is its owner's alone

    def close(self) -> None:
        """Release the lock. Its file stays: deleting it would let two servers in."""
        os.umask(self._umask)
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def default_path() -> Path:
    """The platform's folder for a user's data, such as ~/.local/share/papo."""
    from platformdirs import user_data_path  # noqa: PLC0415 - 13 ms that `--data` saves

    return user_data_path("papo", appauthor=False)


def acquire(path: Path) -> Folder:
    """Make the folder if there is none (mode 0700), lock it, and close it and what is in it to other users.

    Raises:
        StartError: the folder cannot be made, written or closed to others, or is open to them and is not Papo's.
        InUseError: another server uses it.
    """
    try:
        if not path.is_dir():
            path.mkdir(mode=0o700, parents=True)
        _close_folder(path)
        # Not truncated: another server's process number is to be read, not erased.
        lock = open_lock(path / LOCK)
    except OSError as error:
        raise _unusable(path, error) from None
    try:
        acquire_lock(lock)
    except OSError:
        owner = read_owner(lock)
        lock.close()
        raise InUseError(
            _(
                "{path}: already in use by another server (process {process}); "
                "stop that one, or choose another folder with --data"
            ).format(path=path, process=owner or "?")
        ) from None
    try:
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()).encode().ljust(_PID_BYTES))
        for each in close_all(path):
            log.warning("%s was open to other users of this machine, and no longer is", each)
    except OSError as error:
        lock.close()
        raise _unusable(path, error) from None
    return Folder(path, lock)


def _close_folder(path: Path) -> None:
    """Close the folder itself to others, if it is Papo's or empty. Raises StartError, OSError."""
    if os.name == "nt" or not path.stat().st_mode & OTHERS:
        return
    names = {entry.name for entry in path.iterdir()} - {"lost+found"}
    if names and names.isdisjoint(OWN):
        sentence = _(
            "{path}: other users of this machine can enter this folder, and what is in it is not Papo's; "
            "choose a new folder with --data"
        )
        raise StartError(sentence.format(path=path))
    try:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
    except OSError as error:
        sentence = _(
            "{path}: other users of this machine can enter this folder, and that cannot be changed ({reason}); "
            'run "chmod go= {path}" as its owner, or choose a new folder in it with --data'
        )
        raise StartError(sentence.format(path=path, reason=error.strerror)) from None
    if names:
        log.warning("%s was open to other users of this machine, and no longer is", path)


def _unusable(path: Path, error: OSError) -> StartError:
    if error.errno in NO_SPACE:
        sentence = _("{path}: the disk is full ({reason}); make room, or choose another folder with --data")
        return DiskFailedError(sentence.format(path=path, reason=error.strerror))
    sentence = _(
        "{path}: the data folder cannot be used ({reason}); check its permissions, or choose another with --data"
    )
    return StartError(sentence.format(path=path, reason=error.strerror))


def was_used(path: Path) -> bool:
    """Whether a server's data is there, damaged or not. Of a folder that cannot be read, whoever opens it says so."""
    try:
        return not set(USED).isdisjoint(entry.name for entry in path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def is_in_use(path: Path) -> bool:
    """Whether a server uses the folder now. Nothing is made or changed."""
    try:
        with (path / LOCK).open("r+b", 0) as lock:
            acquire_lock(lock)
    except FileNotFoundError:
        return False
    except OSError:
        # Locked, or not ours to open: then no owner can be asked, and to take it for running does no harm.
        return True
    return False


def read_owner(lock: BinaryIO) -> str:
    """The process number that the lock's owner has written; "" if it cannot be read."""
    with contextlib.suppress(OSError):
        lock.seek(0)
        text = lock.read(_PID_BYTES).strip()
        if text.isdigit():
            return text.decode()
    return ""
