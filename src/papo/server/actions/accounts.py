"""Make an account, prove whose it is, change it, let it go: the same for IRC, the services and the command line."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from papo.server.actions import always_on, registered
from papo.server.auth.mail import ADDRESS, NotSent
from papo.server.auth.passwords import MAX_PASSWORD_BYTES, TooBusy
from papo.server.auth.throttle import mark_of
from papo.server.world.confusables import skeleton
from papo.server.world.errors import Code, Refused
from papo.server.world.events import HostSet, LoggedIn
from papo.server.world.names import SERVICES, fold, host_of, valid_nick
from papo.server.world.records import Account

if TYPE_CHECKING:
    from papo.server.auth.bearer import Identity
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.user import User

MIN_PASSWORD = 6
"""Characters, where somebody chooses a password for themselves."""
FINGERPRINT = re.compile(r"[0-9a-f]{64}|[0-9a-f]{128}")
"""SHA-256, or SHA-512 as draft/client-cert has it."""
MAX_PLACES = 8
MAX_CERTIFICATES = 10


# --- proving


def check_usable(chat: Chat, account: Account) -> None:
    """Raises Refused where nobody may sign in to the account. Every way of signing in ends here (F6)."""
    if account.suspended and not (0 < account.suspended_until_ms <= chat.now_ms()):
        raise Refused(Code.SUSPENDED, account.suspended)
    if not account.verified:
        raise Refused(Code.UNVERIFIED, account.name)
    ban = chat.world.registry.bans.get(f"account:{fold(account.name)}")
    if ban is not None and not (0 < ban.until_ms <= chat.now_ms()):
        raise Refused(Code.SUSPENDED, ban.reason)


async def by_password(chat: Chat, name: str, password: str, address: str) -> Account:
    """The account, if the password is right. Raises Refused."""
    account = find(chat, name)
    known = begin_guess(chat, account, name, address)
    try:
        good = await chat.passwords.verify(account.secret if account is not None else "", password)
    except TooBusy:
        raise Refused(Code.BUSY, "too many people are signing in; try again in a moment") from None
    return end_guess(chat, account, name, address, known=known, good=good)


def find(chat: Chat, name: str) -> Account | None:
    """The account of this name, or to which the nick belongs."""
    registry = chat.world.registry
    return registry.account(name) or next(
        (owner for owner in [registry.owner(name)] if owner and fold(name) in map(fold, owner.nicks)), None
    )


def begin_guess(chat: Chat, account: Account | None, name: str, address: str) -> bool:
    """Raises Refused where there were too many wrong tries; returns whether the account knows the network."""
    known = account is not None and mark_of(account.id, address) in account.places
    if chat.config.limits.enabled and not chat.throttle.may_try(fold(name), address, chat.monotonic_s(), known=known):
        raise Refused(Code.TOO_MANY_GUESSES)
    return known


def end_guess(chat: Chat, account: Account | None, name: str, address: str, *, known: bool, good: bool) -> Account:
    """The account where the proof was good. Raises Refused."""
    # Read again: it may have changed or gone while the proof was checked.
    account = None if account is None else chat.world.registry.accounts.get(account.id)
    if account is None or not good:
        chat.throttle.note(fold(name), address, chat.monotonic_s(), known=known)
        raise Refused(Code.BAD_CREDENTIALS)
    check_usable(chat, account)
    return account


def by_certificate(chat: Chat, fingerprints: Iterable[str], name: str = "") -> Account:
    """The account of a client certificate that the TLS layer has seen. Raises Refused."""
    found = map(chat.world.registry.by_certificate, fingerprints)
    account = next((each for each in found if each is not None), None)
    if account is None or (name and fold(account.name) != fold(name)):
        raise Refused(Code.BAD_CREDENTIALS)
    check_usable(chat, account)
    return account


async def by_identity(chat: Chat, identity: Identity, *, create: bool) -> Account:
    """The account of somebody whom an identity provider vouches for; made where that is wanted. Raises Refused."""
    from papo.server.actions import nicks  # noqa: PLC0415 -- nicks ask this module whose they are

    registry = chat.world.registry
    account = registry.by_subject(identity.issuer, identity.subject)
    if account is None:
        if not create:
            raise Refused(Code.BAD_CREDENTIALS)
        check_name(chat, identity.name)
        account = await make(
            chat, name=identity.name, email=identity.email, issuer=identity.issuer, subject=identity.subject
        )
        nicks.move_aside(chat, account)
    check_usable(chat, account)
    return account


def current(chat: Chat, account: Account) -> Account:
    """The account as it is now: it may have changed since it was looked up. Raises Refused where nobody may use it."""
    now = chat.world.registry.accounts.get(account.id)
    if now is None:
        raise Refused(Code.BAD_CREDENTIALS)
    check_usable(chat, now)
    return now


# --- signing in


async def signed_in(chat: Chat, account: Account, address: str) -> Account:
    """Note that somebody proved to be the account's owner; returns it as it is now."""
    account = current(chat, account)
    mark = mark_of(account.id, address)
    if mark in account.places and chat.now_ms() - account.seen_ms < 3_600_000:
        return account

    def note(now: Account) -> dict[str, object]:
        places = (mark, *(place for place in now.places if place != mark))[:MAX_PLACES]
        return {"places": places, "seen_ms": chat.now_ms()}

    return await edit(chat, account, note)


