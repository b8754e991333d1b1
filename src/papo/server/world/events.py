"""Everything that happens in a chat, as values: what is accepted, stored, sent to other nodes and delivered.

An event names people by uid and channels by casefolded key, never by object: whoever reads one may be
on another node, or read it back from the disk years later. Events are past tense and never change.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from papo.server.world.records import AnyRecord

NO_TAGS: dict[str, str] = {}
"""Shared by all events without client tags; never written to."""


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True, omit_defaults=True):
    """What every event has."""

    uid: str
    """Who did it: a user's id, unique in the network for the life of their session."""
    source: str
    """The same person as others see them at that moment: `nick!user@host`."""
    at_ms: int
    """Milliseconds since 1970 (UTC); never decreases within a channel."""
    msgid: str
    """Unique, and sorts by time as a string."""
    account: str | None = None
    """The account they were logged in to; None for a guest."""
    bot: bool = False
    """True where they carry the bot mode (IRCv3 bot-mode)."""
    oper: str = ""
    """Under which name they are an operator of the server; "" where they are none (IRCv3 oper-tag)."""


class MessageSent(Event, frozen=True, gc=False, kw_only=True, tag="Said"):
    """A message: to a channel, or to one person."""

    verb: str
    """`PRIVMSG`, `NOTICE` or `TAGMSG`."""
    target: str
    """As written to the audience: `#Sala`, `@#Sala`, or the other person's nick."""
    channel: str | None
    """The channel's key; None for a private message."""
    to_uid: str | None = None
    """The addressee of a private message."""
    conversation: str
    """Where it is kept: the channel's key, or both identities of a private message joined by one space."""
    text: str = ""
    """Empty for TAGMSG."""
    tags: dict[str, str] = NO_TAGS
    """Client-only tags (with their `+`)."""
    rank: int = 0
    """Least rank of a member who may see it: 0 is everybody (see `world.modes.RANKS`)."""
    history_scope: int = msgspec.field(default=0, name="era")
    """0: said while anybody could have joined. Else the creation time of the private channel it was said in,
    and only members of that very channel may read it later."""
    lines: tuple[tuple[bool, str], ...] = ()
    """Of a multiline message: (whether it goes on without a line break, the line); `text` is all of them joined."""
    edited_at_ms: int = 0
    """When `text` was last changed; 0: never."""
    relayed_by: str = ""
    """Nick of the bridge that passed it on (RELAYMSG); `source` is then nobody on this network."""


class Redacted(Event, frozen=True, gc=False, kw_only=True):
    """A message was deleted (IRCv3 message-redaction): its text is gone from the disk too."""

    target: str
    channel: str | None
    to_uid: str | None = None
    conversation: str
    of: str
    """msgid of the message."""
    reason: str = ""
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class Edited(Event, frozen=True, gc=False, kw_only=True):
    """Somebody changed what they had said (draft/message-edit)."""

    target: str
    channel: str | None
    to_uid: str | None = None
    conversation: str
    of: str
    """msgid of the message, which keeps it."""
    verb: str
    text: str
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class Joined(Event, frozen=True, gc=False, kw_only=True):
    """Somebody came into a channel."""

    channel: str
    name: str
    """The channel's name as its creator wrote it."""
    realname: str
    prefix: str = ""
    """Channel prefix modes they came in with: `""`, or letters such as `o`."""
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class Revealed(Event, frozen=True, gc=False, kw_only=True):
    """Somebody who had come into a channel unseen (mode D) is seen from now on: delivered as their join."""

    channel: str
    name: str
    realname: str
    history_scope: int = msgspec.field(default=0, name="era")


class Parted(Event, frozen=True, gc=False, kw_only=True):
    """Somebody left a channel."""

    channel: str
    name: str
    reason: str = ""
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class Kicked(Event, frozen=True, gc=False, kw_only=True):
    """Somebody was removed from a channel by an operator."""

    channel: str
    name: str
    victim_uid: str
    victim: str
    """The victim's nick."""
    reason: str
    rank: int = 0
    history_scope: int = msgspec.field(default=0, name="era")


