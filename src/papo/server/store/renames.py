"""A channel's history moves with it when it is renamed, and reads as if it had always had its present name."""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from papo.server.delivery.ports import MESSAGE
from papo.server.store import search_index
from papo.server.store.rows import indexed_of
from papo.server.world.events import AnyEvent, ChannelRenamed, Edited, MessageSent, Redacted
from papo.server.world.names import fold

STATUS_PREFIXES = "~&@%+"
"""Before a channel's name: only for members of this rank (STATUSMSG)."""
MERGED_INLINE = 1_000
"""Rows of two conversations that are merged at once: a few milliseconds."""


class TooLong(Exception):
    """Two conversations are too large to be merged while others wait."""


def rename(connection: apsw.Connection, event: ChannelRenamed, *, patient: bool) -> None:
    """Give a conversation its channel's new name. Its messages are in the full-text index by now.

    If an earlier channel has left a history under that name, which whoever opened it could read, the two become one,
    in the order in which things were said. Raises TooLong if that takes a while, unless `patient`.
    """
    new = fold(event.new)
    if new != event.channel:
        number = _number(connection, event.channel)
        other = _number(connection, new)
        if other is not None:
            number = _merge(connection, number, other, patient=patient)
        connection.execute("INSERT INTO former_names VALUES (?, ?, ?)", (event.channel, event.at_ms, number))
        connection.execute("UPDATE conversations SET name = ? WHERE id = ?", (new, number))
        connection.execute("UPDATE OR REPLACE markers SET target = ? WHERE target = ?", (new, event.channel))
    connection.execute("UPDATE conversations SET title = ? WHERE name = ?", (event.new, new))


def as_of_now(event: AnyEvent, key: str, title: str | None) -> AnyEvent:
    """The event as if its channel had always had this key and name. `title` is None if it was never renamed."""
    if title is None or isinstance(event, ChannelRenamed) or getattr(event, "channel", None) is None:
        return event
    if isinstance(event, (MessageSent, Redacted, Edited)):
        prefix = event.target[: len(event.target) - len(event.target.lstrip(STATUS_PREFIXES))]
        return msgspec.structs.replace(event, channel=key, conversation=key, target=prefix + title)
    return msgspec.structs.replace(event, channel=key, name=title)


def name_now(connection: apsw.Connection, name: str, at_ms: int) -> str:
    """What the conversation that had this name at a time is called now; "" if nothing of it is left."""
    row: Any = connection.execute(
        "SELECT coalesce(conversations.name, '') FROM former_names LEFT JOIN conversations ON id = conversation "
        "WHERE former_names.name = ? AND until_ms > ? ORDER BY until_ms LIMIT 1",
        (name, at_ms),
    ).fetchone()
    return name if row is None else str(row[0])


def _number(connection: apsw.Connection, name: str) -> int | None:
    row: Any = connection.execute("SELECT id FROM conversations WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def _merge(connection: apsw.Connection, one: int | None, other: int, *, patient: bool) -> int:
    """Move the rows of the smaller conversation to the larger one, and count again; returns what is left."""
    if one is None:
        return other
    sizes = {number: _size(connection, number) for number in (one, other)}
    if not patient and sum(sizes.values()) > MERGED_INLINE:
        raise TooLong
    small, large = sorted((one, other), key=lambda number: sizes[number])
    texts: list[Any] = connection.execute(
        "SELECT id, body FROM events WHERE conversation = ? AND said = ?", (small, MESSAGE)
    ).fetchall()
    search_index.remove(connection, [(number, *indexed_of(small, body)) for number, body in texts])
    search_index.flush(connection)
    search_index.add(connection, [(number, *indexed_of(large, body)) for number, body in texts])
    # A quit or a new nick has a row in each of the user's channels.
    connection.execute(
        "DELETE FROM events WHERE conversation = ? AND msgid IN (SELECT msgid FROM events WHERE conversation = ?)",
        (small, large),
    )
    # No number is used again, as when events are pruned. In two steps: no two rows ever have the same one.
    first = "SELECT max(pruned) FROM conversations WHERE id IN (?1, ?2)"
    connection.execute(
        f"UPDATE events SET conversation = ?1, seq = -numbered.seq FROM (SELECT id, ({first}) + row_number() "  # noqa: S608 -- a constant
        "OVER (ORDER BY id) AS seq FROM events WHERE conversation IN (?1, ?2)) AS numbered "
        "WHERE events.id = numbered.id",
        (large, small),
    )
    connection.execute(f"UPDATE conversations SET pruned = ({first}) WHERE id = ?1", (large, small))  # noqa: S608
    connection.execute("UPDATE events SET seq = -seq WHERE conversation = ? AND seq < 0", (large,))
    connection.execute("UPDATE former_names SET conversation = ? WHERE conversation = ?", (large, small))
    connection.execute("DELETE FROM conversations WHERE id = ?", (small,))
    return large


def _size(connection: apsw.Connection, number: int) -> int:
    row: Any = connection.execute("SELECT count(*) FROM events WHERE conversation = ?", (number,)).fetchone()
    return int(row[0])
