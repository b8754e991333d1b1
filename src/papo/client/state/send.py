"""What the user does in a buffer: send, edit, delete, react, type.

Messages go through the outbox, so that none is lost and none is said twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from papo.client.session.answers import NONCE, Answer
from papo.client.session.line_parts import MESSAGE_COMMANDS, is_error, last, nick_of, param
from papo.client.state import chathistory, nonces
from papo.client.state.buffer import Buffer
from papo.client.state.message import PUBLIC_NONCE, BufferLine, Kind, now_ms
from papo.client.state.network import Network
from papo.client.state.outbox import OutboxMessage, Reaction
from papo.i18n import _
from papo.protocol.irc import Line
from papo.protocol.numerics import GROUPS

TYPING_EVERY_MS = 3_000
UNSENT = GROUPS["not_sent"]
"""Numerics that refuse a message and nothing else."""


def say(network: Network, buffer: Buffer, text: str, *, reply_to: str = "", command: str = "PRIVMSG") -> None:
    """Send a text of one or more lines; CTCP ACTION for /me. It is on disk when this returns."""
    # A lone CR would end the line, and what follows it would be a command; NUL has no place in IRC.
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n")
    if not text:
        return
    item = network.outbox.add(
        str(network.address),
        buffer.name,
        text.encode("utf-8", "replace").decode(),
        reply_to=reply_to,
        command=command,
        after=buffer.last_id,
    )
    _show(network, buffer, item)
    buffer.typed_at_ms = 0
    if network.status == "online" and not _has_to_wait(network, buffer):
        network.transmit(buffer, item)
    network.changed()


def _has_to_wait(network: Network, buffer: Buffer) -> bool:
    """Whether older messages of the outbox are about to be sent: the new one goes after them."""
    return buffer.key in network.joining or (buffer.history_requested and not buffer.outbox_sent)


def _show(network: Network, buffer: Buffer, item: OutboxMessage) -> None:
    if item.reaction or buffer.is_pending(item.nonce):
        return
    text, kind = item.text, "say"
    if text.startswith("\x01ACTION "):
        text, kind = text[8:].rstrip("\x01"), "action"
    line = BufferLine(
        kind=_kind(kind, item.command),
        text=text,
        nick=network.nick,
        mine=True,
        nonce=item.nonce,
        reply_to=item.reply_to,
        at_ms=item.at_ms,
        pending="failed" if item.failed else "waiting",
        error=item.failed,
    )
    buffer.append(line, visible=True)


def _kind(kind: str, command: str) -> Kind:
    if command == "NOTICE":
        return "notice"
    return "action" if kind == "action" else "say"


def transmit(network: Network, buffer: Buffer, item: OutboxMessage) -> None:
    """Send a message of the outbox over IRC, as several if it is too long for one."""
    kept = nonces.kept_ms(network, item.target) > 0
    if kept and not item.sent_at_ms and not item.reaction:
        parts = network.session.parts(item.command, item.target, item.text)
        if len(parts) > 1:
            # The next connection may cut it in other places: from here on these are the messages.
            buffer.remove_pending(item.nonce)
            for part in network.outbox.cut(item, parts):
                _show(network, buffer, part)
                _transmit(network, buffer, part, kept=True)
            return
    _transmit(network, buffer, item, kept=kept)


def _transmit(network: Network, buffer: Buffer, item: OutboxMessage, *, kept: bool) -> None:
    """Send a message; `kept`: the server recognises it if it is sent again."""
    item.after = buffer.last_id or item.after
    if kept and not nonces.is_recognised(network, item):
        item.sent_at_ms = now_ms()
    network.outbox.change(item, tried=True)
    buffer.update_pending(item.nonce, "waiting")
    tags = {NONCE if kept else PUBLIC_NONCE: item.nonce}
    if item.reply_to:
        tags["+draft/reply"] = tags["+reply"] = item.reply_to
    if item.reaction:
        tags[item.reaction] = item.text
    session = network.session
    network.in_flight.add(item.nonce)

    def answered(answer: Answer | None) -> None:
        if answer is None:
            return  # the connection ended: the next one finds out whether the server has stored it
        network.in_flight.discard(item.nonce)
        wrong = next((line for line in answer if _refuses(network, item, line)), None)
        if wrong is not None:
            _refused(network, buffer, item, wrong)
        elif any(line.command == "NOTE" and param(line, 1) == "MESSAGE_DELETED" for line in answer):
            network.outbox.remove(item.nonce)
            buffer.remove_pending(item.nonce)
        elif any(line.command in MESSAGE_COMMANDS and session.is_me(nick_of(line.source)) for line in answer):
            # If the copy came without the tag, only the answer says that it is this message.
            network.outbox.remove(item.nonce)
            buffer.remove_pending(item.nonce)
        else:
            # Without echo-message nothing more comes.
            confirm(network, buffer, item)
        network.changed()

    if item.reaction:
        session.ask("TAGMSG", item.target, tags=tags, then=answered)
    else:
        session.say(item.target, item.text, tags, answered, command=item.command)


def _refused(network: Network, buffer: Buffer, item: OutboxMessage, wrong: Line) -> None:
    why = last(wrong) or wrong.command
    code = param(wrong, 1) if wrong.command == "FAIL" else ""
    if code == "OUTCOME_UNKNOWN":
        network.notify("error", why)  # it waits: the next connection finds out
    elif item.reaction:
        network.outbox.remove(item.nonce)
        network.notify("error", why)
    else:
        if code == "NONCE_REUSED":
            buffer.remove_pending(item.nonce)
            network.outbox.renew(item)
            _show(network, buffer, item)
        _fail(network, buffer, item, why)


def _refuses(network: Network, item: OutboxMessage, line: Line) -> bool:
    """Whether this line refuses the message. Without labels it may answer something else that was sent meanwhile."""
    if not is_error(line) or network.has("labeled-response"):
        return is_error(line)
    if line.command == "FAIL":
        return param(line, 0) in {item.command, "BATCH"}
    return line.command in UNSENT or network.fold(param(line, 1)) == network.fold(item.target)


def _fail(network: Network, buffer: Buffer, item: OutboxMessage, why: str) -> None:
    network.outbox.change(item, tried=False, failed=why)
    buffer.update_pending(item.nonce, "failed", why)


def confirm(network: Network, buffer: Buffer, item: OutboxMessage) -> None:
    """The server has accepted the message and sends no copy: ours takes its place."""
    network.outbox.remove(item.nonce)
    if not buffer.is_pending(item.nonce):
        return
    mine = next(each for each in reversed(buffer.lines) if each.nonce == item.nonce)
    buffer.remove_pending(item.nonce)
    mine.pending = mine.nonce = ""
    mine.version += 1
    buffer.append(mine, visible=True)


def _waiting(network: Network, buffer: Buffer) -> list[OutboxMessage]:
    """What is to be sent to a buffer and is not on its way, oldest first."""
    return [
        item
        for item in network.outbox.of(str(network.address))
        if network.fold(item.target) == buffer.key and item.nonce not in network.in_flight
    ]


def resend_recognised(network: Network, buffer: Buffer) -> None:
    """Send what waits before anything is known of the history, if the server recognises what it has stored."""
    tried = [item for item in _waiting(network, buffer) if item.tried]
    if nonces.kept_ms(network, buffer.name) and all(nonces.is_recognised(network, item) for item in tried):
        resend(network, buffer)


def resend(network: Network, buffer: Buffer) -> None:
    """Send what waits in the outbox for this buffer, unless the server has stored it already."""
    buffer.outbox_sent = False
    for item in _waiting(network, buffer):
        if any(each.nonce == item.nonce and not each.pending for each in reversed(buffer.lines)):
            network.outbox.remove(item.nonce)
            buffer.remove_pending(item.nonce)
            continue
        _show(network, buffer, item)
        if item.failed:
            continue
        if item.sent_at_ms:
            if nonces.is_recognised(network, item):
                network.sent_again.add(item.nonce)
                network.transmit(buffer, item)
            else:
                # Its nonce was for the server alone: it is not in the history either.
                _unanswered(network, buffer, item)
            continue
        if item.tried and not _is_certain(network, buffer, item):
            if not chathistory.is_available(network):
                _unanswered(network, buffer, item)
                continue
            # The messages after it wait too, to keep their order.
            chathistory.find_stored(network, buffer, item, partial(_continue, network, buffer, item))
            return
        network.transmit(buffer, item)
    buffer.outbox_sent = True


def _unanswered(network: Network, buffer: Buffer, item: OutboxMessage) -> None:
    """Nobody can tell whether it is stored: the user decides."""
    if item.reaction:
        network.outbox.remove(item.nonce)
    else:
        _fail(network, buffer, item, _("The connection ended before the server answered."))


def _is_certain(network: Network, buffer: Buffer, item: OutboxMessage) -> bool:
    """Whether everything since the message was sent is here: then the server has not stored it if it is not here."""
    if buffer.has_newer or not chathistory.is_available(network):
        return False
    return buffer.find(item.after) is not None or (not item.after and not buffer.has_older)


def _continue(network: Network, buffer: Buffer, item: OutboxMessage, found: bool | None) -> None:  # noqa: FBT001 - a callback
    if found:
        network.outbox.remove(item.nonce)
        buffer.remove_pending(item.nonce)
    elif found is None:
        _unanswered(network, buffer, item)
    else:
        network.outbox.change(item, tried=False)
    resend(network, buffer)
    network.changed()


def retry(network: Network, buffer: Buffer, nonce: str) -> None:
    """Send a refused message again; if offline, as soon as the connection is back."""
    item = network.outbox.find(nonce)
    if item is None:
        return
    if not nonces.is_recognised(network, item):
        item.sent_at_ms = 0
    if network.status == "online" and not _has_to_wait(network, buffer):
        network.transmit(buffer, item)
    else:
        network.outbox.change(item, tried=False)
        buffer.update_pending(nonce, "waiting")


def give_up(network: Network, buffer: Buffer, nonce: str) -> None:
    """Drop a message that was not sent."""
    network.outbox.remove(nonce)
    buffer.remove_pending(nonce)
    network.changed()


def edit(network: Network, buffer: Buffer, of: BufferLine, text: str, then: Callable[[str], None]) -> None:
    """Edit a message; `then` gets the reason of a refusal, or ""."""
    _request(network, ("EDIT", buffer.name, of.id, text), then)


def delete(network: Network, buffer: Buffer, of: BufferLine, then: Callable[[str], None]) -> None:
    """Delete a message; `then` gets the reason of a refusal, or ""."""
    _request(network, ("REDACT", buffer.name, of.id), then)


def _request(network: Network, words: tuple[str, ...], then: Callable[[str], None]) -> None:
    if network.status != "online":
        then(_("You are offline; try again when the connection is back."))
        return

    def answered(answer: Answer | None) -> None:
        if answer is None:
            then(_("The connection ended before the server answered."))
            return
        wrong = next((line for line in answer if is_error(line)), None)
        then(last(wrong) if wrong is not None else "")

    network.session.ask(*words, then=answered)


def can_react(network: Network, line: BufferLine) -> bool:
    """Whether a line can be answered and reacted to."""
    return bool(line.id) and line.is_message and not line.redacted and network.has("message-tags")


def can_edit(network: Network, line: BufferLine) -> bool:
    """Whether a line can be edited: our own messages."""
    return bool(line.id) and line.mine and line.is_message and not line.redacted and network.has("draft/message-edit")


def can_delete(network: Network, buffer: Buffer, line: BufferLine) -> bool:
    """Whether a line can be deleted: our own messages, and any message as an operator."""
    if not line.id or not line.is_message or line.redacted or not network.has("draft/message-redaction"):
        return False
    support = network.session.support
    return line.mine or network.operator or network.rank(buffer) >= support.rank_of("o")


def react(network: Network, buffer: Buffer, of: BufferLine, emoji: str) -> None:
    """Add our reaction, or remove it."""
    if network.status != "online":
        return
    mine = any(network.is_me(nick) for nick in (of.reactions or {}).get(emoji, ()))
    tag: Reaction = "+draft/unreact" if mine else "+draft/react"
    if nonces.kept_ms(network, buffer.name):
        address = str(network.address)
        item = network.outbox.add(
            address, buffer.name, emoji, reply_to=of.id, command="", after=buffer.last_id, reaction=tag
        )
        network.transmit(buffer, item)
    else:
        network.session.send("TAGMSG", buffer.name, tags={tag: emoji, "+draft/reply": of.id, "+reply": of.id})
    if not network.has("echo-message"):
        buffer.react(of.id, emoji, network.nick, on=not mine)
        network.changed()


def typing(network: Network, buffer: Buffer, *, empty: bool) -> None:
    """Tell the others that we are typing; `empty`: there is no text any more."""
    if buffer.kind == "server" or network.status != "online" or not network.has("message-tags"):
        return
    if empty and buffer.typed_at_ms:
        buffer.typed_at_ms = 0
        network.session.send("TAGMSG", buffer.name, tags={"+typing": "done"})
    elif not empty and now_ms() - buffer.typed_at_ms > TYPING_EVERY_MS:
        buffer.typed_at_ms = now_ms()
        network.session.send("TAGMSG", buffer.name, tags={"+typing": "active"})
