"""Read what was said before: only what the reader may see, only what is on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papo.delivery.ports import Page, Target
from papo.world.names import is_channel
from papo.world.refused import Code, Refused

if TYPE_CHECKING:
    from papo.delivery.chat import Chat
    from papo.world.events import Event
    from papo.world.user import User

Bound = str | int | None
"""A msgid, milliseconds since 1970, or None for open."""


def view(chat: Chat, user: User, target: str, limit: int, *, everything: bool) -> Page:
    """The page of a conversation that this person may read, without bounds. Raises Refused.

    A channel is read by its present members; a private conversation by the two it belongs to. A guest's
    identity ends with the session, so nobody inherits a conversation by taking a nick.
    """
    if is_channel(target):
        channel = chat.world.channel(target)
        if channel is None or user.uid not in channel.members:
            raise Refused(Code.NOT_ON_CHANNEL, target)
        return Page(
            conversation=channel.key,
            newest_first=True,
            limit=limit,
            era=channel.created_at_ms,
            rank=channel.rank(user.uid),
            everything=everything,
        )
    other = chat.world.user(target)
    if other is None:
        raise Refused(Code.NO_SUCH_NICK, target)
    identities = sorted((user.identity, other.identity))
    return Page(conversation=" ".join(identities), newest_first=True, limit=limit, everything=everything)


async def between(chat: Chat, page: Page, first: Bound, second: Bound) -> list[Event]:
    """Messages between two bounds, counted from the first, whichever is older (chathistory BETWEEN)."""
    forward = _bounded(page, after=first, before=second, newest_first=False)
    events = await chat.store.page(forward)
    if events:
        return events
    return await chat.store.page(_bounded(page, after=second, before=first, newest_first=True))


async def before(chat: Chat, page: Page, bound: Bound) -> list[Event]:
    """The newest messages before the bound."""
    return await chat.store.page(_bounded(page, after=None, before=bound, newest_first=True))


async def after(chat: Chat, page: Page, bound: Bound) -> list[Event]:
    """The oldest messages after the bound."""
    return await chat.store.page(_bounded(page, after=bound, before=None, newest_first=False))


async def latest(chat: Chat, page: Page, bound: Bound) -> list[Event]:
    """The newest messages, none older than the bound."""
    return await chat.store.page(_bounded(page, after=bound, before=None, newest_first=True))


async def around(chat: Chat, page: Page, centre: str | int) -> list[Event]:
    """Messages on both sides of one."""
    return await chat.store.around(page, centre)


async def targets(chat: Chat, user: User, first_ms: int, second_ms: int, limit: int) -> list[Target]:
    """The person's conversations whose newest message lies between the two times, oldest first."""
    channels = [(key, chat.world.channels[key].created_at_ms) for key in user.channels]
    low, high = sorted((first_ms, second_ms))
    return await chat.store.targets(user.identity, channels, low, high, limit)


def _bounded(page: Page, *, after: Bound, before: Bound, newest_first: bool) -> Page:
    return Page(
        conversation=page.conversation,
        after=after,
        before=before,
        newest_first=newest_first,
        limit=page.limit,
        era=page.era,
        rank=page.rank,
        everything=page.everything,
    )
