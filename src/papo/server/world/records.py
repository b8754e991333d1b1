"""State that is stored and can change: accounts, registered channels, bans, always-on users.

A record is stored whole: to change one is to store another in its place (`events.RecordStored`), in the same commit
as the other events. Times are milliseconds since 1970.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from papo.server.world.confusables import skeletons
from papo.server.world.credentials import AppPassword, Passkey, TrustedDevice
from papo.server.world.names import fold


class Record(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """What every record has."""


class Versioned(Record, frozen=True, kw_only=True):
    """A record that two writers may change at once: it is stored only in place of the version it was made from."""

    version: int = 0
    """1 when it is stored first, and 1 more with each change; 0: not stored yet."""


class Account(Versioned, frozen=True, kw_only=True):
    """A name that is its owner's for good."""

    id: str
    """Never changes and is never used again: conversations, markers and channel access name people by it."""
    name: str
    created_at_ms: int
    named_at_ms: int = 0
    """When it got its present name: earlier messages under that name are someone else's."""
    secret: str = ""
    """argon2id in its standard encoding; "" if no password logs in."""
    scram: str = ""
    """What SCRAM-SHA-256 needs: `iterations:salt:stored key:server key`, in base64."""
    email: str = ""
    verified: bool = True
    """False: the code sent by mail has not been entered yet, and nobody may log in."""
    code: str = ""
    """SHA-256 of the code that verifies the address, or sets a new password."""
    code_until_ms: int = 0
    suspended: str = ""
    """Why nobody may log in; "" if it is not suspended."""
    suspended_until_ms: int = 0
    """0: until an operator says otherwise."""
    certificates: tuple[str, ...] = ()
    """SHA-256 or SHA-512 fingerprints, in lower-case hex, of client certificates that log in."""
    nicks: tuple[str, ...] = ()
    """Nicks that belong to the account besides its name."""
    enforce: bool = True
    """Whether other users may not use its nicks."""
    always_on: bool | None = None
    """Whether its user stays when their last connection ends; None: as the server is configured."""
    multiclient: bool = True
    """Whether several clients may share the nick, if the server allows it."""
    auto_away: bool = True
    """Whether its user is away while always on and not connected."""
    vhost: str = ""
    """The host that others see in place of the address; "" for none."""
    vhost_on: bool = True
    language: str = ""
    """A language code, or "" for the server's language."""
    open: tuple[str, ...] = ()
    """Nicks of the private conversations kept open on all devices (draft/user-query)."""
    seen_ms: int = 0
    """When its user was last connected."""
    places: tuple[str, ...] = ()
    """Marks of the networks of the last logins: guesses from elsewhere do not lock these out."""
    issuer: str = ""
    """The identity provider that knows its owner as `subject`; "" for none."""
    subject: str = ""
    not_before_ms: int = 0
    """When all but one of its sessions were ended last: what was proved before is worth nothing (Keycloak's word)."""
    email_unproved: bool = False
    """Whether nobody has entered a code that was sent to `email`: then no code for a new password goes there."""
    new_email: str = ""
    """The address that it is to have, when the code that was sent there has been entered."""
    new_email_code: str = ""
    """SHA-256 of that code."""
    new_email_until_ms: int = 0
    totp: str = ""
    """The secret of the owner's authenticator app, in base32 (`auth.totp`); "" for none."""
    totp_step: int = 0
    """Of the last code that was accepted."""
    recovery: tuple[str, ...] = ()
    """SHA-256 of the recovery codes that are left."""
    app_passwords: tuple[AppPassword, ...] = ()
    trusted_devices: tuple[TrustedDevice, ...] = ()
    passkeys: tuple[Passkey, ...] = ()

    @property
    def has_second_factor(self) -> bool:
        """Whether the password alone does not log in."""
        return bool(self.totp)

    def has_nick(self, nick: str) -> bool:
        """Whether this very nick is the account's, not one that only looks like it."""
        return fold(nick) in map(fold, (self.name, *self.nicks))


