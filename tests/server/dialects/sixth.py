"""`sixth`: a dialect that only the tests have. A client sends `TEXT|NICK`; the server echoes it, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.client.classroom.conversation import Conversation
from papo.protocol.dialects import GUEST, Dialect, Phrases
from papo.server.dialects.classroom import Classroom

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet

ROW = Dialect(
    "sixth",
    6006,
    "sixth:Server",
    "sixth:Client",
    Phrases(message="{nick}: {text}\n", left="{nick} foi embora\n"),
    echoes=True,
    listening="sixth on {port}",
)


class Server(Classroom):
    """The server's side."""

    __slots__ = ()

    def __init__(self, chat: Chat, link: Outlet, row: Dialect, options: dict[str, str]) -> None:
        super().__init__(chat, link, row, options)
        self.join_as(GUEST)

    def handle_message(self, request: str) -> None:
        """`TEXT|NICK`."""
        text, _, nick = request.rpartition("|")
        if nick != self.wanted_nick:
            self.rename_to(nick)
        self.say(text)


class Client(Conversation):
    """The client's side."""

    prefixes = False

    def _encode(self, text: str) -> bytes:
        return f"{text}|{self.nick}\n".encode()
