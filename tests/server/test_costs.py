"""What is charged, and how much of one connection's work is done in a loop turn. No test looks at a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fake_link import FakeLink
from memory_server import MemoryServer, make_config

from papo.config import Limits
from papo.protocol.dialects import CLASSROOM
from papo.server import costs
from papo.server.dialects.framed import Framed
from papo.server.dialects.irc.verb import VERBS
from papo.server.dialects.relay import Relay
from papo.server.world.names import fold

LIMITS = Limits()


def run(test: Callable[[MemoryServer], Awaitable[None]], limits: Limits = LIMITS) -> None:
    """Run a test against a server with default limits, whose clock does not run."""

    async def whole() -> None:
        await test(MemoryServer(make_config(limits=limits)))

    asyncio.run(whole())


def charged(session: Any, data: bytes) -> float:
    """What the bytes cost, answers not counted."""
    costs_of: list[float] = [session.cost(request) for request in requests_of(session, data)]
    return sum(costs_of)


def requests_of(session: Any, data: bytes) -> list[Any]:
    """The requests that the bytes are for the session."""
    seen: list[Any] = []
    real = type(session).handle_all
    type(session).handle_all = lambda _, requests: seen.extend(requests)
    try:
        session.receive(data)
    finally:
        type(session).handle_all = real
    return seen


def per_bytes(size: int) -> float:
    """What bytes cost."""
    return size / LIMITS.bytes_per_s * LIMITS.messages_per_s


def test_every_verb_of_the_table_exists() -> None:
    """A row without its verb charges nothing."""
    assert costs.VERBS.keys() <= VERBS.keys()
    assert costs.MORE_TARGETS.keys() <= VERBS.keys()
    assert all(verb.cost == costs.VERBS.get(name, costs.USUAL) > 0 for name, verb in VERBS.items())


def test_empty_lines_are_charged_and_stop_the_reading() -> None:
    """Many for little, but not for nothing; before registration each counts as a line."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana")
        count = costs.BLANK_LINES * 4
        assert charged(ana, b"\r\n" * count) == pytest.approx(4 + per_bytes(count))
        link = ana.link
        assert isinstance(link, FakeLink)
        for _ in range(10):
            ana.receive(b"\r\n" * count)
        assert link.paused
        bia = server.connect("bia")
        bia.receive(b"\n" * (LIMITS.unregistered_lines + 1))
        assert bia.ended

    run(test)


def test_a_line_without_end_is_charged() -> None:
    """What is thrown away is read all the same."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana")
        ana.receive(b"x" * 6000)
        assert charged(ana, b"x" * 64 * costs.BLANK_LINES) >= 1

    run(test)


@pytest.mark.parametrize(
    "line",
    ["  LIST", ":x LIST", "@a=b  LIST", "@a=b :x  LIST", "LI\0ST", "list", "@batchx=q LIST", "@x=batch=q LIST"],
)
def test_no_spelling_makes_a_verb_cheaper(line: str) -> None:
    """A source, spaces, NULs, tags that are called like `batch`: it is run as LIST, and charged as LIST."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana", caps="message-tags batch draft/multiline")
        server.send("ana", "BATCH +q draft/multiline #a")
        assert ana.batch is not None
        assert charged(ana, line.encode() + b"\r\n") == pytest.approx(costs.VERBS["LIST"] + per_bytes(len(line)))

    run(test)


def test_lines_of_a_batch_are_one_message() -> None:
    """But not lines that open one."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana", caps="message-tags batch draft/multiline")
        server.send("ana", "BATCH +q draft/multiline #a")
        line = "@batch=q PRIVMSG #a :x"
        assert charged(ana, line.encode() + b"\r\n") == pytest.approx(costs.BATCH_LINE + per_bytes(len(line)))
        line = "@batch=q BATCH +r draft/multiline #a"
        assert charged(ana, line.encode() + b"\r\n") == pytest.approx(costs.VERBS["BATCH"] + per_bytes(len(line)))

    run(test)


def test_each_target_is_charged() -> None:
    """Also behind two spaces."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana")
        line = "JOIN  " + ",".join(f"#{n}" for n in range(50))
        expected = costs.USUAL + 49 * costs.MORE_TARGETS["JOIN"] + per_bytes(len(line))
        assert charged(ana, line.encode() + b"\r\n") == pytest.approx(expected)

    run(test)


