"""Who asked to be told when somebody comes or goes (IRCv3 monitor)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.session import Session


class Watch:
    """Local sessions by the nicks they watch."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[Session]] = {}

    def add(self, session: Session, nick: str) -> None:
        """Tell the session about this nick from now on."""
        self._watchers.setdefault(fold(nick), set()).add(session)

    def remove(self, session: Session, nick: str) -> None:
        """No longer."""
        key = fold(nick)
        watchers = self._watchers.get(key)
        if watchers is not None:
            watchers.discard(session)
            if not watchers:
                del self._watchers[key]

    def tell(self, source: str, *, online: bool) -> None:
        """Somebody (`nick!user@host`) came or went."""
        nick = source.partition("!")[0]
        for session in tuple(self._watchers.get(fold(nick), ())):
            session.presence(nick, source, online=online)

    def extended(self, nick: str) -> Iterable[Session]:
        """Whoever watches this nick and wants to hear of more than coming and going (IRCv3 extended-monitor)."""
        return [session for session in self._watchers.get(fold(nick), ()) if session.follows]

    def of(self, nick: str) -> Iterable[Session]:
        """Whoever watches this nick."""
        return tuple(self._watchers.get(fold(nick), ()))
