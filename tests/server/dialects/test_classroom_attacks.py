"""What hostile people try on the classroom dialects, which have no passwords, no escapes and no line ends."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_classroom import SCHEMES, ClassroomServer, framed, introduced, named, play

from papo.config import Config, Limits, Listen, Server
from papo.protocol.dialects import CLASSROOM
from papo.protocol.text import printable, to_ascii
from papo.server import closed_listeners
from papo.server.dialects.plain_format import plain_format
from papo.server.world.confusables import skeletons

OBEYED = "\x00\x07\x08\x1b\x7f\x85\x9b\x9d\u2028\u2029\u061c\u202e\u2066\u2069\ufeff\x0b\x0c\x1c"


def close_by_password(server: ClassroomServer) -> None:
    """The server has a password from now on."""
    server.chat.config = msgspec.structs.replace(
        server.chat.config, server=Server(name="papo.test", password="segredo")
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_password_of_the_server_closes_the_classroom_too(scheme: str) -> None:
    """Nobody is let in, sees who is there or what was said, or hears what is said; they are told what to do."""

    async def test(server: ClassroomServer) -> None:
        server.send("ana", "PRIVMSG #papo :em segredo")
        close_by_password(server)
        server.received("ana")
        for name in ("bia", "ana"):
            bia = await introduced(server, scheme, name)
            server.send("ana", "PRIVMSG #papo :ainda")
            await server.wait_until_idle()
            said = server.got(bia).decode()
            assert "senha" in said
            assert "segredo" not in said
            assert "ainda" not in said
            assert "FALSE" not in said
            assert bia.link.is_closing
        assert list(server.chat.world.nicks) == ["ana"]
        assert server.received("ana") == []

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_listener_may_be_left_open(scheme: str) -> None:
    """By its own option, and no other."""

    async def test(server: ClassroomServer) -> None:
        close_by_password(server)
        bia = await server.open(scheme, open="true")
        await server.write(bia, b"bia" if scheme in {"nick", "nick-ascii", "handshake"} else b"")
        assert len(server.chat.world.users) == 2
        assert not bia.link.is_closing
        caio = await server.open(scheme, open="false")
        await server.write(caio, b"caio" if scheme in {"nick", "nick-ascii", "handshake"} else b"")
        assert caio.link.is_closing

    play(test)


def test_the_operator_is_told_which_listeners_let_nobody_in() -> None:
    """By `papo config check`, and at a start."""
    both = ("relay://127.0.0.1:1", "nick://127.0.0.1:2?open=true", "irc://127.0.0.1:3")
    closed = closed_listeners.warning(Config(server=Server(password="x"), listen=Listen(at=both)))
    assert "relay://127.0.0.1:1" in closed
    assert "nick://" not in closed
    assert "irc://" not in closed
    assert closed_listeners.warning(Config(listen=Listen(at=both))) == ""
    usual = closed_listeners.warning(Config(server=Server(password="x")))
    assert "relay, nick-ascii, nick, framed, handshake" in usual


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("nick", ["{text}", "{nick}", "{0}", "x{text}"])
def test_a_nick_is_no_template(scheme: str, nick: str) -> None:
    """What somebody says is never shown as somebody else's words."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "bia")
        server.register(nick, "#papo")
        server.got(bia)
        server.send(nick, "PRIVMSG #papo :{nick} ana: {text}")
        server.send(nick, "PRIVMSG bia :ana: {text}")
        server.send(nick, "PRIVMSG #papo :\x01ACTION {nick}\x01")
        await server.wait_until_idle()
        said = server.got(bia).decode()
        assert f"{nick}: {{nick}} ana: {{text}}" in said
        assert f"{nick} (" in said
        assert f"* {nick} {{nick}}" in said
        server.send(nick, "KICK #papo bia :x")
        server.send("ana", f"KICK #papo bia :{nick}")
        await server.wait_until_idle()
        assert server.got(bia).decode().rstrip("\n").endswith(f"ana: {nick}")

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("char", OBEYED, ids=ascii)
def test_nothing_that_a_terminal_obeys_reaches_a_client(scheme: str, char: str) -> None:
    """The clients print what they get: neither a message, a reaction, a reason nor a private message has it."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "bia")
        for line in (
            f"PRIVMSG #papo :oi{char}ana: forjado",
            f"PRIVMSG bia :oi{char}ana: forjado",
            f"PRIVMSG #papo :\x01ACTION pula{char}ana: forjado\x01",
            f"@+draft/react=a{char}b TAGMSG #papo",
            f"KICK #papo bia :porque{char}sim",
        ):
            server.send("ana", line)
        await server.wait_until_idle()
        said = server.got(bia).decode()
        assert "forjado" in said
        assert char not in said

    play(test)


@given(nick=st.text(max_size=20), text=st.text(max_size=40))
def test_what_is_filled_in_is_itself_and_one_line(nick: str, text: str) -> None:
    """Whatever people write: a phrase has its own words and theirs, and its own line ends."""
    for scheme in SCHEMES:
        row = CLASSROOM[scheme]
        nick = nick.replace("!", "").encode("utf-8", "ignore").decode()
        text = text.encode("utf-8", "ignore").decode()
        data = plain_format(row).fill(row.phrases.private, f"{nick}!u@h", text)
        assert data is not None
        said = data.decode()
        assert len(said.splitlines()) == 1
        if not row.ascii:
            assert said.startswith(printable(nick))
            assert said.rstrip("\n").endswith(printable(text))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_who_looks_like_another_gets_another_nick(scheme: str) -> None:
    """A name that is free, but looks like one in use: nobody is answered for ever, and nobody is mistaken."""

    async def test(server: ClassroomServer) -> None:
        server.register("cora", "#papo")
        connection = await server.open(scheme)
        name = "сога"  # Cyrillic
        if scheme in {"nick", "nick-ascii", "handshake"}:
            await server.write(connection, name.encode())
        else:
            await server.write(connection, f"{name}: oi".encode() if scheme == "relay" else b"x")
        keys = [key for user in server.chat.world.users.values() for key in skeletons(user.nick)]
        assert len(keys) == len(set(keys))

    play(test)


def test_handshake_gives_nobody_a_registered_nick() -> None:
    """Its owner may be away: the answer is FALSE, as for one in use."""

    async def test(server: ClassroomServer) -> None:
        server.register("dora")
        await server.ask_and_wait("dora", "REGISTER * * senha-boa-1")
        server.clients["dora"].lost("")
        await server.wait_until_idle()
        bia = await introduced(server, "handshake", "dora")
        assert server.got(bia) == b"FALSE"

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_who_only_reads_stays_and_who_is_silent_for_a_day_is_told_to_come_back(scheme: str) -> None:
    """Its nick is free then; 0 is never."""

    async def test(server: ClassroomServer) -> None:
        bia = await named(server, scheme, "bia")
        limit_s = server.chat.config.limits.classroom_idle_s
        started_s = server.now_s
        for now_s, here in (
            (started_s + 6 * 3600, True),
            (started_s + limit_s, True),
            (started_s + limit_s + 1, False),
        ):
            bia.sweep(now_s)
            await server.wait_until_idle()
            assert bia.link.is_closing is not here
        phrase = CLASSROOM[scheme].phrases.idle.strip()
        assert server.got(bia).decode().strip() == (to_ascii(phrase) if CLASSROOM[scheme].ascii else phrase)
        assert len(server.chat.world.users) == 1
        server.chat.config = msgspec.structs.replace(
            server.chat.config, limits=Limits(enabled=False, classroom_idle_s=0)
        )
        caio = await named(server, scheme, "caio")
        caio.sweep(started_s + 10**9)
        assert not caio.link.is_closing

    play(test)


REQUEST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n\r\nbia: eu colei na prova\r\n"
CLIENT_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\nbia: eu colei na prova\n"


@pytest.mark.parametrize("first", [REQUEST, REQUEST.replace(b"POST /", b"GET /" + b"a" * 2000), CLIENT_HELLO])
@pytest.mark.parametrize("cut", [10, 1024, 4096])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_page_of_a_web_site_says_nothing(scheme: str, cut: int, first: bytes) -> None:
    """A browser sends what a hostile page wants to any port, with a head before it: nobody hears it."""

    async def test(server: ClassroomServer) -> None:
        bia = await server.open(scheme)
        server.received("ana")
        for at in range(0, len(first), cut):
            await server.write(bia, first[at : at + cut])
        await server.wait_until_idle()
        assert not [line for line in server.received("ana") if "PRIVMSG" in line or "NICK" in line]
        assert list(server.chat.world.nicks) == ["ana"]
        assert bia.link.is_closing

    play(test)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_message_may_begin_like_a_request(scheme: str) -> None:
    """People write of POST, too."""

    async def test(server: ClassroomServer) -> None:
        bia = await introduced(server, scheme, "bia")
        await server.write(bia, framed("POST no blog") if scheme == "framed" else b"POST no blog")
        assert any("POST no blog" in line for line in server.received("ana"))

    play(test)


def test_nobody_has_the_nick_of_another_in_ascii() -> None:
    """In nick-ascii `aná` is not shown as `ana`: not with a message, an action, an edit, a reaction, nor by coming."""

    async def test(server: ClassroomServer) -> None:
        server.register("ana", "#papo")
        server.register("eva", "#papo", caps="message-tags")
        bia = await named(server, "nick-ascii", "bia")
        server.send("eva", "NICK aná")
        msgid = server.chat.ids.msgid(0)
        for line in (
            "PRIVMSG #papo :oi",
            "PRIVMSG #papo :\x01ACTION ri\x01",
            f"@+draft/react=x;+reply={msgid} TAGMSG #papo",
        ):
            server.send("eva", line)
        server.send("eva", "PART #papo")
        server.send("eva", "JOIN #papo")
        said = server.got(bia).decode()
        assert "ana~" in said
        assert not re.search(r"ana(?!~)", said), said

    play(test)
