"""What `papo account` does, on a running or a stopped server: one function for each action, sentences out.

A sentence is a text to be translated where it is shown, and its values.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from papo.i18n import N_
from papo.server.actions import accounts, nicks
from papo.server.auth.passwords import MAX_PASSWORD_BYTES
from papo.server.world.errors import Code, Refused
from papo.server.world.events import Audited

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat

Sentence: TypeAlias = tuple[str, dict[str, str]]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `papo account`."""

    action: str
    name: str = ""
    """The account."""
    value: str = ""
    """A new name, a reason, an address."""
    password: str = ""


async def carry_out(chat: Chat, order: Order) -> list[Sentence]:
    """Do it. Raises Refused."""
    said = await ACTIONS[order.action](chat, order)
    if order.action != "list":
        details = f"{order.name} {order.value}".strip()
        chat.emit(Audited(**chat.server_stamp(), action=f"ACCOUNT {order.action}", details=details))
    return said


async def _add(chat: Chat, order: Order) -> list[Sentence]:
    holder = chat.world.user(order.name)
    accounts.check_name(chat, order.name, "" if holder is None else holder.uid)
    account = await accounts.make(chat, name=order.name, email=order.value, password=order.password)
    nicks.move_aside(chat, account)
    return [(N_("The account {name} is made."), {"name": account.name})]


async def _passwd(chat: Chat, order: Order) -> list[Sentence]:
    account = accounts.get(chat, order.name)
    await accounts.set_password(chat, account, order.password)
    return [(N_("The password of {name} is changed."), {"name": account.name})]


async def _list(chat: Chat, order: Order) -> list[Sentence]:
    del order
    lines: list[Sentence] = []
    for account in sorted(chat.world.registry.accounts.values(), key=lambda each: each.name.lower()):
        state = N_("{name}") if account.verified else N_("{name} (not verified)")
        if account.suspended:
            state = N_("{name} (suspended: {reason})")
        lines.append((state, {"name": account.name, "reason": account.suspended}))
    return lines or [(N_("There are no accounts."), {})]


async def _suspend(chat: Chat, order: Order) -> list[Sentence]:
    account = await accounts.suspend(chat, accounts.get(chat, order.name), order.value)
    return [(N_("The account {name} is suspended."), {"name": account.name})]


async def _unsuspend(chat: Chat, order: Order) -> list[Sentence]:
    account = await accounts.change(chat, accounts.get(chat, order.name), suspended="", suspended_until_ms=0)
    return [(N_("The account {name} is suspended no longer."), {"name": account.name})]


async def _rename(chat: Chat, order: Order) -> list[Sentence]:
    old = accounts.get(chat, order.name)
    account = await accounts.rename(chat, old, order.value)
    return [(N_("The account {old} is called {name} now."), {"old": old.name, "name": account.name})]


async def _drop(chat: Chat, order: Order) -> list[Sentence]:
    account = accounts.get(chat, order.name)
    await accounts.drop(chat, account)
    return [(N_("The account {name} is deleted."), {"name": account.name})]


async def _verify(chat: Chat, order: Order) -> list[Sentence]:
    account = await accounts.change(chat, accounts.get(chat, order.name), verified=True, code="", code_until_ms=0)
    return [(N_("The account {name} is verified."), {"name": account.name})]


async def _export(chat: Chat, order: Order) -> list[Sentence]:
    account = accounts.get(chat, order.name)
    events = await chat.store.said_by(account.name, account.named_at_ms)
    return [("{line}", {"line": msgspec.json.encode(event).decode()}) for event in events]


ACTIONS: dict[str, Callable[[Chat, Order], Awaitable[list[Sentence]]]] = {
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
    """Raises Refused for an empty or overlong password where one is needed."""
    if order.action in NEED_PASSWORD and not 0 < len(order.password.encode()) <= MAX_PASSWORD_BYTES:
        raise Refused(Code.UNACCEPTABLE_PASSWORD, order.name)
