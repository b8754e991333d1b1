"""Random work on a database that loses its power again and again, and a model of what must be there."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec
from fault_run import MEMORY
from faulty_disk import Fault
from integrity import complaints_about
from memory_store import MemoryStore
from power_loss_disk import PowerLossDisk
from samples import Maker

from papo.server.delivery.ports import EDIT, MESSAGE, REACTION, REDACTION, Author, NotStored, Page
from papo.server.store import sqlite, write_ahead_log
from papo.server.store.sqlite import SqliteStore
from papo.server.world.events import (
    AnyEvent,
    Audited,
    Edited,
    MarkerSet,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Redacted,
    TopicSet,
    UserQuit,
)
from papo.server.world.records import Ban

Work = Callable[[Any], Coroutine[Any, Any, bool]]
"""Something to do to a store, the real one or the model; returns whether it was acknowledged."""
CHANNELS = ("#sala", "#été", "#日本")
ROUNDS_PER_DATABASE = 12
OPERATIONS = 400
"""A round ends with a power loss at one of so many operations of the disk."""


class Workload:
    """Makes up what to do next."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._maker = Maker()
        self._said: list[MessageSent] = []

    def remember(self, model: MemoryStore) -> None:
        """Speak of what is there, and no longer of what was lost."""
        self._said = [row.event for row in model.tables.rows if row.kind == MESSAGE]

    def next(self) -> Work:
        """A commit nearly always, else a deletion of what is old, or of what somebody has said."""
        kind = self._chance.random()
        if kind < 0.03:
            before_ms = self._maker.stamp()["at_ms"] - self._chance.randrange(500_000)
            self._said = [each for each in self._said if each.at_ms >= before_ms]
            return lambda store: _prune(store, before_ms)
        if kind < 0.06:
            since_ms = self._maker.stamp()["at_ms"] - self._chance.randrange(100_000)
            self._said = [each for each in self._said if each.account != "ana" or each.at_ms < since_ms]
            return functools.partial(_forget, since_ms=since_ms)
        events = [self._event() for _ in range(self._chance.choice([1, 1, 2, 5, 40]))]
        return lambda store: _commit(store, events)

    def _event(self) -> AnyEvent:
        chance, stamp = self._chance, self._maker.stamp()
        channel = chance.choice(CHANNELS)
        which = chance.randrange(12)
        key = f"k{chance.randrange(20)}"
        if which < 5 or not self._said:
            more = {"account": chance.choice([None, "ana", "bia"])}
            text = f"texto {stamp['msgid']} " + "palavra " * chance.choice([0, 3, 200])
            self._said.append(self._maker.message(text, channel, **more))
            return self._said[-1]
        if which == 5:
            return Edited(**stamp, text="outro texto", **self._older())
        if which == 6:
            gone = self._older()
            self._said = [each for each in self._said if each.msgid != gone["of"]]
            del gone["verb"]
            return Redacted(**stamp, **gone)
        if which == 7:
            return MarkerSet(**{**stamp, "account": "ana"}, identity=key, target=channel, read_at_ms=stamp["at_ms"])
        if which == 8:
            ban = Ban(kind="mask", mask=key, reason=stamp["msgid"], by="chefe", at_ms=stamp["at_ms"])
            return RecordStored(**stamp, record=ban)
        if which == 9:
            return RecordDeleted(**stamp, kind="ban", key=f"mask:{key}")
        if which == 10:
            return Audited(**stamp, action="TESTE", details=stamp["msgid"])
        if chance.random() < 0.5:
            return TopicSet(**stamp, channel=channel, name=channel, topic=stamp["msgid"])
        return UserQuit(**stamp, reason="fui", channels=CHANNELS, history_scopes=(0, 0, 0))

    def _older(self) -> dict[str, Any]:
        message = self._chance.choice(self._said[-200:])
        return {
            "target": message.target,
            "channel": message.channel,
            "conversation": message.conversation,
            "of": message.msgid,
            "verb": "PRIVMSG",
            "account": message.account,
        }


