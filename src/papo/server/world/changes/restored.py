"""State as a whole takes the place of what was known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world.changes.channels import add_channel, add_invitation, forget_invitation, forget_lookalike
from papo.server.world.changes.users import add_user
from papo.server.world.channel import Channel
from papo.server.world.events import ChannelRestored, NetworkRestored, ProfileRestored, UserRestored, WhowasRestored
from papo.server.world.modes import LIST_MODES
from papo.server.world.user import User

if TYPE_CHECKING:
    from papo.server.world.undo import FinalWrites
    from papo.server.world.world import World


def _network_restored(world: World, event: NetworkRestored, writes: FinalWrites) -> None:
    writes.assign(world, "max_users", event.max_users)
    writes.assign(world, "renamed_channels", dict(event.renamed_channels))


def _user_restored(world: World, event: UserRestored, writes: FinalWrites) -> None:
    old = world.users.get(event.uid)
    if old is not None:
        writes.assign(world, "invisible", world.invisible - ("i" in old.modes))
        writes.discard(world.operators, old.uid)
        writes.discard(world.always_on, old.uid)
        if world.nicks.get(old.key) is old:
            writes.pop(world.nicks, old.key, in_order=False)
    user = User(event.uid, event.nick, event.username, event.host, event.realname)
    for name in _RESTORED:
        writes.assign(user, name, getattr(event, name))
    writes.assign(user, "connected_at_ms", event.at_ms)
    add_user(world, user, writes)
    writes.assign(world, "invisible", world.invisible + ("i" in user.modes))
    if user.is_operator:
        writes.add(world.operators, user.uid)
    if event.always_on:
        writes.add(world.always_on, user.uid)


_RESTORED = (
    "account", "account_id", "address", "away", "channels", "cloak", "dialect", "modes", "node", "operator",
    "plain_sessions", "powers", "sessions", "snomask", "spoke_at_ms",
)  # fmt: skip
"""Attributes of a `User` that `UserRestored` holds under the same name."""


def _channel_restored(world: World, event: ChannelRestored, writes: FinalWrites) -> None:
    old = world.channels.get(event.channel)
    for uid in old.invited if old is not None else ():
        forget_invitation(world, uid, event.channel, writes)
    channel = Channel(event.channel, event.name, event.created_at_ms) if old is None else old
    forget_lookalike(world, channel, writes)
    for name in _CHANNEL_RESTORED:
        writes.assign(channel, name, getattr(event, name))
    for name in ("members", "modes", "metadata"):
        writes.assign(channel, name, dict(getattr(event, name)))
    writes.assign(channel, "lists", {letter: dict(event.lists.get(letter, {})) for letter in LIST_MODES})
    writes.assign(channel, "history_scope", channel.history_scope_of_modes)
    add_channel(world, channel, writes)
    for uid in channel.invited:
        add_invitation(world, uid, channel.key, writes)


_CHANNEL_RESTORED = (
    "name", "created_at_ms", "founder", "hidden", "invited", "topic", "topic_by", "topic_at_ms",
)  # fmt: skip
"""Attributes of a `Channel` that never change in place and that `ChannelRestored` holds under the same name."""


def _profile_restored(world: World, event: ProfileRestored, writes: FinalWrites) -> None:
    writes.put(world.profiles, event.identity, dict(event.values))


def _whowas_restored(world: World, event: WhowasRestored, writes: FinalWrites) -> None:
    world.whowas.restore(event.entries, writes)


CHANGES: dict[type, Callable[[World, Any, FinalWrites], None]] = {
    NetworkRestored: _network_restored,
    UserRestored: _user_restored,
    ChannelRestored: _channel_restored,
    ProfileRestored: _profile_restored,
    WhowasRestored: _whowas_restored,
}
