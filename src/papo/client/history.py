"""The past of a conversation, page by page from the server (IRCv3 chathistory, read-marker), and search."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from papo.client import events, send
from papo.client.buffer import Buffer
from papo.client.entry import Entry
from papo.client.session import Answer, is_wrong, last
from papo.wire.irc import escape
from papo.wire.times import iso_time

if TYPE_CHECKING:
    from papo.client.network import Network

PAGE = 100
MOST_FOUND = 50


def is_kept(network: Network) -> bool:
    """Whether the server keeps what was said."""
    return network.has("draft/chathistory")


def _ask(
    network: Network, buffer: Buffer, question: tuple[str, str], then: Callable[[list[Entry], bool], None]
) -> None:
    """`then` gets the entries, and whether there may be more; it is not called where the connection ends first."""
    session = network.session
    limit = min(PAGE, session.support.number("CHATHISTORY", PAGE), session.support.number("draft/CHATHISTORY", PAGE))

    def take(answer: Answer | None) -> None:
        if session is not network.session or answer is None:
            return
        lines = [line for line in answer if line.tags.get("batch") == "chathistory"]
        buffer.loading = ""
        then(events.past(network, buffer, lines), len(lines) >= limit)
        network.changed()

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
    newest = None if buffer.has_newer else buffer.newest()

    def latest(entries: list[Entry], more: bool) -> None:  # noqa: FBT001 - called by position
        # Nothing of what is here fits: more than a page was missed, and the rest is read by scrolling up.
        buffer.replace(entries)
        buffer.has_newer = False
        buffer.has_older = more
        done()

    def missed(entries: list[Entry], more: bool) -> None:  # noqa: FBT001 - called by position
        if more:
            _ask(network, buffer, ("LATEST", "*"), latest)
            return
        buffer.merge(entries)
        done()

    def done() -> None:
        count(network, buffer)
        send.resend(network, buffer)

    buffer.loading = "newest"
    if newest is not None:
        _ask(network, buffer, ("AFTER", f"msgid={newest.id}"), missed)
    else:
        _ask(network, buffer, ("LATEST", "*"), first_page(buffer, latest, done))


def first_page(
    buffer: Buffer, replace: Callable[[list[Entry], bool], None], done: Callable[[], None]
) -> Callable[[list[Entry], bool], None]:
    """Take the newest page: in place of what is here, or beneath it where it has no msgid (our own notes)."""

    def take(entries: list[Entry], more: bool) -> None:  # noqa: FBT001 - called by position
        if buffer.has_newer:
            replace(entries, more)
            return
        buffer.merge(entries)
        buffer.has_older = more
        done()

    return take


def count(network: Network, buffer: Buffer) -> None:
    """How much of it is unread, by the mark that all our devices share."""
    watched = buffer.key in network.watched
    fresh = []
    for each in reversed(buffer.entries):
        if each.at_ms <= buffer.read_at_ms and not each.waiting:
            break
        if each.is_message and not each.mine and not each.waiting:
            fresh.append(each)
    buffer.unread = 0 if watched else len(fresh)
    buffer.mentions = 0 if watched else sum(buffer.kind == "person" or each.mention for each in fresh)


def load_older(network: Network, buffer: Buffer) -> None:
    """Get the page before what is here."""
    oldest = buffer.oldest()
    if not is_kept(network) or buffer.loading or not buffer.has_older or oldest is None or network.status != "online":
        return

    def take(entries: list[Entry], more: bool) -> None:  # noqa: FBT001 - called by position
        buffer.prepend(entries)
        buffer.has_older = more

    buffer.loading = "older"
    _ask(network, buffer, ("BEFORE", f"msgid={oldest.id}"), take)


def load_newer(network: Network, buffer: Buffer) -> None:
    """Get the page after what is here, where that is not now."""
    newest = buffer.newest()
    if not is_kept(network) or buffer.loading or not buffer.has_newer or newest is None or network.status != "online":
        return

    def take(entries: list[Entry], more: bool) -> None:  # noqa: FBT001 - called by position
        buffer.merge(entries)
        buffer.has_newer = more

    buffer.loading = "newer"
    _ask(network, buffer, ("AFTER", f"msgid={newest.id}"), take)


def jump(network: Network, buffer: Buffer, bound: str, then: Callable[[Entry | None], None]) -> None:
    """Get what was said around a message or a moment. `bound`: `msgid=…` or `timestamp=…`; `then` gets the message,
    or the first since the moment, or None.
    """
    msgid = bound.removeprefix("msgid=") if bound.startswith("msgid=") else ""
    here = buffer.find(msgid)
    if here is not None or not is_kept(network) or network.status != "online":
        then(here)
        return

    def take(entries: list[Entry], _more: bool) -> None:  # noqa: FBT001 - called by position
        if entries:
            buffer.replace(entries)
            buffer.has_older = buffer.has_newer = True
        after = bound.removeprefix("timestamp=")
        then(buffer.find(msgid) if msgid else next((each for each in entries if iso_time(each.at_ms) >= after), None))

    buffer.loading = "jump"
    _ask(network, buffer, ("AROUND", bound), take)


def to_present(network: Network, buffer: Buffer) -> None:
    """Back to now."""
    if not buffer.has_newer or network.status != "online":
        return

    def take(entries: list[Entry], more: bool) -> None:  # noqa: FBT001 - called by position
        buffer.replace(entries)
        buffer.has_newer = False
        buffer.has_older = more

    buffer.loading = "newest"
    _ask(network, buffer, ("LATEST", "*"), take)


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
    network: Network, query: dict[str, str], then: Callable[[list[tuple[str, Entry]] | None, str], None]
) -> None:
    """Look for `in`, `from`, `text`, `after`, `before`. `then` gets where and what, the newest first, and ""; or None
    and the server's words.
    """
    words = [f"{key}={escape(value)}" for key, value in query.items() if value]

    def take(answer: Answer | None) -> None:
        wrong = next((line for line in answer or () if is_wrong(line)), None)
        if answer is None or wrong is not None:
            then(None, last(wrong) if wrong is not None else "")
            return
        found = [line for line in answer if line.tags.get("batch", "").endswith("search")]
        then([events.found_by_search(network, line) for line in reversed(found)], "")
        network.changed()

    network.session.ask("SEARCH", ";".join([*words, f"limit={MOST_FOUND}"]), then=take)
