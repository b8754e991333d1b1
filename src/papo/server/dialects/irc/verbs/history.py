"""CHATHISTORY and MARKREAD (IRCv3 chathistory, read-marker)."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import msgspec

from papo.protocol.times import from_iso, iso_time
from papo.server.actions import history, users
from papo.server.delivery.ports import EDIT, REACTION, REDACTION, NotReadable
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.channel_lines import marker_line
from papo.server.dialects.irc.format import irc_format
from papo.server.dialects.irc.server_batch import send_batch
from papo.server.dialects.irc.verb import verb
from papo.server.world.errors import Refused
from papo.server.world.names import is_channel

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.delivery.ports import Page
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.events import AnyEvent

PARAMS = {"BEFORE": 4, "AFTER": 4, "LATEST": 4, "AROUND": 4, "BETWEEN": 5, "TARGETS": 4}


class _BadParams(Exception):
    """A parameter is not valid; `args` follow the subcommand in the FAIL."""


@verb("CHATHISTORY", params=1)
def chathistory(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """CHATHISTORY BEFORE|AFTER|LATEST|AROUND|BETWEEN|TARGETS ...: read the message history."""
    subcommand = line.params[0].upper()
    shown = subcommand if subcommand.isalpha() else "*"
    if subcommand not in PARAMS:
        session.fail("CHATHISTORY", "INVALID_PARAMS", shown, "Unknown command")
    elif len(line.params) < PARAMS[subcommand]:
        session.fail("CHATHISTORY", "INVALID_PARAMS", shown, "Insufficient parameters")
    elif len(line.params) > PARAMS[subcommand]:
        session.fail("CHATHISTORY", "INVALID_PARAMS", shown, "Too many parameters")
    else:
        return _answer(session, subcommand, line.params[1:])
    return None


async def _answer(session: IrcSession, subcommand: str, params: list[str]) -> None:
    try:
        limit = _limit(session, params[-1])
        await session.chat.journal.flush()
        if subcommand == "TARGETS":
            await _send_targets(session, _time(params[0]), _time(params[1]), limit)
            return
        everything = bool(session.bits & caps.EVENT_PLAYBACK)
        page = history.view(session.chat, session.me, params[0], limit, everything=everything)
        page = msgspec.structs.replace(page, also=kinds(session))
        bounds = [_bound(param) for param in params[1:-1]]
        events = await _read(session, subcommand, page, bounds)
    except _BadParams as bad:
        session.fail("CHATHISTORY", "INVALID_PARAMS", subcommand, *bad.args)
    except (Refused, KeyError) as error:
        code = "MESSAGE_ERROR" if isinstance(error, (KeyError, NotReadable)) else "INVALID_TARGET"
        session.fail("CHATHISTORY", code, subcommand, params[0], "Messages could not be retrieved")
    else:
        _send(session, params[0], events)


def kinds(session: IrcSession) -> tuple[int, ...]:
    """The kinds of rows besides messages that the client understands: no others take up room on a page."""
    return tuple(
        kind
        for bits, kind in (
            (caps.MESSAGE_TAGS | caps.EVENT_PLAYBACK, REACTION),
            (caps.REDACTION, REDACTION),
            (caps.EDIT, EDIT),
        )
        if session.bits & bits == bits
    )


async def _read(session: IrcSession, subcommand: str, page: Page, bounds: list[str | int | None]) -> list[AnyEvent]:
    chat = session.chat
    first = bounds[0]
    if subcommand == "LATEST":
        return await history.latest(chat, page, first)
    if first is None:
        raise _BadParams("*", "This subcommand needs a timestamp or a msgid")
    match subcommand:
        case "BEFORE":
            return await history.before(chat, page, first)
        case "AFTER":
            return await history.after(chat, page, first)
        case "AROUND":
            return await history.around(chat, page, first)
        case _:
            return await history.between(chat, page, first, bounds[1])


def _limit(session: IrcSession, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _BadParams(text, "The limit must be a number")
    settings = session.chat.config.history
    return min(int(text[:9]) or settings.page_default, settings.page_max)


def _time(text: str) -> int:
    at_ms = from_iso(text.removeprefix("timestamp=")) if text.startswith("timestamp=") else None
    if at_ms is None:
        raise _BadParams(text, "Invalid timestamp")
    return at_ms


def _bound(text: str) -> str | int | None:
    if text == "*":
        return None
    if text.startswith("msgid="):
        return text[6:]
    return _time(text)


def _send(session: IrcSession, target: str, events: list[AnyEvent]) -> None:
    form = irc_format(session.bits, "")
    lines = [line for event in events for line in form.lines(event)]
    send_batch(session, f"chathistory {target}", lines)


async def _send_targets(session: IrcSession, first_ms: int, second_ms: int, limit: int) -> None:
    chat = session.chat
    me = session.me
    server = chat.config.server.name
    lines = []
    for target in await history.targets(chat, me, first_ms, second_ms, limit):
        if is_channel(target.conversation):
            channel = chat.world.channels.get(target.conversation)
            name = channel.name if channel is not None else target.conversation
        else:
            one, _, other = target.conversation.partition(" ")
            name = history.nick_of(chat, other if one == me.identity else one)
        if name:
            lines.append(f":{server} CHATHISTORY TARGETS {name} {iso_time(target.latest_ms)}")
    send_batch(session, "draft/chathistory-targets", lines)


@verb("MARKREAD")
def markread(session: IrcSession, line: Line) -> None:
    """MARKREAD target [timestamp=time]: see or set how far you have read."""
    if not line.params or not line.params[0]:
        session.fail("MARKREAD", "NEED_MORE_PARAMS", "Missing parameters")
        return
    target = line.params[0]
    if not is_channel(target) and any(char in target for char in "!@,* "):
        session.fail("MARKREAD", "INVALID_PARAMS", target, "That is not a channel or a nick")
        return
    if len(line.params) == 1:
        send_marker(session, target)
        return
    at_ms = from_iso(line.params[1].removeprefix("timestamp="))
    if at_ms is None or not line.params[1].startswith("timestamp="):
        session.fail("MARKREAD", "INVALID_PARAMS", line.params[1], "Invalid timestamp")
        return
    if not users.mark_read(session.chat, session, target, at_ms):
        send_marker(session, target)


def send_marker(session: IrcSession, target: str) -> None:
    """Send the mark; `*` if nothing has been read."""
    session.send(marker_line(session, target))