class ChannelRecord(Versioned, frozen=True, kw_only=True):
    """What survives a restart of a permanent or registered channel, or of one with always-on members."""

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
    """Account id of the owner; "" if the channel is not registered."""
    registered_at_ms: int = 0
    access: dict[str, str] = {}
    """Account id to the prefix mode its user gets on joining (ChanServ AMODE)."""
    suspended: str = ""
    """Why nobody may join; "" if it is not suspended."""
    transfer_to: str = ""
    """Account id of the user who was offered the channel and has not answered."""
    keep_days: int = -1
    """How many days its history is kept; 0: none is kept; -1: as the server is configured."""
    description: str = ""
    metadata: dict[str, str] = {}

    def rank_of(self, account_id: str) -> str:
        """The prefix mode that the account's user gets on joining; "" for none."""
        if not self.founder or not account_id:
            return ""
        return "q" if self.founder == account_id else self.access.get(account_id, "")


class Ban(Record, frozen=True):
    """Who may not connect (KLINE, DLINE, account bans)."""

    kind: str
    """`mask` (nick!user@host), `address` (an address or network) or `account`."""
    mask: str
    reason: str
    by: str
    """Name of the operator."""
    at_ms: int
    until_ms: int = 0
    """0: it never ends."""


class Presence(Record, frozen=True):
    """An always-on user, to be restored after a restart."""

    account: str
    """Account id."""
    nick: str
    username: str
    realname: str
    channels: dict[str, str] = {}
    """Channel key to the user's prefix modes."""
    names: dict[str, str] = {}
    """Channel key to its name, for channels without a record."""
    created: dict[str, int] = {}
    """Channel key to its creation time (see `events.MessageSent.history_scope`)."""
    modes: str = ""
    away: str | None = None
    devices: dict[str, int] = {}
    """Device name to when it was last connected: the replay begins there."""


class Profile(Record, frozen=True):
    """Metadata of an account (IRCv3 metadata)."""

    account: str
    """Account id."""
    values: dict[str, str]


class Invitation(Record, frozen=True):
    """A link with which anyone may join a channel."""

    code: str
    """SHA-256 of the code in the link, in hex; of a record without `made_at_ms` the code itself."""
    channel: str
    """The channel's key."""
    history_scope: int = msgspec.field(name="era")
    """The channel's creation time: the link is not valid for a new channel of the same name."""
    by: str
    """Nick of the user who made it."""
    until_ms: int
    made_at_ms: int = 0
    """0: it was made when any member could, and opens no door that is not open anyway."""
    by_uid: str = ""
    by_account: str = ""
    """Account id of its maker; "" for a guest."""
    source: str = ""
    """`nick!user@host` of its maker, as others saw it: bans are matched against it when they have gone."""
    rank: int = 0
    """Its maker's rank in the channel (`modes.RANKS`), at most that of an operator."""
    max_uses: int = 0
    """How many may join with it; 0: as many as like."""
    uses: int = 0
    joined: tuple[tuple[str, str, int], ...] = ()
    """The last who joined with it: (nick, account id or "", when in ms)."""


class ClockRecord(Record, frozen=True):
    """The time that the server believed last (`delivery.clock`). There is one."""

    believed_ms: int


AnyRecord: TypeAlias = Account | ChannelRecord | Ban | Presence | Profile | Invitation | ClockRecord


def unique_keys_of(record: AnyRecord) -> tuple[str, ...]:
    """Keys that no two records share: an account's name and nicks, its certificates, its identity elsewhere."""
    if not isinstance(record, Account):
        return ()
    nicks = dict.fromkeys(f"nick {key}" for nick in (record.name, *record.nicks) for key in skeletons(nick))
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
    if isinstance(record, ClockRecord):
        return kind, ""
    return kind, record.account
