"""Each event encoded once for all who get the same bytes, the one whose doing it is included."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from memory_server import MemoryServer

from papo.server.delivery.audience import AUDIENCE
from papo.server.dialects.irc.format import IrcFormat
from papo.server.world.events import AnyEvent, InternalEvent

CAPS = "echo-message labeled-response batch message-tags"


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kind of event of each encoding."""
    kinds: list[str] = []
    lines = IrcFormat.lines
    encode = IrcFormat.encode

    def count(self: IrcFormat, event: Any) -> bytes | None:
        kinds.append(type(event).__name__)
        return encode(self, event)

    def count_lines(self: IrcFormat, event: Any) -> list[str]:
        kinds.append(type(event).__name__)
        return lines(self, event)

    monkeypatch.setattr(IrcFormat, "encode", count)
    monkeypatch.setattr(IrcFormat, "lines", count_lines)
    return kinds


def test_the_echo_is_the_bytes_of_the_room(encoded: list[str]) -> None:
    """Ana's own copy is the one bia gets: nothing is encoded a second time."""
    server = MemoryServer()
    for nick in ("ana", "bia"):
        server.register(nick, "#sala", caps=CAPS)
    encoded.clear()

    server.send("ana", "PRIVMSG #sala :oi")

    assert encoded == ["MessageSent"]
    assert server.received("ana") == server.received("bia") != []


def test_a_labeled_echo_is_encoded_for_itself(encoded: list[str]) -> None:
    """It is in a labeled response, and the order of what the speaker said is kept."""
    server = MemoryServer()
    for nick in ("ana", "bia"):
        server.register(nick, "#sala", caps=CAPS)
    encoded.clear()

    server.send_bytes("ana", b"@label=1 PRIVMSG #sala :um\r\nPRIVMSG #sala :dois\r\n")

    assert encoded == ["MessageSent"] * 3
    first, second = server.received("ana")
    assert first.startswith("@label=1;")
    assert first.endswith(" PRIVMSG #sala :um")
    assert [line.rpartition(" :")[2] for line in server.received("bia")] == ["um", "dois"]
    assert second.endswith(" PRIVMSG #sala :dois")


def test_without_echo_message_only_the_others_hear(encoded: list[str]) -> None:
    """Two speakers in one batch hear each other and not themselves."""
    server = MemoryServer()
    for nick in ("ana", "bia", "cris"):
        server.register(nick, "#sala")
    encoded.clear()
    server.store.held = True
    server.send("ana", "PRIVMSG #sala :um")
    server.send("ana", "PRIVMSG #sala :dois")
    server.send("bia", "PRIVMSG #sala :tres")
    server.store.commit_now()
    server.run_deferred()

    heard = {nick: [line.rpartition(" :")[2] for line in server.received(nick)] for nick in server.clients}
    assert heard == {"ana": ["tres"], "bia": ["um", "dois"], "cris": ["um", "dois", "tres"]}
    assert encoded == ["MessageSent"] * 3


def test_a_speaker_outside_gets_the_echo_and_nothing_else(encoded: list[str]) -> None:
    """The channel takes messages from outside (mode -n)."""
    server = MemoryServer()
    server.register("ana", "#sala", caps=CAPS)
    server.register("fora", caps=CAPS)
    server.send("ana", "MODE #sala -n")
    server.received("ana")
    encoded.clear()
    server.store.held = True
    server.send("fora", "PRIVMSG #sala :um")
    server.send("ana", "PRIVMSG #sala :dois")
    server.store.commit_now()
    server.run_deferred()

    heard = {nick: [line.rpartition(" :")[2] for line in server.received(nick)] for nick in server.clients}
    assert heard == {"ana": ["um", "dois"], "fora": ["um"]}


@pytest.mark.parametrize("line", ["TOPIC #sala :tema", "MODE #sala +m", "PART #sala", "AWAY :volto", "NICK anna"])
def test_what_a_user_does_is_encoded_once_too(encoded: list[str], line: str) -> None:
    """The line goes to the user as it goes to the others."""
    server = MemoryServer()
    for nick in ("ana", "bia"):
        server.register(nick, "#sala", caps=CAPS + " away-notify")
    encoded.clear()

    server.send("ana", line)

    assert len(encoded) == 1
    (heard,) = server.received("bia")
    assert heard in server.received("ana")


def test_every_event_has_its_audience() -> None:
    """Only internal events are sent to no client."""
    assert set(AUDIENCE) == {each for each in get_args(AnyEvent) if not issubclass(each, InternalEvent)}
