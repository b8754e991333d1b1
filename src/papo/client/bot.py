"""A bot: a `Bot`, and a function that gets each message.

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
    """A message, and where it was sent."""

    network: Network
    buffer: Buffer
    line: BufferLine

    @property
    def text(self) -> str:
        """The text, lines separated by line breaks."""
        return self.line.text

    @property
    def nick(self) -> str:
        """The sender's nick."""
        return self.line.nick

    @property
    def room(self) -> str:
        """The channel, or the nick of a user who wrote to the bot alone."""
        return self.buffer.name

    def reply(self, text: str) -> None:
        """Send a message to the same place, as a reply if the server supports replies."""
        can = send.can_react(self.network, self.line)
        send.say(self.network, self.buffer, text, reply_to=self.line.id if can else "")

    def react(self, emoji: str) -> None:
        """Add a reaction, if the server supports reactions."""
        if send.can_react(self.network, self.line):
            send.react(self.network, self.buffer, self.line, emoji)


LOG = logging.getLogger(__name__)
FAILED = "%r failed; the bot goes on"
TICK_S = 1.0
Handler: TypeAlias = Callable[[Message], Awaitable[None] | None]


async def _finish(function: Handler, result: Awaitable[None]) -> None:
    try:
        await result
    except Exception:
        LOG.exception(FAILED, function)


class Bot(NullListener):
    """One server and some channels. It gets no messages from before it joined, of its own or of other bots."""

    def __init__(
        self, url: str, nick: str, rooms: Iterable[str] = (), *, account: str = "", password: str = "",
        outbox: Path | None = None,
    ) -> None:  # fmt: skip
        """`outbox`: a folder in which messages that were not sent yet survive the program.

        Raises NotAnAddressError.
        """
        address = read_address(url)
        identity = Identity(nick, account=account, password=password)
        self.network = new_network(address, identity, rooms=rooms, outbox=Outbox(outbox), listener=self)
        if isinstance(self.network, IrcNetwork):
            self.network.joins_default_room = False
        self.connection = ServerConnection(self.network, certificates=Certificates(None))
        self._hears: list[Handler] = []
        self._tasks: set[asyncio.Future[None]] = set()
        self._is_marked = False

    def hears(self, function: Handler) -> Handler:
        """Call this function, plain or async, with each message."""
        self._hears.append(function)
        return function

    def say(self, room: str, text: str) -> None:
        """Send a message to a channel or a user."""
        send.say(self.network, self.network.open(room), text)

    def run(self) -> None:
        """Run until Ctrl-C, SIGTERM or a refusal by the server. Reconnects when the connection breaks."""
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self.serve())

    async def serve(self) -> None:
        """Run inside a running event loop."""
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
        """Mark itself as a bot as soon as the server names the mode for that (IRCv3 bot-mode)."""
        letter = self.network.session.support.tokens.get("BOT", "")
        if self.network.status != "online":
            self._is_marked = False
        elif letter and not self._is_marked:
            self._is_marked = True
            self.network.session.send("MODE", self.network.nick, f"+{letter}")

    def message(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """Call every function that hears messages."""
        if line.mine or line.bot or line.kind == "notice" or buffer.kind == "server":
            return
        for function in self._hears:
            try:
                result = function(Message(network, buffer, line))
            except Exception:
                LOG.exception(FAILED, function)
                continue
            if inspect.isawaitable(result):
                task = asyncio.ensure_future(_finish(function, result))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def refused(self, network: Network, code: str, text: str) -> None:
        """End the program: there is no user to ask."""
        _unused = code
        network.quit()
        raise SystemExit(f"{network.address}: {text}")
