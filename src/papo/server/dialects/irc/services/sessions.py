"""NickServ: the sessions of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.protocol.times import iso_time
from papo.server.actions.accounts import sessions
from papo.server.dialects.irc.services.nickserv import NICKSERV, reply
from papo.server.dialects.irc.services.table import command

if TYPE_CHECKING:
    from papo.server.actions.accounts.sessions import SessionInfo
    from papo.server.dialects.irc.session import IrcSession

LOGINS = {
    "registration": N_("registration"),
    "password": N_("password"),
    "SCRAM": N_("password (SCRAM)"),
    "token": N_("token"),
    "second factor": N_("password and second factor"),
    "passkey": N_("passkey"),
    "trusted device": N_("password and trusted device"),
    "app password": N_("app password"),
    "certificate": N_("certificate"),
    "code": N_("code sent by mail"),
}


@command(NICKSERV, "SESSIONS [LOGOUT id|OTHERS]", N_("list your sessions, end one of them, or all but this one"))
async def list_or_end(session: IrcSession, words: list[str]) -> None:
    """Of all users who are logged in to the account; * is this one."""
    match [word.upper() for word in words]:
        case [] | ["LIST"]:
            for each in sessions.of(session.chat, session):
                reply(
                    session,
                    N_("{id}. {name} {address}{mark}: {scheme}, logged in by {login}, since {since}, active {active}"),
                    **session_words(session, each),
                )
        case ["LOGOUT", "OTHERS" | "ALL"]:
            count = await sessions.end_others(session.chat, session)
            reply(session, N_("Sessions ended: {count}"), count=count)
        case ["LOGOUT", number]:
            await sessions.end_one(session.chat, session, number)
            reply(session, N_("Sessions ended: {count}"), count=1)
        case _:
            reply(session, N_("Usage: {usage}"), usage="SESSIONS [LOGOUT id|OTHERS]")


@command(NICKSERV, "CLIENTS LIST|LOGOUT [id|ALL]", N_("the same as SESSIONS"))
async def clients(session: IrcSession, words: list[str]) -> None:
    """As Ergo calls it."""
    await list_or_end(session, words)


def session_words(session: IrcSession, each: SessionInfo) -> dict[str, str]:
    """What the list says of a session."""
    return {
        "id": each.id,
        "name": each.device or each.nick,
        "address": each.address or "unix",
        "mark": " *" if each.is_mine else "",
        "scheme": each.scheme,
        "login": session.translate(LOGINS.get(each.login, "?")),
        "since": iso_time(each.since_ms)[:16] + "Z",
        "active": iso_time(each.active_ms)[:16] + "Z",
    }
