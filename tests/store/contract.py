"""What every Store must do, whatever it stands on: run by each implementation's own test file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from papo.delivery.msgid import Names
from papo.delivery.ports import NotStored, Page, Store
from papo.world.events import Departed, Event, Joined, Said

names = Names("testmark")
START_MS = 1_700_000_000_000


def said(text: str, *, at_ms: int = START_MS, where: str = "#sala", **more: object) -> Said:
    """A message in a channel, or (with a space in `where`) a private one."""
    channel = None if " " in where else where
    return Said(
        uid="u1", source="ana!ana@h", at_ms=at_ms, msgid=names.msgid(at_ms), verb="PRIVMSG", target=where,
        channel=channel, conversation=where, text=text, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def joined(*, at_ms: int = START_MS, where: str = "#sala") -> Joined:
    """Somebody came in."""
    return Joined(
        uid="u1", source="ana!ana@h", at_ms=at_ms, msgid=names.msgid(at_ms), channel=where, name=where, realname="Ana"
    )


async def keep(store: Store, events: Sequence[Event]) -> None:
    """Commit, and wait for it."""
    answer: asyncio.Future[NotStored | None] = asyncio.get_running_loop().create_future()
    store.commit(events, answer.set_result)
    assert await answer is None


def ask(where: str = "#sala", *, limit: int = 100, newest_first: bool = True, **more: object) -> Page:
    """A question about a conversation."""
    return Page(conversation=where, limit=limit, newest_first=newest_first, **more)  # type: ignore[arg-type]


def texts(events: Sequence[Event]) -> list[str]:
    """What was said."""
    return [event.text for event in events if isinstance(event, Said)]


class StoreContract:
    """Subclass and give `opened`: an async context manager factory for an empty store."""

    opened: Callable[..., object]

    def run(self, test: Callable[[Store], object]) -> None:
        """Run an async test on a fresh store."""

        async def whole() -> None:
            async with self.opened() as store:  # type: ignore[attr-defined]
                await test(store)  # type: ignore[misc]

        asyncio.run(whole())

    def test_events_come_back_as_they_were_in_order(self) -> None:
        """A page gives equal events, oldest first, from either end."""

        async def test(store: Store) -> None:
            events = [said(str(n), at_ms=START_MS + n // 3) for n in range(30)]
            await keep(store, events[:17])
            await keep(store, events[17:])
            assert await store.page(ask(limit=5)) == events[-5:]
            assert await store.page(ask(limit=5, newest_first=False)) == events[:5]
            assert await store.page(ask()) == events

        self.run(test)

    def test_bounds_are_excluded_and_msgids_break_ties_of_time(self) -> None:
        """After and before, by msgid and by time (chathistory)."""

        async def test(store: Store) -> None:
            events = [said(str(n), at_ms=START_MS + n // 2) for n in range(10)]
            await keep(store, events)
            assert await store.page(ask(after=events[3].msgid)) == events[4:]
            assert await store.page(ask(before=events[3].msgid)) == events[:3]
            assert await store.page(ask(after=events[2].msgid, before=events[6].msgid)) == events[3:6]
            assert await store.page(ask(after=START_MS + 1)) == events[4:]
            assert await store.page(ask(before=START_MS + 2)) == events[:4]
            assert await store.page(ask(after=START_MS + 99)) == []
            assert await store.page(ask(before=0)) == []
            with pytest.raises(KeyError):
                await store.page(ask(after="nenhum"))

        self.run(test)

    def test_around_gives_both_sides_and_the_centre(self) -> None:
        """About half of the limit each side; more of one where the other is short."""

        async def test(store: Store) -> None:
            events = [said(str(n), at_ms=START_MS + n) for n in range(20)]
            await keep(store, events)
            assert events[10] in await store.around(ask(limit=5), events[10].msgid)
            assert await store.around(ask(limit=5), events[10].msgid) == events[8:13]
            assert await store.around(ask(limit=6), events[0].msgid) == events[:6]
            assert await store.around(ask(limit=6), events[19].msgid) == events[14:]
            assert await store.around(ask(limit=4), START_MS + 10) == events[8:12]

        self.run(test)

    def test_only_what_may_be_seen_is_shown(self) -> None:
        """Rows of another era, of a higher rank, and of other conversations stay hidden, as bounds too (F9)."""

        async def test(store: Store) -> None:
            secret, staff = said("segredo", era=5), said("@só nós", rank=3)
            await keep(store, [said("a"), secret, staff, said("b"), said("c", where="#outra"), joined()])
            assert texts(await store.page(ask())) == ["a", "b"]
            assert texts(await store.page(ask(era=5))) == ["a", "segredo", "b"]
            assert texts(await store.page(ask(rank=3))) == ["a", "@só nós", "b"]
            assert len(await store.page(ask(everything=True))) == 3
            with pytest.raises(KeyError):
                await store.page(ask(after=secret.msgid, era=6))
            with pytest.raises(KeyError):
                await store.page(ask(before=staff.msgid))

        self.run(test)

    def test_an_event_of_several_channels_is_in_each(self) -> None:
        """A QUIT is part of the past of every channel the person was in, each with its own era."""

        async def test(store: Store) -> None:
            event = Departed(
                uid="u1", source="ana!ana@h", at_ms=START_MS, msgid=names.msgid(START_MS), reason="Quit",
                channels=("#sala", "#outra"), eras=(0, 7),
            )  # fmt: skip
            await keep(store, [event])
            assert await store.page(ask(everything=True)) == [event]
            assert await store.page(ask("#outra", everything=True)) == []
            assert await store.page(ask("#outra", everything=True, era=7)) == [event]

        self.run(test)

    def test_targets_are_ones_own_conversations_by_their_newest_message(self) -> None:
        """Private conversations of the identity and the channels given, oldest first, within the times."""

        async def test(store: Store) -> None:
            await keep(store, [
                said("1", at_ms=START_MS, where="ana bia"), said("2", at_ms=START_MS + 5, where="#sala"),
                said("3", at_ms=START_MS + 9, where="ana cris"), said("4", at_ms=START_MS + 9, where="bia cris"),
            ])  # fmt: skip
            found = await store.targets("ana", [("#sala", 0), ("#nada", 0)], START_MS - 1, START_MS + 99, 10)
            assert [target.conversation for target in found] == ["ana bia", "#sala", "ana cris"]
            assert [target.latest_ms for target in found] == [START_MS, START_MS + 5, START_MS + 9]
            assert [t.conversation for t in await store.targets("cris", [], START_MS, START_MS + 99, 1)] == ["ana cris"]
            assert await store.targets("ana", [], START_MS + 9, START_MS + 99, 10) == []

        self.run(test)
