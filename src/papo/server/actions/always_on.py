"""Users who stay in their channels without a connection, over disconnections and restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from papo.server.actions import lookup
from papo.server.world.confusables import skeletons
from papo.server.world.errors import Refused
from papo.server.world.events import (
    AlwaysOnSet,
    AnyEvent,
    AwaySet,
    Joined,
    Kicked,
    ModesChanged,
    Parted,
    TopicSet,
    UserConnected,
    UserModesSet,
    UserQuit,
)
from papo.server.world.facts import presence_of
from papo.server.world.names import valid_nick
from papo.server.world.records import Account

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.user import User

CHANGES_CHANNEL = frozenset({Joined, Parted, Kicked, UserQuit, ModesChanged, TopicSet})
"""What may change a channel's record, or whether it needs one."""
AUTO_AWAY = "*"
"""The away message of a user without a connection (draft/pre-away: not present for an unspecified reason)."""
MAX_DEVICES = 20
"""Devices remembered for each account; the one not seen for longest is forgotten first."""


def applies_to(chat: Chat, account: Account | None) -> bool:
    """Whether users of this account stay when their last connection ends."""
    if account is None:
        return False
    policy = chat.config.accounts.always_on
    wished = policy == "opt-out" if account.always_on is None else account.always_on
    return policy == "mandatory" or (policy != "off" and wished)


def update(chat: Chat, user: User) -> None:
    """Begin or end to keep the user, as their account and the settings say now."""
    account = chat.world.registry.accounts.get(user.account_id)
    if applies_to(chat, account):
        if user.uid not in chat.world.always_on:
            chat.emit(AlwaysOnSet(**chat.stamp(user), on=True))
        _keep_presence(chat, user)
        for key in user.channels:
            chat.keep_channel(chat.world.channels[key])
    else:
        release(chat, user)


def release(chat: Chat, user: User) -> None:
    """Let the user quit with their last connection."""
    if user.uid not in chat.world.always_on:
        return
    chat.emit(AlwaysOnSet(**chat.stamp(user), on=False))
    if user.account_id in chat.world.registry.presences:
        chat.records.delete_soon("presence", user.account_id)
    for key in user.channels:
        chat.keep_channel(chat.world.channels[key])


def _keep_presence(chat: Chat, user: User) -> None:
    old = chat.world.registry.presences.get(user.account_id)
    record = presence_of(chat.world, user, {} if old is None else old.devices)
    if record != old:
        chat.records.store_soon(record)


def follow(chat: Chat, event: AnyEvent) -> None:
    """Bring the records of always-on users and their channels up to date after an event that is no message."""
    world = chat.world
    uids = {event.uid, getattr(event, "victim_uid", ""), *(uid or "" for uid in getattr(event, "targets", ()))}
    for uid in uids & world.always_on:
        _keep_presence(chat, world.users[uid])
    keys = [getattr(event, "channel", None), *getattr(event, "channels", ())]
    for key in filter(None, keys):
        channel = world.channels.get(key)
        if channel is None:
            if key in world.registry.channels:
                chat.records.delete_soon("channel", key)
        elif not channel.stays and type(event) in CHANGES_CHANNEL:
            chat.keep_channel(channel)


def note_device(chat: Chat, user: User, device: str) -> None:
    """Remember that this device of an always-on user was connected until now."""
    record = chat.world.registry.presences.get(user.account_id)
    if record is not None:
        devices = {**record.devices, device: chat.now_ms()}
        if len(devices) > MAX_DEVICES:
            del devices[min(devices, key=lambda name: devices[name])]
        chat.records.store_soon(msgspec.structs.replace(record, devices=devices))


def last_seen_ms(chat: Chat, user: User, device: str) -> int:
    """When the device was last connected; 0 if it never was."""
    record = chat.world.registry.presences.get(user.account_id)
    return 0 if record is None else record.devices.get(device, 0)


def set_auto_away(chat: Chat, user: User) -> None:
    """Show the user as away: their last connection has ended, and they stay."""
    account = chat.world.registry.accounts.get(user.account_id)
    if account is not None and account.auto_away and user.away is None:
        chat.emit(AwaySet(**chat.stamp(user), message=AUTO_AWAY, channels=user.channels))


def clear_auto_away(chat: Chat, user: User) -> None:
    """Show the user as back: they are connected again."""
    if user.away == AUTO_AWAY:
        chat.emit(AwaySet(**chat.stamp(user), message=None, channels=user.channels))


def restore(chat: Chat) -> None:
    """At start: bring the always-on users back. Nobody is told: for others they never left."""
    world = chat.world
    # A nick of an older version may look like another: nobody is kept out by one that is not valid now.
    presences = world.registry.presences.values()
    for record in sorted(presences, key=lambda each: not valid_nick(each.nick, len(each.nick))):
        account = world.registry.accounts.get(record.account)
        if account is None or not applies_to(chat, account):
            continue
        try:
            lookup.check_usable(chat, account)
        except Refused:
            continue
        uid = chat.ids.uid()
        if chat.nick_registry.claim(skeletons(record.nick), uid) is not True:
            continue
        at_ms = chat.now_ms()
        stamp: dict[str, Any] = {"uid": uid, "at_ms": at_ms, "msgid": chat.ids.msgid(at_ms), "account": account.name}
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
                sessions=0,
            )
        )
        modes = tuple(("+", letter) for letter in record.modes)
        away = record.away or (AUTO_AWAY if account.auto_away else None)
        world.apply(UserModesSet(**stamp, source=source, changes=modes))
        world.apply(AwaySet(**stamp, source=source, message=away, channels=()))
        world.apply(AlwaysOnSet(**stamp, source=source, on=True))
        for key, prefix in record.channels.items():
            kept = world.registry.channels.get(key)
            if kept is not None:
                world.apply(Joined(**stamp, source=source, channel=key, name=kept.name, realname="", prefix=prefix))
    for key, channel in tuple(world.channels.items()):
        if not channel.members and not channel.stays:
            chat.records.delete_soon("channel", key)


def expired(chat: Chat) -> list[User]:
    """Always-on users without a connection whose accounts have not been used for `accounts.always_on_days`."""
    days = chat.config.accounts.always_on_days
    if not days:
        return []
    before_ms = chat.clock.believed_ms - days * 86_400_000
    users = []
    for uid in tuple(chat.world.always_on):
        user = chat.world.users[uid]
        account = chat.world.registry.accounts.get(user.account_id)
        if not user.sessions and account and account.seen_ms < before_ms:
            users.append(user)
    return users
