"""Records on their way to the store: shown at once, and taken back if the store refuses them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from papo.server.delivery.batch import as_refused, place_written
from papo.server.delivery.journal import Journal
from papo.server.delivery.ports import Conflict, NotStored
from papo.server.world.errors import Code, Refused
from papo.server.world.events import RecordDeleted, RecordStored
from papo.server.world.records import Account, AnyRecord, ChannelRecord, Versioned, place_of
from papo.server.world.world import World

R = TypeVar("R", Account, ChannelRecord)
Failure = NotStored | Conflict | None
"""Why a record was not stored; None if it was."""
ATTEMPTS = 10
"""How often a change is tried while other writers are faster."""


class _Pending:
    """Changes of one record that are not committed yet."""

    __slots__ = ("count", "stored")

    def __init__(self, stored: AnyRecord | None) -> None:
        self.stored = stored
        """What the store holds; None if it has no such record."""
        self.count = 0


class _Written:
    """Goes with the event of a record: called with the store's answer."""

    __slots__ = ("_done", "_finished", "event")

    def __init__(
        self,
        event: RecordStored | RecordDeleted,
        done: asyncio.Future[Failure] | None,
        finished: Callable[[RecordStored | RecordDeleted, asyncio.Future[Failure] | None, Failure], None],
    ) -> None:
        self.event = event
        """As it is stored: a fact may have been restated since."""
        self._done = done
        self._finished = finished

    @property
    def is_awaited(self) -> bool:
        """Whether an action waits for it, and words the refusal."""
        return self._done is not None

    def __call__(self, failure: Failure) -> None:
        self._finished(self.event, self._done, failure)


class Records:
    """Writes records, and keeps the world's registry in agreement with the store."""

    def __init__(
        self,
        world: World,
        journal: Journal,
        stamp: Callable[[], dict[str, Any]],
        overtaken: Callable[[AnyRecord], None],
    ) -> None:
        """Write records of this world through this journal.

        Args:
            world: Its registry shows a record as soon as it is handed over.
            journal: Brings it to the store, in order with all other events.
            stamp: Fields of an event of the server itself.
            overtaken: Called with a record that nobody waits for, if another writer was faster; the registry has
                that writer's version by then.
        """
        self._world = world
        self._journal = journal
        self._stamp = stamp
        self._overtaken = overtaken
        self._pending: dict[tuple[str, str], _Pending] = {}

    async def store(self, record: AnyRecord) -> None:
        """Store a record and wait until it is stored. Raises Refused."""
        await self._wait(self._stored(record))

    def store_soon(self, record: AnyRecord) -> None:
        """Store a record, and do not wait. Raises Refused if it was not made from the registry's version."""
        self._write(self._stored(record), None)

    async def delete(self, kind: str, key: str) -> None:
        """Delete a record and wait. Raises Refused."""
        await self._wait(RecordDeleted(**self._stamp(), kind=kind, key=key))

    def delete_soon(self, kind: str, key: str) -> None:
        """Delete a record, and do not wait."""
        self._write(RecordDeleted(**self._stamp(), kind=kind, key=key), None)

    def is_pending(self, record: AnyRecord) -> bool:
        """Whether a change of this record waits for its commit."""
        return not self._journal.idle and place_of(record) in self._pending

    async def change(
        self, kind: type[R], key: str, edit: Callable[[R | None], R], also: Callable[[R], None] | None = None
    ) -> R:
        """Store what `edit` makes of a record, and wait; again from the start if another writer was faster.

        `edit` is given the record (None if there is none), checks whether it may be changed, and raises Refused if
        not; nothing happens between its check and the change. `also` is called with the new record, and emits what
        follows from it: both are in one commit. Returns the record as it is stored. Raises Refused.
        """
        for _ in range(ATTEMPTS):
            event = self._stored(edit(self._world.registry.get(kind, key)))
            record = event.record
            assert isinstance(record, kind)
            answer = self._handed_over(event)
            if also is not None:
                also(record)
            failure = await answer
            if failure is None:
                return record
            if isinstance(failure, NotStored):
                raise as_refused(failure)
        raise Refused(Code.BUSY, "it was changed at the same time; try again")

    def _stored(self, record: AnyRecord) -> RecordStored:
        if isinstance(record, Versioned):
            current = self._world.registry.get(type(record), place_of(record)[1])
            if record.version != (0 if current is None else current.version):
                raise Refused(Code.BUSY, "it was changed at the same time; try again")
            record = msgspec.structs.replace(record, version=record.version + 1)
        return RecordStored(**self._stamp(), record=record)

    async def _wait(self, event: RecordStored | RecordDeleted) -> None:
        failure = await self._handed_over(event)
        if isinstance(failure, Conflict):
            raise Refused(Code.BUSY, "it was changed at the same time; try again")
        if failure is not None:
            raise as_refused(failure)

    def _handed_over(self, event: RecordStored | RecordDeleted) -> asyncio.Future[Failure]:
        """Write it; the future has the store's answer."""
        done: asyncio.Future[Failure] = asyncio.get_running_loop().create_future()
        self._write(event, done)
        return done

    def _write(self, event: RecordStored | RecordDeleted, done: asyncio.Future[Failure] | None) -> None:
        place = place_written(event)
        pending = self._pending.get(place)
        if pending is None:
            pending = self._pending[place] = _Pending(self._world.registry.find(*place))
        pending.count += 1
        self._world.apply(event, self._journal.undo)
        self._journal.append(event, None, _Written(event, done, self._finished))

    def _finished(
        self, event: RecordStored | RecordDeleted, done: asyncio.Future[Failure] | None, failure: Failure
    ) -> None:
        """The store has answered; called in turn with the delivery of other events.

        If it refused the whole batch, the registry is as before already; if only this record, it is put right here.
        """
        place = place_written(event)
        pending = self._pending[place]
        pending.count -= 1
        if failure is None:
            pending.stored = _record_of(event)
        elif isinstance(failure, Conflict):
            pending.stored = None
            for record in failure.stored:
                self._set_stored(place_of(record), record)
        if isinstance(failure, Conflict) or not pending.count:
            # Changes that were made from a refused one are refused as well.
            self._update_registry(place, pending.stored)
        if not pending.count:
            del self._pending[place]
        if done is not None:
            if not done.done():
                done.set_result(failure)
        elif isinstance(failure, Conflict):
            self._overtaken(failure.event.record)

    def receive(self, event: RecordStored | RecordDeleted) -> None:
        """Another node has stored this."""
        self._set_stored(place_written(event), _record_of(event))

    def _set_stored(self, place: tuple[str, str], record: AnyRecord | None) -> None:
        pending = self._pending.get(place)
        if pending is None:
            self._update_registry(place, record)
        else:
            pending.stored = record

    def _update_registry(self, place: tuple[str, str], stored: AnyRecord | None) -> None:
        """Make the registry show what is stored."""
        if self._world.registry.find(*place) is stored:
            return
        event: RecordStored | RecordDeleted
        if stored is None:
            event = RecordDeleted(**self._stamp(), kind=place[0], key=place[1])
        else:
            event = RecordStored(**self._stamp(), record=stored)
        if self._journal.idle:
            self._world.apply(event)
        else:
            self._world.apply(event, self._journal.undo)
            self._journal.append_stored(event)


def _record_of(event: RecordStored | RecordDeleted) -> AnyRecord | None:
    return event.record if isinstance(event, RecordStored) else None
