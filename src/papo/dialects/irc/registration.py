"""From connecting to 001: what has been said so far, and the welcome.

Source: modern.ircdocs.horse "Connection Registration"; IRCv3 capability-negotiation.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from papo.actions import people
from papo.dialects.irc import isupport
from papo.dialects.irc import numerics as n
from papo.world.refused import Refused

if TYPE_CHECKING:
    from papo.dialects.irc.session import IrcSession


class Registration:
    """What an unregistered connection has told."""

    __slots__ = ("host", "negotiating", "nick", "password", "realname", "uid", "username")

    def __init__(self) -> None:
        self.nick = ""
        self.username = ""
        self.realname = ""
        self.password: str | None = None
        self.negotiating = False
        """Between CAP LS or REQ and CAP END nobody is registered."""
        self.host = ""
        """As a trusted gateway gave it (WEBIRC); else the address."""
        self.uid = ""


def try_register(session: IrcSession) -> None:
    """Bring the person in, if everything has been said."""
    registration = session.registration
    if registration is None or registration.negotiating or not (registration.nick and registration.username):
        return
    wanted = session.chat.config.server.password
    if wanted and not hmac.compare_digest((registration.password or "").encode(), wanted.encode()):
        session.numeric(n.ERR_PASSWDMISMATCH, "Password incorrect")
        session.quit("Bad password", closing="Bad password")
        return
    try:
        people.check_nick(session.chat, registration.nick)
    except Refused as refused:
        session.refused(refused)
        registration.nick = ""
        return
    registration.uid = registration.uid or session.chat.names.uid()
    answer = people.claim_nick(session.chat, registration.nick, registration.uid)
    session.settle(answer, lambda granted: _finish(session, registration, granted=granted))


def _finish(session: IrcSession, registration: Registration, *, granted: bool) -> None:
    if not granted:
        session.numeric(n.ERR_NICKNAMEINUSE, registration.nick, "Nickname is already in use")
        registration.nick = ""
        return
    session.registration = None
    people.arrive(
        session.chat,
        session,
        uid=registration.uid,
        nick=registration.nick,
        username=registration.username,
        realname=registration.realname or registration.nick,
        dialect="irc",
        host=registration.host,
    )
    welcome(session)


def welcome(session: IrcSession) -> None:
    """Everything from 001 to the end of the message of the day, in one write. Hot at reconnect storms."""
    chat = session.chat
    nick = session.nick
    texts = isupport.texts(chat)
    counts = lusers(session)
    modes = "".join(sorted(session.me.modes))
    session.send_block(
        [
            f"{n.RPL_WELCOME} {nick} :Welcome to the {chat.config.server.network} IRC Network {session.me.source}",
            *(line.replace("\0", nick, 1) for line in texts.head),
            *(f"{numeric} {nick} {text}" for numeric, text in counts),
            *(line.replace("\0", nick, 1) for line in texts.motd),
        ]
    )
    if modes:
        session.send(f":{session.me.source} MODE {nick} +{modes}")


def lusers(session: IrcSession) -> list[tuple[str, str]]:
    """The numbers of LUSERS: (numeric, rest of the line)."""
    world = session.chat.world
    users = len(world.users)
    unknown = session.chat.unregistered()
    return [
        (n.RPL_LUSERCLIENT, f":There are {users - world.invisible} users and {world.invisible} invisible on 1 servers"),
        (n.RPL_LUSEROP, f"{len(world.operators)} :IRC Operators online"),
        (n.RPL_LUSERUNKNOWN, f"{unknown} :unregistered connections"),
        (n.RPL_LUSERCHANNELS, f"{len(world.channels)} :channels formed"),
        (n.RPL_LUSERME, f":I have {users} clients and 0 servers"),
        (n.RPL_LOCALUSERS, f"{users} {world.most_users} :Current local users {users}, max {world.most_users}"),
        (n.RPL_GLOBALUSERS, f"{users} {world.most_users} :Current global users {users}, max {world.most_users}"),
    ]
