"""The rate budget with the limits as they are by default: programs that connect are not held up, floods are."""

from __future__ import annotations

import asyncio

from fake_link import FakeLink
from memory_server import MemoryServer, make_config

from papo.config import Limits

IRSSI = (
    "CAP LS 302", "CAP REQ :multi-prefix extended-join account-notify away-notify invite-notify setname server-time",
    "CAP END", "MODE ana +i", "JOIN #papo", "MODE #papo", "WHO #papo", "MODE #papo b", "PING papo.test",
    "PRIVMSG #papo :oi",
)  # fmt: skip


def limited_server() -> MemoryServer:
    """A server with the usual limits."""
    return MemoryServer(make_config(limits=Limits()))


def test_what_a_program_asks_on_connecting_is_answered_at_once() -> None:
    """Registration and the first channel, as irssi asks for them, wait for nothing."""
    server = limited_server()
    server.connect("ana")
    server.send_bytes("ana", b"NICK ana\r\nUSER ana 0 * :Ana\r\n" + "".join(f"{line}\r\n" for line in IRSSI).encode())

    assert any(" PONG " in line for line in server.received("ana"))
    assert not server.clients["ana"].backlog


def test_a_flood_is_delayed_and_nothing_of_it_lost() -> None:
    """Beyond the burst, two a second: others hear them in order, later, and hear everybody else at once."""

    async def flood() -> None:
        server = limited_server()
        for nick in ("ana", "bia", "cris"):
            server.register(nick, "#papo")
            server.now_s += 60
        server.received("bia")
        server.send_bytes("ana", b"".join(b"PRIVMSG #papo :%d\r\n" % n for n in range(30)))
        first = len(server.received("bia"))
        assert 5 <= first <= 10
        link = server.clients["ana"].link
        assert isinstance(link, FakeLink)
        assert link.paused
        server.send("cris", "PRIVMSG #papo :eu posso")
        assert len(server.received("bia")) == 1
        heard = first
        for _ in range(200):
            server.now_s += 0.5
            server.clients["ana"].resume()
            server.run_deferred()
            heard += len(server.received("bia"))
        assert heard == 30
        assert not link.paused

    asyncio.run(flood())


def test_joins_have_a_rate_of_their_own() -> None:
    """More than ten JOINs at once are refused for a while; a minute later one works."""

    async def join_much() -> None:
        server = limited_server()
        server.register("ana")
        answers = []
        for n in range(13):
            server.now_s += 0.5
            answers += server.ask("ana", f"JOIN #sala{n}")
        assert [line for line in answers if " 263 " in line]
        server.now_s += 60
        assert any("JOIN #sala" in line for line in server.ask("ana", "JOIN #sala99"))

    asyncio.run(join_much())
