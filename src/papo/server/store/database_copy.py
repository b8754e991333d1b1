"""A copy of a database in use, by SQLite's online backup API, in steps on the connection that writes.

What that connection commits meanwhile goes into the copy too, so no step begins again, no snapshot is held, and the
write-ahead log stays as small as ever; the copy is the database at the moment of the last step
(sqlite.org/backup.html). On any other connection each commit would start it again.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import apsw

from papo import free_space
from papo.i18n import _
from papo.private_file import create
from papo.server.store import preflight, schema
from papo.server.store.disk_errors import as_os_error, words
from papo.sync import sync_file

STEP_S = 0.002
"""What one step may take: others wait for so long to write."""
MAX_STEP_PAGES = 1_024
MAX_RESTARTS = 20
"""SQLite begins again after a rollback, which is rare; on a disk that refuses every other commit it would not end."""


class DatabaseCopy:
    """A copy that is being made. Used by the thread that writes."""

    def __init__(self, source: apsw.Connection, path: Path, vfs: str | None = None) -> None:
        """Begin. `path` must not exist. Raises OSError, apsw.Error."""
        create(path).close()
        self.path = path
        self.restarts = 0
        self._pages = 16
        self._copied = 0
        self._done = False
        self._target = apsw.Connection(str(path), vfs=vfs)
        # A copy that is cut off is deleted, so nothing of it needs to survive anything before the end.
        self._target.execute("PRAGMA journal_mode = OFF")
        self._target.execute("PRAGMA synchronous = OFF")
        self._backup = self._target.backup("main", source, "main")

    def step(self) -> bool:
        """Copy some pages; returns whether that was all. Raises OSError, apsw.Error."""
        began_s = time.perf_counter()
        try:
            self._backup.step(self._pages)
        except (apsw.FullError, apsw.IOError) as error:
            self._backup.close(force=True)  # only then does the target know what the operating system said
            told = as_os_error(self._target, error)
            if told.errno in free_space.NO_SPACE:
                raise told from error
            raise
        took_s = time.perf_counter() - began_s
        # Towards the number of pages that takes STEP_S on this disk.
        self._pages = min(MAX_STEP_PAGES, max(1, int(self._pages * min(2.0, STEP_S / max(took_s, 1e-6)))))
        copied = self._backup.page_count - self._backup.remaining
        if copied < self._copied:
            self.restarts += 1
        self._copied = copied
        if self.restarts > MAX_RESTARTS:
            raise OSError(_("too many commits failed meanwhile"))
        if self._backup.done:
            self._backup.finish()
            self._target.close()
            self._done = True
        return self._done

    def close(self) -> None:
        """End it; an unfinished copy is deleted. Safe to call twice."""
        self._backup.close(force=True)
        self._target.close(force=True)
        if not self._done:
            self.path.unlink(missing_ok=True)


def check_space(source: Path, folder: Path) -> None:
    """Raise OSError with a sentence if a copy of this database does not fit into the folder."""
    free_space.require(folder, sum(path.stat().st_size for path in (source, preflight.wal_of(source)) if path.exists()))


def copy_whole(source: apsw.Connection, path: Path) -> None:
    """A copy at once, for a database that nobody else writes; whole and synced, or not there.

    Raises OSError, apsw.Error.
    """
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    copy = DatabaseCopy(source, new)
    try:
        while not copy.step():
            pass
    finally:
        copy.close()
    sync_file(new)
    new.replace(path)


def copy_stopped(source: Path, path: Path) -> None:
    """A copy of the database of a server that does not run, which stays as it is, its log included.

    Raises OSError, and ValueError with a sentence if it is damaged.
    """
    if preflight.is_new(source):
        raise ValueError(_("{path}: there is no database to copy").format(path=source))
    preflight.inspect(source)
    check_space(source, path.parent)
    connection = None
    had_wal = preflight.has_wal(source)
    try:
        connection = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(had_wal))
        copy_whole(connection, path)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise preflight.damaged(source, str(error)) from error
    except apsw.Error as error:
        raise (OSError(words(error)) if connection is None else as_os_error(connection, error)) from error
    finally:
        if connection is not None:
            connection.close()


class Examined(NamedTuple):
    """What a copy holds."""

    schema: int
    """Its version."""
    counts: dict[str, int]


_COUNTS = (
    ("messages", "events", "SELECT count(*) FROM events WHERE said = 1"),
    ("accounts", "records", "SELECT count(*) FROM records WHERE kind = 'account'"),
    ("channels", "records", "SELECT count(*) FROM records WHERE kind = 'channel'"),
)
"""(name, table, query); the oldest databases lack a table."""


def examine(path: Path) -> Examined:
    """Check every page of a copy that nobody uses, and count. Raises ValueError with a sentence.

    Nothing is made beside it: `immutable` means that there is no log, and none is needed.
    """
    uri = f"{path.absolute().as_uri()}?immutable=1"
    try:
        connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            have = schema.first(connection, "PRAGMA user_version")
            if have > len(schema.files()):
                raise ValueError(_("its database was made by a newer Papo; install that one"))
            problem = schema.first(connection, "PRAGMA integrity_check(1)")
            if problem != "ok":
                raise ValueError(_("its database is damaged ({reason})").format(reason=problem))
            tables = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            if "events" not in tables:
                raise ValueError(_("its database is not one of Papo"))
            counts = {name: schema.first(connection, sql) for name, table, sql in _COUNTS if table in tables}
        finally:
            connection.close()
    except apsw.Error as error:
        raise ValueError(_("its database is damaged ({reason})").format(reason=error)) from None
    return Examined(have, counts)
