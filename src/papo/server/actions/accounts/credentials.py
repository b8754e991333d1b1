"""What logs in to an account besides its password, added and removed: the authenticator app and its recovery codes, app
passwords, trusted devices.

What makes an account easier to enter needs a recent proof, by its own password; what is revoked needs none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions.accounts import (
    accounts,
    app_passwords,
    authentication,
    recent_proof,
    second_factor,
    security_notice,
    sessions,
)
from papo.server.actions.actor import check_power, user_of
from papo.server.auth import totp
from papo.server.auth.passwords import TooBusy
from papo.server.world.credentials import AppPassword, Credential, TrustedDevice
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account

MAX_APP_PASSWORDS = 20
APP_PASSWORD_LETTERS = 28
"""140 bits."""
APP_PASSWORD_NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}")
TOKEN_LETTERS = 32
DEVICE_NAME_LENGTH = 64
ADDED = N_("Your account {account} has a second factor now: codes of an authenticator app")
REMOVED = N_("Your account {account} has no second factor any more: the password is enough")
RENEWED = N_("Your account {account} has new recovery codes: the old ones are worth nothing")
APP_ADDED = N_("An app password was made that logs in to your account {account}: {name}")
APP_REVOKED = N_("An app password no longer logs in to your account {account}: {name}")
NOTHING: dict[str, object] = {"totp": "", "totp_step": 0, "recovery": (), "trusted_devices": ()}
"""An account without a second factor."""


# --- the authenticator app


def new_secret(chat: Chat, actor: Actor, account: Account) -> str:
    """A secret for the owner's authenticator app; it counts for nothing before `add_totp`. Raises Refused."""
    recent_proof.require(chat, actor, account)
    if account.has_second_factor:
        raise Refused(Code.HAS_SECOND_FACTOR)
    return totp.new_secret()


async def add_totp(chat: Chat, actor: Actor, account: Account, secret: str, code: str) -> tuple[str, ...]:
    """From now on the account needs a code of the app that has this secret; returns the recovery codes.

    Raises Refused unless `code` is right: it proves that the app works.
    """
    codes, digests = _recovery_codes()

    def added(now: Account) -> dict[str, object]:
        recent_proof.require(chat, actor, now)
        if now.has_second_factor:
            raise Refused(Code.HAS_SECOND_FACTOR)
        step = totp.find_step(secret, code, chat.now_ms(), after=0)
        if step is None:
            raise Refused(Code.BAD_SECOND_FACTOR)
        return {**NOTHING, "totp": secret, "totp_step": step, "recovery": digests}

    await accounts.edit(chat, account, added, lambda now: security_notice.tell(chat, now, ADDED, actor))
    return codes


async def remove_second_factor(chat: Chat, actor: Actor, account: Account, code: str) -> None:
    """The password is enough again; needs a code of the app or a recovery code. Raises Refused."""
    await _replace(chat, actor, account, code, (NOTHING, REMOVED))


async def remove_by_operator(chat: Chat, actor: Actor, account: Account) -> None:
    """The password is enough again, for an owner who has lost phone and recovery codes. Raises Refused."""
    check_power(actor, "accounts")

    def removed(now: Account) -> dict[str, object]:
        if not now.has_second_factor:
            raise Refused(Code.NO_SECOND_FACTOR)
        return NOTHING

    await accounts.edit(chat, account, removed, lambda now: security_notice.tell(chat, now, REMOVED, actor))


async def new_recovery_codes(chat: Chat, actor: Actor, account: Account, code: str) -> tuple[str, ...]:
    """Other recovery codes instead of those that are left; needs a code. Raises Refused."""
    codes, digests = _recovery_codes()
    await _replace(chat, actor, account, code, ({"recovery": digests}, RENEWED))
    return codes


