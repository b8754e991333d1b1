"""What lines from the server mean: messages and their changes, read markers, refusals. One function for each command.

Users and channels are in `membership`. Sources: modern.ircdocs.horse; ircv3.net/specs/extensions.
"""

from __future__ import annotations

from collections.abc import Callable

from papo.client.session.line_parts import is_ctcp, is_error, is_target, last, nick_of, param
from papo.client.state import history, membership, send
from papo.client.state.buffer_lines import add, is_mine, mark_mention, place
from papo.client.state.change_tags import apply_edit, apply_edit_tag, apply_reaction, apply_redaction
from papo.client.state.message import info_line, message_line
from papo.client.state.network import Network
from papo.protocol import numerics as n
from papo.protocol.irc import Line
from papo.protocol.numerics import GROUPS
from papo.protocol.times import from_iso

ABOUT_A_CHANNEL = GROUPS["about_a_channel"]
ABOUT_A_NICK = GROUPS["about_a_nick"]
QUIET = GROUPS["quiet"]


def handle(network: Network, line: Line) -> None:
    """Change the state as a line says."""
    handler = HANDLERS.get(line.command)
    if handler is not None:
        handler(network, line)
    elif line.command.isdecimal() and line.command not in QUIET:
        _numeric(network, line)


def _numeric(network: Network, line: Line) -> None:
    rest = line.params[1:]
    text = last(line)
    wanted = line.command in ABOUT_A_NICK and _is_wanted_nick(network, param(line, 1))
    if wanted and network.keep_nick.refused(network.nick):
        return
    channel = network.fold(rest[0]) if rest and line.command in ABOUT_A_CHANNEL else None
    about = None if channel is None else network.buffers.get(channel)
    error = is_error(line)
    if error and "label" in line.tags:
        return  # whoever asked shows it
    shown = f"{rest[0]}: {text}" if error and len(rest) > 1 else " ".join(rest)
    if error and network.session.registered:
        network.listener.notice(network, "error", shown)
    add(network, about or network.server, info_line("error" if error else "info", shown))
    if channel in network.joining:
        network.joining.discard(channel)
        if about is not None:
            # We cannot join again: what waits in the outbox is sent, so that the server says why it is refused.
            send.resend(network, about)


def _is_wanted_nick(network: Network, nick: str) -> bool:
    return network.is_online and network.fold(nick) == network.fold(network.wanted_nick)


def _privmsg(network: Network, line: Line) -> None:
    text = param(line, 1)
    if is_ctcp(text):
        _ctcp(network, line)
        return
    name, statusmsg = place(network, line)
    mine = is_mine(network, line)
    nick = nick_of(line.source)
    if "!" not in line.source and ("." in nick or not nick or param(line, 0) == "*"):
        add(network, network.server, info_line("notice", text))
        return
    buffer = network.buffer(name)
    if line.command == "NOTICE" and buffer is None and not mine:
        # Services answer by notice: they get no conversation of their own, but must not be missed.
        network.listener.notice(network, "info", f"{nick}: {text}")
        add(network, network.server, message_line(line, mine=mine))
        return
    if buffer is None:
        if not is_target(name):
            return
        buffer = network.open(name)
    if buffer.kind == "query" and not buffer.history_requested:
        history.refill(network, buffer)
    if buffer.typing:
        buffer.set_typing(network.fold(nick), "", on=False)
    if apply_edit_tag(network, buffer, line):
        return
    fresh = message_line(line, mine=mine, statusmsg=statusmsg)
    if fresh.nonce:
        network.outbox.remove(fresh.nonce)
        fresh.sent_again = fresh.nonce in network.sent_again
    add(network, buffer, mark_mention(network, buffer, fresh))


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
    apply_reaction(buffer, line)


def _redact(network: Network, line: Line) -> None:
    buffer = network.buffer(place(network, line)[0])
    if buffer is not None:
        apply_redaction(network, buffer, line)


def _edit(network: Network, line: Line) -> None:
    buffer = network.buffer(place(network, line)[0])
    if buffer is not None:
        apply_edit(network, buffer, line)


def _markread(network: Network, line: Line) -> None:
    buffer = network.buffer(param(line, 0))
    at_ms = from_iso(param(line, 1).removeprefix("timestamp="))
    if buffer is None or at_ms is None:
        return
    newest = buffer.newest()
    # Only forwards; but one after the newest message is of a clock that was wrong, and the server corrects it.
    if at_ms <= buffer.read_at_ms and (newest is None or buffer.read_at_ms <= newest.at_ms):
        return
    first = buffer.read_at_ms == 0
    buffer.read_at_ms = at_ms
    if first:
        buffer.line_at_ms = at_ms
    buffer.count_unread(visible=buffer.key in network.visible)


def _standard_reply(network: Network, line: Line) -> None:
    about = next((found for word in line.params[2:-1] if (found := network.buffer(word))), None)
    error = line.command == "FAIL"
    if error and (param(line, 0) == "CHATHISTORY" or "label" in line.tags):
        return  # whoever asked shows it, or does without
    if error and param(line, 1) == "SESSION_ENDED":
        network.status = "closed"  # by its owner, from another session: it does not come back by itself
    if error:
        network.listener.notice(network, "error", last(line))
    add(network, about or network.server, info_line("error" if error else "info", last(line)))


def _operator(network: Network, line: Line) -> None:
    network.operator = True
    add(network, network.server, info_line("info", last(line)))


def _show(network: Network, line: Line) -> None:
    add(network, network.server, info_line("error" if line.command == "ERROR" else "info", last(line)))


def _ignore(_network: Network, _line: Line) -> None:
    pass


HANDLERS: dict[str, Callable[[Network, Line], None]] = {
    **membership.HANDLERS,
    "PRIVMSG": _privmsg,
    "NOTICE": _privmsg,
    "TAGMSG": _tagmsg,
    "REDACT": _redact,
    "EDIT": _edit,
    "MARKREAD": _markread,
    "FAIL": _standard_reply,
    "WARN": _standard_reply,
    "NOTE": _standard_reply,
    "ERROR": _show,
    "PING": _ignore,
    "PONG": _ignore,
    "CAP": _ignore,
    "AUTHENTICATE": _ignore,
    n.RPL_WELCOME: _show,
    n.RPL_YOUREOPER: _operator,
    n.RPL_LOGGEDIN: _show,
}
