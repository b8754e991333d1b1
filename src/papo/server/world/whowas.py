"""Former holders of nicks, for WHOWAS. Bounded: the oldest are forgotten first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.world.undo import FinalWrites
    from papo.server.world.user import User

MAX_ENTRIES = 5_000
MAX_PER_NICK = 20


class WhowasEntry(NamedTuple):
    """A user as they were when they quit or changed the nick."""

    nick: str
    username: str
    host: str
    address: str
    realname: str
    node: str
    account: str | None
    left_at_ms: int


class Whowas:
    """Changed by `World.apply` alone."""

    def __init__(self) -> None:
        self._by_nick: dict[str, list[WhowasEntry]] = {}
        """Casefolded nick to its holders, oldest first. In order of each nick's newest entry."""
        self._count = 0

    def add(self, user: User, at_ms: int, writes: FinalWrites) -> None:
        """Remember the user under their present nick."""
        entry = WhowasEntry(
            user.nick, user.username, user.host, user.address, user.realname, user.node, user.account, at_ms
        )
        self.restore([*self._by_nick.get(user.key, ()), entry][-MAX_PER_NICK:], writes)

    def restore(self, entries: Sequence[WhowasEntry], writes: FinalWrites) -> None:
        """Put these in place of what is known of their nick; it is the newest then."""
        key = fold(entries[-1].nick)
        count = self._count + len(entries) - len(self._by_nick.get(key, ()))
        writes.pop(self._by_nick, key)
        writes.put(self._by_nick, key, list(entries))
        while count > MAX_ENTRIES:
            oldest = next(iter(self._by_nick))
            count -= len(self._by_nick[oldest])
            writes.pop(self._by_nick, oldest)
        writes.assign(self, "_count", count)

    def of(self, nick: str) -> list[WhowasEntry]:
        """Newest first."""
        return self._by_nick.get(fold(nick), [])[::-1]

    def by_nick(self) -> Iterable[Sequence[WhowasEntry]]:
        """The entries of each nick, oldest first; nicks in order of their newest entry."""
        return self._by_nick.values()
