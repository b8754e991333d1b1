"""PASS, NICK, USER, WEBIRC, PING, PONG, QUIT (modern.ircdocs.horse "Connection Messages")."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.protocol.proxy import is_trusted
from papo.server.actions import lifecycle, nicks, proofs
from papo.server.actions.channels import speech
from papo.server.actions.proofs import Proof
from papo.server.dialects.irc.registration import try_register
from papo.server.dialects.irc.verb import verb
from papo.server.world.errors import Code, Refused
from papo.server.world.names import valid_host

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession


@verb("PASS", params=1, before_registration=True)
def password(session: IrcSession, line: Line) -> None:
    """PASS password: give the server's password, if it has one; before NICK and USER."""
    if session.registration is None:
        session.numeric(n.ERR_ALREADYREGISTERED, "You may not reregister")
    else:
        session.registration.password = line.params[0]


@verb("NICK", before_registration=True, per_minute="nicks_per_minute")
def nick(session: IrcSession, line: Line) -> None:
    """NICK name: set or change your nick."""
    if not line.params or not line.params[0]:
        session.numeric(n.ERR_NONICKNAMEGIVEN, "No nickname given")
        return
    wanted = line.params[0]
    if session.registration is not None:
        registration = session.registration
        registration.asked = wanted
        try:
            nicks.check_available(
                session.chat, wanted, account_id="" if registration.account is None else registration.account.id
            )
        except Refused as refused:
            # A login may follow that gives the client the right to the nick.
            if refused.code is Code.BAD_NICK or not (registration.negotiating or ":" in (registration.password or "")):
                raise
        registration.nick = wanted
        try_register(session)
        return
    user = session.me
    nicks.check_change(session.chat, user, wanted)
    session.continue_with(
        nicks.claim(session.chat, wanted, user.uid), lambda granted: _rename(session, wanted, granted=granted)
    )


def _rename(session: IrcSession, wanted: str, *, granted: bool) -> None:
    if not granted:
        session.refused(Refused(Code.NICK_IN_USE, wanted))
        return
    lifecycle.change_nick(session.chat, session, wanted)


@verb("USER", params=4, before_registration=True)
def user(session: IrcSession, line: Line) -> None:
    """USER name 0 * :real name: set your username and real name, once."""
    if session.registration is None or session.registration.username:
        session.numeric(n.ERR_ALREADYREGISTERED, "You may not reregister")
        return
    if not line.params[0] or not line.params[3]:
        session.numeric(n.ERR_NEEDMOREPARAMS, "USER", "Not enough parameters")
        return
    session.registration.username = line.params[0]
    session.registration.realname = line.params[3]
    try_register(session)


@verb("WEBIRC", params=4, before_registration=True)
def webirc(session: IrcSession, line: Line) -> None:
    """WEBIRC password gateway host address [:options]: a trusted gateway gives its user's address."""
    if session.registration is None:
        session.numeric(n.ERR_ALREADYREGISTERED, "You may not reregister")
        return
    given, _gateway, host, address, *options = line.params
    for gateway in session.chat.config.proxy.webirc:
        if is_trusted(session.link.address, gateway.addresses) and hmac.compare_digest(
            given.encode(), gateway.password.encode()
        ):
            break
    else:
        proofs.note_failure(session.chat, Proof.GATEWAY, address=session.link.address, why="refused")
        session.quit("WEBIRC refused", closing="WEBIRC is not allowed from here with this password")
        return
    try:
        session.link.address = str(ip_address(address))
    except ValueError:
        session.quit("WEBIRC refused", closing="WEBIRC needs a valid IP address")
        return
    session.link.fingerprints = ()  # the gateway's own: no certificate of its user
    session.registration.host = host if valid_host(host) else ""
    session.link.secure = session.link.secure and "secure" in (options[0].split(" ") if options else [])


@verb("PING", params=1, before_registration=True)
def ping(session: IrcSession, line: Line) -> None:
    """PING token: ask for a PONG; it follows everything that was sent before."""
    if not line.params[0]:
        session.numeric(n.ERR_NOORIGIN, "No origin specified")
        return
    server = session.chat.config.server.name
    session.send(f":{server} PONG {server} :{line.params[0]}")


@verb("PONG", before_registration=True)
def pong(session: IrcSession, line: Line) -> None:
    """PONG token: answer the server's PING."""
    del session, line  # any bytes count as a sign of life


@verb("QUIT", before_registration=True)
def quit_(session: IrcSession, line: Line) -> None:
    """QUIT [:reason]: leave."""
    reason = line.params[0] if line.params else ""
    if reason and session.user is not None:
        reason = speech.quit_reason(session.chat, session.user, reason)
    session.quit(f"Quit: {reason}" if reason else "Quit", closing="Quit")
