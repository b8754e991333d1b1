"""What every store must do with the history of a channel that is renamed."""

from __future__ import annotations

from typing import Any

from contract import OpenStore, ask, commit, everywhere, found, run, texts
from samples import Maker

from papo.server.delivery.ports import NotStored
from papo.server.world.events import AnyEvent, ChannelRenamed, Edited, MarkerSet, MessageSent, Redacted


def renamed(maker: Maker, old: str, new: str) -> ChannelRenamed:
    """A channel has another name."""
    return ChannelRenamed(**maker.stamp(), channel=old.lower(), name=old, new=new)


def places_of(events: list[AnyEvent]) -> set[tuple[str, ...]]:
    """What the events say of their place."""
    return {
        (event.channel or "", event.conversation, event.target)
        if isinstance(event, (MessageSent, Redacted, Edited))
        else (getattr(event, "channel", ""), getattr(event, "name", ""))
        for event in events
        if not isinstance(event, ChannelRenamed)
    }


def test_the_history_goes_with_the_channel(open_store: OpenStore) -> None:
    """In the order in which it was said, under its new name; whoever opens the old name finds nothing."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        first = maker.message("um")
        await commit(store, [maker.join(), first])
        third = maker.message("tres", "#nova", target="#Nova")
        await commit(store, [maker.message("dois"), renamed(maker, "#sala", "#Nova"), third])
        await commit(store, [maker.message("outra conversa")])
        for again in range(2):
            if again:
                store = open_store()
            assert await texts(store, conversation="#nova", everything=False) == ["um", "dois", "tres"]
            events = await store.page(ask("#nova"))
            assert places_of(events) == {("#nova", "#nova", "#Nova"), ("#nova", "#Nova")}
            assert await texts(store, everything=False) == ["outra conversa"]
            assert await store.page(ask("#nova", before=first.msgid, everything=False)) == []
            kept = await store.find(ask("#nova"), first.msgid)
            assert places_of([kept]) == {("#nova", "#nova", "#Nova")}
            assert await found(store, everywhere("um", places=(("#nova", 0, 0),))) == ["um"]
            assert await found(store, everywhere("um", places=(("#sala", 0, 0),))) == []
            assert [each.conversation for each in await store.targets("~u", [("#nova", 0)], 0, 1 << 50, 9)] == ["#nova"]
            await store.close()

    run(test())


def test_a_statusmsg_keeps_its_prefix(open_store: OpenStore) -> None:
    """It was for the operators, and is."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        await commit(store, [maker.message("psiu", target="@#sala", rank=3), renamed(maker, "#sala", "#nova")])
        (event,) = await store.page(ask("#nova", rank=3, everything=False))
        assert event.target == "@#nova"
        assert await store.page(ask("#nova", everything=False)) == []
        await store.close()

    run(test())


def test_two_histories_of_one_name_become_one(open_store: OpenStore) -> None:
    """An earlier channel left one: nothing of either is lost, and the index follows."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        both = maker.quit_of("#sala", "#nova")
        for number in range(3):
            await commit(store, [maker.message(f"velha {number}", "#nova"), maker.message(f"sala {number}")])
        await commit(store, [both])
        await commit(store, [maker.message("sala 3"), maker.message("sala 4")])
        await commit(store, [renamed(maker, "#sala", "#nova"), maker.message("junto", "#nova")])
        expected = [text for number in range(3) for text in (f"velha {number}", f"sala {number}")]
        expected += ["sala 3", "sala 4", "junto"]
        assert await texts(store, conversation="#nova", everything=False) == expected
        assert [event for event in await store.page(ask("#nova")) if event == both] == [both]
        place: dict[str, Any] = {"places": (("#nova", 0, 0),)}
        assert await found(store, everywhere("velha", **place)) == ["velha 0", "velha 1", "velha 2"]
        assert len(await found(store, everywhere("sala", **place))) == 5
        assert await found(store, everywhere("junto", **place)) == ["junto"]
        await store.close()

    run(test())


def test_a_channel_may_be_renamed_often(open_store: OpenStore) -> None:
    """Also within one commit, and back; in other letters only; and its old names may be used by others at once."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        old = maker.message("um", "#a")
        await commit(store, [
            old, renamed(maker, "#a", "#b"), maker.message("outra", "#a"), renamed(maker, "#b", "#c"),
            renamed(maker, "#c", "#C"), maker.message("dois", "#c"),
        ])  # fmt: skip
        assert await texts(store, conversation="#c", everything=False) == ["um", "dois"]
        assert await texts(store, conversation="#a", everything=False) == ["outra"]
        assert await store.name_now("#a", old.at_ms) == "#c"
        assert await store.name_now("#a", 1 << 50) == "#a"
        assert await store.name_now("#nunca", 0) == "#nunca"
        await commit(store, [renamed(maker, "#a", "#d"), renamed(maker, "#C", "#a")])
        assert await texts(store, conversation="#a", everything=False) == ["um", "dois"]
        assert await store.name_now("#a", old.at_ms) == "#a"
        assert {event.target for event in await store.page(ask("#a", everything=False))} == {"#a"}
        await store.close()

    run(test())


def test_old_messages_can_be_edited_and_deleted_under_the_new_name(open_store: OpenStore) -> None:
    """As the reader sees them."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        one, two = maker.message("um"), maker.message("dois")
        await commit(store, [one, two, renamed(maker, "#sala", "#nova")])
        place: dict[str, Any] = {"target": "#nova", "channel": "#nova", "conversation": "#nova"}
        await commit(store, [Edited(**maker.stamp(), **place, of=one.msgid, verb="PRIVMSG", text="UM")])
        await commit(store, [Redacted(**maker.stamp(), **place, of=two.msgid)])
        assert await texts(store, conversation="#nova", everything=False) == ["UM"]
        assert await found(store, everywhere("dois", places=(("#nova", 0, 0),))) == []
        await store.close()

    run(test())


def test_read_markers_go_with_the_channel(open_store: OpenStore) -> None:
    """However the target was written."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        marker = MarkerSet(**maker.stamp(), account="ana", identity="a1", target="#Sala", read_at_ms=5)
        await commit(store, [marker, renamed(maker, "#sala", "#Nova")])
        assert await store.markers() == [("a1", "#nova", 5)]
        await store.close()

    run(test())


def test_a_refused_rename_changes_nothing(open_store: OpenStore) -> None:
    """It is part of its batch."""

    async def test() -> None:
        maker, store = Maker(), open_store()
        first = maker.message("um")
        await commit(store, [first, maker.message("velha", "#nova")])
        assert isinstance(await commit(store, [renamed(maker, "#sala", "#nova"), maker.message("\ud800")]), NotStored)
        assert await texts(store, everything=False) == ["um"]
        await commit(store, [maker.message("dois"), maker.message("nova", "#nova")])
        assert await texts(store, everything=False) == ["um", "dois"]
        assert await texts(store, conversation="#nova", everything=False) == ["velha", "nova"]
        await store.close()

    run(test())
