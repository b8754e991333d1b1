"""`handshake`: the client offers a nick, the server answers `TRUE` or `FALSE`; then the client sends bare text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol.dialects import Dialect
from papo.server.actions import nicks
from papo.server.dialects.classroom import Classroom, log, printable
from papo.server.dialects.message_splitter import BlankLines
from papo.server.world.names import to_nick

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet


class Handshake(Classroom):
    """A handshake client."""

    __slots__ = ()

    def __init__(self, chat: Chat, link: Outlet, row: Dialect, options: dict[str, str]) -> None:
        super().__init__(chat, link, row, options)
        log.info("%s connected", link.address or "localhost")

    def introduce(self, request: str) -> None:
        """A nick: TRUE if it is free, FALSE if it is taken or invalid; the client then offers another one."""
        self.wanted_nick = request.strip()
        if self.is_refused():
            return
        nick = to_nick(self.wanted_nick, self.chat.config.limits.nick_length, "")
        if not nick or self.is_taken(nick):
            self._answer(b"FALSE")
            return
        uid = self.chat.ids.uid()

        def go_on(granted: bool) -> None:  # noqa: FBT001 -- the answer of the nick registry
            if granted:
                self._join(uid, nick)
            else:
                self._answer(b"FALSE")

        self.continue_with(nicks.claim(self.chat, nick, uid), go_on)

    def accept(self) -> None:
        """The nick is the user's."""
        self._answer(b"TRUE")

    def _answer(self, word: bytes) -> None:
        # Alone: each answer is read by one recv().
        self.chat.journal.defer(self.link.write_alone, word)

    def handle(self, request: str | BlankLines) -> None:
        """`/close`, in any case and with anything behind it, ends."""
        if isinstance(request, str) and request.strip().lower().startswith("/close"):
            self.leave()
        else:
            super().handle(request)

    def end(self, reason: str, *, dropped: bool = False) -> None:
        """Log the departure in the original's language."""
        if self.user is not None and not self.ended:
            log.info("%s disconnected", printable(self.user.nick))
        super().end(reason, dropped=dropped)
