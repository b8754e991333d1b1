"""Is a database whole? A quick look before it is used, and a full check in slices.

The full check reads every row and both indexes of every event. Each slice is a transaction of its own, so that beside
a running server no reader holds the write-ahead log for long. Used by server, doctor, backup and salvage.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import msgspec

from papo.i18n import _
from papo.server.delivery.ports import MESSAGE
from papo.server.store import schema
from papo.server.store.preflight import damaged
from papo.server.store.rows import event_of, indexed_of
from papo.server.world.records import AnyRecord, place_of, unique_keys_of

DAMAGE = (apsw.CorruptError, apsw.NotADBError)
"""What SQLite raises if it meets damage."""
UNREADABLE = (msgspec.MsgspecError, TypeError, UnicodeError)
"""What a row raises that is no event."""
NEWEST, PROBES = 64, 8
"""Events of the quick look: the newest, and some from everywhere."""
SLICE = 200
"""Rows in one transaction of the full check: a few milliseconds."""
SAMPLE = 200
"""Messages that are looked for in the full-text index."""
MOST = 20
"""Sentences after which a check of one kind says no more."""
_EVENT = """
SELECT id, conversation, seq, msgid, at_ms, body,
    EXISTS (SELECT 1 FROM conversations WHERE id = each.conversation),
    (SELECT id FROM events INDEXED BY events_by_msgid WHERE conversation = each.conversation AND msgid = each.msgid),
    (SELECT id FROM events INDEXED BY events_by_seq WHERE conversation = each.conversation AND seq = each.seq
        AND said = each.said AND era = each.era AND rank = each.rank)
FROM events AS each
"""
_BY_SEQ = """
SELECT conversation, seq, id, (SELECT typeof(body) FROM events WHERE id = each.id)
FROM events AS each INDEXED BY events_by_seq
WHERE (conversation, seq) >= (?, ?) ORDER BY conversation, seq LIMIT ?
"""


class Slice(NamedTuple):
    """What a part of the full check has found."""

    done: int
    """Rows that were looked at."""
    wrong: list[str]
    """Sentences without a full stop."""


def look(connection: apsw.Connection, path: Path) -> None:
    """Raise Damaged if the schema or one of a few events is not as it should be. Takes a few milliseconds."""
    try:
        wrong = _schema(connection) or _sample(connection)
    except (*DAMAGE, *UNREADABLE) as error:
        raise damaged(path, str(error)) from error
    if wrong:
        raise damaged(path, wrong)


def _schema(connection: apsw.Connection) -> str:
    """What is wrong with the tables, for the version that the database says it has."""
    expected = schema.tables(schema.first(connection, "PRAGMA user_version"))
    found = schema.tables_of(connection)
    names = sorted(name for name, sql in expected.items() if found.get(name) != sql)
    return _("the table or index {name} is not as Papo made it").format(name=names[0]) if names else ""


def _sample(connection: apsw.Connection) -> str:
    """What is wrong with one of a few events."""
    last = schema.first(connection, "SELECT coalesce(max(id), 0) FROM events")
    probes = [last * part // PROBES for part in range(PROBES)]
    queries: list[tuple[str, tuple[int, ...]]] = [("ORDER BY id DESC LIMIT ?", (NEWEST,))]
    queries += [("WHERE id >= ? ORDER BY id LIMIT 1", (probe,)) for probe in probes if last > NEWEST]
    for end, bindings in queries:
        for row in connection.execute(_EVENT + end, bindings):
            reason = _wrong_event(row)
            if reason:
                return reason
    return ""


def _wrong_event(row: Any) -> str:
    """What is wrong with a row of `_EVENT`; "" if it is as it should be."""
    number, _conversation, _seq, msgid, at_ms, body, named, by_msgid, by_seq = row
    try:
        event = event_of(body)
    except UNREADABLE:
        return _("event {number} cannot be read").format(number=number)
    if event.msgid != msgid or event.at_ms != at_ms:
        return _("event {number} contradicts itself").format(number=number)
    if not named:
        return _("event {number} belongs to no conversation").format(number=number)
    if by_msgid != number or by_seq != number:
        return _("event {number} is not in the index").format(number=number)
    return ""


# --- in full


def check(connection: apsw.Connection) -> Iterator[Slice]:
    """Everything but the structure of the pages, which is `pages`. Damage that SQLite meets ends the part it is in."""
    for part in (_check_events, _check_sequences, _check_records, _check_search):
        try:
            reason = _schema(connection)
            if reason:
                yield Slice(0, [reason])
                return  # the others need every table and index
            yield from part(connection)
        except (*DAMAGE, *UNREADABLE) as error:
            yield Slice(0, [str(error)])


def pages(connection: apsw.Connection) -> list[str]:
    """What SQLite's own check of every page, table and index says. One long transaction. Raises apsw.InterruptError."""
    try:
        rows = list(connection.execute(f"PRAGMA integrity_check({MOST})"))
    except (*DAMAGE, *UNREADABLE) as error:
        return [str(error)]
    lines = [line for (text,) in rows for line in str(text).splitlines()]
    return [line for line in lines if line != "ok" and not line.startswith("***")]


