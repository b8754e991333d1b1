"""WHO and WHOX (modern.ircdocs.horse "WHO"; IRCv3 whox)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from papo.protocol import numerics as n
from papo.server.dialects.irc import caps
from papo.server.dialects.irc.verb import verb
from papo.server.world.masks import matches
from papo.server.world.modes import PREFIX_OF_MODE, prefixes_of
from papo.server.world.names import is_channel
from papo.server.world.permissions import sees_channel, sees_member

if TYPE_CHECKING:
    from papo.protocol.irc import Line
    from papo.server.dialects.irc.session import IrcSession
    from papo.server.world.channel import Channel
    from papo.server.world.user import User

FIELDS = "tcuihsnfdlaor"
"""In the order of 354."""


@verb("WHO")
def who(session: IrcSession, line: Line) -> Coroutine[Any, Any, None] | None:
    """WHO #channel | mask [o][%fields[,token]]: list the members of a channel, or the users who match a mask."""
    mask = line.params[0] if line.params else "*"
    return session.send_rows(_rows(session, mask, line.params[1] if len(line.params) > 1 else ""))


def _rows(session: IrcSession, mask: str, options: str) -> Iterator[None]:
    flags, percent, rest = options.partition("%")
    fields, _, token = rest.partition(",")
    operators_only = "o" in flags
    limit = session.chat.config.limits.who_rows
    count = 0
    for found in _find_users(session, mask):
        if found is not None:
            user, channel = found
            if channel is None and count >= limit and session.chat.config.limits.enabled and not session.me.may("see"):
                break
            count += 1
            if operators_only and not user.is_operator:
                pass
            elif percent:
                _send_whox(session, user, channel, fields, token)
            else:
                _send_who(session, user, channel)
        yield
    session.numeric(n.RPL_ENDOFWHO, mask if mask and mask[0] != ":" and " " not in mask else "*", "End of WHO list")


def _find_users(session: IrcSession, mask: str) -> Iterator[tuple[User, Channel | None] | None]:
    """Each user that the asker may see, and a channel to show with them; None for each that they may not."""
    world = session.chat.world
    me = session.me
    if is_channel(mask):
        channel = world.channel(mask)
        for uid in () if channel is None else list(channel.members):
            # Again for each: between two of them the channel, or the asker's place in it, may have changed.
            user = world.users.get(uid)
            if channel is None or user is None or uid not in channel.members or not sees_channel(channel, me):
                continue
            inside = me.uid in channel.members
            visible = (inside or "i" not in user.modes or me.may("see")) and sees_member(channel, me, uid)
            yield (user, channel) if visible else None
        return
    exact = world.user(mask)
    if exact is not None:
        yield exact, _shared(session, exact)
        return
    everyone = mask in {"*", "0", ""}
    for uid in list(world.users):
        user = world.users.get(uid)
        if user is None or (
            user is not me and "i" in user.modes and not me.may("see") and not world.share_channel(me, user)
        ):
            yield None
        else:
            yield (user, _shared(session, user)) if everyone or _matches(mask, user, session) else None


def _matches(mask: str, user: User, session: IrcSession) -> bool:
    if "!" in mask or "@" in mask:
        return matches(mask, user.source)
    texts = (user.nick, user.username, user.host, user.realname, user.account or "", session.chat.config.server.name)
    return any(matches(mask, text) for text in texts)


def _shared(session: IrcSession, user: User) -> Channel | None:
    """A channel to show with the user: one that they share, and in which the asker sees them."""
    for key in user.channels:
        channel = session.chat.world.channels[key]
        if session.me.uid in channel.members and sees_member(channel, session.me, user.uid):
            return channel
    return None


def _flags(session: IrcSession, user: User, channel: Channel | None) -> str:
    flags = "H" if user.away is None else "G"
    if user.is_operator:
        flags += "*"
    if channel is not None:
        prefix = channel.members.get(user.uid, "")
        if prefix:
            flags += prefixes_of(prefix) if session.bits & caps.MULTI_PREFIX else PREFIX_OF_MODE[prefix[0]]
    if "B" in user.modes:
        flags += "B"
    return flags


def _send_who(session: IrcSession, user: User, channel: Channel | None) -> None:
    name = channel.name if channel is not None else "*"
    session.send(
        f":{session.chat.config.server.name} {n.RPL_WHOREPLY} {session.nick} {name} {user.username} {user.host} "
        f"{user.node} {user.nick} {_flags(session, user, channel)} :0 {user.realname}"
    )


def _send_whox(session: IrcSession, user: User, channel: Channel | None, fields: str, token: str) -> None:
    words = [
        _FIELDS[field](session, user, channel) if field != "t" else token[:3]
        for field in FIELDS
        if field in fields and (field != "t" or token)
    ]
    session.send(f":{session.chat.config.server.name} {n.RPL_WHOSPCRPL} {session.nick} {' '.join(words)}")


def _address(session: IrcSession, user: User, _: Channel | None) -> str:
    return (user.address or "127.0.0.1") if _sees_address(session, user) else "255.255.255.255"


def _idle(session: IrcSession, user: User, _: Channel | None) -> str:
    idle_s = (session.chat.now_ms() - user.spoke_at_ms) // 1000
    return str(idle_s) if "I" not in user.modes or _sees_address(session, user) else "0"


def _sees_address(session: IrcSession, user: User) -> bool:
    return user is session.me or session.me.may("see")


_FIELDS: dict[str, Callable[[IrcSession, User, Channel | None], str]] = {
    "c": lambda _, __, channel: channel.name if channel is not None else "*",
    "u": lambda _, user, __: user.username,
    "i": _address,
    "h": lambda _, user, __: user.host,
    "s": lambda _, user, __: user.node,
    "n": lambda _, user, __: user.nick,
    "f": _flags,
    "d": lambda _, __, ___: "0",
    "l": _idle,
    "a": lambda _, user, __: user.account or "0",
    "o": lambda _, __, ___: "n/a",
    "r": lambda _, user, __: ":" + user.realname,
}
"""What the letters of WHOX stand for, but t, which is the asker's."""
