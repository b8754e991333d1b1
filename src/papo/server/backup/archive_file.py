"""The file of a backup: written beside, read again, and put in place whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from papo import free_space
from papo.config.errors import StartError
from papo.i18n import _
from papo.lock import acquire
from papo.server.backup import pack, unpack
from papo.server.backup.manifest import Manifest
from papo.sync import sync_folder

NEW = ".new"
"""What the name of a file ends in while it is written."""
GZIP_MAGIC = b"\x1f\x8b"
AGE_MAGIC = b"age-encryption.org/"
PIECE_BYTES = 1 << 20
"""How much is written between two pauses, and two looks at the free space. All of it at the end would keep the disk
from the server's own syncs, which its users wait for."""
MAX_PAUSE_S = 0.1
"""Pauses are as long as what was between them: half of the time is for others."""


def save(folder: Path, manifest: Manifest, path: Path, passphrase: str) -> int:
    """Write a folder's backup to `path`, and read it again; returns its bytes. `passphrase`: "" for none.

    A backup that is there is replaced, anything else is not. Raises StartError, and then there is no new file.
    """
    _refuse_others(path)
    new = path.with_name(path.name + NEW)
    try:
        with _locked_new(new) as file:
            try:
                write(folder, manifest, cast("BinaryIO", _Careful(file, path.parent)), passphrase)
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
                file.seek(0)
                if check(file, str(path), passphrase) != manifest:
                    raise StartError(_("{path}: the disk does not give back what was written").format(path=path))
            except BaseException:
                new.unlink()
                raise
        new.replace(path)
        sync_folder(path.parent)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or error
        raise StartError(
            _("{path}: the backup could not be written ({reason})").format(path=path, reason=reason)
        ) from None
    return size


def write(folder: Path, manifest: Manifest, out: BinaryIO, passphrase: str) -> None:
    """Write it to a stream, encrypted if there is a passphrase. Raises OSError, ValueError, StartError."""
    if not passphrase:
        pack.write(folder, manifest, out)
        return
    from papo.server.backup.age import Encryption  # noqa: PLC0415 -- 50 ms, only with a passphrase

    encryption = Encryption(out, passphrase)
    pack.write(folder, manifest, cast("BinaryIO", encryption))
    encryption.close()


def check(file: BinaryIO, name: str, passphrase: str) -> Manifest:
    """Read all of a backup and compare every hash. Raises StartError."""
    return unpack.check(decrypted(Peeked(file), name, passphrase), name)


class Peeked:
    """A stream, perhaps a pipe, whose first bytes have been looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._first = file.read(len(AGE_MAGIC))
        self.is_backup = self._first.startswith((GZIP_MAGIC, AGE_MAGIC))
        """Whether it begins like one."""
        self.is_encrypted = self._first == AGE_MAGIC

    def read(self, size: int = -1) -> bytes:
        """As `BinaryIO.read`."""
        if not self._first:
            return self._file.read(size)
        if size < 0:
            size = len(self._first)
        data, self._first = self._first[:size], self._first[size:]
        return data


def decrypted(file: Peeked, name: str, passphrase: str) -> BinaryIO:
    """A backup to be read, decrypted if it is encrypted. `name`: for the sentence. Raises StartError."""
    if not file.is_backup:
        raise StartError(_("{name}: this is no backup of Papo").format(name=name))
    if not file.is_encrypted:
        return cast("BinaryIO", file)
    from papo.server.backup.age import Decryption  # noqa: PLC0415 -- 50 ms, only with a passphrase

    with unpack.sentences(name):
        return cast("BinaryIO", Decryption(cast("BinaryIO", file), passphrase))


class _Careful:
    """A file that leaves the disk time and space for others."""

    def __init__(self, file: BinaryIO, folder: Path) -> None:
        self._file = file
        self._folder = folder
        self._unwritten = PIECE_BYTES
        self._resumed_s = time.monotonic()

    def write(self, data: bytes) -> int:
        """As `BinaryIO.write`. Raises OSError."""
        self._unwritten += len(data)
        if self._unwritten >= PIECE_BYTES:
            self._unwritten = 0
            self._file.flush()
            if hasattr(os, "posix_fadvise"):
                # Writes the pages out, but commits no journal, which the server's own syncs would wait for.
                os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            time.sleep(min(MAX_PAUSE_S, time.monotonic() - self._resumed_s))
            self._resumed_s = time.monotonic()
            free_space.require(self._folder, PIECE_BYTES)
        return self._file.write(data)

    def flush(self) -> None:
        """As `BinaryIO.flush`."""
        self._file.flush()


@contextlib.contextmanager
def _locked_new(new: Path) -> Iterator[BinaryIO]:
    """The file beside, empty and locked: one that a killed backup has left is taken over, one being written is not."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(new, flags, 0o600), "r+b") as file:
        try:
            acquire(cast("BinaryIO", file))
        except OSError:
            raise StartError(_("{path}: another backup is being written there").format(path=new)) from None
        found = os.fstat(file.fileno())
        if (
            not stat.S_ISREG(found.st_mode)
            or found.st_nlink != 1
            or (found.st_size and not Peeked(cast("BinaryIO", file)).is_backup)
        ):
            raise StartError(_("{path}: this is in the way; move it away").format(path=new))
        with contextlib.suppress(AttributeError):  # not on Windows
            os.fchmod(file.fileno(), 0o600)
        file.seek(0)
        file.truncate()
        yield cast("BinaryIO", file)


def _refuse_others(path: Path) -> None:
    """Raise StartError if there is something that is no backup."""
    if not path.parent.is_dir():
        raise StartError(_("{path}: there is no such folder").format(path=path.parent))
    if not os.path.lexists(path):
        return
    try:
        if stat.S_ISREG(path.lstat().st_mode):
            with path.open("rb") as file:
                if Peeked(file).is_backup:
                    return
    except OSError:
        pass
    raise StartError(_("{path}: this is no backup, and is not overwritten; choose another name").format(path=path))
