"""What each line from the server means: one function for each command, in one table.

Sources: modern.ircdocs.horse; ircv3.net/specs/extensions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from papo.client.session.line_parts import is_error, is_target, last, nick_of, param
from papo.client.state import membership, send
from papo.client.state.buffer import Buffer
from papo.client.state.buffer_lines import add, is_mine, place, with_mention
from papo.client.state.message import MAX_REACTION, BufferLine, event_line, info_line, message_line, reply_of
from papo.protocol.irc import Line
from papo.protocol.times import from_iso

if TYPE_CHECKING:
    from papo.client.state.network import Network

CHANNEL_ERRORS = frozenset({
    "401", "403", "404", "405", "437", "442", "443", "471", "473", "474", "475", "476", "477", "478", "480",
    "482", "489", "494",
})  # fmt: skip
"""Refusals that concern a conversation: the second parameter says which."""
NICK_ERRORS = frozenset({"431", "432", "433", "436", "437", "447"})
QUIET = frozenset({
    "002", "003", "004", "005", "219", "250", "251", "252", "253", "254", "255", "265", "266", "305", "306",
    "315", "318", "321", "323", "324", "329", "331", "333", "352", "353", "354", "366", "368", "372", "375",
    "376", "396", "422", "687", "761", "762", "766", "770", "900", "901", "903",
})  # fmt: skip
"""Numerics nobody wants to read."""


def handle(network: Network, line: Line) -> None:
    """Take one line in."""
    handler = HANDLERS.get(line.command)
    if handler is not None:
        handler(network, line)
    elif line.command.isdecimal() and line.command not in QUIET:
        _numeric(network, line)


def _numeric(network: Network, line: Line) -> None:
    rest = line.params[1:]
    text = last(line)
    if line.command in NICK_ERRORS and network.nick_refused(param(line, 1)):
        return
    about = network.buffer(rest[0]) if rest and line.command in CHANNEL_ERRORS else None
    wrong = is_error(line)
    if wrong and "label" in line.tags:
        return  # whoever asked says what became of it
    shown = f"{rest[0]}: {text}" if wrong and len(rest) > 1 else " ".join(rest)
    if wrong and network.session.registered:
        network.listener.notice(network, "error", shown)
    add(network, about or network.server, info_line("error" if wrong else "info", shown))
    if about is not None and about.key in network.joining:
        # We are not let in again: who has said something meanwhile hears why it cannot be sent.
        network.joining.discard(about.key)
        send.resend(network, about)


def _privmsg(network: Network, line: Line) -> None:
    text = param(line, 1)
    if text[:1] == "\x01" and text[:8] != "\x01ACTION ":
        _ctcp(network, line)
        return
    name, rank = place(network, line)
    mine = is_mine(network, line)
    nick = nick_of(line.source)
    if "!" not in line.source and ("." in nick or not nick or param(line, 0) == "*"):
        add(network, network.server, info_line("notice", text))
        return
    buffer = network.buffer(name)
    if line.command == "NOTICE" and buffer is None and not mine:
        # Services and the like answer by notice: not worth a conversation, and not to be missed either.
        network.listener.notice(network, "info", f"{nick}: {text}")
        add(network, network.server, message_line(line, mine=mine))
        return
    if buffer is None:
        if not is_target(name):
            return
        buffer = network.open(name)
    if buffer.kind == "person" and not buffer.filled:
        network.fill(buffer)
    if buffer.typing:
        buffer.set_typing(network.fold(nick), "", on=False)
    if _is_edit(buffer, line):
        return
    fresh = message_line(line, mine=mine, rank=rank)
    if fresh.nonce:
        network.outbox.remove(fresh.nonce)
    add(network, buffer, with_mention(network, buffer, fresh))


def _is_edit(buffer: Buffer, line: Line) -> bool:
    """Take in a message that stands for another one. The tag is a client's: anybody can send it."""
    target = line.tags.get("+draft/edit")
    if not target:
        return False
    buffer.edit(target, param(line, 1), nick=nick_of(line.source) or "*", account=line.tags.get("account", ""))
    return True


def _ctcp(network: Network, line: Line) -> None:
    word, _space, rest = param(line, 1).strip("\x01").partition(" ")
    nick = nick_of(line.source)
    if line.command != "PRIVMSG" or network.is_me(nick) or network.is_channel(param(line, 0)):
        return
    answer = {"PING": rest, "VERSION": "Papo"}.get(word.upper(), "")
    if answer:
        network.session.send("NOTICE", nick, f"\x01{word} {answer}\x01")


