"""The five dialects without sockets: their exact bytes, in one room with IRC."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest
from fake_link import FakeLink
from memory_server import MemoryServer, make_config

from papo.config import Accounts, Rooms
from papo.protocol.dialects import CLASSROOM
from papo.protocol.framed import with_header
from papo.protocol.text import to_ascii
from papo.server.delivery.ports import NotStored, Page
from papo.server.dialects.connection import Connection
from papo.server.dialects.framed import Frames
from papo.server.dialects.plain_format import plain_format
from papo.server.dialects.table import maker
from papo.server.world.events import AnyEvent, Event, WallopsSent
from papo.server.world.records import Ban
from papo.server.world.undo import FINAL

SCHEMES = sorted(CLASSROOM)


class ClassroomServer(MemoryServer):
    """IRC users and dialect clients in #papo."""

    def __init__(self) -> None:
        super().__init__(make_config(rooms=Rooms(permanent=())))

    async def open(self, scheme: str, **options: str) -> Connection:
        """A new connection of a dialect."""
        connection: Connection = maker(scheme)(self.chat, FakeLink(), {"replay": "0", **options})
        await self.wait_until_idle()
        return connection

    async def write(self, connection: Connection, data: bytes, *, cut: bool = False) -> None:
        """Bytes from a client: at once, or one at a time and then silence."""
        for piece in [data[n : n + 1] for n in range(len(data))] if cut else [data]:
            connection.receive(piece)
        if cut and getattr(connection, "quiet_timer", None) is not None:
            connection.quiet_timer.cancel()  # type: ignore[attr-defined]
            connection.flush()  # type: ignore[attr-defined]
        await self.wait_until_idle()

    async def wait_until_idle(self) -> None:
        """Run everything that is pending."""
        for _ in range(10):
            await asyncio.sleep(0)
            self.run_deferred()

    def hold_pages(self) -> asyncio.Event:
        """Let every page of history wait for the event."""
        go_on, page = asyncio.Event(), self.store.page

        async def wait(query: Page) -> list[AnyEvent]:
            await go_on.wait()
            return await page(query)

        self.store.page = wait  # type: ignore[method-assign]
        return go_on

    @staticmethod
    def got(connection: Connection) -> bytes:
        """Everything sent to it since the last call."""
        assert isinstance(connection.link, FakeLink)
        return connection.link.sent()


def play(test: Callable[[ClassroomServer], Coroutine[Any, Any, None]]) -> None:
    """Run a test on a fresh server with `ana` on IRC."""

    async def whole() -> None:
        server = ClassroomServer()
        server.register("ana", "#papo")
        await test(server)

    asyncio.run(whole())


def framed(text: str) -> bytes:
    """A payload with its header."""
    return with_header(text.encode())


async def named(server: ClassroomServer, scheme: str, name: str, *, cut: bool = False) -> Connection:
    """A client of a dialect, in the room under a nick."""
    connection = await introduced(server, scheme, name, cut=cut)
    server.got(connection)
    server.received("ana")
    return connection


