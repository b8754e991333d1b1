"""NS, CS, HS, HISTSERV: short commands for messages to the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.dialects.irc import services
from papo.server.dialects.irc.verb import verb

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession


@verb("NS")
def ns(session: IrcSession, line: Line) -> None:
    """NS command: write to NickServ, which manages accounts."""
    services.handle(session, "NickServ", " ".join(line.params))


@verb("NICKSERV")
def nickserv(session: IrcSession, line: Line) -> None:
    """NICKSERV command: the same as NS."""
    ns(session, line)


@verb("CS")
def cs(session: IrcSession, line: Line) -> None:
    """CS command: write to ChanServ, which manages registered channels."""
    services.handle(session, "ChanServ", " ".join(line.params))


@verb("CHANSERV")
def chanserv(session: IrcSession, line: Line) -> None:
    """CHANSERV command: the same as CS."""
    cs(session, line)


@verb("HS")
def hs(session: IrcSession, line: Line) -> None:
    """HS command: write to HostServ, which gives users hosts."""
    services.handle(session, "HostServ", " ".join(line.params))


@verb("HOSTSERV")
def hostserv(session: IrcSession, line: Line) -> None:
    """HOSTSERV command: the same as HS."""
    hs(session, line)


@verb("HISTSERV")
def histserv(session: IrcSession, line: Line) -> None:
    """HISTSERV command: write to HistServ, which manages the message history."""
    services.handle(session, "HistServ", " ".join(line.params))
