"""JOIN, PART, TOPIC, NAMES, KICK, INVITE, KNOCK (modern.ircdocs.horse "Channel Operations")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.actions import channels, moderate
from papo.dialects.irc import caps
from papo.dialects.irc import numerics as n
from papo.dialects.irc.verb import verb
from papo.dialects.irc.verbs.history import send_marker
from papo.world.modes import SIGNS, signs_of
from papo.world.permissions import sees_channel, sees_member
from papo.world.refused import Code, Refused

if TYPE_CHECKING:
    from papo.dialects.irc.session import IrcSession
    from papo.wire.irc import Line
    from papo.world.channel import Channel


@verb("JOIN", params=1, per_minute="joins_per_minute")
def join(session: IrcSession, line: Line) -> None:
    """JOIN #channel[,#channel] [key[,key]]: come into channels; JOIN 0 leaves all."""
    if line.params[0] == "0":
        for key in session.me.channels:
            channels.part(session.chat, session, key)
        return
    keys = line.params[1].split(",") if len(line.params) > 1 else []
    for at, name in enumerate(line.params[0].split(",")):
        if not name:
            continue
        try:
            channel = channels.join(session.chat, session, name, keys[at] if at < len(keys) else "")
        except Refused as refused:
            session.refused(refused)
            continue
        if channel is not None:
            welcome(session, channel)


def welcome(session: IrcSession, channel: Channel) -> None:
    """What follows one's own JOIN: topic, read mark, names."""
    if channel.topic:
        _send_topic(session, channel)
    if session.bits & caps.READ_MARKER:
        send_marker(session, channel.name)
    if not session.bits & caps.NO_IMPLICIT_NAMES:
        _send_names(session, channel)
        session.numeric(n.RPL_ENDOFNAMES, channel.name, "End of /NAMES list")


@verb("PART", params=1)
def part(session: IrcSession, line: Line) -> None:
    """PART #channel[,#channel] [:reason]: leave channels."""
    reason = line.params[1] if len(line.params) > 1 else ""
    for name in line.params[0].split(","):
        try:
            channels.part(session.chat, session, name, reason)
        except Refused as refused:
            session.refused(refused)


def find(session: IrcSession, name: str) -> Channel:
    """The channel, if the person may know of it. Raises Refused."""
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
    elif session.me.uid not in channel.members and "s" in channel.modes:
        raise Refused(Code.NOT_ON_CHANNEL, channel.name)
    elif channel.topic:
        _send_topic(session, channel)
    else:
        session.numeric(n.RPL_NOTOPIC, channel.name, "No topic is set")


def _send_topic(session: IrcSession, channel: Channel) -> None:
    session.numeric(n.RPL_TOPIC, channel.name, channel.topic)
    server = session.chat.config.server.name
    session.send(
        f":{server} {n.RPL_TOPICWHOTIME} {session.nick} {channel.name} {channel.topic_by} {channel.topic_at_ms // 1000}"
    )


@verb("NAMES", cost=0.5)
def names(session: IrcSession, line: Line) -> None:
    """NAMES #channel[,#channel]: who is in it."""
    asked = line.params[0] if line.params else ""
    for name in asked.split(",")[: session.chat.config.limits.targets]:
        channel = session.chat.world.channel(name)
        if channel is not None and sees_channel(channel, session.me):
            _send_names(session, channel)
    session.numeric(n.RPL_ENDOFNAMES, asked or "*", "End of /NAMES list")


def _send_names(session: IrcSession, channel: Channel) -> None:
    users = session.chat.world.users
    me = session.me
    inside = me.uid in channel.members
    everybody = not channel.hidden and "u" not in channel.modes
    many = session.bits & caps.MULTI_PREFIX
    full = session.bits & caps.USERHOST_IN_NAMES
    words = []
    for uid, prefix in channel.members.items():
        user = users[uid]
        if (inside or "i" not in user.modes or me.is_operator) and (everybody or sees_member(channel, me, uid)):
            sign = "" if not prefix else signs_of(prefix) if many else SIGNS[prefix[0]]
            words.append(sign + (user.source if full else user.nick))
    kind = "@" if "s" in channel.modes else "*" if "p" in channel.modes else "="
    session.numeric_list(n.RPL_NAMREPLY, f" {kind} {channel.name}", words)


@verb("KICK", params=2)
def kick(session: IrcSession, line: Line) -> None:
    """KICK #channel nick[,nick] [:reason]: put people out; with several channels, one nick for each."""
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


@verb("INVITE", cost=2.0, per_minute="invites_per_minute")
def invite(session: IrcSession, line: Line) -> None:
    """INVITE nick #channel: let somebody in; without parameters: where you are invited to."""
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
        session.numeric(n.RPL_AWAY, guest.nick, guest.away)


@verb("KNOCK", params=1, cost=3.0, per_minute="invites_per_minute")
def knock(session: IrcSession, line: Line) -> None:
    """KNOCK #channel [:why]: ask its operators to let you in."""
    channel = moderate.knock(session.chat, session, line.params[0], line.params[1] if len(line.params) > 1 else "")
    session.numeric(n.RPL_KNOCKDLVR, channel.name, "Your knock has been delivered")