class UserQuit(Event, frozen=True, gc=False, kw_only=True, tag="Departed"):
    """Somebody left the network (IRC QUIT)."""

    reason: str
    channels: tuple[str, ...]
    """Keys of the channels they were in."""
    history_scopes: tuple[int, ...] = msgspec.field(name="eras")
    """For each of these channels, as `MessageSent.history_scope`."""
    unseen: tuple[str, ...] = ()
    """Of these, the channels in which plain members had not seen them (modes u and D)."""
    dropped: bool = False
    """True where the connection failed; False where they said goodbye."""


class Renamed(Event, frozen=True, gc=False, kw_only=True):
    """Somebody changed their nick; `source` still shows the old one."""

    nick: str
    """The new one."""
    channels: tuple[str, ...]
    history_scopes: tuple[int, ...] = msgspec.field(name="eras")


class ModesChanged(Event, frozen=True, gc=False, kw_only=True):
    """Modes of a channel changed."""

    channel: str
    name: str
    changes: tuple[tuple[str, str, str | None], ...]
    """In order: (`+` or `-`, letter, parameter or None). Prefix modes carry the member's nick."""
    targets: tuple[str | None, ...] = ()
    """For each change, the member's uid where it is a prefix mode."""
    history_scope: int = msgspec.field(default=0, name="era")


class TopicSet(Event, frozen=True, gc=False, kw_only=True):
    """A channel's topic changed."""

    channel: str
    name: str
    topic: str
    """Empty: the topic was removed."""
    history_scope: int = msgspec.field(default=0, name="era")


class Invited(Event, frozen=True, gc=False, kw_only=True):
    """Somebody was invited into a channel."""

    channel: str
    name: str
    guest_uid: str
    guest: str
    """The invited person's nick."""


class InviteSeen(Event, frozen=True, gc=False, kw_only=True):
    """The same invitation, for the channel's operators (IRCv3 invite-notify)."""

    channel: str
    name: str
    guest: str


class Knocked(Event, frozen=True, gc=False, kw_only=True):
    """Somebody asked to be let into a channel."""

    channel: str
    name: str
    reason: str


class AwaySet(Event, frozen=True, gc=False, kw_only=True):
    """Somebody went away, or came back."""

    message: str | None
    """None: they are back."""
    channels: tuple[str, ...]
    repeated: bool = False
    """True where it is told again, to a channel just joined; they themselves need not hear it."""


class RealnameSet(Event, frozen=True, gc=False, kw_only=True):
    """Somebody changed their real name (IRCv3 setname)."""

    realname: str
    channels: tuple[str, ...]


class HostSet(Event, frozen=True, gc=False, kw_only=True):
    """Somebody's username or host changed; `source` still shows the old one (IRCv3 chghost)."""

    username: str
    host: str
    channels: tuple[str, ...]


class UserModesSet(Event, frozen=True, gc=False, kw_only=True):
    """Somebody's own modes changed."""

    changes: tuple[tuple[str, str], ...]
    """In order: (`+` or `-`, letter)."""
    snomask: str | None = None
    """The server notices they now get; None: unchanged."""
    operator: str | None = None
    """Under which name they become an operator; None: unchanged."""
    powers: tuple[str, ...] = ()
    """What they then may (`config.settings.Role`)."""


class UserConnected(Event, frozen=True, gc=False, kw_only=True, tag="Arrived"):
    """Somebody registered with the network."""

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
    """What stands for the address where others may not see it; `host` shows it or a vhost."""


class LoggedIn(Event, frozen=True, gc=False, kw_only=True):
    """Somebody logged in to an account, or out (IRCv3 account-notify); `account` is still the old one."""

    now: str | None
    """Name of the account; None: logged out."""
    now_id: str = ""
    channels: tuple[str, ...] = ()


class Accepted(Event, frozen=True, gc=False, kw_only=True):
    """Somebody lets a person without an account write to them in spite of user mode +R, or no longer."""

    other: str
    """uid."""
    on: bool


