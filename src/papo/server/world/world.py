"""Who is here and in which channels: the one mutable picture, changed by `World.apply` and nothing else.

It holds everybody on the network, whichever node they are connected to; it knows no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from papo.server.world import events
from papo.server.world.channel import Channel
from papo.server.world.events import AnyEvent
from papo.server.world.modes import HALF_OPERATOR, LIST_MODES, PREFIX_MODES, sorted_prefix
from papo.server.world.names import fold
from papo.server.world.records import ChannelRecord
from papo.server.world.registry import Registry
from papo.server.world.user import User
from papo.server.world.whowas import Whowas

MAX_MOVED = 1_000


class World:
    """The network as of the last accepted event."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        """By uid."""
        self.nicks: dict[str, User] = {}
        """By casefolded nick."""
        self.channels: dict[str, Channel] = {}
        """By key."""
        self.invitations: dict[str, set[str]] = {}
        """uid to keys of the channels they were invited to, so that a departure need not look at every channel."""
        self.operators: set[str] = set()
        """uids of operators of the server."""
        self.invisible = 0
        """How many users have mode +i (LUSERS)."""
        self.most_users = 0
        self.past = Whowas()
        self.registry = Registry()
        self.profiles: dict[str, dict[str, str]] = {}
        """Identity to what that person says about themselves (IRCv3 metadata)."""
        self.accepted: dict[str, set[str]] = {}
        """uid to uids of those who may write in spite of user mode +R."""
        self.moved: dict[str, str] = {}
        """Keys of registered channels that were renamed to their new names; the oldest are forgotten."""
        self.marks: dict[str, dict[str, int]] = {}
        """Identity to casefolded target to the time in ms up to which it was read."""

    def user(self, nick: str) -> User | None:
        """Whoever has this nick now."""
        return self.nicks.get(fold(nick))

    def channel(self, name: str) -> Channel | None:
        """The channel of this name."""
        return self.channels.get(fold(name))

    def apply(self, event: AnyEvent) -> None:
        """Take in what happened. Events about people or channels that are gone change nothing."""
        change = _CHANGES.get(type(event))
        if change is not None:
            change(self, event)

    def restore(self, channel: Channel) -> None:
        """Put a permanent channel back, at start."""
        channel.update_history_scope()
        self.channels[channel.key] = channel

    def unseen_in(self, uid: str, keys: Iterable[str]) -> tuple[str, ...]:
        """Of these channels, those in which plain members do not see the person (modes u and D)."""
        found = (self.channels[key] for key in keys if key in self.channels)
        return tuple(
            channel.key
            for channel in found
            if uid in channel.hidden or ("u" in channel.modes and channel.rank(uid) < HALF_OPERATOR)
        )

    def share_channel(self, one: User, other: User) -> bool:
        """Whether two people are in a channel together."""
        return one is other or not set(one.channels).isdisjoint(other.channels)


def _arrived(world: World, event: events.UserConnected) -> None:
    user = User(event.uid, event.nick, event.username, event.host, event.realname)
    user.account = event.account
    user.account_id = event.account_id
    user.address = event.address
    user.cloak = event.cloak
    user.secure = event.secure
    user.node = event.node
    user.dialect = event.dialect
    user.arrived_at_ms = user.spoke_at_ms = event.at_ms
    user.modes = frozenset(("Z" if event.secure else "") + ("r" if event.account else ""))
    world.users[event.uid] = user
    world.nicks[user.key] = user
    world.most_users = max(world.most_users, len(world.users))


def _departed(world: World, event: events.UserQuit) -> None:
    user = world.users.pop(event.uid, None)
    if user is None:
        return
    world.past.add(user, event.at_ms)
    if world.nicks.get(user.key) is user:
        del world.nicks[user.key]
    world.operators.discard(event.uid)
    world.accepted.pop(event.uid, None)
    if user.account is None:
        world.marks.pop(user.identity, None)
        world.profiles.pop(user.identity, None)
    if "i" in user.modes:
        world.invisible -= 1
    for key in user.channels:
        _leave(world, key, event.uid)
    user.channels = ()
    for key in world.invitations.pop(event.uid, ()):
        channel = world.channels.get(key)
        if channel is not None:
            channel.invited -= {event.uid}


def _leave(world: World, key: str, uid: str) -> None:
    channel = world.channels.get(key)
    if channel is None:
        return
    channel.members.pop(uid, None)
    channel.hidden -= {uid}
    if not channel.members and not channel.stays:
        del world.channels[key]


def _joined(world: World, event: events.Joined) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    channel = world.channels.get(event.channel)
    if channel is None:
        channel = world.channels[event.channel] = Channel(event.channel, event.name, event.at_ms)
        channel.modes = {"n": None, "t": None}
    channel.members[event.uid] = event.prefix
    channel.touched_ms = event.at_ms
    if event.uid in channel.invited:
        channel.invited -= {event.uid}
    if "D" in channel.modes and not event.prefix:
        channel.hidden |= {event.uid}
    if event.channel not in user.channels:
        user.channels = (*user.channels, event.channel)


def _parted(world: World, event: events.Parted | events.Kicked) -> None:
    uid = event.victim_uid if type(event) is events.Kicked else event.uid
    user = world.users.get(uid)
    if user is not None:
        user.channels = tuple(key for key in user.channels if key != event.channel)
    _leave(world, event.channel, uid)


def _renamed(world: World, event: events.Renamed) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    if user.key != fold(event.nick):
        world.past.add(user, event.at_ms)
    if world.nicks.get(user.key) is user:
        del world.nicks[user.key]
    user.rename(event.nick)
    world.nicks[user.key] = user


def _modes_changed(world: World, event: events.ModesChanged) -> None:
    channel = world.channels.get(event.channel)
    if channel is None:
        return
    targets = event.targets or (None,) * len(event.changes)
    for (sign, letter, parameter), uid in zip(event.changes, targets, strict=True):
        if letter in PREFIX_MODES:
            if uid in channel.members:
                have = channel.members[uid].replace(letter, "")
                channel.members[uid] = sorted_prefix(have + letter) if sign == "+" else have
        elif letter in LIST_MODES and parameter is not None:
            if sign == "+":
                channel.lists[letter][parameter] = (event.source, event.at_ms)
            else:
                channel.lists[letter].pop(parameter, None)
        elif sign == "+":
            channel.modes[letter] = parameter
        else:
            channel.modes.pop(letter, None)
    channel.update_history_scope()
    if not channel.members and not channel.stays:
        del world.channels[event.channel]


def _topic_set(world: World, event: events.TopicSet) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None:
        channel.topic, channel.topic_by, channel.topic_at_ms = event.topic, event.source, event.at_ms


def _invited(world: World, event: events.Invited) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None and event.guest_uid in world.users:
        channel.invited |= {event.guest_uid}
        world.invitations.setdefault(event.guest_uid, set()).add(event.channel)


def _said(world: World, event: events.MessageSent) -> None:
    user = world.users.get(event.uid)
    if user is not None:
        user.spoke_at_ms = event.at_ms


def _away_set(world: World, event: events.AwaySet) -> None:
    if user := world.users.get(event.uid):
        user.away = event.message


def _realname_set(world: World, event: events.RealnameSet) -> None:
    if user := world.users.get(event.uid):
        user.realname = event.realname


def _host_set(world: World, event: events.HostSet) -> None:
    if user := world.users.get(event.uid):
        user.move(event.username, event.host)


def _revealed(world: World, event: events.Revealed) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None:
        channel.hidden -= {event.uid}


def _marker_set(world: World, event: events.MarkerSet) -> None:
    world.marks.setdefault(event.identity, {})[fold(event.target)] = event.read_at_ms


def _user_modes_set(world: World, event: events.UserModesSet) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    for sign, letter in event.changes:
        had = letter in user.modes
        user.modes = user.modes | {letter} if sign == "+" else user.modes - {letter}
        if letter == "i":
            world.invisible += ("i" in user.modes) - had
        if letter == "o":
            (world.operators.add if sign == "+" else world.operators.discard)(event.uid)
    if event.snomask is not None:
        user.snomask = event.snomask
    if event.operator is not None:
        user.operator, user.powers = event.operator, frozenset(event.powers)
    if "o" not in user.modes:
        user.operator, user.powers = "", frozenset()


def _logged_in(world: World, event: events.LoggedIn) -> None:
    user = world.users.get(event.uid)
    if user is None:
        return
    if not user.account_id:
        world.marks.pop(user.identity, None)
        profile = world.profiles.pop(user.identity, None)
        if profile and event.now_id and event.now_id not in world.profiles:
            world.profiles[event.now_id] = profile
    user.account, user.account_id = event.now, event.now_id
    user.modes = user.modes | {"r"} if event.now else user.modes - {"r"}


def _accepted(world: World, event: events.Accepted) -> None:
    others = world.accepted.setdefault(event.uid, set())
    (others.add if event.on else others.discard)(event.other)


def _channel_renamed(world: World, event: events.ChannelRenamed) -> None:
    channel = world.channels.pop(event.channel, None)
    if channel is None:
        return
    channel.name, channel.key = event.new, fold(event.new)
    world.channels[channel.key] = channel
    for uid in channel.members:
        if user := world.users.get(uid):
            user.channels = tuple(channel.key if key == event.channel else key for key in user.channels)
    for keys in world.invitations.values():
        if event.channel in keys:
            keys.discard(event.channel)
            keys.add(channel.key)
    world.moved.pop(channel.key, None)
    if channel.key != event.channel and channel.founder:
        world.moved[event.channel] = event.new
        if len(world.moved) > MAX_MOVED:
            del world.moved[next(iter(world.moved))]


def _metadata_set(world: World, event: events.MetadataSet) -> None:
    if event.channel is not None:
        channel = world.channels.get(event.channel)
        values = None if channel is None else channel.metadata
    else:
        user = world.users.get(event.about)
        values = None if user is None else world.profiles.setdefault(user.identity, {})
    if values is None:
        return
    if event.value is None:
        values.pop(event.key, None)
    else:
        values[event.key] = event.value


def _record_kept(world: World, event: events.RecordKept) -> None:
    world.registry.keep(event.record)
    if isinstance(event.record, ChannelRecord):
        channel = world.channels.get(event.record.key)
        if channel is not None:
            channel.founder = event.record.founder


def _record_dropped(world: World, event: events.RecordDropped) -> None:
    world.registry.drop(event.kind, event.key)
    channel = world.channels.get(event.key) if event.kind == "channel" else None
    if channel is not None:
        channel.founder = ""
        if not channel.members and not channel.stays:
            del world.channels[event.key]


def _node_lost(world: World, event: events.NodeLost) -> None:
    for departed in event.departed:
        _departed(world, departed)


def _node_back(world: World, event: events.NodeBack) -> None:
    for joined in event.joined:
        _joined(world, joined)


_CHANGES: dict[type, Callable[[World, Any], None]] = {
    events.UserConnected: _arrived,
    events.UserQuit: _departed,
    events.Joined: _joined,
    events.Revealed: _revealed,
    events.Parted: _parted,
    events.Kicked: _parted,
    events.Renamed: _renamed,
    events.ModesChanged: _modes_changed,
    events.TopicSet: _topic_set,
    events.Invited: _invited,
    events.MessageSent: _said,
    events.AwaySet: _away_set,
    events.RealnameSet: _realname_set,
    events.HostSet: _host_set,
    events.UserModesSet: _user_modes_set,
    events.MarkerSet: _marker_set,
    events.LoggedIn: _logged_in,
    events.Accepted: _accepted,
    events.ChannelRenamed: _channel_renamed,
    events.MetadataSet: _metadata_set,
    events.RecordKept: _record_kept,
    events.RecordDropped: _record_dropped,
    events.NodeLost: _node_lost,
    events.NodeBack: _node_back,
}
"""Events that change the picture; the others (notices, knocks, read marks) pass through."""
