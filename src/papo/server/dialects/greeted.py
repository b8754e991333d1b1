"""What `nick-ascii` and `nick` share: the server asks `NICK`, the client answers with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from papo.server.delivery.session import Echo
from papo.server.dialects.classroom import Classroom, log, split_name
from papo.server.world.events import Joined
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.world.events import AnyEvent


class Greeted(Classroom):
    """A client that is asked for its name."""

    __slots__ = ()

    echoes_own = True
    connected: ClassVar[str]
    """What a newcomer is told."""

    def __init__(self, chat: Chat, link: Outlet, options: dict[str, str]) -> None:
        super().__init__(chat, link, options)
        log.info("Conectado com %s", link.address or "localhost")
        # Alone: the client compares the whole recv() with it.
        chat.journal.defer(link.write_alone, b"NICK")

    def begin(self, request: str) -> None:
        """The answer to NICK."""
        self.enter(request.strip())

    def echo(self, event: AnyEvent, context: object) -> Echo:
        """The user's own JOIN is a text of its own on their screen."""
        return Echo.OWN if type(event) is Joined else super().echo(event, context)

    def acknowledge(self, event: AnyEvent, context: object) -> None:  # noqa: ARG002 -- as in Session
        """Send the JOIN alone, so that nothing is glued to it."""
        data = self.format.encode(event)
        if data:
            self.link.write_alone(data)

    def welcome(self) -> None:
        """They are in; and if their name had to change, under which."""
        self.tell(self.connected)
        if self.user is not None and self.user.nick != self.given:
            self.reply(self.format.bytes_of(self.words.renamed.replace("{nick}", self.user.nick, 1)))

    def hear(self, request: str) -> None:
        """`NICKNAME: TEXT`; a name that is theirs is taken off, another one is part of what they say."""
        name, text = split_name(request)
        assert self.user is not None
        mine = name and fold(name) in {fold(self.given), self.user.key}
        log.info("%s: %s", self.dialect, self.user.nick)
        self.say(text if mine else request)
