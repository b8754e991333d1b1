"""SESSIONS, PASSWD, EMAIL: what NickServ does too, with answers for programs (papo.chat/sessions).

    SESSIONS LIST              a batch of lines: SESSIONS LIST id name=value..., and `current` for the one that asks
    SESSIONS LOGOUT id|OTHERS  SESSIONS LOGOUT count
    PASSWD :new                PASSWD SUCCESS
    EMAIL SET address          EMAIL SUCCESS address, or EMAIL VERIFICATION_REQUIRED address
    EMAIL VERIFY code          EMAIL SUCCESS address

Values are escaped as those of tags are. FAIL PROOF_REQUIRED asks for the password: log in again (SASL), and repeat it.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from papo.protocol.irc import escape
from papo.protocol.times import iso_time
from papo.server.actions.accounts import email_address, passwords, sessions
from papo.server.dialects.irc.server_batch import send_batch
from papo.server.dialects.irc.verb import verb

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.actions.accounts.sessions import SessionInfo
    from papo.server.dialects.irc.session import IrcSession

BATCH = "papo.chat/sessions"


@verb("SESSIONS", params=1)
def sessions_(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """SESSIONS LIST | LOGOUT id|OTHERS: the sessions of your account, and their end."""
    match [word.upper() for word in line.params]:
        case ["LIST"]:
            server = session.chat.config.server.name
            found = sessions.of(session.chat, session)
            send_batch(session, BATCH, [f":{server} SESSIONS LIST {_words(each)}" for each in found])
        case ["LOGOUT", which]:
            return _log_out(session, which)
        case _:
            session.fail("SESSIONS", "INVALID_PARAMS", session.translate("Usage: LIST, or LOGOUT and an id or OTHERS"))
    return None


def _words(each: SessionInfo) -> str:
    values = {
        "nick": each.nick,
        "device": each.device,
        "address": each.address,
        "scheme": each.scheme,
        "login": each.login,
        "since": iso_time(each.since_ms),
        "active": iso_time(each.active_ms),
    }
    words = [f"{name}={escape(value)}" for name, value in values.items()]
    return " ".join((each.id, *words, *(["current"] if each.is_mine else [])))


async def _log_out(session: IrcSession, which: str) -> None:
    count = 1
    if which == "OTHERS":
        count = await sessions.end_others(session.chat, session)
    else:
        await sessions.end_one(session.chat, session, which)
    session.send(f":{session.chat.config.server.name} SESSIONS LOGOUT {count}")


@verb("PASSWD", params=1)
async def passwd(session: IrcSession, line: Line) -> None:
    """PASSWD :new: change the password of your account, which you have proved, and end all other sessions."""
    await passwords.change_proved(session.chat, session, line.params[0])
    session.send(f":{session.chat.config.server.name} PASSWD SUCCESS")


@verb("EMAIL", params=2)
async def email(session: IrcSession, line: Line) -> None:
    """EMAIL SET address | VERIFY code: the email address of your account."""
    subcommand, value = line.params[0].upper(), line.params[1]
    server = session.chat.config.server.name
    if subcommand == "SET":
        used = await email_address.change(session.chat, session, value)
        session.send(f":{server} EMAIL {'SUCCESS' if used else 'VERIFICATION_REQUIRED'} {value}")
    elif subcommand == "VERIFY":
        account = await email_address.verify(session.chat, session, value)
        session.send(f":{server} EMAIL SUCCESS {account.email}")
    else:
        session.fail("EMAIL", "INVALID_PARAMS", session.translate("Usage: SET and an address, or VERIFY and a code"))
