"""`nick` and `nick-ascii`: the server sends `NICK`, the client answers with its nick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol.dialects import Dialect
from papo.server.delivery.session import Echo
from papo.server.dialects.classroom import Classroom, log, printable, split_name
from papo.server.world.events import Joined
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.world.events import AnyEvent


class Nick(Classroom):
    """A client that waits for `NICK`."""

    __slots__ = ()

    def __init__(self, chat: Chat, link: Outlet, row: Dialect, options: dict[str, str]) -> None:
        super().__init__(chat, link, row, options)
        log.info("Conectado com %s", link.address or "localhost")
        # Alone: the client compares all that its recv() returns with it.
        chat.journal.defer(link.write_alone, b"NICK")

    def introduce(self, request: str) -> None:
        """The answer to NICK."""
        self.join_as(request.strip())

    def echo(self, event: AnyEvent, context: object) -> Echo:
        """The user's own join is a text of its own on their screen."""
        return Echo.OWN if type(event) is Joined else super().echo(event, context)

    def acknowledge(self, event: AnyEvent, context: object) -> None:  # noqa: ARG002 -- as in Session
        """Send the join alone, so that the client shows what follows as another text."""
        data = self.format.encode(event)
        if data:
            self.link.write_alone(data)

    def log_nick(self, nick: str) -> None:
        """As the document says."""
        log.info("Apelido é %s", printable(nick))

    def greet(self) -> None:
        """Confirm the connection, and the nick if it is not the one the client sent."""
        self.send_phrase(self.phrases.connected)
        if self.user is not None and self.user.nick != self.wanted_nick:
            self.send_phrase(self.phrases.renamed)

    def handle_message(self, request: str) -> None:
        """`NICKNAME: TEXT`. The user's own nick is removed, another one is part of the text."""
        name, text = split_name(request)
        assert self.user is not None
        mine = name and fold(name) in {fold(self.wanted_nick), self.user.key}
        log.info("%s: %s", self.row.name, self.user.nick)
        self.say(text if mine else request)
