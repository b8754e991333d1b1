"""What happened, in words: events, summaries, typing, the connection. Safe on any screen: no control characters."""

from __future__ import annotations

from collections.abc import Sequence

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, now_ms, one_line
from papo.client.state.network import Network
from papo.client.text.markup import plain
from papo.i18n import _, ngettext
from papo.ui.times import clock

MAX_NAMES = 8
MAX_EXCERPT = 200
"""Characters of a message that are shown in toasts, quotes and search results."""


def excerpt(text: str) -> str:
    """The beginning of a message, on one line."""
    return one_line(text)[:MAX_EXCERPT]


def event(line: BufferLine) -> str:
    """What somebody did, or for `info` and `error` what the server says."""
    nick, other, text = plain(line.nick), plain(line.detail), one_line(line.text)
    match line.kind:
        case "join":
            return _("{nick} joined").format(nick=nick)
        case "part" | "quit":
            return (_("{nick} left ({text})") if text else _("{nick} left")).format(nick=nick, text=text)
        case "nick":
            return _("{nick} is now {other}").format(nick=nick, other=other)
        case "mode":
            return _("{nick} set {other}").format(nick=nick, other=other)
        case "kick":
            # A server without a reason gives the nick as one.
            has_reason = bool(text) and text != other
            sentence = _("{nick} kicked {other} ({text})") if has_reason else _("{nick} kicked {other}")
            return sentence.format(nick=nick, other=other, text=text)
        case "topic":
            if other:
                return _("{nick} renamed the channel to {other}").format(nick=nick, other=other)
            sentence = _("{nick} set the topic: {text}") if text else _("{nick} removed the topic")
            return sentence.format(nick=nick, text=text)
    return text


def summary(lines: Sequence[BufferLine]) -> str:
    """Several joins, leaves, nicks and modes in one sentence: who is here now that was not, and the reverse."""
    if len(lines) == 1:
        return event(lines[0])
    changes: dict[str, list[bool]] = {}
    for line in lines:
        if line.kind in {"join", "part", "quit"}:
            changes.setdefault(line.nick, []).append(line.kind == "join")
    joined = [nick for nick, each in changes.items() if each[0] and each[-1]]
    left = [nick for nick, each in changes.items() if not each[0] and not each[-1]]
    briefly = [nick for nick, each in changes.items() if each[0] != each[-1]]
    parts = []
    if briefly and not joined and not left:
        # If others came or went for good, those who did both are not worth a word.
        count = len(briefly)
        parts.append(
            ngettext("{names} joined and left", "{names} joined and left", count).format(names=_names(briefly))
        )
    if joined:
        parts.append(ngettext("{names} joined", "{names} joined", len(joined)).format(names=_names(joined)))
    if left:
        parts.append(ngettext("{names} left", "{names} left", len(left)).format(names=_names(left)))
    parts += [event(line) for line in lines if line.kind == "nick"][:MAX_NAMES]
    modes = sum(line.kind == "mode" for line in lines)
    if modes:
        parts.append(ngettext("{count} mode change", "{count} mode changes", modes).format(count=modes))
    return "; ".join(parts)


def _names(nicks: Sequence[str]) -> str:
    shown = ", ".join(plain(nick) for nick in nicks[:MAX_NAMES])
    more = len(nicks) - MAX_NAMES
    return shown + (ngettext(" and {count} more", " and {count} more", more).format(count=more) if more > 0 else "")


def beginning(buffer: Buffer) -> str:
    """The heading above the first message of a conversation."""
    if buffer.kind == "query":
        return _("This is the beginning of your conversation with {name}.").format(name=plain(buffer.name))
    return _("This is the beginning of {name}.").format(name=plain(buffer.name))


def edited() -> str:
    """The mark after the text of an edited message."""
    return _("(edited)")


def deleted() -> str:
    """What is shown in place of a deleted message's text."""
    return _("This message was deleted.")


def spoken(line: BufferLine, *, online: bool = True) -> str:
    """A line as a screen reader says it: author, text, time."""
    if not line.is_message:
        return f"{event(line)}, {clock(line.at_ms)}"
    text = deleted() if line.redacted else one_line(line.text)
    said = f"{line.nick} {text}" if line.kind == "action" else f"{line.nick}: {text}"
    if line.edited:
        said = f"{said} {edited()}"
    if line.pending == "failed":
        said = f"{said}, {_('Not sent: {why}').format(why=line.error)}"
    elif line.pending and not online:
        said = f"{said}, {_('Waiting for the connection')}"
    reactions = "".join(f", {reaction(emoji, nicks)}" for emoji, nicks in (line.reactions or {}).items())
    return f"{said}, {clock(line.at_ms)}{reactions}"


def reaction(emoji: str, nicks: Sequence[str]) -> str:
    """An emoji and who reacted with it."""
    text = ngettext("{emoji}: {count} person, {names}", "{emoji}: {count} people, {names}", len(nicks))
    return text.format(emoji=emoji, count=len(nicks), names=", ".join(nicks))


def typing(nicks: Sequence[str]) -> str:
    """Who is typing; "" for nobody."""
    match [plain(nick) for nick in nicks[:3]]:
        case []:
            return ""
        case [nick]:
            return _("{nick} is typing…").format(nick=nick)
        case [one, two]:
            return _("{one} and {two} are typing…").format(one=one, two=two)
    return _("Several people are typing…")


def status(network: Network) -> str:
    """The connection and the account in a word or two, for a place beside the network's name."""
    match network.status:
        case "connecting" | "registering":
            return _("Connecting…")
        case "waiting" | "closed":
            return _("offline")
    if network.away:
        return _("away")
    if network.address.is_classroom:
        return network.address.scheme
    return _("signed in") if network.account else _("guest")


def connection(network: Network) -> str:
    """Why there is no connection and when the next attempt is; "" while there is one."""
    match network.status:
        case "connecting" | "registering":
            return _("Connecting to {where}…").format(where=network.address.host)
        case "waiting":
            seconds = max(0, round((network.retry_at_ms - now_ms()) / 1000))
            retry = ngettext("Trying again in {count} second.", "Trying again in {count} seconds.", seconds)
            return " ".join(filter(None, (network.error, retry.format(count=seconds))))
        case "closed":
            return network.error or _("Not connected.")
    return ""