def _check_events(connection: apsw.Connection) -> Iterator[Slice]:
    last = -1
    while True:
        rows: list[Any] = connection.execute(_EVENT + "WHERE id > ? ORDER BY id LIMIT ?", (last, SLICE)).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield Slice(len(rows), [reason for row in rows if (reason := _wrong_event(row))][:MOST])


def _check_sequences(connection: apsw.Connection) -> Iterator[Slice]:
    """The numbers of each conversation have no holes, and each entry of the index has its event."""
    begin = (-1, 0)
    while True:
        rows: list[Any] = connection.execute(_BY_SEQ, (*begin, SLICE + 1)).fetchall()
        wrong = []
        # Only rows of one transaction are compared, hence each slice begins with the last row of the one before: in
        # between old events may have been deleted.
        for one, other in itertools.pairwise(rows):
            if one[0] == other[0] and one[1] + 1 != other[1]:
                sentence = _("conversation {number}: after event {before} comes {after}")
                wrong.append(sentence.format(number=one[0], before=one[1], after=other[1]))
        wrong += [_("event {number} is in the index, and gone").format(number=row[2]) for row in rows if row[3] is None]
        yield Slice(len(rows), wrong[:MOST])
        if len(rows) <= SLICE:
            return
        begin = rows[-1][:2]


def _check_records(connection: apsw.Connection) -> Iterator[Slice]:
    """Records can be read, and the table of their unique keys agrees with them."""
    if schema.first(connection, "PRAGMA user_version") < 3:  # unique keys came with 3: a start brings them
        return
    decode = msgspec.json.Decoder(AnyRecord).decode
    wrong: list[str] = []
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    with connection:  # one transaction: in the next, there may be another account
        rows: list[Any] = connection.execute("SELECT kind, key, body FROM records").fetchall()
        held: list[Any] = connection.execute("SELECT value, kind, key FROM unique_keys").fetchall()
    for kind, key, body in rows:
        try:
            record = decode(body)
        except UNREADABLE:
            wrong.append(_("the record {kind} {key} cannot be read").format(kind=kind, key=key))
            continue
        if place_of(record) != (kind, key):
            wrong.append(_("the record {kind} {key} is in the place of another").format(kind=kind, key=key))
        keys[kind, key] = unique_keys_of(record)
    holders = {value: (kind, key) for value, kind, key in held}
    for values in keys.values():
        # An old database may have two accounts that look alike: the first holds the key.
        lost = [value for value in values if value not in holders]
        wrong += [_("nobody holds the name {name}").format(name=value) for value in lost]
    for value, place in holders.items():
        if value not in keys.get(place, ()):
            wrong.append(_("the name {name} is held by a record that does not have it").format(name=value))
    yield Slice(len(rows), wrong[:MOST])


def _check_search(connection: apsw.Connection) -> Iterator[Slice]:
    """A sample of messages is found by their words."""
    if schema.first(connection, "PRAGMA user_version") < 2:  # the index has places since 2
        return
    tokenizer = connection.fts5_tokenizer("unicode61", ["remove_diacritics", "2"])
    until: int = schema.first(connection, "SELECT coalesce(max(until), 0) FROM indexed")
    for low in range(0, until, max(1, until // SAMPLE)):
        with connection:  # one transaction: in the next, it may be deleted
            row: Any = connection.execute(
                "SELECT id, conversation, said, body FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT 1",
                (low, until),
            ).fetchone()
            if row is None or row[2] != MESSAGE:
                continue
            try:
                text, place = indexed_of(row[1], row[3])
            except UNREADABLE:
                continue  # which `_check_events` says
            words: Any = tokenizer(text.encode(), apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False)
            tokens = [f'text : "{word}"' for group in words[:3] for word in group]
            match = " AND ".join([*tokens, f"place : {place.partition(' ')[0]}"])
            query = "SELECT 1 FROM search WHERE search MATCH ? AND rowid = ?"
            found = connection.execute(query, (match, row[0])).fetchall()
        reason = _("message {number} is not found by its words").format(number=row[0])
        yield Slice(1, [] if found else [reason])
