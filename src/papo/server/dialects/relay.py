"""`relay`: the server passes on `NAME: TEXT` to everybody but the sender, and says nothing itself.

A relay client is silent until its first message and hears everything from the start: it is in the room as a guest
(`visitante`) whom everybody can see, and takes its name with the first message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.dialects.classroom import Classroom, log, split_name
from papo.server.dialects.words import GUEST, Words

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet


class Relay(Classroom):
    """One relay client."""

    __slots__ = ()

    dialect = "relay"
    words = Words()
    echoes_own = False

    def __init__(self, chat: Chat, link: Outlet, options: dict[str, str]) -> None:
        super().__init__(chat, link, options)
        log.info("Conectado com %s", link.address or "localhost")
        self.enter(GUEST)

    def hear(self, request: str) -> None:
        """`NAME: TEXT` says who speaks."""
        name, text = split_name(request)
        if name and name != self.given:
            self.call(name)
        self.say(text)
