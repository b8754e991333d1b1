"""What every store must answer: pages, bounds, targets, searches, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from contract import OpenStore, ask, commit, everywhere, found, run
from samples import START_MS, Maker

from papo.server.delivery.msgid import IdGenerator
from papo.server.delivery.ports import (
    Page,
)
from papo.server.world.events import (
    AnyEvent,
    Joined,
    MessageSent,
    Renamed,
    UserQuit,
)


def test_small_limits_are_kept(open_store: OpenStore) -> None:
    """None at all, or one: the centre itself."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        events = [maker.message(str(number)) for number in range(5)]
        await commit(store, events)
        assert await store.page(ask(limit=0)) == []
        assert await store.around(ask(limit=0), events[2].msgid) == []
        assert await store.around(ask(limit=1), events[2].msgid) == [events[2]]
        assert await store.page(ask(after=events[3].msgid, before=events[1].msgid)) == []
        await store.close()

    run(test())


def test_a_bound_may_be_an_event_that_is_seen_live_but_not_asked_for(open_store: OpenStore) -> None:
    """A client that has just seen a JOIN may ask for the messages after it, without event-playback."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        joined, message = maker.join(), maker.message("after")
        await commit(store, [maker.message("before"), joined, message])
        assert await store.page(ask(after=joined.msgid, everything=False)) == [message]
        await store.close()

    run(test())


def test_what_plain_members_did_not_see_is_not_in_their_history(open_store: OpenStore) -> None:
    """In an auditorium (mode u) only operators can read who left or took a nick, because only they saw it."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        left = UserQuit(
            **maker.stamp(), reason="bye", channels=("#sala", "#other"), history_scopes=(0, 0), unseen=("#sala",)
        )
        renamed = Renamed(
            **maker.stamp(), nick="bibi", channels=("#sala", "#other"), history_scopes=(0, 0), unseen=("#sala",)
        )
        await commit(store, [left, renamed])
        assert await store.page(ask()) == []
        assert await store.page(ask(rank=3)) == [left, renamed]
        assert await store.page(ask("#other")) == [left, renamed]
        await store.close()

    run(test())


