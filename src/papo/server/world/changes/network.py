"""What happens to records and nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world.changes.channels import joined, remove_if_unused
from papo.server.world.changes.users import user_quit
from papo.server.world.events import NodeBack, NodeLost, RecordDeleted, RecordStored
from papo.server.world.records import ChannelRecord

if TYPE_CHECKING:
    from papo.server.world.undo import FinalWrites
    from papo.server.world.world import World


def _record_stored(world: World, event: RecordStored, writes: FinalWrites) -> None:
    world.registry.keep(event.record, writes)
    if isinstance(event.record, ChannelRecord):
        channel = world.channels.get(event.record.key)
        if channel is not None:
            writes.assign(channel, "founder", event.record.founder)


def _record_deleted(world: World, event: RecordDeleted, writes: FinalWrites) -> None:
    world.registry.drop(event.kind, event.key, writes)
    if event.kind == "account":
        writes.pop(world.read_markers, event.key)
        writes.pop(world.profiles, event.key)
    channel = world.channels.get(event.key) if event.kind == "channel" else None
    if channel is not None:
        writes.assign(channel, "founder", "")
        remove_if_unused(world, channel, writes)


def _node_lost(world: World, event: NodeLost, writes: FinalWrites) -> None:
    for departed in event.departed:
        user_quit(world, departed, writes)


def _node_back(world: World, event: NodeBack, writes: FinalWrites) -> None:
    for join in event.joined:
        joined(world, join, writes)


CHANGES: dict[type, Callable[[World, Any, FinalWrites], None]] = {
    RecordStored: _record_stored,
    RecordDeleted: _record_deleted,
    NodeLost: _node_lost,
    NodeBack: _node_back,
}
