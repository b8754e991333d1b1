"""WHOIS and WHOWAS (modern.ircdocs.horse "User-Based Queries")."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.server.actions import metadata
from papo.server.dialects.irc import caps, services
from papo.server.dialects.irc.format import away_text
from papo.server.dialects.irc.verb import verb
from papo.server.world.modes import prefixes_of
from papo.server.world.permissions import sees_channel, sees_member

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.user import User


@verb("WHOIS")
def whois(session: IrcSession, line: Line) -> None:
    """WHOIS nick: show information about a user."""
    if not line.params or not line.params[-1]:
        session.numeric(n.ERR_NONICKNAMEGIVEN, "No nickname given")
        return
    nick = (line.params[1] if len(line.params) > 1 else line.params[0]).split(",")[0]
    server = session.chat.config.server.name
    if len(line.params) > 1:
        asked = line.params[0].lower()
        if asked != server.lower() and session.chat.world.user(asked) is None:
            session.numeric(n.ERR_NOSUCHSERVER, line.params[0] or "*", "No such server")
            return
    if services.is_service(nick):
        _send_service(session, services.name_of(nick))
        return
    user = session.chat.world.user(nick)
    if user is None:
        session.numeric(n.ERR_NOSUCHNICK, nick or "*", "No such nick")
    else:
        _send(session, user)
    session.numeric(n.RPL_ENDOFWHOIS, user.nick if user else nick or "*", "End of /WHOIS list")


def _send_service(session: IrcSession, name: str) -> None:
    server = session.chat.config.server
    session.numeric(n.RPL_WHOISUSER, name, name, server.name, "*", session.translate(services.ABOUT[name]))
    session.numeric(n.RPL_WHOISSERVER, name, server.name, server.description)
    session.numeric(n.RPL_WHOISBOT, name, f"is a bot on {server.network}")
    session.numeric(n.RPL_ENDOFWHOIS, name, "End of /WHOIS list")


def _send(session: IrcSession, user: User) -> None:
    me = session.me
    close = user is me or me.may("see")
    server = session.chat.config.server
    session.numeric(n.RPL_WHOISUSER, user.nick, user.username, user.host, "*", user.realname)
    names = []
    for key in user.channels:
        channel = session.chat.world.channels[key]
        if "I" in user.modes and not close and me.uid not in channel.members:
            continue
        if "i" in user.modes and not close and me.uid not in channel.members:
            continue
        if sees_channel(channel, me) and sees_member(channel, me, user.uid):
            names.append(prefixes_of(channel.members[user.uid]) + channel.name)
    session.numeric_list(n.RPL_WHOISCHANNELS, f" {user.nick}", names)
    session.numeric(n.RPL_WHOISSERVER, user.nick, user.node, server.description)
    if session.bits & caps.METADATA:
        for key, value in metadata.shown(session.chat, user, me).items():
            session.numeric(n.RPL_WHOISKEYVALUE, user.nick, key, "*", value)
    if user.away is not None:
        session.numeric(n.RPL_AWAY, user.nick, away_text(user.away, session.bits))
    if user.is_operator:
        session.numeric(n.RPL_WHOISOPERATOR, user.nick, "is an IRC operator")
    if user.account is not None:
        session.numeric(n.RPL_WHOISACCOUNT, user.nick, user.account, "is logged in as")
        owner = session.chat.world.registry.owner(user.nick)
        if owner is not None and owner.id == user.account_id:
            session.numeric(n.RPL_WHOISREGNICK, user.nick, "has identified for this nick")
    if "B" in user.modes:
        session.numeric(n.RPL_WHOISBOT, user.nick, f"is a bot on {server.network}")
    if user.sessions and user.secure:
        session.numeric(n.RPL_WHOISSECURE, user.nick, "is using a secure connection")
    if close:
        address = user.address or "localhost"
        session.numeric(n.RPL_WHOISHOST, user.nick, f"is connecting from {user.username}@{user.host} {address}")
        session.numeric(
            n.RPL_WHOISACTUALLY, user.nick, f"{user.username}@{user.host}", address, "Actual user@host, Actual IP"
        )
        for other in session.chat.sessions.of(user.uid)[:5]:
            for fingerprint in other.link.fingerprints[:1]:
                session.numeric(n.RPL_WHOISCERTFP, user.nick, f"has client certificate fingerprint {fingerprint}")
    if close or "I" not in user.modes:
        idle_s = (session.chat.now_ms() - user.spoke_at_ms) // 1000
        signon_s = user.connected_at_ms // 1000
        session.numeric(n.RPL_WHOISIDLE, user.nick, str(idle_s), str(signon_s), "seconds idle, signon time")


@verb("WHOWAS")
def whowas(session: IrcSession, line: Line) -> None:
    """WHOWAS nick [count]: show who had a nick before, newest first."""
    if not line.params or not line.params[0]:
        session.numeric(n.ERR_NONICKNAMEGIVEN, "No nickname given")
        return
    nick = line.params[0]
    entries = session.chat.world.whowas.of(nick)
    count = line.params[1] if len(line.params) > 1 else ""
    if count.isascii() and count.isdigit() and int(count[:9]) > 0:
        entries = entries[: int(count[:9])]
    if not entries:
        session.numeric(n.ERR_WASNOSUCHNICK, nick, "There was no such nickname")
    for entry in entries:
        session.numeric(n.RPL_WHOWASUSER, entry.nick, entry.username, entry.host, "*", entry.realname)
        if session.me.may("see"):
            session.numeric(n.RPL_WHOISACTUALLY, entry.nick, entry.address or "localhost", "was connecting from")
        left = time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(entry.left_at_ms // 1000))
        session.numeric(n.RPL_WHOISSERVER, entry.nick, entry.node, left)
    session.numeric(n.RPL_ENDOFWHOWAS, nick, "End of WHOWAS")