def log_in(chat: Chat, session: Session | None, user: User, account: Account | None) -> None:
    """Somebody who is here is now logged in to the account, or to none."""
    now = None if account is None else account.name
    now_id = "" if account is None else account.id
    if user.account_id == now_id and user.account == now:
        return
    if user.account_id != now_id:
        always_on.release(chat, user)
    chat.emit(LoggedIn(**chat.stamp(user), now=now, now_id=now_id, channels=user.channels), session)
    set_host(chat, user)


def set_host(chat: Chat, user: User) -> None:
    """Show the host that goes with the person's account: its vhost, or the (hidden) address."""
    account = chat.world.registry.accounts.get(user.account_id)
    host = account.vhost if account is not None and account.vhost and account.vhost_on else ""
    host = host or user.cloak or host_of(user.address)
    if host != user.host:
        chat.emit(HostSet(**chat.stamp(user), username=user.username, host=host, channels=user.channels))


def users_of(chat: Chat, account: Account) -> list[User]:
    """People who are logged in to the account now."""
    return [user for user in chat.world.users.values() if user.account_id == account.id]


# --- making


def check_name(chat: Chat, name: str, uid: str = "") -> None:
    """Raises Refused where no account may have this name, or somebody other than `uid` uses the nick."""
    if not valid_nick(name, chat.config.limits.nick_length) or skeleton(name) in SERVICES:
        raise Refused(Code.BAD_ACCOUNT_NAME, name)
    holder = chat.world.user(name)
    if chat.world.registry.owner(name) is not None or (holder is not None and holder.uid != uid):
        raise Refused(Code.ACCOUNT_EXISTS, name)


def check_password(name: str, password: str) -> None:
    """Raises Refused for a password that somebody should not choose."""
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        raise Refused(Code.UNACCEPTABLE_PASSWORD, name)
    if len(password) < MIN_PASSWORD or fold(password) == fold(name):
        raise Refused(Code.WEAK_PASSWORD, name)


async def register(chat: Chat, *, name: str, email: str, password: str, uid: str = "") -> Account:
    """Make an account for whoever asks. Raises Refused. Not `verified` yet where a code was sent to `email`."""
    settings = chat.config.accounts
    if settings.registration != "open" or settings.required:
        raise Refused(Code.REGISTRATION_CLOSED, name)
    check_name(chat, name, uid)
    check_password(name, password)
    if email and not ADDRESS.fullmatch(email):
        raise Refused(Code.INVALID_EMAIL, name)
    if settings.email_required and not email:
        raise Refused(Code.INVALID_EMAIL, name)
    if email and any(fold(each.email) == fold(email) for each in chat.world.registry.accounts.values() if each.email):
        raise Refused(Code.UNACCEPTABLE_EMAIL, name)
    _count_registration(chat, name)
    account = await make(
        chat, name=name, email=email, password=password, verified=not (email and chat.config.mail.host)
    )
    if account.verified:
        return account
    try:
        return await send_code(chat, account)
    except Refused:
        await drop(chat, account)  # nobody could ever use it, and the name would be taken
        raise