def test_a_search_finds_only_what_the_reader_may_see(open_store: OpenStore) -> None:
    """By place, history scope and rank; by sender, time and words."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        first = maker.message("bom dia a todos")
        events = [
            first,
            maker.message("bom dia", "#outra"),
            maker.message("bom segredo", history_scope=7),
            maker.message("bom so para operadores", rank=3),
            maker.message("bom privado", "a b"),
            maker.message("Bóm de bia", source="Bia!b@h"),
        ]
        await commit(store, events)
        assert await found(store, everywhere("bom")) == ["bom dia a todos", "Bóm de bia"]
        assert await found(store, everywhere("bom", places=(("#sala", 7, 3),))) == [
            "bom dia a todos", "bom segredo", "bom so para operadores", "Bóm de bia",
        ]  # fmt: skip
        assert await found(store, everywhere("bom", places=(("a b", 0, 0),))) == ["bom privado"]
        assert await found(store, everywhere("bom", places=())) == []
        assert await found(store, everywhere(sender="bia")) == ["Bóm de bia"]
        assert await found(store, everywhere("dia a")) == ["bom dia a todos"]
        assert await found(store, everywhere("tod*")) == ["bom dia a todos"]
        assert await found(store, everywhere("bom", after_ms=first.at_ms)) == ["Bóm de bia"]
        assert await found(store, everywhere("bom", before_ms=first.at_ms + 1)) == ["bom dia a todos"]
        assert await found(store, everywhere("bom", limit=1)) == ["Bóm de bia"]
        for hostile in ('"', "place : c1", "bom OR privado", "NEAR(", "*", "-bom", "a\0b", "{text}"):
            await found(store, everywhere(hostile))  # raises nothing, whatever FTS5 would make of it
        await store.close()

    run(test())


names = IdGenerator("testmark")


def message(text: str, *, at_ms: int = START_MS, where: str = "#sala", **more: object) -> MessageSent:
    """A message in a channel, or (with a space in `where`) a private one."""
    channel = None if " " in where else where
    return MessageSent(
        uid="u1", source="ana!ana@h", at_ms=at_ms, msgid=names.msgid(at_ms), verb="PRIVMSG", target=where,
        channel=channel, conversation=where, text=text, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def join(*, at_ms: int = START_MS, where: str = "#sala") -> Joined:
    """A user has joined."""
    return Joined(
        uid="u1", source="ana!ana@h", at_ms=at_ms, msgid=names.msgid(at_ms), channel=where, name=where, realname="Ana"
    )


async def keep(store: Any, events: Sequence[AnyEvent]) -> None:
    """Commit what must succeed."""
    assert await commit(store, events) is None


def messages_of(where: str = "#sala", *, limit: int = 100, newest_first: bool = True, **more: Any) -> Page:
    """A query for messages."""
    return Page(conversation=where, limit=limit, newest_first=newest_first, **more)


def texts_of(events: Sequence[AnyEvent]) -> list[str]:
    """The texts of the messages."""
    return [event.text for event in events if isinstance(event, MessageSent)]


async def on(open_store: OpenStore, test: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    """Run a test on a fresh store, and close it."""
    store = open_store()
    try:
        await test(store)
    finally:
        await store.close()


def test_events_come_back_as_they_were_in_order(open_store: OpenStore) -> None:
    """A page gives equal events, oldest first, from either end."""

    async def test(store: Any) -> None:
        events = [message(str(n), at_ms=START_MS + n // 3) for n in range(30)]
        await keep(store, events[:17])
        await keep(store, events[17:])
        assert await store.page(messages_of(limit=5)) == events[-5:]
        assert await store.page(messages_of(limit=5, newest_first=False)) == events[:5]
        assert await store.page(messages_of()) == events

    run(on(open_store, test))


def test_bounds_are_excluded_and_msgids_break_ties_of_time(open_store: OpenStore) -> None:
    """After and before, by msgid and by time (chathistory)."""

    async def test(store: Any) -> None:
        events = [message(str(n), at_ms=START_MS + n // 2) for n in range(10)]
        await keep(store, events)
        assert await store.page(messages_of(after=events[3].msgid)) == events[4:]
        assert await store.page(messages_of(before=events[3].msgid)) == events[:3]
        assert await store.page(messages_of(after=events[2].msgid, before=events[6].msgid)) == events[3:6]
        assert await store.page(messages_of(after=START_MS + 1)) == events[4:]
        assert await store.page(messages_of(before=START_MS + 2)) == events[:4]
        assert await store.page(messages_of(after=START_MS + 99)) == []
        assert await store.page(messages_of(before=0)) == []
        older = names.msgid(START_MS + 5)
        await keep(store, [message("later", at_ms=START_MS + 5)])
        assert await store.page(messages_of(until=older, limit=2)) == events[8:]
        set_back = IdGenerator("othermrk").msgid(START_MS)
        assert len(await store.page(messages_of(until=set_back))) == 11
        with pytest.raises(KeyError):
            await store.page(messages_of(after="nenhum"))

    run(on(open_store, test))


def test_around_gives_both_sides_and_the_centre(open_store: OpenStore) -> None:
    """About half of the limit each side; more of one side if the other is short."""

    async def test(store: Any) -> None:
        events = [message(str(n), at_ms=START_MS + n) for n in range(20)]
        await keep(store, events)
        assert events[10] in await store.around(messages_of(limit=5), events[10].msgid)
        assert await store.around(messages_of(limit=5), events[10].msgid) == events[8:13]
        assert await store.around(messages_of(limit=6), events[0].msgid) == events[:6]
        assert await store.around(messages_of(limit=6), events[19].msgid) == events[14:]
        assert await store.around(messages_of(limit=4), START_MS + 10) == events[8:12]

    run(on(open_store, test))


def test_only_what_may_be_seen_is_shown(open_store: OpenStore) -> None:
    """Rows of another history scope, of a higher rank, and of other conversations are hidden, also as bounds."""

    async def test(store: Any) -> None:
        secret, staff = message("segredo", history_scope=5), message("@só nós", rank=3)
        await keep(store, [message("a"), secret, staff, message("b"), message("c", where="#outra"), join()])
        assert texts_of(await store.page(messages_of())) == ["a", "b"]
        assert texts_of(await store.page(messages_of(history_scope=5))) == ["a", "segredo", "b"]
        assert texts_of(await store.page(messages_of(rank=3))) == ["a", "@só nós", "b"]
        assert len(await store.page(messages_of(everything=True))) == 3
        with pytest.raises(KeyError):
            await store.page(messages_of(after=secret.msgid, history_scope=6))
        with pytest.raises(KeyError):
            await store.page(messages_of(before=staff.msgid))

    run(on(open_store, test))


def test_an_event_of_several_channels_is_in_each(open_store: OpenStore) -> None:
    """A QUIT is in the history of every channel the user was in, each with its own history scope."""

    async def test(store: Any) -> None:
        event = UserQuit(
            uid="u1", source="ana!ana@h", at_ms=START_MS, msgid=names.msgid(START_MS), reason="Quit",
            channels=("#sala", "#outra"), history_scopes=(0, 7),
        )  # fmt: skip
        await keep(store, [event])
        assert await store.page(messages_of(everything=True)) == [event]
        assert await store.page(messages_of("#outra", everything=True)) == []
        assert await store.page(messages_of("#outra", everything=True, history_scope=7)) == [event]

    run(on(open_store, test))


def test_targets_are_ones_own_conversations_by_their_newest_message(open_store: OpenStore) -> None:
    """Private conversations of the identity and the channels given, oldest first, within the times."""

    async def test(store: Any) -> None:
        await keep(store, [
            message("1", at_ms=START_MS, where="ana bia"), message("2", at_ms=START_MS + 5, where="#sala"),
            message("3", at_ms=START_MS + 9, where="ana cris"), message("4", at_ms=START_MS + 9, where="bia cris"),
        ])  # fmt: skip
        found = await store.targets("ana", [("#sala", 0), ("#nada", 0)], START_MS - 1, START_MS + 99, 10)
        assert [target.conversation for target in found] == ["ana bia", "#sala", "ana cris"]
        assert [target.latest_ms for target in found] == [START_MS, START_MS + 5, START_MS + 9]
        assert [t.conversation for t in await store.targets("cris", [], START_MS, START_MS + 99, 1)] == ["ana cris"]
        assert await store.targets("ana", [], START_MS + 9, START_MS + 99, 10) == []

    run(on(open_store, test))
