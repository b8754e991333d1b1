"""LIST: the channels (modern.ircdocs.horse "LIST"; ELIST conditions C M N T U)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from papo.protocol import numerics as n
from papo.server.dialects.irc.verb import verb
from papo.server.world.masks import matches
from papo.server.world.names import is_channel
from papo.server.world.permissions import sees_channel

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.channel import Channel

MAX_CONDITIONS = 10
"""Of one LIST; each is looked at for every channel."""
Condition: TypeAlias = Callable[["Channel"], bool]


@verb("LIST")
def list_(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """LIST [#channel,...] [conditions]: list channels; >5 or <5 members, C>60 or T<60 minutes, *mask*, !*mask*."""
    words = [word for param in line.params for word in param.split(",") if word]
    named = [word for word in words if is_channel(word) and not set("*?") & set(word)]
    now_ms = session.chat.now_ms()
    conditions = [_condition(word, now_ms) for word in words if word not in named][:MAX_CONDITIONS]
    names = named or list(session.chat.world.channels)
    session.numeric(n.RPL_LISTSTART, "Channel", "Users  Name")
    return session.send_rows(_rows(session, names, conditions))


def _rows(session: IrcSession, names: list[str], conditions: list[Condition]) -> Iterator[None]:
    for name in names:
        channel = session.chat.world.channel(name)
        if (
            channel is not None
            and sees_channel(channel, session.me)
            and all(condition(channel) for condition in conditions)
        ):
            session.numeric(n.RPL_LIST, channel.name, str(len(channel.members)), channel.topic)
        yield
    session.numeric(n.RPL_LISTEND, "End of /LIST")


def _condition(word: str, now_ms: int) -> Condition:
    kind, sign, number = _split(word)
    if sign and number.isascii() and number.isdigit():
        limit = int(number[:9])
        more = sign == ">"
        if kind == "":
            return lambda channel: len(channel.members) > limit if more else len(channel.members) < limit
        edge_ms = now_ms - limit * 60_000
        # "C>60": created more than 60 minutes ago.
        if kind == "C":
            return lambda channel: channel.created_at_ms < edge_ms if more else channel.created_at_ms > edge_ms
        return lambda channel: (
            bool(channel.topic) and (channel.topic_at_ms < edge_ms if more else channel.topic_at_ms > edge_ms)
        )
    if word[0] == "!":
        return lambda channel: not matches(word[1:], channel.name)
    return lambda channel: matches(word, channel.name)


def _split(word: str) -> tuple[str, str, str]:
    """`C>60` to (`C`, `>`, `60`)."""
    kind = word[0].upper() if word[0] in "CTct" else ""
    rest = word[len(kind) :]
    return (kind, rest[0], rest[1:]) if rest[:1] in {"<", ">"} else ("", "", "")
