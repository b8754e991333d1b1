"""What `papo account` does, on a running or a stopped server: one function for each action.

Each returns sentences: texts, to be translated when they are shown, and their values.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from papo.i18n import N_
from papo.server.actions import lifecycle, lookup
from papo.server.actions.accounts import accounts
from papo.server.actions.actor import user_of
from papo.server.auth.passwords import MAX_PASSWORD_BYTES
from papo.server.world.errors import Code, Refused

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat

Sentence: TypeAlias = tuple[str, dict[str, str]]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `papo account`."""

    action: str
    name: str = ""
    """Of the account."""
    value: str = ""
    """A new name, a reason, an address."""
    password: str = ""


async def carry_out(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    """Do what the order asks, and note it in the audit log. Raises Refused."""
    check_password(order)
    sentences = await ACTIONS[order.action](chat, actor, order)
    if order.action != "list":
        details = f"{order.name} {order.value}".strip()
        chat.audit(user_of(actor), f"ACCOUNT {order.action}", details)
    return sentences


async def _add(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    del actor
    holder = chat.world.user(order.name)
    accounts.check_name(chat, order.name, "" if holder is None else holder.uid)
    account = await accounts.create(chat, name=order.name, email=order.value, password=order.password)
    lifecycle.reclaim_nicks(chat, account)
    return [(N_("The account {name} is created."), {"name": account.name})]


async def _passwd(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    del actor
    account = lookup.get_account(chat, order.name)
    await accounts.set_password(chat, account, order.password)
    return [(N_("The password of {name} is changed."), {"name": account.name})]


async def _list(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    del actor, order
    lines: list[Sentence] = []
    for account in sorted(chat.world.registry.accounts.values(), key=lambda each: each.name.lower()):
        state = N_("{name}") if account.verified else N_("{name} (not verified)")
        if account.suspended:
            state = N_("{name} (suspended: {reason})")
        lines.append((state, {"name": account.name, "reason": account.suspended}))
    return lines or [(N_("There are no accounts."), {})]


async def _suspend(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    account = await accounts.suspend(chat, actor, lookup.get_account(chat, order.name), order.value)
    return [(N_("The account {name} is suspended."), {"name": account.name})]


async def _unsuspend(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    account = await accounts.unsuspend(chat, actor, lookup.get_account(chat, order.name))
    return [(N_("The account {name} is no longer suspended."), {"name": account.name})]


async def _rename(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    old = lookup.get_account(chat, order.name)
    account = await accounts.rename(chat, actor, old, order.value)
    return [(N_("The account {old} is now called {name}."), {"old": old.name, "name": account.name})]


async def _drop(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    account = lookup.get_account(chat, order.name)
    await accounts.drop(chat, actor, account)
    return [(N_("The account {name} is deleted."), {"name": account.name})]


async def _verify(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    account = await accounts.verify(chat, actor, lookup.get_account(chat, order.name))
    return [(N_("The account {name} is verified."), {"name": account.name})]


async def _export(chat: Chat, actor: Actor, order: Order) -> list[Sentence]:
    del actor
    account = lookup.get_account(chat, order.name)
    events = await chat.store.sent_by(account.name, account.named_at_ms)
    return [("{line}", {"line": msgspec.json.encode(event).decode()}) for event in events]


ACTIONS: dict[str, Callable[[Chat, Actor, Order], Awaitable[list[Sentence]]]] = {
    "add": _add,
    "passwd": _passwd,
    "list": _list,
    "suspend": _suspend,
    "unsuspend": _unsuspend,
    "rename": _rename,
    "drop": _drop,
    "verify": _verify,
    "export": _export,
}
NEED_PASSWORD = frozenset({"add", "passwd"})


def check_password(order: Order) -> None:
    """Raises Refused if the action needs a password, and it is empty or too long."""
    if order.action in NEED_PASSWORD and not 0 < len(order.password.encode()) <= MAX_PASSWORD_BYTES:
        raise Refused(Code.UNACCEPTABLE_PASSWORD, order.name)
