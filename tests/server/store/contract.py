"""What every Store must do, as tests over a factory: a module that imports these names provides `open_store`.

`open_store()` opens the store of this test; after `close` it opens the same data again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import START_MS, Maker, kept, places_of

from papo.server.delivery.msgid import IdGenerator
from papo.server.delivery.ports import (
    EDIT,
    REACTION,
    REDACTION,
    Author,
    NotStored,
    Outcome,
    Page,
    Search,
    StoredNonce,
)
from papo.server.world.events import (
    AnyEvent,
    Edited,
    Joined,
    MarkerSet,
    MessageSent,
    RecordDeleted,
    RecordStored,
    Redacted,
    UserQuit,
)
from papo.server.world.nonce import nonce_of
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


def test_a_quit_that_plain_members_did_not_see_is_not_in_their_history(open_store: OpenStore) -> None:
    """In an auditorium (mode u) only operators can read who left, because only they saw it."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        left = UserQuit(
            **maker.stamp(), reason="bye", channels=("#sala", "#other"), history_scopes=(0, 0), unseen=("#sala",)
        )
        await commit(store, [left])
        assert await store.page(ask()) == []
        assert await store.page(ask(rank=3)) == [left]
        assert await store.page(ask("#other")) == [left]
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


def test_a_redacted_message_is_in_no_page_and_no_search(open_store: OpenStore) -> None:
    """In the batch of the message, and in a later one; a query can ask for the deletion itself."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        one, two, three = (maker.message(text) for text in ("segredo um", "segredo dois", "segredo tres"))
        gone = redacted(maker, one)
        await commit(store, [one, two, gone, three])
        await commit(store, [redacted(maker, two)])
        assert await texts(store, everything=False) == ["segredo tres"]
        assert await found(store, everywhere("segredo")) == ["segredo tres"]
        assert [type(event) for event in await store.page(ask(everything=False, also=(REDACTION,)))] == [
            Redacted, MessageSent, Redacted,
        ]  # fmt: skip
        assert await store.find(ask(), one.msgid) is None
        assert await store.find(ask(), three.msgid) == three
        await store.close()
        store = open_store()
        assert await found(store, everywhere("segredo")) == ["segredo tres"]
        await store.close()

    run(test())


def test_an_edited_message_is_read_and_found_as_it_is_now(open_store: OpenStore) -> None:
    """Edited twice, in the batch of the message and in a later one."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        one = maker.message("primeiro texto")
        await commit(store, [one, edited(maker, one, "segundo texto")])
        await commit(store, [edited(maker, one, "terceiro texto")])
        assert await texts(store, everything=False) == ["terceiro texto"]
        assert await found(store, everywhere("primeiro")) == []
        assert await found(store, everywhere("segundo")) == []
        assert await found(store, everywhere("terceiro", "texto")) == ["terceiro texto"]
        await commit(store, [redacted(maker, one)])
        assert await found(store, everywhere("texto")) == []
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


async def history_of(store: Any, author: Author) -> list[AnyEvent]:
    """All parts of it."""
    events: list[AnyEvent]
    events, start = await store.history_of(author, 0)
    while start:
        more, start = await store.history_of(author, start)
        events += more
    return events


AUTHOR = Author("id1", "ana", START_MS)


def test_what_an_account_did_can_be_exported_and_forgotten(open_store: OpenStore) -> None:
    """Under any of its names, and nothing of anybody else; before its id was stored, by the name it has had since."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        before = maker.message("texto de quem teve o nome antes", account="ana")
        since = msgspec.structs.replace(AUTHOR, since_ms=before.at_ms + 1)
        old = maker.message("meu texto antigo", account="ana")
        mine: list[AnyEvent] = [
            old,
            maker.message("meu texto", account="ana", account_id="id1"),
            maker.message("meu texto com outro nome", account="anita", account_id="id1"),
            maker.message("meu texto privado", "id1 id2", account="ana", account_id="id1"),
            maker.join(account="ana", account_id="id1"),
        ]
        others = [
            maker.message("texto de outra ana", account="ana", account_id="id9"),
            maker.message("texto alheio", account="bia", account_id="id2"),
            maker.message("texto de ninguem"),
        ]
        await commit(store, [before, *mine, *others])
        assert await history_of(store, since) == mine
        assert await store.forget(since) == 4
        assert await history_of(store, since) == []
        assert await store.forget(since) == 0
        assert await store.page(ask()) == [before, *others]
        assert await store.page(ask("id1 id2")) == []
        assert await found(store, everywhere("meu")) == []
        assert await store.find(ask(), old.msgid) is None
        await commit(store, [redacted(maker, old)])
        await store.close()

    run(test())


def test_forgetting_takes_the_former_texts_along(open_store: OpenStore) -> None:
    """Whoever was logged in when they were written; other people's edits of other messages stay."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        mine = maker.message("primeiro", account="ana", account_id="id1")
        other = maker.message("outro", account="bia", account_id="id2")
        await commit(store, [mine, other, edited(maker, mine, "segundo"), edited(maker, other, "mais outro")])
        assert await store.forget(AUTHOR) == 1
        left = await store.page(ask(also=(EDIT,)))
        assert [event.text for event in left] == ["mais outro", "mais outro"]
        await store.close()

    run(test())


