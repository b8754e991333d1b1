"""`papo chat --plain`: a line for each thing that happens, a line for each thing to say; for pipes, screen readers and
slow links. No cursor is ever moved.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
import threading
from pathlib import Path
from typing import Literal

from papo.client import saved_passwords
from papo.client.address import Address, read_address
from papo.client.certificates import Certificates
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.commands import Dialog, enter, example
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.networks import new_network
from papo.client.session.answers import Answer
from papo.client.state import search
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.client.text.markup import plain, runs
from papo.i18n import _
from papo.protocol.commands import COMMANDS
from papo.terminal.rows import clock

NICK_CODES = frozenset({"431", "432", "433", "436", "437"})
LAST_LINES = 20


def run(address: Address | None, nick: str, rooms: list[str], *, account: str, folder: Path) -> int:
    """Chat until the input ends or somebody leaves; 1 where the server did not let us in."""
    where = address or read_address("irc://localhost")
    if not nick:
        nick = "guest" if not sys.stdin.isatty() else input(_("Nick") + ": ").strip() or "guest"
    return asyncio.run(Plain(where, nick, rooms, account=account, folder=folder).serve())


class Plain:
    """One server, told line by line."""

    def __init__(self, address: Address, nick: str, rooms: list[str], *, account: str, folder: Path) -> None:
        password = saved_passwords.recall(str(address), account) if account else ""
        if account and not password and sys.stdin.isatty():
            password = getpass.getpass(_("Password") + ": ")
        person = Identity(nick, account=account if password else "", password=password)
        self.outbox = Outbox(folder / "outbox")
        self.network = new_network(address, person, rooms=rooms, outbox=self.outbox, listener=self)
        self.network.expected = self.network.fold(rooms[0]) if rooms else ""
        self.certificates = Certificates(folder / "certificates.json")
        self.buffer: Buffer = self.network.room if isinstance(self.network, ClassroomNetwork) else self.network.server
        self.code = 0
        self._connection = ServerConnection(self.network, certificates=self.certificates)
        self._asks: Literal["", "nick", "certificate"] = ""
        self._fingerprint = ""
        self._printed: dict[int, int] = {}
        """`id` of a buffer to the number of its first row that was not printed."""
        self._status = ""
        self._early: list[str] | None = []
        """What was typed before there was a room to say it in; None from then on."""
        self._over = asyncio.Event()

    async def serve(self) -> int:
        """Until it is over."""
        self.write(_("Connecting to {where}…").format(where=self.network.address))
        task = self._connection.start()
        loop = asyncio.get_running_loop()
        reader = threading.Thread(target=self._read, args=(loop,), daemon=True)
        reader.start()
        ticking = asyncio.create_task(self._tick())
        await self._over.wait()
        ticking.cancel()
        self.network.quit()
        await asyncio.wait([task], timeout=1.5)
        self.outbox.close()
        return self.code

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own: no platform's console can be read by an event loop."""
        for line in sys.stdin:
            loop.call_soon_threadsafe(self.typed, line.rstrip("\r\n"))
        loop.call_soon_threadsafe(self.ended)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.network.tick()

    def write(self, text: str) -> None:
        """One line; whoever reads us may have gone."""
        try:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        except (BrokenPipeError, ValueError):
            self._over.set()

    def ended(self) -> None:
        """No more input: leave as soon as everything is said."""
        if (self._early or self.outbox.of(str(self.network.address))) and self.network.status != "closed":
            asyncio.get_running_loop().call_later(0.1, self.ended)
        elif isinstance(self.network, ClassroomNetwork):
            asyncio.get_running_loop().call_later(0.5, self._over.set)
        # What was said last is on the server's disk once the server has answered this.
        elif self.network.status == "online":
            self.network.session.ask("PING", "bye", then=lambda _answer: self._over.set())
        else:
            self._over.set()

    # --- what is typed

    def typed(self, line: str) -> None:
        """A line of input."""
        if self._asks == "nick":
            if line.strip():
                self._asks = ""
                self.network.retry_with_nick(line.strip())
            return
        if self._asks == "certificate":
            self._asks = ""
            if line.strip().lower() in {"y", "yes", "s", "sim"}:
                self.certificates.trust(self.network.address, self._fingerprint)
                self._connection = ServerConnection(self.network, certificates=self.certificates)
                self._connection.start()
            else:
                self._over.set()
            return
        if not line.strip():
            return
        if self._early is not None and not line.lower().startswith(("/quit", "/sair", "/close")):
            self._early.append(line)
            return
        wrong = enter(self, self.network, self.buffer, line)
        if wrong:
            self.write(f"! {wrong}")

    # --- what the network tells (Watcher) and the commands want (Window)

    def changed(self) -> None:
        """Print what is new."""
        status = self.network.status
        if status != self._status:
            self._status = status
            if status == "waiting":
                again = _("Trying again…")
                self.write(f"! {self.network.error} {again}")
            elif status == "online":
                self.write(_("You are {nick}.").format(nick=self.network.nick))
            elif status == "closed" and not self._asks:
                if self.network.error and not self.network.was_online:
                    self.code = 1
                if not isinstance(self.network, ClassroomNetwork) and self.network.error:
                    self.write(f"! {self.network.error}")
                self._print()
                self._over.set()
        self._print()

    def _print(self) -> None:
        for buffer in list(self.network.buffers.values()):
            if buffer.loading:
                continue
            first = self._printed.get(id(buffer))
            start = max(buffer.start, buffer.end - LAST_LINES) if first is None else max(first, buffer.start)
            at = start
            while at < buffer.end:
                entry = buffer.at(at)
                if entry.pending == "waiting":
                    break
                self.tell(buffer, entry)
                at += 1
            if buffer.lines:
                self._printed[id(buffer)] = at

    def tell(self, buffer: Buffer, entry: BufferLine) -> None:
        """One thing that happened."""
        where = plain(buffer.name)
        if buffer.kind == "person":
            where = f"@{where}"
        prefix = f"{clock(entry.at_ms)} {where} " if where else f"{clock(entry.at_ms)} "
        nick = plain(entry.nick)
        text = "".join(run.text for run in runs(entry.text))
        for line in text.split("\n") if entry.is_message else [one_line(entry.text)]:
            self.write(prefix + self._sentence(entry, nick, line))

    def _sentence(self, entry: BufferLine, nick: str, text: str) -> str:
        failed = f" ({plain(entry.error)})" if entry.pending == "failed" else ""
        other = plain(entry.detail)
        why = f" ({text})" if text else ""
        sentences = {
            "say": f"{nick}: {text}{failed}",
            "notice": f"-{nick}- {text}{failed}",
            "action": f"* {nick} {text}{failed}",
            "join": _("{nick} joined").format(nick=nick),
            "part": _("{nick} left").format(nick=nick) + why,
            "quit": _("{nick} left").format(nick=nick) + why,
            "kick": _("{nick} put {other} out").format(nick=nick, other=other) + why,
            "nick": _("{nick} is now {other}").format(nick=nick, other=other),
            "mode": _("{nick} changed modes: {other}").format(nick=nick, other=other),
            "topic": _("{nick} set the topic: {text}").format(nick=nick, text=text),
        }
        return sentences.get(entry.kind, ("! " if entry.kind == "error" else "") + text)

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """It stands among the server's rows as well."""

    def highlight(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """It is printed anyway."""

    def message(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        """It is printed anyway."""

    def buffers_changed(self, network: Network) -> None:
        """Nothing is kept for the next time."""

    def show(self, network: Network, buffer: Buffer) -> None:
        """From now on what is typed goes there."""
        if buffer is not self.buffer:
            self.buffer = buffer
            network.visible = {buffer.key}
            self.write(_("You are talking in {where}.").format(where=plain(buffer.name) or plain(network.title)))
        early, self._early = self._early, None
        for line in early or ():
            self.typed(line)

    def refused(self, network: Network, code: str, text: str) -> None:
        """Ask where somebody can answer."""
        self.write(f"! {plain(text)}" if code != "certificate" else f"! SHA-256 {text}")
        if code in NICK_CODES:
            self._asks = "nick"
            self.write(_("Type another nick:"))
        elif code == "certificate" and not self.certificates.pin(network.address):
            self._asks, self._fingerprint = "certificate", text
            self.write(_("No authority vouches for this server. Trust it (y/n)?"))
        else:
            self.code = 1
            self._over.set()

    def connect(self, address: str) -> None:
        """One server at a time here."""
        self.write("! " + _("Start another papo chat --plain for {address}.").format(address=address))

    def leave(self, network: Network, reason: str) -> None:
        """The end."""
        network.quit(reason)
        self._over.set()

    def dialog(self, name: Dialog, words: str) -> None:
        """What fits into lines."""
        network = self.network
        if name == "help":
            for each in COMMANDS:
                self.write(example(each).ljust(30) + f" {_(each.about)}")
        elif name == "person":
            network.session.ask("WHOIS", words.split(maxsplit=1)[0], then=self._lines)
        elif name == "rooms":
            network.session.ask("LIST", then=lambda _answer: self._list())
        elif name == "search":
            query = {"text": words, **({"in": self.buffer.name} if self.buffer.kind == "channel" else {})}
            search.search(network, query, self._found)
        else:
            self.write("! " + _("This does not work line by line; use papo chat without --plain."))

    def _lines(self, answer: Answer | None) -> None:
        for line in answer or ():
            if line.command.isdecimal() and line.command != "318":
                self.write(plain(" ".join(line.params[2:])))

    def _list(self) -> None:
        for room in sorted(self.network.channel_list or (), key=lambda each: -each.users):
            self.write(f"{plain(room.name)}  {room.users}  {one_line(room.topic)}")

    def _found(self, found: list[tuple[str, BufferLine]] | None, wrong: str) -> None:
        if not found:
            self.write(f"! {wrong}" if wrong else _("Nothing found."))
        for target, entry in reversed(found or []):
            self.write(f"{clock(entry.at_ms)} {plain(target)} {plain(entry.nick)}: {one_line(entry.text)}")
