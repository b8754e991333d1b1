"""Edits, redactions and reactions of messages. A server passes tags of clients on as they are: anybody can send one.

Sources: IRCv3 react, message-redaction; draft/message-edit.
"""

from __future__ import annotations

from papo.client.session.line_parts import nick_of, param
from papo.client.state.buffer import Buffer
from papo.client.state.message import MAX_REACTION, reply_of
from papo.client.state.network import Network
from papo.protocol.irc import Line


def apply_edit_tag(network: Network, buffer: Buffer, line: Line) -> bool:
    """Whether the line is an edit of another message (`+draft/edit`) by its author; otherwise it is a message.

    A server that checks edits says EDIT. On others the account proves who the author is: a nick does not, anybody may
    have it by now.
    """
    target, account = line.tags.get("+draft/edit"), line.tags.get("account")
    if not target or not account or network.has("draft/message-edit"):
        return False
    return buffer.edit(target, param(line, 1), account=account)


def apply_edit(network: Network, buffer: Buffer, line: Line) -> None:
    """Apply the server's EDIT, which it has checked; one without a text is ignored."""
    if len(line.params) > 2 and network.has("draft/message-edit"):
        buffer.edit(line.params[1], line.params[2], account=line.tags.get("account", ""), is_checked=True)


def apply_redaction(network: Network, buffer: Buffer, line: Line) -> str:
    """Apply the server's REDACT, which it has checked; returns the msgid, or "" if the server knows no redactions."""
    if not network.has("draft/message-redaction"):
        return ""
    buffer.redact(param(line, 1))
    return param(line, 1)


def apply_reaction(buffer: Buffer, line: Line) -> None:
    """Add or remove the sender's reaction, if the line has one."""
    of = reply_of(line)
    if not of:
        return
    for names, on in ((("+draft/react", "+react"), True), (("+draft/unreact", "+unreact"), False)):
        emoji = next((line.tags[name] for name in names if line.tags.get(name)), "")
        if emoji:
            buffer.react(of, emoji[:MAX_REACTION], nick_of(line.source), on=on)
