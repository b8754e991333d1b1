"""ChanServ: registered channels."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from papo.i18n import N_
from papo.server.actions import lookup
from papo.server.actions.actor import of_server
from papo.server.actions.channels import modes, registered
from papo.server.dialects.irc.services.table import command, send_reply
from papo.server.world.errors import Code, Refused
from papo.server.world.masks import matches
from papo.server.world.modes import LIST_MODES, OPERATOR
from papo.server.world.permissions import check_rank, sees_channel

if TYPE_CHECKING:
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.channel import Channel
    from papo.server.world.records import ChannelRecord

CHANSERV = "ChanServ"


def reply(session: IrcSession, text: str, **values: object) -> None:
    """A notice from ChanServ, in the user's language."""
    send_reply(session, CHANSERV, text, **values)


@command(CHANSERV, "REGISTER #channel", N_("register a channel in which you are an operator"))
async def register(session: IrcSession, words: list[str]) -> None:
    """Topic, modes and lists stay when the last member leaves."""
    account = lookup.account_of(session.chat, session.me)
    record = await registered.register(session.chat, session, account, words[0])
    reply(session, N_("The channel {channel} is yours"), channel=record.name)


def owned(session: IrcSession, name: str) -> ChannelRecord:
    """A channel that the user is the founder of, or manages as an operator of the server. Raises Refused."""
    record = registered.find(session.chat, name)
    registered.check_founder(session, record)
    if record.founder != session.me.account_id:
        session.chat.audit(session.me, "CHANSERV", record.name)
    return record


def code_for(record: ChannelRecord) -> str:
    """The code that confirms UNREGISTER."""
    return hashlib.sha256(f"unregister {record.key} {record.registered_at_ms}".encode()).hexdigest()[:6]


@command(CHANSERV, "UNREGISTER #channel [code]", N_("give up a channel"))
async def unregister(session: IrcSession, words: list[str]) -> None:
    """The first time without the code, which is then sent."""
    record = owned(session, words[0])
    if len(words) < 2 or words[1] != code_for(record):
        reply(session, N_("To confirm: UNREGISTER {channel} {code}"), channel=record.name, code=code_for(record))
        return
    await registered.unregister(session.chat, session, record)
    reply(session, N_("The channel {channel} is no longer registered"), channel=record.name)


@command(CHANSERV, "DROP #channel [code]", N_("the same as UNREGISTER"))
async def drop(session: IrcSession, words: list[str]) -> None:
    """As Atheme calls it."""
    await unregister(session, words)


@command(CHANSERV, "INFO #channel", N_("show information about a channel"))
async def info(session: IrcSession, words: list[str]) -> None:
    """Only of a channel that the user may see."""
    record = registered.find(session.chat, words[0])
    channel = session.chat.world.channels.get(record.key)
    is_founder = record.founder == session.me.account_id
    if channel is not None and not sees_channel(channel, session.me) and not is_founder:
        raise Refused(Code.NOT_REGISTERED, words[0])
    registered_on = time.strftime("%Y-%m-%d", time.gmtime(record.registered_at_ms / 1000))
    name = session.chat.world.registry.name_of(record.founder)
    reply(
        session,
        N_("{channel}: founder {founder}, registered on {date}"),
        channel=record.name,
        founder=name,
        date=registered_on,
    )
    if record.description:
        reply(session, "{description}", description=record.description)
    if record.suspended:
        reply(session, N_("Suspended: {reason}"), reason=record.suspended)


@command(CHANSERV, "LIST [mask]", N_("list registered channels"))
async def list_(session: IrcSession, words: list[str]) -> None:
    """At most a hundred, of those that the user may see."""
    mask = words[0] if words else "*"
    count = 0
    for record in sorted(session.chat.world.registry.channels.values(), key=lambda each: each.key):
        channel = session.chat.world.channels.get(record.key)
        hidden = channel is not None and not sees_channel(channel, session.me)
        if record.founder and matches(mask, record.name) and not hidden and count < 100:
            count += 1
            reply(session, "{channel}", channel=record.name)
    reply(session, N_("{count} channels"), count=count)


@command(
    CHANSERV,
    "AMODE #channel [+o|-o account]",
    N_("set or list the ranks that accounts get on joining: +v, +h, +o or +a"),
)
async def amode(session: IrcSession, words: list[str]) -> None:
    """Without a change: the list."""
    record = owned(session, words[0])
    if len(words) < 3:
        for number, letter in record.access.items():
            reply(session, "+{letter} {name}", letter=letter, name=session.chat.world.registry.name_of(number))
        reply(session, N_("{count} entries"), count=len(record.access))
        return
    sign, letter = words[1][:1], words[1][1:]
    account = lookup.get_account(session.chat, words[2])
    await registered.set_access(session.chat, session, record, account, letter if sign == "+" else "")
    reply(session, N_("Done: {change} {name}"), change=words[1], name=account.name)


@command(CHANSERV, "OP #channel [nick]", N_("get your rank in a channel, or make another user an operator"))
async def op(session: IrcSession, words: list[str]) -> None:
    """Only the founder may make others operators."""
    channel = _channel(session, words[0])
    victim = session.chat.world.user(words[1]) if len(words) > 1 else session.me
    if victim is None or victim.uid not in channel.members:
        raise Refused(Code.USER_NOT_IN_CHANNEL, words[1] if len(words) > 1 else session.nick, channel.name)
    if victim is session.me:
        if not registered.promote(session.chat, channel, session.me):
            raise Refused(Code.NEED_FOUNDER, channel.name)
    else:
        owned(session, words[0])
        registered.set_rank(session.chat, of_server(session.chat), channel, victim, "o")


