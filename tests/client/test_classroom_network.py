"""A classroom server seen as a network with one room: with papo's own dialects, and with bytes that are none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fake_server import assert_clean
from hypothesis import given, settings
from hypothesis import strategies as st
from live_network import WakingListener
from live_server import serve

from papo.client.address import read_address
from papo.client.classroom.classroom_network import MAX_TEXT, ROOM, ClassroomNetwork
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.state import send
from papo.client.state.message import BufferLine
from papo.protocol.dialects import CLASSROOM

DIALECTS = sorted(CLASSROOM)
WORDS = [
    "NICK",
    "TRUE",
    "ana",
    "bia",
    ": ",
    "oi",
    " ",
    "\n",
    " entrou!",
    " left!",
    "\x1b[2J",
    "\u202e",
    "12",
    "\0",
    "\r",
]


class Pupil:
    """A client of a classroom server, with a real connection."""

    def __init__(self, url: str, nick: str) -> None:
        self.listener = WakingListener()
        self.network = ClassroomNetwork(read_address(url), Identity(nick), listener=self.listener)
        self.connection = ServerConnection(self.network)

    async def wait_until(self, condition: object) -> None:
        assert callable(condition)
        async with asyncio.timeout(30):
            while not condition():
                self.listener.changes.clear()
                await self.listener.changes.wait()

    async def connect(self) -> Pupil:
        self.task = self.connection.start()
        await self.wait_until(lambda: self.network.status == "online")
        return self

    def messages(self) -> list[BufferLine]:
        return [each for each in self.network.room.lines if each.is_message]

    async def wait_for_message(self, text: str) -> BufferLine:
        await self.wait_until(lambda: text in [each.text for each in self.messages()])
        return next(each for each in self.messages() if each.text == text)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_class_talks(dialect: str, tmp_path: Path) -> None:
    async def play(port: int) -> None:
        url = f"{dialect}://127.0.0.1:{port}"
        ana = await Pupil(url, "ana").connect()
        bia = await Pupil(url, "bia").connect()
        send.say(ana.network, ana.network.room, "bom dia, bia")
        received = await bia.wait_for_message("bom dia, bia")
        assert (received.nick, received.mine, received.mention) == ("ana", False, True)
        send.say(bia.network, bia.network.room, "um\ndois")
        await ana.wait_for_message("dois")
        assert [(each.nick, each.text) for each in ana.messages()] == [
            (ana.network.nick, "bom dia, bia"), ("bia", "um"), ("bia", "dois"),
        ]  # fmt: skip
        assert [each.text for each in bia.messages()] == ["bom dia, bia", "um\ndois"]
        assert not any(each.pending for each in ana.messages() + bia.messages())
        assert {"ana", "bia"} <= ana.network.room.members.keys()
        ana.network.quit()
        await asyncio.wait([ana.task])
        assert ana.network.status == "closed"
        bia.network.quit()
        await asyncio.wait([bia.task])

    with serve(tmp_path, [dialect]) as server:
        asyncio.run(play(server.ports[dialect]))


@pytest.mark.parametrize("dialect", DIALECTS)
@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from(WORDS).map(str.encode)), max_size=20))
@settings(max_examples=100, deadline=None)
def test_no_bytes_break_a_class(dialect: str, pieces: list[bytes]) -> None:
    classroom = ClassroomNetwork(read_address(f"{dialect}://localhost"), Identity("ana"))
    classroom.opened(lambda _text: None)
    for piece in pieces:
        classroom.received(piece)
        classroom.idle()
    send.say(classroom, classroom.room, "oi\r\nali")
    classroom.lost("", 0)
    for each in classroom.room.lines:
        assert_clean(each.text, each.nick)
    assert list(classroom.buffers) == ["", ROOM]


def test_a_message_without_end_has_one() -> None:
    classroom = ClassroomNetwork(read_address("relay://localhost"), Identity("ana"))
    classroom.opened(lambda _text: None)
    for _ in range(60):
        classroom.received(b"x" * 4096)
    assert max(len(each.text) for each in classroom.room.lines) < MAX_TEXT * 2


def test_nobody_there_to_come_back_to() -> None:
    async def play() -> None:
        pupil = Pupil("relay://127.0.0.1:1", "ana")
        task = pupil.connection.start()
        await asyncio.wait([task])
        assert pupil.network.status == "closed"
        assert pupil.network.room.lines[-1].kind == "error"
        assert "127.0.0.1:1" in pupil.network.room.lines[-1].text

    asyncio.run(play())


class Asked(WakingListener):
    """Hears what only a person can decide."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def refused(self, network: object, code: str, text: str) -> None:
        self.asked.append(f"{code} {text}")


@pytest.mark.parametrize(
    ("dialect", "wrong", "right", "says"),
    [
        ("handshake", "an", "anabel", "3 to 10"),
        ("nick-ascii", "joão", "joao", "ASCII"),
        ("relay", "a:b", "ab", "colons"),
    ],
)
def test_a_nick_that_the_dialect_cannot_carry_is_asked_for_first(
    dialect: str, wrong: str, right: str, says: str
) -> None:
    asked = Asked()
    classroom = ClassroomNetwork(read_address(f"{dialect}://localhost"), Identity(wrong), listener=asked)
    sent: list[str] = []
    classroom.opened(sent.append)
    classroom.received(b"NICK" if dialect == "nick-ascii" else b"")
    assert sent == []
    assert says in asked.asked[0]
    classroom.retry_with_nick(wrong)
    assert len(asked.asked) == 2
    classroom.retry_with_nick(right)
    assert classroom.nick == right
    assert sent == ([] if dialect == "relay" else [right])
    assert len(asked.asked) == 2
