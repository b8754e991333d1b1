"""Create, change and drop accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from papo.i18n import N_
from papo.server.actions import always_on, lifecycle, lookup, proofs
from papo.server.actions.accounts import codes, forget, login, recent_proof, registration_rates, security_notice
from papo.server.actions.actor import check_power, of_server, user_of
from papo.server.actions.channels import registered, revocation
from papo.server.auth.mail import ADDRESS
from papo.server.auth.passwords import MAX_PASSWORD_BYTES, TooBusy
from papo.server.auth.throttle import DEVICE, NETWORK, is_keyed
from papo.server.world.confusables import skeletons
from papo.server.world.errors import Code, Refused
from papo.server.world.names import fold, valid_nick
from papo.server.world.records import Account

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.user import User

MIN_PASSWORD = 6
"""Characters of a password that users choose for themselves."""
MAX_PLACES = 8
"""Devices, and networks, remembered for each account; the one not used for longest is forgotten first."""
UNGROUPED = N_("The nick {nick} no longer belongs to your account {account}")
NOT_RESERVED = N_("The nicks of your account {account} are no longer reserved for you")
RENAMED = N_("Your account {before} is now called {account}")
DROPPED = N_("Your account {account} was deleted")
FORGOTTEN = N_("All messages of your account {account} were deleted")
TOO_BUSY = "too many people are logging in; try again in a moment"


# --- creating


def check_name(chat: Chat, name: str, uid: str = "") -> None:
    """Raises Refused if no account may have this name, or if any user but `uid` has it or one that it looks like."""
    if not valid_nick(name, chat.config.limits.nick_length):
        raise Refused(Code.BAD_ACCOUNT_NAME, name)
    holders = filter(None, map(chat.world.user, (name, *skeletons(name))))
    if chat.world.registry.owner(name) is not None or any(holder.uid != uid for holder in holders):
        raise Refused(Code.ACCOUNT_EXISTS, name)


def check_password(name: str, password: str) -> None:
    """Raises Refused for a password that is too weak or too long."""
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        raise Refused(Code.UNACCEPTABLE_PASSWORD, name)
    if len(password) < MIN_PASSWORD or fold(password) == fold(name):
        raise Refused(Code.WEAK_PASSWORD, name)


async def register(chat: Chat, *, name: str, email: str, password: str, uid: str = "", address: str = "") -> Account:
    """An account for a user who asks for it; not `verified` yet if a code was sent to `email`. Raises Refused.

    `address` is the user's: they are known from its network, as after a login.
    """
    settings = chat.config.accounts
    if settings.registration != "open" or settings.required:
        raise Refused(Code.REGISTRATION_CLOSED, name)
    check_name(chat, name, uid)
    check_password(name, password)
    if email and not ADDRESS.fullmatch(email):
        raise Refused(Code.INVALID_EMAIL, name)
    if settings.email_required and not email:
        raise Refused(Code.INVALID_EMAIL, name)
    made = registration_rates.count(chat, name, address)
    if email and chat.world.registry.has_email(email):  # counted: nobody tries a list of addresses
        raise Refused(Code.UNACCEPTABLE_EMAIL, name)

    if not (email and chat.config.mail.host):
        return await create(
            chat, name=name, email=email, email_unproved=bool(email), password=password, address=address, also=made
        )
    codes.check_may_send(chat, name, email)
    code = codes.new()
    account = await create(
        chat,
        name=name,
        email=email,
        password=password,
        address=address,
        verified=False,
        code=codes.digest(code),
        code_until_ms=codes.until_ms(chat),
        also=made,
    )
    try:
        await codes.mail(chat, account, code)
    except Refused:
        _take_back(chat, account)
        raise
    return account


def _take_back(chat: Chat, account: Account) -> None:
    """Delete an account that nobody can verify: it would keep the name. A fact: the code has not been sent."""
    now = chat.world.registry.accounts.get(account.id)
    if now is not None and not now.verified:
        with chat.journal.facts():
            chat.records.delete_soon("account", account.id)


async def create(
    chat: Chat,
    *,
    name: str,
    password: str = "",
    address: str = "",
    also: Callable[[Account], None] | None = None,
    **fields: object,
) -> Account:
    """An account, if the name is free; without a password nobody logs in by one. Raises Refused.

    `also` as in `Records.change`.
    """
    secret, scram = await hashed(chat, password) if password else ("", "")
    at_ms = chat.now_ms()
    account = Account(id=chat.ids.uid(), name=name, created_at_ms=at_ms, named_at_ms=at_ms)
    account = msgspec.structs.replace(
        account, secret=secret, scram=scram, **fields, **seen_from(chat, account, address)
    )

    def new(_: Account | None) -> Account:
        registry = chat.world.registry
        subject = registry.by_subject(account.issuer, account.subject) if account.subject else None
        if registry.owner(name) is not None or subject is not None:
            raise Refused(Code.ACCOUNT_EXISTS, name)
        return account

    return await chat.records.change(Account, account.id, new, also)


def seen_from(chat: Chat, account: Account, address: str, device: str = "") -> dict[str, object]:
    """The values of an account that say when and from where it was used last; none without an address."""
    if not address:
        return {}
    marks = proofs.marks_of(chat, account.id, address, device)
    older = [place for place in account.places if place not in marks and is_keyed(place)]
    of_kind = {
        kind: [place for place in (*marks, *older) if place[:1] == kind][:MAX_PLACES] for kind in (DEVICE, NETWORK)
    }
    return {"places": (*of_kind[DEVICE], *of_kind[NETWORK]), "seen_ms": chat.now_ms()}


def scram_rounds(chat: Chat) -> int:
    """With how many rounds keys for SCRAM are made; 0 if none are."""
    return chat.config.accounts.scram_rounds if chat.config.accounts.scram else 0


async def hashed(chat: Chat, password: str) -> tuple[str, str]:
    """(secret, scram) of an account. Raises Refused."""
    try:
        return await chat.passwords.hash(password, scram_rounds(chat))
    except TooBusy:
        raise Refused(Code.BUSY, TOO_BUSY) from None


# --- codes sent by mail


async def send_code(chat: Chat, account: Account) -> Account:
    """Mail the account's owner a code that proves their address. Raises Refused."""
    codes.check_may_send(chat, account.name, account.email)
    code = codes.new()
    account = await change(chat, account, code=codes.digest(code), code_until_ms=codes.until_ms(chat))
    await codes.mail(chat, account, code)
    return account


