"""Registered channels: their founders, and the ranks that accounts get on joining."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from papo.server.actions import lookup
from papo.server.actions.actor import check_power, of_server, user_of
from papo.server.actions.channels import revocation
from papo.server.world.errors import Code, Refused
from papo.server.world.events import Kicked, ModesChanged
from papo.server.world.facts import with_state
from papo.server.world.modes import OPERATOR, PREFIX_MODES
from papo.server.world.names import fold
from papo.server.world.records import Account, ChannelRecord

if TYPE_CHECKING:
    from papo.server.actions.actor import Actor
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.user import User


def find(chat: Chat, name: str) -> ChannelRecord:
    """The registered channel with this name. Raises Refused if there is none."""
    record = chat.world.registry.channels.get(fold(name))
    if record is None or not record.founder:
        raise Refused(Code.NOT_REGISTERED, name)
    return record


def check_founder(actor: Actor, record: ChannelRecord) -> None:
    """Raises Refused unless the actor is the founder, or an operator of the server who manages channels."""
    user = user_of(actor)
    if not (user.account_id and record.founder == user.account_id) and not user.may("channels"):
        raise Refused(Code.NEED_FOUNDER, record.name)


async def register(chat: Chat, actor: Actor, account: Account, name: str) -> ChannelRecord:
    """Make the account the founder of a channel that the actor is an operator of. Raises Refused."""
    user = user_of(actor)

    def registered(old: ChannelRecord | None) -> ChannelRecord:
        channel = chat.world.channel(name)
        if channel is None:
            raise Refused(Code.NO_SUCH_CHANNEL, name)
        check_register(chat, user, account, channel)
        if channel.rank(user.uid) < OPERATOR:
            chat.audit(user, "REGISTER", channel.name)
        blank = ChannelRecord(key=channel.key, name=channel.name, created_at_ms=channel.created_at_ms)
        record = with_state(old or blank, channel)
        return msgspec.structs.replace(record, founder=account.id, registered_at_ms=chat.now_ms())

    def make_founder(record: ChannelRecord) -> None:
        channel = chat.world.channels.get(record.key)
        if channel is not None and user.uid in channel.members:
            set_rank(chat, actor, channel, user, "q")

    return await chat.records.change(ChannelRecord, fold(name), registered, make_founder)


def check_register(chat: Chat, user: User, account: Account, channel: Channel) -> None:
    """Raises Refused if the user may not register this channel for the account."""
    registry = chat.world.registry
    if channel.founder:
        raise Refused(Code.ALREADY_REGISTERED, channel.name)
    if user.may("channels"):
        return
    if channel.rank(user.uid) < OPERATOR:
        raise Refused(Code.NEED_CHANNEL_OPERATOR, channel.name)
    if sum(1 for other in registry.channels.values() if other.founder == account.id) >= chat.config.accounts.channels:
        raise Refused(Code.TOO_MANY_REGISTERED)
    if registry.channels_alike(channel.name):
        raise Refused(Code.BAD_CHANNEL_NAME, channel.name)


def set_rank(  # noqa: PLR0917 -- who gives whom what
    chat: Chat, actor: Actor, channel: Channel, member: User, letter: str, sign: str = "+"
) -> None:
    """Give a member a rank, or take it ("-"). Rights are the caller's business."""
    if (letter in channel.members.get(member.uid, "")) == (sign == "+"):
        return
    chat.emit(
        ModesChanged(
            **chat.stamp(user_of(actor)),
            channel=channel.key,
            name=channel.name,
            changes=((sign, letter, member.nick),),
            targets=(member.uid,),
            history_scope=channel.history_scope,
        )
    )


async def change(chat: Chat, actor: Actor, record: ChannelRecord, **fields: object) -> ChannelRecord:
    """Store the channel with other values, whatever it was before. Raises Refused."""
    check_founder(actor, record)
    return await _edit(chat, record, lambda _: fields)


async def _edit(
    chat: Chat,
    record: ChannelRecord,
    fields_of: Callable[[ChannelRecord], dict[str, object]],
    also: Callable[[Channel], None] = lambda _: None,
) -> ChannelRecord:
    """Store the channel with other values that follow from what it is now. Raises Refused if it is not registered.

    `fields_of` may raise Refused; it is called again if another writer was faster. `also` emits what follows for the
    channel, if there is one now, in the same commit.
    """
    before = record

    def changed(now: ChannelRecord | None) -> ChannelRecord:
        nonlocal before
        if now is None or not now.founder:
            raise Refused(Code.NOT_REGISTERED, record.name)
        before = now
        channel = chat.world.channels.get(now.key)
        if channel is not None:
            now = with_state(now, channel)
        return msgspec.structs.replace(now, **fields_of(now))

    def follow(now: ChannelRecord) -> None:
        revocation.follow_record(chat, before, now)
        channel = chat.world.channels.get(now.key)
        if channel is not None:
            also(channel)

    return await chat.records.change(ChannelRecord, record.key, changed, follow)


NOT_REGISTERED: dict[str, object] = {"founder": "", "access": {}, "suspended": ""}
"""Of a record that the channel needs for another reason."""


