"""Events to rows and back. Knows no database connection."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from papo.server.delivery.ports import EDIT, EVENT, REDACTION
from papo.server.world.events import (
    AnyEvent,
    Audited,
    Edited,
    Gone,
    MarkerSet,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Redacted,
    Renamed,
    UserQuit,
)
from papo.server.world.modes import HALF_OPERATOR

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class Row(NamedTuple):
    """One event in one conversation."""

    conversation: str
    msgid: str
    at_ms: int
    history_scope: int
    rank: int
    kind: int
    """Of `delivery.ports`: `MESSAGE`, `EDIT` and so on; the column is called `said`."""
    body: str


OWN_TABLES = (MarkerSet, RecordStored, RecordDeleted, Audited)
"""Durable events that have tables of their own."""


def rows_of(event: AnyEvent) -> Iterator[Row]:
    """The rows of an event other than `MessageSent`: one, or one for each of its channels, or none."""
    body = _encode(event).decode()
    if isinstance(event, (Redacted, Edited)):
        kind = EDIT if isinstance(event, Edited) else REDACTION
        yield Row(event.conversation, event.msgid, event.at_ms, event.history_scope, event.rank, kind, body)
    elif isinstance(event, (UserQuit, Renamed)):
        for channel, history_scope in zip(event.channels, event.history_scopes, strict=True):
            rank = HALF_OPERATOR if channel in event.unseen else 0
            yield Row(channel, event.msgid, event.at_ms, history_scope, rank, EVENT, body)
    elif not isinstance(event, OWN_TABLES) and hasattr(event, "channel"):
        rank = getattr(event, "rank", 0)
        yield Row(str(event.channel), event.msgid, event.at_ms, getattr(event, "history_scope", 0), rank, EVENT, body)


def body_of(event: AnyEvent) -> str:
    """The event as JSON."""
    return _encode(event).decode()


def gone_body(at_ms: int, msgid: str) -> str:
    """The body of what is left of a deleted event."""
    return body_of(Gone(uid="", source="", at_ms=at_ms, msgid=msgid))


@lru_cache(maxsize=8192)
def place(conversation: int, nick: str) -> str:
    """Conversation and sender in the full-text index (schema 0002); only ASCII is case-folded, as in SQLite."""
    return f"c{conversation} u{sender(nick)}"


def sender(nick: str) -> str:
    """A nick as one word of hexadecimal digits, for the index."""
    lower = "".join(char.lower() if char.isascii() else char for char in nick)
    return lower.encode().hex()


def event_of(body: str) -> AnyEvent:
    """The event of a row's JSON."""
    event: AnyEvent = _decoder.decode(body)
    return event


def indexed_of(conversation: int, body: str) -> tuple[str, str]:
    """(text, place) of a message, as in the full-text index."""
    event = _decoder.decode(body)
    text = event.text if isinstance(event, MessageSent) else ""
    return text, place(conversation, event.source.partition("!")[0])