# --- changing


async def change(chat: Chat, account: Account, **fields: object) -> Account:
    """Store the account with other values, whatever it was before. Raises Refused if it is gone."""
    return await edit(chat, account, lambda _: fields)


async def edit(
    chat: Chat,
    account: Account,
    fields_of: Callable[[Account], dict[str, object]],
    also: Callable[[Account], None] | None = None,
) -> Account:
    """Store the account with other values that follow from what it is now. Raises Refused.

    `fields_of` may raise Refused; it is called again if another writer was faster. `also` as in `Records.change`.
    """

    def changed(now: Account | None) -> Account:
        if now is None:
            raise Refused(Code.NO_SUCH_ACCOUNT, account.name)
        return msgspec.structs.replace(now, **fields_of(now))

    return await chat.records.change(Account, account.id, changed, also)


async def set_always_on(chat: Chat, actor: Actor, *, on: bool | None) -> None:
    """Whether the actor's account is always on; None: as the server's settings say. Raises Refused."""
    user = user_of(actor)
    if on and chat.config.accounts.always_on == "off":
        raise Refused(Code.BAD_VALUE, "this server keeps no user who is not connected")
    account = lookup.account_of(chat, user)
    await edit(chat, account, lambda _: {"always_on": on}, lambda _: always_on.update(chat, user))


async def set_vhost(chat: Chat, account: Account, **fields: object) -> None:
    """Change `vhost` or `vhost_on`, and show the account's users with it. Raises Refused."""
    await edit(chat, account, lambda _: fields, lambda now: login.update_hosts(chat, now))


async def group_nick(chat: Chat, actor: Actor) -> None:
    """The actor's nick belongs to their account from now on. Raises Refused."""
    user = user_of(actor)
    nick = user.nick

    def grouped(now: Account) -> dict[str, object]:
        if chat.world.registry.owner(nick) is not None:
            raise Refused(Code.ACCOUNT_EXISTS, nick)
        if len(now.nicks) >= chat.config.accounts.nicks:
            raise Refused(Code.TOO_MANY_NICKS)
        return {"nicks": (*now.nicks, nick)}

    await edit(chat, lookup.account_of(chat, user), grouped)


async def ungroup_nick(chat: Chat, actor: Actor, nick: str) -> None:
    """The nick no longer belongs to the actor's account. Raises Refused."""

    def ungrouped(now: Account) -> dict[str, object]:
        if fold(nick) not in map(fold, now.nicks):
            raise Refused(Code.NICK_NOT_YOURS, nick)
        recent_proof.require(chat, actor, now)
        return {"nicks": tuple(other for other in now.nicks if fold(other) != fold(nick))}

    def told(now: Account) -> None:
        security_notice.tell(chat, now, UNGROUPED, actor, nick=nick)

    await edit(chat, lookup.account_of(chat, user_of(actor)), ungrouped, told)


async def set_enforced(chat: Chat, actor: Actor, *, on: bool) -> None:
    """Whether the nicks of the actor's account are reserved. Raises Refused."""

    def enforced(now: Account) -> dict[str, object]:
        if not on:
            recent_proof.require(chat, actor, now)
        return {"enforce": on}

    def told(now: Account) -> None:
        if not on:
            security_notice.tell(chat, now, NOT_RESERVED, actor)

    await edit(chat, lookup.account_of(chat, user_of(actor)), enforced, told)


