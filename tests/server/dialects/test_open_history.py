"""Whoever opens a channel is told that its past opens with it, in their language (docs/decisions/0006)."""

from __future__ import annotations

import asyncio

import pytest
from memory_server import MemoryServer

CLOSED = {"i": "+i", "k": "+k chave", "s": "+s", "p": "+p", "R": "+R", "z": "+z"}
OPENED = {letter: f"-{letter}" for letter in CLOSED} | {"k": "-k chave"}


def make_server(modes: str) -> MemoryServer:
    """`ana` is the operator of #sala."""
    server = MemoryServer()
    server.tls = True
    server.register("ana", "#sala", caps="standard-replies")
    server.register("bia", "#sala")
    server.send("ana", f"MODE #sala {modes}")
    return server


def notes(server: MemoryServer, line: str) -> list[str]:
    """What is said of it."""
    return [each for each in server.ask("ana", line) if " NOTE MODE HISTORY_OPENED #sala :" in each]


@pytest.mark.parametrize("letter", CLOSED)
def test_what_opens_the_past_says_so_once(letter: str) -> None:
    """To whoever did it, and not when nothing changes; what is said is so."""

    async def test() -> None:
        server = make_server(CLOSED[letter])
        server.send("bia", "PRIVMSG #sala :SEGREDO")
        assert notes(server, "MODE #sala +m") == []
        server.send("ana", "MODE #sala -m")
        server.received("bia")
        assert len(notes(server, f"MODE #sala {OPENED[letter]}")) == 1
        assert not [line for line in server.received("bia") if "NOTE" in line]
        assert notes(server, f"MODE #sala {OPENED[letter]}") == []
        server.register("eva", "#sala", caps="batch draft/chathistory")
        assert any("SEGREDO" in line for line in await server.ask_and_wait("eva", "CHATHISTORY LATEST #sala * 9"))

    asyncio.run(asyncio.wait_for(test(), 30))


def test_one_note_for_several_modes_and_none_while_it_is_closed() -> None:
    """As long as nobody gets in without an invitation the past is as closed as before."""
    server = make_server("+iks chave")
    assert notes(server, "MODE #sala -k chave") == []
    assert notes(server, "MODE #sala -s") == []
    server.send("ana", "MODE #sala +ks chave")
    assert len(notes(server, "MODE #sala -iks chave")) == 1


def test_in_portuguese() -> None:
    """In the user's language."""
    server = make_server("+i")
    server.send("ana", "LANGUAGE pt_BR")
    (note,) = notes(server, "MODE #sala -i")
    assert "Quem entrar a partir de agora" in note


def test_a_plain_member_learns_nothing_for_what_they_may_not_do() -> None:
    """No note without the change."""
    server = make_server("+i")
    assert not [line for line in server.ask("bia", "MODE #sala -i") if "NOTE" in line]
