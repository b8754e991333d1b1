"""The questions: each a few look-ups by index, whatever the size of the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from papo.delivery.msgid import base32
from papo.delivery.ports import Page, Target
from papo.store.rows import event_of
from papo.world.events import Event

END = 1 << 62
"""Beyond every sequence number."""
_VISIBLE = "conversation = :conversation AND era IN (0, :era) AND rank <= :rank AND said >= :said"


def page(connection: apsw.Connection, query: Page) -> list[Event]:
    """Oldest first, bounds excluded. Raises KeyError where a bound is a msgid that is not shown here."""
    number = _conversation(connection, query.conversation)
    if number is None:
        if isinstance(query.after, str) or isinstance(query.before, str):
            raise KeyError(query.conversation)
        return []
    low, high = 0, END
    if query.after is not None:
        low = _seq(connection, query, number, query.after, after=True)
    if query.before is not None:
        high = _seq(connection, query, number, query.before, after=False)
    return _between(connection, query, number, low, high, newest_first=query.newest_first, limit=query.limit)


def around(connection: apsw.Connection, query: Page, centre: str | int) -> list[Event]:
    """Oldest first, the centre's own row included where it is a msgid. Raises KeyError as `page`."""
    number = _conversation(connection, query.conversation)
    if number is None:
        if isinstance(centre, str):
            raise KeyError(centre)
        return []
    at = _seq(connection, query, number, centre, after=False)
    half = query.limit // 2
    before = _between(connection, query, number, 0, at, newest_first=True, limit=half)
    after = _between(connection, query, number, at - 1, END, newest_first=False, limit=query.limit - len(before))
    missing = query.limit - len(before) - len(after)
    if missing and len(before) == half:
        before = _between(connection, query, number, 0, at, newest_first=True, limit=half + missing)
    return before + after


def targets(  # noqa: PLR0917 -- as the port's, behind the connection
    connection: apsw.Connection,
    identity: str,
    channels: Sequence[tuple[str, int]],
    after_ms: int,
    before_ms: int,
    limit: int,
) -> list[Target]:
    """Conversations whose newest visible message lies between the two times, both excluded; oldest first."""
    rows = connection.execute(
        "SELECT id, name, 0 FROM conversations WHERE one = :me UNION SELECT id, name, 0 FROM conversations "
        "WHERE other = :me",
        {"me": identity},
    ).fetchall()
    known: list[Any] = list(rows)
    for key, era in channels:
        number = _conversation(connection, key)
        if number is not None:
            known.append((number, key, era))
    found = []
    for number, name, era in known:
        latest: Any = connection.execute(
            "SELECT at_ms FROM events WHERE conversation = ? AND era IN (0, ?) AND rank = 0 AND said = 1 "
            "ORDER BY seq DESC LIMIT 1",
            (number, era),
        ).fetchone()
        if latest is not None and after_ms < latest[0] < before_ms:
            found.append(Target(name, latest[0]))
    return sorted(found, key=lambda target: (target.latest_ms, target.conversation))[:limit]


def _conversation(connection: apsw.Connection, name: str) -> int | None:
    row: Any = connection.execute("SELECT id FROM conversations WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def _seq(connection: apsw.Connection, query: Page, number: int, bound: str | int, *, after: bool) -> int:
    """A sequence number so that "greater" (`after`) or "less" than it means beyond the bound."""
    row: Any
    if isinstance(bound, str):
        # A join that somebody saw happen may bound a question about messages.
        names = {**_names(query, number), "said": 0, "msgid": bound}
        row = connection.execute(
            f"SELECT seq FROM events WHERE {_VISIBLE} AND msgid = :msgid",  # noqa: S608 -- constants only
            names,
        ).fetchone()
        if row is None:
            raise KeyError(bound)
        return int(row[0])
    # A msgid begins with its time: the first one from `start` on is the first event at or after that moment.
    start = base32(max(0, bound + 1 if after else bound), 10)
    row = connection.execute(
        "SELECT seq FROM events WHERE conversation = ? AND msgid >= ? ORDER BY msgid LIMIT 1", (number, start)
    ).fetchone()
    if row is None:
        return END
    return int(row[0]) - after


def _between(
    connection: apsw.Connection, query: Page, number: int, low: int, high: int, *, newest_first: bool, limit: int
) -> list[Event]:
    order = "DESC" if newest_first else "ASC"
    rows = connection.execute(
        f"SELECT body FROM events WHERE {_VISIBLE} AND seq > :low AND seq < :high "  # noqa: S608 -- constants only
        f"ORDER BY seq {order} LIMIT :limit",
        {**_names(query, number), "low": low, "high": high, "limit": limit},
    )
    events = [event_of(str(body)) for (body,) in rows]
    return events[::-1] if newest_first else events


def _names(query: Page, number: int) -> dict[str, int]:
    return {"conversation": number, "era": query.era, "rank": query.rank, "said": 0 if query.everything else 1}
