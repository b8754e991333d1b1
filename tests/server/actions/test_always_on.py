"""Always-on users stay without a connection, until they are removed or have no account."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Accounts
from papo.server.actions import lookup, operate
from papo.server.actions.accounts import accounts
from papo.server.actions.actor import of_server
from papo.server.delivery.ports import Page
from papo.server.world.events import AnyEvent
from papo.server.world.permissions import POWERS

ALWAYS = Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, always_on="mandatory")


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """On a server where every account is always on, with `chefe`, an operator of the server."""

    async def whole() -> None:
        server = MemoryServer(make_config(accounts=ALWAYS))
        server.register("chefe", "#sala")
        operate.become_operator(server.chat, server.clients["chefe"], "chefe", POWERS)
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


def test_a_second_connection_that_ends_behind_a_commit_gets_nothing_more() -> None:
    """Its burst waits for the disk; a connection that has ended until then is not delivered to ever after."""

    async def test(server: MemoryServer) -> None:
        first = server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        second = server.connect("ana-2")
        for line in ("CAP REQ :sasl", "NICK ana", "USER ana 0 * :Ana", "AUTHENTICATE PLAIN"):
            server.send("ana-2", line)
        proof = base64.b64encode(b"\0ana\0senha-boa-1").decode()
        await server.ask_and_wait("ana-2", f"AUTHENTICATE {proof}")
        server.store.held = True
        server.send("chefe", "PRIVMSG #sala :espera")
        server.send("ana-2", "CAP END")
        await asyncio.sleep(0)
        assert second.registration is not None  # not before what made its user is on disk
        server.store.commit_now()
        server.run_deferred()
        server.store.held = True
        server.send("chefe", "PRIVMSG #sala :mais")
        while second.user is None:
            await asyncio.sleep(0)
        assert second.user is first.user
        second.lost("")
        server.store.commit_now()
        server.run_deferred()

        assert list(server.chat.sessions.of(first.me.uid)) == [first]
        links = [link for group in server.chat.sessions.channels["#sala"].values() for link in group]
        assert first.link in links
        assert second.link not in links

    run(test)


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("how", ["suspend", "kill", "ban"])
def test_an_always_on_user_is_removed_with_or_without_a_connection(how: str, *, connected: bool) -> None:
    """At once, and a restart does not bring them back."""

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
            account = lookup.get_account(server.chat, "ana")
            await server.run_action(accounts.suspend(server.chat, of_server(server.chat), account, "chega"))
        else:
            server.send("chefe", "KILL ana :chega" if how == "kill" else "UBAN ADD ana :chega")
        server.run_deferred()
        assert "ana" not in server.chat.world.nicks
        assert any(":ana!" in line and " QUIT " in line for line in server.received("chefe"))
        assert not server.chat.world.always_on
        assert not server.chat.world.registry.presences

    run(test)


@pytest.mark.parametrize("line", ["NS LOGOUT", "NS DROP ana"])
def test_a_user_without_an_account_is_not_always_on(line: str) -> None:
    """After a logout or a dropped account; a restart does not bring them back."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        assert server.chat.world.registry.presences
        reply = await server.ask_and_wait("ana", line)
        if "DROP" in line:
            await server.ask_and_wait("ana", f"{line} {reply[-1].split()[-1]}")
        assert server.chat.world.nicks["ana"].account is None
        server.send("ana", "JOIN #outra")
        assert not server.chat.world.always_on
        assert not server.chat.world.registry.presences
        ana.end("")
        server.run_deferred()
        assert "ana" not in server.chat.world.nicks

    run(test)


def test_what_was_missed_comes_before_what_is_said_meanwhile() -> None:
    """To a client that asks for no history itself; nothing twice, nothing missing."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#sala")
        await server.ask_and_wait("ana", "REGISTER * * senha-boa-1")
        server.send("ana", "QUIT")
        for n in range(3):
            server.now_s += 1
            server.send("chefe", f"PRIVMSG #sala :perdida {n}")
        go_on, page = asyncio.Event(), server.store.page

        async def wait(query: Page) -> list[AnyEvent]:
            await go_on.wait()
            return await page(query)

        server.store.page = wait  # type: ignore[method-assign]
        server.connect("tel")
        for line in ("CAP REQ :sasl", "NICK ana", "USER ana 0 * :Ana", "AUTHENTICATE PLAIN"):
            server.send("tel", line)
        proof = base64.b64encode(b"\0ana\0senha-boa-1").decode()
        await server.ask_and_wait("tel", f"AUTHENTICATE {proof}")
        server.send("tel", "CAP END")
        server.send("chefe", "PRIVMSG #sala :nova 0")
        early = server.received("tel")
        assert [line for line in early if " PRIVMSG " in line] == []
        go_on.set()
        await server.wait_idle("tel")
        server.send("chefe", "PRIVMSG #sala :nova 1")
        lines = [line.rpartition(":")[2] for line in server.received("tel") if " PRIVMSG " in line]
        assert lines == ["perdida 0", "perdida 1", "perdida 2", "nova 0", "nova 1"]

    run(test)
