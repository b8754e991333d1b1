"""The one order: nothing is seen before it is stored, nothing overtakes, and what cannot be stored is refused."""

from __future__ import annotations

from typing import Any

import pytest

from helpers import FakeLink, Talk
from papo.server.delivery.msgid import Names
from papo.server.delivery.ports import NotStored
from papo.server.dialects.irc.format import IrcFormat


@pytest.fixture
def room() -> Talk:
    """Two people in a channel."""
    talk = Talk()
    talk.join("ana", "#sala", caps="echo-message labeled-response batch")
    talk.join("bia", "#sala")
    return talk


def test_nobody_hears_or_is_echoed_before_the_commit(room: Talk) -> None:
    """Echo and delivery follow the commit that holds the message."""
    room.store.held = True
    room.say("ana", "PRIVMSG #sala :oi")
    assert room.heard("ana") == room.heard("bia") == []

    room.store.commit_now()
    room.run_soon()

    assert room.heard("ana") == room.heard("bia") == [":ana!ana@10.0.0.1 PRIVMSG #sala :oi"]


def test_replies_do_not_overtake_what_was_said_before(room: Talk) -> None:
    """A PONG asked for after a message follows its echo; so does everything else."""
    room.store.held = True
    room.say("ana", "PRIVMSG #sala :um")
    room.say("ana", "PING x")
    room.say("bia", "PRIVMSG #sala :dois")
    room.say("ana", "PRIVMSG #sala :três")
    assert room.heard("ana") == []

    room.store.commit_now()
    room.run_soon()

    words = [line.split(" ")[1] + " " + line.split(" :")[-1] for line in room.heard("ana")]
    assert words == ["PRIVMSG um", "PONG x", "PRIVMSG dois", "PRIVMSG três"]


def test_who_has_quit_says_no_more(room: Talk) -> None:
    """While the QUIT waits behind a commit, what the connection still sends is not acted upon."""
    room.store.held = True
    room.say("ana", "PRIVMSG #sala :tchau")
    room.say("ana", "QUIT")
    room.say("ana", "PRIVMSG #sala :ainda aqui")
    room.store.commit_now()
    room.run_soon()

    heard = room.heard("bia")
    assert len(heard) == 2
    assert heard[0].endswith(":tchau")
    assert " QUIT " in heard[1]
    assert room.people["ana"].link.gone


def test_what_comes_during_a_commit_is_the_next_batch(room: Talk) -> None:
    """No timer: the next transaction takes everything that has gathered."""
    batches: list[int] = []
    commit = room.store.commit

    def count(events: Any, done: Any) -> None:
        batches.append(len(events))
        commit(events, done)

    room.store.commit = count  # type: ignore[method-assign]
    room.store.held = True
    for n in range(10):
        room.say("ana", f"PRIVMSG #sala :{n}")
    room.store.commit_now()
    room.run_soon()

    assert batches[0] == 1
    assert sum(batches) >= 10
    assert len(batches) <= 3


def test_a_refused_commit_is_told_to_those_who_spoke_and_shown_to_nobody(room: Talk) -> None:
    """No false acknowledgement; who came and went is true all the same (X4)."""
    room.store.failure = NotStored("disk full")
    room.say("ana", "@label=7 PRIVMSG #sala :perdida")
    room.say("bia", "PART #sala")

    ana = room.heard("ana")
    assert ana[0].startswith("@label=7 :papo.test FAIL PRIVMSG TEMPORARILY_UNAVAILABLE #sala ")
    assert ana[1:] == [":bia!bia@10.0.0.1 PART #sala"]
    assert not [line for line in room.heard("bia") if "PRIVMSG" in line]

    room.store.failure = None
    room.say("ana", "PRIVMSG #sala :de novo")
    assert room.heard("ana") == [":ana!ana@10.0.0.1 PRIVMSG #sala :de novo"]


def test_senders_wait_where_the_disk_does_not_keep_up(room: Talk) -> None:
    """Beyond 2,000 waiting events who sends is not read from; beyond 10,000 messages are refused."""
    room.store.held = True

    def paused() -> bool:
        link = room.people["ana"].link
        assert isinstance(link, FakeLink)
        return link.paused

    room.say("ana", "PRIVMSG #sala :primeira")
    for n in range(2_002):
        room.say("ana", f"PRIVMSG #sala :{n}")
    assert paused()
    for n in range(8_100):
        room.say("ana", f"PRIVMSG #sala :{n}")

    room.store.commit_now()
    room.run_soon()

    assert not paused()
    heard = room.heard("ana")
    assert any("TEMPORARILY_UNAVAILABLE" in line for line in heard)
    assert sum("PRIVMSG" in line and "FAIL" not in line for line in heard) > 10_000


def test_a_message_is_encoded_once_for_each_set_of_capabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never once per member: thirty people, three formats, three encodings."""
    room = Talk()
    for n in range(30):
        room.join(f"p{n}", "#sala", caps=("", "server-time", "message-tags server-time")[n % 3])
    encoded: list[str] = []
    encode = IrcFormat.encode

    def count(self: IrcFormat, event: Any) -> bytes | None:
        encoded.append(type(event).__name__)
        return encode(self, event)

    monkeypatch.setattr(IrcFormat, "encode", count)
    room.say("p0", "PRIVMSG #sala :oi")

    assert encoded == ["MessageSent"] * 3
    assert sum(bool(room.heard(f"p{n}")) for n in range(30)) == 29


def test_a_bug_met_by_one_event_keeps_nobody_from_the_next(
    room: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and what follows is delivered."""
    encode = IrcFormat.encode

    def fail(self: IrcFormat, event: Any) -> bytes | None:
        if getattr(event, "text", "") == "defeito":
            raise ZeroDivisionError
        return encode(self, event)

    monkeypatch.setattr(IrcFormat, "encode", fail)
    room.say("ana", "PRIVMSG #sala :defeito")
    room.say("ana", "PRIVMSG #sala :bom")

    assert room.heard("bia") == [":ana!ana@10.0.0.1 PRIVMSG #sala :bom"]
    assert "not encoded: MessageSent" in caplog.text


def test_msgids_are_unique_and_sort_by_time() -> None:
    """Within a millisecond too, and between two runs of one node."""
    one, other = Names(), Names()
    made = [one.msgid(1_700_000_000_000 + n // 2_000) for n in range(10_000)]

    assert made == sorted(made)
    assert len({*made, *(other.msgid(1_700_000_000_000) for _ in range(100))}) == 10_100
