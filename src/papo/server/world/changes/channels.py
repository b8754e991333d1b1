"""What happens to channels and their members."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world.channel import Channel
from papo.server.world.confusables import index, unindex
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
from papo.server.world.permissions import fits

if TYPE_CHECKING:
    from papo.server.world.undo import FinalWrites
    from papo.server.world.world import World

MAX_RENAMED_CHANNELS = 1_000


def joined(world: World, event: Joined, writes: FinalWrites) -> None:
    """The first member creates the channel."""
    user = world.users.get(event.uid)
    if user is None:
        return
    channel = world.channels.get(event.channel)
    if channel is None:
        channel = Channel(event.channel, event.name, event.at_ms)
        add_channel(world, channel, writes)
        writes.assign(channel, "modes", {"n": None, "t": None})
    writes.put(channel.members, event.uid, event.prefix)
    if event.uid in channel.invited:
        writes.assign(channel, "invited", channel.invited - {event.uid})
        forget_invitation(world, event.uid, event.channel, writes)
    if "D" in channel.modes and not event.prefix:
        writes.assign(channel, "hidden", channel.hidden | {event.uid})
    if event.channel not in user.channels:
        writes.assign(user, "channels", (*user.channels, event.channel))


def add_channel(world: World, channel: Channel, writes: FinalWrites) -> None:
    """Let the channel be found, by its key and by what looks like it."""
    writes.put(world.channels, channel.key, channel)
    if not channel.name.isascii():
        index(world.lookalikes, channel.name, channel.key, writes)


def _remove(world: World, channel: Channel, writes: FinalWrites) -> None:
    writes.pop(world.channels, channel.key)
    forget_lookalike(world, channel, writes)


def forget_lookalike(world: World, channel: Channel, writes: FinalWrites) -> None:
    """Find the channel no longer by what looks like it."""
    if not channel.name.isascii():
        unindex(world.lookalikes, channel.name, channel.key, writes)


def _parted(world: World, event: Parted | Kicked, writes: FinalWrites) -> None:
    uid = event.victim_uid if type(event) is Kicked else event.uid
    user = world.users.get(uid)
    if user is not None:
        writes.assign(user, "channels", tuple(key for key in user.channels if key != event.channel))
    leave(world, event.channel, uid, writes)


def leave(world: World, key: str, uid: str, writes: FinalWrites, *, has_quit: bool = False) -> None:
    """Remove a member from a channel; their `User.channels` is the caller's to change."""
    channel = world.channels.get(key)
    if channel is not None:
        # Nobody refuses a quit: if it is taken back, it is to happen again at once, wherever the member is in the list.
        writes.pop(channel.members, uid, in_order=not has_quit)
        if uid in channel.hidden:
            writes.assign(channel, "hidden", channel.hidden - {uid})
        remove_if_unused(world, channel, writes)


def remove_if_unused(world: World, channel: Channel, writes: FinalWrites) -> None:
    """Remove a channel without members that nothing keeps."""
    if channel.members or channel.stays:
        return
    _remove(world, channel, writes)
    for uid in channel.invited:
        forget_invitation(world, uid, channel.key, writes)


def add_invitation(world: World, uid: str, key: str, writes: FinalWrites) -> None:
    """Keep `World.invitations` in step with `Channel.invited`."""
    writes.put(world.invitations, uid, world.invitations.get(uid, frozenset()) | {key})


def forget_invitation(world: World, uid: str, key: str, writes: FinalWrites) -> None:
    """As `add_invitation`."""
    keys = world.invitations[uid] - {key}
    if keys:
        writes.put(world.invitations, uid, keys)
    else:
        writes.pop(world.invitations, uid, in_order=False)


def _join_revealed(world: World, event: JoinRevealed, writes: FinalWrites) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None:
        writes.assign(channel, "hidden", channel.hidden - {event.uid})


