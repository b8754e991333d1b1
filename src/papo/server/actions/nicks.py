"""Which nicks a user may take."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from papo.server.world.confusables import skeletons
from papo.server.world.errors import Code, Refused
from papo.server.world.names import SERVICES, valid_nick, visible
from papo.server.world.permissions import check_rename

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.user import User


def check_available(chat: Chat, nick: str, uid: str = "", account_id: str = "") -> None:
    """Raises Refused if the nick is invalid, used by anyone but `uid`, or reserved by another account.

    Who has registered a nick under older rules may use it still, but nobody else.
    """
    if not valid_nick(nick, chat.config.limits.nick_length):
        owner = chat.world.registry.owner(nick)
        if owner is None or not owner.has_nick(nick):
            raise Refused(Code.BAD_NICK, nick)
        if owner.id != account_id:
            raise Refused(Code.NICK_RESERVED, nick)
    holder = chat.world.user(nick)
    if holder is not None and holder.uid != uid:
        raise Refused(Code.NICK_IN_USE, nick)
    check_not_reserved(chat, nick, account_id)


def check_not_reserved(chat: Chat, nick: str, account_id: str = "") -> None:
    """Raises Refused if another account reserves the nick, or one that looks like it."""
    if not chat.config.accounts.enforce_nicks:
        return
    owner = chat.world.registry.owner(nick)
    if owner is not None and owner.enforce and owner.id != account_id:
        raise Refused(Code.NICK_RESERVED, nick)


def check_change(chat: Chat, user: User, nick: str) -> None:
    """Raises Refused if the user may not change to this nick."""
    check_available(chat, nick, user.uid, user.account_id)
    for key in user.channels:
        check_rename(chat.world.channels[key], user)


def may_be_called(chat: Chat, user: User, name: str) -> bool:
    """Whether clients may show the user by this name (metadata `display-name`): it is seen, and looks like nobody else.

    Programs show it in place of the nick, so it is judged like one; but spaces and signs may be in it.
    """
    owner = chat.world.registry.owner(name)
    users = {chat.world.user(key) for key in skeletons(name)} - {None, user}
    if users or (owner is not None and owner.id != user.account_id):
        return False
    return name != "" and visible(name).strip() == name and SERVICES.isdisjoint(skeletons(name))


def claim(chat: Chat, nick: str, uid: str) -> bool | Awaitable[bool]:
    """Reserve the nick, and all that look like it, in the whole network; False if another user was faster."""
    return chat.nick_registry.claim(skeletons(nick), uid)
