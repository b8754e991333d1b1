"""Who monitors which nicks (IRCv3 monitor)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.session import Session


class Monitor:
    """Local sessions by the nicks they monitor."""

    def __init__(self) -> None:
        self._sessions: dict[str, set[Session]] = {}

    def add(self, session: Session, nick: str) -> None:
        """The session is notified of this nick from now on."""
        self._sessions.setdefault(fold(nick), set()).add(session)

    def remove(self, session: Session, nick: str) -> None:
        """The session is no longer notified of this nick."""
        key = fold(nick)
        sessions = self._sessions.get(key)
        if sessions is not None:
            sessions.discard(session)
            if not sessions:
                del self._sessions[key]

    def notify(self, source: str, *, online: bool) -> None:
        """A user (`nick!user@host`) connected or quit."""
        nick = source.partition("!")[0]
        for session in self.of(nick):
            session.online_changed(nick, source, online=online)

    def of(self, nick: str) -> Iterable[Session]:
        """The sessions that monitor this nick."""
        return tuple(self._sessions.get(fold(nick), ()))

    def extended(self, nick: str) -> Iterable[Session]:
        """Those of them that get more than connects and quits (IRCv3 extended-monitor)."""
        return [session for session in self.of(nick) if session.extended_monitor]
