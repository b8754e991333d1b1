"""The records in force, found by id, name, nick, certificate or subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from papo.server.world.confusables import index, skeletons, unindex
from papo.server.world.names import fold
from papo.server.world.records import (
    Account,
    AnyRecord,
    Ban,
    ChannelRecord,
    ClockRecord,
    Invitation,
    Presence,
    Profile,
    Record,
    kind_of,
    place_of,
)

if TYPE_CHECKING:
    from papo.server.world.undo import FinalWrites

R = TypeVar("R", bound=Record)


class Registry:
    """Changed by `World.apply` alone."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        """By id."""
        self.channels: dict[str, ChannelRecord] = {}
        """By key."""
        self.bans: dict[str, Ban] = {}
        """By `kind:mask`."""
        self.presences: dict[str, Presence] = {}
        """By account id."""
        self.profiles: dict[str, Profile] = {}
        """By account id."""
        self.invitations: dict[str, Invitation] = {}
        """By code."""
        self.clock: dict[str, ClockRecord] = {}
        """Under ""."""
        self._tables: dict[str, dict[str, Any]] = {
            "account": self.accounts,
            "channel": self.channels,
            "ban": self.bans,
            "presence": self.presences,
            "profile": self.profiles,
            "invitation": self.invitations,
            "clock": self.clock,
        }
        self._links: dict[str, tuple[str, ...]] = {}
        """Channel key to the codes of its invitation links, oldest first."""
        self._by_name: dict[str, str] = {}
        self._owners: dict[str, tuple[str, ...]] = {}
        """Skeleton to ids: records of an older version may look alike."""
        self._by_certificate: dict[str, str] = {}
        self._by_subject: dict[tuple[str, str], str] = {}
        self._channel_skeletons: dict[str, tuple[str, ...]] = {}

    # --- finding

    def account(self, name: str) -> Account | None:
        """The account of this name."""
        account_id = self._by_name.get(fold(name))
        return None if account_id is None else self.accounts[account_id]

    def owner(self, nick: str) -> Account | None:
        """The account that a nick, or one that looks like it, belongs to; of several it is the first registered."""
        ids = {account_id for key in skeletons(nick) for account_id in self._owners.get(key, ())}
        if not ids:
            return None
        owners = sorted(map(self.accounts.__getitem__, ids), key=lambda account: (account.created_at_ms, account.id))
        return next((account for account in owners if account.has_nick(nick)), owners[0])

    def by_certificate(self, fingerprint: str) -> Account | None:
        """The account that a client certificate signs in to."""
        account_id = self._by_certificate.get(fingerprint)
        return None if account_id is None else self.accounts[account_id]

    def by_subject(self, issuer: str, subject: str) -> Account | None:
        """The account of a person at an identity provider."""
        account_id = self._by_subject.get((issuer, subject))
        return None if account_id is None else self.accounts[account_id]

    def has_email(self, email: str, besides: str = "") -> bool:
        """Whether it is the address of any account but the one of this id."""
        return any(
            other.email and other.id != besides and fold(other.email) == fold(email) for other in self.accounts.values()
        )

    def name_of(self, account_id: str) -> str:
        """The name of an account; "" if there is none of this id."""
        account = self.accounts.get(account_id)
        return "" if account is None else account.name

    def channels_alike(self, name: str) -> set[str]:
        """Keys of other registered channels whose names look like this one."""
        found = {key for each in skeletons(name) for key in self._channel_skeletons.get(each, ())}
        return found - {fold(name)}

    def links_into(self, key: str) -> list[Invitation]:
        """The invitation links into channels of this key, oldest first: those of earlier channels too."""
        return [self.invitations[code] for code in self._links.get(key, ())]

    def find(self, kind: str, key: str) -> AnyRecord | None:
        """The record of this place (`records.place_of`)."""
        return self._tables[kind].get(key)

    def get(self, cls: type[R], key: str) -> R | None:
        """The record of this class and key."""
        record = self.find(kind_of(cls), key)
        assert record is None or isinstance(record, cls)
        return record

    def records(self) -> Iterator[AnyRecord]:
        """All of them, as `keep` takes them."""
        for table in self._tables.values():
            yield from table.values()

    # --- changing

    def keep(self, record: AnyRecord, writes: FinalWrites) -> None:
        """Add a record, or replace the one of the same key."""
        if isinstance(record, Account):
            self._forget_account(record.id, writes)
            writes.put(self.accounts, record.id, record)
            writes.put(self._by_name, fold(record.name), record.id)
            for nick in (record.name, *record.nicks):
                index(self._owners, nick, record.id, writes)
            for fingerprint in record.certificates:
                writes.put(self._by_certificate, fingerprint, record.id)
            if record.subject:
                writes.put(self._by_subject, (record.issuer, record.subject), record.id)
            return
        if isinstance(record, Invitation) and record.code not in self.invitations:
            codes = (*self._links.get(record.channel, ()), record.code)
            writes.put(self._links, record.channel, codes)
        if isinstance(record, ChannelRecord):
            self._forget_channel(record.key, writes)
            if record.founder:
                index(self._channel_skeletons, record.name, record.key, writes)
        kind, key = place_of(record)
        writes.put(self._tables[kind], key, record)

    def drop(self, kind: str, key: str, writes: FinalWrites) -> None:
        """Remove a record; does nothing if there is none."""
        if kind == "account":
            self._forget_account(key, writes)
        elif kind == "channel":
            self._forget_channel(key, writes)
        elif kind == "invitation":
            self._forget_link(key, writes)
        writes.pop(self._tables[kind], key)

    def _forget_account(self, account_id: str, writes: FinalWrites) -> None:
        old = self.accounts.get(account_id)
        if old is None:
            return
        _remove(self._by_name, fold(old.name), account_id, writes)
        for nick in (old.name, *old.nicks):
            unindex(self._owners, nick, account_id, writes)
        for fingerprint in old.certificates:
            _remove(self._by_certificate, fingerprint, account_id, writes)
        if old.subject:
            writes.pop(self._by_subject, (old.issuer, old.subject), in_order=False)

    def _forget_link(self, code: str, writes: FinalWrites) -> None:
        old = self.invitations.get(code)
        if old is None:
            return
        codes = tuple(each for each in self._links[old.channel] if each != code)
        if codes:
            writes.put(self._links, old.channel, codes)
        else:
            writes.pop(self._links, old.channel, in_order=False)

    def _forget_channel(self, key: str, writes: FinalWrites) -> None:
        old = self.channels.get(key)
        if old is not None:
            unindex(self._channel_skeletons, old.name, key, writes)


def _remove(table: dict[str, str], key: str, value: str, writes: FinalWrites) -> None:
    if table.get(key) == value:
        writes.pop(table, key, in_order=False)
