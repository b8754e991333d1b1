"""A program that answers in rooms: a `Bot` and a function for what it hears.

from papo.client.bot import Bot, Message

bot = Bot("irc://localhost", nick="echo", rooms=["#geral"])


@bot.hears
def answer(message: Message) -> None:
    if message.text.startswith("!echo "):
        message.reply(message.text.removeprefix("!echo "))


bot.run()
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import msgspec

from papo.client.address import read_address
from papo.client.certificates import Certificates
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.networks import new_network
from papo.client.state import send
from papo.client.state.buffer import Buffer
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.listener import NullListener
from papo.client.state.message import BufferLine
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox


class Message(msgspec.Struct, frozen=True):
    """Something that was said, and where."""

    network: Network
    buffer: Buffer
    entry: BufferLine

    @property
    def text(self) -> str:
        """What was said, lines separated by line breaks."""
        return self.entry.text

    @property
    def nick(self) -> str:
        """Who said it."""
        return self.entry.nick

    @property
    def room(self) -> str:
        """Where: a channel, or the nick of whoever wrote to the bot alone."""
        return self.buffer.name

    def reply(self, text: str) -> None:
        """Answer in the same place, as an answer to this message where the server knows such."""
        can = send.can_react(self.network, self.entry)
        send.say(self.network, self.buffer, text, reply_to=self.entry.id if can else "")

    def react(self, emoji: str) -> None:
        """Give a reaction, where the server knows such."""
        if send.can_react(self.network, self.entry):
            send.react(self.network, self.buffer, self.entry, emoji)


LOG = logging.getLogger(__name__)
FAILED = "%r failed; the bot goes on"
TICK_S = 1.0
Hears: TypeAlias = Callable[[Message], Awaitable[None] | None]


async def _finish(function: Hears, result: Awaitable[None]) -> None:
    try:
        await result
    except Exception:
        LOG.exception(FAILED, function)


class Bot(NullListener):
    """One server, some rooms. Messages from before it came, its own and other bots' are not heard."""

    def __init__(
        self, url: str, nick: str, rooms: Iterable[str] = (), *, account: str = "", password: str = "",
        outbox: Path | None = None,
    ) -> None:  # fmt: skip
        """Raises NotAnAddressError. `outbox`: a folder where what was not sent yet survives the program."""
        address = read_address(url)
        person = Identity(nick, account=account, password=password)
        self.network = new_network(address, person, rooms=rooms, outbox=Outbox(outbox), listener=self)
        if isinstance(self.network, IrcNetwork):
            self.network.joins_default_room = False
        self.connection = ServerConnection(self.network, certificates=Certificates(None))
        self._hears: list[Hears] = []
        self._under_way: set[asyncio.Future[None]] = set()
        self._marked = False

    def hears(self, function: Hears) -> Hears:
        """Call this function, plain or async, with every message."""
        self._hears.append(function)
        return function

    def say(self, room: str, text: str) -> None:
        """Say something of its own accord."""
        send.say(self.network, self.network.open(room), text)

    def run(self) -> None:
        """Be there until Ctrl-C, SIGTERM or the server's refusal; comes back by itself where the connection breaks."""
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self.serve())

    async def serve(self) -> None:
        """The same, inside a loop that runs already."""
        task = self.connection.start()
        clock = asyncio.create_task(self._tick())
        with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows, or not the main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.network.quit)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        finally:
            clock.cancel()
            if not task.done():
                self.network.quit()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.network.tick()

    # --- what the network tells

    def changed(self) -> None:
        """Say that this is a bot, as soon as the server says how (IRCv3 bot-mode)."""
        letter = self.network.session.support.tokens.get("BOT", "")
        if self.network.status != "online":
            self._marked = False
        elif letter and not self._marked:
            self._marked = True
            self.network.session.send("MODE", self.network.nick, f"+{letter}")

    def message(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """Somebody said something."""
        if entry.mine or entry.bot or entry.kind == "notice" or buffer.kind == "server":
            return
        for function in self._hears:
            try:
                result = function(Message(network, buffer, entry))
            except Exception:
                LOG.exception(FAILED, function)
                continue
            if inspect.isawaitable(result):
                task = asyncio.ensure_future(_finish(function, result))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    def refused(self, network: Network, code: str, text: str) -> None:
        """Nobody is there to be asked."""
        _unused = code
        network.quit()
        raise SystemExit(f"{network.address}: {text}")
