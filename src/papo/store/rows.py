"""Events to rows and back. Knows no connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from papo.world.events import Departed, Event, MarkerSet, Renamed, Said
from papo.world.modes import HALF_OPERATOR

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class Row(NamedTuple):
    """One event in one conversation."""

    conversation: str
    msgid: str
    at_ms: int
    era: int
    rank: int
    said: int
    body: str
    text: str
    """For the full-text index; "" where nothing was said."""


def rows_of(event: Event) -> Iterator[Row]:
    """The rows of an event: one, or one for each of its channels, or none."""
    body = _encode(event).decode()
    if type(event) is Said:
        said = event.verb != "TAGMSG"
        yield Row(event.conversation, event.msgid, event.at_ms, event.era, event.rank, said, body, event.text)
    elif isinstance(event, (Departed, Renamed)):
        for channel, era in zip(event.channels, event.eras, strict=True):
            unseen = isinstance(event, Departed) and channel in event.unseen
            rank = HALF_OPERATOR if unseen else 0
            yield Row(channel, event.msgid, event.at_ms, era, rank, 0, body, "")
    elif not isinstance(event, MarkerSet) and hasattr(event, "channel"):
        rank = getattr(event, "rank", 0)
        yield Row(str(event.channel), event.msgid, event.at_ms, getattr(event, "era", 0), rank, 0, body, "")


def event_of(body: str) -> Event:
    """The event of a row."""
    event: Event = _decoder.decode(body)
    return event


def text_of(body: str) -> str:
    """What was said, as the full-text index got it."""
    event = _decoder.decode(body)
    return event.text if isinstance(event, Said) else ""
