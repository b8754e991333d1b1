"""A dialect is one file and one row: with a sixth row in the table, everything knows the dialect."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fake_link import FakeLink
from live_network import WakingListener
from memory_server import MemoryServer
from sixth import ROW

from papo.cli import build_parser
from papo.client.address import read_address
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.state import send
from papo.config import ConfigError
from papo.config.listen import default_schemes, parse
from papo.config.load import Loaded, load
from papo.config.text import default_file
from papo.protocol.dialects import CLASSROOM
from papo.server import app
from papo.server.banner import banner
from papo.server.dialects.table import maker
from papo.server.web.health import Numbers


@pytest.fixture(autouse=True)
def _sixth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLASSROOM, "sixth", ROW)


def loaded(*arguments: str) -> Loaded:
    """The settings of `papo serve` with these arguments."""
    chosen = build_parser().parse_args(["serve", *arguments])
    return load({"listen.at": chosen.listen, "server.name": "papo.test"}, {}, None)


def test_command_line_and_settings_know_it() -> None:
    """As a scheme with its port and options; its options are checked as everybody's are."""
    assert "sixth" in default_file()
    assert "sixth" in default_schemes()
    at = parse("sixth://localhost?room=aula&replay=3")
    assert (at.port, at.options, at.is_tls) == (6006, {"room": "#aula", "replay": "3"}, False)
    assert loaded("--listen", at.url).config.listen.at == (at.url,)
    with pytest.raises(ConfigError, match="sixth has no option header"):
        loaded("--listen", "sixth://localhost?header=true")


def test_help_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    """For the server and for the clients."""
    for command in ("serve", "chat"):
        with pytest.raises(SystemExit):
            build_parser().parse_args([command, "--help"])
        assert "sixth" in capsys.readouterr().out


def test_address_of_a_client_may_have_it() -> None:
    """With its port."""
    address = read_address("sixth://chat.example")
    assert str(address) == "sixth://chat.example:6006"
    assert address.is_classroom


class Pupil:
    """A client on a real connection."""

    def __init__(self, url: str, nick: str) -> None:
        self.listener = WakingListener()
        self.network = ClassroomNetwork(read_address(url), Identity(nick), listener=self.listener)
        self.task = ServerConnection(self.network).start()

    async def is_online(self) -> None:
        """Wait until it may talk."""
        while self.network.status != "online":
            await self._next()

    async def reads(self, nick: str, text: str) -> None:
        """Wait for a message."""
        while not any((line.nick, line.text) == (nick, text) for line in self.network.room.lines):
            await self._next()

    async def _next(self) -> None:
        self.listener.changes.clear()
        await self.listener.changes.wait()


def test_clients_talk_through_our_server(tmp_path: Path) -> None:
    """It listens, prints what the row says, counts the connections, and everybody reads everybody."""

    async def talk() -> None:
        server = await app.start(loaded("--listen", "sixth://127.0.0.1:0"), tmp_path)
        try:
            url = server.sockets.opened[0].url
            printed = banner(server.chat.config, tmp_path, server.sockets.opened, web_address="", fingerprint="")
            assert f"sixth on {server.sockets.opened[0].port}" in printed
            ana, bia = Pupil(url, "ana"), Pupil(url, "bia")
            await ana.is_online()
            await bia.is_online()
            send.say(ana.network, ana.network.room, "bom dia")
            await bia.reads("ana", "bom dia")
            send.say(bia.network, bia.network.room, "olá")
            await ana.reads("bia", "olá")
            metrics = {metric.name: metric.samples for metric in Numbers(server.chat).collect()}
            assert [(each.labels, each.value) for each in metrics["papo_connections"]] == [({"dialect": "sixth"}, 2)]
            for pupil in (ana, bia):
                pupil.network.quit()
                await asyncio.wait([pupil.task])
        finally:
            await server.drain()

    asyncio.run(asyncio.wait_for(talk(), 60))


def test_it_meets_irc_in_the_room() -> None:
    """Its messages are IRC's, and the other way round."""

    async def meet() -> None:
        server = MemoryServer()
        server.register("caio", server.chat.config.rooms.default)
        link = FakeLink()
        ana = maker("sixth")(server.chat, link, {"replay": "0"})
        ana.receive(b"oi|ana\n")
        server.run_deferred()
        assert any(line.endswith(f"PRIVMSG {server.chat.config.rooms.default} :oi") for line in server.received("caio"))
        server.send("caio", f"PRIVMSG {server.chat.config.rooms.default} :oi, ana")
        assert link.sent() == b"ana: oi\ncaio: oi, ana\n"

    asyncio.run(meet())
