"""Every operation of the disk fails once, in a chat in which everything happens: acknowledged = stored = seen.

`PAPO_FAULT_SEED=1234 make test ARGS=tests/faults` repeats a sample.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import pytest
from fault_run import Reference, Way, violations
from faulty_disk import ERRORS, NO_FAULT, Fault

from papo.server.delivery.batch import Batch, JournalEntry
from papo.server.delivery.chat import Chat
from papo.server.delivery.ports import NotStored
from papo.server.store import sqlite
from papo.server.store.writer import Writer
from papo.server.world.events import AnyEvent, TopicSet

SEED = int(os.environ.get("PAPO_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
CHUNKS, CHUNK = 10, 30
KINDS = [each for each in ERRORS if each != "power"]
WAYS = [Way(at_once, thread) for at_once in (False, True) for thread in (False, True)]
FOUND = [
    (Fault(1, "EIO"), Way()),
    (Fault(1, "ENOSPC", stays=True), Way(at_once=True)),
    (Fault(1, "ENOMEM", stays=True), Way(thread=True)),
]
"""Faults that have shown a mistake once."""

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""apsw mentions every error of a disk that SQLite takes no notice of."""


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Thousands of failed commits are not to be logged."""
    monkeypatch.setattr(sqlite, "INLINE_MS", sqlite.INLINE_MS)  # restored at the end
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


_reference = Reference()


def run(test: Callable[[Reference], Coroutine[Any, Any, None]]) -> None:
    """Run a test with the reference that all share."""
    asyncio.run(test(_reference))


async def check(reference: Reference, fault: Fault, way: Way) -> None:
    """Fail with everything that is wrong after a run with this fault."""
    found = await violations(reference, fault, way)
    assert not found, "\n".join([f"seed {SEED}, {fault}, {way}:", *found])


@pytest.mark.parametrize("way", WAYS)
def test_a_good_disk_keeps_everything(way: Way) -> None:
    """Everything that happens is acknowledged, seen by everybody who should see it, and there after a restart."""

    async def test(reference: Reference) -> None:
        await check(reference, NO_FAULT, way)

    run(test)


@pytest.mark.parametrize(("fault", "way"), FOUND)
def test_what_has_gone_wrong_once(fault: Fault, way: Way) -> None:
    """One test for each."""

    async def test(reference: Reference) -> None:
        await check(reference, fault, way)

    run(test)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_any_operation_may_fail(chunk: int) -> None:
    """A random sample of all operations, errors and ways."""
    chance = random.Random(SEED + chunk)

    async def test(reference: Reference) -> None:
        for _ in range(CHUNK):
            way, error = chance.choice(WAYS), chance.choice(KINDS)
            at = chance.randint(1, await reference.operations(error, way))
            await check(reference, Fault(at, error, stays=chance.random() < 0.5), way)

    run(test)


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("error", KINDS)
def test_every_operation_fails(error: str, way: Way) -> None:
    """All of them, once and for good."""

    async def test(reference: Reference) -> None:
        wrong = []
        for at in range(1, await reference.operations(error, way) + 1):
            for stays in (False, True):
                fault = Fault(at, error, stays)
                found = await violations(reference, fault, way)
                wrong += [f"{fault}, {way}: {each}" for each in found]
        assert not wrong, "\n".join(wrong)

    run(test)


# --- what a mistake would look like


def test_a_delivery_of_what_is_refused_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acknowledged and seen, but not there after a restart."""
    release = Chat._release  # noqa: SLF001 -- the mistake is planted there

    def deliver(chat: Chat, batches: Sequence[Batch], _failed: NotStored) -> list[JournalEntry]:
        for batch in batches:
            release(chat, batch.entries, ())
        return []

    monkeypatch.setattr(Chat, "_refuse", deliver)
    assert_found('after a restart, it is not true that "1 Said of ana', Fault(1, "ENOSPC"))


def test_an_event_that_is_not_stored_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acknowledged and seen, but gone after a restart."""
    write = Writer.write

    def careless(writer: Writer, events: list[AnyEvent], **options: Any) -> Any:
        return write(writer, [event for event in events if not isinstance(event, TopicSet)], **options)

    async def test(reference: Reference) -> None:
        await reference.whole()
        monkeypatch.setattr(Writer, "write", careless)
        assert any("TopicSet" in each for each in await violations(reference, NO_FAULT, Way()))

    run(test)


def test_silence_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody whose message is refused is told so."""

    def silent(_chat: Chat, _batches: Sequence[Batch], _failed: NotStored) -> list[JournalEntry]:
        return []

    monkeypatch.setattr(Chat, "_refuse", silent)
    assert_found("'PRIVMSG #sala :primeira' is unanswered", Fault(1, "ENOSPC"))


def assert_found(what: str, fault: Fault) -> None:
    """The fault shows the mistake that is planted."""

    async def test(reference: Reference) -> None:
        found = await violations(reference, fault, Way())
        assert any(what in each for each in found), found

    run(test)