async def make(chat: Chat, *, name: str, password: str = "", **fields: object) -> Account:
    """Make an account, no questions asked but whether the name is free. Raises Refused."""
    secret, scram = await _hashed(chat, password) if password else ("", "")
    at_ms = chat.now_ms()
    account = Account(id=chat.names.uid(), name=name, created_at_ms=at_ms, named_at_ms=at_ms)
    account = msgspec.structs.replace(account, secret=secret, scram=scram, **fields)

    def new(_: Account | None) -> Account:
        registry = chat.world.registry
        subject = registry.by_subject(account.issuer, account.subject) if account.subject else None
        if registry.owner(name) is not None or subject is not None:
            raise Refused(Code.ACCOUNT_EXISTS, name)
        return account

    return await chat.records.change(Account, account.id, new)


async def _hashed(chat: Chat, password: str) -> tuple[str, str]:
    try:
        return await chat.passwords.hash(password)
    except TooBusy:
        raise Refused(Code.BUSY, "too many people are signing in; try again in a moment") from None


def _count_registration(chat: Chat, name: str) -> None:
    if not chat.config.limits.enabled:
        return
    recent: deque[float] = chat.recent_registrations
    now_s = chat.monotonic_s()
    while recent and recent[0] <= now_s - 600:
        recent.popleft()
    if len(recent) >= chat.config.accounts.registrations_per_10min:
        raise Refused(Code.TEMPORARILY_UNAVAILABLE, name, "too many accounts are being made; try again later")
    recent.append(now_s)


async def send_code(chat: Chat, account: Account) -> Account:
    """Send the owner a code that proves the address. Raises Refused."""
    code = secrets.token_hex(8)
    until_ms = chat.now_ms() + chat.config.accounts.verify_hours * 3_600_000
    if not chat.post.may_send(account.email, chat.monotonic_s()):
        raise Refused(Code.UNACCEPTABLE_EMAIL, account.name)
    account = await change(chat, account, code=_digest(code), code_until_ms=until_ms)
    network = chat.config.server.network
    text = (
        f"{account.name},\n\nthis code shows that the address is yours; give it to {network} within "
        f"{chat.config.accounts.verify_hours} hours:\n\n    {code}\n\n"
        f"In an IRC program: /VERIFY {account.name} {code}\n"
        "If you have asked for nothing, ignore this mail.\n\n"
        f"Este código mostra que o endereço é seu; informe-o a {network}.\n"
    )
    try:
        await chat.post.send(chat.config.mail, account.email, f"{network}: {code}", text, chat.monotonic_s())
    except NotSent as error:
        chat.log(f"no mail to {account.email}: {error}")
        raise Refused(
            Code.TEMPORARILY_UNAVAILABLE, account.name, "the mail could not be sent; try again later"
        ) from None
    return account


async def verify(chat: Chat, name: str, code: str, address: str) -> Account:
    """The code has come back. Raises Refused."""
    account = chat.world.registry.account(name)
    known = begin_guess(chat, account, name, address)
    fits = account is not None and hmac.compare_digest(account.code or "-", _digest(code))
    if account is None or not fits or account.code_until_ms < chat.now_ms():
        chat.throttle.note(fold(name), address, chat.monotonic_s(), known=known)
        raise Refused(Code.INVALID_CODE, name)
    verified: dict[str, object] = {"verified": True, "code": "", "code_until_ms": 0}
    check_usable(chat, msgspec.structs.replace(account, **verified))
    return await change(chat, account, **verified)


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().encode()).hexdigest()


# --- changing


async def set_password(chat: Chat, account: Account, password: str) -> Account:
    """Another password. A suspension stays what it was. Raises Refused."""
    secret, scram = await _hashed(chat, password)
    return await change(chat, account, secret=secret, scram=scram, code="", code_until_ms=0)


async def change(chat: Chat, account: Account, **fields: object) -> Account:
    """Store the account with other values, whatever it was before. Raises Refused."""
    return await edit(chat, account, lambda _: fields)


