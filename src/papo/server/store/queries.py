"""The queries: each takes a few look-ups by index, whatever the size of the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

from papo.server.delivery.file_links import files_in
from papo.server.delivery.msgid import MARK_AT, base32
from papo.server.delivery.ports import GONE, MESSAGE, Author, Page, Search, StoredNonce, Target
from papo.server.store.renames import as_of_now
from papo.server.store.rows import event_of, sender
from papo.server.world.events import AnyEvent, MessageSent
from papo.server.world.nonce import Nonce

END = 1 << 62
"""Greater than every sequence number."""
HISTORY_ROWS = 5_000
"""Rows that are looked through at once for the events of an account."""
BY_AUTHOR = (
    f"said <> {GONE} AND (body ->> 'account_id' = :id OR "
    "(body ->> 'account' = :name AND at_ms >= :since_ms AND body ->> 'account_id' IS NULL))"
)
"""Of an `Author`'s fields."""
_VISIBLE = "conversation = :conversation AND era IN (0, :era) AND rank <= :rank AND at_ms >= :since"


class _Conversation(NamedTuple):
    """A row of `conversations`."""

    number: int
    name: str
    title: str | None

    def event_of(self, body: Any) -> AnyEvent:
        """The event of a row of this conversation."""
        return as_of_now(event_of(str(body)), self.name, self.title)


class _Searched(NamedTuple):
    """A conversation that is searched, and what of it."""

    conversation: _Conversation
    history_scope: int
    rank: int
    since_ms: int
    low: int
    high: int
    """Between these rows, both excluded."""


def page(connection: apsw.Connection, query: Page) -> list[AnyEvent]:
    """Oldest first, bounds excluded. Raises KeyError if a bound is a msgid that the query does not show."""
    found = _conversation(connection, query.conversation)
    if found is None:
        if isinstance(query.after, str) or isinstance(query.before, str):
            raise KeyError(query.conversation)
        return []
    low, high = 0, END
    if query.after is not None:
        low = _seq(connection, query, found.number, query.after, after=True)
    if query.before is not None:
        high = _seq(connection, query, found.number, query.before, after=False)
    return _between(connection, query, found, low, high, newest_first=query.newest_first, limit=query.limit)


def around(connection: apsw.Connection, query: Page, centre: str | int) -> list[AnyEvent]:
    """Oldest first, with the centre's own row if it is a msgid. Raises KeyError as `page`."""
    found = _conversation(connection, query.conversation)
    if found is None:
        if isinstance(centre, str):
            raise KeyError(centre)
        return []
    at = _seq(connection, query, found.number, centre, after=False)
    half = query.limit // 2
    before = _between(connection, query, found, 0, at, newest_first=True, limit=half)
    after = _between(connection, query, found, at - 1, END, newest_first=False, limit=query.limit - len(before))
    missing = query.limit - len(before) - len(after)
    if missing and len(before) == half:
        before = _between(connection, query, found, 0, at, newest_first=True, limit=half + missing)
    return before + after


def targets(  # noqa: PLR0917 -- those of the port, after the connection
    connection: apsw.Connection,
    identity: str,
    channels: Sequence[tuple[str, int]],
    after_ms: int,
    before_ms: int,
    limit: int,
) -> list[Target]:
    """Conversations whose newest visible message is between the two times, both excluded; oldest first."""
    rows = connection.execute(
        "SELECT id, name, 0 FROM conversations WHERE one = :me UNION SELECT id, name, 0 FROM conversations "
        "WHERE other = :me",
        {"me": identity},
    ).fetchall()
    candidates: list[Any] = list(rows)
    for key, history_scope in channels:
        conversation = _conversation(connection, key)
        if conversation is not None:
            candidates.append((conversation.number, key, history_scope))
    found = []
    for number, name, history_scope in candidates:
        latest: Any = connection.execute(
            "SELECT at_ms FROM events WHERE conversation = ? AND era IN (0, ?) AND rank = 0 AND said = 1 "
            "ORDER BY seq DESC LIMIT 1",
            (number, history_scope),
        ).fetchone()
        if latest is not None and after_ms < latest[0] < before_ms:
            found.append(Target(name, latest[0]))
    return sorted(found, key=lambda target: (target.latest_ms, target.conversation))[:limit]


