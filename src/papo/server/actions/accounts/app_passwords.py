"""App passwords: one for each program that can send a password and nothing else (soju and mail services have them).

A program gives `ana/laptop` and the password called `laptop`; with PLAIN and PASS `ana` is enough, for the password
says itself which one it is. SCRAM never sends it, so there the name must.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions.accounts import accounts, second_factor
from papo.server.world.errors import Code, Refused
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.credentials import AppPassword
    from papo.server.world.records import Account


def split(name: str) -> tuple[str, str]:
    """(account, app password): `ana/laptop` is the app password `laptop` of the account `ana`."""
    account, _, app = name.partition("/")
    return account, app


def named(account: Account | None, app: str) -> AppPassword | None:
    """The app password of this name."""
    known = () if account is None else account.app_passwords
    return next((each for each in known if fold(each.name) == fold(app)), None)


def find(account: Account | None, app: str, password: str) -> AppPassword | None:
    """The app password that this is; `app` is the name that the program gave, or ""."""
    found = None if account is None else second_factor.find(account.app_passwords, password)
    return found if found is not None and app in {"", found.name} else None


def how(account: Account, password: str) -> str:
    """By what somebody has logged in who has given this password (`recent_proof.PROVES`)."""
    return "password" if find(account, "", password) is None else "app password"


def has(account: Account, app: AppPassword) -> bool:
    """Whether the account still has it."""
    return any(each.digest == app.digest for each in account.app_passwords)


async def note_use(chat: Chat, account: Account, app: AppPassword, address: str) -> Account:
    """Remember when and from where it logged in; returns the account. Raises Refused if it is gone."""

    def noted(now: Account) -> dict[str, object]:
        present = named(now, app.name)
        if present is None or not has(now, app):
            raise Refused(Code.BAD_CREDENTIALS)
        return {"app_passwords": second_factor.used(chat, now.app_passwords, present, address)}

    if noted(account)["app_passwords"] is account.app_passwords:
        return account
    try:
        return await accounts.edit(chat, account, noted)
    except Refused as refused:
        if refused.code not in {Code.BUSY, Code.NOT_STORED, Code.OUTCOME_UNKNOWN}:
            raise
        return account  # a disk that does not take a note keeps nobody from reading
