"""The past of a conversation, page by page from the server (IRCv3 chathistory, read-marker), and search."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from papo.client.session.line_parts import is_error, last
from papo.client.session.session import Answer
from papo.client.state import events, send
from papo.client.state.buffer import Buffer
from papo.client.state.buffer_lines import is_mine
from papo.client.state.message import NONCE, BufferLine
from papo.client.state.outbox import OutboxMessage
from papo.protocol.irc import Line, escape
from papo.protocol.times import iso_time

if TYPE_CHECKING:
    from papo.client.state.network import Network

PAGE = 100
MAX_FOUND = 50
MAX_LOOKED_AT = 20
"""Pages that are looked through for one message of ours."""
Page: TypeAlias = list[BufferLine] | None
"""Oldest first; None where the server would not give it."""


def is_kept(network: Network) -> bool:
    """Whether the server keeps what was said."""
    return network.has("draft/chathistory")


def _limit(network: Network) -> int:
    support = network.session.support
    return min(PAGE, support.number("CHATHISTORY", PAGE), support.number("draft/CHATHISTORY", PAGE))


def _lines(answer: Answer) -> list[Line] | None:
    """The lines of a page; None where there is a refusal in its place."""
    lines = [line for line in answer if line.tags.get("batch") == "chathistory"]
    return None if not lines and any(is_error(line) and "CHATHISTORY" in line.params for line in answer) else lines


def _ask(
    network: Network, buffer: Buffer, loading: str, question: tuple[str, str], then: Callable[[Page, bool], None]
) -> None:
    """`then` gets the entries, and whether there may be more; it is not called where the connection ends first."""
    session = network.session
    limit = _limit(network)

    def take(answer: Answer | None) -> None:
        if session is not network.session or answer is None:
            return
        lines = _lines(answer)
        buffer.end_loading(began)
        then(None if lines is None else events.history_lines(network, buffer, lines), len(lines or ()) >= limit)
        network.changed()

    began = buffer.begin_loading(loading)
    session.ask("CHATHISTORY", question[0], buffer.name, question[1], str(limit), then=take)


def refill(network: Network, buffer: Buffer) -> None:
    """Get what happened while we were away, or the newest page; then send what waits."""
    if buffer.filled:
        return
    buffer.filled = True
    if not is_kept(network):
        buffer.has_older = False
        send.resend(network, buffer)
        return
    was_past = buffer.has_newer
    if was_past:
        buffer.gap = None
    elif buffer.gap is None:
        newest = buffer.newest()
        buffer.gap = newest.id if newest is not None else ""
    # Where the last connection broke before the gap was filled, what came over it is after the gap.
    after = buffer.gap or ""

    def latest(entries: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if entries is not None and buffer.has_newer == was_past:
            if after or was_past:
                # Nothing of what is here fits: more than a page was missed, and the rest is read by scrolling up.
                buffer.replace(entries)
            else:
                buffer.merge(entries)
            buffer.has_older = more
            buffer.reach_present()
        done()

    def missed(entries: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if buffer.has_newer:
            done()  # somebody has jumped elsewhere meanwhile
        elif entries is None or more:
            _ask(network, buffer, "newest", ("LATEST", "*"), latest)
        else:
            buffer.merge(entries, after=after)
            buffer.reach_present()
            done()

    def done() -> None:
        buffer.gap = None
        count(network, buffer)
        send.resend(network, buffer)

    if after:
        _ask(network, buffer, "newest", ("AFTER", f"msgid={after}"), missed)
    else:
        _ask(network, buffer, "newest", ("LATEST", "*"), latest)


def look_for(network: Network, buffer: Buffer, item: OutboxMessage, then: Callable[[bool | None], None]) -> None:
    """Find out whether something of ours is stored that we had no answer to. `then` gets None where that cannot be
    known; it is not called where the connection ends first.
    """
    session = network.session
    pages = 0

    def ask(bound: str) -> None:
        session.ask("CHATHISTORY", "AFTER", buffer.name, bound, str(_limit(network)), then=take)

    def take(answer: Answer | None) -> None:
        nonlocal pages
        if session is not network.session or answer is None:
            return
        pages += 1
        lines = _lines(answer)
        if lines is None:
            then(None)
        elif any(is_mine(network, line) and line.tags.get(NONCE) == item.nonce for line in lines):
            then(True)
        elif len(lines) < _limit(network):
            then(False)
        elif pages == MAX_LOOKED_AT or not lines[-1].tags.get("msgid"):
            then(None)
        else:
            ask(f"msgid={lines[-1].tags['msgid']}")

    ask(f"msgid={item.after}" if item.after else f"timestamp={iso_time(0)}")


def count(network: Network, buffer: Buffer) -> None:
    """How much of it is unread, by the mark that all our devices share."""
    visible = buffer.key in network.visible
    fresh = []
    for each in reversed(buffer.lines):
        if each.at_ms <= buffer.read_at_ms and not each.pending:
            break
        if each.is_message and not each.mine and not each.pending:
            fresh.append(each)
    buffer.unread = 0 if visible else len(fresh)
    buffer.mentions = 0 if visible else sum(buffer.kind == "person" or each.mention for each in fresh)


def load_older(network: Network, buffer: Buffer) -> None:
    """Get the page before what is here."""
    oldest = buffer.oldest()
    if not is_kept(network) or buffer.loading or not buffer.has_older or oldest is None or network.status != "online":
        return

    def take(entries: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if buffer.oldest() is oldest:
            buffer.prepend(entries or [])
            buffer.has_older = more

    _ask(network, buffer, "older", ("BEFORE", f"msgid={oldest.id}"), take)


def uncover(network: Network, buffer: Buffer) -> None:
    """Somebody scrolls up in a conversation that was cleared."""
    buffer.cleared = False
    if buffer.oldest() is not None:
        load_older(network, buffer)
    elif is_kept(network) and not buffer.loading and network.status == "online":

        def take(entries: Page, more: bool) -> None:  # noqa: FBT001 - called by position
            buffer.merge(entries or [])
            buffer.has_older = more

        _ask(network, buffer, "newest", ("LATEST", "*"), take)


def load_newer(network: Network, buffer: Buffer) -> None:
    """Get the page after what is here, where that is not now."""
    newest = buffer.newest()
    if not is_kept(network) or buffer.loading or not buffer.has_newer or newest is None or network.status != "online":
        return

    def take(entries: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if entries is None or buffer.newest() is not newest or not buffer.has_newer:
            return
        buffer.merge(entries, after=newest.id)
        if not more:
            _arrive(network, buffer)

    _ask(network, buffer, "newer", ("AFTER", f"msgid={newest.id}"), take)


def _arrive(network: Network, buffer: Buffer) -> None:
    """We are back from the past."""
    buffer.reach_present()
    if not buffer.has_newer:
        send.resend(network, buffer)


def jump(network: Network, buffer: Buffer, bound: str, then: Callable[[BufferLine | None], None]) -> None:
    """Get what was said around a message or a moment. `bound`: `msgid=…` or `timestamp=…`; `then` gets the message,
    or the first since the moment, or None.
    """
    msgid = bound.removeprefix("msgid=") if bound.startswith("msgid=") else ""
    here = buffer.find(msgid)
    if here is not None or not is_kept(network) or network.status != "online":
        then(here)
        return

    def take(entries: Page, _more: bool) -> None:  # noqa: FBT001 - called by position
        if entries:
            buffer.replace(entries)
            buffer.has_older = buffer.has_newer = True
        after = bound.removeprefix("timestamp=")
        found = next((each for each in entries or () if iso_time(each.at_ms) >= after), None)
        then(buffer.find(msgid) if msgid else found)

    _ask(network, buffer, "jump", ("AROUND", bound), take)


def to_present(network: Network, buffer: Buffer) -> None:
    """Back to now."""
    if not buffer.has_newer or buffer.loading == "newest" or network.status != "online":
        return

    def take(entries: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if entries is not None and buffer.has_newer:
            buffer.replace(entries)
            buffer.has_older = more
            _arrive(network, buffer)

    _ask(network, buffer, "newest", ("LATEST", "*"), take)


def mark_read(network: Network, buffer: Buffer) -> None:
    """Everything up to now was seen: here, and on our other devices."""
    if buffer.unread or buffer.mentions:
        buffer.unread = buffer.mentions = 0
        network.changed()
    newest = buffer.newest()
    if newest is None or newest.at_ms <= buffer.read_at_ms or buffer.has_newer:
        return
    buffer.read_at_ms = newest.at_ms
    if network.has("draft/read-marker") and network.status == "online" and buffer.kind != "server":
        network.session.send("MARKREAD", buffer.name, f"timestamp={iso_time(newest.at_ms)}")


def can_search(network: Network) -> bool:
    """Whether the server looks things up."""
    return network.has("draft/search") or network.has("soju.im/search")


def search(
    network: Network, query: dict[str, str], then: Callable[[list[tuple[str, BufferLine]] | None, str], None]
) -> None:
    """Look for `in`, `from`, `text`, `after`, `before`. `then` gets where and what, the newest first, and ""; or None
    and the server's words.
    """
    words = [f"{key}={escape(value)}" for key, value in query.items() if value]

    def take(answer: Answer | None) -> None:
        wrong = next((line for line in answer or () if is_error(line)), None)
        if answer is None or wrong is not None:
            then(None, last(wrong) if wrong is not None else "")
            return
        found = [line for line in answer if line.tags.get("batch", "").endswith("search")]
        then([events.search_result(network, line) for line in reversed(found)], "")
        network.changed()

    network.session.ask("SEARCH", ";".join([*words, f"limit={MAX_FOUND}"]), then=take)
