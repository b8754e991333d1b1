"""Whether a row of events is what was stored: its columns are also in its body, so most damage shows."""

from __future__ import annotations

from typing import Any

import msgspec

from papo.server.delivery.ports import EDIT, EVENT, GONE, MESSAGE, REACTION, REDACTION
from papo.server.store.rows import event_of
from papo.server.world.events import AnyEvent, Edited, Gone, MessageSent, Redacted

_KINDS: dict[type, tuple[int, ...]] = {
    MessageSent: (MESSAGE, REACTION, GONE),  # with an empty text, before schema 0007
    Redacted: (REDACTION,),
    Edited: (EDIT, GONE),
    Gone: (GONE,),
}
_MOST = 1 << 53


def read_event(row: tuple[Any, ...]) -> AnyEvent | None:
    """The event of a row of the table; None if the row is not as it was stored.

    `row`: id, conversation, seq, msgid, at_ms, era, rank, said, body, and what later versions add.
    """
    number, conversation, seq, msgid, at_ms, scope, rank, kind, body = row[:9]
    try:
        event = event_of(body)
        keys = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, TypeError):
        return None
    known = {"type", *event.__struct_encode_fields__}
    same = event.msgid == msgid and event.at_ms == at_ms
    if isinstance(event, (MessageSent, Redacted, Edited)):
        same = same and event.history_scope == scope and event.rank == rank
    numbers = 0 < number < _MOST and 0 < conversation < _MOST and 0 < seq < _MOST
    if same and numbers and kind in _KINDS.get(type(event), (EVENT,)) and keys.keys() <= known:
        return event
    return None


def names_of(event: AnyEvent) -> tuple[str, ...]:
    """The conversations that an event may be in, as they were called; () if it does not say."""
    if isinstance(event, (MessageSent, Redacted, Edited)):
        return (event.conversation,)
    channels = getattr(event, "channels", ())
    return tuple(channels) or tuple(filter(None, [getattr(event, "channel", "")]))
