"""Arrive, leave, take a nick, go away: what people do about themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING

from papo.wire.text import cut
from papo.world.events import Arrived, AwaySet, Departed, RealnameSet, Renamed, ServerNoticed, UserModesSet
from papo.world.names import fold, host_of, valid_nick, valid_username
from papo.world.permissions import check_rename
from papo.world.refused import Code, Refused

if TYPE_CHECKING:
    from papo.delivery.chat import Chat
    from papo.delivery.session import Session
    from papo.world.user import User


def check_nick(chat: Chat, nick: str, uid: str = "") -> None:
    """Raises Refused where nobody may have this nick, or somebody other than `uid` has it."""
    if not valid_nick(nick, chat.config.limits.nick_length):
        raise Refused(Code.BAD_NICK, nick)
    holder = chat.world.user(nick)
    if holder is not None and holder.uid != uid:
        raise Refused(Code.NICK_IN_USE, nick)


def claim_nick(chat: Chat, nick: str, uid: str) -> bool | Awaitable[bool]:
    """Own the nick in the whole network, before it is used. False: somebody else was faster."""
    return chat.claims.claim(fold(nick), uid)


def arrive(
    chat: Chat,
    session: Session,
    *,
    uid: str,
    nick: str,
    username: str,
    realname: str,
    dialect: str,
    host: str = "",
) -> User:
    """Bring a person in under a nick already claimed."""
    address = session.link.address
    username = valid_username(username)
    host = host or host_of(address)
    at_ms = chat.now_ms()
    event = Arrived(
        uid=uid,
        source=f"{nick}!{username}@{host}",
        at_ms=at_ms,
        msgid=chat.names.msgid(at_ms),
        nick=nick,
        username=username,
        host=host,
        realname=cut(realname, chat.config.limits.realname_length),
        address=address,
        secure=session.link.secure,
        node=chat.config.server.name,
        dialect=dialect,
    )
    chat.emit(event)
    user = session.user = chat.world.users[uid]
    chat.fanout.attach(uid, session)
    chat.welcomed(session)
    if chat.world.operators:
        notice(chat, "c", f"{event.source} [{address}] came in by {dialect}")
    return user


def depart(chat: Chat, user: User, reason: str, *, dropped: bool = False) -> None:
    """Take a person out; does nothing the second time."""
    if chat.world.users.get(user.uid) is not user:
        return
    chat.claims.release(user.key, user.uid)
    chat.emit(
        Departed(
            **chat.stamp(user),
            reason=reason,
            channels=user.channels,
            eras=chat.eras(user),
            unseen=chat.world.unseen_in(user.uid, user.channels),
            dropped=dropped,
        )
    )
    if chat.world.operators:
        notice(chat, "c", f"{user.source} left ({reason})")


def check_may_rename(chat: Chat, user: User, nick: str) -> None:
    """Raises Refused where the person may not take this nick."""
    check_nick(chat, nick, user.uid)
    for key in user.channels:
        check_rename(chat.world.channels[key], user)


def rename(chat: Chat, session: Session, nick: str) -> None:
    """Take a nick already claimed, and give the old one back."""
    user = session.user
    assert user is not None
    if nick == user.nick:
        return
    old = user.key
    chat.emit(Renamed(**chat.stamp(user), nick=nick, channels=user.channels, eras=chat.eras(user)), session)
    if old != fold(nick):
        chat.claims.release(old, user.uid)


def set_away(chat: Chat, session: Session, message: str | None) -> None:
    """Go away with a message, or come back (None). Saying the same again is silent."""
    user = session.user
    assert user is not None
    message = cut(message, chat.config.limits.away_length) if message else None
    if message != user.away:
        chat.emit(AwaySet(**chat.stamp(user), message=message, channels=user.channels), session)


def set_realname(chat: Chat, session: Session, realname: str) -> None:
    """Change the real name."""
    user = session.user
    assert user is not None
    chat.emit(RealnameSet(**chat.stamp(user), realname=realname, channels=user.channels), session)


def set_user_modes(
    chat: Chat, session: Session, changes: Iterable[tuple[str, str]], snomask: str | None = None
) -> None:
    """Change one's own modes; those that change nothing fall away."""
    user = session.user
    assert user is not None
    real = tuple((sign, letter) for sign, letter in changes if (letter in user.modes) != (sign == "+"))
    if real or snomask is not None:
        chat.emit(UserModesSet(**chat.stamp(user), changes=real, snomask=snomask), session)


def notice(chat: Chat, mask: str, text: str) -> None:
    """Tell operators who asked for this kind of notice."""
    chat.emit(ServerNoticed(**chat.server_stamp(), mask=mask, text=text))