async def introduced(server: ClassroomServer, scheme: str, name: str, *, cut: bool = False) -> Connection:
    """A client of a dialect that has sent its nick."""
    connection = await server.open(scheme)
    if scheme in {"nick", "nick-ascii", "handshake"}:
        await server.write(connection, name.encode(), cut=cut)
    elif scheme == "relay":
        await server.write(connection, f"{name}: oi".encode(), cut=cut)
    else:
        await server.write(connection, framed(f"{name}: oi"), cut=cut)
    return connection


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_messages_cross_both_ways(scheme: str, *, cut: bool) -> None:
    """Text with accents from IRC and to IRC, whole and byte by byte."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "bia", cut=cut)
        text = "bom dia" if scheme == "nick-ascii" else "bom dia, João"
        said = {"handshake": text.encode(), "framed": framed(f"bia: {text}")}.get(scheme, f"bia: {text}".encode())
        await server.write(bia, said, cut=cut)
        assert server.received("ana") == [f":bia!{scheme}@10.0.0.1 PRIVMSG #papo :{text}"]
        echo = {"nick": f"bia: {text}", "nick-ascii": f"bia: {text}", "framed": f"bia: {text}"}.get(scheme, "")
        assert server.got(bia) == echo.encode()
        server.send("ana", "PRIVMSG #papo :olá, ação \x02forte\x02 \x0304cor")
        plain = "ola, acao forte cor" if scheme == "nick-ascii" else "olá, ação forte cor"
        end = "\n" if scheme == "handshake" else ""
        assert server.got(bia).decode() == f"ana: {plain}{end}"
        server.send("ana", "PRIVMSG #papo :\x01ACTION acena\x01")
        server.send("ana", "PRIVMSG #papo :\x01VERSION\x01")
        assert server.got(bia).decode() == f"* ana acena{end}"

    play(test)


def test_nick_ascii_says_its_words() -> None:
    """NICK alone; `entrou!` to everyone; `Conectado ao servidor!`; `left!`."""

    async def test(server: ClassroomServer) -> None:
        bia = await server.open("nick-ascii")
        assert bia.link.alone == [b"NICK"]  # type: ignore[attr-defined]
        assert server.got(bia) == b"NICK"
        await server.write(bia, "joão".encode())
        assert bia.link.alone[1:] == [b"joao~ entrou!"]  # type: ignore[attr-defined]
        assert server.got(bia) == b"joao~ entrou!Conectado ao servidor!"
        other = await named(server, "nick", "caio")
        assert server.got(bia) == b"caio entrou!"
        other.lost("")
        await server.wait_until_idle()
        assert server.got(bia) == b"caio left!"

    play(test)


def test_nick_says_its_words() -> None:
    """`conectou ao servidor!` to everyone, `Conectado ao Servidor`, and nothing when a user leaves."""

    async def test(server: ClassroomServer) -> None:
        bia = await server.open("nick")
        assert server.got(bia) == b"NICK"
        await server.write(bia, b"bia")
        assert server.got(bia) == b"bia conectou ao servidor!\nConectado ao Servidor\n"
        server.register("caio", "#papo")
        assert server.got(bia) == b"caio conectou ao servidor!\n"
        server.send("caio", "QUIT")
        assert server.got(bia) == b""

    play(test)


def test_handshake_answers_alone_and_announces_departures() -> None:
    """FALSE if it is taken, TRUE if it is free; `disconnected!`, or `has been disconnected` after an error."""

    async def test(server: ClassroomServer) -> None:
        bia = await server.open("handshake")
        assert server.got(bia) == b""
        await server.write(bia, b"ANA")
        await server.write(bia, b"::")
        await server.write(bia, b"bia")
        assert bia.link.alone == [b"FALSE", b"FALSE", b"TRUE"]  # type: ignore[attr-defined]
        server.got(bia)
        caio, davi = await named(server, "handshake", "caio"), await named(server, "handshake", "davi")
        assert server.got(bia) == b""
        await server.write(caio, b"/CLOSE agora")
        assert server.got(bia) == b"caio disconnected!"
        davi.lost("Connection reset by peer")
        await server.wait_until_idle()
        assert server.got(bia) == b"davi has been disconnected"

    play(test)


def test_relay_receives_before_it_sends_and_relays_bytes() -> None:
    """The same bytes to everybody but the sender; no notices."""

    async def test(server: ClassroomServer) -> None:
        bia, caio = await server.open("relay"), await server.open("relay")
        server.send("ana", "PRIVMSG #papo :oi")
        assert server.got(bia) == server.got(caio) == b"ana: oi"
        await server.write(bia, "Bia: é isso: aí".encode())
        assert server.got(caio) == "Bia: é isso: aí".encode()
        assert server.got(bia) == b""
        await server.write(caio, b"/SAIR")
        assert caio.link.is_closing
        assert server.got(bia) == b""

    play(test)


@pytest.mark.parametrize("header", ["true", "false"])
def test_framed_frames_its_own_messages_if_asked(header: str) -> None:
    """Plain UTF-8 is the default, the header an option of the listener."""

    async def test(server: ClassroomServer) -> None:
        bia = await server.open("framed", header=header)
        await server.write(bia, framed("bia: oi") + framed("bia: de novo"))
        texts = [b"bia: oi", b"bia: de novo"]
        assert server.got(bia) == (b"".join(map(with_header, texts)) if header == "true" else b"\n".join(texts))
        await server.write(bia, framed("Desconectar"))
        assert bia.link.is_closing

    play(test)


def test_framed_refuses_a_bad_header_and_says_how_it_should_be() -> None:
    """No digits, or too long: one clear sentence, and the end of that connection alone."""

    async def test(server: ClassroomServer) -> None:
        for bad in (b"x".ljust(64), b"99999999".ljust(64), b"-5".ljust(64)):
            bia = await server.open("framed")
            await server.write(bia, framed("oi"))
            server.got(bia)
            await server.write(bia, bad)
            assert "Cabeçalho inválido" in server.got(bia).decode()
            assert bia.link.is_closing

    play(test)


def test_frames_are_read_wherever_they_are_cut() -> None:
    """Header and payload cut at every byte."""
    data = framed("ação") + framed("") + framed("oi" * 300)
    frames = Frames()

    heard = [text for n in range(len(data)) for text in frames.feed(data[n : n + 1])]

    assert heard == ["ação", "", "oi" * 300]


@pytest.mark.parametrize("cut", [False, True])
def test_what_comes_before_a_bad_header_is_said(*, cut: bool) -> None:
    """In the same packet or not: the message, then the reason, then the end; what follows is not read."""

    async def test(server: ClassroomServer) -> None:
        bia = await server.open("framed")
        await server.write(bia, framed("bia: oi") + b"1" * 64 + framed("bia: de novo"), cut=cut)
        heard = [line for line in server.received("ana") if " PRIVMSG " in line]
        assert [line.rpartition(":")[2] for line in heard] == ["oi"]
        assert server.got(bia).decode().count("Cabeçalho inválido") == 1
        assert bia.link.is_closing

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_nick_belongs_to_one_user(scheme: str) -> None:
    """A taken nick gets `_2`, or FALSE if the dialect can say so; case does not make another nick."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "ANA")
        nicks = sorted(user.nick for user in server.chat.world.users.values())
        if scheme == "handshake":
            assert bia.user is None
        else:
            assert bia.user is not None
            assert nicks == ["ANA_2", "ana"]

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_client_of_lines_gets_lines(scheme: str) -> None:
    """A client that ends its messages with newlines gets newlines, and each line is a message."""

    async def test(server: ClassroomServer) -> None:
        bia = await server.open(scheme)
        first = b"bia: oi\n" if scheme in {"relay", "framed"} else b"bia\n"
        await server.write(bia, first)
        await server.write(bia, b"um\ndois\n" if scheme == "handshake" else b"bia: um\nbia: dois\n")
        said = [line.split(" :", 1)[1] for line in server.received("ana") if "PRIVMSG" in line]
        assert said[-2:] == ["um", "dois"]
        server.got(bia)
        server.send("ana", "PRIVMSG #papo :tudo bem?")
        server.send("ana", "PRIVMSG #papo :sim")
        assert server.got(bia) == b"ana: tudo bem?\nana: sim\n"

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_hostile_names_and_texts_do_no_harm(scheme: str) -> None:
    """Control characters, spaces, a kilobyte, nothing at all: no client gets an extra line."""

    async def test(server: ClassroomServer) -> None:
        for name in ("a" * 2000, "\x01\x02", "  ", "x y z", "\x1b[31mred", "💥", "NickServ", "9lives"):
            bia = await server.open(scheme)
            text = framed(f"{name}: oi") if scheme == "framed" else f"{name}: oi".encode()
            await server.write(bia, text if scheme in {"relay", "framed"} else name.encode())
            await server.write(bia, framed("a\x00b\rPRIVMSG x") if scheme == "framed" else b"a\x00b\rPRIVMSG x")
            for line in server.received("ana"):
                assert line.startswith((":", "PING"))
                assert "\x1b" not in line
            bia.lost("")
            await server.wait_until_idle()
        assert len(server.chat.world.users) == 1

    play(test)


