"""Whatever an IRC connection sends: an answer or silence, never an exception, and nobody else gets an extra line."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_server import MemoryServer, make_config

from papo.config import Operator
from papo.server.actions import operate
from papo.server.delivery import audience
from papo.server.dialects.irc import format as irc_format
from papo.server.dialects.irc import verbs
from papo.server.dialects.irc.services.table import COMMANDS
from papo.server.dialects.irc.verb import VERBS
from papo.server.dialects.irc.verbs import oper
from papo.server.world.events import AnyEvent, InternalEvent
from papo.server.world.permissions import POWERS

# DIE is for operators; nobody here is one.
HOSTILE = [
    "", ":", " ", ",", ",,,", "#", "#sala", "#sala,#sala", "bia", "*", "0", "-1", "9" * 30, "\x01", "\x02x", "💥",
    "ção", "%s %n {0} {x.__class__} ${jndi:x}", "../../etc/passwd", "' OR 1=1 --", "a!b@c", "@#sala", "+o-v+b",
    "%tcuihsnfdlaor", "timestamp=x", "msgid=x", "timestamp=9999-99-99T99:99:99.999Z", "x" * 400, "LATEST", "REQ", "+",
]  # fmt: skip


async def play(lines: list[str], *, registered: bool) -> list[str]:
    """Send each line from a new client, and wait until it is done; returns what `ana` received."""
    server = MemoryServer()
    server.register("ana", "#sala")
    for at, line in enumerate(lines):
        nick = f"bia{at}"
        session = server.connect(nick)
        if registered:
            server.send_bytes(nick, f"NICK {nick}\r\nUSER u 0 * :r\r\nJOIN #sala\r\n".encode())
        server.send(nick, line)
        while session.is_running:
            await asyncio.sleep(0)
            server.run_deferred()
        server.clients.pop(nick).lost("")
        server.run_deferred()
    return server.received("ana")


@pytest.mark.parametrize("name", sorted(VERBS))
@pytest.mark.parametrize("registered", [True, False])
def test_no_parameters_make_a_verb_fail(
    name: str, *, registered: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command with 0 to 20 parameters of every hostile kind: no exception is logged (F1, F2)."""
    monkeypatch.setattr(oper, "verify_password", lambda *_: False)  # scrypt would take minutes here
    lines = [name, *(f"{name} {' '.join(['x'] * count)}" for count in range(1, 21))]
    for text in HOSTILE:
        lines += [f"{name} {text}", f"{name} :{text}", f"{name} #sala {text}", f"{name} bia :{text}"]
        lines += [f"{name} {text} {text}", f"{name} #sala {text} {text} {text}", f"@label=x {name} {text}"]
        lines += [f"@+a={text};b :src {name} {text} :y"]

    heard = asyncio.run(play(lines, registered=registered))

    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    for line in heard:
        assert "\r" not in line
        assert "\n" not in line


def test_no_words_make_a_service_fail(caplog: pytest.LogCaptureFixture) -> None:
    """Every command of every service with 0 to 4 words: an answer, and no exception is logged (F1)."""

    async def test() -> None:
        server = MemoryServer(make_config(operators=(Operator(name="chefe", password="x"),)))
        server.register("ana", "#sala")
        operate.become_operator(server.chat, server.clients["ana"], "chefe", POWERS)
        for service, commands in COMMANDS.items():
            for name in commands:
                for words in (
                    "",
                    "ana",
                    "#sala",
                    "#sala ana",
                    "ana x",
                    "x y z",
                    "\u2028",
                    "# 0 -1 :",
                    "ana \u2028 \x01",
                ):
                    answer = await server.ask_and_wait("ana", f"PRIVMSG {service} :{name} {words}")
                    assert answer or name == "PLAY", (name, words)  # of a conversation in which nothing was said

    asyncio.run(test())
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@given(data=st.binary(max_size=2000))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_bytes_make_the_server_fail(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Random bytes, before and after registration: the session still answers, or was closed in order."""
    asyncio.run(feed(data))

    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def feed(data: bytes) -> None:
    """Bytes from an unregistered and a registered client, followed by a PING."""
    server = MemoryServer()
    server.register("ana", "#sala")
    server.connect("eva")
    server.send_bytes("eva", data + b"\r\n")
    server.clients["eva"].lost("")
    server.send_bytes("ana", data + b"\r\n")
    if not server.clients["ana"].link.is_closing:
        answers = await server.ask_and_wait("ana", "PING ainda")
        assert any(line.endswith("PONG papo.test :ainda") for line in answers)


def test_invalid_utf8_is_refused_and_nothing_of_it_relayed() -> None:
    """IRCv3 utf8-only: FAIL, and nobody hears the line."""
    server = MemoryServer()
    server.register("ana", "#sala")
    server.register("bia", "#sala")

    server.send_bytes("bia", b"PRIVMSG #sala :\xff\xfe\r\n")

    assert server.received("ana") == []
    assert server.received("bia")[0].startswith(":papo.test FAIL PRIVMSG INVALID_UTF8 ")


def test_a_browser_sent_here_gets_no_word_in() -> None:
    """HTTP verbs as the first line close at once: a hostile page must not speak IRC (F15)."""
    for verb in (
        "GET / HTTP/1.1",
        "POST / HTTP/1.1",
        "PUT / HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "PRI * HTTP/2.0",
        "\x16\x03\x01",
    ):
        server = MemoryServer()
        server.connect("eva")
        server.send_bytes("eva", f"{verb}\r\nNICK eva\r\nUSER eva 0 * :e\r\nJOIN #sala\r\n".encode())

        assert server.clients["eva"].link.is_closing
        assert not server.chat.world.users


def test_too_long_lines_are_told_and_the_next_one_works() -> None:
    """417, not cut and not silent."""
    server = MemoryServer()
    server.register("ana", "#sala")

    assert server.ask("ana", "PRIVMSG #sala :" + "x" * 600)[0].startswith(":papo.test 417 ana ")
    assert server.ask("ana", "PRIVMSG #sala :" + "x" * 480)[0].startswith(":papo.test 417 ana ")
    assert server.ask("ana", "PING x")[0].endswith("PONG papo.test :x")


def test_every_file_of_verbs_is_loaded_and_every_verb_says_its_usage() -> None:
    """/HELP comes from the docstrings; a file that is not imported would be missed by nobody but users."""
    files = {module.name for module in pkgutil.iter_modules(verbs.__path__)}

    assert files == set(verbs.__all__)
    for name in files:
        importlib.import_module(f"papo.server.dialects.irc.verbs.{name}")
    for verb in VERBS.values():
        assert verb.help.startswith(verb.name), verb.name


def test_every_event_has_an_audience_and_a_line() -> None:
    """No kind of event is forgotten when it is delivered."""
    delivered = {each for each in get_args(AnyEvent) if not issubclass(each, InternalEvent)}
    assert set(audience.AUDIENCE) == delivered
    assert set(irc_format.LINES) == delivered