async def edit(chat: Chat, account: Account, fields_of: Callable[[Account], dict[str, object]]) -> Account:
    """Store the account with other values that follow from what it is now. Raises Refused.

    `fields_of` may raise Refused; it is called again if another writer was faster.
    """

    def changed(now: Account | None) -> Account:
        if now is None:
            raise Refused(Code.NO_SUCH_ACCOUNT, account.name)
        return msgspec.structs.replace(now, **fields_of(now))

    return await chat.records.change(Account, account.id, changed)


async def suspend(chat: Chat, account: Account, reason: str, until_ms: int = 0) -> Account:
    """Nobody signs in any more, and who is logged in is disconnected."""
    from papo.server.actions.people import kill  # noqa: PLC0415 -- people ask this module who may use which nick

    account = await change(chat, account, suspended=reason or "no reason given", suspended_until_ms=until_ms)
    for user in users_of(chat, account):
        kill(chat, user, f"your account is suspended: {account.suspended}")
    return account


async def drop(chat: Chat, account: Account) -> None:
    """The account is gone, with its channels, profile and presence; its name is free."""
    registry = chat.world.registry
    for user in users_of(chat, account):
        log_in(chat, None, user, None)
    for record in [each for each in registry.channels.values() if each.founder == account.id]:
        await registered.unregister(chat, record)
    for kind in ("presence", "profile", "account"):
        await chat.records.drop(kind, account.id)


async def rename(chat: Chat, account: Account, name: str) -> Account:
    """Another name; the old one is free. Raises Refused."""
    from papo.server.actions import nicks  # noqa: PLC0415 -- as in `by_identity`

    def renamed(now: Account) -> dict[str, object]:
        if fold(name) != fold(now.name):
            owner = chat.world.registry.owner(name)
            if not valid_nick(name, chat.config.limits.nick_length) or skeleton(name) in SERVICES:
                raise Refused(Code.BAD_ACCOUNT_NAME, name)
            if owner is not None and owner.id != now.id:
                raise Refused(Code.ACCOUNT_EXISTS, name)
        left = tuple(nick for nick in now.nicks if fold(nick) != fold(name))
        return {"name": name, "named_at_ms": chat.now_ms(), "nicks": left}

    account = await edit(chat, account, renamed)
    for user in users_of(chat, account):
        log_in(chat, None, user, account)
    nicks.move_aside(chat, account)
    return account


async def add_certificate(chat: Chat, account: Account, fingerprint: str) -> None:
    """Whoever shows this certificate signs in. Raises Refused."""
    fingerprint = fingerprint.replace(":", "").lower()

    def added(now: Account) -> dict[str, object]:
        taken = chat.world.registry.by_certificate(fingerprint)
        if not FINGERPRINT.fullmatch(fingerprint) or (taken is not None and taken.id != now.id):
            raise Refused(Code.BAD_CERTIFICATE)
        others = (each for each in now.certificates if each != fingerprint)
        return {"certificates": (*others, fingerprint)[-MAX_CERTIFICATES:]}

    if fingerprint not in account.certificates:
        await edit(chat, account, added)


async def remove_certificate(chat: Chat, account: Account, fingerprint: str) -> None:
    """No longer. Raises Refused."""
    fingerprint = fingerprint.replace(":", "").lower()

    def removed(now: Account) -> dict[str, object]:
        if fingerprint not in now.certificates:
            raise Refused(Code.BAD_CERTIFICATE)
        return {"certificates": tuple(each for each in now.certificates if each != fingerprint)}

    await edit(chat, account, removed)


# --- nicks


def own(chat: Chat, user: User) -> Account:
    """The account somebody is logged in to. Raises Refused."""
    account = chat.world.registry.accounts.get(user.account_id)
    if account is None:
        raise Refused(Code.NOT_LOGGED_IN)
    return account


def get(chat: Chat, name: str) -> Account:
    """The account of this name. Raises Refused."""
    account = find(chat, name)
    if account is None:
        raise Refused(Code.NO_SUCH_ACCOUNT, name)
    return account
