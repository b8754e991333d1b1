"""Writes other than new events: redactions, edits, records, read markers, the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from papo.server.delivery.ports import GONE, MESSAGE, REDACTION, Author, Conflict
from papo.server.store import search_index
from papo.server.store.queries import BY_AUTHOR
from papo.server.store.rows import body_of, event_of, gone_body, indexed_of
from papo.server.world.events import (
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

_HOLDER = "SELECT body FROM unique_keys JOIN records USING (kind, key) WHERE value = ? AND NOT (kind = ? AND key = ?)"
_decoder: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)
_UPDATE = "UPDATE events SET said = ?, body = ? WHERE id = ?"
_EDITS = "SELECT id, at_ms, msgid FROM events WHERE conversation = ? AND body ->> 'of' = ? AND said = 4 ORDER BY id"


def rewrite(connection: apsw.Connection, event: Redacted | Edited) -> None:
    """Delete a message, or replace its text by another. All messages are in the full-text index by now."""
    row: Any = connection.execute(
        "SELECT id, conversation, said, body FROM events WHERE msgid = ? AND conversation = "
        "(SELECT id FROM conversations WHERE name = ?)",
        (event.of, event.conversation),
    ).fetchone()
    if row is None or row[2] == GONE:
        return
    number, conversation, kind, body = row
    old = event_of(body)
    if not isinstance(old, MessageSent):
        return
    connection.executemany("INSERT OR IGNORE INTO unlinked VALUES (?)", [(file,) for file in event.unlinked])
    if isinstance(event, Redacted):
        _delete(connection, number, conversation, kind, body)
        return
    if kind == MESSAGE:
        search_index.remove(connection, [(number, *indexed_of(conversation, body))])
        search_index.flush(connection)
    new = msgspec.structs.replace(old, text=event.text, lines=(), edited_at_ms=event.at_ms)
    body = body_of(new)
    connection.execute(_UPDATE, (kind, body, number))
    delete_edits(connection, conversation, event.of, until=event.msgid)
    if kind == MESSAGE:
        search_index.add(connection, [(number, *indexed_of(conversation, body))])


def forget(connection: apsw.Connection, author: Author, start: int, *, rows: int, most: int) -> tuple[int, int]:
    """Delete some events of an account, which are in the index by now: `most` of them, in this many rows from `start`.

    Returns how many messages, and the row to go on with.
    """
    found: list[Any] = connection.execute(
        f"SELECT id, conversation, said, body FROM events WHERE id >= :start AND id < :end AND {BY_AUTHOR} "  # noqa: S608 -- constants
        "ORDER BY id LIMIT :most + 1",
        {"start": start, "end": start + rows, "most": most, **msgspec.structs.asdict(author)},
    ).fetchall()
    following = found[most][0] if len(found) > most else start + rows
    for number, conversation, kind, body in found[:most]:
        if kind == REDACTION:
            connection.execute(_UPDATE, (kind, _unsigned(body), number))
        else:
            _delete(connection, number, conversation, kind, body)
    return sum(kind == MESSAGE for _, _, kind, _ in found[:most]), following


def note_removed(connection: apsw.Connection, files: Sequence[str]) -> None:
    """As `ports.Store.note_removed`."""
    connection.executemany("DELETE FROM unlinked WHERE file = ?", [(file,) for file in files])


def _delete(connection: apsw.Connection, number: int, conversation: int, kind: int, body: str) -> None:
    """Leave `Gone` of an event, and of the texts that it had before it was edited."""
    event = event_of(body)
    if kind == MESSAGE:
        search_index.remove(connection, [(number, *indexed_of(conversation, body))])
        delete_edits(connection, conversation, event.msgid)
    connection.execute(_UPDATE, (GONE, gone_body(event.at_ms, event.msgid), number))


def delete_edits(connection: apsw.Connection, conversation: int, msgid: str, *, until: str = "") -> None:
    """Leave `Gone` of a message's edits, which hold its former texts: all, or those before the edit `until`."""
    edits: list[Any] = connection.execute(_EDITS, (conversation, msgid)).fetchall()
    for number, at_ms, own_msgid in edits:
        if own_msgid == until:
            break
        connection.execute(_UPDATE, (GONE, gone_body(at_ms, own_msgid), number))


def _unsigned(body: str) -> str:
    """A deletion without its author and their reason: readers must still learn what is deleted."""
    event = msgspec.structs.replace(event_of(body), uid="", source="*", account=None, account_id="", oper="", bot=False)
    assert isinstance(event, Redacted)
    return body_of(msgspec.structs.replace(event, reason=""))


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
        if event.kind == "account":
            connection.execute("DELETE FROM markers WHERE identity = ?", (event.key,))
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
