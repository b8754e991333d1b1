"""Registered channels: who owns one, who gets which rank in it, what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from papo.server.delivery.chat import with_state
from papo.server.world.errors import Code, Refused
from papo.server.world.events import Kicked, ModesChanged
from papo.server.world.modes import OPERATOR, PREFIX_MODES
from papo.server.world.names import fold
from papo.server.world.records import Account, ChannelRecord

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User


def find(chat: Chat, name: str) -> ChannelRecord:
    """The registered channel of this name. Raises Refused."""
    record = chat.world.registry.channels.get(fold(name))
    if record is None or not record.founder:
        raise Refused(Code.NOT_REGISTERED, name)
    return record


def check_founder(record: ChannelRecord, user: User) -> None:
    """Raises Refused unless the person is the founder, or an operator of the server who looks after channels."""
    if not (user.account_id and record.founder == user.account_id) and not user.may("channels"):
        raise Refused(Code.NEED_FOUNDER, record.name)


async def register(chat: Chat, user: User, account: Account, name: str) -> ChannelRecord:
    """Make the person the channel's founder: an operator in it, whose it is from now on. Raises Refused."""

    def registered(old: ChannelRecord | None) -> ChannelRecord:
        channel = chat.world.channel(name)
        if channel is None:
            raise Refused(Code.NO_SUCH_CHANNEL, name)
        check_register(chat, user, account, channel)
        blank = ChannelRecord(key=channel.key, name=channel.name, created_at_ms=channel.created_at_ms)
        record = with_state(old or blank, channel)
        return msgspec.structs.replace(record, founder=account.id, registered_at_ms=chat.now_ms())

    record = await chat.records.change(ChannelRecord, fold(name), registered)
    current = chat.world.channels.get(record.key)
    if current is not None and user.uid in current.members:
        give(chat, user, current, "q")
    return record


def check_register(chat: Chat, user: User, account: Account, channel: Channel) -> None:
    """Raises Refused if the user may not register this channel for the account."""
    registry = chat.world.registry
    if channel.founder:
        raise Refused(Code.ALREADY_REGISTERED, channel.name)
    if user.may("channels"):
        return
    if channel.rank(user.uid) < OPERATOR:
        raise Refused(Code.NEED_CHANNEL_OPERATOR, channel.name)
    if sum(1 for each in registry.channels.values() if each.founder == account.id) >= chat.config.accounts.channels:
        raise Refused(Code.TOO_MANY_REGISTERED)
    if registry.channel_alike(channel.name) not in {"", channel.key}:
        raise Refused(Code.BAD_CHANNEL_NAME, channel.name)


def give(  # noqa: PLR0917 -- who gives whom what
    chat: Chat, by: User | None, channel: Channel, letter: str, victim: User | None = None, sign: str = "+"
) -> None:
    """Give or take a rank, as the person or as the server."""
    victim = victim or by
    assert victim is not None
    if (letter in channel.members.get(victim.uid, "")) == (sign == "+"):
        return
    stamp = chat.server_stamp() if by is None else chat.stamp(by)
    chat.emit(
        ModesChanged(
            **stamp,
            channel=channel.key,
            name=channel.name,
            changes=((sign, letter, victim.nick),),
            targets=(victim.uid,),
            history_scope=channel.history_scope,
        )
    )


async def change(chat: Chat, record: ChannelRecord, **fields: object) -> ChannelRecord:
    """Store the channel with other values, whatever it was before. Raises Refused if it is no longer registered."""
    return await edit(chat, record, lambda _: fields)


async def edit(
    chat: Chat, record: ChannelRecord, fields_of: Callable[[ChannelRecord], dict[str, object]]
) -> ChannelRecord:
    """Store the channel with other values that follow from what it is now. Raises Refused.

    `fields_of` may raise Refused; it is called again if another writer was faster.
    """

    def changed(now: ChannelRecord | None) -> ChannelRecord:
        if now is None or not now.founder:
            raise Refused(Code.NOT_REGISTERED, record.name)
        channel = chat.world.channels.get(now.key)
        if channel is not None:
            now = with_state(now, channel)
        return msgspec.structs.replace(now, **fields_of(now))

    return await chat.records.change(ChannelRecord, record.key, changed)


