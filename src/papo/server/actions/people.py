"""Arrive, leave, take a nick, go away: what people do about themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING

from papo.protocol.text import cut
from papo.server.actions import always_on, nicks
from papo.server.world.cloak import cloak, is_public
from papo.server.world.confusables import skeleton
from papo.server.world.errors import Code, Refused
from papo.server.world.events import (
    AwaySet,
    Killed,
    RealnameSet,
    Renamed,
    ServerNoticed,
    UserConnected,
    UserModesSet,
    UserQuit,
)
from papo.server.world.names import SERVICES, host_of, valid_nick, valid_username
from papo.server.world.permissions import check_rename

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.records import Account
    from papo.server.world.user import User


def check_nick(chat: Chat, nick: str, uid: str = "", account_id: str = "") -> None:
    """Raises Refused where nobody may have this nick, somebody other than `uid` has it, or it is kept for another."""
    if not valid_nick(nick, chat.config.limits.nick_length) or skeleton(nick) in SERVICES:
        raise Refused(Code.BAD_NICK, nick)
    holder = chat.world.user(nick)
    if holder is not None and holder.uid != uid:
        raise Refused(Code.NICK_IN_USE, nick)
    nicks.check_owner(chat, nick, account_id)


def claim_nick(chat: Chat, nick: str, uid: str) -> bool | Awaitable[bool]:
    """Own the nick, and all that look like it, in the whole network, before it is used. False: somebody was faster."""
    return chat.nick_registry.claim(skeleton(nick), uid)


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
    account: Account | None = None,
) -> User:
    """Bring a person in under a nick already claimed."""
    address = session.link.address
    username = valid_username(username)
    hidden = cloak_of(chat, address)
    shown = hidden or host or host_of(address)
    if account is not None and account.vhost and account.vhost_on:
        shown = account.vhost
    at_ms = chat.now_ms()
    event = UserConnected(
        uid=uid,
        source=f"{nick}!{username}@{shown}",
        at_ms=at_ms,
        msgid=chat.names.msgid(at_ms),
        account=None if account is None else account.name,
        nick=nick,
        username=username,
        host=shown,
        realname=cut(realname, chat.config.limits.realname_length),
        address=address,
        secure=session.link.secure,
        node=chat.config.server.name,
        dialect=dialect,
        account_id="" if account is None else account.id,
        cloak=hidden,
    )
    chat.emit(event)
    user = session.user = chat.world.users[uid]
    chat.fanout.attach(uid, session)
    chat.welcomed(session)
    if account is not None:
        always_on.settle(chat, user)
    if chat.config.server.user_modes:
        modes = tuple(("+", letter) for letter in chat.config.server.user_modes)
        chat.emit(UserModesSet(**chat.stamp(user), changes=modes))
    if chat.world.operators:
        notice(chat, "c", f"{event.source} [{address}] came in by {dialect}")
    return user


def cloak_of(chat: Chat, address: str) -> str:
    """What stands for the address; "" where others may see it."""
    policy = chat.config.privacy.cloak
    if not address or policy == "off" or (policy == "public" and not is_public(address)):
        return ""
    return cloak(address, chat.cloak_secret, chat.config.privacy.cloak_suffix)


def attach(chat: Chat, session: Session, user: User) -> None:
    """One more connection of somebody who is here."""
    session.user = user
    chat.welcomed(session)
    always_on.present(chat, user)


def leave(chat: Chat, session: Session, reason: str, *, dropped: bool = False, device: str = "") -> None:
    """A connection has ended: the person goes with their last one, unless they stay."""
    user = session.user
    assert user is not None
    if chat.world.users.get(user.uid) is not user:
        return
    others = [each for each in chat.fanout.sessions.get(user.uid, ()) if each is not session]
    if not others and user.uid not in chat.lasting:
        depart(chat, user, reason, dropped=dropped)
        return
    chat.fanout.detach(user, session)
    always_on.seen(chat, user, device)
    if not others:
        always_on.absent(chat, user)


def kill(chat: Chat, victim: User, reason: str, by: Session | None = None) -> None:
    """Disconnect somebody, as another person or as the server (None); who is always on stays no longer either."""
    killer = None if by is None else by.user
    stamp = chat.server_stamp() if killer is None else chat.stamp(killer)
    chat.emit(Killed(**stamp, victim_uid=victim.uid, victim=victim.nick, reason=reason), by)
    always_on.release(chat, victim)
    if not chat.fanout.sessions.get(victim.uid):
        name = chat.config.server.name if killer is None else killer.nick
        depart(chat, victim, f"Killed ({name} ({reason}))")


def depart(chat: Chat, user: User, reason: str, *, dropped: bool = False) -> None:
    """Take a person out; does nothing the second time."""
    if chat.world.users.get(user.uid) is not user:
        return
    chat.nick_registry.release(skeleton(user.nick), user.uid)
    chat.emit(
        UserQuit(
            **chat.stamp(user),
            reason=cut(reason, chat.config.limits.kick_length),
            channels=user.channels,
            history_scopes=chat.history_scopes(user),
            unseen=chat.world.unseen_in(user.uid, user.channels),
            dropped=dropped,
        )
    )
    if chat.world.operators:
        notice(chat, "c", f"{user.source} left ({reason})")


def force_nick(chat: Chat, user: User) -> None:
    """Give somebody a nick that nobody has: theirs belongs to somebody else."""
    for number in range(1, 10_000):
        nick = f"guest_{number}"
        if chat.world.user(nick) is None and chat.nick_registry.claim(nick, user.uid) is True:
            break
    else:
        return
    old = user.nick
    chat.emit(Renamed(**chat.stamp(user), nick=nick, channels=user.channels, history_scopes=chat.history_scopes(user)))
    chat.nick_registry.release(skeleton(old), user.uid)


def check_may_rename(chat: Chat, user: User, nick: str) -> None:
    """Raises Refused where the person may not take this nick."""
    check_nick(chat, nick, user.uid, user.account_id)
    for key in user.channels:
        check_rename(chat.world.channels[key], user)


def rename(chat: Chat, session: Session, nick: str) -> None:
    """Take a nick already claimed, and give the old one back."""
    user = session.user
    assert user is not None
    if nick == user.nick:
        return
    old = skeleton(user.nick)
    chat.emit(
        Renamed(**chat.stamp(user), nick=nick, channels=user.channels, history_scopes=chat.history_scopes(user)),
        session,
    )
    if old != skeleton(nick):
        chat.nick_registry.release(old, user.uid)


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


def become_operator(chat: Chat, session: Session, name: str, powers: tuple[str, ...]) -> None:
    """Be an operator of the server under this name, with these powers."""
    user = session.user
    assert user is not None
    changes = tuple(("+", letter) for letter in "os" if letter not in user.modes)
    chat.emit(UserModesSet(**chat.stamp(user), changes=changes, snomask="ck", operator=name, powers=powers), session)


def notice(chat: Chat, mask: str, text: str) -> None:
    """Tell operators who asked for this kind of notice."""
    chat.emit(ServerNoticed(**chat.server_stamp(), mask=mask, text=text))
