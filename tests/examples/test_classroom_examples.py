"""The programs of examples/classroom: clients with a real Papo, servers with Papo's own client, and with each other."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
from live_server import CONFIG, IrcClient, serve
from typed_program import SOON_S, TIMEOUT_S, TypedProgram

from papo.client.classroom.classroom_events import ClassroomEvent, Joined, Left, Message, NickTaken, Ready
from papo.client.classroom.conversation import QUIET_S, start_conversation
from papo.protocol.framed import with_header
from papo.protocol.text import to_ascii

EXAMPLES = Path(__file__).parents[2] / "examples" / "classroom"
TRIES = 100
DIALECTS = ["relay", "nick-ascii", "nick", "framed", "handshake"]
STARTS = {
    "relay": "Servidor escutando em 127.0.0.1:{port}",
    "nick-ascii": "Servidor escutando em 127.0.0.1:{port}",
    "nick": "Server iniciado...",
    "framed": "Servidor Iniciado...",
    "handshake": "server listening at port: {port}...",
}
"""What an example server prints first."""
ASKS = {"relay": "Nome: ", "nick-ascii": "Apelido: ", "nick": "Apelido: ", "framed": "Nome: ", "handshake": "(3-10): "}
LEAVE = {"relay": "/SAIR", "framed": "Desconectar", "handshake": "/Close"}
"""What a user types to leave; for the others the input ends."""
ENDS = {"handshake": "Connection closed!"}
ECHOES = {"nick-ascii", "nick", "framed"}


class Peer:
    """Papo's client of a dialect on a blocking socket, with a clock of its own, so that no delay looks like silence."""

    def __init__(self, dialect: str, port: int, nick: str, *, receive_bytes: int = 0) -> None:
        self.conversation = start_conversation(dialect, nick)
        self.events: list[ClassroomEvent] = []
        self.ended = False
        self._now_s = 0.0
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._take(self.conversation.opened())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _take(self, events: list[ClassroomEvent]) -> None:
        for each in events:
            last = self.events[-1] if self.events else None
            if isinstance(each, Message) and each.continues and isinstance(last, Message):
                self.events[-1] = Message(last.nick, last.text + each.text)
            else:
                self.events.append(each)
        out, self.conversation.out = self.conversation.out, []
        for data in out:
            self.socket.sendall(data)

    def read(self, *, within_s: float = TIMEOUT_S) -> None:
        """The next events; if nothing arrives, what was held back."""
        self.socket.settimeout(QUIET_S if self.conversation.is_holding else within_s)
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            assert self.conversation.is_holding or within_s < TIMEOUT_S, f"nothing came after {self.events}"
            self._now_s += 2 * QUIET_S
            self._take(self.conversation.receive(b"", self._now_s))
            return
        self._now_s += QUIET_S / 10
        self.ended = not data
        self._take(self.conversation.receive(data, self._now_s) if data else self.conversation.closed())

    def wait(self, condition: Callable[[], bool]) -> None:
        """Read until the condition is true."""
        while not condition():
            assert not self.ended, f"it ended after {self.events}"
            self.read()

    def until(self, wanted: ClassroomEvent) -> None:
        """Wait for an event; the next call looks at what follows."""
        self.wait(lambda: wanted in self.events)
        del self.events[: self.events.index(wanted) + 1]

    def until_letters(self, nick: str, text: str) -> None:
        """Wait until a user has said all this, in however many messages."""

        def said() -> str:
            return "".join(each.text for each in self.events if isinstance(each, Message) and each.nick == nick)

        self.wait(lambda: said().endswith(text))
        self.events.clear()

    def say(self, text: str) -> None:
        """Say it, as if it was typed."""
        self.conversation.say(text)
        self._take([])

    def rename(self, nick: str) -> None:
        """Offer another nickname."""
        self.conversation.rename(nick)
        self._take([])

    def leave(self) -> None:
        """Leave in the dialect's way; the server closes its side too."""
        self.conversation.leave()
        self._take([])
        self.socket.shutdown(socket.SHUT_WR)
        while not self.ended:
            self.read()

    def die(self) -> None:
        """Fail: the server's recv() raises an error."""
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        )
        self.socket.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


