"""Files and folders that nobody but their owner can read, from the first moment on."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from papo.sync import sync_folder

OTHERS = 0o077
"""What a mode grants to everybody but the owner."""


def create(path: Path) -> BinaryIO:
    """Open a new file for writing. Raises OSError, FileExistsError if there is one."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file whole or not at all, in place of the one that may be there; it is on disk when the `with` ends.

    Until then it is beside, as `name.PID.new`, which an error deletes. Raises OSError.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)  # a program that was killed had the same number
    try:
        with create(fresh) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def open_lock(path: Path) -> BinaryIO:
    """Open a file to lock it, made if there is none; what is in it stays. Raises OSError."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600), "r+b", 0)


def copy_file(source: Path, path: Path) -> None:
    """Copy a file to one that does not exist. Raises OSError."""
    with source.open("rb") as old, create(path) as new:
        shutil.copyfileobj(old, new)


def make_folder(path: Path) -> None:
    """Make a folder, and close one that is there already to others. Raises OSError."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # somebody else's: what is in it is closed all the same
        close_to_others(path)


def is_open_to_others(path: Path) -> bool:
    """Whether a file or folder grants anything to anybody but its owner; links, sockets and devices do not count.

    Raises OSError.
    """
    mode = path.lstat().st_mode
    return os.name != "nt" and bool(mode & OTHERS) and (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def close_to_others(path: Path) -> bool:
    """Take a file or folder from everybody but its owner; returns whether it was open to others.

    Links are not followed, and nothing else that has a mode (sockets, devices) is changed. Raises OSError.
    """
    if not is_open_to_others(path):
        return False
    # Nobody can put a link in its place meanwhile.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode) & ~OTHERS)
    finally:
        os.close(descriptor)
    return True


def close_all(folder: Path) -> Iterator[Path]:
    """Close what is in a folder to others; yields what was open to them. Raises OSError.

    A folder that is closed is not searched: nobody gets to what is in it.
    """
    for entry in sorted(folder.iterdir()):
        if close_to_others(entry):
            yield entry
            if entry.is_dir() and not entry.is_symlink():
                yield from close_all(entry)