def test_long_messages_are_split_at_words() -> None:
    """A text that is too long for a line is sent in several, with nothing lost."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, "nick", "bia")
        words = " ".join(f"palavra{n}" for n in range(300))
        await server.write(bia, f"bia: {words}".encode())
        lines = server.received("ana")
        assert len(lines) > 5
        assert all(len(line.encode()) <= 510 for line in lines)
        assert " ".join(line.split(" :", 1)[1] for line in lines) == words

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_kicked_users_are_told_and_disconnected(scheme: str) -> None:
    """There is one room: a user who is kicked from it is disconnected."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "bia")
        server.send("ana", "KICK #papo bia :chega")
        await server.wait_until_idle()
        text = server.got(bia).decode()
        assert "chega" in text
        assert "ana" in text
        assert bia.link.is_closing
        assert server.chat.world.user("bia") is None

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("why", ["address", "mask", "accounts"])
def test_refused_users_are_told_why(scheme: str, why: str) -> None:
    """Bans hold in every dialect, and a server that requires accounts refuses them all."""

    async def test(server: ClassroomServer) -> None:
        if why == "accounts":
            server.chat.config = msgspec.structs.replace(server.chat.config, accounts=Accounts(required=True))
        else:
            kind, mask = ("address", "10.0.0.0/24") if why == "address" else ("mask", f"*!{scheme}@*")
            server.chat.world.registry.keep(Ban(kind=kind, mask=mask, reason="fora daqui", by="c", at_ms=0), FINAL)
        bia = await introduced(server, scheme, "bia")
        assert ("conta" if why == "accounts" else "fora daqui") in server.got(bia).decode()
        assert bia.link.is_closing
        assert server.chat.world.user("bia") is None
        assert server.received("ana") == []

    play(test)


