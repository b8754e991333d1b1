"""What we do in a conversation: say, edit, delete, react, show that we type.

What is said goes through the outbox, so that nothing is lost and nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.client.buffer import Buffer
from papo.client.entry import NONCE, Entry, Kind, now_ms
from papo.client.outbox import Waiting
from papo.client.session import Answer, is_wrong, last
from papo.i18n import _

if TYPE_CHECKING:
    from papo.client.network import Network

TYPING_EVERY_MS = 3_000


def say(network: Network, buffer: Buffer, text: str, *, reply_to: str = "", command: str = "PRIVMSG") -> None:
    """Say a text of one or more lines; as CTCP ACTION for /me. It is on disk when this returns."""
    newest = buffer.newest()
    item = network.outbox.add(
        str(network.address),
        buffer.name,
        text,
        reply_to=reply_to,
        command=command,
        after=newest.id if newest is not None else "",
    )
    _show(network, buffer, item)
    network.typed_at_ms.pop(buffer.key, None)
    if network.status == "online":
        network.transmit(buffer, item)
    network.changed()


def _show(network: Network, buffer: Buffer, item: Waiting) -> None:
    if buffer.is_waiting(item.nonce):
        return
    text, kind = item.text, "say"
    if text.startswith("\x01ACTION "):
        text, kind = text[8:].rstrip("\x01"), "action"
    entry = Entry(
        kind=_kind(kind, item.command),
        text=text,
        nick=network.nick,
        mine=True,
        nonce=item.nonce,
        reply_to=item.reply_to,
        at_ms=item.at_ms,
        waiting="failed" if item.failed else "waiting",
        why=item.failed,
    )
    buffer.append(entry, watched=True)


def _kind(kind: str, command: str) -> Kind:
    if command == "NOTICE":
        return "notice"
    return "action" if kind == "action" else "say"


def transmit(network: Network, buffer: Buffer, item: Waiting) -> None:
    """Send one of the outbox over IRC."""
    network.outbox.change(item, tried=True)
    buffer.change_waiting(item.nonce, "waiting")
    tags = {NONCE: item.nonce}
    if item.reply_to:
        tags["+draft/reply"] = tags["+reply"] = item.reply_to
    session = network.session
    network.in_flight.add(item.nonce)

    def take(answer: Answer | None) -> None:
        if answer is None:
            return  # the connection ended: at the next one we see whether it was stored
        network.in_flight.discard(item.nonce)
        wrong = next((line for line in answer if is_wrong(line)), None)
        if wrong is not None:
            why = last(wrong) or wrong.command
            network.outbox.change(item, tried=False, failed=why)
            buffer.change_waiting(item.nonce, "failed", why)
        elif "echo-message" not in session.caps:
            # Nobody tells us more than that it was taken.
            stored(network, buffer, item)
        elif network.outbox.find(item.nonce) is not None and any(line.command in SAID for line in answer):
            # Our copy came without the tag: a server without message-tags, or one that keeps tags to itself.
            network.outbox.remove(item.nonce)
            buffer.drop_waiting(item.nonce)
        network.changed()

    session.say(item.target, item.text, tags, take, command=item.command)


SAID = frozenset({"PRIVMSG", "NOTICE"})


def stored(network: Network, buffer: Buffer, item: Waiting) -> None:
    """The server has taken it, and gives us no copy: ours stays, at its place."""
    network.outbox.remove(item.nonce)
    if not buffer.is_waiting(item.nonce):
        return
    mine = next(each for each in reversed(buffer.entries) if each.nonce == item.nonce)
    buffer.drop_waiting(item.nonce)
    mine.waiting = mine.nonce = ""
    mine.version += 1
    buffer.append(mine, watched=True)


def resend(network: Network, buffer: Buffer) -> None:
    """Send what waits for this conversation, but nothing that is stored already."""
    for item in network.outbox.of(str(network.address)):
        if network.fold(item.target) != buffer.key or item.nonce in network.in_flight:
            continue
        if any(each.nonce == item.nonce and not each.waiting for each in reversed(buffer.entries)):
            network.outbox.remove(item.nonce)
            buffer.drop_waiting(item.nonce)
            continue
        _show(network, buffer, item)
        if not item.failed:
            network.transmit(buffer, item)


def retry(network: Network, buffer: Buffer, nonce: str) -> None:
    """Send again what was refused."""
    item = network.outbox.find(nonce)
    if item is not None and network.status == "online":
        network.transmit(buffer, item)


def give_up(network: Network, buffer: Buffer, nonce: str) -> None:
    """Never mind."""
    network.outbox.remove(nonce)
    buffer.drop_waiting(nonce)
    network.changed()


def edit(network: Network, buffer: Buffer, of: Entry, text: str, then: Callable[[str], None]) -> None:
    """Write a message anew; `then` gets why not, or ""."""
    _try(network, ("EDIT", buffer.name, of.id, text), then)


def delete(network: Network, buffer: Buffer, of: Entry, then: Callable[[str], None]) -> None:
    """Delete a message; `then` gets why not, or ""."""
    _try(network, ("REDACT", buffer.name, of.id), then)


def _try(network: Network, words: tuple[str, ...], then: Callable[[str], None]) -> None:
    if network.status != "online":
        then(_("You are offline; try again when the connection is back."))
        return

    def take(answer: Answer | None) -> None:
        if answer is None:
            then(_("The connection ended before the server answered."))
            return
        wrong = next((line for line in answer if is_wrong(line)), None)
        then(last(wrong) if wrong is not None else "")

    network.session.ask(*words, then=take)


def can_react(network: Network, entry: Entry) -> bool:
    """Whether an entry can be answered and reacted to."""
    return bool(entry.id) and entry.is_message and not entry.gone and network.has("message-tags")


def can_edit(network: Network, entry: Entry) -> bool:
    """Whether an entry can be written anew."""
    return bool(entry.id) and entry.mine and entry.is_message and not entry.gone and network.has("draft/message-edit")


def can_delete(network: Network, buffer: Buffer, entry: Entry) -> bool:
    """Whether an entry can be deleted: our own, or as an operator of the channel."""
    if not entry.id or not entry.is_message or entry.gone or not network.has("draft/message-redaction"):
        return False
    support = network.session.support
    return entry.mine or network.operator or network.rank(buffer) >= support.rank_of("o")


def react(network: Network, buffer: Buffer, of: Entry, emoji: str) -> None:
    """Give a reaction, or take it back."""
    mine = any(network.is_me(nick) for nick in (of.reactions or {}).get(emoji, ()))
    tag = "+draft/unreact" if mine else "+draft/react"
    network.session.send("TAGMSG", buffer.name, tags={tag: emoji, "+draft/reply": of.id, "+reply": of.id})
    if not network.has("echo-message"):
        buffer.react(of.id, emoji, network.nick, on=not mine)
        network.changed()


def typing(network: Network, buffer: Buffer, *, empty: bool) -> None:
    """Tell others that we write; `empty`: nothing is written any more."""
    if buffer.kind == "server" or network.status != "online" or not network.has("message-tags"):
        return
    last_ms = network.typed_at_ms.get(buffer.key, 0)
    if empty and last_ms:
        del network.typed_at_ms[buffer.key]
        network.session.send("TAGMSG", buffer.name, tags={"+typing": "done"})
    elif not empty and now_ms() - last_ms > TYPING_EVERY_MS:
        network.typed_at_ms[buffer.key] = now_ms()
        network.session.send("TAGMSG", buffer.name, tags={"+typing": "active"})
