"""Kills of the server and of programs under load: what their users say is in the history once, in order."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from functools import partial
from pathlib import Path

from live_network import LiveNetwork
from live_server import CONFIG, IrcClient, start_server

from papo.client.bot import Bot
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox, OutboxMessage
from papo.protocol.irc import parse

ROUNDS = 8
LINES = 12
SCHEMES = ("irc", "http")


class WakingBot(Bot):
    """A bot that wakes the test at each change."""

    changes: asyncio.Event | None = None

    def changed(self) -> None:
        super().changed()
        if self.changes is not None:
            self.changes.set()

    async def wait_until_nothing_waits(self) -> None:
        """Wait until it is online and everything that it has said is confirmed."""
        self.changes = asyncio.Event()
        while not self.network.is_online or waits(self.network):
            self.changes.clear()
            await self.changes.wait()


class Load:
    """A terminal over TCP whose program is killed too, one over WebSocket, and a bot."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance = folder, chance
        self.said: dict[str, list[str]] = {"ana": [], "bia": [], "robo": []}
        self.programs: dict[str, LiveNetwork] = {}

    async def begin(self) -> None:
        """Start the server and the programs."""
        self.server = await asyncio.to_thread(start_server, self.folder, SCHEMES, config=CONFIG)
        self.urls = {scheme: f"{scheme}://127.0.0.1:{self.server.ports[scheme]}" for scheme in SCHEMES}
        for nick in ("ana", "bia"):
            await self.start(nick)
        self.bot = WakingBot(self.urls["irc"], "robo", ["#sala"], outbox=self.folder / "robo")
        self.serving = asyncio.create_task(self.bot.serve())
        await self.until_waiting_is_over()

    async def start(self, nick: str) -> None:
        """Start a program; it need not come online."""
        url = self.urls["irc" if nick == "ana" else "http"]
        self.programs[nick] = LiveNetwork(url, nick, outbox=self.folder / nick)
        self.programs[nick].connection.start()

    async def kill(self, nick: str) -> None:
        """End a program without a word to the server; its outbox is on the disk."""
        program = self.programs[nick]
        task = program.connection.task
        assert task is not None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        program.network.outbox.close()

    async def kill_server(self) -> None:
        """SIGKILL, and a new start on the same data and ports."""
        await asyncio.to_thread(self.server.stop, signal.SIGKILL)
        assert self.server.process.stdout is not None
        self.server.process.stdout.close()
        self.server = await asyncio.to_thread(start_server, self.folder, list(self.urls.values()), config=CONFIG)
        for connection in [self.bot.connection, *(each.connection for each in self.programs.values())]:
            connection.reconnect()

    def say(self) -> None:
        """Everybody says a few lines, one of them long enough for two messages."""
        for nick, said in self.said.items():
            for at in range(LINES):
                text = f"{nick} {len(said)}"
                if at == LINES // 2:
                    text = "\n".join(f"{text} linha {line}" for line in range(120))
                said.append(text)
                if nick == "robo":
                    self.bot.say("#sala", text)
                else:
                    self.programs[nick].send(text)

    async def one_round(self) -> None:
        """Say something, and let something end at a random moment."""
        self.say()
        for _ in range(self.chance.randrange(40)):
            await asyncio.sleep(0)
        victim = self.chance.choice(["server", "server", "ana", "bia"])
        if victim == "server":
            await self.kill_server()
        else:
            await self.kill(victim)
            await self.start(victim)

    async def until_waiting_is_over(self) -> None:
        """Wait until everybody is online and nothing waits."""
        async with asyncio.timeout(60):
            for program in self.programs.values():
                await program.wait_ready()
                await program.wait_until(partial(_nothing_waits, program.network))
            await self.bot.wait_until_nothing_waits()

    async def end(self) -> None:
        """Everybody quits; the server still runs."""
        for program in self.programs.values():
            await program.close()
        self.bot.network.quit()
        await self.serving
        self.bot.network.outbox.close()

    def stop_server(self) -> None:
        """End the server, whatever became of the test."""
        self.server.stop()
        assert self.server.process.stdout is not None
        self.server.process.stdout.close()


def waits(network: Network) -> list[OutboxMessage]:
    """What the server has not confirmed; a refusal fails the test."""
    found = network.outbox.of(str(network.address))
    assert not [each.failed for each in found if each.failed]
    return found


def _nothing_waits(network: Network) -> bool:
    return not waits(network)


def history(port: int) -> list[str]:
    """All texts of #sala, oldest first."""
    client = IrcClient(port)
    client.register("leitora", "message-tags batch draft/chathistory draft/multiline")
    client.send("JOIN #sala")
    client.receive_until(" 366 ")
    texts: list[str] = []
    bound = "timestamp=1970-01-01T00:00:00.000Z"
    while True:
        client.send(f"CHATHISTORY AFTER #sala {bound} 1000")
        lines = [parse(line) for line in client.received()]
        page = [line for line in lines if line is not None and line.command == "PRIVMSG"]
        if not page:
            client.close()
            return texts
        texts += [line.params[1] for line in page]
        ids = [line.tags["msgid"] for line in lines if line is not None and "msgid" in line.tags]
        bound = f"msgid={ids[-1]}"


def test_what_is_said_under_kills_is_stored_once_and_in_order(tmp_path: Path) -> None:
    """By the core over TCP and WebSocket, by programs that are killed themselves, and by a bot."""
    load = Load(tmp_path, random.Random(20261121))

    async def play() -> None:
        await load.begin()
        for _ in range(ROUNDS):
            await load.one_round()
            await load.until_waiting_is_over()
        texts = await asyncio.to_thread(history, load.server.ports["irc"])
        for nick, said in load.said.items():
            mine = [text for text in texts if text.startswith(nick + " ")]
            assert mine == [line for text in said for line in text.split("\n")]
        await load.end()

    try:
        asyncio.run(play())
    finally:
        load.stop_server()
    for nick in ("ana", "bia"):
        outbox = Outbox(tmp_path / nick)
        assert not list((tmp_path / nick).glob("*/*.json")), nick
        outbox.close()
