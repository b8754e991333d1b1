"""Messages, and what can still happen to them."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from papo.server.world.events.base import Event, InternalEvent
from papo.server.world.nonce import Nonce

NO_TAGS: dict[str, str] = {}
"""Shared by all events without client tags; never written to."""


class MessageSent(Event, frozen=True, gc=False, kw_only=True, tag="Said"):
    """A message to a channel or to one user."""

    durable = True

    verb: str
    """`PRIVMSG`, `NOTICE` or `TAGMSG`."""
    target: str
    """As the audience sees it: `#Room`, `@#Room`, or the addressee's nick."""
    channel: str | None
    """The channel's key; None for a private message."""
    to_uid: str | None = None
    """The addressee of a private message."""
    conversation: str
    """Where it is stored: the channel's key, or for a private message both identities joined by one space."""
    text: str = ""
    """Empty for TAGMSG."""
    tags: dict[str, str] = NO_TAGS
    """Client-only tags (with their `+`)."""
    rank: int = 0
    """Lowest rank of a member who may see it; 0: everyone (see `world.modes.RANKS`)."""
    history_scope: int = msgspec.field(default=0, name="era")
    """0: sent while anyone could have joined. Else the creation time of the private channel it was sent in:
    only members of that very channel may read it later."""
    lines: tuple[tuple[bool, str], ...] = ()
    """Of a multiline message: (whether the line continues without a break, the line); `text` is all of them joined."""
    edited_at_ms: int = 0
    """When `text` was last changed; 0: never."""
    relayed_by: str = ""
    """Nick of the bridge that relayed it (RELAYMSG); `source` is then not a user of this network."""
    nonce: Nonce | None = None
    """What recognises it if it is sent again; stored apart, and never shown."""


class Redacted(Event, frozen=True, gc=False, kw_only=True):
    """A message was deleted (IRCv3 message-redaction); its text is deleted from the disk too."""

    durable = True

    target: str
    channel: str | None
    to_uid: str | None = None
    conversation: str
    of: str
    """msgid of the message."""
    reason: str = ""
    unlinked: tuple[str, ...] = ()
    """Ids of the author's uploaded files that the message linked to: deleted too, unless another links to them."""
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class Edited(Event, frozen=True, gc=False, kw_only=True):
    """The text of a message was changed by its author (draft/message-edit)."""

    durable = True

    target: str
    channel: str | None
    to_uid: str | None = None
    conversation: str
    of: str
    """msgid of the message, which keeps it."""
    verb: str
    text: str
    unlinked: tuple[str, ...] = ()
    """As of a deletion: those that the new text does not link to."""
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class Gone(InternalEvent, frozen=True, gc=False, kw_only=True):
    """What is left of an event that was deleted: its place in the history, its msgid and its time. Only in storage."""


REACTIONS = frozenset({"+draft/react", "+react", "+draft/unreact", "+unreact", "+draft/persist"})
"""Client tags that make a TAGMSG worth storing (IRCv3 react; draft/persist asks for it)."""


EDITS = frozenset({"+draft/edit", "+edit", "+draft/delete", "+delete"})
"""Client tags by which a client claims that its message changes another one. No message has them: the server alone says
that a message was changed, when it has checked who wants that."""


def is_kept(verb: str, tags: dict[str, str]) -> bool:
    """Whether a message with this verb and these tags is stored."""
    return verb != "TAGMSG" or not REACTIONS.isdisjoint(tags)


MessageEvent: TypeAlias = MessageSent | Redacted | Edited