async def _replace(
    chat: Chat, actor: Actor, account: Account, code: str, change: tuple[dict[str, object], str]
) -> None:
    """Make a change that needs a code, and tell the owner in its words."""
    fields, text = change
    if not account.has_second_factor:
        raise Refused(Code.NO_SECOND_FACTOR)
    await authentication.by_second_factor(
        chat,
        account,
        second_factor.way_of(code),
        code,
        "" if actor.origin is None else actor.origin.link.address,
        also=lambda _: fields,
        told=lambda now: security_notice.tell(chat, now, text, actor),
    )


def _recovery_codes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(what is shown, what is stored)."""
    count, letters = second_factor.RECOVERY_CODES, second_factor.RECOVERY_LETTERS
    codes = tuple(second_factor.random_text(letters) for _ in range(count))
    return codes, tuple(second_factor.digest(code) for code in codes)


# --- trusted devices


def new_device(chat: Chat, name: str) -> tuple[str, TrustedDevice]:
    """(the token that the device keeps, what is stored of it)."""
    token = second_factor.random_text(TOKEN_LETTERS)
    shown = "".join(char for char in name if char.isprintable()).strip()[:DEVICE_NAME_LENGTH]
    return token, TrustedDevice(name=shown, digest=second_factor.digest(token), created_at_ms=chat.now_ms())


def id_of(one: Credential) -> str:
    """By which the owner names a device or a passkey: names need not differ."""
    return one.digest[:8]


async def forget_devices(chat: Chat, account: Account, device_id: str) -> None:
    """The device, or all for `*`, give a code at their next login. Raises Refused."""

    def forgotten(now: Account) -> dict[str, object]:
        left = tuple(each for each in now.trusted_devices if device_id not in {"*", id_of(each)})
        if device_id != "*" and len(left) == len(now.trusted_devices):
            raise Refused(Code.NO_TRUSTED_DEVICE, device_id)
        return {"trusted_devices": left}

    await accounts.edit(chat, account, forgotten)


# --- app passwords


async def add_app_password(chat: Chat, actor: Actor, account: Account, name: str) -> str:
    """A new app password, which is never shown again. Raises Refused."""

    def check(now: Account) -> None:
        recent_proof.require(chat, actor, now)
        if not APP_PASSWORD_NAME.fullmatch(name) or app_passwords.named(now, name) is not None:
            raise Refused(Code.BAD_APP_PASSWORD_NAME, name)
        if len(now.app_passwords) >= MAX_APP_PASSWORDS:
            raise Refused(Code.TOO_MANY_APP_PASSWORDS)

    check(account)  # before the work of hashing
    password = second_factor.random_text(APP_PASSWORD_LETTERS)
    try:
        scram = await chat.passwords.scram(password, accounts.scram_rounds(chat))
    except TooBusy:
        raise Refused(Code.BUSY, accounts.TOO_BUSY) from None
    made = AppPassword(name=name, digest=second_factor.digest(password), scram=scram, created_at_ms=chat.now_ms())

    def added(now: Account) -> dict[str, object]:
        check(now)
        return {"app_passwords": (*now.app_passwords, made)}

    await accounts.edit(chat, account, added, lambda now: security_notice.tell(chat, now, APP_ADDED, actor, name=name))
    return password


async def revoke_app_password(chat: Chat, actor: Actor, account: Account, name: str) -> None:
    """The program that has it logs in no longer, and is not connected any more. Raises Refused.

    So are the other programs with app passwords, which come back by themselves: a session does not say which it has.
    """

    def revoked(now: Account) -> dict[str, object]:
        found = app_passwords.named(now, name)
        if found is None:
            raise Refused(Code.NO_APP_PASSWORD, name)
        return {"app_passwords": tuple(each for each in now.app_passwords if each is not found)}

    await accounts.edit(
        chat, account, revoked, lambda now: security_notice.tell(chat, now, APP_REVOKED, actor, name=name)
    )
    if user_of(actor).account_id == account.id:
        for each in sessions.of(chat, actor):
            if each.login == "app password" and not each.is_mine:
                await sessions.end_one(chat, actor, each.id)
