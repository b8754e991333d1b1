"""Attempts to prove something: a password, a code, a second factor. All of them are limited, counted and logged here.

    async with proofs.attempt(chat, Proof.PASSWORD, whose=account, address=address) as attempt:
        attempt.proved = await is_right()
    if not attempt.proved:
        raise Refused(...)

`note_failure` is for proofs that nobody can guess, such as certificates: they are only counted and logged.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from papo.server.auth import throttle
from papo.server.auth.passwords import TooBusy
from papo.server.auth.throttle import (
    Allowed,
    Target,
    TooManyGuesses,
    device_mark,
    network_mark,
    network_of,
    unkeyed_mark,
)
from papo.server.world.errors import Code, Refused
from papo.server.world.names import fold
from papo.server.world.records import Account

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat


class Proof(enum.StrEnum):
    """What is proved, in the words of the log. contrib/fail2ban knows them too."""

    PASSWORD = "password"  # noqa: S105 -- a kind of proof
    CODE = "code by mail"
    SECOND_FACTOR = "second factor"
    RECOVERY_CODE = "recovery code"
    APP_PASSWORD = "app password"  # noqa: S105 -- a kind of proof
    PASSKEY = "passkey"
    OPERATOR = "operator password"
    SERVER_PASSWORD = "server password"  # noqa: S105 -- a kind of proof
    GATEWAY = "gateway password"
    CERTIFICATE = "certificate"
    TOKEN = "token"  # noqa: S105 -- a kind of proof
    INVITATION = "invitation"


NETWORK_S = {Proof.SECOND_FACTOR: 360.0}
"""As `Allowed.network_s`: three of a million codes are right at any time, and whoever guesses has the password."""
NAME_LENGTH = 64
"""Of names that nobody has, as guesses at them are counted: no memory for what clients make up."""


class Attempt:
    """One attempt, wrong until `proved` is set."""

    __slots__ = ("proved", "why")

    def __init__(self) -> None:
        self.proved = False
        self.why = "wrong"
        """For the log, if it fails: some words of ours."""


@contextlib.asynccontextmanager
async def attempt(
    chat: Chat,
    kind: Proof,
    *,
    whose: Account | str,
    address: str,
    device: str = "",
    exists: bool = True,
    known_by: tuple[str, ...] | None = None,
) -> AsyncIterator[Attempt]:
    """Check a proof inside; it has failed unless `proved` is set there. Raises Refused, without checking it.

    Args:
        chat: The chat.
        kind: What is to be proved.
        whose: The account; or a name, "" for a secret that is nobody's.
        address: Of the client.
        device: What the client calls itself; "" if it has no name.
        exists: Whether `whose` exists, if it is a name: what clients make up is not logged.
        known_by: As in `Target`; None to look at what the account remembers.
    """
    if isinstance(whose, Account):
        counted, name, shown = f"{kind} of an account", whose.id, whose.name
    else:
        counted, name, shown = (
            f"{kind} of {'a name' if exists else 'nobody'}",
            fold(whose[:NAME_LENGTH]),
            whose if exists else "",
        )
    known_by = find_known(chat, whose, address, device) if known_by is None else known_by
    limits = chat.config.limits
    tried = Attempt()
    try:
        async with chat.throttle.attempt(
            Target(counted, name, network_of(address), known_by),
            Allowed(limits.guesses_per_account, limits.guesses_per_address, NETWORK_S.get(kind, throttle.NETWORK_S)),
        ) as give_back:
            try:
                yield tried
            except TooBusy:
                give_back()  # it was not checked
                raise
            if tried.proved:
                give_back()
            else:
                note_failure(chat, kind, whose=shown, address=address, why=tried.why)
    except TooManyGuesses:
        note_failure(chat, kind, whose=shown, address=address, why="too many guesses")
        raise Refused(Code.TOO_MANY_GUESSES) from None


def note_failure(
    chat: Chat, kind: Proof, *, whose: Account | str = "", address: str, why: str = "wrong", tried: str = ""
) -> None:
    """Count and log a failed proof; `whose`, `why` and `tried` as in `FailedProofs.note`."""
    name = whose.name if isinstance(whose, Account) else whose
    chat.failed_proofs.note(kind, address, name, why, chat.monotonic_s(), tried)


def find_known(chat: Chat, whose: Account | str, address: str, device: str = "") -> tuple[str, ...]:
    """The marks of the device and of the network, those from which the account was used before."""
    if not isinstance(whose, Account):
        return ()
    *named, network = marks_of(chat, whose.id, address, device)
    is_known = network in whose.places or unkeyed_mark(whose.id, address) in whose.places
    return (*(mark for mark in named if mark in whose.places), *((network,) if is_known else ()))


def marks_of(chat: Chat, account_id: str, address: str, device: str = "") -> tuple[str, ...]:
    """What an account remembers of a login: the device, if it has a name, and then the network."""
    network = network_mark(account_id, address, chat.network_secret)
    return (device_mark(account_id, device, chat.network_secret), network) if device else (network,)
