"""What lines mean for users and channels. One function for each command, in one table.

Sources: modern.ircdocs.horse; IRCv3 extended-join, away-notify, account-notify, chghost, setname, channel-rename.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from papo.client.session.line_parts import is_target, nick_of, param
from papo.client.state import history
from papo.client.state.buffer import Buffer, Member
from papo.client.state.buffer_lines import add
from papo.client.state.message import event_line
from papo.client.state.network import Network
from papo.client.state.user_info import ListedChannel
from papo.protocol import numerics as n
from papo.protocol.irc import Line

LARGE = 1_000
"""The server is not asked who is away in channels with more members."""
WHO_TOKEN = "7"  # noqa: S105 -- tells our WHO from others
MAX_LISTED = 50_000
"""Channels that are kept of the answer to LIST."""


def _join(network: Network, line: Line) -> None:
    name, nick = param(line, 0), nick_of(line.source)
    if not is_target(name):
        return
    mine = network.is_me(nick)
    buffer = network.open(name) if mine else network.buffer(name)
    if buffer is None:
        return
    user = network.user(nick)
    user.host = line.source.partition("!")[2]
    user.bot = "bot" in line.tags
    if network.has("extended-join"):
        user.account = param(line, 1).replace("*", "")
        user.realname = param(line, 2)
    buffer.set_member(network.fold(nick), Member(nick))
    if not mine:
        add(network, buffer, event_line("join", line))
        return
    buffer.name = name
    buffer.joined = True
    network.joining.discard(buffer.key)
    buffer.members = {network.fold(nick): Member(nick)}
    network.session.send("MODE", name)
    history.refill(network, buffer)
    if network.expected == buffer.key:
        network.expected = ""
        network.listener.show(network, buffer)


def _leave(network: Network, buffer: Buffer, nick: str) -> None:
    if network.is_me(nick):
        buffer.joined = False
        buffer.members = {}
        buffer.people_revision += 1
    else:
        buffer.set_member(network.fold(nick), None)


def _part(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    if buffer is None:
        return
    nick = nick_of(line.source)
    _leave(network, buffer, nick)
    if network.is_me(nick):
        network.close(buffer.key)
    else:
        add(network, buffer, event_line("part", line, text=param(line, 1)))


def _kick(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    if buffer is None:
        return
    victim, text = param(line, 1), param(line, 2)
    _leave(network, buffer, victim)
    add(network, buffer, event_line("kick", line, detail=victim, text=text))
    if network.is_me(victim):
        network.listener.notice(network, "error", f"{buffer.name}: {text}")


def _quit(network: Network, line: Line) -> None:
    nick = nick_of(line.source)
    key = network.fold(nick)
    network.users.pop(key, None)
    for buffer in network.buffers.values():
        if key in buffer.members or buffer.key == key:
            buffer.set_member(key, None)
            fresh = event_line("quit", line, text=param(line, 0))
            if buffer.kind == "query":
                fresh.id = ""  # the server's history of this conversation does not know it
            add(network, buffer, fresh)


def _nick(network: Network, line: Line) -> None:
    old, fresh = nick_of(line.source), param(line, 0)
    if not fresh:
        return
    before, after = network.fold(old), network.fold(fresh)
    user = network.users.pop(before, None)
    if user is not None:
        user.nick = fresh
        network.users[after] = user
    for buffer in network.buffers.values():
        member = buffer.members.pop(before, None)
        if member is not None:
            buffer.set_member(after, Member(fresh, member.prefixes))
            add(network, buffer, event_line("nick", line, detail=fresh))


def _mode(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    if buffer is None or buffer.kind != "channel":
        return
    words = line.params[1:]
    _change_modes(network, buffer, words)
    add(network, buffer, event_line("mode", line, detail=" ".join(words)))


def _change_modes(network: Network, buffer: Buffer, words: Sequence[str]) -> None:
    support = network.session.support
    for on, letter, value in support.mode_changes(words):
        at = support.prefix_modes.find(letter)
        if at >= 0:
            key = network.fold(value or "")
            member = buffer.members.get(key)
            if member is not None:
                prefix = support.prefixes[at]
                prefixes = "".join(
                    each for each in support.prefixes if (on if each == prefix else each in member.prefixes)
                )
                buffer.set_member(key, Member(member.nick, prefixes))
        elif letter not in support.channel_modes[0]:
            if on:
                buffer.modes[letter] = value or ""
            else:
                buffer.modes.pop(letter, None)
    buffer.people_revision += 1


def _channel_modes(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 1))
    if buffer is not None:
        buffer.modes = {}
        _change_modes(network, buffer, line.params[2:])


def _names(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 2))
    if buffer is None:
        return
    for word in param(line, 3).split():
        prefixes, full = network.session.support.split_prefix(word)
        nick, _bang, host = full.partition("!")
        if not nick:
            continue
        buffer.members[network.fold(nick)] = Member(nick, prefixes)
        if host:
            network.user(nick).host = host
    buffer.people_revision += 1


def _end_of_names(network: Network, line: Line) -> None:
    name = param(line, 1)
    buffer = network.buffer(name) if name else None
    if buffer is not None and len(buffer.members) <= LARGE and "WHOX" in network.session.support.tokens:
        network.session.send("WHO", name, f"%tnfar,{WHO_TOKEN}")


def _whox(network: Network, line: Line) -> None:
    if len(line.params) < 6 or line.params[1] != WHO_TOKEN:
        return
    _me, _token, nick, flags, account, realname = line.params[:6]
    user = network.user(nick)
    bot = network.session.support.tokens.get("BOT", "")
    user.away = flags.startswith("G")
    user.bot = bot != "" and bot in flags
    user.account = "" if account == "0" else account
    user.realname = realname


def _topic(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    if buffer is not None:
        buffer.topic = param(line, 1)
        add(network, buffer, event_line("topic", line, text=buffer.topic))


def _current_topic(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 1))
    if buffer is not None:
        buffer.topic = param(line, 2) if line.command == n.RPL_TOPIC else ""


def _rename(network: Network, line: Line) -> None:
    if not is_target(param(line, 1)) or not network.fold(param(line, 0)):
        return
    buffer = network.buffers.pop(network.fold(param(line, 0)), None)
    if buffer is None:
        return
    visible = buffer.key in network.visible
    network.visible.discard(buffer.key)
    buffer.name = param(line, 1)
    buffer.key = network.fold(buffer.name)
    network.buffers[buffer.key] = buffer
    if visible:
        network.visible.add(buffer.key)
    network.listener.buffers_changed(network)
    add(network, buffer, event_line("topic", line, detail=buffer.name))


def _away(network: Network, line: Line) -> None:
    user = network.user(nick_of(line.source))
    user.away, user.away_text = bool(line.params), param(line, 0)


def _account(network: Network, line: Line) -> None:
    network.user(nick_of(line.source)).account = param(line, 0).replace("*", "")


def _chghost(network: Network, line: Line) -> None:
    network.user(nick_of(line.source)).host = f"{param(line, 0)}@{param(line, 1)}"


def _setname(network: Network, line: Line) -> None:
    network.user(nick_of(line.source)).realname = param(line, 0)


def _away_text(network: Network, line: Line) -> None:
    user = network.user(param(line, 1))
    user.away, user.away_text = True, param(line, 2)


def _own_away(network: Network, line: Line) -> None:
    network.away = line.command == n.RPL_NOWAWAY


def _invite(network: Network, line: Line) -> None:
    if network.is_me(param(line, 0)):
        network.notify("info", f"{nick_of(line.source)} → {param(line, 1)}")


def _list(network: Network, line: Line) -> None:
    users = param(line, 2)
    rooms = network.channel_list if network.channel_list is not None else []
    if len(rooms) < MAX_LISTED:
        rooms.append(
            ListedChannel(param(line, 1), int(users) if users.isdecimal() and len(users) < 10 else 0, param(line, 3))
        )
    network.channel_list = rooms


HANDLERS: dict[str, Callable[[Network, Line], None]] = {
    "JOIN": _join,
    "PART": _part,
    "KICK": _kick,
    "QUIT": _quit,
    "NICK": _nick,
    "MODE": _mode,
    "TOPIC": _topic,
    "RENAME": _rename,
    "AWAY": _away,
    "ACCOUNT": _account,
    "CHGHOST": _chghost,
    "SETNAME": _setname,
    "INVITE": _invite,
    n.RPL_AWAY: _away_text,
    n.RPL_UNAWAY: _own_away,
    n.RPL_NOWAWAY: _own_away,
    n.RPL_LIST: _list,
    n.RPL_CHANNELMODEIS: _channel_modes,
    n.RPL_NOTOPIC: _current_topic,
    n.RPL_TOPIC: _current_topic,
    n.RPL_NAMREPLY: _names,
    n.RPL_WHOSPCRPL: _whox,
    n.RPL_ENDOFNAMES: _end_of_names,
}
