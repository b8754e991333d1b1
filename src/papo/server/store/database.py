"""Opens the database: looked at first, then prepared and brought up to date."""

from __future__ import annotations

from pathlib import Path

import apsw

from papo.i18n import _
from papo.server.store import before_migration, disk_errors, integrity, preflight, schema
from papo.server.store.preflight import Damaged

INCREMENTAL = 2
"""The kind of `auto_vacuum` that gives pages back when it is told to."""
WAL_CUT_BYTES = 32 << 20
"""To what the log's file is cut when it begins again after it had grown beyond that."""


def open_database(path: Path, durability: str, vfs: str | None = None) -> apsw.Connection:
    """The writer's connection. Raises ValueError with a sentence, `preflight.Damaged` if the file is not whole."""
    new = preflight.is_new(path)
    if not new:
        preflight.inspect(path, durability)
    try:
        connection = apsw.Connection(str(path), vfs=vfs)
    except apsw.Error as error:
        raise unusable(path, error) from error
    try:
        connection.set_busy_timeout(5_000)
        # Closing would copy the log, and sync again after a sync that has failed: only `Writer.close` allows it.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        if not new:
            _examine(connection, path)
            if connection.readonly("main"):
                sentence = _('{path} cannot be written; check its owner, and run "chmod u+rw {path}"')
                raise Damaged(sentence.format(path=path))
        _prepare(connection, path, durability)
        before_migration.keep_copy(connection, path)
        schema.migrate(connection)
    except (apsw.Error, *integrity.UNREADABLE, ValueError) as error:
        told = error
        if isinstance(error, (apsw.Error, *integrity.UNREADABLE)):
            told = unusable(path, error, connection)
        # A log that may belong to another file is kept; without one, closing leaves no trace.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(preflight.has_wal(path)))
        disk_errors.close(connection)
        if told is error:
            raise
        raise told from error
    return connection


def unusable(path: Path, error: Exception, connection: apsw.Connection | None = None) -> ValueError:
    """The error for what SQLite raised: damage, or something else about the disk.

    Args:
        path: The database.
        error: What was raised.
        connection: By what, not closed yet: it knows what the operating system said.
    """
    if isinstance(error, (*integrity.DAMAGE, *integrity.UNREADABLE)):
        return preflight.damaged(path, str(error))
    reason: object = error
    if connection is not None and isinstance(error, apsw.Error):
        told = disk_errors.as_os_error(connection, error)
        if told.errno in disk_errors.UNIX_NO_SPACE:
            sentence = _("{path} cannot be written: the disk is full ({reason}); make room, and try again")
            return disk_errors.DiskFailed(sentence.format(path=path, reason=told.strerror))
        reason = told.strerror or error
    sentence = _("{path} cannot be used as a database: {reason}; check the disk and the permissions")
    kind = disk_errors.DiskFailed if isinstance(error, apsw.IOError) else ValueError
    return kind(sentence.format(path=path, reason=reason))


def _examine(connection: apsw.Connection, path: Path) -> None:
    """Raise ValueError unless it is a whole database of Papo, of this version or older."""
    application = schema.first(connection, "PRAGMA application_id")
    have = schema.first(connection, "PRAGMA user_version")
    have_tables = schema.tables_of(connection)
    if application != schema.APPLICATION_ID and "events" not in have_tables and (application or have_tables):
        sentence = _("{path} is a database of another program; move it away, or choose another folder with --data")
        raise Damaged(sentence.format(path=path))
    if have > len(schema.files()):
        sentence = _("{path} was made by a newer Papo; install that one, or choose another data folder")
        raise ValueError(sentence.format(path=path))
    if have_tables:
        integrity.look(connection, path)


def _prepare(connection: apsw.Connection, path: Path, durability: str) -> None:
    """The settings of the connection."""
    # For new files, and for others at their next VACUUM (schema.migrate): free pages can be given back (vacuum.py).
    if schema.first(connection, "PRAGMA auto_vacuum") != INCREMENTAL:  # setting it again would write
        connection.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
    if schema.first(connection, "PRAGMA journal_mode = wal") != "wal":
        sentence = _("{path} is on a disk that cannot hold a write-ahead log; choose another data folder")
        raise ValueError(sentence.format(path=path))
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if durability == 'process' else 'FULL'}")
    if durability == "power-loss":
        # On macOS a plain fsync leaves the data in the drive's cache; elsewhere this is the same.
        connection.execute("PRAGMA fullfsync = ON")
    wanted = 1 if durability == "process" else 2
    if schema.first(connection, "PRAGMA synchronous") != wanted:
        raise ValueError(_("{path}: this SQLite does not apply the setting of durability").format(path=path))
    connection.execute("PRAGMA secure_delete = ON")  # what is left all the same: see slack.py
    connection.execute(f"PRAGMA journal_size_limit = {WAL_CUT_BYTES}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # see write_ahead_log.py


def finish_and_close(connection: apsw.Connection) -> None:
    """Close the writer's connection, and copy its log into the file."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    connection.close()


def open_to_read(path: Path) -> apsw.Connection:
    """A connection that changes nothing. Raises ValueError with a sentence.

    Beside a running server it reads what is in the write-ahead log too. Without a log the file alone is opened: SQLite
    would make an empty log beside it.
    """
    try:
        if preflight.wal_of(path).exists():
            connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        else:
            flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            connection = apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags)
        connection.set_busy_timeout(5_000)
        _examine(connection, path)
    except (apsw.Error, *integrity.UNREADABLE) as error:
        raise unusable(path, error) from error
    return connection
