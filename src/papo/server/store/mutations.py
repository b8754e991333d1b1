"""Writes other than new events: redactions, edits, records, read markers, the audit log."""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from papo.server.delivery.ports import GONE, MESSAGE, Conflict
from papo.server.store.rows import body_of, event_of, indexed_of
from papo.server.world.events import (
    NO_TAGS,
    AnyEvent,
    Audited,
    Edited,
    MarkerSet,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Redacted,
)
from papo.server.world.names import fold
from papo.server.world.records import AnyRecord, Versioned, place_of, unique_keys_of

_UNINDEX = "INSERT INTO search (search, rowid, text, place) VALUES ('delete', ?, ?, ?)"
_INDEX = "INSERT INTO search (rowid, text, place) VALUES (?, ?, ?)"
_HOLDER = "SELECT body FROM unique_keys JOIN records USING (kind, key) WHERE value = ? AND NOT (kind = ? AND key = ?)"
_decoder: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)
_UPDATE = "UPDATE events SET said = ?, body = ? WHERE id = ?"


def rewrite(connection: apsw.Connection, event: Redacted | Edited) -> None:
    """Delete a message's text, or replace it by another. All messages are in the full-text index by now."""
    row: Any = connection.execute(
        "SELECT id, conversation, said, body FROM events WHERE msgid = ? AND conversation = "
        "(SELECT id FROM conversations WHERE name = ?)",
        (event.of, event.conversation),
    ).fetchone()
    if row is None:
        return
    number, conversation, kind, body = row
    old = event_of(body)
    if not isinstance(old, MessageSent):
        return
    if kind == MESSAGE:
        connection.execute(_UNINDEX, (number, *indexed_of(conversation, body)))
    if isinstance(event, Redacted):
        new = msgspec.structs.replace(old, text="", tags=NO_TAGS, lines=())
        connection.execute(_UPDATE, (GONE, body_of(new), number))
        # The edits hold its former texts.
        edits = connection.execute(
            "SELECT id FROM events WHERE conversation = ? AND said = 4 AND body ->> 'of' = ?", (conversation, event.of)
        ).fetchall()
        for (edit,) in edits:
            connection.execute("UPDATE events SET said = 9, body = json_set(body, '$.text', '') WHERE id = ?", (edit,))
        return
    new = msgspec.structs.replace(old, text=event.text, lines=(), edited_at_ms=event.at_ms)
    body = body_of(new)
    connection.execute(_UPDATE, (kind, body, number))
    if kind == MESSAGE:
        connection.execute(_INDEX, (number, *indexed_of(conversation, body)))


def forget(connection: apsw.Connection, account: str, since_ms: int, between: tuple[int, int]) -> int:
    """Delete the text of an account's messages in a range of rows; returns how many. All are in the index by now."""
    rows: Any = connection.execute(
        "SELECT id, conversation, said, body FROM events WHERE id >= ? AND id < ? AND said IN (1, 2, 4) "
        "AND at_ms >= ? AND body ->> 'account' = ?",
        (*between, since_ms, account),
    ).fetchall()
    for number, conversation, kind, body in rows:
        if kind == MESSAGE:
            connection.execute(_UNINDEX, (number, *indexed_of(conversation, body)))
        old: Any = event_of(body)
        empty: dict[str, Any] = {"text": ""}
        if isinstance(old, MessageSent):
            empty |= {"tags": NO_TAGS, "lines": ()}
        connection.execute(_UPDATE, (GONE, body_of(msgspec.structs.replace(old, **empty)), number))
    return len(rows)


def keep_in_own_table(connection: apsw.Connection, event: AnyEvent) -> Conflict | None:
    """Store an event that has a table of its own."""
    if isinstance(event, MarkerSet):
        connection.execute(
            "INSERT OR REPLACE INTO markers VALUES (?, ?, ?)", (event.identity, fold(event.target), event.read_at_ms)
        )
    elif isinstance(event, RecordStored):
        return _store_record(connection, event)
    elif isinstance(event, RecordDeleted):
        connection.execute("DELETE FROM records WHERE kind = ? AND key = ?", (event.kind, event.key))
        connection.execute("DELETE FROM unique_keys WHERE kind = ? AND key = ?", (event.kind, event.key))
    elif isinstance(event, Audited):
        connection.execute(
            "INSERT INTO audit (at_ms, who, action, details) VALUES (?, ?, ?, ?)",
            (event.at_ms, f"{event.oper} {event.source}".strip(), event.action, event.details),
        )
    return None


def _store_record(connection: apsw.Connection, event: RecordStored) -> Conflict | None:
    record = event.record
    place = place_of(record)
    if isinstance(record, Versioned):
        found = _bodies(connection, "SELECT body FROM records WHERE kind = ? AND key = ?", place)
        stored = found[0] if found else None
        version = stored.version if isinstance(stored, Versioned) else 0
        if record.version != version + 1:
            return Conflict(event, tuple(found))
        keys = unique_keys_of(record)
        # Those it had already were checked then; an old database may hold two records that look alike.
        new = [key for key in keys if stored is None or key not in unique_keys_of(stored)]
        holders = [holder for key in new for holder in _bodies(connection, _HOLDER, (key, *place))]
        if holders:
            return Conflict(event, tuple(holders))
        connection.execute("DELETE FROM unique_keys WHERE kind = ? AND key = ?", place)
        connection.executemany("INSERT OR IGNORE INTO unique_keys VALUES (?, ?, ?)", [(key, *place) for key in keys])
    body = msgspec.json.encode(record).decode()
    connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (*place, body))
    return None


def _bodies(connection: apsw.Connection, sql: str, bindings: tuple[str, ...]) -> list[AnyRecord]:
    return [_decoder.decode(str(body)) for (body,) in connection.execute(sql, bindings)]
