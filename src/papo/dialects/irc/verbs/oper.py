"""OPER, KILL, WALLOPS, REHASH, DIE, SAJOIN: for operators of the server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from papo.actions import channels, operate, people
from papo.config.passwords import verify_password
from papo.dialects.irc import numerics as n
from papo.dialects.irc.verb import verb
from papo.dialects.irc.verbs.channel import welcome

if TYPE_CHECKING:
    from papo.config import Operator
    from papo.dialects.irc.session import IrcSession
    from papo.wire.irc import Line

log = logging.getLogger(__name__)


@verb("OPER", params=2, cost=5.0, per_minute="opers_per_minute")
def oper(session: IrcSession, line: Line) -> Coroutine[Any, Any, None]:
    """OPER name password: become an operator of the server."""
    return _log_in(session, line.params[0], line.params[1])


async def _log_in(session: IrcSession, name: str, password: str) -> None:
    operators = session.chat.config.operators
    found = next((each for each in operators if each.name == name), None)
    if not await _is_right(found, password) or found is None:
        log.warning("OPER refused to %s", session.me.source)
        people.notice(session.chat, "k", f"{session.me.source} failed to become operator {name}")
        session.numeric(n.ERR_PASSWDMISMATCH, "Password incorrect")
        return
    if not operate.may_become_operator(session.me, list(found.hosts)):
        session.numeric(n.ERR_NOOPERHOST, "No operator of this name may connect from your host")
        return
    people.set_user_modes(session.chat, session, [("+", "o"), ("+", "s")], "ck")
    session.numeric(n.RPL_YOUREOPER, "You are now an IRC operator")


async def _is_right(found: Operator | None, password: str) -> bool:
    """Checked off the loop; an unknown name costs the same time as a wrong password."""
    kept = found.password if found is not None else _NOBODY
    return await asyncio.to_thread(verify_password, password[:1024], kept)


_NOBODY = "scrypt:16384:8:1:AAAAAAAAAAAAAAAAAAAAAA==:" + "A" * 43 + "="


@verb("KILL", params=1)
def kill(session: IrcSession, line: Line) -> None:
    """KILL nick [:reason]: disconnect somebody."""
    reason = (line.params[1] if len(line.params) > 1 else "") or "no reason given"
    operate.kill(session.chat, session, line.params[0], reason)


@verb("WALLOPS", params=1)
def wallops(session: IrcSession, line: Line) -> None:
    """WALLOPS :text: write to everybody with user mode +w."""
    operate.wallops(session.chat, session, line.params[0])


@verb("REHASH")
def rehash(session: IrcSession, line: Line) -> None:
    """REHASH: reread the configuration."""
    del line
    operate.check_operator(session.me)
    session.numeric(n.RPL_REHASHING, "configuration", "Rehashing")
    server = session.chat.config.server.name
    session.send(f":{server} NOTICE {session.nick} :{session.chat.reload()}")


@verb("DIE")
def die(session: IrcSession, line: Line) -> None:
    """DIE: stop the server in order."""
    del line
    operate.check_operator(session.me)
    session.chat.stop()


@verb("SAJOIN", params=1)
def sajoin(session: IrcSession, line: Line) -> None:
    """SAJOIN #channel: come in whatever its modes say."""
    operate.check_operator(session.me)
    channel = channels.join(session.chat, session, line.params[0], force=True)
    if channel is not None:
        welcome(session, channel)
