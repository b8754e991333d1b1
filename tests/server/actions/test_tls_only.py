"""Mode z: nothing of the channel goes over a connection without TLS, whoever it belongs to."""

from __future__ import annotations

import asyncio
import base64

import pytest
from memory_server import MemoryServer, make_config

from papo.config import Accounts
from papo.server.actions.accounts import accounts

CAPS = "sasl message-tags batch draft/chathistory draft/multiline"
PASSWORD = "correto cavalo"


def connect(server: MemoryServer, name: str, *, tls: bool, nick: str = "") -> None:
    """Connect, up to CAP END."""
    server.tls = tls
    server.connect(name)
    nick = nick or name
    for line in ("CAP LS 302", f"CAP REQ :{CAPS}", f"NICK {nick}", f"USER {nick} 0 * :x"):
        server.send(name, line)


async def sign_in(server: MemoryServer, name: str, *, tls: bool) -> list[str]:
    """One more connection of the account `ana`."""
    connect(server, name, tls=tls, nick="ana")
    await server.ask_and_wait(name, "AUTHENTICATE PLAIN")
    await server.ask_and_wait(name, "AUTHENTICATE " + base64.b64encode(f"\0ana\0{PASSWORD}".encode()).decode())
    return await server.ask_and_wait(name, "CAP END")


async def make_server(mode: str = "+z") -> MemoryServer:
    """`ana` over TLS, with an account that is always on, in #sala, where `bia` has said a secret."""
    settings = Accounts(argon2_memory_kib=8, argon2_passes=1, scram_rounds=4096, always_on="mandatory")
    server = MemoryServer(make_config(accounts=settings))
    await server.run_action(accounts.create(server.chat, name="ana", password=PASSWORD))
    await sign_in(server, "ana", tls=True)
    connect(server, "bia", tls=True)
    server.send("bia", "CAP END")
    server.send("bia", "JOIN #sala")
    if mode:
        server.send("bia", f"MODE #sala {mode}")
    server.send("ana", "JOIN #sala")
    server.send("bia", "PRIVMSG #sala :SEGREDO")
    return server


ASKED = (
    "CHATHISTORY LATEST #sala * 9",
    "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 9",
    "SEARCH in=#sala;text=SEGREDO",
    "SEARCH text=SEGREDO",
    "HISTSERV PLAY #sala",
    "ZNC *playback play * 0",
    "JOIN #sala",
    "MARKREAD #sala",
    "NAMES #sala",
)


def test_the_first_connection_of_an_always_on_user_needs_tls_too() -> None:
    """Nobody is connected at the moment, and what was missed would be sent at once."""

    async def test() -> None:
        server = await make_server()
        server.clients["ana"].end("x")
        server.run_deferred()
        assert server.chat.world.nicks["ana"].sessions == ()
        server.send("bia", "PRIVMSG #sala :SEGREDO perdido")
        refused = await sign_in(server, "dois", tls=False)
        assert any(" 465 " in each for each in refused)
        assert not [each for each in refused if "SEGREDO" in each or "#sala" in each]
        assert any(" JOIN #sala" in each for each in await sign_in(server, "tres", tls=True))

    asyncio.run(asyncio.wait_for(test(), 60))


@pytest.mark.parametrize("line", ASKED)
def test_a_second_connection_without_tls_gets_nothing(line: str) -> None:
    """It is not let in beside the first one, and hears nothing."""

    async def test() -> None:
        server = await make_server()
        refused = await sign_in(server, "dois", tls=False)
        assert any(" 465 " in each and "TLS" in each for each in refused)
        server.send("bia", "PRIVMSG #sala :SEGREDO 2")
        await server.ask_and_wait("dois", line)
        assert not [each for each in server.received("dois") if "SEGREDO" in each]
        assert server.clients["dois"].ended
        assert "ana" in server.chat.world.nicks
        # Over TLS it is.
        entered = await sign_in(server, "tres", tls=True)
        assert any(" JOIN #sala" in each for each in entered)

    asyncio.run(asyncio.wait_for(test(), 60))


def test_a_channel_that_a_device_without_tls_hears_is_not_closed_to_it() -> None:
    """Mode z is refused until the device is gone, and the operator learns whose it is."""

    async def test() -> None:
        server = await make_server("")
        await sign_in(server, "dois", tls=False)
        server.send("bia", "PRIVMSG #sala :oi")
        assert any("oi" in each for each in server.received("dois"))
        for line in ("MODE #sala +z", "MODE #sala +tz-t"):
            assert any(" 490 bia #sala :" in each and "ana" in each for each in server.ask("bia", line))
        assert "z" not in server.chat.world.channels["#sala"].modes
        server.clients["dois"].end("x")
        server.run_deferred()
        server.send("bia", "MODE #sala +z")
        assert "z" in server.chat.world.channels["#sala"].modes

    asyncio.run(asyncio.wait_for(test(), 60))


def test_nobody_joins_with_a_device_without_tls() -> None:
    """Over the secure one neither: both would hear it. Not invited, not forced, not as a server operator."""

    async def test() -> None:
        server = await make_server()
        server.send("ana", "PART #sala")
        await sign_in(server, "dois", tls=False)
        server.send("bia", "INVITE ana #sala")
        for name in ("ana", "dois"):
            assert any(" 489 ana #sala :" in each for each in server.ask(name, "JOIN #sala"))
        server.clients["dois"].end("x")
        server.run_deferred()
        assert any(" JOIN #sala" in each for each in server.ask("ana", "JOIN #sala"))

    asyncio.run(asyncio.wait_for(test(), 60))


def test_whois_and_mode_say_what_all_connections_are() -> None:
    """One without TLS counts; user mode Z and numeric 671 go with it, and come back."""

    async def test() -> None:
        server = await make_server("")

        def shown() -> tuple[bool, bool]:
            is_secure = any(" 671 " in each for each in server.ask("bia", "WHOIS ana"))
            return is_secure, "Z" in server.chat.world.nicks["ana"].modes

        assert shown() == (True, True)
        await sign_in(server, "dois", tls=False)
        await sign_in(server, "tres", tls=True)
        assert shown() == (False, False)
        server.clients["tres"].end("x")
        server.run_deferred()
        assert shown() == (False, False)
        server.clients["dois"].end("x")
        server.run_deferred()
        assert shown() == (True, True)

    asyncio.run(asyncio.wait_for(test(), 60))


@pytest.mark.parametrize("line", ["PRIVMSG #sala :oi", "NOTICE #sala :oi", "@+typing=active TAGMSG #sala"])
def test_an_outsider_without_tls_says_nothing_there(line: str) -> None:
    """Even if the channel takes messages from outside."""

    async def test() -> None:
        server = await make_server("+z-n")
        connect(server, "eva", tls=False)
        server.send("eva", "CAP END")
        server.received("bia")
        server.send("eva", line)
        assert server.received("bia") == []

    asyncio.run(asyncio.wait_for(test(), 60))
