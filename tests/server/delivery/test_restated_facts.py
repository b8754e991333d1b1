"""A fact happens again as it is, and brings nothing back that the store has refused."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from memory_server import MemoryServer

from papo.server.app import Server
from papo.server.delivery.ports import NotStored
from papo.server.world.records import ChannelRecord


def refuse(server: MemoryServer) -> None:
    """The commit under way fails, and nothing after it."""
    server.store.failure = NotStored("disk full")
    server.store.commit_now()
    server.store.failure = None
    server.run_deferred()


def make_permanent(server: MemoryServer, name: str) -> None:
    """As a reload does, with the room in the settings."""
    Server._make_permanent(SimpleNamespace(chat=server.chat), name)  # type: ignore[arg-type]  # noqa: SLF001


def test_a_room_that_becomes_permanent_keeps_nothing_that_is_refused() -> None:
    """Neither a member nor a topic: it is permanent, and no more."""
    server = MemoryServer()
    server.register("ana", "#sala")
    server.register("caio")
    server.store.held = True
    server.send("caio", "JOIN #sala")
    server.send("ana", "TOPIC #sala :recusado")
    make_permanent(server, "#sala")
    refuse(server)

    channel = server.chat.world.channels["#sala"]
    assert "P" in channel.modes
    assert list(channel.members) == [server.clients["ana"].me.uid]
    assert (channel.topic, server.clients["caio"].me.channels) == ("", ())
    assert any(" 353 " in line for line in server.ask("ana", "NAMES #sala"))
    server.send("ana", "PRIVMSG #sala :boa")  # and with it what is owed
    (record,) = server.store.tables.records.values()
    assert isinstance(record, ChannelRecord)
    assert ("P" in record.modes, record.topic) == (True, "")
    assert record == server.chat.world.registry.channels["#sala"]


@pytest.mark.parametrize("line", ["JOIN #nova", "TOPIC #sala :x"])
def test_a_permanent_room_is_there_without_the_request_that_made_it(line: str) -> None:
    """Whether it was new to the settings or to the users."""
    server = MemoryServer()
    server.register("ana", "#sala")
    server.store.held = True
    server.send("ana", line)
    make_permanent(server, "#nova")
    refuse(server)

    channel = server.chat.world.channels["#nova"]
    assert (dict(channel.modes), dict(channel.members)) == ({"n": None, "t": None, "P": None}, {})
    assert any(" 353 " in text for text in server.ask("ana", "JOIN #nova"))
    assert server.clients["ana"].me.channels == ("#sala", "#nova")


@pytest.mark.parametrize("refused", [True, False])
def test_a_rank_goes_with_the_access_that_gave_it(*, refused: bool) -> None:
    """Caio logs in to his new account, with a rank that is not stored yet."""

    async def test() -> None:
        server = MemoryServer()
        server.register("ana", "#sala")
        server.register("caio", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("ana", "CS REGISTER #sala")
        caio, channel = server.clients["caio"].me, server.chat.world.channels["#sala"]
        server.store.held = True
        server.send("caio", "REGISTER * * senha-boa-2")
        while server.chat.world.registry.account("caio") is None:
            await asyncio.sleep(0)
        server.run_deferred()
        server.send("ana", "CS AMODE #sala +o caio")
        await asyncio.sleep(0)
        server.store.commit_now()
        server.store.held = True
        while "o" not in channel.members[caio.uid]:
            server.run_deferred()
            await asyncio.sleep(0)
        if refused:
            refuse(server)
        else:
            server.store.commit_now()
        await server.wait_idle("ana")
        await server.wait_idle("caio")

        assert caio.account == "caio"
        assert channel.members[caio.uid] == ("" if refused else "o")
        modes = [line for line in server.received("ana") if " MODE #sala +o caio" in line]
        assert len(modes) == (0 if refused else 1)

    asyncio.run(asyncio.wait_for(test(), 60))