def _conversation(connection: apsw.Connection, name: str) -> _Conversation | None:
    row: Any = connection.execute("SELECT id, name, title FROM conversations WHERE name = ?", (name,)).fetchone()
    return None if row is None else _Conversation(*row)


def _seq(connection: apsw.Connection, query: Page, number: int, bound: str | int, *, after: bool) -> int:
    """A sequence number: greater ones (`after`), or less ones, are beyond the bound."""
    row: Any
    if isinstance(bound, str):
        # A join may bound a query for messages: the client has seen it.
        names = {**_names(query, number), "msgid": bound}
        row = connection.execute(
            f"SELECT seq FROM events WHERE {_VISIBLE} AND msgid = :msgid",  # noqa: S608 -- constants only
            names,
        ).fetchone()
        if row is None:
            raise KeyError(bound)
        return int(row[0])
    # The place right after the last event before that moment: wherever times go back, nothing is skipped.
    latest = _latest_before(connection, "seq", number, bound + after)
    return latest if after else latest + 1


def _latest_before(connection: apsw.Connection, column: str, number: int, at_ms: int) -> int:
    """`seq` or `id` of the latest event of a conversation before a time; 0 if there is none."""
    row: Any = connection.execute(
        # A msgid begins with its time.
        f"SELECT {column} FROM events WHERE conversation = ? AND msgid < ? ORDER BY msgid DESC LIMIT 1",  # noqa: S608 -- as said
        (number, base32(max(0, at_ms), 10)),
    ).fetchone()
    return 0 if row is None else int(row[0])


def _between(
    connection: apsw.Connection,
    query: Page,
    found: _Conversation,
    low: int,
    high: int,
    *,
    newest_first: bool,
    limit: int,
) -> list[AnyEvent]:
    order = "DESC" if newest_first else "ASC"
    kinds = ", ".join(map(str, query.kinds))
    # Those with another mark were made before the clock was set back, or by a run before.
    until = f"AND (msgid < :until OR substr(msgid, {MARK_AT + 1}) <> :mark) " if query.until else ""
    bounds = {"low": low, "high": high, "limit": limit, "until": query.until, "mark": query.until[MARK_AT:]}
    rows = connection.execute(
        f"SELECT body FROM events WHERE {_VISIBLE} AND said IN ({kinds}) {until}"  # noqa: S608 -- constants and numbers
        f"AND seq > :low AND seq < :high ORDER BY seq {order} LIMIT :limit",
        _names(query, found.number) | bounds,
    )
    events = [found.event_of(body) for (body,) in rows]
    return events[::-1] if newest_first else events


def _names(query: Page, number: int) -> dict[str, Any]:
    return {"conversation": number, "era": query.history_scope, "rank": query.rank, "since": query.since_ms}


def find(connection: apsw.Connection, query: Page, msgid: str) -> AnyEvent | None:
    """One event, if the reader may see it and it is not redacted."""
    found = _conversation(connection, query.conversation)
    if found is None:
        return None
    row: Any = connection.execute(
        f"SELECT body FROM events WHERE {_VISIBLE} AND said <> {GONE} AND msgid = :msgid",  # noqa: S608 -- constants
        {**_names(query, found.number), "msgid": msgid},
    ).fetchone()
    return None if row is None else found.event_of(row[0])