Start = Callable[[str, int], TypedProgram]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts examples, and ends them."""
    with contextlib.ExitStack() as stack:

        def begin(name: str, port: int) -> TypedProgram:
            program = TypedProgram(EXAMPLES / f"{name.replace('-', '_')}.py", "127.0.0.1", str(port))
            stack.callback(program.close)
            return program

        yield begin


def listen(start: Start, dialect: str) -> int:
    """An example server that listens; returns its port."""
    port = free_port()
    start(f"{dialect}_server", port).until(STARTS[dialect].format(port=port) + "\n")
    return port


def join(dialect: str, port: int, nick: str) -> Peer:
    """A client that has joined."""
    peer = Peer(dialect, port, nick)
    peer.until(Ready())
    return peer


def meet(speaker: Peer, listener: Peer | TypedProgram) -> None:
    """Wait until the server has both on its list: only a message that arrives shows it."""
    nick = speaker.conversation.nick
    for _ in range(TRIES):
        speaker.say("oi")
        if isinstance(listener, TypedProgram):
            heard = listener.has_printed(f"{nick}: oi")
        else:
            listener.read(within_s=SOON_S)
            heard = any(isinstance(each, Message) and each.nick == nick for each in listener.events)
        if heard:
            break
    assert heard, f"{nick} is not heard"
    if speaker.conversation.row.echoes:
        # The first words of a new user cannot be told from an echo that they follow: wait until none is pending.
        speaker.say("pronto")
        speaker.until_letters(nick, "pronto")


def packed(dialect: str, nick: str, text: str) -> bytes:
    """A message as a client of the dialect sends it."""
    if dialect == "handshake":
        return text.encode()
    data = f"{nick}: {text}".encode()
    return with_header(data) if dialect == "framed" else data


def test_each_has_20_to_40_lines_of_code() -> None:
    """Each is short enough for a lesson, and each dialect has a server and a client."""
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == {f"{each.replace('-', '_')}_{kind}" for each in DIALECTS for kind in ("client", "server")}
    for name in names:
        _docstring, code = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").split('"""\n', 1)
        lines = [line for line in code.splitlines() if line.strip() and not line.strip().startswith("#")]
        assert 20 <= len(lines) <= 40, name


# --- clients


@pytest.mark.parametrize("dialect", DIALECTS)
def test_clients_talk_through_papo(dialect: str, tmp_path: Path, start: Start) -> None:
    """Two clients of a dialect and one of IRC read each other; leaving, and a server that stops."""
    with (
        serve(tmp_path, ["irc", dialect], config=CONFIG) as server,
        contextlib.closing(IrcClient(server.ports["irc"])) as ana,
    ):
        ana.register("ana")
        ana.send("JOIN #papo")
        ana.receive_until(" 366 ")
        people = {}
        for nick in ("bia", "caio"):
            person = people[nick] = start(f"{dialect}_client", server.ports[dialect])
            person.until(ASKS[dialect])
            if dialect == "handshake":
                person.type("ana")
                person.until("FALSE")
            person.type(nick)
            if dialect == "handshake":
                person.until("TRUE")
            ana.receive_until(f"!{dialect}@")
        bia, caio = people["bia"], people["caio"]

        bia.type("olá, ação")
        heard = to_ascii("olá, ação") if dialect == "nick-ascii" else "olá, ação"
        assert ana.receive_until(" PRIVMSG ")[-1] == f":bia!{dialect}@127.0.0.1 PRIVMSG #papo :{heard}"
        for person in [bia, caio] if dialect in ECHOES else [caio]:
            person.until(f"bia: {heard}\n")
        ana.send("PRIVMSG #papo :às três\x07")
        for person in (bia, caio):
            person.until("ana: as tres\n" if dialect == "nick-ascii" else "ana: às três\n")

        if dialect in LEAVE:
            caio.type(LEAVE[dialect])
        else:
            caio.end_input()
        ana.receive_until(" QUIT ")
        caio.until(ENDS.get(dialect, "Conexão encerrada.") + "\n")
        assert caio.process.wait(TIMEOUT_S) == 0
        server.stop()
        bia.until(ENDS.get(dialect, "Conexão encerrada.") + "\n")
        assert bia.process.wait(TIMEOUT_S) == 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_clients_talk_through_the_example_server(dialect: str, start: Start) -> None:
    """The two examples of a dialect understand each other."""
    port = listen(start, dialect)
    bia, caio = start(f"{dialect}_client", port), start(f"{dialect}_client", port)
    for nick, person in (("bia", bia), ("caio", caio)):
        person.type(nick)
    if dialect == "handshake":
        bia.until(f"Connected to 127.0.0.1 : {port}\n")
        bia.until("TRUE\n")
        caio.until("TRUE\n")
    with join(dialect, port, "ana") as ana:
        meet(ana, bia)
        meet(ana, caio)
        bia.type("primeira")
        ana.until(Message("bia", "primeira"))
        caio.type("segunda")
        bia.until("caio: segunda\n")
        bia.type("terceira")
        caio.until("bia: terceira\n")
        bia.end_input()
        bia.until(ENDS.get(dialect, "Conexão encerrada.") + "\n")
        assert bia.process.wait(TIMEOUT_S) == 0


def test_a_handshake_client_without_a_server_says_so(start: Start) -> None:
    """`Connection error.`, and the end."""
    program = start("handshake_client", free_port())

    assert program.process.wait(TIMEOUT_S) == 1


