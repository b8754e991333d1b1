"""Messages from before a connection, sent to clients that do not ask for history themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from papo.server.actions import history
from papo.server.dialects.irc.format import irc_format
from papo.server.dialects.irc.server_batch import send_batch
from papo.server.world.errors import Refused

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies

MAX_CONVERSATIONS = 100
END_OF_TIME_MS = 1 << 52


async def replay_all(session: Replies, after_ms: int, before_ms: int | None = None) -> None:
    """The messages after a time in all conversations of the user."""
    await session.chat.journal.flush()
    for recent in await history.targets(session.chat, session.me, after_ms, END_OF_TIME_MS, MAX_CONVERSATIONS):
        name = target_of(session, recent.conversation)
        if name:
            await replay(session, name, after_ms, before_ms)


async def replay(session: Replies, target: str, after_ms: int, before_ms: int | None = None) -> None:
    """The messages after a time in one conversation; nothing if the user may not read it."""
    limit = session.chat.config.history.page_max
    try:
        page = history.view(session.chat, session.me, target, limit, everything=False)
    except Refused:
        return
    page = msgspec.structs.replace(page, after=after_ms, before=before_ms)
    form = irc_format(session.bits, "")
    events = await session.chat.store.page(page)
    lines = [line for event in events for line in form.lines(event)]
    if lines:
        send_batch(session, f"chathistory {target}", lines)


def target_of(session: Replies, conversation: str) -> str:
    """The channel or nick to address a conversation by; "" if its other side has left."""
    one, space, other = conversation.partition(" ")
    if not space:
        return one
    return history.nick_of(session.chat, other if one == session.me.identity else one)
