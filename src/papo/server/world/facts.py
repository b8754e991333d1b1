"""Facts, restated: what has happened whatever the store says, as it is after other events have been taken back.

A user who is gone is gone, but not from a channel that they never entered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from papo.server.world.events import (
    AwaySet,
    ChannelRestored,
    HostSet,
    LoggedIn,
    ModesChanged,
    NodeLost,
    RecordStored,
    Renamed,
    UserQuit,
)
from papo.server.world.names import fold
from papo.server.world.records import ChannelRecord, Presence, Profile, Versioned, place_of
from papo.server.world.snapshot import channel_restored

if TYPE_CHECKING:
    from papo.server.world.channel import Channel
    from papo.server.world.events import AnyEvent
    from papo.server.world.records import AnyRecord
    from papo.server.world.world import World


def restated(world: World, event: Any) -> AnyEvent | None:
    """The event as it would be made now; None if it would not be."""
    user = world.users.get(event.uid)
    if user is not None and "!" in event.source and event.source != user.source:
        event = msgspec.structs.replace(event, source=user.source)
    restate = _RESTATED.get(type(event))
    done: AnyEvent | None = event if restate is None else restate(world, event)
    return done


def _about_channels(world: World, event: AwaySet | HostSet | LoggedIn) -> AnyEvent:
    user = world.users.get(event.uid)
    keys = () if user is None else user.channels
    if isinstance(event, AwaySet) and event.repeated:
        keys = tuple(key for key in event.channels if key in keys)
    return msgspec.structs.replace(event, channels=keys)


def _renamed(world: World, event: Renamed) -> Renamed:
    user = world.users.get(event.uid)
    keys = () if user is None else user.channels
    return msgspec.structs.replace(event, channels=keys, history_scopes=_scopes(world, keys))


def _user_quit(world: World, event: UserQuit) -> UserQuit:
    user = world.users.get(event.uid)
    keys = () if user is None else user.channels
    unseen = world.unseen_in(event.uid, keys)
    return msgspec.structs.replace(event, channels=keys, history_scopes=_scopes(world, keys), unseen=unseen)


def _scopes(world: World, keys: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(world.channels[key].history_scope for key in keys)


def _node_lost(world: World, event: NodeLost) -> NodeLost:
    return msgspec.structs.replace(event, departed=tuple(_user_quit(world, each) for each in event.departed))


def _channel_restored(world: World, event: ChannelRestored) -> ChannelRestored:
    """The settings say that the channel is permanent, and no more: the rest may be refused."""
    channel = world.channels.get(event.channel)
    stamp: dict[str, Any] = {"uid": event.uid, "source": event.source, "at_ms": event.at_ms, "msgid": event.msgid}
    if channel is None:
        return permanent_channel(stamp, event.name)
    state = channel_restored(channel)
    return msgspec.structs.replace(state, **stamp, modes={**state.modes, "P": None})


def permanent_channel(stamp: dict[str, Any], name: str) -> ChannelRestored:
    """A new channel that the settings ask for."""
    return ChannelRestored(
        **stamp,
        channel=fold(name),
        name=name,
        created_at_ms=stamp["at_ms"],
        modes={"n": None, "t": None, "P": None},
    )


def _modes_changed(world: World, event: ModesChanged) -> ModesChanged | None:
    """The rank that a registered channel gives a member on logging in, if it still does."""
    user, channel, record = (
        world.users.get(event.targets[0] or ""),
        world.channels.get(event.channel),
        world.registry.channels.get(event.channel),
    )
    ((sign, letter, _),) = event.changes
    if user is None or channel is None or record is None or user.uid not in channel.members:
        return None
    if letter != record.rank_of(user.account_id):
        return None
    changes = ((sign, letter, user.nick),)
    return msgspec.structs.replace(event, changes=changes, history_scope=channel.history_scope)


def _record_stored(world: World, event: RecordStored) -> RecordStored:
    record: AnyRecord = event.record
    if isinstance(record, Presence):
        record = _presence(world, record)
    elif isinstance(record, Profile):
        record = Profile(record.account, dict(world.profiles.get(record.account, record.values)))
    elif isinstance(record, ChannelRecord) and record.key in world.channels:
        channel = world.channels[record.key]
        blank = ChannelRecord(key=channel.key, name=channel.name, created_at_ms=channel.created_at_ms)
        record = with_state(world.registry.channels.get(record.key, blank), channel)
    if isinstance(record, Versioned):
        stored = world.registry.find(*place_of(record))
        version = stored.version if isinstance(stored, Versioned) else 0
        record = msgspec.structs.replace(record, version=version + 1)
    return msgspec.structs.replace(event, record=record)


def _presence(world: World, record: Presence) -> Presence:
    user = next((each for each in world.users.values() if each.account_id == record.account), None)
    return record if user is None else presence_of(world, user, record.devices)


def presence_of(world: World, user: Any, devices: dict[str, int]) -> Presence:
    """The record of an always-on user as they are."""
    return Presence(
        account=user.account_id,
        nick=user.nick,
        username=user.username,
        realname=user.realname,
        channels={key: world.channels[key].members.get(user.uid, "") for key in user.channels},
        modes="".join(sorted(user.modes - set("orsZ"))),
        away=user.away,
        devices=devices,
    )


def with_state(record: ChannelRecord, channel: Channel) -> ChannelRecord:
    """The record with the channel's present topic, modes and lists."""
    return msgspec.structs.replace(
        record,
        key=channel.key,
        name=channel.name,
        topic=channel.topic,
        topic_by=channel.topic_by,
        topic_at_ms=channel.topic_at_ms,
        modes=dict(channel.modes),
        lists={
            letter: [(mask, by, at_ms) for mask, (by, at_ms) in entries.items()]
            for letter, entries in channel.lists.items()
        },
        metadata=dict(channel.metadata),
    )


_RESTATED: dict[type, Callable[[World, Any], AnyEvent | None]] = {
    AwaySet: _about_channels,
    HostSet: _about_channels,
    LoggedIn: _about_channels,
    Renamed: _renamed,
    ChannelRestored: _channel_restored,
    ModesChanged: _modes_changed,
    UserQuit: _user_quit,
    NodeLost: _node_lost,
    RecordStored: _record_stored,
}
"""The others name nobody and nothing that another event could have changed."""
