"""Who was here before, for WHOWAS. Bounded; the oldest go first."""

from __future__ import annotations

from typing import NamedTuple

from papo.server.world.names import fold
from papo.server.world.user import User

MAX_ENTRIES = 5_000
MAX_PER_NICK = 20


class WhowasEntry(NamedTuple):
    """A person as they were when they left, or gave up the nick."""

    nick: str
    username: str
    host: str
    address: str
    realname: str
    node: str
    account: str | None
    left_at_ms: int


class Whowas:
    """Former holders of nicks."""

    def __init__(self) -> None:
        self._by_nick: dict[str, list[WhowasEntry]] = {}
        self._count = 0

    def add(self, user: User, at_ms: int) -> None:
        """Remember the person under the nick they have now."""
        entries = self._by_nick.pop(user.key, [])
        entries.append(
            WhowasEntry(
                user.nick, user.username, user.host, user.address, user.realname, user.node, user.account, at_ms
            )
        )
        self._count += 1
        if len(entries) > MAX_PER_NICK:
            entries.pop(0)
            self._count -= 1
        self._by_nick[user.key] = entries  # at the end: the dict is in order of the newest entry
        while self._count > MAX_ENTRIES:
            oldest = next(iter(self._by_nick))
            self._count -= len(self._by_nick.pop(oldest))

    def of(self, nick: str) -> list[WhowasEntry]:
        """Newest first."""
        return self._by_nick.get(fold(nick), [])[::-1]
