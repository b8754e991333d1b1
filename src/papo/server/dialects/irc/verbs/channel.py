"""JOIN, PART, TOPIC, NAMES, KICK, INVITE, KNOCK (modern.ircdocs.horse "Channel Operations")."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from papo.protocol import numerics as n
from papo.server import costs
from papo.server.actions.channels import membership, moderate
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.channel_lines import channel_lines, names_lines, topic_lines
from papo.server.dialects.irc.format import away_text
from papo.server.dialects.irc.verb import verb
from papo.server.dialects.irc.verbs.metadata import join_metadata
from papo.server.world.errors import Code, Refused
from papo.server.world.permissions import sees_channel

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.channel import Channel


@verb("JOIN", params=1, per_minute="joins_per_minute")
def join(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """JOIN #channel[,#channel] [key[,key]]: join channels; JOIN 0 leaves all."""
    if line.params[0] == "0":
        for key in session.me.channels:
            membership.part(session.chat, session, key)
        return None
    return session.in_turns(_join_all(session, line), costs.JOINS_PER_TURN)


def _join_all(session: IrcSession, line: Line) -> Iterator[None]:
    keys = line.params[1].split(",") if len(line.params) > 1 else []
    for at, name in enumerate(line.params[0].split(",")):
        if not name:
            continue
        key = keys[at] if at < len(keys) else ""
        try:
            channel = _join_or_follow(session, name, key)
        except Refused as refused:
            session.refused(refused)
        else:
            if channel is not None:
                send_channel(session, channel)
        yield


def _join_or_follow(session: IrcSession, name: str, key: str) -> Channel | None:
    """Join; if the channel has been renamed, clients with the capability are told, others join it by its new name."""
    try:
        return membership.join(session.chat, session, name, key, forwarded=lambda old, new: _sent_on(session, old, new))
    except Refused as refused:
        if refused.code is not Code.CHANNEL_RENAMED:
            raise
        old, new = refused.details
        if session.bits & caps.CHANNEL_RENAME:
            session.fail("JOIN", "CHANNEL_RENAMED", old, new, session.translate("The channel has been renamed"))
            return None
        session.refused(refused)
        return membership.join(session.chat, session, new, key)


def _sent_on(session: IrcSession, old: str, new: str) -> None:
    session.numeric(n.ERR_LINKCHANNEL, old, new, session.translate("You are forwarded to another channel"))


def send_channel(session: IrcSession, channel: Channel) -> None:
    """Send what follows a JOIN to all clients of the user: topic, read mark, names, metadata."""
    for line in channel_lines(session, channel):
        session.send(line)
    for line in join_metadata(session, channel):
        session.send(line)
    for other in session.chat.sessions.of(session.me.uid):
        if other is not session and hasattr(other, "bits"):
            session.chat.journal.defer(lambda other: _send_channel_later(other, channel), other)


def _send_channel_later(session: IrcSession, channel: Channel) -> None:
    for line in (*channel_lines(session, channel), *join_metadata(session, channel)):
        session.write_line(line)


@verb("RENAME", params=2)
def rename(session: IrcSession, line: Line) -> None:
    """RENAME #old #new [:reason]: rename a channel (IRCv3 channel-rename)."""
    reason = line.params[2] if len(line.params) > 2 else ""
    moderate.rename_channel(session.chat, session, line.params[0], line.params[1], reason)


@verb("PART", params=1)
def part(session: IrcSession, line: Line) -> None:
    """PART #channel[,#channel] [:reason]: leave channels."""
    reason = line.params[1] if len(line.params) > 1 else ""
    for name in line.params[0].split(","):
        try:
            membership.part(session.chat, session, name, reason)
        except Refused as refused:
            session.refused(refused)


def find(session: IrcSession, name: str) -> Channel:
    """The channel, if the user may know of it. Raises Refused."""
    channel = session.chat.world.channel(name)
    if channel is None or not sees_channel(channel, session.me):
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    return channel


@verb("TOPIC", params=1)
def topic(session: IrcSession, line: Line) -> None:
    """TOPIC #channel [:topic]: see or set the topic; an empty one removes it."""
    channel = find(session, line.params[0])
    if len(line.params) > 1:
        moderate.set_topic(session.chat, session, channel, line.params[1])
    elif session.me.uid not in channel.members and "s" in channel.modes and not session.me.may("see"):
        raise Refused(Code.NOT_ON_CHANNEL, channel.name)
    elif channel.topic:
        for text in topic_lines(session, channel):
            session.send(text)
    else:
        session.numeric(n.RPL_NOTOPIC, channel.name, "No topic is set")


@verb("NAMES")
def names(session: IrcSession, line: Line) -> None:
    """NAMES #channel[,#channel]: list its members."""
    asked = line.params[0] if line.params else ""
    for name in asked.split(",")[: session.chat.config.limits.targets]:
        channel = session.chat.world.channel(name)
        if channel is not None and sees_channel(channel, session.me):
            for text in names_lines(session, channel):
                session.send(text)
    session.numeric(n.RPL_ENDOFNAMES, asked or "*", "End of /NAMES list")


@verb("KICK", params=2)
def kick(session: IrcSession, line: Line) -> None:
    """KICK #channel nick[,nick] [:reason]: remove users from a channel; with several channels, one nick for each."""
    names = line.params[0].split(",")
    reason = line.params[2] if len(line.params) > 2 else ""
    nicks = line.params[1].split(",")
    limit = session.chat.config.limits.targets
    for at, nick in enumerate(nicks[:limit]):
        try:
            channel = find(session, names[min(at, len(names) - 1)])
            moderate.kick(session.chat, session, channel, nick, reason)
        except Refused as refused:
            session.refused(refused)
    if len(nicks) > limit:
        session.numeric(n.ERR_TOOMANYTARGETS, nicks[limit], f"Too many targets: at most {limit} at once")


@verb("INVITE", per_minute="invites_per_minute")
def invite(session: IrcSession, line: Line) -> None:
    """INVITE nick #channel: invite a user (as operator: past bans and modes); without parameters: list invitations."""
    if not line.params:
        for channel in session.chat.world.channels.values():
            if session.me.uid in channel.invited:
                session.numeric(n.RPL_INVITELIST, channel.name)
        session.numeric(n.RPL_ENDOFINVITELIST, "End of /INVITE list")
        return
    if len(line.params) == 1:
        session.numeric(n.ERR_NEEDMOREPARAMS, "INVITE", "Not enough parameters")
        return
    guest, name = moderate.invite(session.chat, session, line.params[1], line.params[0])
    session.send(f":{session.chat.config.server.name} {n.RPL_INVITING} {session.nick} {guest.nick} {name}")
    if guest.away is not None:
        session.numeric(n.RPL_AWAY, guest.nick, away_text(guest.away, session.bits))


@verb("KNOCK", params=1, per_minute="invites_per_minute")
def knock(session: IrcSession, line: Line) -> None:
    """KNOCK #channel [:why]: ask its operators for an invitation."""
    channel = moderate.knock(session.chat, session, line.params[0], line.params[1] if len(line.params) > 1 else "")
    session.numeric(n.RPL_KNOCKDLVR, channel.name, "Your knock has been delivered")
