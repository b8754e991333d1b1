"""What outlives its moment and can change: accounts, registered channels, bans, who is always here.

A record is kept whole: to change one is to keep a new one (`events.RecordKept`), on disk with the same commit
as everything else that happened. Times are milliseconds since 1970.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from papo.server.world.confusables import skeleton


class Record(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """What every record has."""


class Versioned(Record, frozen=True, kw_only=True):
    """A record that two writers may change at once: it is stored only in place of the version it was made from."""

    version: int = 0
    """1 when it is stored first, and 1 more with each change; 0: not stored yet."""


class Account(Versioned, frozen=True, kw_only=True):
    """Somebody's name that lasts."""

    id: str
    """Never changes and is never used again: conversations, markers and channel access name people by it."""
    name: str
    created_at_ms: int
    named_at_ms: int = 0
    """When it got the name it has: what was said under it before that, somebody else said."""
    secret: str = ""
    """argon2id in its standard encoding; "" where no password signs in."""
    scram: str = ""
    """What SCRAM-SHA-256 needs: `iterations:salt:stored key:server key`, in base64."""
    email: str = ""
    verified: bool = True
    """False: the code sent by mail has not come back, and nobody may sign in."""
    code: str = ""
    """SHA-256 of the code that verifies the address, or sets a new password."""
    code_until_ms: int = 0
    suspended: str = ""
    """Why nobody may sign in; "" where they may."""
    suspended_until_ms: int = 0
    """0: until an operator says otherwise."""
    certificates: tuple[str, ...] = ()
    """SHA-256 or SHA-512 fingerprints, lower-case hex, that sign in."""
    nicks: tuple[str, ...] = ()
    """Nicks that belong to the account besides its name."""
    enforce: bool = True
    """Whether others are kept from using its nicks."""
    always_on: bool | None = None
    """Whether the person stays when their last connection ends; None: as the server does."""
    multiclient: bool = True
    """Whether several programs may share the nick, where the server lets them."""
    auto_away: bool = True
    """Whether they are shown as away while always on and not connected."""
    vhost: str = ""
    """The host others see in place of the address; "" for none."""
    vhost_on: bool = True
    language: str = ""
    """A language code, or "" for the server's language."""
    open: tuple[str, ...] = ()
    """Private conversations kept open on their devices: the others' nicks (draft/user-query)."""
    seen_ms: int = 0
    """When they were last connected."""
    places: tuple[str, ...] = ()
    """Marks of the networks they last signed in from: guessing elsewhere does not lock these out."""
    issuer: str = ""
    """The identity provider whose `subject` they are; "" where none signs them in."""
    subject: str = ""


class ChannelRecord(Versioned, frozen=True, kw_only=True):
    """What survives a restart of a permanent or registered channel."""

    key: str
    name: str
    created_at_ms: int
    topic: str = ""
    topic_by: str = ""
    topic_at_ms: int = 0
    modes: dict[str, str | None] = {}
    """Letter to parameter; None for flags."""
    lists: dict[str, list[tuple[str, str, int]]] = {}
    """Letter (`b`, `e`, `I`) to (mask, who set it, when in ms)."""
    founder: str = ""
    """Account id of the owner; "" for a channel that is permanent but not registered."""
    registered_at_ms: int = 0
    access: dict[str, str] = {}
    """Account id to the prefix mode they get on joining (ChanServ AMODE)."""
    suspended: str = ""
    """Why nobody may join; "" where they may."""
    transfer_to: str = ""
    """Account id of somebody who was offered the channel and has not answered."""
    keep_days: int = -1
    """Days its history is kept; 0: none is kept; -1: as long as the server's."""
    description: str = ""
    metadata: dict[str, str] = {}


class Ban(Record, frozen=True):
    """Somebody may not connect (KLINE, DLINE, account bans)."""

    kind: str
    """`mask` (nick!user@host), `address` (an address or network) or `account`."""
    mask: str
    reason: str
    by: str
    """Name of the operator."""
    at_ms: int
    until_ms: int = 0
    """0: for ever."""


class Presence(Record, frozen=True):
    """Where somebody always-on is, to be put back after a restart."""

    account: str
    """Account id."""
    nick: str
    username: str
    realname: str
    channels: dict[str, str] = {}
    """Channel key to the prefix modes they have there."""
    names: dict[str, str] = {}
    """Channel key to its name, for channels that are gone after a restart."""
    created: dict[str, int] = {}
    """Channel key to when it was created: what was said in private stays with that very channel."""
    modes: str = ""
    away: str | None = None
    devices: dict[str, int] = {}
    """Device name to when it was last connected, for the replay."""


class Profile(Record, frozen=True):
    """What people say about themselves (IRCv3 metadata)."""

    account: str
    """Account id."""
    values: dict[str, str]


class Invitation(Record, frozen=True):
    """A link that lets whoever has it into a channel."""

    code: str
    channel: str
    """The channel's key."""
    history_scope: int = msgspec.field(name="era")
    """The channel's creation time: a new channel of the same name is not meant."""
    by: str
    """Nick of who made it."""
    until_ms: int


AnyRecord: TypeAlias = Account | ChannelRecord | Ban | Presence | Profile | Invitation


def unique_keys_of(record: AnyRecord) -> tuple[str, ...]:
    """What at most one record may have: an account's name and nicks, its certificates, its identity elsewhere."""
    if not isinstance(record, Account):
        return ()
    nicks = dict.fromkeys(f"nick {skeleton(nick)}" for nick in (record.name, *record.nicks))
    certificates = (f"certificate {fingerprint}" for fingerprint in record.certificates)
    subject = (f"subject {record.issuer} {record.subject}",) if record.subject else ()
    return (*nicks, *certificates, *subject)


def kind_of(cls: type[Record]) -> str:
    """What a class of records is called in storage: `account`, `channel`."""
    return cls.__name__.lower().removesuffix("record")


def place_of(record: AnyRecord) -> tuple[str, str]:
    """(kind, key) under which a record is stored; a record of the same place replaces it."""
    kind = kind_of(type(record))
    if isinstance(record, Account):
        return kind, record.id
    if isinstance(record, ChannelRecord):
        return kind, record.key
    if isinstance(record, Ban):
        return kind, f"{record.kind}:{record.mask}"
    if isinstance(record, Invitation):
        return kind, record.code
    return kind, record.account
