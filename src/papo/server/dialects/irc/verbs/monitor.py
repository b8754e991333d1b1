"""MONITOR: learn when users connect and leave (IRCv3 monitor)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.dialects.irc.verb import verb
from papo.server.world.names import fold, valid_nick

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession


@verb("MONITOR", params=1)
def monitor(session: IrcSession, line: Line) -> None:
    """MONITOR + nick,... | - nick,... | C | L | S: monitor nicks: add, remove, clear, list, show who is online."""
    nicks = [nick for nick in (line.params[1] if len(line.params) > 1 else "").split(",") if nick]
    match line.params[0].upper():
        case "+":
            _add(session, nicks)
        case "-":
            for nick in nicks:
                _remove(session, nick)
        case "C":
            for nick in list((session.monitored or {}).values()):
                _remove(session, nick)
        case "L":
            session.numeric_list(n.RPL_MONLIST, "", list((session.monitored or {}).values()), separator=",")
            session.numeric(n.RPL_ENDOFMONLIST, "End of MONITOR list")
        case "S":
            _send_status(session, list((session.monitored or {}).values()))
        case _:
            pass


def _add(session: IrcSession, nicks: list[str]) -> None:
    limits = session.chat.config.limits
    monitored = session.monitored = session.monitored or {}
    added = []
    for at, nick in enumerate(nicks):
        key = fold(nick)
        if key in monitored or not valid_nick(nick, limits.nick_length):
            continue
        if len(monitored) >= limits.monitor:
            rest = ",".join(nicks[at:])
            session.numeric(n.ERR_MONLISTFULL, str(limits.monitor), rest, "Monitor list is full")
            break
        monitored[key] = nick
        session.chat.sessions.monitor.add(session, nick)
        added.append(nick)
    _send_status(session, added)


def _remove(session: IrcSession, nick: str) -> None:
    if session.monitored and session.monitored.pop(fold(nick), None) is not None:
        session.chat.sessions.monitor.remove(session, nick)


def _send_status(session: IrcSession, nicks: list[str]) -> None:
    users = [(nick, session.chat.world.user(nick)) for nick in nicks]
    session.numeric_list(n.RPL_MONONLINE, "", [user.source for _, user in users if user is not None], separator=",")
    session.numeric_list(n.RPL_MONOFFLINE, "", [nick for nick, user in users if user is None], separator=",")
