"""What every store must do when something is deleted: one message, all of an account, what is too old."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from contract import OpenStore, ask, commit, edited, everywhere, found, redacted, run, texts
from samples import START_MS, Maker

from papo.server.delivery.ports import (
    EDIT,
    REDACTION,
    Author,
)
from papo.server.world.events import (
    AnyEvent,
    Edited,
    MarkerSet,
    MessageSent,
    RecordDeleted,
    Redacted,
)


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


def test_what_a_message_said_before_an_edit_is_nowhere(open_store: OpenStore) -> None:
    """Not between two edits either: in one batch or in several, after a restart; each message has its last edit."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        one, two = maker.message("palavra zero"), maker.message("outra zero")
        first, second = edited(maker, one, "palavra um"), edited(maker, one, "palavra dois")
        await commit(store, [one, two, first, edited(maker, two, "outra um"), second])
        kinds: dict[str, Any] = {"everything": True, "also": (EDIT,)}
        edits = [event for event in await store.page(ask(**kinds)) if isinstance(event, Edited)]
        assert [event.text for event in edits] == ["outra um", "palavra dois"]
        third = edited(maker, one, "palavra tres")
        await commit(store, [third])
        await store.close()
        store = open_store()
        page = await store.page(ask(**kinds))
        assert [getattr(event, "text", "") for event in page] == [
            "palavra tres", "outra um", "outra um", "palavra tres",
        ]  # fmt: skip
        for old in (first, second):
            assert await store.find(ask(**kinds), old.msgid) is None
            assert [event.text for event in await store.page(ask(after=old.msgid, **kinds))][-1] == "palavra tres"
        assert await store.find(ask(**kinds), third.msgid) == third
        assert await found(store, everywhere("palavra")) == ["palavra tres"]
        assert await found(store, everywhere("um")) == ["outra um"]
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


def test_space_is_measured_and_given_back(open_store: OpenStore) -> None:
    """A store that has none to give back says 0."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("um")])
        assert await store.vacuum() == 0
        size = store.size()
        assert min(size.database_bytes, size.wal_bytes) >= 0
        assert size.free_bytes > 0
        await store.close()

    run(test())
