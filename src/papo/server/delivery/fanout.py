"""Deliver what is committed: each event encoded once for every group of sessions that get the same bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from papo.server.delivery.audience import AUDIENCE
from papo.server.delivery.session import Echo
from papo.server.world.events import MessageSent

if TYPE_CHECKING:
    from papo.server.delivery.batch import JournalEntry
    from papo.server.delivery.local_sessions import LocalSessions
    from papo.server.delivery.outlet import Outlet, WriteQueue
    from papo.server.delivery.session import Session
    from papo.server.world.events import AnyEvent

log = logging.getLogger(__name__)

Run: TypeAlias = "Sequence[tuple[Any, Session | None, Any]]"
"""Journal entries in a row that are messages of one channel."""

_NONE, _SHARED, _OWN = Echo
"""Looked up once: in Python 3.11 an enum's members are slow to reach, and this is the hot path."""


class Fanout:
    """From the journal to the connections."""

    def __init__(self, sessions: LocalSessions, write_queue: WriteQueue) -> None:
        self._sessions = sessions
        self._write_queue = write_queue

    def deliver_batch(self, batch: Sequence[JournalEntry]) -> None:
        """Deliver in order. Messages in a row for one channel go out together, one append per connection."""
        at, end = 0, len(batch)
        while at < end:
            start = at
            event, origin, context = batch[at]
            at += 1
            try:
                if event is None:
                    origin(context)
                elif type(event) is MessageSent and event.channel is not None and not event.rank:
                    channel = event.channel
                    while at < end:
                        following = batch[at][0]
                        if type(following) is not MessageSent or following.channel != channel or following.rank:
                            break
                        at += 1
                    self._deliver_run(channel, batch[start:at])
                else:
                    self.deliver(event, origin, context)
            except Exception:
                # A bug in the delivery of one event must not stop the events after it.
                log.exception("not delivered: %s", type(event).__name__)

    def deliver(self, event: AnyEvent, origin: Session | None = None, context: object = None) -> None:
        """One event, to everyone who gets it."""
        to_audience = AUDIENCE.get(type(event))
        if to_audience is not None:
            to_audience(self._sessions, event, origin, context)

    def _deliver_run(self, channel: str, run: Run) -> None:
        """Messages of one channel to everyone in it. Hot path: keep it dull."""
        groups = self._sessions.channels.get(channel, {})
        senders: dict[Outlet, Session] = {}
        """Those who do not get exactly what the rest of their group gets."""
        echo = _NONE
        for event, origin, context in run:
            if origin is not None:
                echo = origin.echo(event, context)
                if echo is not _SHARED or origin.link not in groups.get(origin.format, ()):
                    senders[origin.link] = origin
        alone = len(run) == 1 and echo is _NONE  # then its sender gets nothing
        inside = 0
        pending = self._write_queue.links
        for format, links in groups.items():  # noqa: A001 -- the field's own word
            encode = format.encode
            try:
                chunks = [encode(event) or b"" for event, _, _ in run]
            except Exception:  # noqa: BLE001 -- logged there, for the one that it is
                chunks = [_encoded(encode, event) for event, _, _ in run]
            data = chunks[0] if len(chunks) == 1 else format.separator.join(filter(None, chunks))
            if data:
                for link in links if links.isdisjoint(senders) else links.difference(senders):
                    out = link.out
                    if not out:
                        pending.append(link)
                    out.append(data)
            if not alone:
                for link, sender in senders.items():
                    if link in links:
                        inside += 1
                        _send_to_sender(sender, run, chunks)
        if not alone and inside < len(senders):
            for link, sender in senders.items():
                if link not in groups.get(sender.format, ()):
                    _echo_outside(sender, run)
        if pending:
            self._write_queue.schedule()


def _send_to_sender(sender: Session, run: Run, chunks: list[bytes]) -> None:
    """A run of messages to a member who sent some of them: the others' together, and the echoes in their places."""
    link, separator = sender.link, sender.format.separator
    pieces: list[bytes] = []
    for (event, origin, context), chunk in zip(run, chunks, strict=True):
        echo = _SHARED if origin is not sender else sender.echo(event, context)
        if echo is _SHARED:
            if chunk:
                pieces.append(chunk)
        elif echo is _OWN:
            if pieces:
                link.write(separator.join(pieces))
                pieces = []
            sender.acknowledge(event, context)
    if pieces:
        link.write(separator.join(pieces))


def _echo_outside(sender: Session, run: Run) -> None:
    """Their own messages alone, to a sender who is not in the channel."""
    for event, origin, context in run:
        if origin is sender:
            echo = sender.echo(event, context)
            if echo is _SHARED:
                sender.send_event(event)
            elif echo is _OWN:
                sender.acknowledge(event, context)


def _encoded(encode: Callable[[Any], bytes | None], event: Any) -> bytes:
    """One message that cannot be encoded must not take those around it along."""
    try:
        return encode(event) or b""
    except Exception:
        log.exception("not encoded: %s", type(event).__name__)
        return b""
