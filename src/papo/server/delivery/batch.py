"""What is committed together, and what becomes of it if the store refuses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from papo.server.delivery.ports import NotStored
from papo.server.world.errors import Code, Refused
from papo.server.world.events import AnyEvent, Audited, MessageSent, RecordDeleted, RecordStored, is_durable
from papo.server.world.facts import restated
from papo.server.world.records import place_of
from papo.server.world.undo import UndoLog

if TYPE_CHECKING:
    from papo.server.delivery.session import Session
    from papo.server.world.world import World

log = logging.getLogger(__name__)

JournalEntry: TypeAlias = tuple[AnyEvent | None, Any, Any]
"""(event, session it came from or None, that session's context) or (None, function, its one argument)."""


class Request(NamedTuple):
    """What a session asked for, as its dialect needs it to say that nothing came of it."""

    session: Session
    command: str = "*"
    """`TOPIC`, or the name of a service."""
    target: str = ""
    """Of the command, such as a channel; "" for none."""
    context: object = None
    """`Session.context` at the time."""


class Notes(NamedTuple):
    """What is known of the entries of a batch besides their order; nothing of plain messages."""

    requests: Sequence[tuple[range, Request]] = ()
    """Indices of entries that answer one request."""
    facts: Sequence[range] = ()
    """Indices of entries that nobody can refuse."""
    undo: UndoLog | None = None
    """What the events have overwritten in the world."""


NO_NOTES = Notes()


class Batch(NamedTuple):
    """Entries that were to be committed together."""

    entries: Sequence[JournalEntry]
    notes: Notes


class Marked:
    """A context that notes which entries are appended in it. In another of its kind it notes nothing."""

    __slots__ = ("_entries", "_note", "_start")

    def __init__(self, entries: list[JournalEntry], note: Callable[[range], object]) -> None:
        self._entries = entries
        self._note = note
        self._start = 0

    def __enter__(self) -> None:
        self._start = len(self._entries)

    def __exit__(self, *_: object) -> None:
        if len(self._entries) > self._start:
            self._note(range(self._start, len(self._entries)))


class Flush:
    """An entry that somebody waits for."""

    def __init__(self, done: asyncio.Future[NotStored | None], *, must_succeed: bool) -> None:
        self.done = done
        self.must_succeed = must_succeed
        """Whether it raises if what was before it is refused."""
        self.failed: NotStored | None = None

    def __call__(self, _: object) -> None:
        """It is its turn."""
        if not self.done.done():
            self.done.set_result(self.failed)


def as_refused(failed: NotStored, *target: str) -> Refused:
    """A failed commit as an action raises it."""
    return Refused(Code.OUTCOME_UNKNOWN if failed.unknown else Code.NOT_STORED, *target)


def stored_already(_: object) -> None:
    """The context of a fact that another process has stored."""


def place_written(event: RecordStored | RecordDeleted) -> tuple[str, str]:
    """(kind, key) of the record that is stored or deleted."""
    return place_of(event.record) if isinstance(event, RecordStored) else (event.kind, event.key)


class TakenBack(NamedTuple):
    """What is left of a batch that the store has refused."""

    entries: list[JournalEntry]
    """To be delivered: facts, answers to other requests, and refusals in the place of what was refused."""
    owed: list[JournalEntry]
    """Facts that are to be stored later."""
    refused: list[AnyEvent]
    """Events that have not happened."""


def take_back(world: World, batches: Sequence[Batch], failed: NotStored) -> TakenBack:
    """Take everything in the batches back, and let the facts among it happen again. The first has been tried."""
    for batch in reversed(batches):
        if batch.notes.undo is not None:
            batch.notes.undo.undo()
    left = TakenBack([], [], [])
    for batch in batches:
        _take_back_one(world, batch, failed, left)
        failed = NotStored(str(failed))  # what was accepted since has not been tried: its outcome is known
    return left


def _take_back_one(world: World, batch: Batch, failed: NotStored, left: TakenBack) -> None:
    facts = {at for entries in batch.notes.facts for at in entries}
    unanswered: set[int] = set()
    """Answers to requests that are refused."""
    refusals: dict[int, JournalEntry] = {}
    """Index of the first event that such a request has lost, to what tells its session."""
    for entries, request in _outermost(batch.notes.requests):
        first = next((at for at in entries if at not in facts and batch.entries[at][0] is not None), None)
        if first is not None:
            unanswered.update(at for at in entries if at not in facts)
            told = any(_is_told(batch.entries[at]) for at in entries)
            refusals[first] = (None, _RequestRefused(request, failed, told=told), None)
    for at, entry in enumerate(batch.entries):
        event, origin, context = entry
        if at in refusals:
            left.entries.append(refusals[at])
        if event is None:
            if isinstance(origin, Flush):
                origin.failed = failed
            if at not in unanswered:
                left.entries.append(entry)
        elif at in facts:
            _happen_again(world, entry, left)
        else:
            left.refused.append(event)
            if type(event) is MessageSent:
                if origin is not None and is_durable(event):
                    left.entries.append((None, _MessageRefused(origin, event, failed), context))
            elif type(event) in {RecordStored, RecordDeleted} and context is not None:
                left.entries.append((None, context, failed))
            elif type(event) is Audited:
                log.error("not in the audit log: %s %s %s", event.source, event.action, event.details)


def _outermost(requests: Sequence[tuple[range, Request]]) -> list[tuple[range, Request]]:
    """Without those that are part of another, which ended after them."""
    outermost: list[tuple[range, Request]] = []
    for entries, request in reversed(requests):
        if not outermost or entries.start < outermost[-1][0].start:
            outermost.append((entries, request))
    return outermost


def _happen_again(world: World, entry: JournalEntry, left: TakenBack) -> None:
    event, origin, context = entry
    assert event is not None
    if context is stored_already:
        world.apply(event)
        left.entries.append(entry)
        return
    event = restated(world, event)
    if event is None:
        return
    world.apply(event)
    if type(event) in {RecordStored, RecordDeleted}:
        context.event = event
        left.owed.append((event, None, context))
        return
    left.entries.append((event, origin, context))
    if is_durable(event):
        left.owed.append((event, None, None))


def _is_told(entry: JournalEntry) -> bool:
    """Whether who asked is told by other means: about a message, or by the action that waits for the commit."""
    event, origin, context = entry
    if event is None:
        return isinstance(origin, Flush) and origin.must_succeed
    if type(event) is MessageSent:
        return origin is not None and is_durable(event)
    return type(event) in {RecordStored, RecordDeleted} and context is not None and context.is_awaited


class _MessageRefused:
    """Tells a session, in order with its other answers, that its message was not stored."""

    __slots__ = ("event", "failed", "origin")

    def __init__(self, origin: Session, event: AnyEvent, failed: NotStored) -> None:
        self.origin = origin
        self.event = event
        self.failed = failed

    def __call__(self, context: object) -> None:
        """In the words of its dialect."""
        self.origin.refuse(self.event, self.failed, context)


class _RequestRefused:
    """Tells a session, in order with its other answers, that nothing came of a request."""

    __slots__ = ("failed", "request", "told")

    def __init__(self, request: Request, failed: NotStored, *, told: bool) -> None:
        self.request = request
        self.failed = failed
        self.told = told

    def __call__(self, _: object) -> None:
        """In the words of its dialect."""
        self.request.session.refuse_request(self.request, self.failed, told=self.told)
