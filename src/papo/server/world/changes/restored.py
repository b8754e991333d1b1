"""State as a whole takes the place of what was known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from papo.server.world.changes.channels import forget_invitation
from papo.server.world.changes.users import add_user
from papo.server.world.channel import Channel
from papo.server.world.events import ChannelRestored, NetworkRestored, ProfileRestored, UserRestored, WhowasRestored
from papo.server.world.modes import LIST_MODES
from papo.server.world.user import User

if TYPE_CHECKING:
    from papo.server.world.world import World


def _network_restored(world: World, event: NetworkRestored) -> None:
    world.max_users = event.max_users
    world.renamed_channels = dict(event.renamed_channels)


def _user_restored(world: World, event: UserRestored) -> None:
    old = world.users.get(event.uid)
    if old is not None:
        world.invisible -= "i" in old.modes
        world.operators.discard(old.uid)
        world.always_on.discard(old.uid)
        if world.nicks.get(old.key) is old:
            del world.nicks[old.key]
    user = User(event.uid, event.nick, event.username, event.host, event.realname)
    for name in _RESTORED:
        setattr(user, name, getattr(event, name))
    user.connected_at_ms = event.at_ms
    add_user(world, user)
    world.invisible += "i" in user.modes
    if user.is_operator:
        world.operators.add(user.uid)
    if event.always_on:
        world.always_on.add(user.uid)


_RESTORED = (
    "account", "account_id", "address", "away", "channels", "cloak", "dialect", "modes", "node", "operator", "powers",
    "secure", "sessions", "snomask", "spoke_at_ms",
)  # fmt: skip
"""Attributes of a `User` that `UserRestored` holds under the same name."""


def _channel_restored(world: World, event: ChannelRestored) -> None:
    old = world.channels.get(event.channel)
    for uid in old.invited if old is not None else ():
        forget_invitation(world, uid, event.channel)
    channel = Channel(event.channel, event.name, event.created_at_ms) if old is None else old
    channel.name, channel.created_at_ms = event.name, event.created_at_ms
    channel.founder = event.founder
    channel.members = dict(event.members)
    channel.hidden = event.hidden
    channel.modes = dict(event.modes)
    channel.lists = {letter: dict(event.lists.get(letter, {})) for letter in LIST_MODES}
    channel.invited = event.invited
    channel.topic, channel.topic_by, channel.topic_at_ms = event.topic, event.topic_by, event.topic_at_ms
    channel.metadata = dict(event.metadata)
    channel.update_history_scope()
    world.channels[channel.key] = channel
    for uid in channel.invited:
        world.invitations.setdefault(uid, set()).add(channel.key)


def _profile_restored(world: World, event: ProfileRestored) -> None:
    world.profiles[event.identity] = dict(event.values)


def _whowas_restored(world: World, event: WhowasRestored) -> None:
    world.whowas.restore(event.entries)


CHANGES: dict[type, Callable[[World, Any], None]] = {
    NetworkRestored: _network_restored,
    UserRestored: _user_restored,
    ChannelRestored: _channel_restored,
    ProfileRestored: _profile_restored,
    WhowasRestored: _whowas_restored,
}
