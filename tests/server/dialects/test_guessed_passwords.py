"""Passwords of operators, of the server and of gateways: limited across connections, and logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Limits, Operator, Proxy, Server, Webirc
from papo.protocol.networks import Network
from papo.server.dialects.irc.verbs import oper

RIGHT = "scrypt of segredo"


def run(test: Coroutine[Any, Any, None]) -> None:
    """With a time limit."""
    asyncio.run(asyncio.wait_for(test, 60))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was compared with which hash; scrypt itself takes too long here."""
    seen: list[str] = []

    def verify(password: str, kept: str) -> bool:
        seen.append(kept)
        return kept == f"scrypt of {password}"

    monkeypatch.setattr(oper, "verify_password", verify)
    return seen


def operated(*hosts: str, **limits: Any) -> MemoryServer:
    """A server with the operator `chefe`, whose password is `segredo`."""
    operator = Operator(name="chefe", password=RIGHT, hosts=hosts or ("*@*",))
    return MemoryServer(make_config(operators=(operator,), limits=Limits(**limits)))


async def oper_from(server: MemoryServer, nick: str, address: str, words: str) -> str:
    """What a new connection from the address is answered to OPER."""
    server.connect(nick).link.address = address
    await server.ask_and_wait(nick, f"NICK {nick}")
    await server.ask_and_wait(nick, f"USER {nick} 0 * :x")
    return " ".join(await server.ask_and_wait(nick, f"OPER {words}"))


def test_oper_is_limited_across_connections(hashed: list[str]) -> None:
    """Five guesses at an operator from everywhere; from where the operator has been one, it goes on."""

    async def test() -> None:
        server = operated(enabled=False)
        assert " 381 " in await oper_from(server, "chefe", "10.0.0.1", "chefe segredo")
        for guess in range(12):
            assert " 381 " not in await oper_from(server, f"eva{guess}", f"198.51.100.{guess}", f"chefe errado{guess}")
        assert len(hashed) == 1 + 5
        assert " 381 " not in await oper_from(server, "fora", "192.0.2.1", "chefe segredo")
        assert " 381 " in await oper_from(server, "chefe2", "10.0.0.1", "chefe segredo")

    run(test())


def test_oper_tells_no_names(hashed: list[str]) -> None:
    """A name of nobody, a wrong password and a host that may not: the same hash is computed, the answer is the same."""

    async def test() -> None:
        server = operated("*@10.0.0.1")
        answers = [
            await oper_from(server, "a", "10.0.0.1", "chefe errado"),
            await oper_from(server, "b", "10.0.0.1", "ninguem errado"),
            await oper_from(server, "c", "10.0.0.2", "chefe segredo"),
        ]
        assert hashed == [RIGHT] * 3
        assert {answer.split(" ", 3)[1] for answer in answers} == {"464"}
        assert " 381 " in await oper_from(server, "d", "10.0.0.1", "chefe segredo")

    run(test())


def test_nobody_elsewhere_uses_up_an_operators_guesses(hashed: list[str]) -> None:
    """Guesses from hosts that may not become this operator are not counted for it."""

    async def test() -> None:
        server = operated("*@10.0.0.1")
        for guess in range(12):
            await oper_from(server, f"eva{guess}", f"198.51.100.{guess}", f"chefe errado{guess}")
        assert " 381 " in await oper_from(server, "chefe", "10.0.0.1", "chefe segredo")

    run(test())


def test_a_password_given_as_a_name_is_repeated_to_nobody(hashed: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """Neither to operators nor in the log."""

    async def test() -> None:
        server = operated()
        await oper_from(server, "chefe", "10.0.0.1", "chefe segredo")
        server.received("chefe")
        with caplog.at_level(logging.DEBUG):
            await oper_from(server, "eva", "198.51.100.1", "minha-senha-secreta x")
        told = " ".join(server.received("chefe"))
        assert "failed to become an operator" in told
        assert "minha-senha-secreta" not in told + caplog.text
        assert "from 198.51.100.1: operator password for nobody here: wrong" in caplog.text
        assert hashed

    run(test())


async def connect_with(server: MemoryServer, name: str, password: str, address: str) -> str:
    """What a new connection is answered that gives this password."""
    server.connect(name).link.address = address
    lines: list[str] = []
    for line in (f"PASS {password}", f"NICK {name}", f"USER {name} 0 * :x"):
        lines += await server.ask_and_wait(name, line)
    return " ".join(lines)


def slow(server: MemoryServer) -> list[float]:
    """Let waiting move the server's clock; the list gets how long."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        server.now_s += seconds

    server.chat.throttle.sleep = sleep
    return slept


def test_the_servers_password_is_not_guessed_fast(caplog: pytest.LogCaptureFixture) -> None:
    """After twenty wrong ones from an address the next waits; from other addresses nobody does."""

    async def test() -> None:
        server = MemoryServer(make_config(server=Server(name="papo.test", password="segredo")))
        slept = slow(server)
        for guess in range(20):
            assert " 464 " in await connect_with(server, f"eva{guess}", f"errada{guess}", "198.51.100.1")
        assert slept == []
        assert " 001 " in await connect_with(server, "ana", "segredo", "10.0.0.1")
        assert slept == []
        assert " 001 " in await connect_with(server, "bia", "segredo", "198.51.100.1")
        assert len(slept) == 1
        for at in range(30):  # the rest of the class
            assert " 001 " in await connect_with(server, f"pessoa{at}", "segredo", "198.51.100.1")
        assert len(slept) == 1
        for name in ("eva", "eva2"):  # one guess was given back
            assert " 464 " in await connect_with(server, name, "errada", "198.51.100.1")
        assert len(slept) == 2

    with caplog.at_level(logging.INFO):
        run(test())
    assert caplog.text.count("from 198.51.100.1: server password for nobody here: wrong") == 22
    assert "errada" not in caplog.text


@pytest.mark.parametrize("line", ["REGISTER * * senha-boa-1", "VERIFY ana 123"])
def test_registering_is_no_way_around_it(line: str) -> None:
    """REGISTER and VERIFY ask for the server's password too: each wrong one counts."""

    async def test() -> None:
        server = MemoryServer(make_config(server=Server(name="papo.test", password="segredo")))
        slept = slow(server)
        server.connect("ana").link.address = "198.51.100.1"
        await server.ask_and_wait("ana", "NICK ana")
        for guess in range(22):
            await server.ask_and_wait("ana", f"PASS errada{guess}")
            assert "COMPLETE_CONNECTION_REQUIRED" in (await server.ask_and_wait("ana", line))[0]
        assert len(slept) == 2
        assert not server.chat.world.registry.accounts

    run(test())


def test_a_gateways_password_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Without what was given; and it counts only from the gateway's own address."""

    async def test() -> None:
        gateway = Webirc(password="senha-do-portal", addresses=(Network("10.0.0.1"),))
        server = MemoryServer(make_config(proxy=Proxy(webirc=(gateway,))))
        for name, address, word in (("a", "10.0.0.1", "errada-1"), ("b", "10.0.0.2", "senha-do-portal")):
            server.connect(name).link.address = address
            reply = await server.ask_and_wait(name, f"WEBIRC {word} portal casa 192.0.2.1")
            assert reply[-1].startswith("ERROR")

    with caplog.at_level(logging.INFO):
        run(test())
    assert caplog.text.count("gateway password for nobody here: refused") == 2
    assert "errada-1" not in caplog.text
    assert "senha-do-portal" not in caplog.text
