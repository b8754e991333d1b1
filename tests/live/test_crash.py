"""SIGKILL under load: what any client has received is on disk, once, and in the same order."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

import pytest
from live_server import IrcClient, LiveServer, start_server

from papo.protocol.irc import parse

KILLS = 50
SENDERS = 3
WINDOW = 20
CAPS = "message-tags echo-message batch server-time draft/chathistory"


class Witness(threading.Thread):
    """A client that records what it receives; a sender keeps WINDOW messages under way."""

    def __init__(self, port: int, nick: str, *, sends: bool) -> None:
        super().__init__(daemon=True)
        self.nick = nick
        self.seen: list[tuple[str, str]] = []
        """(msgid, text), in order."""
        self._sends = sends
        self._sent = 0
        self._client = IrcClient(port)
        self._client.register(nick, CAPS)
        self._client.send("JOIN #carga")
        self._client.receive_until(" 366 ")

    def run(self) -> None:
        """Run until the connection breaks."""
        try:
            if self._sends:
                for _ in range(WINDOW):
                    self._send_next()
            while True:
                line = parse(self._client.receive())
                if line is None or line.command != "PRIVMSG":
                    continue
                self.seen.append((line.tags["msgid"], line.params[1]))
                if self._sends and line.source.startswith(self.nick + "!"):
                    self._send_next()
        except (EOFError, OSError):
            self._client.close()

    def _send_next(self) -> None:
        self._client.send(f"PRIVMSG #carga :{self.nick} {self._sent} ação")
        self._sent += 1


def read_history(port: int, after: str) -> list[tuple[str, str]]:
    """Everything stored after a msgid ("": from the beginning), oldest first."""
    client = IrcClient(port)
    client.register("leitora", CAPS)
    client.send("JOIN #carga")
    client.receive_until(" 366 ")
    rows: list[tuple[str, str]] = []
    bound = f"msgid={after}" if after else "timestamp=1970-01-01T00:00:00.000Z"
    while True:
        client.send(f"CHATHISTORY AFTER #carga {bound} 1000")
        lines = [parse(line) for line in client.receive_until(" BATCH -")]
        page = [(line.tags["msgid"], line.params[1]) for line in lines if line and line.command == "PRIVMSG"]
        if not page:
            client.close()
            return rows
        rows += page
        bound = f"msgid={page[-1][0]}"


def one_round(server: LiveServer, number: int, chance: random.Random) -> list[Witness]:
    """Load the server, and kill it at a random moment."""
    port = server.ports["irc"]
    people = [Witness(port, f"r{number}s{index}", sends=index < SENDERS) for index in range(SENDERS + 1)]
    enough = threading.Event()
    timer = threading.Timer(chance.uniform(0.02, 0.3), enough.set)
    for person in people:
        person.start()
    timer.start()
    enough.wait()
    server.process.kill()
    server.process.wait()
    assert server.process.stdout is not None
    server.process.stdout.close()
    for person in people:
        person.join(30)
    return people


def check_round(people: list[Witness], stored: list[tuple[str, str]]) -> int:
    """Check that nothing was lost, doubled or reordered; returns how much was received."""
    place = {msgid: at for at, (msgid, _) in enumerate(stored)}
    texts = dict(stored)
    assert len(place) == len(stored), "a msgid is stored twice"
    assert len({text for _, text in stored}) == len(stored), "a message is stored twice"
    for person in people:
        places = [place.get(msgid, -1) for msgid, _ in person.seen]
        lost = [text for (_, text), at in zip(person.seen, places, strict=True) if at < 0]
        assert not lost, f"{person.nick} saw what is not stored: {lost[:5]}"
        assert places == sorted(places), f"{person.nick} saw another order than the stored one"
        assert all(texts[msgid] == text for msgid, text in person.seen)
    for person in people:
        mine = [int(text.split(" ")[1]) for _, text in stored if text.startswith(person.nick + " ")]
        assert mine == list(range(len(mine))), f"{person.nick}'s messages are stored in another order than sent"
    return sum(len(person.seen) for person in people)


def crash(folder: Path, kills: int, seed: int) -> int:
    """Kill the server so many times; returns how many messages were received in all."""
    chance = random.Random(seed)
    last = ""
    seen = 0
    server = start_server(folder, ["irc"])
    for number in range(kills):
        people = one_round(server, number, chance)
        server = start_server(folder, ["irc"])
        stored = read_history(server.ports["irc"], last)
        seen += check_round(people, stored)
        last = stored[-1][0] if stored else last
    assert server.stop(signal.SIGTERM) == 0
    assert server.process.stdout is not None
    server.process.stdout.close()
    return seen


def test_fifty_kills_lose_nothing_that_was_received(tmp_path: Path) -> None:
    """0 lost, 0 duplicated, 0 reordered over 50 SIGKILLs at random moments under load."""
    seen = crash(tmp_path, KILLS, seed=20261120)

    assert seen > KILLS


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_many_kills_lose_nothing_that_was_received(tmp_path: Path) -> None:
    """The same for PAPO_SOAK_KILLS kills (1000 if it is not set), with a random seed."""
    seed = int.from_bytes(os.urandom(4), "big")
    assert crash(tmp_path, int(os.environ.get("PAPO_SOAK_KILLS", "1000")), seed) > 0