def test_a_deletion_outlives_whoever_made_it(open_store: OpenStore) -> None:
    """Clients that have the message must still learn that it is deleted, but not by whom and why."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        message = maker.message("texto", account="bia", account_id="id2")
        gone = msgspec.structs.replace(redacted(maker, message), account="ana", account_id="id1", reason="feio")
        await commit(store, [message, gone])
        assert await store.forget(AUTHOR) == 0
        (left,) = await store.page(ask(also=(REDACTION,)))
        assert (left.of, left.msgid, left.at_ms) == (message.msgid, gone.msgid, gone.at_ms)
        assert (left.source, left.uid, left.account, left.account_id, left.reason) == ("*", "", None, "", "")
        assert await history_of(store, AUTHOR) == []
        await store.close()

    run(test())


def test_an_account_that_is_dropped_leaves_no_read_markers(open_store: OpenStore) -> None:
    """Those of others stay."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        markers = [
            MarkerSet(**maker.stamp(), account=who, identity=who, target="#sala", read_at_ms=5)
            for who in ("id1", "id2")
        ]
        await commit(store, [*markers, RecordDeleted(**maker.stamp(), kind="account", key="id1")])
        assert await store.markers() == [("id2", "#sala", 5)]
        await store.close()

    run(test())


FILE, OTHER_FILE = "20261121abcdefghijklmnopqr-_A9", "20261121abcdefghijklmnopqr-_B9"


def test_a_file_is_unlinked_when_no_message_links_to_it_any_more(open_store: OpenStore) -> None:
    """Deleted and edited messages tell; another message, whoever wrote it, keeps it; nothing is told for ever."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        texts = (f"http://x/f/{FILE}/a.png", f"veja http://y:80/f/{FILE}/a.png!", f"http://x/f/{OTHER_FILE}/b.png")
        one, two, three = (maker.message(text) for text in texts)
        await commit(store, [one, two, three])
        assert await store.unlinked() == []
        await commit(store, [msgspec.structs.replace(redacted(maker, one), unlinked=(FILE,))])
        assert await store.unlinked() == []
        await commit(store, [redacted(maker, two)])
        assert await store.unlinked() == [FILE]
        await commit(store, [msgspec.structs.replace(edited(maker, three, "sem"), unlinked=(OTHER_FILE,))])
        assert sorted(await store.unlinked()) == [FILE, OTHER_FILE]
        await store.note_removed([FILE])
        await store.close()
        store = open_store()
        assert await store.unlinked() == [OTHER_FILE]
        await store.close()

    run(test())


def test_a_conversation_can_be_kept_for_a_shorter_time(open_store: OpenStore) -> None:
    """Older messages are not shown, and can be deleted from one conversation alone."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        old, other, new = maker.message("velho"), maker.message("velho", "#outra"), maker.message("novo")
        await commit(store, [old, other, new])
        assert await texts(store, since_ms=new.at_ms) == ["novo"]
        assert await found(store, everywhere("velho", since={"#sala": new.at_ms})) == []
        assert await store.find(ask(since_ms=new.at_ms), old.msgid) is None
        assert await store.prune(new.at_ms, 10, "#sala") == 1
        assert await store.prune(new.at_ms, 10, "#sala") == 0
        assert await texts(store) == ["novo"]
        assert await texts(store, conversation="#outra") == ["velho"]
        assert await found(store, everywhere("velho")) == []
        await store.close()

    run(test())


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


def test_pruning_deletes_the_oldest_and_nothing_else(open_store: OpenStore) -> None:
    """At most `limit` rows older than the time are deleted; the rest, and later ones, can be read."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        events = [maker.message(str(number), ("#sala", "#other")[number % 2]) for number in range(10)]
        await commit(store, events)
        assert await store.prune(events[6].at_ms, 4) == 4
        assert await store.prune(events[6].at_ms, 4) == 2
        assert await store.prune(events[6].at_ms, 4) == 0
        assert await texts(store) == ["6", "8"]
        with pytest.raises(KeyError):
            await store.page(ask(after=events[4].msgid))
        assert await texts(store, after=events[4].at_ms) == ["6", "8"]
        assert await store.prune(START_MS * 2, 100) == 4
        await store.close()
        store = open_store()
        assert await commit(store, [maker.message("again")]) is None
        assert await texts(store) == ["again"]
        await store.close()

    run(test())


def test_pruning_a_message_takes_along_what_later_edits_say(open_store: OpenStore) -> None:
    """Also if the edits are young enough to stay."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        old = maker.message("antes")
        edit = edited(maker, old, "depois")
        await commit(store, [old, edit])
        assert await store.prune(edit.at_ms, 10) == 1
        assert await store.page(ask(everything=True, also=(EDIT,))) == []
        await store.close()

    run(test())


