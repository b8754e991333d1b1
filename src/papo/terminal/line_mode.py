"""`papo chat --plain`: one line for each event, one line for each message to send; for pipes, screen readers and slow
connections. The cursor is never moved.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from papo.client import saved_passwords
from papo.client.address import Address, read_address
from papo.client.certificates import Certificates
from papo.client.classroom.classroom_network import ClassroomNetwork
from papo.client.commands import Dialog, enter, example
from papo.client.connection import ServerConnection
from papo.client.identity import Identity
from papo.client.session.answers import Answer
from papo.client.settings import Settings
from papo.client.state import search
from papo.client.state.buffer import Buffer
from papo.client.state.message import BufferLine, one_line
from papo.client.state.network import Network
from papo.client.state.outbox import Outbox
from papo.client.text.markup import plain, runs
from papo.i18n import _
from papo.protocol.commands import COMMANDS
from papo.ui import refusals, sentences
from papo.ui.networks import first_conversation, make_network
from papo.ui.times import clock
from papo.ui.whois import facts

LAST_LINES = 20
"""Lines of history that are printed when a conversation is opened."""
QUIT_S = 1.5
YES = frozenset({"y", "yes", "s", "sim"})


def run(address: Address | None, nick: str, rooms: Sequence[str], *, account: str, folder: Path) -> int:
    """Chat until the input ends or the user leaves; returns 1 if the server did not let us in."""
    where = address or read_address("irc://localhost")
    if not nick:
        nick = "guest" if not sys.stdin.isatty() else input(_("Nick") + ": ").strip() or "guest"
    password = saved_passwords.recall(str(where), account) if account else ""
    if account and not password and sys.stdin.isatty():
        password = getpass.getpass(_("Password") + ": ")
    identity = Identity(nick, account=account if password else "", password=password)
    return asyncio.run(LineMode(where, identity, rooms, folder).run())


class LineMode:
    """One network, printed line by line. Is its `Listener`, and the `Frontend` of commands."""

    def __init__(self, address: Address, identity: Identity, rooms: Sequence[str], folder: Path) -> None:
        self.outbox = Outbox(folder / "outbox")
        # Settings of their own: what is open in the terminal and the window does not matter here.
        self.network = make_network(
            address, identity, settings=Settings(), rooms=rooms, outbox=self.outbox, listener=self
        )
        self.certificates = Certificates(folder / "certificates.json")
        self.buffer = first_conversation(self.network)
        self.exit_code = 0
        self._connection = ServerConnection(self.network, certificates=self.certificates)
        self._prompt: Literal["", "nick", "certificate", "code"] = ""
        """What the next line of input answers."""
        self._fingerprint = ""
        self._printed: dict[int, int] = {}
        """By `id` of a buffer the number of its first line that is not printed yet."""
        self._status = ""
        self._early: list[str] | None = []
        """What was typed before there was a conversation to send it to; None from then on."""
        self._over = asyncio.Event()

    async def run(self) -> int:
        """Chat until it is over; returns the exit code."""
        self.write(_("Connecting to {where}…").format(where=self.network.address))
        task = self._connection.start()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), daemon=True).start()
        ticking = asyncio.create_task(self._tick())
        await self._over.wait()
        ticking.cancel()
        self.network.quit()
        await asyncio.wait([task], timeout=QUIT_S)
        self.outbox.close()
        return self.exit_code

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """Runs in a thread of its own: not every platform's console can be read by an event loop."""
        for line in sys.stdin:
            loop.call_soon_threadsafe(self.input_line, line.rstrip("\r\n"))
        loop.call_soon_threadsafe(self.input_ended)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.network.tick()

    def write(self, text: str) -> None:
        """Print one line; the chat is over if nobody reads the output any more."""
        try:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        except (BrokenPipeError, ValueError):
            self._over.set()

    # --- input

    def input_line(self, text: str) -> None:
        """A line of input: the answer to a prompt, a command or a message."""
        match self._prompt:
            case "nick":
                if text.strip():
                    self._prompt = ""
                    self.network.retry_with_nick(text.strip())
            case "code":
                if text.strip():
                    self._prompt = ""
                    self.network.give_code(text)
            case "certificate":
                self._prompt = ""
                self._trust(trusted=text.strip().lower() in YES)
            case "":
                self._say(text)

    def _say(self, text: str) -> None:
        if not text.strip():
            return
        if self._early is not None and not text.lower().startswith(("/quit", "/sair", "/close")):
            self._early.append(text)
            return
        problem = enter(self, self.network, self.buffer, text)
        if problem:
            self.write(f"! {problem}")

    def _trust(self, *, trusted: bool) -> None:
        if trusted:
            self.certificates.trust(self.network.address, self._fingerprint)
            self._connection = ServerConnection(self.network, certificates=self.certificates)
            self._connection.start()
        else:
            self._over.set()

    def input_ended(self) -> None:
        """There is no more input: leave as soon as everything is sent."""
        if (self._early or self.outbox.of(str(self.network.address))) and self.network.status != "closed":
            asyncio.get_running_loop().call_later(0.1, self.input_ended)
        elif isinstance(self.network, ClassroomNetwork):
            asyncio.get_running_loop().call_later(0.5, self._over.set)
        # What was sent last is on the server's disk when the server has answered this.
        elif self.network.status == "online":
            self.network.session.ask("PING", "bye", then=lambda _answer: self._over.set())
        else:
            self._over.set()

    # --- `Listener`: what the network reports

    def changed(self) -> None:
        """Print what is new."""
        if self.network.status != self._status:
            self._status = self.network.status
            self._print_status()
        self._print_lines()

    def _print_status(self) -> None:
        network = self.network
        match network.status:
            case "waiting":
                self.write(f"! {sentences.connection(network)}")
            case "online":
                self.write(_("You are {nick}.").format(nick=network.nick))
            case "closed" if not self._prompt:
                if network.error and not network.was_online:
                    self.exit_code = 1
                if network.error and not isinstance(network, ClassroomNetwork):
                    self.write(f"! {network.error}")
                self._print_lines()
                self._over.set()

    def _print_lines(self) -> None:
        for buffer in list(self.network.buffers.values()):
            if buffer.loading:
                continue
            first = self._printed.get(id(buffer))
            at = max(buffer.start, buffer.end - LAST_LINES if first is None else first)
            while at < buffer.end and buffer.at(at).pending != "waiting":
                self._print_line(buffer, buffer.at(at))
                at += 1
            if buffer.lines:
                self._printed[id(buffer)] = at

    def _print_line(self, buffer: Buffer, line: BufferLine) -> None:
        where = f"@{plain(buffer.name)}" if buffer.kind == "query" else plain(buffer.name)
        prefix = f"{clock(line.at_ms)} {where} " if where else f"{clock(line.at_ms)} "
        if not line.is_message:
            self.write(f"{prefix}{'! ' if line.kind == 'error' else ''}{sentences.event(line)}")
            return
        text = "".join(run.text for run in runs(line.text))
        author = {"say": "{}:", "notice": "-{}-", "action": "* {}"}[line.kind].format(plain(line.nick))
        failed = f" ({plain(line.error)})" if line.pending == "failed" else ""
        for part in text.split("\n"):
            self.write(f"{prefix}{author} {part}{failed}")

    def notice(self, network: Network, kind: Literal["info", "error"], text: str) -> None:
        """It is among the server's lines as well."""

    def highlight(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """It is printed anyway."""

    def message(self, network: Network, buffer: Buffer, line: BufferLine) -> None:
        """It is printed anyway."""

    def buffers_changed(self, network: Network) -> None:
        """Nothing is kept for the next start."""

    def refused(self, network: Network, code: str, text: str) -> None:
        """Ask what the user can answer on one line; otherwise end."""
        prompt = refusals.prompt_for(code)
        if prompt == "certificate":
            known = bool(self.certificates.pin(network.address))
            self.write(f"! {refusals.certificate_question(network.address.host, changed=known)}")
            self.write("SHA-256 " + ":".join(refusals.fingerprint_lines(text)))
            if not known:
                self._prompt, self._fingerprint = "certificate", text
                self.write(_("Trust it (y/n)?"))
                return
        else:
            self.write(f"! {plain(refusals.sentence(network, code, text))}")
            if prompt == "code":
                self._prompt = "code"
                return
            if prompt == "nick":
                self._prompt = "nick"
                self.write(_("Type another nick:"))
                return
        self.exit_code = 1
        self._over.set()

    # --- `Frontend`: what commands ask for

    def show(self, network: Network, buffer: Buffer) -> None:
        """Send what is typed from now on to this conversation."""
        if buffer is not self.buffer:
            self.buffer = buffer
            network.visible = {buffer.key}
            self.write(_("You are talking in {where}.").format(where=plain(buffer.name) or plain(network.title)))
        early, self._early = self._early, None
        for text in early or ():
            self.input_line(text)

    def connect(self, address: str) -> None:
        """There is one network at a time here."""
        self.write("! " + _("Start another papo chat --plain for {address}.").format(address=address))

    def leave(self, network: Network, reason: str) -> None:
        """Quit the network and end."""
        network.quit(reason)
        self._over.set()

    def dialog(self, name: Dialog, words: str) -> None:
        """Print what fits into lines."""
        network = self.network
        match name:
            case "help":
                for each in COMMANDS:
                    self.write(example(each).ljust(30) + f" {_(each.about)}")
            case "user":
                nick = words.split(maxsplit=1)[0]
                network.session.ask("WHOIS", nick, then=lambda answer: self._print_facts(nick, answer))
            case "channels":
                network.session.ask("LIST", then=lambda _answer: self._print_channels())
            case "search":
                query = {"text": words, **({"in": self.buffer.name} if self.buffer.kind == "channel" else {})}
                search.search(network, query, self._print_found)
            case _:
                self.write("! " + _("This does not work line by line; use papo chat without --plain."))

    def _print_facts(self, nick: str, answer: Answer | None) -> None:
        for label, value in facts(self.network.find_user(nick), answer or []):
            self.write(f"{label}: {value}" if label else value)

    def _print_channels(self) -> None:
        for each in sorted(self.network.channel_list or (), key=lambda each: -each.users):
            self.write(f"{plain(each.name)}  {each.users}  {one_line(each.topic)}")

    def _print_found(self, found: list[tuple[str, BufferLine]] | None, problem: str) -> None:
        if not found:
            self.write(f"! {problem}" if problem else _("Nothing was found."))
        for target, line in reversed(found or []):
            self.write(f"{clock(line.at_ms)} {plain(target)} {plain(line.nick)}: {one_line(line.text)}")
