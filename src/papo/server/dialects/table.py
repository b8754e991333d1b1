"""How a connection of each dialect is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from papo.protocol.dialects import CLASSROOM, load
from papo.server.dialects.irc.session import IrcSession

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.outlet import Outlet
    from papo.server.dialects.connection import Connection

Make: TypeAlias = Callable[["Chat", "Outlet", dict[str, str]], "Connection"]
"""Chat, link and the options of the listener to a connection."""


def maker(scheme: str) -> Make:
    """What makes the connections of a listener with this scheme."""
    row = CLASSROOM.get(scheme)
    if row is None:
        return lambda chat, link, _options: IrcSession(chat, link)
    make = load(row.server)
    return lambda chat, link, options: make(chat, link, row, options)
