"""Which connections get what is said in a channel, while a change of who is in it waits for the disk."""

from __future__ import annotations

import asyncio
import base64

import pytest
from memory_server import MemoryServer

from papo.server.delivery.ports import NotStored
from papo.server.dialects.irc.session import IrcSession

PROOF = base64.b64encode(b"\0ana\0senha-boa-1").decode()
REQUESTS = ["PART #sala", "RENAME #sala #nova", "JOIN #outra"]


async def connect(server: MemoryServer, name: str) -> IrcSession:
    """One more connection of ana's user."""
    session = server.connect(name)
    for line in ("CAP REQ :sasl", "NICK ana", "USER ana 0 * :Ana", "AUTHENTICATE PLAIN"):
        server.send(name, line)
    await server.ask_and_wait(name, f"AUTHENTICATE {PROOF}")
    server.send(name, "CAP END")
    return session


async def prepared() -> MemoryServer:
    """Ana, operator of #sala, connected twice, and bia."""
    server = MemoryServer()
    server.register("ana", "#sala")
    await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
    await connect(server, "ana-2")
    server.register("bia", "#sala", "#outra")
    server.store.held = True
    return server


def settle(server: MemoryServer, *, refused: bool) -> None:
    """The commit under way succeeds or fails, and those after it succeed."""
    server.store.failure = NotStored("disk full") if refused else None
    server.store.commit_now()
    server.store.failure = None
    server.run_deferred()


@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_connection_that_ends_is_in_no_channel(request_: str, *, refused: bool) -> None:
    """Nothing would ever take what is said there from its queue."""

    async def test() -> None:
        server = await prepared()
        first, second = server.clients["ana"], server.clients["ana-2"]
        server.send("ana", request_)
        second.lost("")
        settle(server, refused=refused)

        groups = server.chat.sessions.channels
        inside = {key: {link for links in group.values() for link in links} for key, group in groups.items()}
        assert all(second.link not in links for links in inside.values())
        assert {key for key, links in inside.items() if first.link in links} == set(first.me.channels)

        first.lost("")
        server.run_deferred()
        assert all(first.link not in links for group in groups.values() for links in group.values())

    asyncio.run(asyncio.wait_for(test(), 60))


@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize("request_", REQUESTS)
def test_new_capabilities_change_no_channel(request_: str, *, refused: bool) -> None:
    """Who has left gets nothing of what is said there, and who is inside gets it once."""

    async def test() -> None:
        server = await prepared()
        ana = server.clients["ana"]
        server.send_bytes("bia", b"PRIVMSG #sala :antes\r\n")  # what follows waits until it is stored
        server.send("ana", "CAP REQ :server-time")
        server.send("ana", request_)
        settle(server, refused=False)
        settle(server, refused=refused)
        server.received("ana")

        for key in ("#sala", "#nova", "#outra"):
            server.send("bia", f"PRIVMSG {key} :oi")
            heard = [line for line in server.received("ana") if " PRIVMSG " in line]
            assert len(heard) == (key in ana.me.channels), key

    asyncio.run(asyncio.wait_for(test(), 60))


def test_a_connection_attached_while_the_channel_is_renamed_receives_it() -> None:
    """It is in the group of the new name before the others are."""

    async def test() -> None:
        server = await prepared()
        server.send("bia", "PRIVMSG #sala :antes")
        third = await connect(server, "ana-3")
        await asyncio.sleep(0)  # it waits for what made the user that it joins
        settle(server, refused=False)
        server.store.held = True
        server.send("bia", "PRIVMSG #sala :depois")
        while third.user is None:
            await asyncio.sleep(0)
        server.send("ana", "RENAME #sala #nova")
        settle(server, refused=False)
        settle(server, refused=False)
        server.received("ana-3")

        server.send("bia", "PRIVMSG #nova :oi")
        for name in ("ana", "ana-2", "ana-3"):
            assert len([line for line in server.received(name) if line.endswith(" :oi")]) == 1, name
        for name in ("ana", "ana-2", "ana-3"):
            server.clients[name].lost("")
        server.run_deferred()
        assert third.link not in {
            link for group in server.chat.sessions.channels.values() for links in group.values() for link in links
        }

    asyncio.run(asyncio.wait_for(test(), 60))
