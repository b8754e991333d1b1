"""What is done to messages with tags of clients: edits and reactions. Anybody can send such a tag.

Sources: IRCv3 react; draft/message-edit.
"""

from __future__ import annotations

from papo.client.session.line_parts import nick_of, param
from papo.client.state.buffer import Buffer
from papo.client.state.message import MAX_REACTION, reply_of
from papo.protocol.irc import Line


def apply_edit_tag(buffer: Buffer, line: Line) -> bool:
    """Whether the line is an edit of another message (`+draft/edit`); the buffer checks that it is by its author."""
    target = line.tags.get("+draft/edit")
    if not target:
        return False
    buffer.edit(target, param(line, 1), nick=nick_of(line.source) or "*", account=line.tags.get("account", ""))
    return True


def apply_edit(buffer: Buffer, line: Line) -> None:
    """Apply the server's EDIT, which it has checked; one without a text is ignored."""
    if len(line.params) > 2:
        buffer.edit(line.params[1], line.params[2])


def apply_reaction(buffer: Buffer, line: Line) -> None:
    """Add or remove the sender's reaction, if the line has one."""
    of = reply_of(line)
    if not of:
        return
    for names, on in ((("+draft/react", "+react"), True), (("+draft/unreact", "+unreact"), False)):
        emoji = next((line.tags[name] for name in names if line.tags.get(name)), "")
        if emoji:
            buffer.react(of, emoji[:MAX_REACTION], nick_of(line.source), on=on)
