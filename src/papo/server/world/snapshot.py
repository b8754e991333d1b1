"""The world as a list of events, for a process that starts from it or joins in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from papo.server.world.events import (
    Accepted,
    AnyEvent,
    ChannelRestored,
    MarkerSet,
    NetworkRestored,
    ProfileRestored,
    RecordStored,
    UserRestored,
    WhowasRestored,
)
from papo.server.world.records import AnyRecord, ChannelRecord, Profile

if TYPE_CHECKING:
    from papo.server.world.channel import Channel
    from papo.server.world.user import User
    from papo.server.world.world import World

_STAMP: dict[str, Any] = {"uid": "", "source": "", "at_ms": 0, "msgid": ""}
"""These events have no author."""


def snapshot(world: World) -> list[AnyEvent]:
    """See `World.snapshot`."""
    return [
        NetworkRestored(**_STAMP, max_users=world.max_users, renamed_channels=dict(world.renamed_channels)),
        *(RecordStored(**_STAMP, record=record) for record in world.registry.records()),
        *(user_restored(user, always_on=user.uid in world.always_on) for user in world.users.values()),
        *(channel_restored(channel) for channel in world.channels.values()),
        *(
            ProfileRestored(**_STAMP, identity=identity, values=dict(values))
            for identity, values in world.profiles.items()
        ),
        *_accepted(world),
        *(
            MarkerSet(**_STAMP, identity=identity, target=target, read_at_ms=read_at_ms)
            for identity, markers in world.read_markers.items()
            for target, read_at_ms in markers.items()
        ),
        *(WhowasRestored(**_STAMP, entries=tuple(entries)) for entries in world.whowas.by_nick()),
    ]


def _accepted(world: World) -> Iterator[Accepted]:
    for uid, others in world.accepted.items():
        for other in others:
            yield Accepted(uid=uid, source="", at_ms=0, msgid="", other=other, on=True)


def user_restored(user: User, *, always_on: bool) -> UserRestored:
    """The user as they are."""
    return UserRestored(
        uid=user.uid,
        source=user.source,
        at_ms=user.connected_at_ms,
        msgid="",
        account=user.account,
        nick=user.nick,
        username=user.username,
        host=user.host,
        realname=user.realname,
        account_id=user.account_id,
        address=user.address,
        cloak=user.cloak,
        node=user.node,
        dialect=user.dialect,
        sessions=user.sessions,
        plain_sessions=user.plain_sessions,
        modes=user.modes,
        snomask=user.snomask,
        operator=user.operator,
        powers=user.powers,
        away=user.away,
        channels=user.channels,
        spoke_at_ms=user.spoke_at_ms,
        always_on=always_on,
    )


def channel_restored(channel: Channel) -> ChannelRestored:
    """The channel as it is."""
    return ChannelRestored(
        **_STAMP,
        channel=channel.key,
        name=channel.name,
        created_at_ms=channel.created_at_ms,
        founder=channel.founder,
        members=dict(channel.members),
        hidden=channel.hidden,
        modes=dict(channel.modes),
        lists={letter: dict(masks) for letter, masks in channel.lists.items() if masks},
        invited=channel.invited,
        topic=channel.topic,
        topic_by=channel.topic_by,
        topic_at_ms=channel.topic_at_ms,
        metadata=dict(channel.metadata),
    )


def from_disk(records: Iterable[AnyRecord], read_markers: Iterable[tuple[str, str, int]]) -> Iterator[AnyEvent]:
    """What a server starts with. A read marker is (identity, target, milliseconds since 1970)."""
    for record in records:
        yield RecordStored(**_STAMP, record=record)
        if isinstance(record, Profile):
            yield ProfileRestored(**_STAMP, identity=record.account, values=record.values)
        elif isinstance(record, ChannelRecord):
            yield _channel_of(record)
    for identity, target, read_at_ms in read_markers:
        yield MarkerSet(**_STAMP, identity=identity, target=target, read_at_ms=read_at_ms)


def _channel_of(record: ChannelRecord) -> ChannelRestored:
    return ChannelRestored(
        **_STAMP,
        channel=record.key,
        name=record.name,
        created_at_ms=record.created_at_ms,
        founder=record.founder,
        modes=record.modes,
        lists={letter: {mask: (by, at_ms) for mask, by, at_ms in masks} for letter, masks in record.lists.items()},
        topic=record.topic,
        topic_by=record.topic_by,
        topic_at_ms=record.topic_at_ms,
        metadata=record.metadata,
    )
