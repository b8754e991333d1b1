"""Whoever opens a channel is told that its past opens with it, in their language (docs/decisions/0006)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from memory_server import MemoryServer

CLOSED = {"i": "+i", "k": "+k chave", "s": "+s", "p": "+p", "R": "+R", "z": "+z"}
OPENED = {letter: f"-{letter}" for letter in CLOSED} | {"k": "-k chave"}


def play(test: Callable[[MemoryServer], Awaitable[None]], modes: str, *, said: bool = True) -> None:
    """A test with a server where `ana` is the operator of #sala, which is closed; `bia` has said something there."""

    async def run() -> None:
        server = MemoryServer()
        server.tls = True
        server.register("ana", "#sala", caps="standard-replies")
        server.register("bia", "#sala")
        server.send("ana", f"MODE #sala {modes}")
        if said:
            server.send("bia", "PRIVMSG #sala :SEGREDO")
        server.received("bia")
        await test(server)

    asyncio.run(asyncio.wait_for(run(), 30))


async def notes(server: MemoryServer, line: str) -> list[str]:
    """What is said of it."""
    return [each for each in await server.ask_and_wait("ana", line) if " NOTE MODE HISTORY_OPENED #sala :" in each]


@pytest.mark.parametrize("letter", CLOSED)
def test_what_opens_the_past_says_so_once(letter: str) -> None:
    """To whoever did it, and not when nothing changes; what is said is so."""

    async def test(server: MemoryServer) -> None:
        assert await notes(server, "MODE #sala +m") == []
        server.send("ana", "MODE #sala -m")
        server.received("bia")
        assert len(await notes(server, f"MODE #sala {OPENED[letter]}")) == 1
        assert not [line for line in server.received("bia") if "NOTE" in line]
        assert await notes(server, f"MODE #sala {OPENED[letter]}") == []
        server.register("eva", "#sala", caps="batch draft/chathistory")
        assert any("SEGREDO" in line for line in await server.ask_and_wait("eva", "CHATHISTORY LATEST #sala * 9"))

    play(test, CLOSED[letter])


def test_one_note_for_several_modes_and_none_while_it_is_closed() -> None:
    """As long as nobody gets in without an invitation the past is as closed as before."""

    async def test(server: MemoryServer) -> None:
        assert await notes(server, "MODE #sala -k chave") == []
        assert await notes(server, "MODE #sala -s") == []
        server.send("ana", "MODE #sala +ks chave")
        assert len(await notes(server, "MODE #sala -iks chave")) == 1

    play(test, "+iks chave")


def test_a_channel_without_a_past_has_nothing_to_warn_of() -> None:
    """Nobody has said anything: no line that a program might not expect."""

    async def test(server: MemoryServer) -> None:
        assert await notes(server, "MODE #sala -i") == []

    play(test, "+i", said=False)


def test_in_portuguese() -> None:
    """In the user's language."""

    async def test(server: MemoryServer) -> None:
        server.send("ana", "LANGUAGE pt_BR")
        (note,) = await notes(server, "MODE #sala -i")
        assert "Quem entrar a partir de agora" in note

    play(test, "+i")


def test_a_plain_member_learns_nothing_for_what_they_may_not_do() -> None:
    """No note without the change."""

    async def test(server: MemoryServer) -> None:
        assert not [line for line in await server.ask_and_wait("bia", "MODE #sala -i") if "NOTE" in line]

    play(test, "+i")
