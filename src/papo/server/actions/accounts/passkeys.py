"""Passkeys: make one for an account, log in with it, revoke it. What is signed and how is `auth.passkeys`' business.

A failed attempt is logged and counted, and keeps nobody out: nobody guesses signatures, and strangers who know an
account are not to lock its owner out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from papo.i18n import N_
from papo.server.actions import lookup, proofs
from papo.server.actions.accounts import accounts, credentials, recent_proof, second_factor, security_notice
from papo.server.actions.proofs import Proof
from papo.server.world.credentials import Passkey
from papo.server.world.errors import Code, Refused
from papo.server.world.names import visible

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.auth.passkeys import Challenge
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account

MAX_PASSKEYS = 10
WAIT_S = 300.0
"""How long a challenge may be answered."""
ADDED = N_("A passkey was added that logs in to your account {account}: {name}")
REVOKED = N_("A passkey no longer logs in to your account {account}: {name}")


def challenge(chat: Chat, origin: str) -> Challenge:
    """Something new to be signed on the page of this origin. Raises Refused if browsers have no passkeys there."""
    from papo.server.auth import passkeys  # noqa: PLC0415 -- not every server needs it

    if not passkeys.rp_id_of(origin):
        raise Refused(Code.NO_SECURE_PAGE)
    return passkeys.new_challenge(origin, chat.monotonic_s())


# --- the owner's passkeys


def options_to_add(chat: Chat, actor: Actor, account: Account, asked: Challenge) -> bytes:
    """What the browser is asked to make, as JSON. Raises Refused."""
    from papo.server.auth import passkeys  # noqa: PLC0415 -- as above

    recent_proof.require(chat, actor, account)
    _check_room(account)
    known = [each.credential_id for each in account.passkeys if each.rp_id == asked.rp_id]
    network = chat.config.server.network
    return json.dumps(passkeys.creation_options(asked, network, (account.id, account.name), known)).encode()


async def add(chat: Chat, actor: Actor, account: Account, asked: Challenge, *, name: str, message: bytes) -> Passkey:
    """The passkey that the browser has made logs in from now on. Raises Refused."""
    from papo.server.auth import passkeys  # noqa: PLC0415 -- as above

    try:
        _check_time(chat, asked)
        made = passkeys.check_creation(asked, message)
    except passkeys.BadPasskey as error:
        raise _failed(chat, actor.origin.link.address if actor.origin else "", account, str(error)) from None
    passkey = Passkey(
        name=visible(name).strip()[: credentials.DEVICE_NAME_LENGTH] or asked.rp_id,
        digest=second_factor.digest(made.credential_id),
        created_at_ms=chat.now_ms(),
        credential_id=made.credential_id,
        public_key=made.public_key,
        rp_id=asked.rp_id,
        counter=made.counter,
    )

    def added(now: Account) -> dict[str, object]:
        recent_proof.require(chat, actor, now)
        _check_room(now)
        if second_factor.find(now.passkeys, made.credential_id) is not None:
            raise Refused(Code.BAD_PASSKEY)
        return {"passkeys": (*now.passkeys, passkey)}

    def told(now: Account) -> None:
        security_notice.tell(chat, now, ADDED, actor, name=passkey.name)

    await accounts.edit(chat, account, added, told)
    return passkey


async def revoke(chat: Chat, actor: Actor, account: Account, passkey_id: str) -> None:
    """The passkey logs in no longer. Raises Refused."""
    found = next((each for each in account.passkeys if credentials.id_of(each) == passkey_id), None)
    if found is None:
        raise Refused(Code.NO_PASSKEY, passkey_id)

    def revoked(now: Account) -> dict[str, object]:
        left = tuple(each for each in now.passkeys if each.digest != found.digest)
        if len(left) == len(now.passkeys):
            raise Refused(Code.NO_PASSKEY, passkey_id)
        return {"passkeys": left}

    await accounts.edit(
        chat, account, revoked, lambda now: security_notice.tell(chat, now, REVOKED, actor, name=found.name)
    )


def _check_room(account: Account) -> None:
    if len(account.passkeys) >= MAX_PASSKEYS:
        raise Refused(Code.TOO_MANY_PASSKEYS)


# --- logging in


def options_to_log_in(asked: Challenge, owner: Account | None) -> bytes:
    """What the browser is asked to sign, as JSON; `owner` has proved their password, or is None.

    Without one no passkey is named: whoever asks does not learn who has any.
    """
    from papo.server.auth import passkeys  # noqa: PLC0415 -- as above

    of_owner = () if owner is None else owner.passkeys
    known = [each.credential_id for each in of_owner if each.rp_id == asked.rp_id]
    return json.dumps(passkeys.request_options(asked, known)).encode()


async def log_in(chat: Chat, asked: Challenge, message: bytes, address: str, owner: Account | None) -> Account:
    """The account whose passkey has signed the challenge, when that use is on disk. Raises Refused.

    `owner` as in `options_to_log_in`: then it has to be theirs.
    """
    from papo.server.auth import passkeys  # noqa: PLC0415 -- as above

    account = None
    try:
        _check_time(chat, asked)
        shown = passkeys.read_assertion(message)
        account = chat.world.registry.accounts.get(shown.user)
        passkey = None if account is None else second_factor.find(account.passkeys, shown.credential_id)
        if account is None or passkey is None or passkey.rp_id != asked.rp_id:
            raise passkeys.BadPasskey("unknown")
        if owner is not None and owner.id != account.id:
            raise passkeys.BadPasskey("another account's")
        counter = passkeys.check_assertion(asked, message, passkey.public_key)
    except passkeys.BadPasskey as error:
        raise _failed(chat, address, account, str(error)) from None

    def spent(now: Account) -> dict[str, object]:
        lookup.check_usable(chat, now)
        return {"passkeys": _counted(chat, now, passkey, counter, address)}

    if spent(account)["passkeys"] is account.passkeys:
        return account
    return await accounts.edit(chat, account, spent)


def _counted(chat: Chat, account: Account, passkey: Passkey, counter: int, address: str) -> tuple[Passkey, ...]:
    """The account's passkeys, with the note that this one has just been used. Raises Refused."""
    now = next((each for each in account.passkeys if each.digest == passkey.digest), None)
    if now is None:
        raise _failed(chat, address, account, "revoked")
    if counter or now.counter:
        if counter <= now.counter:  # two devices have this key (section 7.2, step 22)
            raise _failed(chat, address, account, "counted backwards, so there is a copy of it")
        later = msgspec.structs.replace(now, counter=counter)
        known = tuple(later if each is now else each for each in account.passkeys)
        return second_factor.used(chat, known, later, address)
    return second_factor.used(chat, account.passkeys, now, address)


def _check_time(chat: Chat, asked: Challenge) -> None:
    from papo.server.auth.passkeys import BadPasskey  # noqa: PLC0415 -- as above

    if chat.monotonic_s() - asked.at_s > WAIT_S:
        raise BadPasskey("too late")


def _failed(chat: Chat, address: str, account: Account | None, why: str) -> Refused:
    proofs.note_failure(chat, Proof.PASSKEY, whose=account or "", address=address, why=why)
    return Refused(Code.BAD_PASSKEY)
