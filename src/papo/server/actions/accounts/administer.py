"""What `papo account` does, on a running or a stopped server: one function for each action.

Each returns sentences: texts, to be translated when they are shown, and their values.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from papo.i18n import N_
from papo.server.actions import lifecycle, lookup
from papo.server.actions.accounts import accounts, credentials, export, passwords
from papo.server.actions.actor import user_of
from papo.server.auth.passwords import MAX_PASSWORD_BYTES
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account

Sentence: TypeAlias = tuple[str, dict[str, str]]


class AdminRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `papo account`."""

    action: str
    name: str = ""
    """Of the account."""
    value: str = ""
    """A new name, a reason, an address."""
    password: str = ""
    forget: bool = False
    """Of `drop`: delete everything that the account did as well."""


ABOUT = "about"
"""What `export` is asked for first; then the numbers of the parts, from 0."""


async def execute(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    """Do what the request asks, and note it in the audit log. Raises Refused."""
    check_password(request)
    return await ACTIONS[request.action](chat, actor, request)


def _note(chat: Chat, actor: Actor, request: AdminRequest) -> None:
    """Audit the request, in the same commit as what is handed over before the next `await`."""
    chat.audit(user_of(actor), f"ACCOUNT {request.action}", f"{request.name} {request.value}".strip())


async def _add(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    holder = chat.world.user(request.name)
    accounts.check_name(chat, request.name, "" if holder is None else holder.uid)

    def made(new: Account) -> None:
        _note(chat, actor, request)
        lifecycle.reclaim_nicks(chat, new)

    account = await accounts.create(chat, name=request.name, email=request.value, password=request.password, also=made)
    return [(N_("The account {name} is created."), {"name": account.name})]


async def _passwd(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    account = lookup.get_account(chat, request.name)
    await passwords.set_by_operator(chat, actor, account, request.password, lambda _: _note(chat, actor, request))
    return [(N_("The password of {name} is changed."), {"name": account.name})]


async def _list(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    del actor, request
    lines: list[Sentence] = []
    for account in sorted(chat.world.registry.accounts.values(), key=lambda each: each.name.lower()):
        state = N_("{name}") if account.verified else N_("{name} (not verified)")
        if account.suspended:
            state = N_("{name} (suspended: {reason})")
        lines.append((state, {"name": account.name, "reason": account.suspended}))
    return lines or [(N_("There are no accounts."), {})]


async def _suspend(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    account = lookup.get_account(chat, request.name)
    _note(chat, actor, request)
    account = await accounts.suspend(chat, actor, account, request.value)
    return [(N_("The account {name} is suspended."), {"name": account.name})]


async def _unsuspend(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    account = lookup.get_account(chat, request.name)
    _note(chat, actor, request)
    account = await accounts.unsuspend(chat, actor, account)
    return [(N_("The account {name} is no longer suspended."), {"name": account.name})]


async def _rename(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    old = lookup.get_account(chat, request.name)
    _note(chat, actor, request)
    account = await accounts.rename(chat, actor, old, request.value)
    return [(N_("The account {old} is now called {name}."), {"old": old.name, "name": account.name})]


async def _drop(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    account = lookup.get_account(chat, request.name)
    _note(chat, actor, request)
    if request.forget:
        count = await accounts.drop_and_forget(chat, actor, account)
        values = {"name": account.name, "count": str(count)}
        return [(N_("The account {name} is deleted, and all it did: {count} messages."), values)]
    await accounts.drop(chat, actor, account)
    return [(N_("The account {name} is deleted."), {"name": account.name})]


async def _verify(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    account = lookup.get_account(chat, request.name)
    _note(chat, actor, request)
    account = await accounts.verify(chat, actor, account)
    return [(N_("The account {name} is verified."), {"name": account.name})]


async def _remove_second_factor(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    account = lookup.get_account(chat, request.name)
    _note(chat, actor, request)
    await credentials.remove_by_operator(chat, actor, account)
    return [(N_("The account {name} has no second factor any more."), {"name": account.name})]


async def _export(chat: Chat, actor: Actor, request: AdminRequest) -> list[Sentence]:
    """One line of JSON: what is known of the account, or a part of its history and where the next one starts."""
    account = lookup.get_account(chat, request.name)
    if request.value == ABOUT:
        _note(chat, actor, request)
        await chat.journal.committed()
        return [("{line}", {"line": msgspec.json.encode(await export.about(chat, account)).decode()})]
    part = await export.part(chat, account, int(request.value))
    return [("{line}", {"line": msgspec.json.encode(part).decode()})]


ACTIONS: dict[str, Callable[[Chat, Actor, AdminRequest], Awaitable[list[Sentence]]]] = {
    "add": _add,
    "passwd": _passwd,
    "list": _list,
    "suspend": _suspend,
    "unsuspend": _unsuspend,
    "rename": _rename,
    "drop": _drop,
    "verify": _verify,
    "2fa-off": _remove_second_factor,
    "export": _export,
}
NEED_PASSWORD = frozenset({"add", "passwd"})


def check_password(request: AdminRequest) -> None:
    """Raises Refused if the action needs a password, and it is empty or too long."""
    if request.action in NEED_PASSWORD and not 0 < len(request.password.encode()) <= MAX_PASSWORD_BYTES:
        raise Refused(Code.UNACCEPTABLE_PASSWORD, request.name)
