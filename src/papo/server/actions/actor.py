"""Who acts: a user with a connection, a user without one, or the server itself.

Every action that changes something takes an `Actor`. A connection (`delivery.session.Session`) is one; `of_account` and
`of_server` make one for an HTTP request, a scheduled job or the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from papo.server.actions import lookup
from papo.server.actions.accounts import login
from papo.server.world.errors import Code, Refused
from papo.server.world.names import valid_username
from papo.server.world.permissions import POWERS, SERVER
from papo.server.world.user import User

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.records import Account


class Actor(Protocol):
    """Whose rights an action checks, and which connection gets the actor's own copy of what happens.

    An action raises Refused or returns a value: wording that for the actor is its caller's business.
    """

    @property
    def user(self) -> User | None:
        """None for a connection that has not registered: it cannot act."""

    @property
    def origin(self) -> Session | None:
        """The connection that acts. It gets its own copy in its own way, such as a labeled response."""

    @property
    def language(self) -> str:
        """The language to word answers in, such as `pt_BR`; "" for the server's."""


class DetachedActor(NamedTuple):
    """An actor without a connection."""

    user: User
    language: str = ""
    origin: Session | None = None


def of_account(chat: Chat, account: Account) -> Actor:
    """Acts for an account: as the user who is logged in to it, else as a user who is in no channel.

    Raises Refused if the account is suspended, or if its name is the nick of another user.
    """
    account = lookup.current(chat, account)
    users = lookup.users_of(chat, account)
    if users:
        return DetachedActor(users[0], account.language)
    if chat.world.user(account.name) is not None:
        raise Refused(Code.NICK_IN_USE, account.name)
    host = login.vhost_of(account) or chat.config.server.name
    user = User(
        chat.ids.uid(),
        account.name,
        valid_username(account.name),
        host,
        account.name,
        account=account.name,
        account_id=account.id,
    )
    return DetachedActor(user, account.language)


def of_server(chat: Chat) -> Actor:
    """Acts for the server, which may do everything and is in no channel."""
    return DetachedActor(User("", chat.config.server.name, "", "", "", powers=frozenset({SERVER, *POWERS})))


def user_of(actor: Actor) -> User:
    """The user who acts."""
    if actor.user is None:
        raise AssertionError("a connection acts before it has registered")
    return actor.user


def check_power(actor: Actor, power: str) -> None:
    """Raises Refused unless the actor is an operator of the server with this power, or the server."""
    if not user_of(actor).may(power):
        raise Refused(Code.NEED_OPERATOR)
