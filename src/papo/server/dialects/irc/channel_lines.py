"""The lines about a channel for its members: topic, names, read marker; after a join, a rename, on a second device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol import numerics as n
from papo.protocol.times import iso_time
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.replies import MAX_TEXT_BYTES
from papo.server.world.modes import PREFIX_OF_MODE, prefixes_of
from papo.server.world.names import fold
from papo.server.world.permissions import sees_member

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies
    from papo.server.world.channel import Channel
    from papo.server.world.events import ChannelRenamed


def channel_lines(session: Replies, channel: Channel) -> list[str]:
    """What follows the user's own JOIN: topic, read marker, names."""
    lines = topic_lines(session, channel) if channel.topic else []
    if session.bits & caps.READ_MARKER:
        lines.append(marker_line(session, channel.name))
    if not session.bits & caps.NO_IMPLICIT_NAMES:
        lines += names_lines(session, channel)
        lines.append(_numeric(session, n.RPL_ENDOFNAMES, f"{channel.name} :End of /NAMES list"))
    return lines


def join_lines(session: Replies, channel: Channel) -> list[str]:
    """The user's own JOIN and what follows it, for a session that joins later than the user."""
    me = session.me
    line = f":{me.source} JOIN {channel.name}"
    if session.bits & caps.EXTENDED_JOIN:
        line = f"{line} {me.account or '*'} :{me.realname}"
    return [line, *channel_lines(session, channel)]


def after_rename(session: Replies, event: ChannelRenamed) -> list[str]:
    """For clients without channel-rename: a PART of the old name and a JOIN of the new one."""
    channel = session.chat.world.channel(event.new)
    if channel is None:
        return []
    reason = f" :{event.reason}" if event.reason else ""
    return [f":{session.me.source} PART {event.name}{reason}", *join_lines(session, channel)]


def topic_lines(session: Replies, channel: Channel) -> list[str]:
    """The topic: 332 and 333."""
    when = f"{channel.name} {channel.topic_by} {channel.topic_at_ms // 1000}"
    return [
        _numeric(session, n.RPL_TOPIC, f"{channel.name} :{channel.topic}"),
        _numeric(session, n.RPL_TOPICWHOTIME, when),
    ]


def names_lines(session: Replies, channel: Channel) -> list[str]:
    """The names: as many 353 as needed."""
    users = session.chat.world.users
    me = session.me
    inside = me.uid in channel.members
    session.answered_rows += len(channel.members)
    everybody = not channel.hidden and "u" not in channel.modes
    many = session.bits & caps.MULTI_PREFIX
    full = session.bits & caps.USERHOST_IN_NAMES
    lines: list[list[str]] = [[]]
    size = 0
    for uid, prefix in channel.members.items():
        user = users[uid]
        if (inside or "i" not in user.modes or me.may("see")) and (everybody or sees_member(channel, me, uid)):
            prefixes = "" if not prefix else prefixes_of(prefix) if many else PREFIX_OF_MODE[prefix[0]]
            word = prefixes + (user.source if full else user.nick)
            length = len(word.encode()) + 1
            if size + length > MAX_TEXT_BYTES and lines[-1]:
                lines.append([])
                size = 0
            lines[-1].append(word)
            size += length
    kind = "@" if "s" in channel.modes else "*" if "p" in channel.modes else "="
    head = f"{kind} {channel.name} :"
    return [_numeric(session, n.RPL_NAMREPLY, head + " ".join(words)) for words in lines if words]


def marker_line(session: Replies, target: str) -> str:
    """How far the user has read; `*` if nothing was read."""
    at_ms = session.chat.world.read_markers.get(session.me.identity, {}).get(fold(target))
    value = "*" if at_ms is None else f"timestamp={iso_time(at_ms)}"
    return f":{session.chat.config.server.name} MARKREAD {target} {value}"


def _numeric(session: Replies, numeric: str, rest: str) -> str:
    return f":{session.chat.config.server.name} {numeric} {session.nick} {rest}"
