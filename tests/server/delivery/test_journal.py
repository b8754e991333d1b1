"""The one order: nothing is seen before it is stored, nothing overtakes, and what cannot be stored is refused."""

from __future__ import annotations

from typing import Any

import pytest
from fake_link import FakeLink
from memory_server import MemoryServer

from papo.server.delivery.msgid import IdGenerator
from papo.server.delivery.ports import NotStored
from papo.server.dialects.irc.format import IrcFormat


@pytest.fixture
def server() -> MemoryServer:
    """Two people in a channel."""
    server = MemoryServer()
    server.register("ana", "#sala", caps="echo-message labeled-response batch")
    server.register("bia", "#sala")
    return server


def test_nobody_hears_or_is_echoed_before_the_commit(server: MemoryServer) -> None:
    """Echo and delivery follow the commit that holds the message."""
    server.store.held = True
    server.send("ana", "PRIVMSG #sala :oi")
    assert server.received("ana") == server.received("bia") == []

    server.store.commit_now()
    server.run_deferred()

    assert server.received("ana") == server.received("bia") == [":ana!ana@10.0.0.1 PRIVMSG #sala :oi"]


def test_replies_do_not_overtake_what_was_said_before(server: MemoryServer) -> None:
    """A PONG asked for after a message follows its echo; so does everything else."""
    server.store.held = True
    server.send("ana", "PRIVMSG #sala :um")
    server.send("ana", "PING x")
    server.send("bia", "PRIVMSG #sala :dois")
    server.send("ana", "PRIVMSG #sala :três")
    assert server.received("ana") == []

    server.store.commit_now()
    server.run_deferred()

    words = [line.split(" ")[1] + " " + line.split(" :")[-1] for line in server.received("ana")]
    assert words == ["PRIVMSG um", "PONG x", "PRIVMSG dois", "PRIVMSG três"]


def test_who_has_quit_says_no_more(server: MemoryServer) -> None:
    """While the QUIT waits behind a commit, what the connection still sends is not acted upon."""
    server.store.held = True
    server.send("ana", "PRIVMSG #sala :tchau")
    server.send("ana", "QUIT")
    server.send("ana", "PRIVMSG #sala :ainda aqui")
    server.store.commit_now()
    server.run_deferred()

    heard = server.received("bia")
    assert len(heard) == 2
    assert heard[0].endswith(":tchau")
    assert " QUIT " in heard[1]
    assert server.clients["ana"].link.is_closing


def test_what_comes_during_a_commit_is_the_next_batch(server: MemoryServer) -> None:
    """No timer: the next transaction takes everything that has gathered."""
    batches: list[int] = []
    commit = server.store.commit

    def count(events: Any, done: Any) -> None:
        batches.append(len(events))
        commit(events, done)

    server.store.commit = count  # type: ignore[method-assign]
    server.store.held = True
    for n in range(10):
        server.send("ana", f"PRIVMSG #sala :{n}")
    server.store.commit_now()
    server.run_deferred()

    assert batches[0] == 1
    assert sum(batches) >= 10
    assert len(batches) <= 3


def test_a_refused_commit_is_told_to_those_who_spoke_and_shown_to_nobody(server: MemoryServer) -> None:
    """No false acknowledgement; who asked for what came after it is told as well (X4)."""
    server.store.failure = NotStored("disk full")
    server.send("ana", "@label=7 PRIVMSG #sala :perdida")
    server.send("bia", "PART #sala")

    ana = server.received("ana")
    assert ana[0].startswith("@label=7 :papo.test FAIL PRIVMSG TEMPORARILY_UNAVAILABLE #sala ")
    assert ana[1:] == []
    (bia,) = server.received("bia")
    assert bia.startswith(":papo.test FAIL PART TEMPORARILY_UNAVAILABLE #sala :")

    server.store.failure = None
    server.send("ana", "PRIVMSG #sala :de novo")
    assert server.received("ana") == [":ana!ana@10.0.0.1 PRIVMSG #sala :de novo"]


def test_a_message_whose_commit_may_be_on_disk_is_not_called_unsent(server: MemoryServer) -> None:
    """Its author is told to look, in their language; sent again, it might be there twice."""
    server.store.failure = NotStored("IOError: the disk does not sync", unknown=True)
    server.send("bia", "LANGUAGE pt-BR")
    server.received("bia")
    server.send("ana", "@label=7 PRIVMSG #sala :talvez")
    server.send("bia", "NOTICE #sala :talvez")

    [to_ana], [to_bia] = server.received("ana"), server.received("bia")
    assert to_ana.startswith("@label=7 :papo.test FAIL PRIVMSG OUTCOME_UNKNOWN #sala :The disk failed while this was")
    assert to_bia.startswith(":papo.test FAIL NOTICE OUTCOME_UNKNOWN #sala :O disco falhou")
    assert server.chat.journal.refused == 2


def test_senders_wait_where_the_disk_does_not_keep_up(server: MemoryServer) -> None:
    """Beyond 2,000 waiting events who sends is not read from; beyond 10,000 messages are refused."""
    server.store.held = True

    def paused() -> bool:
        link = server.clients["ana"].link
        assert isinstance(link, FakeLink)
        return link.paused

    server.send("ana", "PRIVMSG #sala :primeira")
    for n in range(2_002):
        server.send("ana", f"PRIVMSG #sala :{n}")
    assert paused()
    for n in range(8_100):
        server.send("ana", f"PRIVMSG #sala :{n}")

    server.store.commit_now()
    server.run_deferred()

    assert not paused()
    heard = server.received("ana")
    assert any("TEMPORARILY_UNAVAILABLE" in line for line in heard)
    assert sum("PRIVMSG" in line and "FAIL" not in line for line in heard) > 10_000


def test_a_message_is_encoded_once_for_each_set_of_capabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never once per member: thirty people, three formats, three encodings."""
    server = MemoryServer()
    for n in range(30):
        server.register(f"p{n}", "#sala", caps=("", "server-time", "message-tags server-time")[n % 3])
    encoded: list[str] = []
    encode = IrcFormat.encode

    def count(self: IrcFormat, event: Any) -> bytes | None:
        encoded.append(type(event).__name__)
        return encode(self, event)

    monkeypatch.setattr(IrcFormat, "encode", count)
    server.send("p0", "PRIVMSG #sala :oi")

    assert encoded == ["MessageSent"] * 3
    assert sum(bool(server.received(f"p{n}")) for n in range(30)) == 29


def test_a_bug_met_by_one_event_keeps_nobody_from_the_next(
    server: MemoryServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and what follows is delivered."""
    encode = IrcFormat.encode

    def fail(self: IrcFormat, event: Any) -> bytes | None:
        if getattr(event, "text", "") == "defeito":
            raise ZeroDivisionError
        return encode(self, event)

    monkeypatch.setattr(IrcFormat, "encode", fail)
    server.send("ana", "PRIVMSG #sala :defeito")
    server.send("ana", "PRIVMSG #sala :bom")

    assert server.received("bia") == [":ana!ana@10.0.0.1 PRIVMSG #sala :bom"]
    assert "not encoded: MessageSent" in caplog.text


def test_msgids_are_unique_and_sort_by_time() -> None:
    """Within a millisecond too, and between two runs of one node."""
    one, other = IdGenerator(), IdGenerator()
    made = [one.msgid(1_700_000_000_000 + n // 2_000) for n in range(10_000)]

    assert made == sorted(made)
    assert len({*made, *(other.msgid(1_700_000_000_000) for _ in range(100))}) == 10_100
