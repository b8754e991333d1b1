"""The powers of an operator of the server are for connections that gave OPER, not for whoever knows the account."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from typing import Any

from memory_server import MemoryServer, make_config

from papo.config import Operator
from papo.config.passwords import hash_password
from papo.server.actions.accounts import accounts

PASSWORD = "senha-boa-1"
HOME, AWAY = "10.0.0.1", "203.0.113.9"


async def connect(server: MemoryServer, name: str, address: str = HOME) -> None:
    """One more client of the account ana."""
    server.connect(name).link.address = address
    for line in ("CAP REQ :sasl", "NICK ana", "USER ana 0 * :x", "AUTHENTICATE PLAIN"):
        await server.ask_and_wait(name, line)
    proof = base64.b64encode(f"\0ana\0{PASSWORD}".encode()).decode()
    await server.ask_and_wait(name, f"AUTHENTICATE {proof}")
    await server.ask_and_wait(name, "CAP END")


async def ask(server: MemoryServer, name: str, line: str) -> str:
    """What the client is answered."""
    return "\n".join(await server.ask_and_wait(name, line))


def run(test: Callable[[MemoryServer], Coroutine[Any, Any, None]], *hosts: str) -> None:
    """Ana has an account, is connected, and knows the password of the operator `chefe`."""

    async def whole() -> None:
        operator = Operator("chefe", hash_password("segredo"), hosts=hosts or ("*@*",))
        server = MemoryServer(make_config(operators=(operator,)))
        await server.run_action(accounts.create(server.chat, name="ana", password=PASSWORD))
        await connect(server, "ana")
        await test(server)

    asyncio.run(asyncio.wait_for(whole(), 60))


def test_a_connection_that_joins_an_operator_is_none() -> None:
    """A password of the account, or of one of its programs, is no password of an operator."""

    async def test(server: MemoryServer) -> None:
        assert " 381 " in await ask(server, "ana", "OPER chefe segredo")
        await connect(server, "tel", AWAY)
        assert server.clients["tel"].user is server.clients["ana"].user
        assert "MODE ana -os" in "\n".join(server.received("ana"))
        assert "no command SAREGISTER" in await ask(server, "tel", "NS SAREGISTER eva senha-boa-9")
        assert " 481 " in await ask(server, "tel", "KILL ana")
        assert not server.clients["ana"].me.powers
        assert not server.chat.world.operators

    run(test)


def test_nobody_is_an_operator_without_a_connection() -> None:
    """Who is always on stays, and whoever logs in later finds no powers."""

    async def test(server: MemoryServer) -> None:
        await ask(server, "ana", "NS SET ALWAYS-ON ON")
        await ask(server, "ana", "OPER chefe segredo")
        await ask(server, "ana", "QUIT")
        user = server.chat.world.user("ana")
        assert user is not None
        assert not user.is_operator
        await connect(server, "tel", AWAY)
        assert " 481 " in await ask(server, "tel", "REHASH")

    run(test)


def test_another_connection_of_an_operator_leaves_the_powers() -> None:
    """Only the last one that leaves takes them."""

    async def test(server: MemoryServer) -> None:
        await connect(server, "tel")
        answer = await ask(server, "ana", "OPER chefe segredo")
        assert " 381 " in answer
        assert "Other connections share your nick, and are operators too: 1." in answer
        await ask(server, "tel", "QUIT")
        assert server.clients["ana"].me.is_operator

    run(test)


def test_each_connection_is_from_the_operators_hosts() -> None:
    """Not only the first, whose host others see: each would be an operator."""

    async def test(server: MemoryServer) -> None:
        await connect(server, "tel", AWAY)
        assert " 464 " in await ask(server, "tel", "OPER chefe segredo")
        assert " 464 " in await ask(server, "ana", "OPER chefe segredo")
        await ask(server, "tel", "QUIT")
        assert " 381 " in await ask(server, "ana", "OPER chefe segredo")

    run(test, f"*@{HOME}")
