"""The one order: all events and answers wait here for the disk, and leave in the order in which they came.

1. An event is released only after the commit that holds it. 2. Nothing overtakes: the PONG to a PING sent after a
message follows that message's echo. 3. If a commit fails, all that was accepted in it and since is taken back, and who
asked for it is told; it is never retried silently. What nobody can refuse, that a user has quit, is a *fact*: it stays,
and its rows are owed to the store (docs/decisions/0023).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from papo.server.delivery.batch import (
    NO_NOTES,
    Batch,
    Flush,
    JournalEntry,
    Marked,
    Notes,
    as_refused,
    place_written,
    stored_already,
)
from papo.server.delivery.ports import NotStored
from papo.server.world.events import AnyEvent, RecordDeleted, RecordStored, is_durable
from papo.server.world.undo import UndoLog

if TYPE_CHECKING:
    from papo.server.delivery.batch import Request
    from papo.server.delivery.ports import Conflict, Outcome, Store
    from papo.server.delivery.session import Session

log = logging.getLogger(__name__)

BUSY_AT = 8
"""Size of a batch after which the next one is gathered over several loop turns, as long as each brings more."""
GATHER_TURNS = 4
PAUSE_AT = 2_000
"""How many events may wait during a commit before connections that send are no longer read from."""
OVERLOADED_AT = 10_000
"""How many events may wait before messages are refused."""
OVERLOADED_S = 5.0
"""How long a commit may take before messages are refused."""
OWED_TRIES = 10
"""How often facts are tried that the store refuses while it takes other events: one of them may be wrong."""
OWED_AT_MOST = 10_000
"""How many facts are kept for a store that refuses; those after them are not stored."""


class Journal:
    """One queue for the node. What is appended during a commit is the next batch: there is no timer."""

    def __init__(
        self,
        store: Store,
        *,
        release: Callable[[Sequence[JournalEntry], Sequence[Conflict]], None],
        refuse: Callable[[Sequence[Batch], NotStored], list[JournalEntry]],
        call_soon: Callable[[Callable[[], None]], object],
        clock_s: Callable[[], float],
    ) -> None:
        self._store = store
        self._release = release
        self._refuse = refuse
        self._call_soon = call_soon
        self._clock_s = clock_s
        self._waiting: list[JournalEntry] = []
        self._durable: list[AnyEvent] = []
        self._requests: list[tuple[range, Request]] = []
        self._facts: list[range] = []
        self._undo: UndoLog | None = None
        self._in_flight: list[JournalEntry] = []
        self._in_flight_durable: list[AnyEvent] = []
        self._in_flight_notes = NO_NOTES
        self._owed: list[JournalEntry] = []
        """Facts that a commit has failed to store: they are true, told, and tried again before the next commit."""
        self._owed_refused = False
        self._owed_tries = 0
        """How often in a row the store has refused them, and taken what came after them."""
        self._committing = False
        self._since_s = 0.0
        self._scheduled = False
        self._busy = False
        """Whether the last batch was large: the next one is then gathered over a few loop turns."""
        self._rounds = 0
        self._gathered = 0
        self._paused: set[Session] = set()
        self.commits = 0
        """Batches committed since the start."""
        self.refused = 0
        """Batches that were not, since the start."""
        self.released = 0
        """Entries released since the start."""
        self.idle = True
        """Whether nothing waits: answers may then be written at once."""

    def append(self, event: AnyEvent, origin: Session | None, context: object) -> None:
        """Queue an accepted event. Hot path."""
        self._waiting.append((event, origin, context))
        if is_durable(event):
            self._durable.append(event)
        self.idle = False
        if not self._scheduled and not self._committing:
            self._schedule()
        elif self._committing and origin is not None and len(self._waiting) > PAUSE_AT:
            self._paused.add(origin)
            origin.link.pause_reading()

    @property
    def undo(self) -> UndoLog:
        """What the events that wait have overwritten in the world."""
        if self._undo is None:
            self._undo = UndoLog()
        return self._undo

    def append_stored(self, event: AnyEvent) -> None:
        """Queue a fact that another process has stored already."""
        at = len(self._waiting)
        self._facts.append(range(at, at + 1))
        self._waiting.append((event, None, stored_already))
        self.idle = False
        if not self._committing:
            self._schedule()

    def defer(self, call: Callable[[Any], object], argument: object) -> None:
        """Call `call(argument)` in order: at once if nothing waits; never, if it answers a request that is refused."""
        if self.idle:
            call(argument)
        else:
            self._waiting.append((None, call, argument))

    def keep(self, call: Callable[[Any], object], argument: object) -> None:
        """As `defer`, even if the request is refused: the connection closes, the labeled response ends."""
        with self.facts():
            self.defer(call, argument)

    def request(self, request: Request) -> Marked:
        """A context, without `await` in it: what is appended answers one request, all of it or nothing.

        A request that only sends messages needs none: each is refused by itself.
        """
        return Marked(self._waiting, lambda entries: self._requests.append((entries, request)))

    def facts(self) -> Marked:
        """A context, without `await` in it: events that have happened whatever the store says, and answers to them."""
        return Marked(self._waiting, self._facts.append)

    async def flush(self) -> NotStored | None:
        """Wait until everything accepted so far is released or refused; returns why it was refused.

        Users can then read what they just wrote.
        """
        return await self._flush(must_succeed=False)

    async def _flush(self, *, must_succeed: bool) -> NotStored | None:
        if self.idle:
            return None
        flush = Flush(asyncio.get_running_loop().create_future(), must_succeed=must_succeed)
        self.keep(flush, None)
        return await flush.done

    async def committed(self, *target: str) -> None:
        """Wait until what was appended since the last `await` is committed.

        Raises Refused, about the target if there is one, if it is refused.
        """
        failed = await self._flush(must_succeed=True)
        if failed is not None:
            raise as_refused(failed, *target)

    async def store_owed(self) -> None:
        """Try once more to store the facts that are owed: the server stops."""
        await self.flush()
        if self._owed:
            done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            self._store.commit([event for event, _, _ in self._owed if event is not None], done.set_result)
            if isinstance(await done, NotStored):
                self._drop_owed()
            self._owed = []

    @property
    def waiting(self) -> int:
        """How many entries wait for a commit, the one under way included."""
        return len(self._waiting) + len(self._in_flight)

    @property
    def overloaded(self) -> bool:
        """Whether messages should be refused because the disk cannot keep up."""
        return self._committing and (
            len(self._waiting) > OVERLOADED_AT or self._clock_s() - self._since_s > OVERLOADED_S
        )

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._call_soon(self._commit)

    def _commit(self) -> None:
        self._scheduled = False
        if self._committing or not self._waiting:
            return
        if self._busy and self._rounds < GATHER_TURNS and len(self._waiting) > self._gathered:
            # This turn brought more than the last: more is coming, and one commit for all is cheaper.
            self._gathered = len(self._waiting)
            self._rounds += 1
            self._scheduled = True
            self._call_soon(self._commit)
            return
        self._gathered = self._rounds = 0
        self._busy = len(self._waiting) >= BUSY_AT
        self._in_flight, self._waiting = self._waiting, []
        if self._requests or self._facts or self._undo is not None:
            self._in_flight_notes = self._take_notes()
        if not self._durable:
            self._finish(None)
            return
        durable, self._durable = self._durable, []
        self._in_flight_durable = durable
        self._committing = True
        self._since_s = self._clock_s()
        if self._owed:
            # By themselves: a fact that no disk takes must not keep others from theirs.
            self._store.commit([event for event, _, _ in self._owed if event is not None], self._finish_owed)
        else:
            self._store.commit(durable, self._finish)

    def _take_notes(self) -> Notes:
        notes = Notes(self._requests, self._facts, self._undo)
        self._requests, self._facts, self._undo = [], [], None
        return notes

    def _finish_owed(self, outcome: Outcome) -> None:
        if isinstance(outcome, NotStored):
            self._owed_refused = True
        else:
            owed, self._owed = self._owed, []
            self._release([entry for entry in owed if entry[2] is not None], outcome or ())
        self._store.commit(self._in_flight_durable, self._finish)

    def _drop_owed(self) -> None:
        dropped, self._owed = self._owed, []
        log.error("not in the history, for the store refused it: %s events, such as users who quit", len(dropped))
        _tell_dropped(dropped)

    def _drop_superseded(self, durable: Sequence[AnyEvent], conflicts: Sequence[Conflict]) -> None:
        """Owed records are older than what is stored in their places now; tried again, they would overwrite it."""
        failed = {id(conflict.event) for conflict in conflicts}
        records = [event for event in durable if isinstance(event, (RecordStored, RecordDeleted))]
        stored = {place_written(event) for event in records if id(event) not in failed}
        owed, self._owed = self._owed, []
        for entry in owed:
            event, _, tell = entry
            if isinstance(event, (RecordStored, RecordDeleted)) and place_written(event) in stored:
                tell(NotStored("a newer one is stored"))
            else:
                self._owed.append(entry)

    def _owe(self, facts: list[JournalEntry]) -> None:
        room = OWED_AT_MOST - len(self._owed)
        self._owed += facts[:room]
        if len(facts) > room:
            log.error("not in the history, for the disk does not take them: %s users who quit", len(facts) - room)
            _tell_dropped(facts[room:])

    def _finish(self, outcome: Outcome) -> None:
        self._committing = False
        batch, self._in_flight = self._in_flight, []
        durable, self._in_flight_durable = self._in_flight_durable, []
        notes, self._in_flight_notes = self._in_flight_notes, NO_NOTES
        if isinstance(outcome, NotStored):
            self.refused += 1
            self._owed_tries = 0
            # What was accepted since may be made from it: a member kicks with a rank that they never got.
            later = Batch(self._waiting, self._take_notes())
            self._waiting, self._durable = [], []
            self._owe(self._refuse((Batch(batch, notes), later), outcome))
        else:
            if self._owed_refused and durable:
                self._owed_tries += 1
                if self._owed_tries == OWED_TRIES:
                    self._drop_owed()
            self.commits += 1
            self.released += len(batch)
            self._release(batch, outcome or ())
            if self._owed:
                self._drop_superseded(durable, outcome or ())
        self._owed_refused = False
        if self._waiting:
            self._schedule()
        else:
            self.idle = True
        if self._paused:
            paused, self._paused = self._paused, set()
            for session in paused:
                session.link.resume_reading()


def _tell_dropped(facts: Sequence[JournalEntry]) -> None:
    """Those that are records are not in force any more: the registry shows what is stored."""
    for _, _, tell in facts:
        if tell is not None:
            tell(NotStored("the store refused it"))
