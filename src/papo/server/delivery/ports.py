"""The three things the core asks of the world outside: keep, tell the other nodes, own a name.

One node uses `store.sqlite`, `LocalBus` and `LocalNickRegistry`; many nodes pass three other objects to the
same core, and nothing in it knows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from papo.server.world.events import AnyEvent

EVENT, MESSAGE, REACTION, REDACTION, EDIT, GONE = 0, 1, 2, 3, 4, 9
"""Kinds of rows. GONE is a message that was redacted: never shown, and its text is not there any more."""


class NotStored(Exception):
    """A commit failed: nothing of its batch is on disk. The text says why, for the log."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A question about one conversation's past (IRCv3 chathistory, section "Subcommands")."""

    conversation: str
    after: str | int | None = None
    """Lower bound, excluded: a msgid, or milliseconds since 1970; None: from the beginning."""
    before: str | int | None = None
    """Upper bound, excluded; None: until now."""
    newest_first: bool
    """Which end the limit counts from; the answer is oldest first all the same."""
    limit: int
    history_scope: int = 0
    """Creation time of the channel: rows of era 0 and of this era are visible."""
    rank: int = 0
    """Rows for a higher rank are left out."""
    since_ms: int = 0
    """What is older is not visible, whatever the bounds."""
    everything: bool = False
    """True: joins, topics, modes too (draft/event-playback); False: PRIVMSG and NOTICE only."""
    also: tuple[int, ...] = ()
    """Kinds of rows besides (`REACTION`, `REDACTION`, `EDIT`)."""

    @property
    def kinds(self) -> tuple[int, ...]:
        """All kinds of rows that are wanted."""
        return (MESSAGE, *((EVENT,) if self.everything else ()), *self.also)


class Target(msgspec.Struct, frozen=True):
    """A conversation with its newest message."""

    conversation: str
    latest_ms: int


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A question about what was said (draft/search). Nothing outside `places` is looked at."""

    words: tuple[str, ...]
    """Each must be in the message; one that ends in `*` matches what begins so, one with spaces is a phrase."""
    places: tuple[tuple[str, int, int], ...]
    """(conversation, era, rank) that the asker may read."""
    since: dict[str, int] = {}
    """Conversation to the time in ms before which nothing of it is visible; 0 where it is missing."""
    sender: str = ""
    """Nick of who said it; "" for anybody."""
    after_ms: int | None = None
    before_ms: int | None = None
    limit: int = 50


class Store(Protocol):
    """Durable history. Reads see every commit whose `done` has been called."""

    def commit(self, events: Sequence[AnyEvent], done: Callable[[NotStored | None], None]) -> None:
        """Keep the events, all or none, in this order; call `done` on the loop's thread, at once or later.

        One commit at a time: the journal does not call again before `done`.
        """

    async def page(self, query: Page) -> list[AnyEvent]:
        """Oldest first. Raises KeyError where a bound is a msgid that this conversation does not show."""

    async def around(self, query: Page, centre: str | int) -> list[AnyEvent]:
        """About half of `limit` each side of `centre` (a msgid's own row included). Raises KeyError as `page`."""

    async def targets(
        self, identity: str, channels: Sequence[tuple[str, int]], after_ms: int, before_ms: int, limit: int
    ) -> list[Target]:
        """Conversations of `identity`, and `channels` (key, era), whose newest message lies between; oldest first."""

    async def find(self, query: Page, msgid: str) -> AnyEvent | None:
        """One event of a conversation, if the query's reader may see it."""

    async def search(self, query: Search) -> list[AnyEvent]:
        """The newest messages that fit, oldest first."""

    async def audit(self, limit: int) -> list[tuple[int, str, str, str]]:
        """The newest of what operators did, oldest first: (when in ms, who, action, details)."""

    async def said_by(self, account: str, since_ms: int) -> list[AnyEvent]:
        """Everything an account (its name) said since then, oldest first."""

    async def forget(self, account: str, since_ms: int) -> int:
        """Take the text out of everything an account (its name) said since then; returns how many messages."""

    async def close(self) -> None:
        """Finish what was handed over and let the files go."""


class Bus(Protocol):
    """The other nodes."""

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Tell the other nodes, in this order."""


class NickRegistry(Protocol):
    """Who owns a nick, in the whole network."""

    def claim(self, key: str, uid: str) -> bool | Awaitable[bool]:
        """Take a casefolded nick for `uid`; False where somebody else has it. Taking it twice is True."""

    def release(self, key: str, uid: str) -> None:
        """Give it back; does nothing where `uid` does not hold it."""


class LocalBus:
    """No other nodes."""

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Nobody to tell."""


class LocalNickRegistry:
    """All nicks of the one node, in a dict."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}

    def claim(self, key: str, uid: str) -> bool:
        """Answer at once."""
        return self._owner.setdefault(key, uid) == uid

    def release(self, key: str, uid: str) -> None:
        """Free the name."""
        if self._owner.get(key) == uid:
            del self._owner[key]
