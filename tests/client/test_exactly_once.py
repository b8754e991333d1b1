"""Clients and a server whose connections, processes and disk fail between any two steps: each message once, in order.

The client core and the server's chat are real; the bytes between them are moved by the test.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fake_server import RecordingListener
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from memory_server import MemoryServer
from memory_store import MemoryStore

from papo.client.address import read_address
from papo.client.identity import Identity
from papo.client.state import send
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.outbox import Outbox
from papo.server.delivery.ports import NotStored, Outcome
from papo.server.world.events import AnyEvent, MessageSent

ROOM = "#sala"
DEVICES = ("ana", "bia")
ROUNDS = 60


class FlakyStore(MemoryStore):
    """A store whose next commit can be lost, or answered wrongly."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[Sequence[AnyEvent], Callable[[Outcome], None]]] = []
        self.slow = False
        self.next = ""
        """What happens to the next commit: `refuse`, or an outcome that is unknown, `stored` or `lost`."""

    def commit(self, events: Sequence[AnyEvent], done: Callable[[Outcome], None]) -> None:
        if self.slow:
            self.waiting.append((list(events), done))
            return
        how, self.next = self.next, ""
        if how in {"stored", "lost"}:
            if how == "stored":
                super().commit(events, lambda _outcome: None)
            self.failed = "the disk has failed"
            done(NotStored(self.failed, unknown=True))
        elif how == "refuse":
            done(NotStored("full"))
        else:
            super().commit(events, done)

    def finish(self) -> None:
        """The commits that waited are done."""
        self.slow = False
        waiting, self.waiting = self.waiting, []
        for events, done in waiting:
            self.commit(events, done)


class Device:
    """One user's program: its outbox on disk, and at most one connection."""

    def __init__(self, nick: str, folder: Path) -> None:
        self.nick, self.folder = nick, folder
        self.said: list[str] = []
        self.retried = False
        self.up: list[bytes] = []
        """Lines on their way to the server."""
        self.down: list[bytes] = []
        self.online = False
        self.name = ""
        """Of the connection on the server."""
        self.start()

    def start(self) -> None:
        """The program starts, with what an earlier one has left."""
        self.network = IrcNetwork(
            read_address("irc://localhost"), Identity(self.nick), rooms=[ROOM], outbox=Outbox(self.folder),
            listener=RecordingListener(),
        )  # fmt: skip

    def lines(self) -> list[Any]:
        """The messages on its screen."""
        buffer = self.network.buffer(ROOM)
        return [] if buffer is None else [line for line in buffer.lines if line.is_message]


