"""What SQLite's errors say about the disk (docs/decisions/0024-disk-failures.md)."""

from __future__ import annotations

import errno
import logging
import os

import apsw

from papo import free_space

BROKEN = (apsw.IOError, apsw.CorruptError, apsw.NotADBError, apsw.ReadOnlyError, apsw.PermissionsError)
"""Errors of the disk or the file, after which nothing is written until a restart. After others the next commit may
succeed: there may be space or memory again, the lock may be released, the batch was wrong."""
log = logging.getLogger(__name__)

UNIX_NO_SPACE = free_space.NO_SPACE
WINDOWS_NO_SPACE = frozenset({112, 1295, 223})
"""ERROR_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED, ERROR_FILE_TOO_LARGE. What is EFBIG elsewhere is a bad sector there."""
NO_SPACE = WINDOWS_NO_SPACE if os.name == "nt" else UNIX_NO_SPACE
"""A full disk, a quota, and the largest file that there may be, as the operating system numbers them."""


class DiskFailed(ValueError):
    """The disk does not read or write what it should. The text is a sentence."""


def lacks_space(connection: apsw.Connection, error: BaseException) -> bool:
    """Whether the last error was a write that found no space. A quota is an IOError, and a sync no write."""
    if isinstance(error, apsw.FullError):
        return True
    return getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_WRITE and connection.system_errno in NO_SPACE


def as_os_error(connection: apsw.Connection, error: apsw.Error) -> OSError:
    """The same as the operating system says it: SQLite's own words tell a full disk from no other failure.

    `connection` is not closed yet. On Windows its numbers are not those of `errno`, and SQLite's words stay.
    """
    number = 0
    if isinstance(error, apsw.FullError) or (os.name == "nt" and lacks_space(connection, error)):
        number = errno.ENOSPC
    elif isinstance(error, (apsw.IOError, apsw.CantOpenError)) and os.name != "nt":
        number = connection.system_errno
    return OSError(number, os.strerror(number)) if number else OSError(words(error))


def close(connection: apsw.Connection) -> apsw.Error | None:
    """Close a connection, whatever the disk says to it: it is closed all the same. Returns what the disk said."""
    try:
        connection.close()
    except apsw.Error as error:
        log.warning("a connection to the database was not closed cleanly: %s", words(error))
        return error
    return None


def words(error: BaseException) -> str:
    """The error for the log."""
    return f"{type(error).__name__}: {error}"
