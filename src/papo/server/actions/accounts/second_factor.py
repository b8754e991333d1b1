"""What proves, after the password, that an account's owner logs in: a code of their authenticator app, a recovery code,
or the token of a device that has given one of these before.

Each way is a row of `WAYS`. Nothing here counts guesses: `authentication.by_second_factor` does, and calls `spend`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from papo.server.auth import totp
from papo.server.auth.throttle import network_of
from papo.server.world.credentials import Credential, TrustedDevice
from papo.server.world.errors import Code, Refused
from papo.server.world.records import Account

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat

C = TypeVar("C", bound=Credential)
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 that nobody mistakes for one another: five bits each."""
RECOVERY_CODES = 10
RECOVERY_LETTERS = 16
"""80 bits, given only after the password and counted as guesses."""
MAX_TRUSTED_DEVICES = 20
TRUSTED_DAYS = 90
"""A device that has not logged in for this long gives a code again."""
NOTE_INTERVAL_MS = 3_600_000
"""A use from the same network is noted on disk no more often than this."""


class SecondFactorRequired(Refused):
    """The password is right, and the account has a second factor: whoever can ask the user for it goes on."""

    def __init__(self, account: Account) -> None:
        super().__init__(Code.SECOND_FACTOR_REQUIRED, account.name)
        self.account = account


def check_none(account: Account) -> None:
    """Raises SecondFactorRequired for an account that has one. The account is proved by its password."""
    if account.has_second_factor:
        raise SecondFactorRequired(account)


def random_text(letters: int) -> str:
    """Five bits for each letter, in groups of four."""
    text = "".join(secrets.choice(LETTERS) for _ in range(letters))
    return "-".join(text[at : at + 4] for at in range(0, letters, 4))


def digest(secret: str) -> str:
    """What is stored of a random secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def find(credentials: Iterable[C], secret: str) -> C | None:
    """The credential that this secret belongs to."""
    wanted, found = digest(secret), None
    for each in credentials:
        if hmac.compare_digest(each.digest, wanted):
            found = each
    return found


def used(chat: Chat, credentials: tuple[C, ...], one: C, address: str) -> tuple[C, ...]:
    """The credentials with the note that one of them has just logged in; the same tuple if that is on disk already."""
    network, now_ms = network_of(address), chat.now_ms()
    if one.used_from == network and 0 <= now_ms - one.used_at_ms < NOTE_INTERVAL_MS:
        return credentials
    noted = msgspec.structs.replace(one, used_at_ms=now_ms, used_from=network)
    return tuple(noted if each.digest == one.digest else each for each in credentials)


# --- the ways: each returns the values of the account that it changes, and raises Refused


def _spend_totp(chat: Chat, account: Account, code: str, address: str) -> dict[str, object]:
    del address
    step = totp.find_step(account.totp, code, chat.now_ms(), account.totp_step) if account.totp else None
    if step is None:
        raise Refused(Code.BAD_SECOND_FACTOR)
    return {"totp_step": step}


def _spend_recovery(chat: Chat, account: Account, code: str, address: str) -> dict[str, object]:
    del chat, address
    text = "".join(char for char in code.lower() if char in LETTERS)
    wanted = digest("-".join(text[at : at + 4] for at in range(0, len(text), 4)))
    left = tuple(each for each in account.recovery if not hmac.compare_digest(each, wanted))
    if len(left) == len(account.recovery):
        raise Refused(Code.BAD_SECOND_FACTOR)
    return {"recovery": left}


def _use_device(chat: Chat, account: Account, token: str, address: str) -> dict[str, object]:
    device = find(account.trusted_devices, token)
    if device is None or is_expired(chat, account, device):
        raise Refused(Code.BAD_SECOND_FACTOR)
    devices = used(chat, account.trusted_devices, device, address)
    return {} if devices is account.trusted_devices else {"trusted_devices": devices}


def is_expired(chat: Chat, account: Account, device: TrustedDevice) -> bool:
    """Whether a device has been away for too long, or the account's sessions have been ended since it was trusted."""
    if device.created_at_ms <= account.not_before_ms:
        return True
    return chat.now_ms() - max(device.created_at_ms, device.used_at_ms) > TRUSTED_DAYS * 86_400_000


def with_device(devices: tuple[TrustedDevice, ...], new: TrustedDevice) -> tuple[TrustedDevice, ...]:
    """The devices and one more; the one that was not used for longest is forgotten first."""
    latest = sorted(devices, key=lambda each: max(each.created_at_ms, each.used_at_ms))
    return (*latest[-(MAX_TRUSTED_DEVICES - 1) :], new)


WAYS: dict[str, Callable[[Chat, Account, str, str], dict[str, object]]] = {
    "totp": _spend_totp,
    "recovery": _spend_recovery,
    "device": _use_device,
}
BY_HAND = ("totp", "recovery")
"""The ways that somebody can type."""


def ways_of(account: Account) -> tuple[str, ...]:
    """The ways in which the owner can go on now. A passkey is no code: it logs in by itself (decision 44)."""
    if not account.has_second_factor:
        return ()
    have = {"totp": account.totp, "recovery": account.recovery, "device": account.trusted_devices}
    return (*(way for way in WAYS if have[way]), *(("passkey",) if account.passkeys else ()))


def way_of(code: str) -> str:
    """Which code somebody has typed: six digits are the app's."""
    return "totp" if "".join(code.split()).isdecimal() else "recovery"


def spend(chat: Chat, account: Account, way: str, value: str, address: str) -> dict[str, object]:
    """What of the account changes because its owner proves themselves in this way. Raises Refused."""
    if way not in WAYS or not account.has_second_factor:
        raise Refused(Code.BAD_SECOND_FACTOR)
    return WAYS[way](chat, account, value, address)