def _tagmsg(network: Network, line: Line) -> None:
    buffer = network.buffer(place(network, line)[0])
    if buffer is None:
        return
    nick = nick_of(line.source)
    typing = line.tags.get("+typing") or line.tags.get("+draft/typing")
    if typing and not network.is_me(nick):
        buffer.set_typing(network.fold(nick), nick, on=typing == "active")
    _reaction(buffer, line)


def _reaction(buffer: Buffer, line: Line) -> None:
    of = reply_of(line)
    if not of:
        return
    for names, on in ((("+draft/react", "+react"), True), (("+draft/unreact", "+unreact"), False)):
        emoji = next((line.tags[name] for name in names if line.tags.get(name)), "")
        if emoji:
            buffer.react(of, emoji[:MAX_REACTION], nick_of(line.source), on=on)


def _redact(network: Network, line: Line) -> None:
    buffer = network.buffer(place(network, line)[0])
    if buffer is not None:
        buffer.redact(param(line, 1))


def _edit(network: Network, line: Line) -> None:
    buffer = network.buffer(place(network, line)[0])
    if buffer is not None:
        buffer.edit(param(line, 1), param(line, 2))


def _markread(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    at = from_iso(param(line, 1).removeprefix("timestamp="))
    if buffer is None or at is None or at <= buffer.read_at_ms:
        return
    first = buffer.read_at_ms == 0
    buffer.read_at_ms = at
    if first:
        buffer.line_at_ms = at
    network.count(buffer)


def _standard(network: Network, line: Line) -> None:
    about = next((found for word in line.params[2:-1] if (found := network.buffer(word))), None)
    wrong = line.command == "FAIL"
    if wrong and param(line, 0) == "CHATHISTORY":
        return  # whoever asked goes on without
    if wrong and "label" in line.tags:
        return  # whoever asked says what became of it
    if wrong:
        network.listener.notice(network, "error", last(line))
    add(network, about or network.server, info_line("error" if wrong else "info", last(line)))


def _operator(network: Network, line: Line) -> None:
    network.operator = True
    add(network, network.server, info_line("info", last(line)))


def _say(network: Network, line: Line) -> None:
    add(network, network.server, info_line("error" if line.command == "ERROR" else "info", last(line)))


def _nothing(_network: Network, _line: Line) -> None:
    pass


HANDLERS: dict[str, Callable[[Network, Line], None]] = {
    **membership.HANDLERS,
    "PRIVMSG": _privmsg,
    "NOTICE": _privmsg,
    "TAGMSG": _tagmsg,
    "REDACT": _redact,
    "EDIT": _edit,
    "MARKREAD": _markread,
    "FAIL": _standard,
    "WARN": _standard,
    "NOTE": _standard,
    "ERROR": _say,
    "PING": _nothing,
    "PONG": _nothing,
    "CAP": _nothing,
    "AUTHENTICATE": _nothing,
    "001": _say,
    "381": _operator,
    "900": _say,
}

EVENT_LINES: dict[str, Callable[[Line], BufferLine]] = {
    "JOIN": lambda line: event_line("join", line),
    "PART": lambda line: event_line("part", line, text=param(line, 1)),
    "QUIT": lambda line: event_line("quit", line, text=param(line, 0)),
    "KICK": lambda line: event_line("kick", line, detail=param(line, 1), text=param(line, 2)),
    "NICK": lambda line: event_line("nick", line, detail=param(line, 0)),
    "MODE": lambda line: event_line("mode", line, detail=" ".join(line.params[1:])),
    "TOPIC": lambda line: event_line("topic", line, text=param(line, 1)),
}
"""What else than words the past holds."""
assert set(EVENT_LINES) <= set(HANDLERS)


def history_lines(network: Network, buffer: Buffer, lines: Sequence[Line]) -> list[BufferLine]:
    """A page of the past as entries, oldest first; what changed messages is applied to them."""
    found: list[BufferLine] = []
    gone = set()
    for line in lines:
        if line.command in {"PRIVMSG", "NOTICE"}:
            if _is_edit(buffer, line):
                continue
            fresh = message_line(line, mine=is_mine(network, line), rank=place(network, line)[1])
            found.append(with_mention(network, buffer, fresh))
        elif line.command == "TAGMSG":
            _reaction(buffer, line)
        elif line.command == "EDIT":
            buffer.edit(param(line, 1), param(line, 2))
        elif line.command == "REDACT":
            gone.add(param(line, 1))
            buffer.redact(param(line, 1))
        elif line.command in EVENT_LINES:
            found.append(EVENT_LINES[line.command](line))
    buffer.amend(found)
    return [each for each in found if not each.id or each.id not in gone]


def search_result(network: Network, line: Line) -> tuple[str, BufferLine]:
    """A search result: where it was said, and the row."""
    name, rank = place(network, line)
    return name, message_line(line, mine=is_mine(network, line), rank=rank)
