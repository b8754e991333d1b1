"""`relay`: the server passes `NAME: TEXT` on to all other clients, and says nothing itself.

A relay client sends nothing before its first message and receives everything from the start: it is in the room as a
guest whom everybody sees, and gets its nick with its first message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol.dialects import GUEST, Dialect
from papo.server.dialects.classroom import Classroom, log, split_name

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet


class Relay(Classroom):
    """A relay client."""

    __slots__ = ()

    def __init__(self, chat: Chat, link: Outlet, row: Dialect, options: dict[str, str]) -> None:
        super().__init__(chat, link, row, options)
        log.info("relay: connection from %s", link.address or "localhost")
        self.join_as(GUEST)

    def handle_message(self, request: str) -> None:
        """`NAME: TEXT` names its sender."""
        name, text = split_name(request)
        if name and name != self.wanted_nick:
            self.rename_to(name)
        self.say(text)
