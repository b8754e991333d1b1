"""State as a whole: what a snapshot holds besides records, and what a server starts with.

Each takes the place of whatever was known of its subject, so applying one twice changes nothing.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from papo.server.world.events.base import InternalEvent
from papo.server.world.whowas import WhowasEntry


class NetworkRestored(InternalEvent, frozen=True, gc=False, kw_only=True):
    """What is known of the network and of none of its users or channels."""

    max_users: int
    renamed_channels: dict[str, str]
    """As `World.renamed_channels`."""


class UserRestored(InternalEvent, frozen=True, gc=False, kw_only=True):
    """A user with everything that `User` holds; `at_ms` is when they connected."""

    nick: str
    username: str
    host: str
    realname: str
    account_id: str = ""
    address: str = ""
    cloak: str = ""
    node: str = ""
    dialect: str = "irc"
    sessions: tuple[str, ...] = ()
    plain_sessions: tuple[str, ...] = ()
    modes: frozenset[str] = frozenset()
    snomask: str = ""
    operator: str = ""
    powers: frozenset[str] = frozenset()
    away: str | None = None
    channels: tuple[str, ...] = ()
    spoke_at_ms: int = 0
    always_on: bool = False


class ChannelRestored(InternalEvent, frozen=True, gc=False, kw_only=True):
    """A channel with everything that `Channel` holds."""

    channel: str
    """Its key."""
    name: str
    created_at_ms: int
    founder: str = ""
    members: dict[str, str] = msgspec.field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    modes: dict[str, str | None] = msgspec.field(default_factory=dict)
    lists: dict[str, dict[str, tuple[str, int]]] = msgspec.field(default_factory=dict)
    """Letter to mask to (who set it, when in ms); letters without masks may be missing."""
    invited: frozenset[str] = frozenset()
    topic: str = ""
    topic_by: str = ""
    topic_at_ms: int = 0
    metadata: dict[str, str] = msgspec.field(default_factory=dict)


class ProfileRestored(InternalEvent, frozen=True, gc=False, kw_only=True):
    """The metadata of a user or an account."""

    identity: str
    """An account id, or `~uid` for a guest."""
    values: dict[str, str]


class WhowasRestored(InternalEvent, frozen=True, gc=False, kw_only=True):
    """The former holders of one nick, oldest first."""

    entries: tuple[WhowasEntry, ...]


Restored: TypeAlias = NetworkRestored | UserRestored | ChannelRestored | ProfileRestored | WhowasRestored