def test_a_framed_server_without_its_port_says_so(start: Start) -> None:
    """`Servidor não foi inicializado.`, and the end."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program = start("framed_server", taken.getsockname()[1])
        assert program.process.wait(TIMEOUT_S) == 1


# --- servers


@pytest.mark.parametrize("dialect", DIALECTS)
def test_servers_pass_messages_on(dialect: str, start: Start) -> None:
    """Whole, with a colon inside, cut in a character, glued; echoed if the dialect says so."""
    port = listen(start, dialect)
    with join(dialect, port, "bia") as bia, join(dialect, port, "caio") as caio:
        if dialect in {"nick", "nick-ascii"}:
            bia.until(Joined("caio"))
        meet(bia, caio)
        bia.say("bom dia: tudo bem?")
        caio.until(Message("bia", "bom dia: tudo bem?"))

        data = packed(dialect, "bia", "olá, ação")
        at = data.index("ç".encode()) + 1
        for piece in (data[: at - 8], data[at - 8 : at], data[at:]):
            bia.socket.sendall(piece)
        letters = to_ascii("olá, ação") if dialect == "nick-ascii" else "olá, ação"
        caio.until_letters("bia", letters)

        glue = b"\n" if dialect == "handshake" else b""
        bia.socket.sendall(packed(dialect, "bia", "um") + glue + packed(dialect, "bia", "dois"))
        caio.until(Message("bia", "um"))
        caio.until(Message("bia", "dois"))
        if dialect in ECHOES:
            bia.until(Message("bia", "dois"))
        caio.say("sim")
        bia.until_letters("caio", "sim")
        bia.say("fim")
        if dialect in ECHOES:
            bia.until(Message("bia", "fim"))
        else:
            caio.say("tchau")
            bia.until(Message("caio", "tchau"))
            assert not any(isinstance(each, Message) and each.nick == "bia" for each in bia.events)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_servers_outlive_their_clients(dialect: str, start: Start) -> None:
    """A client is silent, one leaves, one fails: the others are told what the dialect tells, and talk on."""
    port = listen(start, dialect)
    with socket.create_connection(("127.0.0.1", port)), join(dialect, port, "bia") as bia:
        with join(dialect, port, "caio") as caio:
            meet(bia, caio)
            caio.leave()
        if dialect in {"nick-ascii", "handshake"}:
            bia.until(Left("caio"))
        with join(dialect, port, "davi") as davi:
            meet(bia, davi)
            davi.die()
        if dialect in {"nick-ascii", "handshake"}:
            bia.until(Left("davi"))
        with join(dialect, port, "eva") as eva:
            meet(bia, eva)
            eva.say("alguém aí?" if dialect != "nick-ascii" else "alguem?")
            bia.until_letters("eva", "alguém aí?" if dialect != "nick-ascii" else "alguem?")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_somebody_who_does_not_read_holds_up_nobody(dialect: str, start: Start) -> None:
    """Four megabytes are sent while one of three reads nothing."""
    port = listen(start, dialect)
    with (
        Peer(dialect, port, "surdo", receive_bytes=4096) as deaf,
        join(dialect, port, "bia") as bia,
        join(dialect, port, "caio") as caio,
    ):
        deaf.until(Ready())
        meet(bia, deaf)
        meet(bia, caio)
        for number in range(4000):
            bia.say(f"{number} ".ljust(1000, "x"))
            caio.until_letters("bia", f"{number} ".ljust(1000, "x"))
            if dialect in ECHOES:
                bia.until_letters("bia", f"{number} ".ljust(1000, "x"))


def test_a_taken_nickname_is_free_again_when_its_owner_leaves(start: Start) -> None:
    """FALSE, another one on the same connection, TRUE; and later the first."""
    port = listen(start, "handshake")
    with join("handshake", port, "bia") as bia, Peer("handshake", port, "bia") as other:
        other.until(NickTaken("bia"))
        other.rename("caio")
        other.until(Ready())
        meet(bia, other)
        bia.leave()
        other.until(Left("bia"))
        with join("handshake", port, "bia") as again:
            meet(again, other)
            again.socket.sendall("voltei\ncaio: não fui eu".encode())
            other.until(Message("bia", "voltei"))
            other.until(Message("bia", "caio: não fui eu"))


@pytest.mark.parametrize("header", [b"dez", b"2049", b"-1", b"99999999999"])
def test_a_bad_header_ends_that_connection_alone(header: bytes, start: Start) -> None:
    """Not a number, or too big a one."""
    port = listen(start, "framed")
    with join("framed", port, "bia") as bia:
        with Peer("framed", port, "mau") as bad:
            bad.socket.sendall(header.ljust(64))
            while not bad.ended:
                bad.read()
        bia.say("ainda aqui")
        bia.until(Message("bia", "ainda aqui"))
