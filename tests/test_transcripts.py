"""Every transcript without sockets: whole, one byte at a time, and with lines glued together."""

from __future__ import annotations

import asyncio

import pytest
from fake_link import FakeLink
from memory_server import MemoryServer, make_config

import transcript
from papo.config import Operator
from papo.config.passwords import hash_password


class Stage:
    """Plays a transcript on fake connections."""

    def __init__(self, name: str, cut: str) -> None:
        self.name = name
        self.cut = cut
        self.server = MemoryServer(make_config(operators=(transcript_operator(),)))
        self.expect = transcript.Expectation()
        self.inbox: dict[str, list[str]] = {}

    async def play(self) -> None:
        """Raises AssertionError at the first line that differs."""
        steps = transcript.load(self.name)
        at = 0
        while at < len(steps):
            step = steps[at]
            at += 1
            if step.kind == "expect":
                self.check(step)
            elif step.kind == "send":
                lines = [step.text]
                while self.cut == "glued" and at < len(steps) and steps[at][:2] == step[:2]:
                    lines.append(steps[at].text)
                    at += 1
                await self.send(step.who, [self.expect.fill(line) for line in lines])
            else:
                await self.enter(step)
        self.check_silence()

    async def enter(self, step: transcript.Step) -> None:
        """Connect and register a client, and drop what was received."""
        lines = []
        if step.who not in self.server.clients:
            lines = [f"NICK {step.who}", f"USER {step.who} 0 * :{step.who.title()}"]
            if step.kind == "caps":
                lines = ["CAP LS 302", f"CAP REQ :{step.text}", *lines, "CAP END"]
        if step.kind == "in":
            lines.append(f"JOIN {step.text}")
        await self.send(step.who, lines)
        self.collect()
        self.inbox.clear()

    async def send(self, who: str, lines: list[str]) -> None:
        """Lines of one person, cut as this run cuts them."""
        if who not in self.server.clients:
            self.server.connect(who)
        data = "".join(line + "\r\n" for line in lines).encode()
        pieces = [data[n : n + 1] for n in range(len(data))] if self.cut == "bytes" else [data]
        for piece in pieces:
            self.server.send_bytes(who, piece)
            while self.server.clients[who].is_running:
                await asyncio.sleep(0)
                self.server.run_deferred()
        self.collect()

    def collect(self) -> None:
        """Take what everybody was sent."""
        for who, session in self.server.clients.items():
            assert isinstance(session.link, FakeLink)
            self.inbox.setdefault(who, []).extend(self.server.received(who))

    def check(self, step: transcript.Step) -> None:
        """The next line that the client receives."""
        where = f"{self.name}.txt:{step.number}"
        lines = self.inbox.get(step.who, [])
        assert lines, f"{where}\n  expected {step.text!r}\n  received nothing"
        self.expect.check(step.text, lines.pop(0), where)

    def check_silence(self) -> None:
        """Nobody has heard more than the transcript tells."""
        rest = {who: lines for who, lines in self.inbox.items() if lines}
        assert not rest, f"{self.name}.txt: nobody expects {rest}"


def transcript_operator() -> Operator:
    """The operator `chefe`, password `segredo`, whom transcripts may use."""
    return Operator(name="chefe", password=hash_password("segredo"))


@pytest.mark.parametrize("cut", ["whole", "bytes", "glued"])
@pytest.mark.parametrize("name", transcript.names())
def test_transcript_reads_the_same_however_it_is_cut(name: str, cut: str) -> None:
    """What everybody is sent does not depend on where the network cuts what they send."""
    asyncio.run(Stage(name, cut).play())