@command(CHANSERV, "DEOP #channel [nick]", N_("take a rank from yourself or from another member"))
async def deop(session: IrcSession, words: list[str]) -> None:
    """The user's own, or any as the founder."""
    channel = _channel(session, words[0])
    victim = session.chat.world.user(words[1]) if len(words) > 1 else session.me
    if victim is None or victim.uid not in channel.members:
        raise Refused(Code.USER_NOT_IN_CHANNEL, words[1] if len(words) > 1 else session.nick, channel.name)
    if victim is not session.me:
        owned(session, words[0])
    for letter in channel.members[victim.uid]:
        registered.set_rank(session.chat, of_server(session.chat), channel, victim, letter, "-")


def _channel(session: IrcSession, name: str) -> Channel:
    record = registered.find(session.chat, name)
    channel = session.chat.world.channels.get(record.key)
    if channel is None:
        raise Refused(Code.NO_SUCH_CHANNEL, name)
    return channel


@command(
    CHANSERV, "TRANSFER #channel account", N_("offer a channel to another account; its user takes it over with ACCEPT")
)
async def transfer(session: IrcSession, words: list[str]) -> None:
    """The other account has to accept."""
    record = owned(session, words[0])
    account = lookup.get_account(session.chat, words[1])
    await registered.offer(session.chat, session, record, account)
    reply(session, N_("{name} can take over {channel} with ACCEPT {channel}"), name=account.name, channel=record.name)


@command(CHANSERV, "ACCEPT #channel", N_("take over a channel that was offered to you"))
async def accept(session: IrcSession, words: list[str]) -> None:
    """Completes a TRANSFER."""
    record = registered.find(session.chat, words[0])
    await registered.accept(session.chat, session, record)
    reply(session, N_("The channel {channel} is yours"), channel=record.name)


@command(
    CHANSERV,
    "SET #channel HISTORY|DESCRIPTION value",
    N_("set how many days its history is kept (0: none, -1: as the server), or its description"),
)
async def set_(session: IrcSession, words: list[str]) -> None:
    """Settings that are not modes."""
    record = owned(session, words[0])
    value = " ".join(words[2:])
    if words[1].upper() == "HISTORY" and value.lstrip("-").isdigit() and -1 <= int(value) <= 36_500:
        await registered.change(session.chat, session, record, keep_days=int(value))
    elif words[1].upper() == "DESCRIPTION":
        await registered.change(session.chat, session, record, description=value[:200])
    else:
        reply(session, N_("Usage: {usage}"), usage="SET #channel HISTORY days, SET #channel DESCRIPTION text")
        return
    reply(session, N_("{name} is now {value}"), name=words[1].upper(), value=value)


@command(CHANSERV, "GET #channel", N_("show its settings"))
async def get(session: IrcSession, words: list[str]) -> None:
    """To the founder only."""
    record = owned(session, words[0])
    reply(
        session,
        "HISTORY {days}; DESCRIPTION {description}",
        days=record.keep_days,
        description=record.description or "-",
    )


@command(CHANSERV, "CLEAR #channel ACCESS|BANS", N_("remove all automatic ranks, or all bans"))
async def clear(session: IrcSession, words: list[str]) -> None:
    """Of one kind, all at once."""
    record = owned(session, words[0])
    if words[1].upper() == "ACCESS":
        await registered.change(session.chat, session, record, access={})
    elif words[1].upper() == "BANS":
        channel = _channel(session, words[0])
        check_rank(channel, session.me, OPERATOR)
        masks = [("-", letter, mask) for letter in LIST_MODES for mask in channel.lists[letter]]
        modes.change_modes(session.chat, session, channel, masks)
    else:
        reply(session, N_("Usage: {usage}"), usage="CLEAR #channel ACCESS|BANS")
        return
    reply(session, N_("Done"))


@command(CHANSERV, "HOWTOBAN #channel nick", N_("show how to ban a user so that it lasts"))
async def howtoban(session: IrcSession, words: list[str]) -> None:
    """By account if the user has one, else by host."""
    channel = session.chat.world.channel(words[0])
    if channel is None or not sees_channel(channel, session.me):
        raise Refused(Code.NO_SUCH_CHANNEL, words[0])
    user = session.chat.world.user(words[1])
    if user is None:
        raise Refused(Code.NO_SUCH_NICK, words[1])
    mask = f"a:{user.account}" if user.account is not None else f"*!*@{user.host}"
    reply(session, "/MODE {channel} +b {mask}", channel=channel.name, mask=mask)


@command(
    CHANSERV, "SUSPEND #channel [reason...]", N_("kick everyone from a channel and let nobody join"), power="channels"
)
async def suspend(session: IrcSession, words: list[str]) -> None:
    """Kicks all members."""
    record = registered.find(session.chat, words[0])
    reason = " ".join(words[1:]) or "no reason given"
    session.chat.audit(session.me, "SUSPEND", f"{record.name} ({reason})")
    await registered.suspend(session.chat, session, record, reason)
    reply(session, N_("The channel {channel} is suspended"), channel=record.name)


@command(CHANSERV, "UNSUSPEND #channel", N_("let users join a channel again"), power="channels")
async def unsuspend(session: IrcSession, words: list[str]) -> None:
    """Ends a suspension."""
    record = registered.find(session.chat, words[0])
    session.chat.audit(session.me, "UNSUSPEND", record.name)
    await registered.unsuspend(session.chat, session, record)
    reply(session, N_("The channel {channel} is no longer suspended"), channel=record.name)
