"""A user's life on the network: connect, change the nick, leave, be killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.protocol.text import cut
from papo.server.actions import always_on, lookup, nicks, users
from papo.server.actions.accounts import login
from papo.server.actions.actor import of_server, user_of
from papo.server.world.errors import Code, Refused
from papo.server.world.events import (
    Killed,
    Renamed,
    ServerNoticed,
    SessionAttached,
    SessionDetached,
    UserConnected,
    UserModesSet,
    UserQuit,
)
from papo.server.world.names import host_of, valid_username, visible

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.delivery.session import Session
    from papo.server.world.records import Account
    from papo.server.world.user import User

MAX_GUESTS = 10_000
"""Nicks `guest_1`, `guest_2` and so on that are tried."""


def connect(
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
    """A new user with this connection and a nick that is already claimed. A fact: the client is here."""
    address = session.link.address
    username = valid_username(username)
    hidden = login.cloak_of(chat, address)
    shown = login.vhost_of(account) or hidden or host or host_of(address)
    at_ms = chat.now_ms()
    event = UserConnected(
        uid=uid,
        source=f"{nick}!{username}@{shown}",
        at_ms=at_ms,
        msgid=chat.ids.msgid(at_ms),
        account=None if account is None else account.name,
        nick=nick,
        username=username,
        host=shown,
        realname=cut(visible(realname), chat.config.limits.realname_length).strip() or nick,
        address=address,
        secure=session.link.secure,
        node=chat.config.server.name,
        dialect=dialect,
        account_id="" if account is None else account.id,
        cloak=hidden,
    )
    with chat.journal.facts():
        chat.emit(event)
        user = session.user = chat.world.users[uid]
        chat.sessions.attach(user, session)
        chat.on_registration_end(session)
        if account is not None:
            always_on.update(chat, user)
        if chat.config.server.user_modes:
            modes = tuple(("+", letter) for letter in chat.config.server.user_modes)
            chat.emit(UserModesSet(**chat.stamp(user), changes=modes))
        if chat.world.operators:
            notify_operators(chat, "c", f"{event.source} [{address}] connected by {dialect}")
    return user


def attach(chat: Chat, session: Session, user: User) -> None:
    """One more connection of a user who is here already. A fact.

    They are no operator of the server from then on: it has proved who owns the account, and that is not enough.
    Raises Refused if the user is in a channel for TLS only and the connection is without: it would hear the channel,
    and read its history.
    """
    if not session.link.secure and any("z" in chat.world.channels[key].modes for key in user.channels):
        raise Refused(Code.NEED_SECURE_LOGIN)
    session.user = user
    with chat.journal.facts():
        users.end_operator(chat, user)
        chat.emit(SessionAttached(**chat.stamp(user), node=chat.config.server.name, secure=session.link.secure))
        chat.on_registration_end(session)
        always_on.clear_auto_away(chat, user)


def disconnect(chat: Chat, session: Session, reason: str, *, dropped: bool = False, device: str = "") -> None:
    """A connection has ended: its user quits if it was their last, unless they are always on. A fact."""
    user = session.user
    assert user is not None
    if chat.world.users.get(user.uid) is not user:
        return
    with chat.journal.facts():
        if len(user.sessions) <= 1 and user.uid not in chat.world.always_on:
            quit_user(chat, user, reason, dropped=dropped)
            chat.free_nick((user.nick, user.uid))  # now: whoever comes back at once has it again
            return
        chat.sessions.detach(user, session)
        chat.emit(SessionDetached(**chat.stamp(user), node=chat.config.server.name, secure=session.link.secure))
        always_on.note_device(chat, user, device)
        if not user.sessions:
            users.end_operator(chat, user)
            always_on.set_auto_away(chat, user)


def quit_user(chat: Chat, user: User, reason: str, *, dropped: bool = False) -> None:
    """Remove the user from the network; does nothing the second time. Their nick is free when it is on disk."""
    if chat.world.users.get(user.uid) is not user:
        return
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
    chat.journal.keep(chat.free_nick, (user.nick, user.uid))
    if chat.world.operators:
        notify_operators(chat, "c", f"{user.source} left ({reason})")


def kill(chat: Chat, actor: Actor, victim: User, reason: str) -> None:
    """Disconnect a user, an always-on one too. Rights are the caller's business."""
    killer = user_of(actor)
    chat.emit(Killed(**chat.stamp(killer), victim_uid=victim.uid, victim=victim.nick, reason=reason), actor.origin)
    always_on.release(chat, victim)
    if not victim.sessions:
        quit_user(chat, victim, f"Killed ({killer.nick} ({reason}))")


def change_nick(chat: Chat, actor: Actor, nick: str) -> None:
    """Take a nick that is already claimed; the old one is free when the change is on disk."""
    user = user_of(actor)
    if nick != user.nick:
        _change_nick(chat, user, nick, actor.origin)


def _change_nick(chat: Chat, user: User, nick: str, origin: Session | None) -> None:
    old = user.nick
    chat.emit(
        Renamed(
            **chat.stamp(user),
            nick=nick,
            channels=user.channels,
            history_scopes=chat.history_scopes(user),
            unseen=chat.world.unseen_in(user.uid, user.channels),
        ),
        origin,
    )
    # Only when it is on disk: if it is refused, the user has the old nick still.
    chat.journal.keep(chat.free_nick, (old, user.uid))


def reclaim_nicks(chat: Chat, account: Account) -> None:
    """Give other users of the account's nicks a guest nick, if the account reserves its nicks."""
    if not (chat.config.accounts.enforce_nicks and account.enforce):
        return
    for nick in (account.name, *account.nicks):
        holder = chat.world.user(nick)
        if holder is not None and holder.account_id != account.id:
            _give_guest_nick(chat, holder)


def _give_guest_nick(chat: Chat, user: User) -> None:
    for number in range(1, MAX_GUESTS):
        nick = f"guest_{number}"
        if chat.world.user(nick) is None and nicks.claim(chat, nick, user.uid) is True:
            _change_nick(chat, user, nick, None)
            return


def ghost(chat: Chat, actor: Actor, nick: str) -> User:
    """Disconnect the user of a nick that belongs to the actor's account; returns them. Raises Refused."""
    user = user_of(actor)
    account = lookup.account_of(chat, user)
    holder = lookup.get_user(chat, nick)
    owner = chat.world.registry.owner(nick)
    if holder is user or (holder.account_id != account.id and (owner is None or owner.id != account.id)):
        raise Refused(Code.NICK_NOT_YOURS, nick)
    kill(chat, of_server(chat), holder, f"ghosted by {user.nick}")
    return holder


def notify_operators(chat: Chat, mask: str, text: str) -> None:
    """A server notice to the operators whose snomask has this letter; to all of them if it is ""."""
    chat.emit(ServerNoticed(**chat.server_stamp(), mask=mask, text=text))
