"""What happened in a conversation, in words."""

from __future__ import annotations

from collections.abc import Sequence

from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.desktop.times import clock
from papo.i18n import _, ngettext


def happening(entry: BufferLine) -> str:
    """A row that is nobody's message."""
    nick, other, text = entry.nick, entry.detail, one_line(entry.text)
    match entry.kind:
        case "join":
            return _("{nick} came in").format(nick=nick)
        case "part":
            return (_("{nick} left ({text})") if text else _("{nick} left")).format(nick=nick, text=text)
        case "quit":
            return (_("{nick} is gone ({text})") if text else _("{nick} is gone")).format(nick=nick, text=text)
        case "nick":
            return _("{nick} is now {other}").format(nick=nick, other=other)
        case "mode":
            return _("{nick} set {other}").format(nick=nick, other=other)
        case "kick":
            said = _("{nick} put {other} out ({text})") if text and text != other else _("{nick} put {other} out")
            return said.format(nick=nick, other=other, text=text)
        case "topic":
            if other:
                return _("{nick} renamed the channel to {other}").format(nick=nick, other=other)
            said = _("{nick} set the topic: {text}") if text else _("{nick} removed the topic")
            return said.format(nick=nick, text=text)
    return text


def summary(entries: Sequence[BufferLine]) -> str:
    """Comings and goings in one line."""

    def many(*kinds: str) -> int:
        return len({each.nick for each in entries if each.kind in kinds})

    came, left = many("join"), many("part", "quit")
    others = sum(each.kind in {"nick", "mode"} for each in entries)
    words = []
    if came:
        words.append(ngettext("{count} person came in", "{count} people came in", came).format(count=came))
    if left:
        words.append(ngettext("{count} person left", "{count} people left", left).format(count=left))
    if others:
        words.append(ngettext("{count} change", "{count} changes", others).format(count=others))
    return ", ".join(words)


def beginning(buffer: Buffer) -> str:
    """What stands above the first message there ever was."""
    if buffer.kind == "person":
        return _("This is where your conversation with {name} begins.").format(name=buffer.name)
    return _("This is where {name} begins.").format(name=buffer.name)


def aloud(entry: BufferLine, *, online: bool = True) -> str:
    """A row as a screen reader says it: who, what, when."""
    if entry.kind in {"info", "error"}:
        return f"{one_line(entry.text)}, {clock(entry.at_ms)}"
    if not entry.is_message:
        return f"{happening(entry)}, {clock(entry.at_ms)}"
    text = _("This message was deleted.") if entry.redacted else one_line(entry.text)
    said = f"{entry.nick} {text}" if entry.kind == "action" else f"{entry.nick}: {text}"
    if entry.edited:
        said = f"{said} {_('(edited)')}"
    if entry.pending == "failed":
        said = f"{said}, {_('Not sent: {why}').format(why=entry.error)}"
    elif entry.pending and not online:
        said = f"{said}, {_('Waiting for the connection')}"
    reactions = "".join(f", {reaction(emoji, nicks)}" for emoji, nicks in (entry.reactions or {}).items())
    return f"{said}, {clock(entry.at_ms)}{reactions}"


def reaction(emoji: str, nicks: Sequence[str]) -> str:
    """Who gave it."""
    text = ngettext("{emoji}: {count} person, {names}", "{emoji}: {count} people, {names}", len(nicks))
    return text.format(emoji=emoji, count=len(nicks), names=", ".join(nicks))


def typing(nicks: Sequence[str]) -> str:
    """Who writes now."""
    match list(nicks):
        case []:
            return ""
        case [nick]:
            return _("{nick} is typing…").format(nick=nick)
        case [one, two]:
            return _("{one} and {two} are typing…").format(one=one, two=two)
    return _("Several people are typing…")


def standing(network: Network) -> str:
    """How we are there, in a word or two."""
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


def refusal(code: str, text: str) -> str:
    """Why we did not get in, in our own words where we have them."""
    match code:
        case "433" | "436":
            return _("Somebody has this name already. Choose another.")
        case "432" | "431":
            return _("A name may not begin with a digit and may not hold spaces or signs like # and @.")
        case "464":
            return _("The server's password is wrong.")
        case "465":
            return _("You may not come in: {text}").format(text=text)
        case "904":
            return _("The account or the password is wrong.")
    return text
