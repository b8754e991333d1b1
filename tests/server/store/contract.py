"""What every Store must do, as tests over a factory: a module that imports these names provides `open_store`.

`open_store()` opens the store of this test; after `close` it opens the same data again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import START_MS, Maker, kept, places_of

from papo.server.delivery.ports import (
    REACTION,
    NotStored,
    Outcome,
    Page,
    Search,
)
from papo.server.world.events import (
    AnyEvent,
    Edited,
    MarkerSet,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Redacted,
    UserQuit,
)
from papo.server.world.records import ChannelRecord

OpenStore = Callable[[], Any]
"""Called on a running loop; gives a `Store`, with what a test asks of one kind besides."""


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test that waits, a minute at most."""
    asyncio.run(asyncio.wait_for(test, 60))


async def commit(store: Any, events: Sequence[AnyEvent]) -> Outcome:
    """Commit, and wait for the answer."""
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    store.commit(events, future.set_result)
    return await asyncio.wait_for(future, 15)


def ask(conversation: str = "#sala", **more: Any) -> Page:
    """A page of everything, newest hundred."""
    return Page(**{"conversation": conversation, "newest_first": True, "limit": 100, "everything": True, **more})


async def texts(store: Any, **more: Any) -> list[str]:
    """The texts of a page of #sala."""
    return [event.text for event in await store.page(ask(**more))]


def record(key: str, version: int = 1) -> ChannelRecord:
    """A permanent channel."""
    return ChannelRecord(
        version=version,
        key=key,
        name=key.upper(),
        created_at_ms=5,
        topic="ção",
        topic_by="ana",
        topic_at_ms=6,
        modes={"P": None, "k": "x y"},
        lists={"b": [("*!*@*", "ana", 7)]},
    )


def test_committed_events_are_there_after_a_restart(open_store: OpenStore) -> None:
    """A commit is visible as soon as `done` was called, and survives closing."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        events = [maker.message("um"), maker.message("dois")]
        assert await commit(store, events) is None
        assert await store.page(ask()) == events
        await store.close()
        store = open_store()
        assert await store.page(ask()) == events
        assert await store.latest_ms() == events[-1].at_ms
        await store.close()

    run(test())


def test_every_kind_of_event_comes_back_equal_from_every_place(open_store: OpenStore) -> None:
    """Whatever an event holds, reading gives an equal one, in each of its conversations, in commit order."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        expected: dict[str, list[AnyEvent]] = {}
        loop = asyncio.get_running_loop()

        async def check(events: list[AnyEvent]) -> None:
            assert await commit(store, events) is None
            for event in events:
                for place in places_of(event):
                    expected.setdefault(place, []).append(event)
            for place, wanted in expected.items():
                assert await store.page(ask(place, history_scope=START_MS, rank=99, limit=100_000)) == wanted

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(kept(maker), max_size=5, unique_by=lambda event: event.msgid))
        def examples(events: list[AnyEvent]) -> None:
            asyncio.run_coroutine_threadsafe(check(events), loop).result(20)

        await asyncio.to_thread(examples)
        await store.close()

    run(test())


def test_a_store_works_until_it_says_that_it_has_failed(open_store: OpenStore) -> None:
    """`failed` stays empty over commits and refusals of a single batch, and nobody is called."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        calls: list[None] = []
        store.on_failure = lambda: calls.append(None)
        first = maker.message("first")
        assert await commit(store, [first]) is None
        assert isinstance(await commit(store, [maker.message("new"), first]), NotStored)
        store.check_files()
        assert (store.failed, calls) == ("", [])
        await store.close()

    run(test())


def test_an_empty_store_answers_nothing(open_store: OpenStore) -> None:
    """No conversation: an empty page, no targets, time zero, no channels."""

    async def test() -> None:
        store = open_store()
        assert await store.page(ask()) == []
        assert await store.around(ask(), START_MS) == []
        assert await store.targets("ana", [("#sala", 0)], 0, START_MS, 10) == []
        assert await store.latest_ms() == 0
        assert await store.records() == []
        await store.close()

    run(test())


def test_records_survive_a_restart_until_dropped(open_store: OpenStore) -> None:
    """The last record of each key stays."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        records = [record("#a"), record("#b"), record("#c"), record("#a", 2)]
        kept = [RecordStored(**maker.stamp(), record=each) for each in records]
        assert await commit(store, [*kept, RecordDeleted(**maker.stamp(), kind="channel", key="#b")]) is None
        await store.close()
        store = open_store()
        assert sorted(await store.records(), key=lambda one: one.key) == [record("#a", 2), record("#c")]
        await store.close()

    run(test())


def redacted(maker: Maker, message: MessageSent) -> Redacted:
    """The message is deleted."""
    return Redacted(
        **maker.stamp(),
        target="#sala",
        channel="#sala",
        conversation=message.conversation,
        of=message.msgid,
        reason="x",
    )


def edited(maker: Maker, message: MessageSent, text: str) -> Edited:
    """The message has another text."""
    return Edited(
        **maker.stamp(),
        target="#sala",
        channel="#sala",
        conversation=message.conversation,
        of=message.msgid,
        verb="PRIVMSG",
        text=text,
    )


def everywhere(*words: str, **more: Any) -> Search:
    """A search in #sala."""
    return Search(**{"words": words, "places": (("#sala", 0, 0),), "limit": 50, **more})


async def found(store: Any, query: Search) -> list[str]:
    """Texts that a search finds."""
    return [event.text for event in await store.search(query)]


def test_reactions_are_rows_of_their_own_kind(open_store: OpenStore) -> None:
    """Left out unless asked for."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        reaction = maker.message("", verb="TAGMSG", tags={"+draft/react": "x"})
        await commit(store, [maker.message("oi"), reaction])
        assert await texts(store, everything=False) == ["oi"]
        assert len(await store.page(ask(everything=False, also=(REACTION,)))) == 2
        await store.close()

    run(test())


def test_events_without_rows_are_committed(open_store: OpenStore) -> None:
    """Typing, markers, and an empty batch are committed without error and without a message to show."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        typing = maker.message("", verb="TAGMSG", tags={"+typing": "active"})
        marker = MarkerSet(**maker.stamp(), identity="~u1", target="#sala", read_at_ms=START_MS)
        nowhere = UserQuit(**maker.stamp(), reason="", channels=(), history_scopes=())
        assert await commit(store, []) is None
        assert await commit(store, [typing, marker, nowhere]) is None
        assert await commit(store, [maker.message("a"), marker]) is None
        assert await texts(store, everything=False) == ["a"]
        await store.close()

    run(test())


def test_a_batch_is_kept_whole_or_not_at_all(open_store: OpenStore) -> None:
    """A batch with an event that is there already is refused, leaves nothing, and the next one is stored."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        first = maker.message("first")
        assert await commit(store, [first]) is None
        assert isinstance(await commit(store, [maker.message("new"), first]), NotStored)
        assert await texts(store) == ["first"]
        assert await commit(store, [maker.message("next")]) is None
        assert await texts(store) == ["first", "next"]
        await store.close()

    run(test())


def test_text_that_cannot_be_written_is_refused(open_store: OpenStore) -> None:
    """Half a surrogate pair is not UTF-8: `done` gets the refusal, and the store works on."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        refused: Outcome | str = "no answer"
        try:
            refused = await asyncio.wait_for(commit(store, [maker.message("\ud800")]), 3)
        except (UnicodeError, TimeoutError):
            pytest.fail("the answer was an exception, or none")
        assert isinstance(refused, NotStored)
        assert await commit(store, [maker.message("good")]) is None
        assert await texts(store) == ["good"]
        await store.close()

    run(test())
