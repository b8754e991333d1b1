"""Opening, reading and checking the files of a SQLite store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw

from papo.server.store.sqlite import SqliteStore


def opened(folder: Path, vfs: str | None = None) -> SqliteStore:
    """The store in a folder, on the running loop."""
    soon = asyncio.get_running_loop().call_soon_threadsafe
    return SqliteStore(folder / "history.db", on_soon=soon, vfs=vfs)


def query(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """Query the file through another connection."""
    connection = apsw.Connection(str(folder / "history.db"))
    try:
        return list(connection.execute(sql))
    finally:
        connection.close()


def check_file(path: Path) -> None:
    """Check that a database without a log is consistent, and so is its full-text index."""
    connection = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def check_integrity(folder: Path) -> None:
    """Check that tables and full-text index are consistent, and agree with each other."""
    assert query(folder, "PRAGMA integrity_check") == [("ok",)]
    query(folder, "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")


def indexed(folder: Path, words: str) -> list[object]:
    """Rows that the full-text index finds."""
    return [row[0] for row in query(folder, f"SELECT rowid FROM search WHERE search MATCH '{words}' ORDER BY rowid")]


def plan(folder: Path, sql: str, bindings: object) -> str:
    """SQLite's query plan."""
    connection = apsw.Connection(str(folder / "history.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        rows = connection.execute("EXPLAIN QUERY PLAN " + sql, bindings)  # type: ignore[arg-type]
        return " | ".join(str(row[3]) for row in rows)
    finally:
        connection.close()
