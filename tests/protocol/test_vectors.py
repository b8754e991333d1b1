"""The vectors of tests/protocol/vectors against `papo.client`: a session and its network, without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from papo.client.address import read_address
from papo.client.identity import Identity
from papo.client.session.answers import NONCE
from papo.client.state import history, send
from papo.client.state.buffer import Buffer
from papo.client.state.irc_network import IrcNetwork
from papo.client.state.listener import NullListener
from papo.client.state.message import PUBLIC_NONCE, BufferLine
from papo.client.state.network import Network
from papo.protocol.irc import Line, parse
from papo.protocol.times import iso_time

FOLDER = Path(__file__).parent
START: dict[str, Any] = json.loads((FOLDER / "start.json").read_text("utf-8"))
FILES = sorted((FOLDER / "vectors").glob("*.json"))
FEWEST = 300


def cases() -> Iterator[Any]:
    for file in FILES:
        for case in json.loads(file.read_text("utf-8")):
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


class Noting(NullListener):
    """Keeps the notices and highlights."""

    def __init__(self) -> None:
        self.notices: list[list[str]] = []
        self.highlights: list[str] = []

    def notice(self, network: Network, kind: str, text: str) -> None:
        self.notices.append([kind, text])

    def highlight(self, network: Network, buffer: Buffer, entry: BufferLine) -> None:
        self.highlights.append(entry.text)


class Runner:
    """One case: a network, and the server on the other end."""

    def __init__(self, start: dict[str, Any]) -> None:
        self.listener = Noting()
        self.refusals: list[str] = []
        self.nonces: list[str] = []
        identity = Identity(start.get("nick", START["nick"]))
        self.network = IrcNetwork(read_address("irc://irc.test"), identity, rooms=["#sala"], listener=self.listener)
        self.connect(start)

    def connect(self, start: dict[str, Any]) -> None:
        """Register as start.json says, with the case's own capabilities and tokens."""
        start = START | start
        self.out: list[str] = []
        self.labels: list[str] = []
        self.asked: list[str] = []
        self.network.opened(self._write)
        self.receive(f":irc.test CAP * LS :{start['caps'].replace('$caps', START['caps'])}")
        for line in [line for line in map(parse, self.out) if line is not None and line.params[:1] == ["REQ"]]:
            self.receive(f":irc.test CAP * ACK :{line.params[1]}")
        for text in start["lines"]:
            self.receive(text.replace("$tokens", start["tokens"]))
        if self.asked and start.get("page", []) is not None:
            self.page(start.get("page", []))
        self._forget()

    def _forget(self) -> None:
        self.out.clear()
        self.labels.clear()
        self.listener.notices.clear()
        self.listener.highlights.clear()

    def _write(self, text: str) -> None:
        self.out.append(text)
        line = parse(text)
        assert line is not None
        label = line.tags.get("label") or (line.params[0] if line.command == "PING" else "")
        if label:
            self.labels.append(label)
        nonce = line.tags.get(NONCE) or line.tags.get(PUBLIC_NONCE, "")
        if nonce not in {"", *self.nonces}:
            self.nonces.append(nonce)
        if line.command == "CHATHISTORY":
            self.asked.append(label)

    def receive(self, *texts: str) -> None:
        for text in texts:
            for at, label in reversed(list(enumerate(self.labels, 1))):
                text = text.replace(f"$label{at}", label)
            for at, nonce in reversed(list(enumerate(self.nonces, 1))):
                text = text.replace(f"$nonce{at}", nonce)
            self.network.received(f"{text}\r\n".encode())

    def page(self, lines: list[str]) -> None:
        """Answer the oldest CHATHISTORY that has no answer yet."""
        self.receive(f"@label={self.asked.pop(0)} :irc.test BATCH +page chathistory #sala")
        for text in lines:
            tags, _space, rest = text.partition(" ") if text.startswith("@") else ("@", "", text)
            self.receive(text if "batch=" in tags else f"{tags}{';' * (len(tags) > 1)}batch=page {rest}")
        self.receive(":irc.test BATCH -page")

    def sent(self) -> list[Line]:
        """What was sent since the last call, with `$label1` and `$nonce1` for what is different in each run."""
        found = [line for line in map(parse, self.out) if line is not None]
        self.out.clear()
        names = {each: f"$label{at}" for at, each in enumerate(self.labels, 1)}
        names |= {each: f"$nonce{at}" for at, each in enumerate(self.nonces, 1)}
        for line in found:
            line.tags = {key: names.get(value, value) for key, value in line.tags.items()}
            if line.command in {"PING", "BATCH"}:
                line.params = [_named(each, names) for each in line.params]
            line.tags = {key: _named(value, names) for key, value in line.tags.items()}
        return found

    # --- what a user does

    def do(self, action: dict[str, Any]) -> None:
        network, then = self.network, self.refusals.append
        buffer = network.open(action["in"]) if "in" in action else network.server
        of = buffer.find(action.get("id", ""))
        run: dict[str, Callable[[], object]] = {
            "say": lambda: send.say(network, buffer, action["text"], reply_to=action.get("reply_to", "")),
            "retry": lambda: send.retry(network, buffer, buffer.lines[-1].nonce),
            "edit": lambda: send.edit(network, buffer, of or BufferLine(), action["text"], then),
            "delete": lambda: send.delete(network, buffer, of or BufferLine(), then),
            "react": lambda: send.react(network, buffer, of or BufferLine(), action["emoji"]),
            "typing": lambda: send.typing(network, buffer, empty=action.get("empty", False)),
            "mark_read": lambda: history.mark_read(network, buffer),
            "older": lambda: history.load_older(network, buffer),
            "newer": lambda: history.load_newer(network, buffer),
            "present": lambda: history.to_present(network, buffer),
            "jump": lambda: history.jump(network, buffer, f"msgid={action['id']}", lambda _line: None),
            "view": partial(self.view, buffer),
            "join": lambda: network.join(action["channel"]),
            "keywords": lambda: setattr(network, "keywords", action["words"]),
        }
        run[action["action"]]()

    def view(self, buffer: Buffer) -> None:
        self.network.visible = {buffer.key}

    # --- what a user sees

    def check(self, expected: dict[str, Any]) -> None:
        found: dict[str, Any] = {}
        for name, value in expected.items():
            if name == "buffers":
                found[name] = {each: self.buffer(each, wanted) for each, wanted in value.items()}
            elif name == "users":
                found[name] = {nick: self.user(nick, wanted) for nick, wanted in value.items()}
            elif name == "open":
                found[name] = self.network.open_names()
            elif name == "me":
                found[name] = {key: self.me(key) for key in value}
            else:
                found[name] = getattr(self.listener, name, None) if name != "refusals" else self.refusals
        assert found == expected

    def buffer(self, name: str, wanted: dict[str, Any] | None) -> dict[str, Any] | None:
        buffer = self.network.buffer(name)
        if buffer is None or wanted is None:
            return None if buffer is None else {}
        return {key: BUFFER[key](buffer) for key in wanted}

    def user(self, nick: str, wanted: dict[str, Any] | None) -> dict[str, Any] | None:
        user = self.network.find_user(nick)
        if user is None or wanted is None:
            return None if user is None else {}
        return {key: getattr(user, key) for key in wanted}

    def me(self, key: str) -> Any:
        if key == "caps":
            return sorted(self.network.session.caps)
        return getattr(self.network, key)


