"""`handshake`: the client offers a nickname and is told `TRUE` or `FALSE`; then it sends bare text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions import nicks
from papo.server.dialects.classroom import Classroom, log, printable
from papo.server.dialects.words import Words
from papo.server.world.names import to_nick

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet


class Handshake(Classroom):
    """One handshake client."""

    __slots__ = ()

    dialect = "handshake"
    recv_bytes = 2048
    words = Words(
        message="{nick}: {text}\n",
        left="{nick} disconnected!",
        dropped="{nick} has been disconnected",
        private="{nick} (private): {text}\n",
        kicked="You were removed from the room by {nick}: {text}\n",
        not_sent="Message not sent: {text}\n",
    )
    echoes_own = False

    def __init__(self, chat: Chat, link: Outlet, options: dict[str, str]) -> None:
        super().__init__(chat, link, options)
        log.info("%s connected", link.address or "localhost")

    def begin(self, request: str) -> None:
        """A nickname: TRUE where it is free, FALSE where it is taken or can be no name; the client then asks again."""
        self.given = request.strip()
        nick = to_nick(self.given, self.chat.config.limits.nick_length, "")
        if not nick or self.chat.world.user(nick) is not None:
            self._answer(b"FALSE")
            return
        if self.is_kept_out():
            return
        uid = self.chat.ids.uid()

        def go_on(granted: bool) -> None:  # noqa: FBT001 -- a claim's answer
            self._answer(b"TRUE" if granted else b"FALSE")
            if granted:
                self._come_in(uid, nick)

        self.continue_with(nicks.claim(self.chat, nick, uid), go_on)

    def _answer(self, word: bytes) -> None:
        # Alone: each answer is read by one recv().
        self.chat.journal.defer(self.link.write_alone, word)

    def handle(self, request: str) -> None:
        """`/close`, in any case and with anything behind it, ends."""
        if request.strip().lower().startswith("/close"):
            self.leave()
        else:
            super().handle(request)

    def end(self, reason: str, *, dropped: bool = False) -> None:
        """Log the departure in the original's language."""
        if self.user is not None and not self._ended:
            log.info("%s disconnected", printable(self.user.nick))
        super().end(reason, dropped=dropped)