def test_a_list_is_shown_once_for_a_command() -> None:
    """However often its letter is repeated."""

    async def test(server: MemoryServer) -> None:
        server.register("ana", "#a")
        answer = server.ask("ana", f"MODE #a {'+b' * 100}{'e' * 100}{'I' * 100}")
        assert [line.split()[1] for line in answer] == ["368", "349", "347"]

    run(test)


def test_answers_are_charged_with_the_next_request() -> None:
    """Bytes and rows; never more than the dearest answer, and nothing while the limits are off."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana", "#a")
        ana.answered_bytes, ana.answered_rows = costs.ANSWER_BYTES * 2, costs.ROWS * 3
        before = ana._budget.tokens  # noqa: SLF001 -- what a bucket holds is seen nowhere else
        server.send("ana", "PONG x")
        spent = before - ana._budget.tokens  # noqa: SLF001 -- as above
        assert spent == pytest.approx(5 + costs.VERBS["PONG"] + per_bytes(6))
        assert not ana.answered_bytes
        assert not ana.answered_rows
        server.now_s += 3600
        server.send("ana", "PONG x")
        before = ana._budget.tokens  # noqa: SLF001 -- as above
        ana.answered_bytes = costs.ANSWER_BYTES * 1_000_000
        server.send("ana", "PING x")
        assert before - ana._budget.tokens == pytest.approx(costs.DEAREST_ANSWER)  # noqa: SLF001 -- as above
        assert ana.backlog == 1

    run(test)


@pytest.mark.parametrize(
    "question",
    [
        "LIST", "LIST *1*,!*x*", "WHO *", "WHO #big", "WHO #big %tn,1", "MODE #big b", "NAMES #big",
        "METADATA #big SYNC", "JOIN #big",
    ],
)  # fmt: skip
def test_what_an_answer_looks_at_is_counted(question: str) -> None:
    """Whether it is shown or not."""

    async def test(server: MemoryServer) -> None:
        fill(server)
        ana = server.register("ana", *([] if question == "JOIN #big" else ["#big"]))
        server.now_s += 3600
        ana.answered_rows = 0
        server.send("ana", question)
        await server.wait_idle("ana")
        assert ana.answered_rows >= 250

    def fill(server: MemoryServer) -> None:
        for n in range(250):
            server.register(f"u{n}", "#big", f"#c{n}")
        big = server.chat.world.channels[fold("#big")]
        for n in range(250):
            big.lists["b"][f"x{n}!*@*"] = ("ana", 0)

    run(test)


@pytest.mark.parametrize("question", ["LIST", "WHO *", "WHO #big", "WHO #big %tn,1"])
def test_a_long_answer_is_sent_in_turns(question: str) -> None:
    """A part in each loop turn, complete in the end, the next request after it; who leaves meanwhile is left out."""

    async def test(server: MemoryServer) -> None:
        total = costs.ROWS_PER_TURN * 3
        for n in range(total):
            server.register(f"u{n:03}", "#big", f"#c{n:03}")
        ana = server.register("ana", "#big")
        server.received("ana")
        ana.receive(f"{question}\r\nPING after\r\n".encode())
        link = ana.link
        assert isinstance(link, FakeLink)
        first = link.sent().decode().count("\r\n")
        assert 0 < first <= costs.ROWS_PER_TURN + 1
        assert ana.is_running
        server.clients["u299"].receive(b"QUIT\r\n")
        await server.wait_idle("ana")
        rest = server.received("ana")
        assert "PONG" in rest[-1]
        rows = [line for line in rest if "u299" not in line and "#c299" not in line]
        assert len(rest) - len(rows) <= 1  # the QUIT that is heard
        assert first + len(rows) >= total

    run(test, Limits(who_rows=1000, enabled=False))


def test_a_connection_has_its_turn_and_then_others_have_theirs() -> None:
    """Whatever it has saved up; nothing is lost, and the order stays."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana")
        server.now_s += 3600
        server.received("ana")
        count = int(costs.TURN / costs.VERBS["PING"])
        ana.receive(b"".join(b"PING %d\r\n" % n for n in range(count + 4)))
        link = ana.link
        assert isinstance(link, FakeLink)
        assert link.sent().count(b"PONG") == count
        assert link.paused
        assert ana.backlog == 4
        server.run_deferred()
        assert [line.rpartition(":")[2] for line in server.received("ana")] == [str(count + n) for n in range(4)]
        assert not link.paused

    run(test)


