"""A disk of which one operation fails, any one: an SQLite VFS that counts what it is asked for.

The method is SQLite's own ("I/O error testing", https://sqlite.org/testing.html#i_o_error_testing): do the same work
again and again, and let the first operation fail, then the second, until the work is done without reaching the fault.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, NamedTuple

import apsw

_numbers = itertools.count()
ERRORS: dict[str, dict[str, int]] = {
    "EIO": {
        "open": apsw.SQLITE_CANTOPEN,
        "read": apsw.SQLITE_IOERR_READ,
        "write": apsw.SQLITE_IOERR_WRITE,
        "sync": apsw.SQLITE_IOERR_FSYNC,
        "truncate": apsw.SQLITE_IOERR_TRUNCATE,
        "size": apsw.SQLITE_IOERR_FSTAT,
        "lock": apsw.SQLITE_IOERR_LOCK,
        "delete": apsw.SQLITE_IOERR_DELETE,
        "access": apsw.SQLITE_IOERR_ACCESS,
    },
    "ENOSPC": {"open": apsw.SQLITE_CANTOPEN, "write": apsw.SQLITE_FULL},
    "ENOMEM": {
        "open": apsw.SQLITE_NOMEM,
        "read": apsw.SQLITE_IOERR_NOMEM,
        "write": apsw.SQLITE_IOERR_NOMEM,
        "access": apsw.SQLITE_IOERR_NOMEM,
    },
}
ERRORS["power"] = ERRORS["EIO"]
"""What SQLite's own VFS answers for each operation; an operation that is missing cannot fail in this way."""


class Fault(NamedTuple):
    """Which operation fails, and how."""

    at: int
    """Of the operations that can fail in this way, counted from 1; 0: none fails."""
    error: str
    """A key of `ERRORS`; `power` takes a `PowerLossDisk`."""
    stays: bool = False
    """Whether every later operation of the kinds fails too, until the disk is changed for another."""


NO_FAULT = Fault(0, "EIO")


class FaultyDisk(apsw.VFS):
    """Register by creating; pass `name` to the store as its VFS and keep the object alive."""

    def __init__(self) -> None:
        self.name = f"faulty-{next(_numbers)}"
        self._fault = NO_FAULT
        self._count = 0
        self.failed = ""
        """The operation that has failed, and of which file; "" if none has."""
        super().__init__(self.name, "")

    def arm(self, fault: Fault) -> None:
        """Count from here."""
        self._fault = fault
        self._count = 0
        self.failed = ""

    @property
    def count(self) -> int:
        """How many operations that can fail there have been since `arm`."""
        return self._count

    def restart(self, folder: Path) -> Path:
        """The folder as the next start finds it."""
        self.arm(NO_FAULT)
        return folder

    def check(self, operation: str, file: str) -> None:
        """Count an operation. Raises what SQLite is to see instead of it."""
        code = ERRORS[self._fault.error].get(operation)
        if code is None:
            return
        self._count += 1
        if self._fault.at and (self._count == self._fault.at or (self._fault.stays and self._count > self._fault.at)):
            self.failed = self.failed or f"{operation} {file}"
            raise apsw.exception_for(code)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        """Open a file of this disk."""
        self.check("open", ending(name))
        return FaultyFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001 -- apsw's name
        """Delete a file."""
        self.check("delete", ending(filename))
        super().xDelete(filename, syncdir)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802 -- apsw's name
        """Whether a file is there."""
        self.check("access", ending(pathname))
        return super().xAccess(pathname, flags)


class FaultyFile(apsw.VFSFile):
    """A file of it."""

    def __init__(self, disk: FaultyDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        self.ending = ending(name)
        """As `ending`."""
        super().__init__("", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 -- apsw's name
        """Read bytes."""
        self._disk.check("read", self.ending)
        return super().xRead(amount, offset)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 -- apsw's name
        """Write bytes."""
        self._disk.check("write", self.ending)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 -- apsw's name
        """Bring what was written to the disk."""
        self._disk.check("sync", self.ending)
        super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 -- apsw's name
        """Cut it."""
        self._disk.check("truncate", self.ending)
        super().xTruncate(newsize)

    def xFileSize(self) -> int:  # noqa: N802 -- apsw's name
        """Its size in bytes."""
        self._disk.check("size", self.ending)
        return super().xFileSize()

    def xLock(self, level: int) -> None:  # noqa: N802 -- apsw's name
        """Lock it."""
        self._disk.check("lock", self.ending)
        super().xLock(level)


def ending(name: str | apsw.URIFilename | None) -> str:
    """What tells the files of a database apart: `-wal`, `-journal`, or `.db`."""
    text = name if isinstance(name, str) else "" if name is None else name.filename()
    return next((each for each in ("-wal", "-journal", "-shm") if text.endswith(each)), ".db")
