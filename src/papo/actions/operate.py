"""What operators of the server do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.actions.people import notice
from papo.world.events import Killed, WallopsSent
from papo.world.masks import matches
from papo.world.refused import Code, Refused

if TYPE_CHECKING:
    from papo.delivery.chat import Chat
    from papo.delivery.session import Session
    from papo.world.user import User


def check_operator(user: User) -> None:
    """Raises Refused unless the person is an operator of the server."""
    if not user.is_operator:
        raise Refused(Code.NEED_OPERATOR)


def may_become_operator(user: User, hosts: list[str]) -> bool:
    """Whether the person connects from where the operator block allows; an empty list allows nowhere."""
    by_address = f"{user.username}@{user.address}"
    return any(matches(mask, f"{user.username}@{user.host}") or matches(mask, by_address) for mask in hosts)


def kill(chat: Chat, session: Session, nick: str, reason: str) -> None:
    """Disconnect somebody, wherever they are connected. Raises Refused."""
    user = session.user
    assert user is not None
    check_operator(user)
    victim = chat.world.user(nick)
    if victim is None:
        raise Refused(Code.NO_SUCH_NICK, nick)
    notice(chat, "k", f"{user.nick} disconnected {victim.source} ({reason})")
    chat.emit(Killed(**chat.stamp(user), victim_uid=victim.uid, victim=victim.nick, reason=reason), session)


def wallops(chat: Chat, session: Session, text: str) -> None:
    """Write to everybody with user mode +w. Raises Refused."""
    user = session.user
    assert user is not None
    check_operator(user)
    chat.emit(WallopsSent(**chat.stamp(user), text=text), session)
