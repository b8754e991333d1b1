"""Log a user in to an account or out of it, and the host that others see then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.server.actions import always_on, lookup
from papo.server.world.cloak import cloak, is_global
from papo.server.world.events import HostSet, LoggedIn
from papo.server.world.names import host_of

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.records import Account
    from papo.server.world.user import User


def log_in(chat: Chat, user: User, account: Account, origin: Session | None = None) -> None:
    """The user is logged in to the account from now on."""
    _set_account(chat, user, account.name, account.id, origin)


def log_out(chat: Chat, user: User, origin: Session | None = None) -> None:
    """The user is a guest from now on, with the same nick."""
    _set_account(chat, user, None, "", origin)


def _set_account(chat: Chat, user: User, name: str | None, account_id: str, origin: Session | None) -> None:
    if user.account_id == account_id and user.account == name:
        return
    if user.account_id != account_id:
        always_on.release(chat, user)
    chat.emit(LoggedIn(**chat.stamp(user), now=name, now_id=account_id, channels=user.channels), origin)
    update_host(chat, user)


def cloak_of(chat: Chat, address: str) -> str:
    """What others see in place of the address; "" if they may see it."""
    policy = chat.config.privacy.cloak
    if not address or policy == "off" or (policy == "public" and not is_global(address)):
        return ""
    return cloak(address, chat.cloak_secret, chat.config.privacy.cloak_suffix)


def vhost_of(account: Account | None) -> str:
    """The host that the account's users are shown with; "" for their own."""
    return account.vhost if account is not None and account.vhost_on else ""


def update_host(chat: Chat, user: User) -> None:
    """Show the user with the host of their account, else with their cloak or address."""
    account = chat.world.registry.accounts.get(user.account_id)
    host = vhost_of(account) or user.cloak or host_of(user.address)
    if host != user.host:
        chat.emit(HostSet(**chat.stamp(user), username=user.username, host=host, channels=user.channels))


def update_hosts(chat: Chat, account: Account) -> None:
    """As `update_host`, for every user of the account."""
    for user in lookup.users_of(chat, account):
        update_host(chat, user)