def _named(text: str, names: dict[str, str]) -> str:
    """A label or a nonce under its name, and a batch that the client named after a label as `$batch1`."""
    if text in names:
        return names[text]
    sign, bare = (text[0], text[1:]) if text[:1] in {"+", "-"} else ("", text)
    name = names.get(bare.removeprefix("m"), "")
    return f"{sign}{name.replace('label', 'batch')}" if name and bare.startswith("m") else text


USUAL = {"kind": "say", "detail": "", "edited": False, "redacted": False, "mine": False, "mention": False}
USUAL |= {"pending": "", "error": "", "reactions": None, "reply_to": "", "rank": ""}
OUR_NAMES = {"rank": "statusmsg"}
"""What `BufferLine` calls differently."""


def line_of(line: BufferLine) -> dict[str, Any]:
    """Nick and text, and whatever is not as usual."""
    found = {key: getattr(line, OUR_NAMES.get(key, key)) for key in USUAL}
    rest = {key: value for key, value in found.items() if value != USUAL[key]}
    return {"nick": line.nick, "text": line.text, **rest}


BUFFER: dict[str, Callable[[Buffer], Any]] = {
    "name": lambda buffer: buffer.name,
    "kind": lambda buffer: "person" if buffer.kind == "query" else buffer.kind,
    "lines": lambda buffer: [line_of(each) for each in buffer.lines],
    "texts": lambda buffer: [each.text for each in buffer.lines if each.is_message],
    "last": lambda buffer: line_of(buffer.lines[-1]) if buffer.lines else None,
    "members": lambda buffer: {each.nick: each.prefixes for each in buffer.members.values()},
    "modes": lambda buffer: buffer.modes,
    "topic": lambda buffer: buffer.topic,
    "joined": lambda buffer: buffer.joined,
    "unread": lambda buffer: buffer.unread,
    "mentions": lambda buffer: buffer.mentions,
    "read_at": lambda buffer: iso_time(buffer.read_at_ms) if buffer.read_at_ms else None,
    "typing": lambda buffer: buffer.typing_nicks(),
    "has_older": lambda buffer: buffer.has_older,
    "has_newer": lambda buffer: buffer.has_newer,
}


@pytest.mark.parametrize("case", list(cases()))
def test_the_client_does_what_the_vector_says(case: dict[str, Any]) -> None:
    runner = Runner(case.get("start", {}))
    for step in case["steps"]:
        ((kind, value),) = step.items()
        if kind == "receive":
            runner.receive(*([value] if isinstance(value, str) else value))
        elif kind == "page":
            runner.page(value)
        elif kind == "do":
            runner.do(value)
        elif kind == "reconnect":
            runner.network.lost("broken", 1)
            runner.connect(value)
        elif kind == "sent":
            assert runner.sent() == [parse(each) for each in value]
        elif kind == "expect":
            runner.check(value)
        else:
            raise AssertionError(f"{kind}: no such step")


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    names = [each.id for each in cases()]
    assert len(names) == len(set(names))
    assert len(names) >= FEWEST
