"""The one order: all events and answers wait here for the disk, and leave in the order in which they came.

1. An event is released only after the commit that holds it. 2. Nothing overtakes: the PONG to a PING sent after a
message follows that message's echo. 3. The authors of messages in a failed commit are told; it is never retried
silently.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from papo.server.delivery.ports import NotStored
from papo.server.world.events import AnyEvent, is_durable

if TYPE_CHECKING:
    from papo.server.delivery.ports import Conflict, Outcome, Store
    from papo.server.delivery.session import Session

JournalEntry: TypeAlias = tuple[AnyEvent | None, Any, Any]
"""(event, session it came from or None, that session's context) or (None, function, its one argument)."""

BUSY_AT = 8
"""Size of a batch after which the next one is gathered over several loop turns, as long as each brings more."""
GATHER_TURNS = 4
PAUSE_AT = 2_000
"""How many events may wait during a commit before connections that send are no longer read from."""
OVERLOADED_AT = 10_000
"""How many events may wait before messages are refused."""
OVERLOADED_S = 5.0
"""How long a commit may take before messages are refused."""


class Journal:
    """One queue for the node. What is appended during a commit is the next batch: there is no timer."""

    def __init__(
        self,
        store: Store,
        *,
        release: Callable[[list[JournalEntry], Sequence[Conflict]], None],
        refuse: Callable[[list[JournalEntry], NotStored], None],
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
        self._in_flight: list[JournalEntry] = []
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
            self._scheduled = True
            self._call_soon(self._commit)
        elif self._committing and origin is not None and len(self._waiting) > PAUSE_AT:
            self._paused.add(origin)
            origin.link.pause_reading()

    def defer(self, call: Callable[[Any], object], argument: object) -> None:
        """Call `call(argument)` in order: at once if nothing waits."""
        if self.idle:
            call(argument)
        else:
            self._waiting.append((None, call, argument))

    async def flush(self) -> None:
        """Wait until everything accepted so far is committed and released: users can then read what they just wrote."""
        if not self.idle:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.defer(_set_done, done)
            await done

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
        if not self._durable:
            self._finish(None)
            return
        durable, self._durable = self._durable, []
        self._committing = True
        self._since_s = self._clock_s()
        self._store.commit(durable, self._finish)

    def _finish(self, outcome: Outcome) -> None:
        self._committing = False
        batch, self._in_flight = self._in_flight, []
        if isinstance(outcome, NotStored):
            self.refused += 1
            self._refuse(batch, outcome)
        else:
            self.commits += 1
            self.released += len(batch)
            self._release(batch, outcome or ())
        if self._waiting:
            if not self._scheduled:
                self._scheduled = True
                self._call_soon(self._commit)
        else:
            self.idle = True
        if self._paused:
            paused, self._paused = self._paused, set()
            for session in paused:
                session.link.resume_reading()


def _set_done(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
