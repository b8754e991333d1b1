"""Channels: their members, modes, topics and names."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from papo.server.world.events.base import Event


class Joined(Event, frozen=True, gc=False, kw_only=True):
    """A user joined a channel, and created it if it was not there."""

    durable = True

    channel: str
    name: str
    """The channel's name as its creator wrote it."""
    realname: str
    prefix: str = ""
    """Prefix modes they joined with: `""`, or letters such as `o`."""
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class JoinRevealed(Event, frozen=True, gc=False, kw_only=True, tag="Revealed"):
    """A member who joined unseen (mode D) is visible from now on; delivered as their join."""

    channel: str
    name: str
    realname: str
    history_scope: int = msgspec.field(default=0, name="era")


class Parted(Event, frozen=True, gc=False, kw_only=True):
    """A member left a channel."""

    durable = True

    channel: str
    name: str
    reason: str = ""
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class Kicked(Event, frozen=True, gc=False, kw_only=True):
    """A channel operator kicked a member."""

    durable = True

    channel: str
    name: str
    victim_uid: str
    victim: str
    """The victim's nick."""
    reason: str
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class ModesChanged(Event, frozen=True, gc=False, kw_only=True):
    """Modes of a channel changed."""

    durable = True

    channel: str
    name: str
    changes: tuple[tuple[str, str, str | None], ...]
    """In order: (`+` or `-`, letter, parameter or None). The parameter of a prefix mode is the member's nick."""
    targets: tuple[str | None, ...] = ()
    """For each change, the member's uid if it is a prefix mode; () if none is."""
    history_scope: int = msgspec.field(default=0, name="era")


class TopicSet(Event, frozen=True, gc=False, kw_only=True):
    """A channel's topic changed."""

    durable = True

    channel: str
    name: str
    topic: str
    """Empty: the topic was removed."""
    history_scope: int = msgspec.field(default=0, name="era")


class Invited(Event, frozen=True, gc=False, kw_only=True):
    """A user was invited to a channel."""

    channel: str
    name: str
    guest_uid: str
    guest: str
    """The invited user's nick."""
    admits: bool = False
    """Whether the guest may join whatever the modes and the bans say: an operator of the channel invited them."""


class InviteNotified(Event, frozen=True, gc=False, kw_only=True, tag="InviteSeen"):
    """The same invitation, for the channel's operators (IRCv3 invite-notify)."""

    channel: str
    name: str
    guest: str


class Knocked(Event, frozen=True, gc=False, kw_only=True):
    """A user asked to be invited to a channel."""

    channel: str
    name: str
    reason: str


class ChannelRenamed(Event, frozen=True, gc=False, kw_only=True):
    """A channel has another name (IRCv3 channel-rename)."""

    durable = True

    channel: str
    name: str
    new: str
    """The new name; casefolded, it is the new key."""
    reason: str = ""
    history_scope: int = msgspec.field(default=0, name="era")


ChannelEvent: TypeAlias = (
    Joined
    | JoinRevealed
    | Parted
    | Kicked
    | ModesChanged
    | TopicSet
    | Invited
    | InviteNotified
    | Knocked
    | ChannelRenamed
)