def _modes_changed(world: World, event: ModesChanged, writes: FinalWrites) -> None:
    channel = world.channels.get(event.channel)
    if channel is None:
        return
    targets = event.targets or (None,) * len(event.changes)
    for (sign, letter, parameter), uid in zip(event.changes, targets, strict=True):
        if letter in PREFIX_MODES:
            if uid in channel.members:
                have = channel.members[uid].replace(letter, "")
                writes.put(channel.members, uid, sorted_prefix(have + letter) if sign == "+" else have)
        elif letter in LIST_MODES and parameter is not None:
            if sign == "+":
                writes.put(channel.lists[letter], parameter, (event.source, event.at_ms))
                if letter == "b":
                    _revoke_invitations(world, channel, parameter, writes)
            else:
                writes.pop(channel.lists[letter], parameter)
        elif sign == "+":
            writes.put(channel.modes, letter, parameter)
        else:
            writes.pop(channel.modes, letter)
    writes.assign(channel, "history_scope", channel.history_scope_of_modes)
    remove_if_unused(world, channel, writes)


def _topic_set(world: World, event: TopicSet, writes: FinalWrites) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None:
        writes.assign(channel, "topic", event.topic)
        writes.assign(channel, "topic_by", event.source)
        writes.assign(channel, "topic_at_ms", event.at_ms)


def _invited(world: World, event: Invited, writes: FinalWrites) -> None:
    channel = world.channels.get(event.channel)
    if channel is not None and event.admits and event.guest_uid in world.users:
        writes.assign(channel, "invited", channel.invited | {event.guest_uid})
        add_invitation(world, event.guest_uid, event.channel, writes)


def _revoke_invitations(world: World, channel: Channel, mask: str, writes: FinalWrites) -> None:
    """A new ban counts more than an invitation from before it."""
    banned = {uid for uid in channel.invited if uid in world.users and fits(mask, world.users[uid])}
    if banned:
        writes.assign(channel, "invited", channel.invited - banned)
        for uid in banned:
            forget_invitation(world, uid, channel.key, writes)


def _channel_renamed(world: World, event: ChannelRenamed, writes: FinalWrites) -> None:
    channel = world.channels.get(event.channel)
    if channel is None:
        return
    _remove(world, channel, writes)
    key = fold(event.new)
    writes.assign(channel, "name", event.new)
    writes.assign(channel, "key", key)
    add_channel(world, channel, writes)
    for uid in channel.members:
        if user := world.users.get(uid):
            keys = tuple(key if each == event.channel else each for each in user.channels)
            writes.assign(user, "channels", keys)
    for uid in channel.invited:
        forget_invitation(world, uid, event.channel, writes)
        add_invitation(world, uid, key, writes)
    for markers in world.read_markers.values() if key != event.channel else ():
        if event.channel in markers:
            writes.put(markers, key, markers[event.channel])
            writes.pop(markers, event.channel)
    writes.pop(world.renamed_channels, key)
    if key != event.channel and channel.founder:
        writes.put(world.renamed_channels, event.channel, event.new)
        if len(world.renamed_channels) > MAX_RENAMED_CHANNELS:
            writes.pop(world.renamed_channels, next(iter(world.renamed_channels)))


def _metadata_set(world: World, event: MetadataSet, writes: FinalWrites) -> None:
    if event.channel is not None:
        channel = world.channels.get(event.channel)
        values = None if channel is None else channel.metadata
    else:
        user = world.users.get(event.about)
        values = None if user is None else _profile(world, user.identity, writes)
    if values is None:
        return
    if event.value is None:
        writes.pop(values, event.key)
    else:
        writes.put(values, event.key, event.value)


def _profile(world: World, identity: str, writes: FinalWrites) -> dict[str, str]:
    if identity not in world.profiles:
        writes.put(world.profiles, identity, {})
    return world.profiles[identity]


CHANGES: dict[type, Callable[[World, Any, FinalWrites], None]] = {
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
