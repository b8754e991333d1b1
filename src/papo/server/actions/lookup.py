"""Who is meant: the user of a nick, the account of a name, the users of an account. Nothing here changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.world.errors import Code, Refused
from papo.server.world.names import fold

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.records import Account
    from papo.server.world.user import User


def get_user(chat: Chat, nick: str) -> User:
    """The user with this nick. Raises Refused."""
    user = chat.world.user(nick)
    if user is None:
        raise Refused(Code.NO_SUCH_NICK, nick)
    return user


def get_member(chat: Chat, channel: Channel, nick: str) -> User:
    """The channel's member with this nick. Raises Refused."""
    user = get_user(chat, nick)
    if user.uid not in channel.members:
        raise Refused(Code.USER_NOT_IN_CHANNEL, user.nick, channel.name)
    return user


def find_account(chat: Chat, name: str) -> Account | None:
    """The account with this name, or with this nick among its own."""
    registry = chat.world.registry
    account = registry.account(name)
    if account is not None:
        return account
    owner = registry.owner(name)  # also of nicks that only look like this one
    return owner if owner is not None and fold(name) in map(fold, owner.nicks) else None


def get_account(chat: Chat, name: str) -> Account:
    """As `find_account`. Raises Refused if there is none."""
    account = find_account(chat, name)
    if account is None:
        raise Refused(Code.NO_SUCH_ACCOUNT, name)
    return account


def account_of(chat: Chat, user: User) -> Account:
    """The account that the user is logged in to. Raises Refused if there is none."""
    account = chat.world.registry.accounts.get(user.account_id)
    if account is None:
        raise Refused(Code.NOT_LOGGED_IN)
    return account


def users_of(chat: Chat, account: Account) -> list[User]:
    """The users who are logged in to the account."""
    return [user for user in chat.world.users.values() if user.account_id == account.id]


def check_usable(chat: Chat, account: Account) -> None:
    """Raises Refused if nobody may log in to the account. Every way of logging in ends here."""
    if account.suspended and not (0 < account.suspended_until_ms <= chat.now_ms()):
        raise Refused(Code.SUSPENDED, account.suspended)
    if not account.verified:
        raise Refused(Code.UNVERIFIED, account.name)
    ban = chat.world.registry.bans.get(f"account:{fold(account.name)}")
    if ban is not None and not (0 < ban.until_ms <= chat.now_ms()):
        raise Refused(Code.SUSPENDED, ban.reason)


def current(chat: Chat, account: Account) -> Account:
    """The account as it is now: it may have changed since it was read, and proved.

    Raises Refused if it is gone or not usable, or if its sessions have been ended since.
    """
    now = chat.world.registry.accounts.get(account.id)
    if now is None or now.not_before_ms != account.not_before_ms:
        raise Refused(Code.BAD_CREDENTIALS)
    check_usable(chat, now)
    return now
