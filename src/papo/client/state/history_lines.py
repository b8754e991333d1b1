"""A history page as buffer lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from papo.client.session.line_parts import MESSAGE_COMMANDS, is_ctcp, param
from papo.client.state.buffer import Buffer
from papo.client.state.buffer_lines import is_mine, mark_mention, place
from papo.client.state.change_tags import apply_edit, apply_edit_tag, apply_reaction, apply_redaction
from papo.client.state.message import BufferLine, event_line, message_line
from papo.client.state.network import Network
from papo.protocol.irc import Line

EVENT_LINES: dict[str, Callable[[Line], BufferLine]] = {
    "JOIN": lambda line: event_line("join", line),
    "PART": lambda line: event_line("part", line, text=param(line, 1)),
    "QUIT": lambda line: event_line("quit", line, text=param(line, 0)),
    "KICK": lambda line: event_line("kick", line, detail=param(line, 1), text=param(line, 2)),
    "NICK": lambda line: event_line("nick", line, detail=param(line, 0)),
    "MODE": lambda line: event_line("mode", line, detail=" ".join(line.params[1:])),
    "TOPIC": lambda line: event_line("topic", line, text=param(line, 1)),
}
"""Events that history holds besides messages."""


def history_lines(network: Network, buffer: Buffer, lines: Sequence[Line]) -> list[BufferLine]:
    """A history page, oldest first, with its edits and reactions; redacted messages and doubles are left out."""
    found: list[BufferLine] = []
    redacted = set()
    for line in lines:
        if line.command in MESSAGE_COMMANDS:
            if is_ctcp(param(line, 1)) or apply_edit_tag(network, buffer, line):
                continue
            fresh = message_line(line, mine=is_mine(network, line), statusmsg=place(network, line)[1])
            found.append(mark_mention(network, buffer, fresh))
        elif line.command == "TAGMSG":
            apply_reaction(buffer, line)
        elif line.command == "EDIT":
            apply_edit(network, buffer, line)
        elif line.command == "REDACT":
            redacted.add(apply_redaction(network, buffer, line))
        elif line.command in EVENT_LINES:
            found.append(EVENT_LINES[line.command](line))
    buffer.apply_changes(found)
    left_out = redacted
    kept = []
    for each in found:
        if not each.id or each.id not in left_out:
            kept.append(each)
            left_out.add(each.id)
    return kept
