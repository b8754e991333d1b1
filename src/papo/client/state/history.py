"""History of a conversation: what was missed, pages before and after, jumps, the read marker.

Source: IRCv3 chathistory, read-marker.
"""

from __future__ import annotations

from collections.abc import Callable

from papo.client.state import chathistory, send
from papo.client.state.buffer import Buffer
from papo.client.state.chathistory import Page
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.protocol.times import iso_time


def refill(network: Network, buffer: Buffer) -> None:
    """Load what was missed, or the newest page; then send what waits in the outbox."""
    if buffer.history_requested:
        return
    buffer.history_requested = True
    send.resend_recognised(network, buffer)
    if not chathistory.is_available(network):
        buffer.has_older = False
        send.resend(network, buffer)
        return
    was_past = buffer.has_newer
    if was_past:
        buffer.gap = None
    elif buffer.gap is None:
        newest = buffer.newest()
        buffer.gap = newest.id if newest is not None else ""
    # If the last connection broke before the gap was filled, what it received is after the gap.
    after = buffer.gap or ""

    def latest(page: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if page is not None and buffer.has_newer == was_past:
            if after or was_past:
                # More than a page was missed: what is here does not touch the new page, and is loaded again later.
                buffer.replace(page)
            else:
                buffer.merge(page)
            buffer.has_older = more
            buffer.reach_present()
        done()

    def missed(page: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if buffer.has_newer:
            done()  # the user has jumped to an older message meanwhile
        elif page is None or more:
            chathistory.request(network, buffer, "newest", ("LATEST", "*"), latest)
        else:
            buffer.merge(page, after=after)
            buffer.reach_present()
            done()

    def done() -> None:
        buffer.gap = None
        buffer.count_unread(visible=buffer.key in network.visible)
        send.resend(network, buffer)

    if after:
        chathistory.request(network, buffer, "newest", ("AFTER", f"msgid={after}"), missed)
    else:
        chathistory.request(network, buffer, "newest", ("LATEST", "*"), latest)


def load_older(network: Network, buffer: Buffer) -> None:
    """Load the page before the first line."""
    oldest = buffer.oldest()
    if (
        not chathistory.is_available(network)
        or buffer.loading
        or not buffer.has_older
        or oldest is None
        or network.status != "online"
    ):
        return

    def loaded(page: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if buffer.oldest() is oldest:
            buffer.prepend(page or [])
            buffer.has_older = more

    chathistory.request(network, buffer, "older", ("BEFORE", f"msgid={oldest.id}"), loaded)


def uncover(network: Network, buffer: Buffer) -> None:
    """The user scrolls up in a buffer that was cleared."""
    buffer.cleared = False
    if buffer.oldest() is not None:
        load_older(network, buffer)
    elif chathistory.is_available(network) and not buffer.loading and network.status == "online":

        def loaded(page: Page, more: bool) -> None:  # noqa: FBT001 - called by position
            buffer.merge(page or [])
            buffer.has_older = more

        chathistory.request(network, buffer, "newest", ("LATEST", "*"), loaded)


def load_newer(network: Network, buffer: Buffer) -> None:
    """Load the page after the last line, unless that is the present."""
    newest = buffer.newest()
    if (
        not chathistory.is_available(network)
        or buffer.loading
        or not buffer.has_newer
        or newest is None
        or network.status != "online"
    ):
        return

    def loaded(page: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if page is None or buffer.newest() is not newest or not buffer.has_newer:
            return
        buffer.merge(page, after=newest.id)
        if not more:
            _reached_present(network, buffer)

    chathistory.request(network, buffer, "newer", ("AFTER", f"msgid={newest.id}"), loaded)


def _reached_present(network: Network, buffer: Buffer) -> None:
    """Nothing is missing between the lines and the present, unless too much arrived meanwhile."""
    buffer.reach_present()
    if not buffer.has_newer:
        send.resend(network, buffer)


def jump(network: Network, buffer: Buffer, bound: str, then: Callable[[BufferLine | None], None]) -> None:
    """Load the lines around a message or a time. `bound`: `msgid=…` or `timestamp=…`.

    `then` gets the message, or the first line since the time, or None.
    """
    msgid = bound.removeprefix("msgid=") if bound.startswith("msgid=") else ""
    here = buffer.find(msgid)
    if here is not None or not chathistory.is_available(network) or network.status != "online":
        then(here)
        return

    def loaded(page: Page, _more: bool) -> None:  # noqa: FBT001 - called by position
        if page:
            buffer.replace(page)
            buffer.has_older = buffer.has_newer = True
        after = bound.removeprefix("timestamp=")
        found = next((each for each in page or () if iso_time(each.at_ms) >= after), None)
        then(buffer.find(msgid) if msgid else found)

    chathistory.request(network, buffer, "jump", ("AROUND", bound), loaded)


def to_present(network: Network, buffer: Buffer) -> None:
    """Load the newest page after a jump to an older message."""
    if not buffer.has_newer or buffer.loading == "newest" or network.status != "online":
        return

    def loaded(page: Page, more: bool) -> None:  # noqa: FBT001 - called by position
        if page is not None and buffer.has_newer:
            buffer.replace(page)
            buffer.has_older = more
            _reached_present(network, buffer)

    chathistory.request(network, buffer, "newest", ("LATEST", "*"), loaded)


def mark_read(network: Network, buffer: Buffer) -> None:
    """The user has read everything so far, here and on their other devices."""
    if buffer.unread or buffer.mentions:
        buffer.unread = buffer.mentions = 0
        network.changed()
    newest = buffer.newest()
    if newest is None or newest.at_ms <= buffer.read_at_ms or buffer.has_newer:
        return
    buffer.read_at_ms = newest.at_ms
    if network.has("draft/read-marker") and network.status == "online" and buffer.kind != "server":
        network.session.send("MARKREAD", buffer.name, f"timestamp={iso_time(newest.at_ms)}")