def classroom(server: MemoryServer, make: Any, name: str) -> tuple[Any, FakeLink]:
    """A classroom client in the room."""
    link = FakeLink()
    session = make(server.chat, link, CLASSROOM[name], {})
    server.run_deferred()
    return session, link


def test_a_framed_payload_is_charged_as_the_messages_it_becomes() -> None:
    """And its bytes; it is said in turns."""

    async def test(server: MemoryServer) -> None:
        session, link = classroom(server, Framed, "framed")
        server.register("ana", session.room)
        server.now_s += 3600
        payload = b"x" * 40_000
        cost = session.cost(payload.decode())
        assert cost == pytest.approx(1 + 40_000 // costs.MESSAGE_BYTES + per_bytes(40_000))
        session.receive(b"40000".ljust(64) + payload)
        assert link.paused
        assert session.is_running
        server.clients["said"] = session
        await server.wait_idle("said")
        said = [line for line in server.received("ana") if " PRIVMSG " in line]
        assert "".join(line.rpartition(":")[2] for line in said) == payload.decode()
        session.receive(b"1".ljust(64) + b"y")
        assert session.backlog == 1

    run(test)


def test_empty_classroom_messages_are_charged() -> None:
    """They say nothing."""

    async def test(server: MemoryServer) -> None:
        session, link = classroom(server, Relay, "relay")
        for _ in range(20):
            session.receive(b"\n" * costs.BLANK_LINES)
        assert link.paused
        assert session.user.nick

    run(test)


def test_a_sync_in_turns_shows_nobody_who_has_left() -> None:
    """Metadata of a large channel is gathered in turns; who is gone by then, or whose channel is, is left out."""

    async def test(server: MemoryServer) -> None:
        for n in range(costs.ROWS_PER_TURN * 2):
            server.register(f"u{n:03}", "#big")
            server.send(f"u{n:03}", "METADATA * SET colour :red")
        ana = server.register("ana", "#big", caps="draft/metadata-2 batch")
        server.send("ana", "METADATA * SUB colour")
        server.received("ana")
        ana.receive(b"METADATA #big SYNC\r\n")
        assert ana.is_running
        server.clients["u199"].receive(b"PART #big\r\n")
        await server.wait_idle("ana")
        shown = [line for line in server.received("ana") if " METADATA u" in line]
        assert len(shown) == costs.ROWS_PER_TURN * 2 - 1
        assert not any(" u199 " in line for line in shown)
        ana.receive(b"METADATA #big SYNC\r\n")
        server.send("u000", "PING x")
        ana.receive(b"PING after\r\n")
        await server.wait_idle("ana")
        assert "PONG" in server.received("ana")[-1]

    run(test, Limits(enabled=False))


def test_a_join_of_many_channels_takes_turns() -> None:
    """Ten in a loop turn; the next request after the last of them."""

    async def test(server: MemoryServer) -> None:
        ana = server.register("ana")
        names = [f"#{n}" for n in range(costs.JOINS_PER_TURN * 3)]
        ana.receive(f"JOIN {','.join(names)}\r\nPING after\r\n".encode())
        assert len(ana.me.channels) == costs.JOINS_PER_TURN
        assert ana.is_running
        await server.wait_idle("ana")
        assert list(ana.me.channels) == names
        assert "PONG" in server.received("ana")[-1]

    run(test, Limits(enabled=False))
