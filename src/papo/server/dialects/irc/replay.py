"""Messages from before a connection, sent to clients that do not ask for history themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from papo.server.actions import history
from papo.server.delivery.ports import END_OF_TIME_MS
from papo.server.dialects.irc.format import irc_format
from papo.server.dialects.irc.server_batch import batched
from papo.server.world.errors import Refused

if TYPE_CHECKING:
    from papo.server.dialects.irc.replies import Replies

MAX_CONVERSATIONS = 100


async def replay_missed(session: Replies, after_ms: int, until: str) -> None:
    """Send everything after a time that was accepted before the id `until`, and then what the session kept back."""
    data = b""
    try:
        lines = await all_lines(session, after_ms, until=until)
        data = session.format.separator.join(map(session.format.frame, lines))
    finally:
        session.link.send_before(data)


async def all_lines(session: Replies, after_ms: int, before_ms: int | None = None, *, until: str = "") -> list[str]:
    """The messages between two times in all conversations of the user."""
    await session.chat.journal.flush()
    if session.ended:
        return []
    found: list[str] = []
    for recent in await history.targets(session.chat, session.me, after_ms, END_OF_TIME_MS, MAX_CONVERSATIONS):
        name = target_of(session, recent.conversation)
        if name:
            found += await lines_of(session, name, after_ms, before_ms, until=until)
    return found


async def lines_of(
    session: Replies, target: str, after_ms: int, before_ms: int | None = None, *, until: str = ""
) -> list[str]:
    """The messages between two times in one conversation; none if the user may not read it.

    `until` is an id (`Chat.ids`): only what was accepted before it was made; "" for everything.
    """
    limit = session.chat.config.history.page_max
    try:
        page = history.view(session.chat, session.me, target, limit, everything=False)
    except Refused:
        return []
    page = msgspec.structs.replace(page, after=after_ms, before=before_ms, until=until)
    form = irc_format(session.bits, "")
    events = await session.chat.store.page(page)
    lines = [line for event in events for line in form.lines(event)]
    return batched(session, f"chathistory {target}", lines) if lines else []


def target_of(session: Replies, conversation: str) -> str:
    """The channel or nick to address a conversation by; "" if its other side has left."""
    one, space, other = conversation.partition(" ")
    if not space:
        return one
    return history.nick_of(session.chat, other if one == session.me.identity else one)