async def unregister(chat: Chat, record: ChannelRecord) -> None:
    """The channel belongs to nobody; it stays while somebody is in it."""
    channel = chat.world.channels.get(record.key)
    if channel is not None:
        channel.founder = ""
        if channel.stays or not chat.lasting.isdisjoint(channel.members):
            await change(chat, record, founder="", access={}, suspended="")
            return
    await chat.records.drop("channel", record.key)


async def set_access(chat: Chat, record: ChannelRecord, account: Account, letter: str) -> ChannelRecord:
    """Which rank the account gets on joining; "" for none. Who is there gets it, or loses it, at once."""
    if letter and (letter not in PREFIX_MODES or letter == "q"):
        raise Refused(Code.BAD_VALUE, "the rank is one of v, h, o, a")
    old = record.access.get(account.id, "")

    def with_access(now: ChannelRecord) -> dict[str, object]:
        others = {key: value for key, value in now.access.items() if key != account.id}
        return {"access": {**others, account.id: letter} if letter else others}

    record = await edit(chat, record, with_access)
    channel = chat.world.channels.get(record.key)
    for user in chat.world.users.values() if channel is not None else ():
        if channel is not None and user.account_id == account.id and user.uid in channel.members:
            if old and old != letter:
                give(chat, None, channel, old, user, "-")
            if letter:
                give(chat, None, channel, letter, user)
    return record


def access_of(chat: Chat, channel: Channel, user: User) -> str:
    """The prefix mode that a registered channel gives this person; "" for none."""
    record = chat.world.registry.channels.get(channel.key)
    if record is None or not record.founder or not user.account_id:
        return ""
    return "q" if record.founder == user.account_id else record.access.get(user.account_id, "")


def promote(chat: Chat, channel: Channel, user: User) -> bool:
    """Give somebody the rank that a registered channel has for them; whether it has one."""
    letter = access_of(chat, channel, user)
    if letter:
        give(chat, None, channel, letter, user)
    return bool(letter)


async def offer(chat: Chat, record: ChannelRecord, account: Account) -> None:
    """Offer the channel to another account."""
    await change(chat, record, transfer_to=account.id)


async def accept(chat: Chat, record: ChannelRecord, account: Account) -> ChannelRecord:
    """Take over a channel that was offered. Raises Refused."""

    def transferred(now: ChannelRecord) -> dict[str, object]:
        if now.transfer_to != account.id:
            raise Refused(Code.NEED_FOUNDER, now.name)
        access = {key: value for key, value in now.access.items() if key != account.id}
        return {"founder": account.id, "transfer_to": "", "access": access}

    old = record.founder
    record = await edit(chat, record, transferred)
    channel = chat.world.channels.get(record.key)
    if channel is not None:
        for user in chat.world.users.values():
            if user.uid in channel.members and user.account_id == account.id:
                give(chat, None, channel, "q", user)
            elif user.uid in channel.members and user.account_id == old:
                give(chat, None, channel, "q", user, "-")
    return record


async def suspend(chat: Chat, record: ChannelRecord, reason: str) -> None:
    """Nobody comes in any more, and who is in is put out; "" lets them in again."""
    await change(chat, record, suspended=reason)
    channel = chat.world.channels.get(record.key)
    if channel is None or not reason:
        return
    for uid in tuple(channel.members):
        victim = chat.world.users.get(uid)
        if victim is not None:
            chat.emit(
                Kicked(
                    **chat.server_stamp(),
                    channel=channel.key,
                    name=channel.name,
                    victim_uid=uid,
                    victim=victim.nick,
                    reason=f"suspended: {reason}",
                    history_scope=channel.history_scope,
                )
            )
