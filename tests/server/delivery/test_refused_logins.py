"""A login is made from what is on disk: nobody is left with an account, or a user, that the store has refused."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Operator
from papo.config.passwords import hash_password
from papo.server.delivery.ports import NotStored

FULL = NotStored("disk full")
PASSWORD = "senha-boa-1"


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]]) -> None:
    """On a server with the account ana, nobody of which is connected; bia is, and chefe, an operator of the server."""

    async def whole() -> None:
        server = MemoryServer(make_config(operators=(Operator("chefe", hash_password("segredo")),)))
        server.register("ana")
        await server.ask_and_wait("ana", f"REGISTER * * {PASSWORD}")
        server.clients["ana"].lost("")
        server.register("bia", "#sala")
        server.register("chefe")
        await server.ask_and_wait("chefe", "OPER chefe segredo")
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


async def turns(server: MemoryServer) -> None:
    """Let everybody go on until they wait for the disk."""
    for _ in range(25):
        server.run_deferred()
        await asyncio.sleep(0)
        while server.chat.passwords.waiting:
            await asyncio.sleep(0)


async def begin(server: MemoryServer, name: str, nick: str, account: str = "ana", password: str = PASSWORD) -> None:
    """Connect by SASL, as far as it goes."""
    proof = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
    server.connect(name)
    lines = ("CAP REQ :sasl", f"NICK {nick}", f"USER {nick} 0 * :x", "AUTHENTICATE PLAIN", f"AUTHENTICATE {proof}")
    for line in (*lines, "CAP END"):
        server.send(name, line)
    await turns(server)


async def refuse(server: MemoryServer) -> None:
    """The commit under way fails, and nothing after it."""
    server.store.failure = FULL
    server.store.commit_now()
    server.store.failure = None
    await turns(server)


@pytest.mark.parametrize("refused", [True, False])
def test_two_connections_behind_one_commit_are_one_user(*, refused: bool) -> None:
    """Who is gone when both have left."""

    async def test(server: MemoryServer) -> None:
        server.store.held = True
        server.send("bia", "PRIVMSG #sala :oi")
        await begin(server, "a1", "ana")
        await begin(server, "a2", "ana")
        if refused:
            await refuse(server)
        else:
            server.store.commit_now()
            await turns(server)
        ana = server.chat.world.nicks["ana"]
        for name in ("a1", "a2"):
            assert any(" 001 ana " in line for line in server.received(name))
            assert server.clients[name].user is ana
        assert len(ana.sessions) == 2
        for name in ("a1", "a2"):
            server.clients[name].lost("")
        server.run_deferred()
        assert "ana" not in server.chat.world.nicks

    run(test)


@pytest.mark.parametrize(
    ("who", "line", "account", "password"),
    [
        ("bia", "REGISTER * * senha-nova-1", "bia", "senha-nova-1"),
        ("chefe", "NS RENAME ana zeca", "zeca", PASSWORD),
        ("ana", f"NS PASSWD {PASSWORD} senha-nova-1", "ana", "senha-nova-1"),
        ("chefe", "NS UNSUSPEND ana", "ana", PASSWORD),
    ],
    ids=["REGISTER", "RENAME", "PASSWD", "UNSUSPEND"],
)
def test_what_is_refused_logs_nobody_in(who: str, line: str, account: str, password: str) -> None:
    """The client registers as a guest."""

    async def test(server: MemoryServer) -> None:
        if "UNSUSPEND" in line:
            await server.ask_and_wait("chefe", "NS SUSPEND ana mau")
        await begin(server, "ana", "ana")
        server.store.held = True
        server.send(who, line)
        await turns(server)
        assert server.chat.journal.waiting
        await begin(server, "z", "zoe", account, password)
        server.received("z")
        await refuse(server)
        numerics = [text.split(" ")[1] for text in server.received("z")]
        assert "904" in numerics
        assert "900" not in numerics
        assert server.chat.world.nicks["zoe"].account is None

    run(test)


def test_a_refused_vhost_is_not_in_force() -> None:
    """And keeps nobody from logging in."""

    async def test(server: MemoryServer) -> None:
        server.store.held = True
        server.send("chefe", "HS SET ana vip.example")
        await turns(server)
        await begin(server, "a", "ana")
        await refuse(server)
        assert server.clients["a"].me.source == "ana!ana@10.0.0.1"
        assert server.clients["a"].account_name == "ana"

    run(test)


def test_an_account_that_changes_between_its_login_and_the_registration_is_waited_for() -> None:
    """The user is made from what is stored."""

    async def test(server: MemoryServer) -> None:
        server.connect("a")
        proof = base64.b64encode(f"\0ana\0{PASSWORD}".encode()).decode()
        for line in ("CAP REQ :sasl", "NICK ana", "USER ana 0 * :x", "AUTHENTICATE PLAIN"):
            server.send("a", line)
        await server.ask_and_wait("a", f"AUTHENTICATE {proof}")
        server.store.held = True
        server.send("chefe", "NS RENAME ana zeca")
        await turns(server)
        server.send("a", "CAP END")
        await refuse(server)
        assert server.clients["a"].account_name == "ana"

    run(test)


def test_nobody_joins_a_user_whose_login_is_refused() -> None:
    """Bia has logged in, and has not: the other connection of the account is not hers."""

    async def test(server: MemoryServer) -> None:
        server.store.held = True
        server.send("chefe", "PRIVMSG bia :oi")
        server.send("bia", f"NS IDENTIFY ana {PASSWORD}")
        await turns(server)
        await begin(server, "a", "bia")
        await refuse(server)
        assert len(server.chat.world.nicks["bia"].sessions) == 1
        assert server.clients["a"].user is None

    run(test)
