"""The tables of the store in memory, and what each event does to them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import msgspec

from papo.server.delivery.msgid import MARK_AT
from papo.server.delivery.ports import (
    EDIT,
    EVENT,
    GONE,
    MESSAGE,
    REACTION,
    REDACTION,
    Author,
    Conflict,
    Page,
    Search,
)
from papo.server.world.events import (
    AnyEvent,
    Audited,
    ChannelRenamed,
    Edited,
    MarkerSet,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Redacted,
    Renamed,
    UserQuit,
)
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.names import fold
from papo.server.world.nonce import Nonce
from papo.server.world.records import AnyRecord, Versioned, place_of, unique_keys_of


@dataclass
class Row:
    """One event in one conversation."""

    conversation: str
    event: Any
    history_scope: int = 0
    rank: int = 0
    kind: int = EVENT


@dataclass
class Tables:
    """Everything that is stored."""

    rows: list[Row] = field(default_factory=list)
    """In commit order."""
    records: dict[tuple[str, str], AnyRecord] = field(default_factory=dict)
    markers: dict[tuple[str, str], int] = field(default_factory=dict)
    audited: list[Audited] = field(default_factory=list)
    nonces: dict[bytes, tuple[Nonce, int, Row]] = field(default_factory=dict)
    """Key to nonce, time of the message in ms, and its row."""
    unlinked: set[str] = field(default_factory=set)
    places: set[tuple[str, str]] = field(default_factory=set)
    """(conversation, msgid) of the rows."""
    renamed: list[ChannelRenamed] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    """Conversation to its name, if it was ever renamed."""


def keep(tables: Tables, event: AnyEvent) -> Conflict | None:
    """Store an event; returns the conflict of a record that was left out."""
    if isinstance(event, RecordStored):
        return _store_record(tables, event)
    if isinstance(event, RecordDeleted):
        tables.records.pop((event.kind, event.key), None)
        if event.kind == "account":
            for marker in [marker for marker in tables.markers if marker[0] == event.key]:
                del tables.markers[marker]
    elif isinstance(event, MarkerSet):
        tables.markers[event.identity, fold(event.target)] = event.read_at_ms
    elif isinstance(event, Audited):
        tables.audited.append(event)
    else:
        nonce = event.nonce if isinstance(event, MessageSent) else None
        if nonce is not None:
            event = msgspec.structs.replace(event, nonce=None)
        new = rows_of(event)
        if nonce is not None:
            tables.nonces[nonce.key] = (nonce, event.at_ms, new[0])
        for row in new:
            if row.conversation in tables.titles:
                row.event = _named(row.event, row.conversation, tables.titles[row.conversation])
        tables.rows += new
        tables.places.update((row.conversation, event.msgid) for row in new)
        if isinstance(event, (Redacted, Edited)):
            _rewrite(tables, new[0].event)
        if isinstance(event, ChannelRenamed):
            _rename(tables, event)
    return None


def _rename(tables: Tables, event: ChannelRenamed) -> None:
    old, new = event.channel, fold(event.new)
    tables.renamed.append(event)
    tables.titles.pop(old, None)
    tables.titles[new] = event.new
    for row in tables.rows:
        if row.conversation in {old, new}:
            row.conversation = new
            row.event = _named(row.event, new, event.new)
    tables.rows = list({(row.conversation, row.event.msgid): row for row in tables.rows}.values())
    tables.places = {(row.conversation, row.event.msgid) for row in tables.rows}
    tables.markers = {(who, new if target == old else target): at_ms for (who, target), at_ms in tables.markers.items()}


def _named(event: Any, key: str, name: str) -> Any:
    if isinstance(event, ChannelRenamed) or getattr(event, "channel", None) is None:
        return event
    if hasattr(event, "conversation"):
        target = re.sub("#.*", lambda _: name, event.target)
        return msgspec.structs.replace(event, channel=key, conversation=key, target=target)
    return msgspec.structs.replace(event, channel=key, name=name)


def _store_record(tables: Tables, event: RecordStored) -> Conflict | None:
    record, place = event.record, place_of(event.record)
    if isinstance(record, Versioned):
        stored = tables.records.get(place)
        if record.version != (stored.version if isinstance(stored, Versioned) else 0) + 1:
            return Conflict(event, () if stored is None else (stored,))
        new = set(unique_keys_of(record)) - set(() if stored is None else unique_keys_of(stored))
        others = [each for at, each in tables.records.items() if at != place]
        holders = tuple(each for each in others if not new.isdisjoint(unique_keys_of(each)))
        if holders:
            return Conflict(event, holders)
    tables.records[place] = record
    return None


def rows_of(event: Any) -> list[Row]:
    """The rows of an event: one for each conversation that it belongs to."""
    if isinstance(event, (RecordStored, RecordDeleted, MarkerSet, Audited)):
        return []
    if isinstance(event, MessageSent):
        kind = REACTION if event.verb == "TAGMSG" else MESSAGE
        return [Row(event.conversation, event, event.history_scope, event.rank, kind)]
    if isinstance(event, (Redacted, Edited)):
        kind = EDIT if isinstance(event, Edited) else REDACTION
        return [Row(event.conversation, event, event.history_scope, event.rank, kind)]
    if isinstance(event, (UserQuit, Renamed)):
        unseen = getattr(event, "unseen", ())
        return [
            Row(channel, event, scope, HALF_OPERATOR if channel in unseen else 0)
            for channel, scope in zip(event.channels, event.history_scopes, strict=True)
        ]
    channel = getattr(event, "channel", None)
    if channel is None:
        return []
    return [Row(channel, event, getattr(event, "history_scope", 0), getattr(event, "rank", 0))]


def _rewrite(tables: Tables, event: Redacted | Edited) -> None:
    for row in tables.rows:
        if row.conversation == event.conversation and row.event.msgid == event.of and row.kind in {MESSAGE, REACTION}:
            tables.unlinked.update(event.unlinked)
            if isinstance(event, Redacted):
                delete(tables, row)
            else:
                row.event = msgspec.structs.replace(row.event, text=event.text, lines=(), edited_at_ms=event.at_ms)
                delete_edits(tables, row, but=event)


def delete(tables: Tables, row: Row) -> None:
    """Never shown again; a message with what it said before it was edited."""
    row.kind = GONE
    delete_edits(tables, row)


def delete_edits(tables: Tables, row: Row, but: Edited | None = None) -> None:
    """What the message said before it was edited."""
    for other in tables.rows:
        if other.kind == EDIT and other.conversation == row.conversation and other.event.of == row.event.msgid:
            other.kind = EDIT if other.event is but else GONE


def may_see(query: Page, row: Row) -> bool:
    """Whether the reader may ever see the row."""
    return (
        row.conversation == query.conversation
        and row.history_scope in {0, query.history_scope}
        and row.rank <= query.rank
        and row.event.at_ms >= query.since_ms
    )


def shows(query: Page, row: Row) -> bool:
    """Whether the page holds the row, if it has room for it."""
    msgid, until = row.event.msgid, query.until
    older = not until or msgid < until or msgid[MARK_AT:] != until[MARK_AT:]
    return may_see(query, row) and row.kind in query.kinds and older


def is_by(row: Row, author: Author) -> bool:
    """Whether an account has made the row."""
    event = row.event
    if row.kind == GONE:
        return False
    if event.account_id:
        return bool(event.account_id == author.id)
    return bool(event.account == author.name and event.at_ms >= author.since_ms)


def matches(query: Search, row: Row) -> bool:
    """Whether a search finds the row, its bounds aside."""
    places = {name: (scope, rank) for name, scope, rank in query.places}
    if row.conversation not in places:
        return False
    scope, rank = places[row.conversation]
    event = row.event
    if row.history_scope not in {0, scope} or row.rank > rank or event.at_ms < query.since.get(row.conversation, 0):
        return False
    if query.sender and event.source.partition("!")[0].lower() != query.sender.lower():
        return False
    words = f" {' '.join(_words(event.text))} "
    return all(f" {' '.join(_words(word))}{'' if word.endswith('*') else ' '}" in words for word in query.words)


def _words(text: str) -> list[str]:
    """Lower-case words without accents."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    return re.findall(r"\w+", bare)
