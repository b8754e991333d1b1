"""Who stays while they are not connected: always-on people, over disconnections and restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from papo.server.world.confusables import skeleton
from papo.server.world.errors import Refused
from papo.server.world.events import (
    AnyEvent,
    AwaySet,
    Joined,
    Kicked,
    ModesChanged,
    Parted,
    TopicSet,
    UserConnected,
    UserQuit,
)
from papo.server.world.records import Account, Presence

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.user import User

CHANGES_CHANNEL = frozenset({Joined, Parted, Kicked, UserQuit, ModesChanged, TopicSet})
"""What changes who or what keeps a channel, or its record."""
AUTO_AWAY = "*"
"""What others are told while no connection is there (draft/pre-away: not present for an unspecified reason)."""


def stays(chat: Chat, account: Account | None) -> bool:
    """Whether people of this account stay when their last connection ends."""
    if account is None:
        return False
    policy = chat.config.accounts.always_on
    wished = policy == "opt-out" if account.always_on is None else account.always_on
    return policy == "mandatory" or (policy != "off" and wished)


def settle(chat: Chat, user: User) -> None:
    """Bring what is kept about the person in step with whether they stay."""
    account = chat.world.registry.accounts.get(user.account_id)
    if stays(chat, account):
        chat.lasting.add(user.uid)
        note(chat, user)
        for key in user.channels:
            chat.keep_channel(chat.world.channels[key])
    else:
        release(chat, user)


def release(chat: Chat, user: User) -> None:
    """They stay no longer when their last connection ends."""
    if user.uid not in chat.lasting:
        return
    chat.lasting.discard(user.uid)
    if user.account_id in chat.world.registry.presences:
        chat.records.drop_soon("presence", user.account_id)
    for key in user.channels:
        chat.keep_channel(chat.world.channels[key])


def note(chat: Chat, user: User) -> None:
    """Keep where an always-on person is."""
    old = chat.world.registry.presences.get(user.account_id)
    record = Presence(
        account=user.account_id,
        nick=user.nick,
        username=user.username,
        realname=user.realname,
        channels={key: chat.world.channels[key].members.get(user.uid, "") for key in user.channels},
        modes="".join(sorted(user.modes - set("orsZ"))),
        away=user.away,
        devices={} if old is None else old.devices,
    )
    if record != old:
        chat.records.keep_soon(record)


def follow(chat: Chat, event: AnyEvent) -> None:
    """Something other than a message happened that may concern always-on people or the channels they keep."""
    world = chat.world
    uids = {event.uid, getattr(event, "victim_uid", ""), *(uid or "" for uid in getattr(event, "targets", ()))}
    for uid in uids & chat.lasting:
        user = world.users.get(uid)
        if user is None:
            chat.lasting.discard(uid)
        else:
            note(chat, user)
    keys = [getattr(event, "channel", None), *getattr(event, "channels", ())]
    for key in filter(None, keys):
        channel = world.channels.get(key)
        if channel is None:
            if key in world.registry.channels:
                chat.records.drop_soon("channel", key)
        elif not channel.stays and type(event) in CHANGES_CHANNEL:
            chat.keep_channel(channel)


def seen(chat: Chat, user: User, device: str) -> None:
    """A device of an always-on person was connected until now."""
    record = chat.world.registry.presences.get(user.account_id)
    if record is not None:
        devices = {**record.devices, device: chat.now_ms()}
        if len(devices) > 20:
            del devices[min(devices, key=lambda name: devices[name])]
        chat.records.keep_soon(msgspec.structs.replace(record, devices=devices))


def last_seen_ms(chat: Chat, user: User, device: str) -> int:
    """When the device was last connected; 0 where it never was."""
    record = chat.world.registry.presences.get(user.account_id)
    return 0 if record is None else record.devices.get(device, 0)


def absent(chat: Chat, user: User) -> None:
    """Their last connection has ended, and they stay."""
    account = chat.world.registry.accounts.get(user.account_id)
    if account is not None and account.auto_away and user.away is None:
        chat.emit(AwaySet(**chat.stamp(user), message=AUTO_AWAY, channels=user.channels))


def present(chat: Chat, user: User) -> None:
    """Somebody is at a connection of theirs again."""
    if user.away == AUTO_AWAY:
        chat.emit(AwaySet(**chat.stamp(user), message=None, channels=user.channels))


def restore(chat: Chat) -> None:
    """At start: put everybody back who stays; nobody is told, since for others they never left."""
    from papo.server.actions.accounts import check_usable  # noqa: PLC0415 -- accounts ask this module who stays

    world = chat.world
    for record in tuple(world.registry.presences.values()):
        account = world.registry.accounts.get(record.account)
        if account is None or not stays(chat, account):
            continue
        try:
            check_usable(chat, account)
        except Refused:
            continue
        uid = chat.names.uid()
        if chat.nick_registry.claim(skeleton(record.nick), uid) is not True:
            continue
        at_ms = chat.now_ms()
        stamp: dict[str, Any] = {"uid": uid, "at_ms": at_ms, "msgid": chat.names.msgid(at_ms), "account": account.name}
        host = account.vhost if account.vhost and account.vhost_on else "always.on"
        source = f"{record.nick}!{record.username}@{host}"
        world.apply(
            UserConnected(
                **stamp,
                source=source,
                nick=record.nick,
                username=record.username,
                host=host,
                realname=record.realname,
                address="",
                node=chat.config.server.name,
                account_id=account.id,
            )
        )
        user = world.users[uid]
        user.modes |= frozenset(record.modes)
        world.invisible += "i" in record.modes
        user.away = record.away or (AUTO_AWAY if account.auto_away else None)
        for key, prefix in record.channels.items():
            kept = world.registry.channels.get(key)
            if kept is not None:
                world.apply(Joined(**stamp, source=source, channel=key, name=kept.name, realname="", prefix=prefix))
        chat.lasting.add(uid)
    for key, channel in tuple(world.channels.items()):
        if not channel.members and not channel.stays:
            del world.channels[key]
            chat.records.drop_soon("channel", key)


def expire(chat: Chat) -> list[User]:
    """Always-on people whose accounts have not been used for too long."""
    days = chat.config.accounts.always_on_days
    if not days:
        return []
    before_ms = chat.now_ms() - days * 86_400_000
    gone = []
    for uid in tuple(chat.lasting):
        user = chat.world.users.get(uid)
        account = None if user is None else chat.world.registry.accounts.get(user.account_id)
        if user is not None and not chat.fanout.sessions.get(uid) and account and account.seen_ms < before_ms:
            gone.append(user)
    return gone
