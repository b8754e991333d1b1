"""Events, typing and the connection in words."""

from __future__ import annotations

import pytest
from fake_server import CoreServer

from papo.client.state.message import BufferLine, Kind
from papo.i18n import choose
from papo.ui import sentences

AT_MS = 1_763_632_800_000
"""2025-11-20 10:00 UTC."""


def line(kind: Kind, nick: str = "bia", *, text: str = "", detail: str = "") -> BufferLine:
    """Something that bia does."""
    return BufferLine(kind=kind, nick=nick, text=text, detail=detail, at_ms=AT_MS)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (line("join"), "bia joined"),
        (line("part"), "bia left"),
        (line("part", text="lunch"), "bia left (lunch)"),
        (line("quit", text="\x02bye\x02"), "bia left (bye)"),
        (line("nick", detail="bea"), "bia is now bea"),
        (line("mode", detail="+o caio"), "bia set +o caio"),
        (line("kick", detail="caio", text="spam"), "bia kicked caio (spam)"),
        (line("kick", detail="caio", text="caio"), "bia kicked caio"),
        (line("topic", text="news"), "bia set the topic: news"),
        (line("topic"), "bia removed the topic"),
        (line("topic", detail="#new"), "bia renamed the channel to #new"),
        (line("info", text="Hello\x07"), "Hello"),
        (line("join", "b\x1b[2Jia"), "b[2Jia joined"),
    ],
)
def test_events(event: BufferLine, sentence: str) -> None:
    """What somebody did, without control characters."""
    assert sentences.event(event) == sentence


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([line("join", "ana"), line("join", "caio"), line("quit", "davi")], "ana, caio joined; davi left"),
        ([line("quit", "ana"), line("join", "ana"), line("join", "caio")], "caio joined"),
        ([line("join", "ana"), line("part", "ana"), line("join", "ana")], "ana joined"),
        ([line("quit", "ana"), line("join", "ana")], "ana joined and left"),
        ([line("quit", text="bye")], "bia left (bye)"),
        (
            [line("join", "ana"), line("nick", detail="bea"), line("mode"), line("mode")],
            "ana joined; bia is now bea; 2 mode changes",
        ),
        ([line("join", f"n{number}") for number in range(10)], "n0, n1, n2, n3, n4, n5, n6, n7 and 2 more joined"),
    ],
)  # fmt: skip
def test_summaries(events: list[BufferLine], sentence: str) -> None:
    """Who is here now that was not, and the reverse."""
    assert sentences.summary(events) == sentence


def test_typing() -> None:
    """Names while there are few."""
    assert [sentences.typing(["ana", "bia", "caio", "davi"][:count]) for count in range(5)] == [
        "", "ana is typing…", "ana and bia are typing…", "Several people are typing…", "Several people are typing…",
    ]  # fmt: skip


def test_messages_for_a_screen_reader() -> None:
    """Author, text, time, and everything that is drawn around it."""
    message = BufferLine(nick="bia", text="hi\nall", at_ms=AT_MS, edited=True, reactions={"🎉": ["ana", "caio"]})
    assert sentences.spoken(message) == "bia: hi all (edited), 10:00, 🎉: 2 people, ana, caio"
    failed = BufferLine(nick="ana", text="hi", at_ms=AT_MS, pending="failed", error="banned")
    assert sentences.spoken(failed) == "ana: hi, Not sent: banned, 10:00"
    waiting = BufferLine(nick="ana", kind="action", text="waves", at_ms=AT_MS, pending="waiting")
    assert sentences.spoken(waiting) == "ana waves, 10:00"
    assert sentences.spoken(waiting, online=False) == "ana waves, Waiting for the connection, 10:00"
    deleted = BufferLine(nick="bia", at_ms=AT_MS, redacted=True)
    assert sentences.spoken(deleted) == "bia: This message was deleted., 10:00"
    assert sentences.spoken(line("join")) == "bia joined, 10:00"


def test_the_connection() -> None:
    """Nothing while there is one."""
    server = CoreServer()
    assert sentences.connection(server.network) == "Connecting to localhost…"
    assert sentences.status(server.network) == "Connecting…"
    server.connect()
    assert sentences.connection(server.network) == ""
    assert sentences.status(server.network) == "guest"
    server.network.lost("The server closed the connection.", 1)
    assert sentences.connection(server.network) == "The server closed the connection. Trying again in 0 seconds."
    assert sentences.status(server.network) == "offline"
    server.network.lost("", 0)
    assert sentences.connection(server.network) == "Not connected."


def test_beginnings() -> None:
    """Of a channel, and of a conversation with a person."""
    network = CoreServer().connect().network
    assert sentences.beginning(network.open("#sala")) == "This is the beginning of #sala."
    assert sentences.beginning(network.open("bia")) == "This is the beginning of your conversation with bia."


def test_in_portuguese() -> None:
    """In the language of the process."""
    choose({"LANG": "pt_BR.UTF-8"})
    assert sentences.event(line("join")) == "bia entrou"
    assert (
        sentences.summary([line("join", "ana"), line("join", "caio"), line("quit")]) == "ana, caio entraram; bia saiu"
    )
