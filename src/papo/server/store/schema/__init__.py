"""The tables, and how an older database gets them: each of the numbered files beside this one runs once."""

from __future__ import annotations

from importlib import resources
from typing import Any

import apsw
import msgspec

from papo.server.world.records import AnyRecord, unique_keys_of

APPLICATION_ID = 0x5061706F
"""`Papo` in ASCII, at byte 68 of the file; 0 in databases of 0.1.0."""
SECURE_SINCE = 7
"""The version from which on deleted content is overwritten."""


def first(connection: apsw.Connection, sql: str, bindings: tuple[object, ...] = ()) -> Any:
    """The first column of the first row."""
    row = connection.execute(sql, bindings).fetchone()
    assert row is not None
    return row[0]


def tables_of(connection: apsw.Connection) -> dict[str, str]:
    """Names of tables, indexes, views and triggers to the SQL that made them."""
    rows: Any = connection.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
    return dict(rows)


def tables(version: int) -> dict[str, str]:
    """The same, of a database of this version."""
    connection = apsw.Connection(":memory:")
    migrate(connection, version)
    found = tables_of(connection)
    connection.close()
    return found


def files() -> list[str]:
    """Names of the files, in the order of their numbers; as many as the newest version."""
    return sorted(file.name for file in resources.files(__name__).iterdir() if file.name.endswith(".sql"))


def _unique_keys(*values: Any) -> str:
    (body,) = values
    return msgspec.json.encode(unique_keys_of(msgspec.json.decode(body, type=AnyRecord))).decode()


def migrate(connection: apsw.Connection, until: int | None = None) -> None:
    """Run the files that have not run yet, up to a version."""
    have = first(connection, "PRAGMA user_version")
    if 0 < have < SECURE_SINCE:
        connection.execute("VACUUM")  # what was deleted until now is still in the file
    connection.create_scalar_function("unique_keys_of", _unique_keys, 1, deterministic=True)
    for number, name in enumerate(files()[:until], 1):
        if number > have:
            with connection:
                connection.execute(resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))
                connection.execute(f"PRAGMA user_version = {number}")
    if first(connection, "PRAGMA application_id") != APPLICATION_ID:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
