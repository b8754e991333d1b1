"""What every event has."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True, omit_defaults=True):
    """Something that happened."""

    durable: ClassVar[bool] = False
    """Whether it is stored before anyone sees it (see `is_durable` for the kinds that depend on more)."""

    uid: str
    """The user who did it, by the id that is theirs as long as they are connected; "" for the server."""
    source: str
    """The same user as others see them at that moment: `nick!user@host`."""
    at_ms: int
    """Milliseconds since 1970 (UTC). Decreases from one event to the next only if the clock was set far back: order is
    that of the commits, not of the times (`delivery.clock`)."""
    msgid: str
    """Unique; begins with its time, and sorts by it as a string."""
    account: str | None = None
    """The account they were logged in to; None for a guest."""
    account_id: str = ""
    """Its id, which stays when the account is renamed; "" for a guest, and in events of before schema 0007."""
    bot: bool = False
    """Whether they have the bot mode (IRCv3 bot-mode)."""
    oper: str = ""
    """Their operator name if they are an operator of the server, else "" (IRCv3 oper-tag)."""


class InternalEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event that no client is ever sent."""
