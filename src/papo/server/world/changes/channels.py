"""What happens to channels and their members."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world.channel import Channel
from papo.server.world.events import (
    ChannelRenamed,
    Invited,
    Joined,
    JoinRevealed,
    Kicked,
    MetadataSet,
    ModesChanged,
    Parted,
    TopicSet,
)
from papo.server.world.modes import LIST_MODES, PREFIX_MODES, sorted_prefix
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.world.world import World

MAX_RENAMED_CHANNELS = 1_000


def joined(world: World, event: Joined) -> None:
    """The first member creates the channel."""
    user = world.users.get(event.uid)
    if user is None:
        return
    channel = world.channels.get(event.channel)
    if channel is None:
        channel = world.channels[event.channel] = Channel(event.channel, event.name, event.at_ms)
        channel.modes = {"n": None, "t": None}
    channel.members[event.uid] = event.prefix
    if event.uid in channel.invited:
        channel.invited -= {event.uid}
        forget_invitation(world, event.uid, event.channel)
    if "D" in channel.modes and not event.prefix:
        channel.hidden |= {event.uid}
    if event.channel not in user.channels:
        user.channels = (*user.channels, event.channel)


def _parted(world: World, event: Parted | Kicked) -> None:
    uid = event.victim_uid if type(event) is Kicked else event.uid
    user = world.users.get(uid)
    if user is not None:
        user.channels = tuple(key for key in user.channels if key != event.channel)
    leave(world, event.channel, uid)


def leave(world: World, key: str, uid: str) -> None:
    """Remove a member from a channel; their `User.channels` is the caller's to change."""
    channel = world.channels.get(key)
    if channel is not None:
        channel.members.pop(uid, None)
        channel.hidden -= {uid}
        remove_if_unused(world, channel)


def remove_if_unused(world: World, channel: Channel) -> None:
    """Remove a channel without members that nothing keeps."""
    if channel.members or channel.stays:
        return
    del world.channels[channel.key]
    for uid in channel.invited:
        forget_invitation(world, uid, channel.key)


def forget_invitation(world: World, uid: str, key: str) -> None:
    """Keep `World.invitations` in step with `Channel.invited`."""
    keys = world.invitations[uid]
    keys.discard(key)
    if not keys:
        del world.invitations[uid]


def _join_revealed(world: World, event: JoinRevealed) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None:
        channel.hidden -= {event.uid}


def _modes_changed(world: World, event: ModesChanged) -> None:
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
    remove_if_unused(world, channel)


def _topic_set(world: World, event: TopicSet) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None:
        channel.topic, channel.topic_by, channel.topic_at_ms = event.topic, event.source, event.at_ms


def _invited(world: World, event: Invited) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None and event.guest_uid in world.users:
        channel.invited |= {event.guest_uid}
        world.invitations.setdefault(event.guest_uid, set()).add(event.channel)


def _channel_renamed(world: World, event: ChannelRenamed) -> None:
    channel = world.channels.pop(event.channel, None)
    if channel is None:
        return
    channel.name, channel.key = event.new, fold(event.new)
    world.channels[channel.key] = channel
    for uid in channel.members:
        if user := world.users.get(uid):
            user.channels = tuple(channel.key if key == event.channel else key for key in user.channels)
    for uid in channel.invited:
        world.invitations[uid].discard(event.channel)
        world.invitations[uid].add(channel.key)
    world.renamed_channels.pop(channel.key, None)
    if channel.key != event.channel and channel.founder:
        world.renamed_channels[event.channel] = event.new
        if len(world.renamed_channels) > MAX_RENAMED_CHANNELS:
            del world.renamed_channels[next(iter(world.renamed_channels))]


def _metadata_set(world: World, event: MetadataSet) -> None:
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


CHANGES: dict[type, Callable[[World, Any], None]] = {
    Joined: joined,
    Parted: _parted,
    Kicked: _parted,
    JoinRevealed: _join_revealed,
    ModesChanged: _modes_changed,
    TopicSet: _topic_set,
    Invited: _invited,
    ChannelRenamed: _channel_renamed,
    MetadataSet: _metadata_set,
}
