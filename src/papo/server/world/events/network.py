"""The network as a whole: records, nodes, and its operators."""

from __future__ import annotations

from typing import TypeAlias

from papo.server.world.events.base import Event, InternalEvent
from papo.server.world.events.channels import Joined
from papo.server.world.events.users import UserQuit
from papo.server.world.records import AnyRecord


class RecordStored(Event, frozen=True, gc=False, kw_only=True, tag="RecordKept"):
    """A record is new or changed."""

    durable = True

    record: AnyRecord


class RecordDeleted(Event, frozen=True, gc=False, kw_only=True, tag="RecordDropped"):
    """A record was removed."""

    durable = True

    kind: str
    key: str


class Audited(InternalEvent, frozen=True, gc=False, kw_only=True):
    """An operator of the server used their power; stored for ever."""

    durable = True

    action: str
    """One word, such as `KILL`."""
    details: str


class NodeLost(Event, frozen=True, gc=False, kw_only=True):
    """A node left the network with all its users (IRCv3 batch type netsplit)."""

    nodes: tuple[str, str]
    departed: tuple[UserQuit, ...]


class NodeBack(Event, frozen=True, gc=False, kw_only=True):
    """A node is linked again, and its users are in their channels again (IRCv3 batch type netjoin)."""

    nodes: tuple[str, str]
    joined: tuple[Joined, ...]


class Killed(Event, frozen=True, gc=False, kw_only=True):
    """An operator of the server disconnected a user; their UserQuit follows from the node they are on."""

    victim_uid: str
    victim: str
    reason: str


class WallopsSent(Event, frozen=True, gc=False, kw_only=True):
    """An operator wrote to every user with mode +w."""

    text: str


class ServerNoticed(Event, frozen=True, gc=False, kw_only=True):
    """A server notice for operators."""

    mask: str
    """One letter: the server-notice mask it is for; "" for every operator."""
    text: str


class AccountNoticed(Event, frozen=True, gc=False, kw_only=True):
    """Something about an account that its owner should know; all its sessions but the one that did it are told."""

    users: tuple[str, ...]
    """uids of those who were logged in to the account."""
    text: str
    """To be translated; the names in braces are those of `values`."""
    values: dict[str, str]
    by: str
    """Who did it, to be translated: a sentence in which {what} is the text."""


class SessionsEnded(Event, frozen=True, gc=False, kw_only=True):
    """Sessions of an account were ended: one, or all but the one that did it."""

    whose: str
    """Account id."""
    users: tuple[str, ...]
    """uids of those who were logged in to it."""
    only: str = ""
    """The one (`LocalSessions.id_of`); "" for all."""
    why: str
    """To be translated."""


NetworkEvent: TypeAlias = (
    RecordStored
    | RecordDeleted
    | Audited
    | NodeLost
    | NodeBack
    | Killed
    | WallopsSent
    | ServerNoticed
    | AccountNoticed
    | SessionsEnded
)
