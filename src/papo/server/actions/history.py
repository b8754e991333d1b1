"""Read history: only what the reader may see, only what is on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from papo.server.delivery.ports import END_OF_TIME_MS, Page, Search, Target
from papo.server.world.errors import Code, Refused
from papo.server.world.modes import FOUNDER
from papo.server.world.names import is_channel
from papo.server.world.permissions import SERVER

if TYPE_CHECKING:
    from papo.server.delivery.chat import Chat
    from papo.server.world.channel import Channel
    from papo.server.world.events import AnyEvent
    from papo.server.world.user import User

Bound = str | int | None
"""A msgid, milliseconds since 1970, or None for no bound."""
MAX_CONVERSATIONS = 500
"""The most recent private conversations that one search looks at."""


def view(chat: Chat, user: User, target: str, limit: int, *, everything: bool) -> Page:
    """The page of a conversation that this user may read, without bounds. Raises Refused.

    A channel is read by its members, and by the server; a private conversation by the two it belongs to. A guest's
    identity ends with the session, so nobody inherits a conversation by taking a nick.
    """
    if is_channel(target):
        channel = chat.world.channel(target)
        if channel is None or not (user.uid in channel.members or user.may(SERVER)):
            raise Refused(Code.NOT_ON_CHANNEL, target)
        return Page(
            conversation=channel.key,
            since_ms=kept_since(chat, channel),
            newest_first=True,
            limit=limit,
            history_scope=channel.created_at_ms,
            rank=FOUNDER if user.may(SERVER) else channel.rank(user.uid),
            everything=everything,
        )
    identities = sorted((user.identity, other_identity(chat, target)))
    return Page(conversation=" ".join(identities), newest_first=True, limit=limit, everything=everything)


def kept_since(chat: Chat, channel: Channel, now_ms: int = 0) -> int:
    """Milliseconds since 1970 before which a registered channel shows nothing; 0 if it shows everything.

    Older messages are hidden at once, and pruned from the disk a little later, by the believed time as `now_ms`.
    """
    record = chat.world.registry.channels.get(channel.key)
    if record is None or not record.founder or record.keep_days < 0:
        return 0
    return (now_ms or chat.now_ms()) + 1 - record.keep_days * 86_400_000


def other_identity(chat: Chat, nick: str) -> str:
    """The identity behind a nick: of its user now, else of the account that owns it. Raises Refused."""
    other = chat.world.user(nick)
    if other is not None:
        return other.identity
    owner = chat.world.registry.owner(nick)
    if owner is None:
        raise Refused(Code.NO_SUCH_NICK, nick)
    return owner.id


def nick_of(chat: Chat, identity: str) -> str:
    """The nick to address this identity by; "" for a guest who has left."""
    if identity[:1] == "~":
        user = chat.world.users.get(identity[1:])
        return "" if user is None else user.nick
    name = chat.world.registry.name_of(identity)
    holder = chat.world.user(name)
    if holder is not None and holder.account_id == identity:
        return name
    return next((user.nick for user in chat.world.users.values() if user.account_id == identity), name)


async def between(chat: Chat, page: Page, first: Bound, second: Bound) -> list[AnyEvent]:
    """Messages between two bounds, the limit counted from the first, whichever is older (chathistory BETWEEN)."""
    forward = _bounded(page, after=first, before=second, newest_first=False)
    events = await chat.store.page(forward)
    if events:
        return events
    return await chat.store.page(_bounded(page, after=second, before=first, newest_first=True))


async def before(chat: Chat, page: Page, bound: Bound) -> list[AnyEvent]:
    """The newest messages before the bound."""
    return await chat.store.page(_bounded(page, after=None, before=bound, newest_first=True))


async def after(chat: Chat, page: Page, bound: Bound) -> list[AnyEvent]:
    """The oldest messages after the bound."""
    return await chat.store.page(_bounded(page, after=bound, before=None, newest_first=False))


async def latest(chat: Chat, page: Page, bound: Bound) -> list[AnyEvent]:
    """The newest messages, none older than the bound."""
    return await chat.store.page(_bounded(page, after=bound, before=None, newest_first=True))


async def around(chat: Chat, page: Page, centre: str | int) -> list[AnyEvent]:
    """Messages before and after one, itself included."""
    return await chat.store.around(page, centre)


async def targets(chat: Chat, user: User, first_ms: int, second_ms: int, limit: int) -> list[Target]:
    """The user's conversations whose newest message lies between the two times, oldest first."""
    channels = [(key, chat.world.channels[key].created_at_ms) for key in user.channels]
    low, high = sorted((first_ms, second_ms))
    if high >= chat.now_ms():
        high = END_OF_TIME_MS  # until now: what a wrong clock has put later is there already
    found = await chat.store.targets(user.identity, channels, low, high, limit)
    since = {key: kept_since(chat, chat.world.channels[key]) for key in user.channels}
    return [target for target in found if target.latest_ms >= since.get(target.conversation, 0)]


async def search(chat: Chat, user: User, query: Search, target: str = "") -> list[AnyEvent]:
    """The newest messages that fit the query, in one conversation or in all that the user may read; oldest first.

    Raises Refused. `query.places` is filled in here and nowhere else: the store looks at nothing outside it.
    """
    await chat.journal.flush()
    if target:
        page = view(chat, user, target, query.limit, everything=False)
        places: tuple[tuple[str, int, int], ...] = ((page.conversation, page.history_scope, page.rank),)
        since = {page.conversation: page.since_ms}
    else:
        channels = [chat.world.channels[key] for key in user.channels]
        mine = [(channel.key, channel.created_at_ms, channel.rank(user.uid)) for channel in channels]
        since = {channel.key: kept_since(chat, channel) for channel in channels}
        found = (await chat.store.targets(user.identity, [], -1, END_OF_TIME_MS, 1 << 30))[-MAX_CONVERSATIONS:]
        places = (*mine, *((target.conversation, 0, 0) for target in found))
    return await chat.store.search(msgspec.structs.replace(query, places=places, since=since))


def _bounded(page: Page, *, after: Bound, before: Bound, newest_first: bool) -> Page:
    return msgspec.structs.replace(page, after=after, before=before, newest_first=newest_first)
