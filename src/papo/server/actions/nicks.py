"""Nicks that belong to accounts: who may use them, and what becomes of those who do without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions import accounts
from papo.server.world.errors import Code, Refused
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.records import Account
    from papo.server.world.user import User


async def group(chat: Chat, user: User, nick: str) -> None:
    """The nick belongs to the person's account too. Raises Refused."""
    account = accounts.own(chat, user)

    def grouped(now: Account) -> dict[str, object]:
        if chat.world.registry.owner(nick) is not None:
            raise Refused(Code.ACCOUNT_EXISTS, nick)
        if len(now.nicks) >= chat.config.accounts.nicks:
            raise Refused(Code.TOO_MANY_NICKS)
        return {"nicks": (*now.nicks, nick)}

    await accounts.edit(chat, account, grouped)


async def ungroup(chat: Chat, account: Account, nick: str) -> None:
    """The nick is free again. Raises Refused."""

    def ungrouped(now: Account) -> dict[str, object]:
        if fold(nick) not in map(fold, now.nicks):
            raise Refused(Code.NICK_NOT_YOURS, nick)
        return {"nicks": tuple(each for each in now.nicks if fold(each) != fold(nick))}

    await accounts.edit(chat, account, ungrouped)


def check_owner(chat: Chat, nick: str, account_id: str) -> None:
    """Raises Refused where the nick, or one that looks like it, is kept for somebody else."""
    if not chat.config.accounts.enforce_nicks:
        return
    owner = chat.world.registry.owner(nick)
    if owner is not None and owner.enforce and owner.id != account_id:
        raise Refused(Code.NICK_RESERVED, nick)


def move_aside(chat: Chat, account: Account) -> None:
    """Whoever uses a nick that is somebody else's from now on gets another one."""
    from papo.server.actions.people import force_nick  # noqa: PLC0415 -- people ask this module who may use which nick

    if not (chat.config.accounts.enforce_nicks and account.enforce):
        return
    for nick in (account.name, *account.nicks):
        holder = chat.world.user(nick)
        if holder is not None and holder.account_id != account.id:
            force_nick(chat, holder)


def ghost(chat: Chat, user: User, nick: str) -> User:
    """Disconnect somebody who has a nick of one's own account; returns them. Raises Refused."""
    from papo.server.actions.people import kill  # noqa: PLC0415 -- as above

    account = accounts.own(chat, user)
    holder = chat.world.user(nick)
    if holder is None:
        raise Refused(Code.NO_SUCH_NICK, nick)
    owner = chat.world.registry.owner(nick)
    if holder is user or (holder.account_id != account.id and (owner is None or owner.id != account.id)):
        raise Refused(Code.NICK_NOT_YOURS, nick)
    kill(chat, holder, f"ghosted by {user.nick}")
    return holder