class Play:
    """Devices, a server, and what goes wrong."""

    def __init__(self, folder: Path) -> None:
        self.tables = FlakyStore().tables
        self.devices = [Device(nick, folder / nick) for nick in DEVICES]
        self.connections = 0
        self.now_s = 1_800_000_000.0

    async def boot(self) -> None:
        """The server starts on what is stored."""
        store = FlakyStore()
        store.tables = self.tables
        server = MemoryServer(store=store)
        server.now_s = self.now_s
        for key, at_ms in await store.nonces():
            server.chat.nonces.add(key, at_ms)
        self.server, self.store = server, store

    async def turn(self) -> None:
        """Let the server do what it can."""
        for _ in range(6):
            self.server.run_deferred()
            await asyncio.sleep(0)
        for device in self.devices:
            if device.online:
                link: Any = self.server.clients[device.name].link
                device.down += link.sent().splitlines(keepends=True)

    def connect(self, device: Device) -> None:
        if not device.online:
            self.connections += 1
            device.name = f"{device.nick}{self.connections}"
            self.server.connect(device.name)
            device.up, device.down, device.online = [], [], True
            device.network.opened(lambda text: device.up.append(f"{text}\r\n".encode()))

    def cut(self, device: Device, *, notices: bool) -> None:
        """The connection is lost, with what is on its way; whether the server notices now."""
        if device.online:
            device.online = False
            device.network.lost("cut", 1)
            if notices:
                self.server.clients[device.name].lost("cut")

    def upward(self, device: Device, count: int) -> None:
        for data in device.up[:count] if device.online else ():
            self.now_s += 0.01
            self.server.now_s = self.now_s
            self.server.clients[device.name].receive(data)
        del device.up[:count]

    def downward(self, device: Device, count: int) -> None:
        if device.online:
            device.network.received(b"".join(device.down[:count]))
        del device.down[:count]

    async def pump(self, device: Device) -> None:
        """Everything gets through, in both directions, until nothing more comes."""
        while device.online and (device.up or device.down):
            self.upward(device, len(device.up))
            await self.turn()
            self.downward(device, len(device.down))

    def restart_program(self, device: Device) -> None:
        self.cut(device, notices=True)
        device.network.outbox.close()
        device.start()

    async def restart_server(self, *, finish: bool) -> None:
        """The process is killed; what waits for the disk is stored, or not."""
        if finish:
            self.store.finish()
        for device in self.devices:
            self.cut(device, notices=False)
        await self.boot()

    def say(self, device: Device, size: int) -> None:
        text = f"{device.nick} {len(device.said)}"
        text = "\n".join([text, *(f"{text} linha {at}" for at in range(size))])
        device.said.append(text)
        send.say(device.network, device.network.open(ROOM), text)

    async def step(self, kind: str, who: int, count: int) -> None:
        device = self.devices[who % len(self.devices)]
        steps: dict[str, Callable[[], object]] = {
            "say": lambda: self.say(device, 0),
            "say long": lambda: self.say(device, 130),
            "connect": lambda: self.connect(device),
            "up": lambda: self.upward(device, count),
            "down": lambda: self.downward(device, count),
            "cut": lambda: self.cut(device, notices=True),
            "cut unseen": lambda: self.cut(device, notices=False),
            "program": lambda: self.restart_program(device),
            "slow": lambda: setattr(self.store, "slow", True),
            "fast": self.store.finish,
        }
        if kind.startswith("server"):
            await self.restart_server(finish=kind == "server, stored")
        elif kind.startswith("disk"):
            self.store.next = kind.removeprefix("disk ")
        elif kind == "online":
            self.connect(device)
            await self.pump(device)
        else:
            steps[kind]()
        await self.turn()

    async def settle(self) -> None:
        """Everything works again; the user tries again what is shown as not sent."""
        await self.restart_server(finish=False)
        for _ in range(ROUNDS):
            for device in self.devices:
                self.connect(device)
                await self.pump(device)
                for line in device.lines() if device.network.is_online else ():
                    if line.pending == "failed":
                        device.retried = True
                        send.retry(device.network, device.network.open(ROOM), line.nonce)
            if not any(device.up or device.down for device in self.devices):
                return
        raise AssertionError("it does not come to rest")

    def check(self) -> None:
        texts = [event.text for event in self.store.events if isinstance(event, MessageSent)]
        for device in self.devices:
            mine = [line for text in texts if text.startswith(device.nick) for line in text.split("\n")]
            said = [line for text in device.said for line in text.split("\n")]
            # What was refused is said when the user tries again, after what was said meanwhile.
            assert sorted(mine) == sorted(said) if device.retried else mine == said, "each once, in order"
            assert device.network.outbox.of(str(device.network.address)) == []
            shown = device.lines()
            assert not [line.text for line in shown if line.pending]
            assert [line.text for line in shown] == texts[len(texts) - len(shown) :], "the screen shows the history"
            assert len(shown) >= min(len(texts), 50)


STEPS = (
    "say", "say", "say", "say long", "connect", "online", "online", "up", "up", "up", "down", "down", "cut",
    "cut unseen", "program", "slow", "fast", "server, stored", "server, lost", "disk refuse", "disk stored",
    "disk lost",
)  # fmt: skip
step = st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.sampled_from([1, 2, 5, 30, 300]))
ONLINE = ("online", 0, 1)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(step, max_size=50))
@example([ONLINE, ("say", 0, 1), ("up", 0, 5), ("cut", 0, 1)])
@example([ONLINE, ("say", 0, 1), ("up", 0, 5), ("program", 0, 1)])
@example([ONLINE, ("say", 0, 1), ("up", 0, 5), ("server, stored", 0, 1)])
@example([ONLINE, ("say", 0, 1), ("disk stored", 0, 1), ("up", 0, 5), ("down", 0, 5), ("server, lost", 0, 1)])
@example([ONLINE, ("say", 0, 1), ("disk lost", 0, 1), ("up", 0, 5), ("down", 0, 5), ("server, lost", 0, 1)])
@example([ONLINE, ("say long", 0, 1), ("up", 0, 105), ("program", 0, 1), ONLINE, ("say", 0, 1), ("up", 0, 300)])
@example([ONLINE, ("slow", 0, 1), ("say", 0, 1), ("up", 0, 5), ("cut unseen", 0, 1), ONLINE, ("fast", 0, 1)])
def test_each_message_is_stored_once_whatever_fails(steps: list[tuple[str, int, int]]) -> None:
    """Acknowledged, in the history and on the screen: each once, in the order in which it was said."""

    async def play(folder: Path) -> None:
        game = Play(folder)
        await game.boot()
        for kind, who, count in steps:
            await game.step(kind, who, count)
        await game.settle()
        game.check()
        for device in game.devices:
            device.network.outbox.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))