# --- for operators of the server


async def suspend(chat: Chat, actor: Actor, account: Account, reason: str) -> Account:
    """Let nobody log in, and disconnect the account's users. Raises Refused."""
    check_power(actor, "accounts")

    def disconnect(now: Account) -> None:
        revocation.revoke_of_account(chat, now.id)
        for user in lookup.users_of(chat, now):
            lifecycle.kill(chat, of_server(chat), user, f"your account is suspended: {now.suspended}")

    fields: dict[str, object] = {"suspended": reason or "no reason given", "suspended_until_ms": 0}
    return await edit(chat, account, lambda _: fields, disconnect)


async def unsuspend(chat: Chat, actor: Actor, account: Account) -> Account:
    """Let the owner log in again. Raises Refused."""
    check_power(actor, "accounts")
    return await change(chat, account, suspended="", suspended_until_ms=0)


async def verify(chat: Chat, actor: Actor, account: Account) -> Account:
    """Verify an account without its code. Raises Refused."""
    check_power(actor, "accounts")
    return await change(chat, account, verified=True, code="", code_until_ms=0)


async def rename(chat: Chat, actor: Actor, account: Account, name: str) -> Account:
    """Give an account another name; the old one is free then. Raises Refused."""
    check_power(actor, "accounts")

    def renamed(now: Account) -> dict[str, object]:
        if fold(name) != fold(now.name):
            owner = chat.world.registry.owner(name)
            if not valid_nick(name, chat.config.limits.nick_length):
                raise Refused(Code.BAD_ACCOUNT_NAME, name)
            if owner is not None and owner.id != now.id:
                raise Refused(Code.ACCOUNT_EXISTS, name)
        nicks = tuple(nick for nick in now.nicks if fold(nick) != fold(name))
        return {"name": name, "named_at_ms": chat.now_ms(), "nicks": nicks}

    def show(now: Account) -> None:
        for user in lookup.users_of(chat, now):
            login.log_in(chat, user, now)
        lifecycle.reclaim_nicks(chat, now)
        security_notice.tell(chat, now, RENAMED, actor, before=account.name)

    return await edit(chat, account, renamed, show)


def check_owner(chat: Chat, actor: Actor, account: Account) -> None:
    """Raises Refused unless the account is the actor's own, proved recently, or the actor manages accounts."""
    if account.id != user_of(actor).account_id:
        check_power(actor, "accounts")
    recent_proof.require(chat, actor, account)


async def drop(chat: Chat, actor: Actor, account: Account) -> None:
    """Delete the account with its channels, profile, presence and read markers; its name is free then.

    Raises Refused.
    """
    check_owner(chat, actor, account)
    security_notice.tell(chat, account, DROPPED, actor)
    await _remove(chat, account)


async def drop_and_forget(chat: Chat, actor: Actor, account: Account) -> int:
    """Delete the account and everything that it did; returns how many messages. Raises Refused.

    It is suspended first, so that nobody adds to it meanwhile, and deleted last: whatever breaks this off, it can be
    repeated.
    """
    check_owner(chat, actor, account)
    fields: dict[str, object] = {"suspended": "it is being deleted", "suspended_until_ms": 0}

    def begun(now: Account) -> None:
        security_notice.tell(chat, now, DROPPED, actor)
        _log_out_all(chat, now)

    account = await edit(chat, account, lambda _: fields, begun)
    count = await forget.forget(chat, account)
    await _remove(chat, account)
    return count


def log_out(chat: Chat, user: User, origin: Session | None = None) -> None:
    """The user is a guest from now on, or is disconnected where no guest may be."""
    login.log_out(chat, user, origin)
    if chat.config.accounts.required:
        lifecycle.kill(chat, of_server(chat), user, "this server requires an account")


def _log_out_all(chat: Chat, account: Account) -> None:
    for user in lookup.users_of(chat, account):
        log_out(chat, user)


async def _remove(chat: Chat, account: Account) -> None:
    # All at once, so that it is one commit: whatever is dropped, everything is.
    _log_out_all(chat, account)
    revocation.forget(chat, account.id)
    for record in [channel for channel in chat.world.registry.channels.values() if channel.founder == account.id]:
        registered.unregister_soon(chat, of_server(chat), record)
    chat.records.delete_soon("presence", account.id)
    chat.records.delete_soon("profile", account.id)
    await chat.records.delete("account", account.id)


async def forget_messages(chat: Chat, actor: Actor, account: Account) -> int:
    """Delete everything that the account did, but not the account; returns how many messages. Raises Refused."""
    check_owner(chat, actor, account)
    count = await forget.forget(chat, account)
    security_notice.tell(chat, account, FORGOTTEN, actor)
    return count
