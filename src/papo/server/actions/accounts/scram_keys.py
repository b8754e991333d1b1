"""What accounts keep for SCRAM-SHA-256: as many rounds as the settings say, or nothing at all.

Keys can only be made from the password: they are renewed whenever somebody logs in with it (PLAIN, PASS, NickServ), and
never by SCRAM itself, which does not show it to the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from papo.server.actions.accounts import accounts
from papo.server.auth.passwords import TooBusy
from papo.server.auth.scram import rounds_of
from papo.server.world.errors import Refused
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account

BATCH = 200
"""Accounts changed in one commit."""


def keys_of(chat: Chat, account: Account | None, name: str) -> str:
    """The account's keys; a decoy if there is no such account, or if it has none."""
    if account is not None and account.scram:
        return account.scram

    def rounds_in_use() -> list[int]:
        return [rounds_of(other.scram) for other in chat.world.registry.accounts.values() if other.scram]

    return chat.scram_decoys.keys(fold(name), rounds_in_use, chat.monotonic_s())


async def renew(chat: Chat, account: Account, password: str) -> Account:
    """Make the keys of an account again whose password is right, if the settings want others. Raises nothing."""
    rounds = accounts.scram_rounds(chat)
    if rounds_of(account.scram) == rounds:
        return account
    try:
        keys = await chat.passwords.scram(password, rounds)
        if keys == account.scram:
            return account  # a password that SCRAM does not allow
        return await accounts.edit(
            chat, account, lambda now: {"scram": keys if now.secret == account.secret else now.scram}
        )
    except (TooBusy, Refused):
        return account  # at another login


def _has_keys(account: Account) -> bool:
    return bool(account.scram) or any(app.scram for app in account.app_passwords)


async def remove_unwanted(chat: Chat) -> None:
    """Remove the keys of all accounts if the settings want none. Raises Refused."""
    if accounts.scram_rounds(chat):
        return
    with_keys = [account.id for account in chat.world.registry.accounts.values() if _has_keys(account)]
    for at in range(0, len(with_keys), BATCH):
        for account_id in with_keys[at : at + BATCH]:
            account = chat.world.registry.accounts.get(account_id)
            if account is not None and _has_keys(account):
                apps = tuple(msgspec.structs.replace(app, scram="") for app in account.app_passwords)
                chat.records.store_soon(msgspec.structs.replace(account, scram="", app_passwords=apps))
        await chat.journal.flush()
