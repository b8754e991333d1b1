"""Who is put out is out: always-on or not, by whatever name the ban knows them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Accounts, Privacy
from papo.server.actions import accounts, lookup
from papo.server.actions.actor import of_server
from papo.server.delivery.chat import Chat
from papo.server.world.names import fold
from papo.server.world.permissions import POWERS

ALWAYS = Accounts(argon2_memory_kib=8, argon2_passes=1, always_on="mandatory")


def play(test: Callable[[MemoryServer], Coroutine[Any, Any, None]], **settings: Any) -> None:
    """In a chat with `chefe`, an operator of the server."""

    async def whole() -> None:
        server = MemoryServer(make_config(**settings))
        server.chat.cloak_secret = b"x" * 32
        server.register("chefe", "#sala")
        server.chat.world.nicks["chefe"].powers = frozenset(POWERS)
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


async def suspend(chat: Chat, name: str) -> None:
    """As the server."""
    await accounts.suspend(chat, of_server(chat), lookup.get_account(chat, name), "chega")


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("how", ["suspend", "kill", "ban"])
def test_always_on_people_are_put_out_too(how: str, *, connected: bool) -> None:
    """They leave at once, with or without a connection, and a restart does not bring them back."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        assert server.chat.world.nicks["ana"].uid in server.chat.world.always_on
        if not connected:
            ana.end("")
            server.run_deferred()
            assert "ana" in server.chat.world.nicks
        server.received("chefe")
        if how == "suspend":
            task = asyncio.ensure_future(suspend(server.chat, "ana"))
            while not task.done():
                server.run_deferred()
                await asyncio.sleep(0)
        else:
            server.send("chefe", "KILL ana :chega" if how == "kill" else "UBAN ADD ana :chega")
        server.run_deferred()
        assert "ana" not in server.chat.world.nicks
        assert any(":ana!" in line and " QUIT " in line for line in server.received("chefe"))
        assert not server.chat.world.always_on
        assert not server.chat.world.registry.presences

    play(test, accounts=ALWAYS)


@pytest.mark.parametrize("line", ["NS LOGOUT", "NS DROP ana"])
def test_who_has_no_account_any_more_stays_no_longer(line: str) -> None:
    """Nor after a restart."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        assert server.chat.world.registry.presences
        told = await server.ask_and_wait("ana", line)
        if "DROP" in line:
            await server.ask_and_wait("ana", f"{line} {told[-1].split()[-1]}")
        assert server.chat.world.nicks["ana"].account is None
        server.send("ana", "JOIN #outra")
        assert not server.chat.world.always_on
        assert not server.chat.world.registry.presences
        ana.end("")
        server.run_deferred()
        assert "ana" not in server.chat.world.nicks

    play(test, accounts=ALWAYS)


def test_signing_in_gives_the_ranks_that_go_with_the_account() -> None:
    """By SASL as by NickServ, in the channels where one is already."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala2")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        await server.ask_and_wait("ana", "CS REGISTER #sala2")
        await server.ask_and_wait("ana", "NS LOGOUT")
        server.register("caio", "#sala2")
        server.send("ana", "PART #sala2")
        server.send("ana", "JOIN #sala2")
        server.received("ana")
        await server.ask_and_wait("ana", "AUTHENTICATE PLAIN")
        proof = base64.b64encode(b"\0ana\0senha-boa-1").decode()
        told = await server.ask_and_wait("ana", f"AUTHENTICATE {proof}")
        assert any("MODE #sala2 +q ana" in each for each in told)

    play(test)


def test_a_ban_of_a_hidden_address_holds_when_they_come_back() -> None:
    """The mask an operator sees is the one they ban."""

    async def test(server: MemoryServer) -> None:
        server.register("bia", "#sala")
        host = server.chat.world.nicks["bia"].host
        assert host != "10.0.0.1"
        server.send("chefe", f"KLINE bia!*@{host} :chega")
        server.run_deferred()
        assert "bia" not in server.chat.world.nicks
        assert "banned" in server.try_nick("bia")
        assert "001" in server.try_nick("caio")

    play(test, privacy=Privacy(cloak="all"))


def test_a_ban_by_address_holds_for_whoever_shows_another_host() -> None:
    """A host of one's own hides nobody from a ban."""

    async def test(server: MemoryServer) -> None:
        server.register("bia", "#sala")
        server.chat.world.nicks["bia"].host = "escola.example"
        server.send("chefe", "KLINE bia!*@10.0.0.* :chega")
        server.run_deferred()
        assert fold("bia") not in server.chat.world.nicks
        assert "banned" in server.try_nick("bia")

    play(test)
