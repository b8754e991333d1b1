"""SECONDFACTOR and APPPASSWORD: the second factor of an account, and passwords for programs that cannot ask for it.

The capability is `papo.chat/second-factor`, and decision 40 its specification: a client that has it is asked for a code
where others are refused.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import segno

from papo.protocol import numerics as n
from papo.protocol.times import iso_time
from papo.server.actions import lookup
from papo.server.actions.accounts import authentication, credentials, second_factor
from papo.server.auth import totp
from papo.server.dialects.irc.login import log_in
from papo.server.dialects.irc.pending_factor import MAX_TRIES, WAIT_S, PendingFactor
from papo.server.dialects.irc.refusals import sentence
from papo.server.dialects.irc.server_batch import send_batch
from papo.server.dialects.irc.verb import verb
from papo.server.world.errors import Code, Refused
from papo.server.world.names import host_of

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.credentials import Credential
    from papo.server.world.records import Account

BATCH = "papo.chat/second-factor"
CHUNK = 400
log = logging.getLogger(__name__)


# --- logging in


def ask(session: IrcSession, account: Account) -> None:
    """Ask the client for the second factor of an account whose password it has proved."""
    pending = session.factor = session.factor or PendingFactor()
    pending.account, pending.tries = account, 0
    pending.since_s = session.chat.monotonic_s()
    ways = ",".join(second_factor.ways_of(account))
    text = session.translate("Enter the code of your authenticator app, or a recovery code")
    session.send(f":{session.chat.config.server.name} SECONDFACTOR REQUIRED {account.name} {ways} :{text}")


async def _code(session: IrcSession, params: list[str]) -> None:
    pending = session.factor
    if len(params) < 2 or pending is None or pending.account is None:
        session.fail("SECONDFACTOR", "NOT_EXPECTED", "CODE", session.translate("No code is expected now"))
        return
    way, value, *name = params
    token, device = credentials.new_device(session.chat, name[0]) if name and way != "device" else ("", None)

    def also(now: Account) -> dict[str, object]:
        return {} if device is None else {"trusted_devices": second_factor.with_device(now.trusted_devices, device)}

    try:
        if session.chat.monotonic_s() - pending.since_s > WAIT_S:
            raise Refused(Code.BAD_CREDENTIALS)
        pending.tries += way != "device"
        account = await authentication.by_second_factor(
            session.chat, pending.account, way, value, session.link.address, device=session.device, also=also
        )
        await log_in(session, account, "trusted device" if way == "device" else "second factor")
    except Refused as refused:
        if refused.code is Code.BAD_SECOND_FACTOR:
            session.refused(refused, "SECONDFACTOR")
            if pending.tries < MAX_TRIES:
                return
        _fail(session, sentence(refused, session.translate))
    except Exception:
        log.exception("SECONDFACTOR failed")
        _fail(session, session.went_wrong())
    else:
        pending.account = None
        if token:
            session.send(f":{session.chat.config.server.name} SECONDFACTOR DEVICE {token}")
        session.numeric(n.RPL_SASLSUCCESS, "SASL authentication successful")


def _fail(session: IrcSession, why: str) -> None:
    if session.factor is not None:
        session.factor.account = None
    if session.registration is not None:
        session.spent_lines += 8
    session.numeric(n.ERR_SASLFAIL, f"SASL authentication failed: {why}")


# --- the second factor of one's own account


@verb("SECONDFACTOR", params=1, before_registration=True)
def second_factor_(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """SECONDFACTOR CODE way value [device] | STATUS | CHALLENGE totp | ADD totp code | REMOVE code | RECOVERY code |
    FORGET device|*: log in with a second factor, or manage that of your account (papo.chat/second-factor).
    """
    subcommand, *params = line.params
    if subcommand.upper() == "CODE":
        return _code(session, params)
    if session.registration is not None:
        session.numeric(n.ERR_NOTREGISTERED, "You have not registered")
        return None
    account = lookup.account_of(session.chat, session.me)
    match subcommand.upper(), [params[0].lower(), *params[1:]] if params else []:
        case "STATUS", []:
            _status(session, account)
        case "CHALLENGE", ["totp"]:
            _challenge(session, account)
        case "ADD", ["totp", code]:
            return _add(session, account, code)
        case "REMOVE", [_]:
            return _remove(session, account, params[0])
        case "RECOVERY", [_]:
            return _recovery(session, account, params[0])
        case "FORGET", [_]:
            return _forget(session, account, params[0])
        case _:
            session.fail("SECONDFACTOR", "INVALID_PARAMS", subcommand, session.translate("Unknown subcommand"))
    return None


def _answer(session: IrcSession, words: str) -> None:
    session.send(f":{session.chat.config.server.name} {words}")


def _status(session: IrcSession, account: Account) -> None:
    server = session.chat.config.server.name
    state = "on" if account.has_second_factor else "off"
    lines = [f":{server} SECONDFACTOR STATUS {state} recovery={len(account.recovery)}"]
    lines += [
        f":{server} SECONDFACTOR TRUSTED {credentials.id_of(device)} {uses(device)} :{device.name}"
        for device in account.trusted_devices
        if not second_factor.is_expired(session.chat, account, device)
    ]
    send_batch(session, BATCH, lines)


def uses(one: Credential) -> str:
    """When it was made, and when and from which network it was used last; `*` for never."""
    used = iso_time(one.used_at_ms) if one.used_at_ms else "*"
    return f"{iso_time(one.created_at_ms)} {used} {host_of(one.used_from) if one.used_from else '*'}"


def _challenge(session: IrcSession, account: Account) -> None:
    """A secret, and its QR code: `size`, then its modules as bits, row by row, in base64."""
    secret = credentials.new_secret(session.chat, session, account)
    session.factor = session.factor or PendingFactor()
    session.factor.secret = secret
    server, network = session.chat.config.server.name, session.chat.config.server.network
    uri = totp.uri(secret, account.name, network)
    size, data = qr_bits(uri)
    lines = [f":{server} SECONDFACTOR CHALLENGE totp {secret} :{uri}"]
    lines += [f":{server} SECONDFACTOR QR {size} {data[at : at + CHUNK]}" for at in range(0, len(data), CHUNK)]
    send_batch(session, BATCH, lines)


def qr_bits(text: str) -> tuple[int, str]:
    """(modules of a side, all modules row by row as bits, in base64)."""
    rows = segno.make(text, error="l", micro=False).matrix
    bits = "".join("1" if module else "0" for row in rows for module in row)
    data = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    return len(rows), base64.b64encode(data).decode()


async def _add(session: IrcSession, account: Account, code: str) -> None:
    codes = await confirm_app(session, account, code)
    _answer(session, f"SECONDFACTOR ADD totp :{' '.join(codes)}")


async def confirm_app(session: IrcSession, account: Account, code: str) -> tuple[str, ...]:
    """The app that is being set up on this connection is in force; returns the recovery codes. Raises Refused."""
    secret = "" if session.factor is None else session.factor.secret
    if not secret:
        raise Refused(Code.NO_ENROLMENT)
    codes = await credentials.add_totp(session.chat, session, account, secret, code)
    if session.factor is not None:
        session.factor.secret = ""
    return codes


async def _remove(session: IrcSession, account: Account, code: str) -> None:
    await credentials.remove_second_factor(session.chat, session, account, code)
    _answer(session, "SECONDFACTOR REMOVE")


async def _recovery(session: IrcSession, account: Account, code: str) -> None:
    codes = await credentials.new_recovery_codes(session.chat, session, account, code)
    _answer(session, f"SECONDFACTOR RECOVERY :{' '.join(codes)}")


async def _forget(session: IrcSession, account: Account, device_id: str) -> None:
    await credentials.forget_devices(session.chat, account, device_id)
    _answer(session, f"SECONDFACTOR FORGET {device_id}")


# --- app passwords


@verb("APPPASSWORD", params=1)
def app_password(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """APPPASSWORD ADD name | LIST | DEL name: passwords for programs that cannot ask for a second factor."""
    account = lookup.account_of(session.chat, session.me)
    subcommand, *params = line.params
    match subcommand.upper(), params:
        case "LIST", []:
            server = session.chat.config.server.name
            lines = [f":{server} APPPASSWORD LIST {each.name} {uses(each)}" for each in account.app_passwords]
            send_batch(session, BATCH, lines)
        case "ADD", [name]:
            return _add_app(session, account, name)
        case "DEL", [name]:
            return _revoke_app(session, account, name)
        case _:
            session.fail("APPPASSWORD", "INVALID_PARAMS", subcommand, session.translate("Unknown subcommand"))
    return None


async def _add_app(session: IrcSession, account: Account, name: str) -> None:
    password = await credentials.add_app_password(session.chat, session, account, name)
    _answer(session, f"APPPASSWORD ADD {name} {account.name}/{name} {password}")


async def _revoke_app(session: IrcSession, account: Account, name: str) -> None:
    await credentials.revoke_app_password(session.chat, session, account, name)
    _answer(session, f"APPPASSWORD DEL {name}")
