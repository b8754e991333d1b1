"""Whatever happens to the connection: a conversation is a part of the server's log, in its order, without gaps."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from fake_server import CoreServer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from papo.client.state import chathistory, history, send
from papo.protocol.irc import Line, parse

PAGE = 5


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are short here, and many are looked through."""
    monkeypatch.setattr(chathistory, "MAX_PAGES_SEARCHED", 10_000)


class Server:
    """A log, the state of each message in it, and answers that may be late: pages are made when they are asked for,
    and sent when somebody says so.
    """

    def __init__(self) -> None:
        self.core = CoreServer(tokens=f"CASEMAPPING=ascii CHANTYPES=# CHATHISTORY={PAGE}", rooms=["#sala"])
        self.log: list[str] = []
        self.texts: dict[str, str] = {}
        self.nonces: dict[str, str] = {}
        self.gone: set[str] = set()
        self.made = 0
        self.in_it = False
        self.late: list[Callable[[], None]] = []
        """What the server will send next, in this order."""

    # --- what happens in the room

    def row(self, msgid: str, *, batch: str = "") -> str:
        nonce = self.nonces.get(msgid, "")
        nick, tag = ("ana", f";+papo/nonce={nonce}") if nonce else ("bia", "")
        # All in the same few seconds: the order is the log's, and times tell little.
        at = f"2026-11-20T22:00:0{int(msgid[1:]) // 40 % 10}.000Z"
        return f"@{batch}time={at};msgid={msgid}{tag} :{nick}!{nick}@h PRIVMSG #sala :{self.texts[msgid]}"

    def store(self, text: str, *, nonce: str = "", label: str = "") -> None:
        self.made += 1
        msgid = f"m{self.made}"
        self.log.append(msgid)
        self.texts[msgid] = text
        self.nonces[msgid] = nonce
        if self.in_it:
            line = self.row(msgid)
            self.say(f"@label={label};{line[1:]}" if label else line)

    def change(self, msgid: str, text: str) -> None:
        if text:
            self.texts[msgid] = text
            line = f":bia!bia@h EDIT #sala {msgid} :{text}"
        else:
            self.gone.add(msgid)
            line = f":bia!bia@h REDACT #sala {msgid}"
        if self.in_it:
            self.say(line)

    # --- the server

    def say(self, line: str) -> None:
        self.core.send(line)

    def connect(self) -> None:
        self.late.clear()
        self.in_it = False
        self.core.accept()
        self.core.negotiate()
        self.core.welcome()
        self.read()

    def read(self) -> None:
        """Take in what the client has sent."""
        for text in self.core.received():
            line = parse(text)
            if line is None:
                continue
            if line.command == "JOIN":
                self.in_it = True
                self.say(":ana!ana@h JOIN #sala * :Ana")
                self.read()
            elif line.command == "PRIVMSG":
                self.store(line.params[1], nonce=line.tags["+papo/nonce"], label=line.tags["label"])
            elif line.command == "CHATHISTORY":
                self.late.append(self.page(line))

    def page(self, line: Line) -> Callable[[], None]:
        """What is in the log now, to be sent later. Deleted rows are left out, changed ones are as they are now."""
        kind, _target, bound, limit = line.params
        kept = [each for each in self.log if each not in self.gone]
        at = self.log.index(bound.removeprefix("msgid=")) if bound.startswith("msgid=") else -1
        if kind == "LATEST":
            found = kept[-int(limit) :]
        elif kind == "BEFORE":
            found = [each for each in kept if self.log.index(each) < at][-int(limit) :]
        elif kind == "AFTER":
            found = [each for each in kept if self.log.index(each) > at][: int(limit)]
        else:
            first = max(0, at - int(limit) // 2)
            found = [each for each in kept if self.log.index(each) >= first][: int(limit)]
        rows = [self.row(each, batch="batch=p;") for each in found]

        def send_it() -> None:
            self.core.send(f"@label={line.tags['label']} :s BATCH +p chathistory #sala", *rows, ":s BATCH -p")

        return send_it

    def wait_until_idle(self) -> None:
        """Send everything that is owed, and what it leads to."""
        self.read()
        while self.late:
            self.late.pop(0)()
            self.read()

    # --- what must be so

    def check(self) -> None:
        room = self.core.network.buffer("#sala")
        if room is None:
            return
        have = [each.id for each in room.lines if each.id]
        places = [self.log.index(each) for each in have]
        assert places == sorted(set(places)), "in the order of the log, nothing twice"
        if room.loading or room.gap is not None or not have:
            return  # a gap that is known is filled as soon as the server answers
        # Between the first and the last that are here nothing is missing but what was deleted before it came.
        whole = self.log[places[0] : places[-1] + 1]
        assert [each for each in whole if each not in have and each not in self.gone] == []
        if self.core.network.status == "online" and room.history_requested and not room.has_newer:
            newest = [each for each in self.log[places[-1] + 1 :] if each not in self.gone]
            assert newest == [], "up to now"
        if not room.has_older:
            assert [each for each in self.log[: places[0]] if each not in self.gone] == []

    def check_texts(self) -> None:
        """What was changed while we looked on, or in the pages that we have, is as it should be."""
        room = self.core.buffer()
        for each in room.lines:
            if each.id and not each.redacted:
                assert each.text == self.texts[each.id], each.id


class Conversation(RuleBasedStateMachine):
    """Steps in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.server.connect()
        self.wanted: list[str] = []

    @rule(count=st.integers(1, 12))
    def others_speak(self, count: int) -> None:
        for _ in range(count):
            self.server.store("x")

    @rule()
    def we_speak(self) -> None:
        room = self.server.core.network.buffer("#sala")
        if room is not None:
            self.wanted.append(f"nosso {len(self.wanted)}")
            send.say(self.server.core.network, room, self.wanted[-1])

    @rule()
    def the_server_reads(self) -> None:
        self.server.read()

    @rule()
    def a_page_arrives(self) -> None:
        if self.server.late:
            self.server.late.pop(0)()

    @rule()
    def all_arrive(self) -> None:
        self.server.wait_until_idle()

    @rule(reads=st.booleans())
    def the_connection_breaks(self, *, reads: bool) -> None:
        if self.server.core.network.status != "online":
            return
        self.server.in_it = False  # what the server reads from now on is stored, and answered to nobody
        if reads:
            lines = [
                line
                for line in map(parse, self.server.core.received())
                if line is not None and line.command == "PRIVMSG"
            ]
            for line in lines:
                self.server.store(line.params[1], nonce=line.tags["+papo/nonce"])
        self.server.core.network.lost("", 1)
        self.server.late.clear()

    @rule()
    def it_comes_back(self) -> None:
        if self.server.core.network.status == "waiting":
            self.server.connect()

    @rule(at=st.integers(0, 10_000))
    def a_jump(self, at: int) -> None:
        room = self.server.core.network.buffer("#sala")
        known = [each for each in self.server.log if each not in self.server.gone]
        if room is not None and known:
            history.jump(self.server.core.network, room, f"msgid={known[at % len(known)]}", lambda _found: None)

    @rule(way=st.sampled_from([history.load_older, history.load_newer, history.to_present]))
    def scrolling(self, way: Callable[..., None]) -> None:
        room = self.server.core.network.buffer("#sala")
        if room is not None:
            way(self.server.core.network, room)

    @rule(at=st.integers(0, 10_000), deletes=st.booleans())
    def a_change(self, at: int, *, deletes: bool) -> None:
        known = [each for each in self.server.log if each not in self.server.gone and not self.server.nonces[each]]
        if known and self.server.in_it:
            self.server.change(known[at % len(known)], "" if deletes else f"novo {at}")

    @invariant()
    def it_is_a_part_of_the_log(self) -> None:
        self.server.check()

    def teardown(self) -> None:
        if self.server.core.network.status == "waiting":
            self.server.connect()
        self.server.wait_until_idle()
        room = self.server.core.buffer()
        history.to_present(self.server.core.network, room)
        self.server.wait_until_idle()
        self.server.check()
        self.server.check_texts()
        assert not room.has_newer
        stored = [self.server.texts[each] for each in self.server.log if self.server.nonces[each]]
        assert stored == self.wanted, "all of ours, once, in their order"
        assert not any(each.pending for each in room.lines)
        while room.has_older and room.oldest() is not None:
            history.load_older(self.server.core.network, room)
            self.server.wait_until_idle()
        self.server.check()


TestLog = pytest.mark.timeout(120)(Conversation.TestCase)
TestLog.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_a_long_life() -> None:
    """Thousands of steps of one conversation, by chance: what hypothesis' short ones do not reach."""
    chance = random.Random(5)
    it = Conversation()
    steps: list[Callable[[], None]] = [
        lambda: it.others_speak(chance.randrange(1, 12)), it.we_speak, it.the_server_reads, it.a_page_arrives,
        it.all_arrive, it.it_comes_back, lambda: it.a_jump(chance.randrange(9999)),
        lambda: it.scrolling(chance.choice([history.load_older, history.load_newer, history.to_present])),
        lambda: it.a_change(chance.randrange(9999), deletes=chance.random() < 0.5),
        lambda: it.the_connection_breaks(reads=chance.random() < 0.5) if chance.random() < 0.3 else None,
    ]  # fmt: skip
    for _ in range(1_500):
        chance.choice(steps)()
        it.it_is_a_part_of_the_log()
    it.teardown()
