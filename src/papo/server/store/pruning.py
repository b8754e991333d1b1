"""Deletes old events, and the conversations that are empty then. Each function is one transaction or part of one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import apsw

from papo.server.delivery.ports import MESSAGE
from papo.server.store import search_index
from papo.server.store.mutations import delete_edits
from papo.server.store.rows import indexed_of

_ALL = "SELECT id, at_ms FROM events ORDER BY id"
_ONE = "SELECT id, at_ms FROM events WHERE conversation = (SELECT id FROM conversations WHERE name = ?) ORDER BY seq"
_ROWS = "SELECT msgid, said, body, conversation, seq FROM events WHERE id = ?"
_NONCES = "SELECT id, at_ms FROM nonces ORDER BY id"
_EMPTY = "SELECT name FROM conversations WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM events WHERE conversation = ?1)"


def old_events(connection: apsw.Connection, before_ms: int, limit: int, conversation: str, now_ms: int) -> list[int]:
    """events.id of what `ports.Store.prune` deletes, in order."""
    rows = connection.execute(_ONE, (conversation,)) if conversation else connection.execute(_ALL)
    return _old(rows, before_ms, limit, now_ms)


def old_nonces(connection: apsw.Connection, before_ms: int, limit: int, now_ms: int) -> list[int]:
    """nonces.id of what `ports.Store.prune_nonces` deletes, in order."""
    return _old(connection.execute(_NONCES), before_ms, limit, now_ms)


def _old(rows: Any, before_ms: int, limit: int, now_ms: int) -> list[int]:
    """The first numbers of rows (number, time in ms)."""
    found: list[int] = []
    ahead: list[int] = []
    """Those with a time to come: as old as the next that has not."""
    with contextlib.closing(rows):
        for number, at_ms in rows:
            if before_ms <= at_ms <= now_ms or len(found) >= limit:
                break
            if at_ms > now_ms >= before_ms:
                ahead.append(number)
            else:
                found += ahead
                found.append(number)
                ahead.clear()
    return found[:limit]


def delete_nonces(connection: apsw.Connection, numbers: Iterable[int]) -> None:
    """Delete nonces."""
    connection.executemany("DELETE FROM nonces WHERE id = ?", [(number,) for number in numbers])


def delete(connection: apsw.Connection, numbers: Iterable[int]) -> list[str]:
    """Delete events, all of which are in the full-text index; returns the names of conversations that are gone too.

    Sequence numbers are not used again: a conversation keeps that of its last deleted event, and a new one, or one of
    the same name, counts from the greatest of all that are gone.
    """
    last: dict[int, int] = {}
    for number in numbers:
        row: Any = connection.execute(_ROWS, (number,)).fetchone()
        msgid, kind, body, conversation, seq = row
        if kind == MESSAGE:
            search_index.remove(connection, [(number, *indexed_of(conversation, body))])
            delete_edits(connection, conversation, msgid)
        connection.execute("DELETE FROM events WHERE id = ?", (number,))
        last[conversation] = max(seq, last.get(conversation, 0))
    gone = []
    for conversation, seq in last.items():
        connection.execute("UPDATE conversations SET pruned = max(pruned, ?) WHERE id = ?", (seq, conversation))
        empty: Any = connection.execute(_EMPTY, (conversation,)).fetchone()
        if empty is not None:
            gone.append(str(empty[0]))
            connection.execute(
                "UPDATE gone SET seq = max(seq, (SELECT pruned FROM conversations WHERE id = ?))", (conversation,)
            )
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
    return gone
