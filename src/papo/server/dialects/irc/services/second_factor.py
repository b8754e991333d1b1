"""NickServ: the second factor and app passwords, for clients that do not know SECONDFACTOR."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions import lookup
from papo.server.actions.accounts import credentials, passkeys, second_factor
from papo.server.auth import totp
from papo.server.dialects.irc.pending_factor import PendingFactor
from papo.server.dialects.irc.services.nickserv import NICKSERV, reply
from papo.server.dialects.irc.services.table import command
from papo.server.dialects.irc.verbs.second_factor import confirm_app

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.credentials import Credential
    from papo.server.world.records import Account


@command(
    NICKSERV,
    "2FA STATUS|ON|CONFIRM|OFF|RECOVERY|FORGET [code]",
    N_("a second factor for your account: codes of an authenticator app (TOTP)"),
)
async def two_factor(session: IrcSession, words: list[str]) -> None:
    """ON gives a secret, CONFIRM a first code of the app that has it; OFF and RECOVERY need a code as well."""
    account = lookup.account_of(session.chat, session.me)
    match words[0].upper(), words[1:]:
        case "STATUS", []:
            _status(session, account)
        case "ON", []:
            _begin(session, account)
        case "CONFIRM", [code]:
            codes = await confirm_app(session, account, code)
            reply(
                session, N_("Your account has a second factor now. Without a code go on: certificates, app passwords")
            )
            _show_recovery(session, codes)
        case "OFF", [code]:
            await credentials.remove_second_factor(session.chat, session, account, code)
            reply(session, N_("Your account has no second factor any more: the password is enough"))
        case "RECOVERY", [code]:
            codes = await credentials.new_recovery_codes(session.chat, session, account, code)
            _show_recovery(session, codes)
        case "FORGET", [device_id]:
            await credentials.forget_devices(session.chat, account, device_id)
            reply(session, N_("That device gives a code at its next login"))
        case _:
            usage = "2FA STATUS|ON, 2FA CONFIRM|OFF|RECOVERY code, 2FA FORGET device|*"
            reply(session, N_("Usage: {usage}"), usage=usage)


def _begin(session: IrcSession, account: Account) -> None:
    secret = credentials.new_secret(session.chat, session, account)
    session.factor = session.factor or PendingFactor()
    session.factor.secret = secret
    reply(session, N_("Add this secret to your authenticator app: {secret}"), secret=secret)
    reply(session, "{uri}", uri=totp.uri(secret, account.name, session.chat.config.server.network))
    reply(session, N_("Then give the code that it shows: 2FA CONFIRM code. Until then nothing has changed"))


def _show_recovery(session: IrcSession, codes: tuple[str, ...]) -> None:
    reply(session, N_("Recovery codes, for when your phone is lost. Each works once; they are not shown again:"))
    for at in range(0, len(codes), 5):
        reply(session, "{codes}", codes="  ".join(codes[at : at + 5]))


def _status(session: IrcSession, account: Account) -> None:
    if not account.has_second_factor:
        reply(session, N_("Your account has no second factor"))
        return
    reply(session, N_("Your account has a second factor; recovery codes left: {count}"), count=len(account.recovery))
    for device in account.trusted_devices:
        if not second_factor.is_expired(session.chat, account, device):
            name = f"{credentials.id_of(device)} {device.name}"
            _show_use(session, name, device)


def _show_use(session: IrcSession, name: str, one: Credential) -> None:
    made = _day(one.created_at_ms)
    if not one.used_at_ms:
        reply(session, N_("{name}: made on {date}, never used"), name=name, date=made)
        return
    used, place = _day(one.used_at_ms), one.used_from or "unix"
    text = N_("{name}: made on {date}, used last on {used} from {place}")
    reply(session, text, name=name, date=made, used=used, place=place)


def _day(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at_ms / 1000))


@command(NICKSERV, "APPPASS ADD|LIST|DEL [name]", N_("passwords for programs that cannot ask for a second factor"))
async def app_passwords(session: IrcSession, words: list[str]) -> None:
    """Shown once."""
    account = lookup.account_of(session.chat, session.me)
    match words[0].upper(), words[1:]:
        case "LIST", []:
            for each in account.app_passwords:
                _show_use(session, each.name, each)
            reply(session, N_("App passwords: {count}"), count=len(account.app_passwords))
        case "ADD", [name]:
            password = await credentials.add_app_password(session.chat, session, account, name)
            reply(
                session,
                N_("User name {user}, password {password}: it is not shown again"),
                user=f"{account.name}/{name}",
                password=password,
            )
        case "DEL", [name]:
            await credentials.revoke_app_password(session.chat, session, account, name)
            reply(session, N_("The app password {name} is revoked"), name=name)
        case _:
            reply(session, N_("Usage: {usage}"), usage="APPPASS LIST, APPPASS ADD|DEL name")


@command(NICKSERV, "PASSKEY LIST|DEL [id]", N_("the passkeys of your account; Papo's web client makes them"))
async def passkeys_(session: IrcSession, words: list[str]) -> None:
    """What can be done without a browser."""
    account = lookup.account_of(session.chat, session.me)
    match words[0].upper(), words[1:]:
        case "LIST", []:
            for each in account.passkeys:
                _show_use(session, f"{credentials.id_of(each)} {each.name} ({each.rp_id})", each)
            reply(session, N_("Passkeys: {count}"), count=len(account.passkeys))
        case "DEL", [passkey_id]:
            await passkeys.revoke(session.chat, session, account, passkey_id)
            reply(session, N_("The passkey {id} is revoked"), id=passkey_id)
        case _:
            reply(session, N_("Usage: {usage}"), usage="PASSKEY LIST, PASSKEY DEL id")


@command(NICKSERV, "SA2FA account", N_("take the second factor off an account"), power="accounts")
async def remove_second_factor(session: IrcSession, words: list[str]) -> None:
    """For an owner who has lost phone and recovery codes."""
    account = lookup.get_account(session.chat, words[0])
    await session.chat.audit_first(session.me, "SA2FA", account.name)
    await credentials.remove_by_operator(session.chat, session, account)
    reply(session, N_("The account {name} has no second factor any more"), name=account.name)
