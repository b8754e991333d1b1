"""What every Store must do when the clock was set forward and back: as contract.py, in a room `#sala`."""

from __future__ import annotations

import itertools

from contract import OpenStore, ask, commit, run, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import START_MS, Maker

from papo.protocol.times import DAY_MS
from papo.server.delivery.msgid import IdGenerator
from papo.server.delivery.ports import Search
from papo.server.world.events import MessageSent

YEAR_MS = 365 * DAY_MS
NOW_MS = START_MS + DAY_MS
ROOMS = itertools.count()


def said(*times_ms: int, where: str = "#sala") -> list[MessageSent]:
    """Messages with these times, in this order; the text is the place in it."""
    ids, maker = IdGenerator(), Maker()
    return [
        maker.message(str(place), where, at_ms=at_ms, msgid=ids.msgid(at_ms)) for place, at_ms in enumerate(times_ms)
    ]


AHEAD = said(*(START_MS + n + (YEAR_MS if 3 <= n < 6 else 0) for n in range(9)))
"""Nine messages, one a millisecond; the clock was a year ahead for 3, 4 and 5."""
BEHIND = said(*(START_MS + n - (YEAR_MS if 3 <= n < 6 else 0) for n in range(9)))
"""The same with the clock a year behind."""


def test_a_page_by_time_skips_nothing_where_the_clock_was_ahead(open_store: OpenStore) -> None:
    """Order is that of the commits; a client that has seen a message gets those after it, whatever its time."""

    async def test() -> None:
        store = open_store()
        await commit(store, AHEAD)
        for seen in (0, 2, 3, 5, 6, 8):
            later = [str(place) for place in range(seen + 1, 9)]
            assert await texts(store, after=AHEAD[seen].at_ms) == later, seen
            assert await texts(store, after=AHEAD[seen].msgid) == later, seen
            earlier = [str(place) for place in range(seen)]
            assert await texts(store, before=AHEAD[seen].msgid) == earlier, seen
        assert await texts(store, before=START_MS + 7) == [str(place) for place in range(7)]
        assert await texts(store, before=NOW_MS) == [str(place) for place in range(9)]
        assert await texts(store, after=NOW_MS) == []
        around = await store.around(ask(limit=4), START_MS + 7)
        assert [event.text for event in around] == ["5", "6", "7", "8"]
        await store.close()

    run(test())


def test_a_page_by_time_skips_nothing_where_the_clock_was_behind(open_store: OpenStore) -> None:
    """A client that has seen the newest gets nothing twice; one that has seen an older one gets all after it."""

    async def test() -> None:
        store = open_store()
        await commit(store, BEHIND)
        assert await texts(store, after=BEHIND[8].at_ms) == []
        assert await texts(store, after=BEHIND[2].at_ms) == ["3", "4", "5", "6", "7", "8"]
        assert await texts(store, after=BEHIND[4].at_ms) == ["5", "6", "7", "8"]
        assert await texts(store, before=NOW_MS) == [str(place) for place in range(9)]
        await store.close()

    run(test())


def test_a_search_by_time_means_places_in_the_order_too(open_store: OpenStore) -> None:
    """In each conversation."""

    async def test() -> None:
        store = open_store()
        other = said(START_MS + 1, START_MS + 8, where="#outra")
        await commit(store, [*AHEAD[:5], other[0], *AHEAD[5:], other[1]])

        async def between(after_ms: int | None, before_ms: int | None) -> set[tuple[str, str]]:
            places = (("#sala", 0, 0), ("#outra", 0, 0))
            query = Search(words=(), sender="ana", places=places, after_ms=after_ms, before_ms=before_ms)
            return {(event.conversation, event.text) for event in await store.search(query)}

        assert await between(START_MS + 1, START_MS + 7) == {("#sala", str(place)) for place in range(2, 7)}
        assert await between(START_MS + 6, None) == {("#sala", "7"), ("#sala", "8"), ("#outra", "1")}
        assert len(await between(None, NOW_MS)) == 11
        await store.close()

    run(test())


def test_events_of_a_clock_that_was_ahead_go_with_those_around_them(open_store: OpenStore) -> None:
    """They keep nothing behind them on the disk for a year, and are not deleted before what follows them."""

    async def test() -> None:
        store = open_store()
        await commit(store, AHEAD)
        assert await store.prune(START_MS + 3, 100, "", NOW_MS) == 3
        assert await store.prune(START_MS + 6, 100, "", NOW_MS) == 0
        assert await texts(store) == ["3", "4", "5", "6", "7", "8"]
        assert await store.prune(START_MS + 7, 2, "#sala", NOW_MS) == 2
        assert await store.prune(START_MS + 7, 2, "#sala", NOW_MS) == 2
        assert await store.prune(START_MS + 7, 2, "#sala", NOW_MS) == 0
        assert await texts(store) == ["7", "8"]
        await store.close()

    run(test())


def test_events_of_a_clock_that_was_behind_are_not_deleted_before_older_ones(open_store: OpenStore) -> None:
    """What was said a minute ago, on a machine that thought it was last year, is kept like what was said before."""

    async def test() -> None:
        store = open_store()
        await commit(store, BEHIND)
        assert await store.prune(START_MS - 1, 100, "", NOW_MS) == 0
        assert await store.prune(START_MS + 2, 100, "", NOW_MS) == 2
        assert await texts(store) == ["2", "3", "4", "5", "6", "7", "8"]
        await store.close()

    run(test())


def test_a_channel_that_keeps_nothing_keeps_nothing_of_a_wrong_clock(open_store: OpenStore) -> None:
    """Retention of 0 days: every event is old, also one with a time to come."""

    async def test() -> None:
        store = open_store()
        await commit(store, AHEAD[:6])
        assert await store.prune(NOW_MS + 1, 100, "#sala", NOW_MS) == 6
        await store.close()

    run(test())


@given(steps=st.lists(st.integers(-40, 40).filter(bool), min_size=1, max_size=25))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_the_clock_does_a_client_goes_on_where_it_was(open_store: OpenStore, steps: list[int]) -> None:
    """After the time of any message come exactly those that were stored after it; before it, those before it."""
    times = list(itertools.accumulate(steps, initial=NOW_MS))
    events = said(*times, where=f"#{next(ROOMS)}")

    async def test() -> None:
        store = open_store()
        await commit(store, events)
        place = events[0].conversation
        for seen, event in enumerate(events):
            if times.count(event.at_ms) == 1:  # else the time alone does not say which
                assert await store.page(ask(place, after=event.at_ms)) == events[seen + 1 :]
                assert await store.page(ask(place, before=event.at_ms + 1)) == events[: seen + 1]
        await store.close()

    run(test())
