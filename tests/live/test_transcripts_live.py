"""Every transcript over real sockets: TCP, TLS and WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

import transcript
from running import QUIET, TIMEOUT_S, Client, Running, running
from test_transcripts import transcript_operator


class WebClient(Client):
    """An IRC program on a WebSocket."""

    def __init__(self, port: int) -> None:
        self._web: ClientConnection = connect(
            f"ws://127.0.0.1:{port}/",
            subprotocols=["text.ircv3.net"],
            open_timeout=TIMEOUT_S,  # type: ignore[list-item]
        )
        self._fences = 0

    def send(self, line: str) -> None:
        """One message is one line."""
        self._web.send(line)

    def line(self) -> str:
        """The next message."""
        message = self._web.recv(TIMEOUT_S)
        assert isinstance(message, str)
        return message

    def close(self) -> None:
        """Hang up."""
        self._web.close()


@pytest.fixture(scope="module")
def config() -> str:
    """The quiet configuration with the transcripts' operator."""
    return QUIET + f'[[operators]]\nname = "chefe"\npassword = "{transcript_operator().password}"\n'


@pytest.fixture
def server(tmp_path: Path, config: str) -> Iterator[Running]:
    """A fresh server for each transcript."""
    with running(tmp_path, ["irc", "ircs", "ws"], config=config) as found:
        yield found


@pytest.mark.parametrize("scheme", ["irc", "ircs", "ws"])
@pytest.mark.parametrize("name", transcript.names())
def test_transcript_reads_the_same_over_real_sockets(name: str, scheme: str, server: Running) -> None:
    """What the pure tests promise, the network keeps."""
    port = server.ports[scheme]
    people: dict[str, Client] = {}
    inbox: dict[str, list[str]] = {}
    expect = transcript.Expectation()

    def person(who: str) -> Client:
        if who not in people:
            people[who] = WebClient(port) if scheme == "ws" else Client(port, tls=scheme == "ircs")
        return people[who]

    def collect() -> None:
        """Fence everybody twice: the second time, everything that the first set off has arrived."""
        for _ in range(2):
            for who, client in tuple(people.items()):
                try:
                    inbox.setdefault(who, []).extend(client.fence())
                except (EOFError, OSError):
                    del people[who]

    for step in transcript.load(name):
        if step.kind == "expect":
            lines = inbox.get(step.who, [])
            assert lines, f"{name}.txt:{step.number}: expected {step.text!r}, received nothing"
            expect.check(step.text, lines.pop(0), f"{name}.txt:{step.number}")
        elif step.kind == "send":
            person(step.who).send(expect.fill(step.text))
            collect()
        else:
            if step.who not in people:
                person(step.who).register(step.who, step.text if step.kind == "caps" else "")
            if step.kind == "in":
                person(step.who).send(f"JOIN {step.text}")
            collect()
            inbox.clear()
    for client in people.values():
        client.close()
    assert not any(inbox.values()), inbox
