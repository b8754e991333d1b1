"""What the store refuses to users of the classroom dialects: one sentence, and nothing of it has happened."""

from __future__ import annotations

import pytest
from fake_link import FakeLink
from pictures import picture
from test_classroom import SCHEMES, ClassroomServer, framed, introduced, named, play

from papo.protocol.dialects import CLASSROOM
from papo.protocol.text import to_ascii
from papo.server.delivery.ports import NotStored
from papo.server.dialects.connection import Connection

FULL = NotStored("disk full")
NAMED_BY_MESSAGES = ["framed", "relay"]


def sentences(scheme: str, said: bytes) -> int:
    """How often the user is told that something was not done."""
    phrase = CLASSROOM[scheme].phrases.not_sent.partition("{")[0]
    return said.decode().count(to_ascii(phrase) if CLASSROOM[scheme].ascii else phrase)


def is_closed(connection: Connection) -> bool:
    """Whether the server has hung up."""
    assert isinstance(connection.link, FakeLink)
    return connection.link.is_closing


def message(scheme: str, name: str, text: str) -> bytes:
    """As a client that names itself in each message sends it."""
    return framed(f"{name}: {text}") if scheme == "framed" else f"{name}: {text}".encode()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_who_cannot_join_is_told_and_disconnected(scheme: str) -> None:
    """There is no place but the room. The nick is free, and the next attempt succeeds when the disk is well."""

    async def test(server: ClassroomServer) -> None:
        before = picture(server.chat.world)
        before = {name: before[name] for name in ("users", "nicks", "channels")}
        server.store.failure = FULL
        bia = await introduced(server, scheme, "bia")
        said = server.got(bia)
        assert sentences(scheme, said) == 1
        assert "nada mudou" in said.decode()
        assert b"TRUE" not in said
        assert is_closed(bia)
        assert server.received("ana") == []
        after = picture(server.chat.world)
        assert {name: after[name] for name in before} == before

        server.store.failure = None
        await named(server, scheme, "bia")
        assert "bia" in server.chat.world.nicks

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_join_that_waits_behind_another_failure_is_refused_too(scheme: str) -> None:
    """The commit under way fails, and takes what was accepted after it along."""

    async def test(server: ClassroomServer) -> None:
        server.store.held = True
        server.send("ana", "TOPIC #papo :x")
        bia = await introduced(server, scheme, "bia")
        assert server.got(bia) in {b"", b"NICK"}
        server.store.failure = FULL
        server.store.commit_now()
        server.store.failure = None
        await server.wait_until_idle()
        assert is_closed(bia)
        assert list(server.chat.world.nicks) == ["ana"]

    play(test)


@pytest.mark.parametrize("scheme", NAMED_BY_MESSAGES)
def test_a_new_name_and_its_message_are_refused_in_one_sentence(scheme: str) -> None:
    """Others see neither; both happen with the next message when the disk is well."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "bia")
        server.store.failure = FULL
        await server.write(bia, message(scheme, "caio", "oi"))
        assert sentences(scheme, server.got(bia)) == 1
        assert server.received("ana") == []
        assert bia.user is not None
        assert bia.user.nick == "bia"

        server.store.failure = None
        await server.write(bia, message(scheme, "caio", "oi"))
        heard = " ".join(server.received("ana"))
        assert "NICK :caio" in heard or "NICK caio" in heard
        assert ":caio!" in heard
        assert "bia" not in server.chat.world.nicks

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_who_leaves_has_left(scheme: str) -> None:
    """Nobody refuses that."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "bia")
        server.store.failure = FULL
        leave = {"framed": framed("Desconectar"), "handshake": b"/close"}.get(scheme, b"/sair")
        await server.write(bia, leave)
        assert is_closed(bia)
        assert any(" QUIT " in line for line in server.received("ana"))
        assert "bia" not in server.chat.world.nicks

    play(test)
