"""Prove who owns an account: by password, client certificate or an identity provider's token.

A client certificate and an identity provider's token are not asked for a second factor: the one is something that the
owner has, and what the other proves is the provider's business.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from papo.server.actions import lifecycle, lookup, proofs
from papo.server.actions.accounts import accounts, app_passwords, codes, scram_keys, second_factor
from papo.server.actions.proofs import Proof
from papo.server.auth.passwords import TooBusy
from papo.server.delivery.batch import as_refused
from papo.server.world.errors import Code, Refused
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.actions.proofs import Attempt
    from papo.server.auth.bearer import Claims
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account

NOTE_INTERVAL_MS = 3_600_000
"""A login from a known network is noted on disk no more often than this."""


async def by_password(chat: Chat, name: str, password: str, address: str, device: str = "") -> Account:
    """The account that a client may log in to with this password: its own, or an app password.

    `name` may name the app password too: `ana/laptop`. Raises SecondFactorRequired if the password is right and not
    enough, Refused if it is wrong.
    """
    owner, app = app_passwords.split(name)
    account = lookup.find_account(chat, owner)
    used = app_passwords.find(account, app, password)
    if used is not None:  # nobody guesses these, so the guesses of others keep no program out
        return await app_passwords.note_use(chat, end(chat, account, proved=True), used, address)
    kind = Proof.APP_PASSWORD if app else Proof.PASSWORD
    async with _unless_busy(), attempt(chat, kind, account, owner, address, device=device) as tried:
        tried.proved = await chat.passwords.verify("" if account is None or app else account.secret, password)
    account = await scram_keys.renew(chat, end(chat, account, proved=tried.proved), password)
    second_factor.check_none(account)
    return account


async def by_main_password(chat: Chat, name: str, password: str, address: str, device: str = "") -> Account:
    """The account, if this is its own password: whoever is logged in already confirms with it. Raises Refused."""
    account = lookup.find_account(chat, name)
    async with _unless_busy(), attempt(chat, Proof.PASSWORD, account, name, address, device=device) as tried:
        tried.proved = await chat.passwords.verify("" if account is None else account.secret, password)
    return await scram_keys.renew(chat, end(chat, account, proved=tried.proved), password)


@asynccontextmanager
async def _unless_busy() -> AsyncIterator[None]:
    """Raises Refused if too many wait for a hash."""
    try:
        yield
    except TooBusy:
        raise Refused(Code.BUSY, accounts.TOO_BUSY) from None


async def by_second_factor(
    chat: Chat,
    account: Account,
    way: str,
    value: str,
    address: str,
    *,
    device: str = "",
    also: Callable[[Account], dict[str, object]] | None = None,
    told: Callable[[Account], None] | None = None,
) -> Account:
    """The account as it is when the proof is on disk: a code is used up. Raises Refused, and counts the failure.

    The caller has proved the account's password, or is logged in to it. `also`: what else of it changes in that commit;
    `told` as `also` in `Records.change`.
    """
    refused: Refused | None = None

    def spent(now: Account) -> dict[str, object]:
        lookup.check_usable(chat, now)
        return {**second_factor.spend(chat, now, way, value, address), **(also(now) if also is not None else {})}

    kind = Proof.RECOVERY_CODE if way == "recovery" else Proof.SECOND_FACTOR
    async with attempt(chat, kind, account, account.name, address, device=device) as tried:
        try:
            account = lookup.current(chat, account)
            if spent(account):
                account = await accounts.edit(chat, account, spent, told)
        except Refused as error:
            refused = error
        tried.proved = refused is None or refused.code is not Code.BAD_SECOND_FACTOR
    if refused is not None:
        raise refused
    return account


def attempt(
    chat: Chat, kind: Proof, account: Account | None, name: str, address: str, *, device: str = ""
) -> AbstractAsyncContextManager[Attempt]:
    """As `proofs.attempt`, at the account that goes by `name`, or at a name that none goes by."""
    whose = name if account is None else account
    return proofs.attempt(chat, kind, whose=whose, address=address, device=device, exists=account is not None)


def end(chat: Chat, account: Account | None, *, proved: bool) -> Account:
    """The account as it is now, if it is proved and still has the password it was proved with. Raises Refused."""
    now = None if account is None else chat.world.registry.accounts.get(account.id)
    if account is None or now is None or not proved or now.secret != account.secret:
        raise Refused(Code.BAD_CREDENTIALS)
    lookup.check_usable(chat, now)
    return now


def by_certificate(chat: Chat, fingerprints: Iterable[str], name: str, address: str) -> Account:
    """The account of a client certificate that TLS has verified. Raises Refused."""
    found = map(chat.world.registry.by_certificate, fingerprints)
    account = next((known for known in found if known is not None), None)
    if account is None or (name and fold(account.name) != fold(name)):
        why = "unknown" if account is None else "another account's"
        proofs.note_failure(chat, Proof.CERTIFICATE, address=address, why=why)
        raise Refused(Code.BAD_CREDENTIALS)
    lookup.check_usable(chat, account)
    return account


async def by_claims(chat: Chat, claims: Claims, *, create: bool) -> Account:
    """The account of a user whom an identity provider vouches for, created first if `create`. Raises Refused."""
    account = chat.world.registry.by_subject(claims.issuer, claims.subject)
    if account is None:
        if not create:
            raise Refused(Code.BAD_CREDENTIALS)
        holder = chat.world.user(claims.name)  # a guest, who gets another nick
        accounts.check_name(chat, claims.name, "" if holder is None else holder.uid)
        account = await accounts.create(
            chat,
            name=claims.name,
            email=claims.email,
            issuer=claims.issuer,
            subject=claims.subject,
            also=lambda new: lifecycle.reclaim_nicks(chat, new),
        )
    if account.not_before_ms and claims.issued_ms <= account.not_before_ms:
        raise Refused(Code.BAD_CREDENTIALS)  # its sessions have been ended since
    lookup.check_usable(chat, account)
    return account


async def by_code(chat: Chat, name: str, code: str, address: str) -> Account:
    """The account, verified, if the code is the one sent by mail. Raises Refused.

    Raises SecondFactorRequired for an account that has one: it is verified, and the mail alone does not log in.
    """
    account = await check_code(chat, name, code, address)
    if account.verified:  # it was sent to set a new password, which ends all sessions; it opens none
        raise Refused(Code.INVALID_CODE, name)
    verified: dict[str, object] = {"verified": True, "code": "", "code_until_ms": 0}
    account = await accounts.edit(chat, account, lambda now: {**verified, **accounts.seen_from(chat, now, address)})
    second_factor.check_none(account)
    return account


async def check_code(chat: Chat, name: str, code: str, address: str) -> Account:
    """The account, not verified yet, if the code is the one sent by mail. Raises Refused."""
    account = chat.world.registry.account(name)
    async with attempt(chat, Proof.CODE, account, name, address) as tried:
        now = None if account is None else chat.world.registry.accounts.get(account.id)
        tried.proved = now is not None and codes.is_code(chat, now, code)
    if now is None or not tried.proved:
        raise Refused(Code.INVALID_CODE, name)
    lookup.check_usable(chat, msgspec.structs.replace(now, verified=True))
    return now


async def note_login(chat: Chat, account: Account, address: str, device: str = "") -> Account:
    """Remember when and from where the account was proved; returns it as it is now.

    Raises Refused if it may not be used any more, or if what it was proved with is not stored; not if the note is not.
    """
    account = await _settled(chat, account)
    marks = proofs.marks_of(chat, account.id, address, device)
    if set(marks) <= set(account.places) and 0 <= chat.now_ms() - account.seen_ms < NOTE_INTERVAL_MS:
        return account
    try:
        return await accounts.edit(chat, account, lambda now: accounts.seen_from(chat, now, address, device))
    except Refused as refused:
        if refused.code not in {Code.BUSY, Code.NOT_STORED, Code.OUTCOME_UNKNOWN}:
            raise
        return lookup.current(chat, account)  # a disk that does not take a note keeps nobody from reading


async def _settled(chat: Chat, account: Account) -> Account:
    """The account as it is now, when it is on disk: who is logged in stays so, whatever the store refuses.

    Raises Refused if it may not be used any more, or if the store has refused what it was proved with.
    """
    while chat.records.is_pending(account):
        failed = await chat.journal.flush()
        now = lookup.current(chat, account)
        if failed is not None and _proofs(now) != _proofs(account):
            raise as_refused(failed)
        account = now
    return lookup.current(chat, account)


def _proofs(account: Account) -> tuple[object, ...]:
    """What a client names and shows to log in."""
    return (
        *(account.name, account.nicks, account.secret, account.scram),
        *(account.certificates, account.issuer, account.subject, account.totp),
        *({each.digest for each in account.app_passwords}, {each.digest for each in account.trusted_devices}),
        {each.digest for each in account.passkeys},
    )