class ChannelRenamed(Event, frozen=True, gc=False, kw_only=True):
    """A channel has another name (IRCv3 channel-rename)."""

    channel: str
    name: str
    new: str
    """The new name; the key is that, casefolded."""
    reason: str = ""
    history_scope: int = msgspec.field(default=0, name="era")


class MetadataSet(Event, frozen=True, gc=False, kw_only=True):
    """Somebody said something about themselves, or an operator about a channel (IRCv3 metadata)."""

    channel: str | None
    """The channel's key; None where it is about the person `about`."""
    target: str
    """Name of the channel, or nick."""
    about: str = ""
    """uid of the person."""
    key: str
    value: str | None
    """None: it is no longer said."""
    channels: tuple[str, ...] = ()
    """Where the person is."""


class RecordKept(Event, frozen=True, gc=False, kw_only=True):
    """A record is new or changed."""

    record: AnyRecord


class RecordDropped(Event, frozen=True, gc=False, kw_only=True):
    """A record is gone."""

    kind: str
    key: str


class Audited(Event, frozen=True, gc=False, kw_only=True):
    """An operator of the server used their power: kept for ever."""

    action: str
    """One word, such as `KILL`."""
    details: str


class NodeLost(Event, frozen=True, gc=False, kw_only=True):
    """A node of the network is gone, and all who were on it (IRCv3 batch type netsplit)."""

    nodes: tuple[str, str]
    departed: tuple[UserQuit, ...]


class NodeBack(Event, frozen=True, gc=False, kw_only=True):
    """A node is back, and people are in channels again (IRCv3 batch type netjoin)."""

    nodes: tuple[str, str]
    joined: tuple[Joined, ...]


class MarkerSet(Event, frozen=True, gc=False, kw_only=True):
    """Somebody read a conversation up to a point (IRCv3 read-marker); seen by their own sessions only."""

    identity: str
    """Their account, or `~uid` for a guest."""
    target: str
    read_at_ms: int


class Killed(Event, frozen=True, gc=False, kw_only=True):
    """An operator of the server disconnected somebody; their departure follows from the node they are on."""

    victim_uid: str
    victim: str
    reason: str


class WallopsSent(Event, frozen=True, gc=False, kw_only=True):
    """An operator wrote to everybody with user mode +w."""

    text: str


class ServerNoticed(Event, frozen=True, gc=False, kw_only=True):
    """The server tells operators something."""

    mask: str
    """One letter: the server-notice mask that wants it."""
    text: str


AnyEvent: TypeAlias = (
    MessageSent
    | Joined
    | Revealed
    | Parted
    | Kicked
    | UserQuit
    | Renamed
    | ModesChanged
    | TopicSet
    | Invited
    | InviteSeen
    | Knocked
    | AwaySet
    | RealnameSet
    | HostSet
    | UserModesSet
    | UserConnected
    | MarkerSet
    | Redacted
    | Edited
    | LoggedIn
    | Accepted
    | ChannelRenamed
    | MetadataSet
    | RecordKept
    | RecordDropped
    | Audited
    | NodeLost
    | NodeBack
    | Killed
    | WallopsSent
    | ServerNoticed
)

REACTIONS = frozenset({"+draft/react", "+react", "+draft/unreact", "+unreact", "+draft/persist"})
"""Client tags that make a TAGMSG something to remember (IRCv3 react; the last says so itself)."""

DURABLE: frozenset[type] = frozenset(
    {
        MessageSent,
        Redacted,
        Edited,
        Joined,
        Parted,
        Kicked,
        UserQuit,
        Renamed,
        ModesChanged,
        TopicSet,
        ChannelRenamed,
        MarkerSet,
        RecordKept,
        RecordDropped,
        Audited,
    }
)
"""Kept on disk before anybody sees them; the others are gone once delivered."""


def is_durable(event: AnyEvent) -> bool:
    """Whether the event waits for the disk. A TAGMSG that is no reaction (typing) and a guest's marker do not."""
    if type(event) is MessageSent:
        return event.verb != "TAGMSG" or not REACTIONS.isdisjoint(event.tags)
    if type(event) is MarkerSet:
        return event.account is not None
    return type(event) in DURABLE
