"""NickServ, ChanServ, HostServ and HistServ: other words for the same actions as the verbs."""

from papo.server.dialects.irc.services import (
    chanserv,
    histserv,
    hostserv,
    invitations,
    nickserv,
    second_factor,
    sessions,
)
from papo.server.dialects.irc.services.table import ABOUT, handle, is_service, name_of, source_of

__all__ = [
    "ABOUT",
    "chanserv",
    "handle",
    "histserv",
    "hostserv",
    "invitations",
    "is_service",
    "name_of",
    "nickserv",
    "second_factor",
    "sessions",
    "source_of",
]