async def unregister(chat: Chat, actor: Actor, record: ChannelRecord) -> None:
    """Take the channel's founder away; it stays while it has members. Raises Refused."""
    check_founder(actor, record)
    if _needs_record(chat, record):
        await _edit(chat, record, lambda _: NOT_REGISTERED)
    else:
        revocation.follow_record(chat, record, None)
        await chat.records.delete("channel", record.key)


def unregister_soon(chat: Chat, actor: Actor, record: ChannelRecord) -> None:
    """As `unregister`, and do not wait. Raises Refused."""
    check_founder(actor, record)
    revocation.follow_record(chat, record, None)
    channel = chat.world.channels.get(record.key)
    if channel is not None and _needs_record(chat, record):
        chat.records.store_soon(msgspec.structs.replace(with_state(record, channel), **NOT_REGISTERED))
    else:
        chat.records.delete_soon("channel", record.key)


def _needs_record(chat: Chat, record: ChannelRecord) -> bool:
    """Whether the channel outlives its members if it is not registered."""
    channel = chat.world.channels.get(record.key)
    return channel is not None and ("P" in channel.modes or not chat.world.always_on.isdisjoint(channel.members))


async def set_access(chat: Chat, actor: Actor, record: ChannelRecord, account: Account, letter: str) -> ChannelRecord:
    """Set the rank that the account gets on joining, "" for none; members get or lose it at once. Raises Refused."""
    check_founder(actor, record)
    if letter and (letter not in PREFIX_MODES or letter == "q"):
        raise Refused(Code.BAD_VALUE, "the rank is one of v, h, o, a")
    old = record.access.get(account.id, "")

    def with_access(now: ChannelRecord) -> dict[str, object]:
        others = {key: value for key, value in now.access.items() if key != account.id}
        return {"access": {**others, account.id: letter} if letter else others}

    def set_ranks(channel: Channel) -> None:
        for user in _members(chat, channel, {account.id}):
            if old and old != letter:
                set_rank(chat, of_server(chat), channel, user, old, "-")
            if letter:
                set_rank(chat, of_server(chat), channel, user, letter)

    return await _edit(chat, record, with_access, set_ranks)


def _members(chat: Chat, channel: Channel, account_ids: set[str]) -> list[User]:
    """The channel's members who are logged in to one of the accounts."""
    return [
        user for user in chat.world.users.values() if user.account_id in account_ids and user.uid in channel.members
    ]


def access_of(chat: Chat, channel: Channel, user: User) -> str:
    """The prefix mode that a registered channel gives this user on joining; "" for none."""
    record = chat.world.registry.channels.get(channel.key)
    return "" if record is None else record.rank_of(user.account_id)


def promote(chat: Chat, channel: Channel, user: User) -> bool:
    """Give a member the rank that the registered channel has for their account; False if it has none."""
    letter = access_of(chat, channel, user)
    if letter:
        set_rank(chat, of_server(chat), channel, user, letter)
    return bool(letter)


async def offer(chat: Chat, actor: Actor, record: ChannelRecord, account: Account) -> None:
    """Offer the channel to another account. Raises Refused."""
    await change(chat, actor, record, transfer_to=account.id)


async def accept(chat: Chat, actor: Actor, record: ChannelRecord) -> ChannelRecord:
    """Take over a channel that was offered to the actor's account. Raises Refused."""
    account = lookup.account_of(chat, user_of(actor))

    def transferred(now: ChannelRecord) -> dict[str, object]:
        if now.transfer_to != account.id:
            raise Refused(Code.NEED_FOUNDER, now.name)
        access = {key: value for key, value in now.access.items() if key != account.id}
        return {"founder": account.id, "transfer_to": "", "access": access}

    old = record.founder

    def set_ranks(channel: Channel) -> None:
        for user in _members(chat, channel, {account.id, old}):
            set_rank(chat, of_server(chat), channel, user, "q", "+" if user.account_id == account.id else "-")

    return await _edit(chat, record, transferred, set_ranks)


async def suspend(chat: Chat, actor: Actor, record: ChannelRecord, reason: str) -> None:
    """Kick all members and let nobody join. Raises Refused."""
    check_power(actor, "channels")

    def kick_all(channel: Channel) -> None:
        for uid in tuple(channel.members):
            _kick(chat, channel, uid, f"suspended: {reason}")

    await _edit(chat, record, lambda _: {"suspended": reason}, kick_all)


def _kick(chat: Chat, channel: Channel, uid: str, reason: str) -> None:
    victim = chat.world.users.get(uid)
    if victim is not None:
        chat.emit(
            Kicked(
                **chat.server_stamp(),
                channel=channel.key,
                name=channel.name,
                victim_uid=uid,
                victim=victim.nick,
                reason=reason,
                history_scope=channel.history_scope,
            )
        )


async def unsuspend(chat: Chat, actor: Actor, record: ChannelRecord) -> None:
    """Let users join again. Raises Refused."""
    check_power(actor, "channels")
    await _edit(chat, record, lambda _: {"suspended": ""})
