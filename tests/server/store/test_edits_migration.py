"""What an older server kept of edits is gone after the upgrade, from the file too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
from contract import run

from papo.server.store import schema
from papo.server.store.database import open_database
from papo.server.store.rows import body_of
from papo.server.store.sqlite import SqliteStore
from papo.server.world.events import Edited, MessageSent

OLD = 7
"""The version of the tables before."""


def fill(connection: apsw.Connection) -> None:
    """A message with three edits, another with one, and two that claim to change the first."""
    tag = {"+draft/edit": "m1", "+d": "resto"}
    stamp: dict[str, Any] = {
        "uid": "1",
        "source": "ana!a@h",
        "conversation": "#sala",
        "channel": "#sala",
        "target": "#sala",
        "verb": "PRIVMSG",
    }
    edit: dict[str, Any] = {**stamp, "of": "m1"}
    events: list[tuple[int, MessageSent | Edited]] = [
        (1, MessageSent(**stamp, at_ms=1, msgid="m1", text="versao-d")),
        (1, MessageSent(**stamp, at_ms=2, msgid="m2", text="outra-b")),
        (4, Edited(**edit, at_ms=3, msgid="e1", text="versao-b")),
        (4, Edited(**{**edit, "of": "m2"}, at_ms=4, msgid="e2", text="outra-b")),
        (4, Edited(**edit, at_ms=5, msgid="e3", text="versao-c")),
        (4, Edited(**edit, at_ms=6, msgid="e4", text="versao-d")),
        (1, MessageSent(**stamp, at_ms=7, msgid="m3", text="mentira", tags=tag)),
        (2, MessageSent(**{**stamp, "verb": "TAGMSG"}, at_ms=8, msgid="m4", tags={"+react": "x", "+edit": "m1"})),
        (1, MessageSent(**stamp, at_ms=9, msgid="m5", text='cita "+draft/edit"', tags={"+d": "1"})),
    ]  # fmt: skip
    connection.execute("INSERT INTO conversations (id, name) VALUES (1, '#sala')")
    for number, (kind, event) in enumerate(events, 1):
        connection.execute(
            "INSERT INTO events VALUES (?, 1, ?, ?, ?, 0, 0, ?, ?)",
            (number, number, event.msgid, event.at_ms, kind, body_of(event)),
        )


def test_the_upgrade_removes_former_texts_and_claims(tmp_path: Path) -> None:
    """The last edit of each message stays, and all else of the messages."""
    path = tmp_path / "papo.db"
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = wal").fetchall()
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    schema.migrate(connection, OLD)
    fill(connection)
    connection.close()

    async def test() -> None:
        await SqliteStore(path, on_soon=lambda call: call()).close()

    run(test())
    for copy in tmp_path.glob("papo-before-*"):
        copy.unlink()
    connection = open_database(path, "process", None)
    rows = {str(row[0]): (row[1], str(row[2])) for row in connection.execute("SELECT msgid, said, body FROM events")}
    connection.close()
    assert [name for name, (kind, _) in rows.items() if kind == 9] == ["e1", "e3"]
    assert "versao-d" in rows["e4"][1]
    assert "outra-b" in rows["e2"][1]
    assert [name for name, (_, body) in rows.items() if '"+draft/edit":' in body or '"+edit":' in body] == []
    assert '"+d":"resto"' in rows["m3"][1]
    assert '"+react":"x"' in rows["m4"][1]
    assert "cita" in rows["m5"][1]
    left = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert (b"versao-b" in left, b"versao-c" in left, b"versao-d" in left) == (False, False, True)
