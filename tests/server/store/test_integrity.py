"""The full check: what is wrong in rows, indexes, records and the full-text index is named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from contract import commit, run
from samples import Maker
from sqlite_files import opened

from papo.server.store import integrity
from papo.server.store.database import open_to_read
from papo.server.world.events import RecordStored
from papo.server.world.records import Account


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    """The database of a server with some history."""

    async def fill() -> None:
        maker, store = Maker(), opened(tmp_path)
        for number in range(30):
            await commit(store, [maker.message(f"palavra{number} comum", f"#{number % 3}"), maker.join()])
        account = Account(id="a1", name="Ana", created_at_ms=1, version=1)
        await commit(store, [RecordStored(**maker.stamp(), record=account)])
        await store.close()

    run(fill())
    connection = apsw.Connection(str(tmp_path / "history.db"))
    connection.config(apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1)
    yield connection
    connection.close()


def found(connection: apsw.Connection) -> list[str]:
    """What the full check says."""
    return [reason for part in integrity.check(connection) for reason in part.wrong]


def test_a_whole_database_has_nothing_wrong(connection: apsw.Connection) -> None:
    """And every event and record has been looked at."""
    assert found(connection) == []
    assert integrity.pages(connection) == []
    assert sum(part.done for part in integrity.check(connection)) >= 30 + 30 + 1


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE events SET body = 'x' WHERE id = 7", "event 7 cannot be read"),
        ("UPDATE events SET body = x'00ff' WHERE id = 7", "event 7 cannot be read"),
        ("UPDATE events SET at_ms = at_ms + 1 WHERE id = 7", "event 7 contradicts itself"),
        ("UPDATE events SET conversation = 99 WHERE id = 7", "event 7 belongs to no conversation"),
        ("DELETE FROM events WHERE id = 7", "comes"),
        ("UPDATE events SET seq = seq + 100 WHERE id = 7", "comes"),
        ("UPDATE records SET body = '{}'", "record account a1 cannot be read"),
        ("UPDATE records SET key = 'a2'", "in the place of another"),
        ("DELETE FROM unique_keys", "nobody holds"),
        ("UPDATE unique_keys SET key = 'a2'", "held by a record that does not have it"),
        ("INSERT INTO search (search) VALUES ('delete-all')", "not found by its words"),
        ("DROP INDEX events_by_seq", "events_by_seq"),
        ("DROP TRIGGER audit_is_not_changed", "audit_is_not_changed"),
    ],
)
def test_each_fault_is_named(connection: apsw.Connection, sql: str, words: str) -> None:
    """By its row, so that it can be looked at."""
    connection.execute(sql)
    reasons = found(connection)
    assert any(words in reason for reason in reasons), reasons


@pytest.mark.parametrize("index", ["events_by_seq", "events_by_msgid"])
def test_an_index_that_lacks_a_row_is_noticed(connection: apsw.Connection, index: str) -> None:
    """Although every row of the table can be read."""
    sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (index,)).fetchall()[0][0]
    connection.execute(f"DROP INDEX {index}")
    connection.execute(f"{sql} WHERE id <> 9")
    connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, index))
    connection.pragma("schema_version", connection.pragma("schema_version") + 1)
    again = apsw.Connection(connection.filename)
    assert any("event 9 is not in the index" in reason for reason in found(again))
    again.close()


def test_no_slice_is_long(connection: apsw.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a transaction of its own: between two of them nothing is read, and the log can begin again."""
    monkeypatch.setattr(integrity, "SLICE", 4)
    busy = []
    for part in integrity.check(connection):
        assert part.done <= 31
        busy.append(connection.in_transaction)
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0] == 0
    assert len(busy) > 30
    assert not any(busy)


def test_reading_leaves_no_trace(connection: apsw.Connection) -> None:
    """Of a stopped server's folder nothing changes, and no file is made."""
    path = Path(connection.filename)
    connection.close()
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    reader = open_to_read(path)
    assert found(reader) == []
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("DELETE FROM events")
    reader.close()
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


def test_beside_a_running_server(tmp_path: Path) -> None:
    """What is in the log alone is read as well."""

    async def test() -> None:
        maker, store = Maker(), opened(tmp_path)
        await commit(store, [maker.message("um"), maker.message("dois")])
        reader = open_to_read(tmp_path / "history.db")
        assert sum(part.done for part in integrity.check(reader)) >= 2
        assert found(reader) == []
        await commit(store, [maker.message("três")])
        reader.close()
        await store.close()

    asyncio.run(test())


BIA = """
INSERT INTO unique_keys VALUES ('nick bia', 'account', 'a2');
INSERT INTO records VALUES ('account', 'a2', '{"type":"Account","id":"a2","name":"Bia","created_at_ms":1}');
"""


def change_when_read(connection: apsw.Connection, sql: str, change: str) -> list[str]:
    """Run the full check; another connection commits a change each time when a query with these words begins."""
    other = apsw.Connection(connection.filename)
    reader = open_to_read(Path(connection.filename))
    changes: list[str] = []

    def trace(_: object, text: str, _bindings: object) -> bool:
        if sql in text:
            changes.append(text)
            other.execute(change.replace("{n}", str(len(changes))))
        return True

    reader.exec_trace = trace
    reasons = found(reader)
    reader.exec_trace = None
    reader.close()
    other.close()
    assert changes
    return reasons


@pytest.mark.parametrize(
    ("sql", "change"),
    [
        (
            "FROM events AS each INDEXED BY events_by_seq",
            "DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT 7)",
        ),
        (
            "SELECT value, kind, key FROM unique_keys",
            BIA,
        ),
        ("SELECT 1 FROM search", "INSERT INTO search (search) VALUES ('delete-all')"),
    ],
)
def test_what_changes_meanwhile_is_no_damage(
    connection: apsw.Connection, monkeypatch: pytest.MonkeyPatch, sql: str, change: str
) -> None:
    """Old messages are deleted, accounts made and messages redacted while everything is read."""
    monkeypatch.setattr(integrity, "SLICE", 5)
    monkeypatch.setattr(integrity, "SAMPLE", 1)
    connection.execute("INSERT INTO markers VALUES ('a', 'b', 1)")  # there is a log, as beside a server
    assert change_when_read(connection, sql, change) == []