def find_nonce(connection: apsw.Connection, key: bytes) -> StoredNonce | None:
    """The message that was sent with a nonce, if it is not redacted or pruned."""
    row: Any = connection.execute(
        "SELECT request, sender, said, body FROM nonces LEFT JOIN events USING (id) WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    content_hash, by, kind, body = row
    event = None if body is None or kind == GONE else event_of(body)
    return StoredNonce(Nonce(key, content_hash, by), event if isinstance(event, MessageSent) else None)


def search(connection: apsw.Connection, query: Search) -> list[AnyEvent]:
    """The newest messages that contain all words, oldest first."""
    places: dict[int, _Searched] = {}
    for name, history_scope, rank in query.places:
        conversation = _conversation(connection, name)
        if conversation is not None:
            low, high = _rows_between(connection, query, conversation.number)
            since_ms = query.since.get(name, 0)
            places[conversation.number] = _Searched(conversation, history_scope, rank, since_ms, low, high)
    if not places:
        return []
    terms = [f"place : ({' OR '.join(f'c{number}' for number in places)})"]
    if query.sender:
        terms.append(f"place : u{sender(query.sender)}")
    terms += [f"text : {_term(word)}" for word in query.words]
    rows: Any = connection.execute(
        "SELECT id, conversation, era, events.rank, said, at_ms, body FROM search "
        "JOIN events ON events.id = search.rowid "
        "WHERE search MATCH ? AND search.rowid > ? AND search.rowid < ? ORDER BY search.rowid DESC",
        (" AND ".join(terms), min(at.low for at in places.values()), max(at.high for at in places.values())),
    )
    found: list[AnyEvent] = []
    for row, number, history_scope, rank, kind, at_ms, body in rows:
        at = places[number]
        visible = history_scope in {0, at.history_scope} and rank <= at.rank and at_ms >= at.since_ms
        if visible and kind == MESSAGE and at.low < row < at.high:
            found.append(at.conversation.event_of(body))
            if len(found) == query.limit:
                break
    return found[::-1]


def audit(connection: apsw.Connection, limit: int) -> list[tuple[int, str, str, str]]:
    """The newest actions of operators, oldest first."""
    rows: Any = connection.execute("SELECT at_ms, who, action, details FROM audit ORDER BY id DESC LIMIT ?", (limit,))
    return list(rows)[::-1]


def history_of(connection: apsw.Connection, author: Author, start: int) -> tuple[list[AnyEvent], int]:
    """Every event of an account in some rows from this one on, oldest first; and the row after them, 0 at the end."""
    last: Any = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
    end = start + HISTORY_ROWS
    rows = connection.execute(
        f"SELECT body FROM events WHERE id >= :start AND id < :end AND {BY_AUTHOR} ORDER BY id",  # noqa: S608 -- constants
        {"start": start, "end": end, **msgspec.structs.asdict(author)},
    )
    return [event_of(str(body)) for (body,) in rows], end if end <= last[0] else 0


def unlinked(connection: apsw.Connection) -> list[str]:
    """Files that a deleted message linked to, and no message does now."""
    files = [str(file) for (file,) in connection.execute("SELECT file FROM unlinked")]
    return [file for file in files if not _is_linked(connection, file)]


def _is_linked(connection: apsw.Connection, file: str) -> bool:
    rows = connection.execute(
        "SELECT body FROM search JOIN events ON events.id = search.rowid WHERE search MATCH ? AND said = ?",
        (f"text : {_term(file)}", MESSAGE),
    )
    return any(file in files_in(getattr(event_of(str(body)), "text", "")) for (body,) in rows)


def _term(word: str) -> str:
    """A word or phrase in the syntax of FTS5: only a `*` at its end is special."""
    bare = word.rstrip("*").replace('"', " ").replace("\0", " ")
    return f'"{bare}"' + (" *" if word.endswith("*") and bare.strip() else "")


def _rows_between(connection: apsw.Connection, query: Search, number: int) -> tuple[int, int]:
    """Row numbers of the two times in a conversation, both excluded."""
    low, high = 0, END
    if query.after_ms is not None:
        low = _latest_before(connection, "id", number, query.after_ms + 1)
    if query.before_ms is not None:
        high = _latest_before(connection, "id", number, query.before_ms) + 1
    return low, high
