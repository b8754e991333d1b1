"""Users: connections, nicks, modes, accounts, and what they say about themselves."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from papo.server.world.events.base import Event, InternalEvent


class UserConnected(Event, frozen=True, gc=False, kw_only=True, tag="Arrived"):
    """A user registered with the network."""

    nick: str
    username: str
    host: str
    realname: str
    address: str
    """Their IP address, or "" for a unix socket; for operators only."""
    secure: bool = False
    node: str
    """Name of the server they are connected to."""
    dialect: str = "irc"
    account_id: str = ""
    cloak: str = ""
    """What others see in place of the address; `host` is this or a vhost."""
    sessions: int = 1
    """How many connections they have; 0 for an always-on user at the start of the server."""


class SessionAttached(InternalEvent, frozen=True, gc=False, kw_only=True):
    """A user who is on the network has one connection more."""

    node: str
    """Name of the server it is connected to."""
    secure: bool = False


class SessionDetached(InternalEvent, frozen=True, gc=False, kw_only=True):
    """One of a user's connections ended, and the user stays."""

    node: str
    secure: bool = False


class AlwaysOnSet(InternalEvent, frozen=True, gc=False, kw_only=True):
    """From now on a user stays on the network when their last connection ends, or no longer does."""

    on: bool


class UserQuit(Event, frozen=True, gc=False, kw_only=True, tag="Departed"):
    """A user left the network (IRC QUIT)."""

    durable = True

    reason: str
    channels: tuple[str, ...]
    """Keys of the channels they were in."""
    history_scopes: tuple[int, ...] = msgspec.field(name="eras")
    """For each of these channels, as `MessageSent.history_scope`."""
    unseen: tuple[str, ...] = ()
    """Those of these channels in which plain members could not see them (modes u and D)."""
    dropped: bool = False
    """Whether the connection failed; False if they said goodbye."""


class Renamed(Event, frozen=True, gc=False, kw_only=True):
    """A user changed their nick; `source` is still the old one."""

    durable = True

    nick: str
    """The new one."""
    channels: tuple[str, ...]
    history_scopes: tuple[int, ...] = msgspec.field(name="eras")
    unseen: tuple[str, ...] = ()
    """As in `UserQuit`."""


class AwaySet(Event, frozen=True, gc=False, kw_only=True):
    """A user went away or came back."""

    message: str | None
    """None: they are back."""
    channels: tuple[str, ...]
    repeated: bool = False
    """Whether it is only repeated for a channel they just joined; their own sessions do not get it."""


class RealnameSet(Event, frozen=True, gc=False, kw_only=True):
    """A user changed their real name (IRCv3 setname)."""

    realname: str
    channels: tuple[str, ...]


class HostSet(Event, frozen=True, gc=False, kw_only=True):
    """A user's username or host changed; `source` is still the old one (IRCv3 chghost)."""

    username: str
    host: str
    channels: tuple[str, ...]


class UserModesSet(Event, frozen=True, gc=False, kw_only=True):
    """A user's own modes changed."""

    changes: tuple[tuple[str, str], ...]
    """In order: (`+` or `-`, letter)."""
    snomask: str | None = None
    """The server notices they now get; None: unchanged."""
    operator: str | None = None
    """Their new operator name; None: unchanged."""
    powers: tuple[str, ...] = ()
    """What that operator may do (`config.settings.Role`)."""


class LoggedIn(Event, frozen=True, gc=False, kw_only=True):
    """A user logged in to an account, or out (IRCv3 account-notify); `account` is still the old one."""

    now: str | None
    """Name of the account; None: logged out."""
    now_id: str = ""
    channels: tuple[str, ...] = ()


class Accepted(InternalEvent, frozen=True, gc=False, kw_only=True):
    """A user with mode +R lets a user without an account write to them, or no longer does."""

    other: str
    """uid."""
    on: bool


class MarkerSet(Event, frozen=True, gc=False, kw_only=True):
    """A user read a conversation up to a point (IRCv3 read-marker); only their own sessions see it."""

    durable = True

    identity: str
    """Their account id, or `~uid` for a guest."""
    target: str
    read_at_ms: int


class MetadataSet(Event, frozen=True, gc=False, kw_only=True):
    """Metadata of a user or a channel changed (IRCv3 metadata)."""

    channel: str | None
    """The channel's key; None if it is the metadata of the user `about`."""
    target: str
    """Name of the channel, or nick."""
    about: str = ""
    """uid of the user."""
    key: str
    value: str | None
    """None: the key was removed."""
    channels: tuple[str, ...] = ()
    """The channels the user is in."""


UserEvent: TypeAlias = (
    UserConnected
    | SessionAttached
    | SessionDetached
    | AlwaysOnSet
    | UserQuit
    | Renamed
    | AwaySet
    | RealnameSet
    | HostSet
    | UserModesSet
    | LoggedIn
    | Accepted
    | MarkerSet
    | MetadataSet
)