def test_a_private_message_shows_as_one() -> None:
    """From IRC to a user of a dialect."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, "nick", "bia")
        server.send("ana", "PRIVMSG bia :só para você")
        assert server.got(bia).decode() == "ana (particular): só para você"

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_author_learns_whether_a_message_was_stored(scheme: str) -> None:
    """Surely not, or perhaps, in a sentence of the dialect; its own client takes it for the server's words."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "bia")
        phrases = CLASSROOM[scheme].phrases
        for unknown, phrase in ((False, phrases.not_sent.partition("{")[0]), (True, phrases.unknown)):
            server.store.failure = NotStored("IOError", unknown=unknown)
            server.got(bia)
            await server.write(bia, with_header(b"oi") if scheme == "framed" else b"oi")
            said = to_ascii(phrase) if CLASSROOM[scheme].ascii else phrase
            assert server.got(bia).decode().startswith(said)
            assert server.received("ana") == []

    play(test)


@pytest.mark.parametrize("options", [{}, {"header": "true"}])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_server_that_stops_for_its_disk_says_so(scheme: str, options: dict[str, str]) -> None:
    """In a sentence of the dialect; for any other stop the documents have none."""

    async def test(server: ClassroomServer) -> None:
        for failed in (True, False):
            bia = await server.open(scheme, **options)
            server.got(bia)
            bia.shut_down(failed=failed)
            phrase = CLASSROOM[scheme].phrases.disk_failed
            said = (to_ascii(phrase) if CLASSROOM[scheme].ascii else phrase).encode()
            if scheme == "framed" and options:
                said = with_header(said)
            assert server.got(bia) == (said if failed else b"")
            assert bia.link.is_closing

    play(test)


def test_event_without_words_leaves_no_gap() -> None:
    """Texts that are sent together are separated; an event without words is not sent at all."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, "nick", "bia")
        server.send_bytes("ana", b"PRIVMSG #papo :\x01VERSION\x01\r\nPRIVMSG #papo :um\r\nPRIVMSG #papo :dois\r\n")
        assert server.got(bia) == b"ana: um\nana: dois"

    play(test)


class Waved(Event, frozen=True, kw_only=True):
    """An event that no dialect has heard of."""


def test_a_new_event_is_not_sent() -> None:
    """Until a dialect has a phrase for it; nor are events that only IRC has."""
    stamp: dict[str, Any] = {"uid": "u", "source": "ana!ana@casa", "at_ms": 1, "msgid": "m"}
    unsaid: list[Any] = [Waved(**stamp), WallopsSent(**stamp, text="oi")]
    for row in CLASSROOM.values():
        assert [plain_format(row).encode(event) for event in unsaid] == [None, None]


def test_new_users_get_the_history_once() -> None:
    """The last lines of the room, with newlines, after the greeting; not what is said after the join."""

    async def test(server: ClassroomServer) -> None:
        for n in range(30):
            server.send("ana", f"PRIVMSG #papo :linha {n}")
        bia = maker("nick")(server.chat, FakeLink(), {"replay": "3"})
        await server.write(bia, b"bia")
        assert server.got(bia).endswith(b"Conectado ao Servidor\nana: linha 27\nana: linha 28\nana: linha 29\n")

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_history_comes_before_what_is_said_meanwhile(scheme: str) -> None:
    """Whole lines in order, none missing and none twice, however slowly the disk gives them."""

    async def test(server: ClassroomServer) -> None:
        for n in range(7):
            server.send("ana", f"PRIVMSG #papo :linha {n}.")
        server.store.held = True
        server.send("ana", "PRIVMSG #papo :linha 7.")
        go_on = server.hold_pages()
        bia = maker(scheme)(server.chat, FakeLink(), {"replay": "5"})
        if scheme not in {"relay", "framed"}:
            await server.write(bia, b"bia")
        server.send("ana", "PRIVMSG #papo :linha 8.")
        server.store.commit_now()
        for n in range(9, 30):
            server.send("ana", f"PRIVMSG #papo :linha {n}.")
            await server.wait_until_idle()
        assert "linha" not in server.got(bia).decode()
        go_on.set()
        await server.wait_until_idle()
        server.send("ana", "PRIVMSG #papo :linha 30.")
        assert re.findall(r"linha \d+\.", server.got(bia).decode()) == [f"linha {n}." for n in range(3, 31)]

    play(test)


def test_what_is_said_meanwhile_comes_without_the_history_if_it_cannot_be_read() -> None:
    """Nothing is kept back for ever."""

    async def test(server: ClassroomServer) -> None:
        async def fail(_: Page) -> list[AnyEvent]:
            raise OSError("unreadable")

        server.store.page = fail  # type: ignore[assignment, method-assign]
        bia = maker("relay")(server.chat, FakeLink(), {"replay": "5"})
        server.send("ana", "PRIVMSG #papo :oi")
        await server.wait_until_idle()
        assert server.got(bia) == b"ana: oi"

    play(test)
