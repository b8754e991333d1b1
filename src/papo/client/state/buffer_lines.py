"""Adding a line to a buffer: to which, whose message it is, and whether it is a mention."""

from __future__ import annotations

from papo.client.session.line_parts import nick_of, param
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.protocol.irc import Line


def place(network: Network, line: Line) -> tuple[str, str]:
    """The name of the buffer that a message belongs to, and its `statusmsg`."""
    target = param(line, 0)
    support = network.session.support
    if support.is_channel(target):
        return target, ""
    statusmsg, bare = support.split_prefix(target)
    if support.is_channel(bare):
        return bare, statusmsg
    nick = nick_of(line.source)
    return (target if network.is_me(nick) else nick), ""


def is_mine(network: Network, line: Line) -> bool:
    """Whether we have sent it, from here or from another device."""
    if network.session.is_me(line.source.partition("!")[0]):
        return True
    account = network.session.account
    return account != "" and line.tags.get("account") == account


def add(network: Network, buffer: Buffer, fresh: BufferLine) -> None:
    """Add a line, and count it if it is not on the screen."""
    visible = buffer.key in network.visible
    if not buffer.append(fresh, visible=visible) and (not buffer.has_newer or buffer.find(fresh.id) is not None):
        return
    if fresh.is_message:
        network.listener.message(network, buffer, fresh)
    if fresh.mine or not fresh.is_message or fresh.pending or buffer.kind == "server":
        return
    if fresh.at_ms <= buffer.read_at_ms or (visible and not buffer.has_newer):
        return
    buffer.unread += 1
    if buffer.kind == "query" or fresh.mention:
        buffer.mentions += 1
        if not buffer.notifications_off:
            network.listener.highlight(network, buffer, fresh)


def mark_mention(network: Network, buffer: Buffer, fresh: BufferLine) -> BufferLine:
    """Set `mention` if the message has our nick or a keyword, or answers us."""
    if fresh.mine:
        return fresh
    answered = buffer.find(fresh.reply_to) if fresh.reply_to else None
    fresh.mention = (answered is not None and answered.mine) or network.is_mention(fresh.text)
    return fresh
