"""The dialects by the name of their scheme: one line for each, and how a connection of it begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from papo.server.dialects.framed import Framed
from papo.server.dialects.handshake import Handshake
from papo.server.dialects.irc.session import IrcSession
from papo.server.dialects.nick import Nick
from papo.server.dialects.nick_ascii import NickAscii
from papo.server.dialects.relay import Relay

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.dialects.connection import Connection

Make: TypeAlias = Callable[["Chat", "Outlet", dict[str, str]], "Connection"]

DIALECTS: dict[str, Make] = {
    "irc": lambda chat, link, _options: IrcSession(chat, link),
    "relay": Relay,
    "nick-ascii": NickAscii,
    "nick": Nick,
    "framed": Framed,
    "handshake": Handshake,
}

_STARTED = {
    "nick": "Server iniciado...",
    "framed": "Servidor Iniciado...",
    "handshake": "server listening at port: {port}...",
}


def started(dialect: str, port: int) -> str:
    """What the document has the server say when it listens; "" for none."""
    return _STARTED.get(dialect, "").replace("{port}", str(port))