async def _commit(store: Any, events: Sequence[AnyEvent]) -> bool:
    done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    store.commit(events, done.set_result)
    return not isinstance(await done, NotStored)


async def _prune(store: Any, before_ms: int) -> bool:
    await store.prune(before_ms, 30)
    await store.vacuum()  # the log is emptied
    return not getattr(store, "failed", "")


async def _forget(store: Any, since_ms: int) -> bool:
    try:
        await store.forget(Author("ana-id", "ana", since_ms))
    except NotStored:
        return False
    return True


async def everything_in(store: Any) -> list[object]:
    """All that a store shows, to compare."""
    pages = []
    for channel in CHANNELS:
        kinds = (REACTION, REDACTION, EDIT)
        query = Page(conversation=channel, newest_first=False, limit=1_000_000, everything=True, also=kinds, rank=9)
        pages.append(await store.page(query))
    records = sorted(await store.records(), key=msgspec.json.encode)
    return [pages, records, sorted(await store.markers()), await store.audit(1_000_000)]


def opened(folder: Path, vfs: str | None = None) -> SqliteStore:
    """The store in a folder, on the running loop."""
    return SqliteStore(folder / "papo.db", on_soon=asyncio.get_running_loop().call_soon_threadsafe, vfs=vfs)


def new_folder() -> tempfile.TemporaryDirectory[str]:
    """In memory, if there is a disk in memory."""
    return tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)


async def lose_power(folder: Path, work: Workload, model: MemoryStore, chance: random.Random) -> tuple[Path, list[str]]:
    """Work on the database of a folder until the power fails; returns what survives, and what is wrong with it.

    The model is brought up to date with it.
    """
    disk = PowerLossDisk(folder, chance)
    disk.arm(Fault(chance.randint(1, OPERATIONS), "power", stays=True))
    pending: Work | None = None
    try:
        store = opened(folder, disk.name)
    except (ValueError, apsw.Error):
        store = None
    while store is not None and not disk.failed:
        pending = work.next()
        if not await pending(store) or disk.failed:
            break
        await pending(model)
        pending = None
    if store is not None:
        with contextlib.suppress(apsw.Error):  # a real disk cannot raise it: SQLite takes no notice at the end
            await store.close()
    survivors = disk.restart(folder)
    try:
        return survivors, await _what_is_wrong(survivors, model, pending)
    except (apsw.Error, ValueError) as error:
        return survivors, [f"the database cannot be read: {error}"]
    finally:
        work.remember(model)


async def _what_is_wrong(survivors: Path, model: MemoryStore, pending: Work | None) -> list[str]:
    """Compare with the model, before or after what was going on when the power failed."""
    store = opened(survivors)
    try:
        found = await everything_in(store)
        if found != await everything_in(model) and pending is not None:
            await pending(model)
            if isinstance(pending, functools.partial):  # several transactions: who was not told asks again
                await pending(store)
                found = await everything_in(store)
    finally:
        await store.close()
    wrong = [] if found == await everything_in(model) else ["what is there is not what was acknowledged"]
    connection = apsw.Connection(str(survivors / "papo.db"))
    wrong += complaints_about(connection)
    connection.close()
    return wrong


async def rounds(count: int, seed: int) -> list[str]:
    """So many power losses; returns what was wrong after each."""
    chance = random.Random(seed)
    wrong: list[str] = []
    sqlite.INLINE_MS = 1e9
    for start in range(0, count, ROUNDS_PER_DATABASE):
        work, model = Workload(chance), MemoryStore()
        write_ahead_log.COPY_PAGES = chance.choice([1, 5, 20, 1000])
        write_ahead_log.EMPTY_PAGES = chance.choice([10, 50, 8000])
        with new_folder() as base:
            folder = Path(base, "data")
            folder.mkdir()
            for number in range(start, min(start + ROUNDS_PER_DATABASE, count)):
                folder, found = await lose_power(folder, work, model, chance)
                wrong += [f"seed {seed}, round {number}: {each}" for each in found]
                if found:
                    break
    return wrong
