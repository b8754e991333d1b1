"""Every transcript over real sockets: TCP, TLS and WebSocket."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, serve
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

import transcript
from test_transcripts import transcript_operator


class WebClient(IrcClient):
    """An IRC client on a WebSocket."""

    def __init__(self, port: int) -> None:
        self._stack = contextlib.ExitStack()
        self._web: ClientConnection = self._stack.enter_context(
            connect(f"ws://127.0.0.1:{port}/", subprotocols=[Subprotocol("text.ircv3.net")], open_timeout=TIMEOUT_S)
        )
        self._pings = 0
        self.ended = False

    def send(self, line: str) -> None:
        """One message is one line."""
        try:
            self._web.send(line)
        except ConnectionClosed as error:
            raise EOFError from error

    def receive(self) -> str:
        """The next message."""
        try:
            message = self._web.recv(TIMEOUT_S)
        except ConnectionClosed as error:
            raise EOFError from error
        assert isinstance(message, str)
        return message

    def close(self) -> None:
        """Close the connection."""
        self._stack.close()


def as_if_plain(line: str) -> str:
    """The line without what only clients on TLS have: mode Z, and its line of WHOIS, which becomes ""."""
    if " 671 " in line or re.search(r" MODE \w+ \+Z$", line):
        return ""
    return re.sub(r"( (?:221|MODE) \w+ \+)(\w*)Z", r"\1\2", line)


@pytest.fixture(scope="module")
def config() -> str:
    """The usual configuration with the transcripts' operator; no uploads, whose address would be in 005."""
    nobody = '[uploads]\nwho = "nobody"\n'
    return CONFIG + nobody + f'[[operators]]\nname = "chefe"\npassword = "{transcript_operator().password}"\n'


@pytest.fixture
def server(tmp_path: Path, config: str) -> Iterator[LiveServer]:
    """A fresh server for each transcript."""
    with serve(tmp_path, ["irc", "ircs", "ws"], config=config) as found:
        yield found


@pytest.mark.parametrize("scheme", ["irc", "irc by byte", "ircs", "ws"])
@pytest.mark.parametrize("name", transcript.names())
def test_transcript_reads_the_same_over_real_sockets(name: str, scheme: str, server: LiveServer) -> None:
    """The same lines as without sockets."""
    port = server.ports[scheme.partition(" ")[0]]
    people: dict[str, IrcClient] = {}
    inbox: dict[str, list[str]] = {}
    expect = transcript.Expectation()

    def person(who: str) -> IrcClient:
        if who not in people:
            people[who] = (
                WebClient(port)
                if scheme == "ws"
                else IrcClient(port, tls=scheme == "ircs", by_byte=scheme == "irc by byte")
            )
        return people[who]

    def collect() -> None:
        """Ping all clients twice: by the second time, everything that the first round caused has arrived."""
        for _ in range(2):
            for who, client in tuple(people.items()):
                lines = filter(None, map(as_if_plain, client.received()))
                inbox.setdefault(who, []).extend(lines)
                if client.ended:
                    client.close()
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