def test_commits_and_pruning_go_on_together(open_store: OpenStore) -> None:
    """Commits during pruning keep their order and lose nothing."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        old = [maker.message("old") for _ in range(500)]
        await commit(store, old)
        limit_ms = old[-1].at_ms + 1
        new = [maker.message(str(number)) for number in range(50)]

        async def prune() -> int:
            total = 0
            while gone := await store.prune(limit_ms, 20):
                total += gone
            return total

        pruning = asyncio.create_task(prune())
        for event in new:
            assert await commit(store, [event]) is None
        assert await pruning == 500
        assert await texts(store) == [event.text for event in new]
        await store.close()

    run(test())


# --- pages, bounds and what may be seen

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


def nonced(maker: Maker, token: str, text: str = "um", **more: Any) -> MessageSent:
    """A message with a nonce."""
    return maker.message(text, nonce=nonce_of(token, "", "PRIVMSG", "#sala", text), **more)


def test_a_nonce_leads_to_its_message_and_is_in_no_other_answer(open_store: OpenStore) -> None:
    """After a restart too; a message without one has none, and what was redacted is not given back."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        sent, plain = nonced(maker, "a" * 12), maker.message("dois")
        assert sent.nonce is not None
        bare = msgspec.structs.replace(sent, nonce=None)
        assert await commit(store, [sent, plain]) is None
        for _ in range(2):
            assert await store.find_nonce(sent.nonce.key) == StoredNonce(sent.nonce, bare)
            assert await store.find_nonce(b"0" * 16) is None
            assert await store.nonces() == [(sent.nonce.key, sent.at_ms)]
            assert await store.page(ask()) == [bare, plain]
            assert await store.find(ask(), sent.msgid) == bare
            await store.close()
            store = open_store()
        edited = Edited(**{**_change(maker, sent), "verb": "PRIVMSG", "text": "três"})
        await commit(store, [edited])
        found = await store.find_nonce(sent.nonce.key)
        assert found.event.text == "três"
        await commit(store, [Redacted(**_change(maker, sent))])
        assert await store.find_nonce(sent.nonce.key) == StoredNonce(sent.nonce, None)
        await store.close()

    run(test())


def _change(maker: Maker, sent: MessageSent) -> dict[str, Any]:
    place = {"target": "#sala", "channel": "#sala", "conversation": "#sala"}
    return {**maker.stamp(), **place, "of": sent.msgid}


def test_nonces_are_pruned_by_age_and_outlive_their_messages(open_store: OpenStore) -> None:
    """What history forgets first is not sent again all the same; one of a clock that was ahead goes with the next."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        ahead = nonced(maker, "x" * 12, at_ms=START_MS + 400 * 86_400_000)
        sent = [ahead, *(nonced(maker, each * 12) for each in "abc")]
        await commit(store, sent)
        now_ms = sent[-1].at_ms + 1
        await store.prune(now_ms, 100, "")
        assert await store.prune_nonces(sent[1].at_ms, 100, now_ms) == 0
        assert await store.prune_nonces(sent[3].at_ms, 1, now_ms) == 1
        assert await store.prune_nonces(sent[3].at_ms, 100, now_ms) == 2
        assert await store.prune_nonces(sent[3].at_ms, 100, now_ms) == 0
        assert await store.nonces() == [(each.nonce.key, each.at_ms) for each in sent[3:] if each.nonce]
        await store.close()

    run(test())


def test_a_commit_that_fails_keeps_no_nonce(open_store: OpenStore) -> None:
    """The message and its nonce are stored together, or neither is."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        sent = nonced(maker, "a" * 12)
        assert isinstance(await commit(store, [sent, maker.message("\ud800")]), NotStored)
        assert sent.nonce is not None
        assert await store.find_nonce(sent.nonce.key) is None
        assert await store.nonces() == []
        assert await commit(store, [sent]) is None
        assert await store.find_nonce(sent.nonce.key) is not None
        await store.close()

    run(test())


def test_the_newest_message_of_a_nonce_counts(open_store: OpenStore) -> None:
    """A nonce that comes twice, in one commit or two, never refuses the messages around it."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        one, two, three = (nonced(maker, "a" * 12, text) for text in ("um", "dois", "três"))
        assert await commit(store, [one, maker.message("entre"), two]) is None
        assert await commit(store, [three]) is None
        assert await texts(store) == ["um", "entre", "dois", "três"]
        assert three.nonce is not None
        found = await store.find_nonce(three.nonce.key)
        assert (found.nonce, found.event.text) == (three.nonce, "três")
        assert len(await store.nonces()) == 1
        await store.close()

    run(test())


def test_space_is_measured_and_given_back(open_store: OpenStore) -> None:
    """A store that has none to give back says 0."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("um")])
        assert await store.vacuum() == 0
        size = store.size()
        assert min(size.database, size.log) >= 0
        assert size.disk_free > 0
        await store.close()

    run(test())
