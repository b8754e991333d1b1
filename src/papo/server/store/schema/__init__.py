"""Opens the database and migrates it: each of the numbered files beside this one runs once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import apsw
import msgspec

from papo.server.world.records import AnyRecord, unique_keys_of


def open_database(path: Path, durability: str, vfs: str | None = None) -> apsw.Connection:
    """The writer's connection. Raises ValueError with a sentence."""
    try:
        connection = apsw.Connection(str(path), vfs=vfs)
        connection.set_busy_timeout(5_000)
        # Closing would copy the log, and sync again after a sync that has failed: only `Writer.close` allows it.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        if first(connection, "PRAGMA journal_mode = wal") != "wal":
            raise ValueError(f"{path} is on a disk that cannot hold a write-ahead log; choose another data folder")
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if durability == 'process' else 'FULL'}")
        wanted = 1 if durability == "process" else 2
        if first(connection, "PRAGMA synchronous") != wanted:
            raise ValueError(f"{path}: this SQLite does not apply the setting of durability")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # see Writer._copy_log
        _migrate(connection, path)
    except apsw.Error as error:
        raise ValueError(f"{path} cannot be used as a database: {error}") from error
    return connection


def first(connection: apsw.Connection, sql: str, bindings: tuple[object, ...] = ()) -> Any:
    """The first column of the first row."""
    row = connection.execute(sql, bindings).fetchone()
    assert row is not None
    return row[0]


def _unique_keys(*values: Any) -> str:
    (body,) = values
    return msgspec.json.encode(unique_keys_of(msgspec.json.decode(body, type=AnyRecord))).decode()


def _migrate(connection: apsw.Connection, path: Path) -> None:
    have = first(connection, "PRAGMA user_version")
    files = sorted(file.name for file in resources.files(__name__).iterdir() if file.name.endswith(".sql"))
    if have > len(files):
        raise ValueError(f"{path} was made by a newer Papo; install that one, or choose another data folder")
    connection.create_scalar_function("unique_keys_of", _unique_keys, 1, deterministic=True)
    for number, name in enumerate(files, 1):
        if number > have:
            with connection:
                connection.execute(resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))
                connection.execute(f"PRAGMA user_version = {number}")
