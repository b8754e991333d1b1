"""Who is on the network and in which channels: the one mutable picture, changed by `World.apply` and nothing else.

It holds every user of the network, whichever node they are connected to; it knows no connection.
"""

from __future__ import annotations

from collections.abc import Iterable

from papo.server.world.changes import CHANGES
from papo.server.world.channel import Channel
from papo.server.world.confusables import skeletons
from papo.server.world.events import AnyEvent
from papo.server.world.modes import HALF_OPERATOR
from papo.server.world.names import fold
from papo.server.world.registry import Registry
from papo.server.world.snapshot import snapshot
from papo.server.world.undo import FINAL, FinalWrites
from papo.server.world.user import User
from papo.server.world.whowas import Whowas


class World:
    """The network as of the last accepted event."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        """By uid."""
        self.nicks: dict[str, User] = {}
        """By casefolded nick."""
        self.channels: dict[str, Channel] = {}
        """By key."""
        self.lookalikes: dict[str, tuple[str, ...]] = {}
        """Skeleton to keys of the channels that have names beyond ASCII; the key of any other is its skeleton."""
        self.invitations: dict[str, frozenset[str]] = {}
        """uid to keys of the channels they are invited to, so that a quit need not look at every channel."""
        self.operators: set[str] = set()
        """uids of operators of the server."""
        self.always_on: set[str] = set()
        """uids of users who stay when their last connection ends."""
        self.invisible = 0
        """How many users have mode +i (LUSERS)."""
        self.max_users = 0
        """The most users there have been at once."""
        self.whowas = Whowas()
        self.registry = Registry()
        self.profiles: dict[str, dict[str, str]] = {}
        """Identity to that user's metadata (IRCv3 metadata)."""
        self.accepted: dict[str, frozenset[str]] = {}
        """uid to uids of users who may write to them in spite of user mode +R."""
        self.renamed_channels: dict[str, str] = {}
        """Former keys of registered channels to their present names; the oldest are forgotten."""
        self.read_markers: dict[str, dict[str, int]] = {}
        """Identity to casefolded target to the time in ms up to which it was read."""

    def user(self, nick: str) -> User | None:
        """The user who has this nick now."""
        return self.nicks.get(fold(nick))

    def channel(self, name: str) -> Channel | None:
        """The channel of this name."""
        return self.channels.get(fold(name))

    def channels_alike(self, name: str) -> set[str]:
        """Keys of other channels, registered or open, whose names look like this one."""
        found = self.registry.channels_alike(name)
        for key in skeletons(name):
            found.update(self.lookalikes.get(key, ()))
            found.update({key} & self.channels.keys())
        return found - {fold(name)}

    def apply(self, event: AnyEvent, writes: FinalWrites = FINAL) -> None:
        """Make the event true; with an `UndoLog`, so that it can be taken back.

        Events about users or channels that are not there change nothing.
        """
        change = CHANGES.get(type(event))
        if change is not None:
            change(self, event, writes)

    def snapshot(self) -> list[AnyEvent]:
        """Events that make an empty world equal to this one when they are applied in order."""
        return snapshot(self)

    def unseen_in(self, uid: str, keys: Iterable[str]) -> tuple[str, ...]:
        """Those of these channels in which plain members do not see the user (modes u and D)."""
        found = (self.channels[key] for key in keys if key in self.channels)
        return tuple(
            channel.key
            for channel in found
            if uid in channel.hidden or ("u" in channel.modes and channel.rank(uid) < HALF_OPERATOR)
        )

    def share_channel(self, one: User, other: User) -> bool:
        """Whether two users are in a channel together."""
        return one is other or not set(one.channels).isdisjoint(other.channels)
