"""What every store must do with nonces, by which a message that is sent again is recognised."""

from __future__ import annotations

from typing import Any

import msgspec
from contract import OpenStore, ask, commit, run, texts
from samples import START_MS, Maker

from papo.server.delivery.ports import (
    NotStored,
    StoredNonce,
)
from papo.server.world.events import (
    Edited,
    MessageSent,
    Redacted,
)
from papo.server.world.nonce import nonce_of


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
