"""The full-text index of messages: `search` of the schema, an FTS5 table without a copy of the texts.

A text is (events.id, text, place), as `rows.indexed_of` gives them. Each function is part of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

import apsw

_ADD = "INSERT INTO search (rowid, text, place) VALUES (?, ?, ?)"
_REMOVE = "INSERT INTO search (search, rowid, text, place) VALUES ('delete', ?, ?, ?)"


def add(connection: apsw.Connection, texts: Iterable[tuple[int, str, str]]) -> None:
    """Add texts that are not in it."""
    connection.executemany(_ADD, texts)


def remove(connection: apsw.Connection, texts: Iterable[tuple[int, str, str]]) -> None:
    """Take texts out that are in it, word for word: others would spoil it."""
    connection.executemany(_REMOVE, texts)


def flush(connection: apsw.Connection) -> None:
    """Write out what was removed, before other texts of the same rows are added.

    FTS5 takes the former text out before the new one is added. Without this, words that are in both stay where they
    were if they are in it more than some 60 times (SQLite 3.54.1, option secure-delete).
    """
    connection.execute("SAVEPOINT unindexed; RELEASE unindexed")
