"""SEARCH (draft/search, soju.im/search), and the playback of ZNC's module for clients that know only that."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import msgspec

from papo.protocol.irc import parse_tags
from papo.protocol.text import cut
from papo.protocol.times import from_iso
from papo.server.actions import history
from papo.server.delivery.ports import NotReadable, Search
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.format import irc_format
from papo.server.dialects.irc.replay import all_lines, lines_of
from papo.server.dialects.irc.server_batch import send_batch
from papo.server.dialects.irc.verb import verb
from papo.server.world.errors import Code, Refused
from papo.server.world.events import MessageSent

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession

MAX_WORDS = 12
MAX_HIT_BYTES = 350
KNOWN = {"in", "from", "after", "before", "text", "limit"}


@verb("SEARCH", params=1)
def search(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """SEARCH in=#channel;from=nick;after=time;before=time;text=words;limit=50: search the messages."""
    wanted = parse_tags(line.params[0])
    try:
        query = _query(session, wanted)
    except ValueError as error:
        session.fail("SEARCH", "INVALID_PARAMS", error.args[0], session.translate(error.args[1]))
        return None
    return _answer(session, query, wanted.get("in", ""))


def _query(session: IrcSession, wanted: dict[str, str]) -> Search:
    """Raises ValueError(what, why)."""
    for key in wanted:
        if key not in KNOWN:
            raise ValueError(key, "The keys of a search are in, from, after, before, text and limit")
    limit = wanted.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 9 and int(limit)):
        raise ValueError("limit", "The limit must be a number")
    words = split_words(wanted.get("text", ""))
    if not words and not wanted.get("from") and not wanted.get("in"):
        raise ValueError("text", "Give at least one of text, from and in")
    return Search(
        words=words,
        places=(),
        sender=wanted.get("from", ""),
        after_ms=_time(wanted, "after", -1),
        before_ms=_time(wanted, "before", 1),
        limit=min(int(limit), session.chat.config.history.page_default),
    )


def _time(wanted: dict[str, str], key: str, step: int) -> int | None:
    """The bound in ms, moved by `step` so that it includes the time itself; None if it is not given."""
    if key not in wanted:
        return None
    at_ms = from_iso(wanted[key].removeprefix("timestamp="))
    if at_ms is None:
        raise ValueError(key, "The time must be like 2026-11-21T12:00:00.000Z")
    return at_ms + step


def split_words(text: str) -> tuple[str, ...]:
    """Words, and phrases between quotation marks."""
    parts = text.split('"')
    words: list[str] = []
    for at, part in enumerate(parts):
        words += [part] if at % 2 else part.split()
    return tuple(word for word in words if any(char.isalnum() for char in word))[:MAX_WORDS]


async def _answer(session: IrcSession, query: Search, target: str) -> None:
    try:
        found = await history.search(session.chat, session.me, query, target)
    except NotReadable:
        raise
    except Refused:
        raise Refused(Code.INVALID_TARGET, target) from None
    form = irc_format(session.bits, "")
    lines = [line for event in found if isinstance(event, MessageSent) for line in form.lines(_on_one_line(event))]
    send_batch(session, "soju.im/search" if session.bits & caps.SOJU_SEARCH else "search", lines)


def _on_one_line(event: MessageSent) -> MessageSent:
    """A hit is one line, however many the message has; the history has the rest."""
    return msgspec.structs.replace(event, text=cut(" ".join(event.text.split("\n")), MAX_HIT_BYTES), lines=())


@verb("ZNC", params=1)
def znc(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """ZNC *playback PLAY target [from [to]]: messages since a time in seconds, for clients that know only that."""
    if line.params[0].lower() != "*playback" or len(line.params) < 2:
        return None
    return playback(session, " ".join(line.params[1:]))


async def playback(session: IrcSession, text: str) -> None:
    """As ZNC's playback module: `play * 1700000000.5` sends all messages since then, oldest first."""
    words = text.split()
    if len(words) < 2 or words[0].lower() != "play":
        return
    start_ms = _seconds(words[2]) if len(words) > 2 else 0
    end_ms = _seconds(words[3]) if len(words) > 3 else None
    if words[1] == "*":
        lines = await all_lines(session, start_ms, end_ms)
    else:
        await session.chat.journal.flush()
        names = filter(None, words[1].split(","))
        lines = [line for name in names for line in await lines_of(session, name, start_ms, end_ms)]
    for line in lines:
        session.send(line)


def _seconds(text: str) -> int:
    try:
        return int(float(text) * 1000)
    except (ValueError, OverflowError):
        return 0
