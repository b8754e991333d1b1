"""What is deleted for its age, and what a clock that was wrong leaves behind."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from memory_server import MemoryServer, make_config

from papo.config import Accounts, History, Operator
from papo.config.passwords import hash_password
from papo.protocol.times import DAY_MS, iso_time
from papo.server import upkeep
from papo.server.actions import always_on, clock, operate
from papo.server.actions.actor import of_server
from papo.server.actions.alarms import REMIND_S
from papo.server.delivery.ports import NotStored
from papo.server.world.errors import Refused
from papo.server.world.events import AlwaysOnSet
from papo.server.world.records import Account, Ban, ChannelRecord, ClockRecord, Presence

DAY_S = 86_400
KEPT = make_config(history=History(keep_days=365), accounts=Accounts(always_on="opt-in", always_on_days=60))


@pytest.fixture(name="server")
def _server() -> MemoryServer:
    server = MemoryServer(KEPT)
    server.register("ana", "#sala")
    server.register("bia", "#sala")
    clock.review(server.chat)
    server.run_deferred()
    return server


def review(server: MemoryServer, set_by_s: float | None = None) -> None:
    """Half a minute passes; the clock is set before, if asked for."""
    if set_by_s is not None:
        server.set_by_s = set_by_s
    server.now_s += 30
    clock.review(server.chat)
    server.run_deferred()


def pruned(server: MemoryServer) -> int:
    """How many messages are deleted by an upkeep."""
    before = len(server.store.events)
    asyncio.run(upkeep.prune(server.chat))
    return before - len(server.store.events)


@pytest.mark.parametrize("days", [400, 15, 365 * 30, -400])
def test_nothing_is_deleted_by_a_clock_that_has_jumped(server: MemoryServer, days: int) -> None:
    """However much history the jump makes old; operators hear of it, once a day."""
    chat = server.chat
    server.send("ana", "PRIVMSG #sala :fica")
    chat.world.registry.channels["#sala"] = ChannelRecord(
        key="#sala", name="#sala", created_at_ms=5, founder="x", keep_days=3
    )
    chat.records.store_soon(Ban(kind="account", mask="x", reason="r", by="o", at_ms=0, until_ms=chat.now_ms() + DAY_MS))
    account = Account(id="a1", name="ana", created_at_ms=0, seen_ms=chat.now_ms())
    chat.records.store_soon(account)
    ana = server.clients["ana"].me
    ana.account_id, ana.sessions = "a1", ()
    chat.emit(AlwaysOnSet(**chat.stamp(ana), on=True))
    operate.become_operator(chat, server.clients["bia"], "chefe", ("see",))
    review(server, days * DAY_S)
    server.received("bia")

    assert pruned(server) == 0
    assert always_on.expired(chat) == []
    assert operate.ban_reason(chat, who="x!y", address="10.0.0.9") == ""
    server.run_deferred()
    assert "account:x" in chat.world.registry.bans
    assert chat.clock.is_doubted
    assert "clock" in chat.alarms
    for _ in range(3):
        review(server)
    assert server.received("bia") == []
    server.now_s += REMIND_S
    review(server)
    (line,) = server.received("bia")
    assert "papo clock accept" in line

    asyncio.run(server.run_action(clock.accept(chat, of_server(chat))))
    assert chat.alarms == {}
    assert (pruned(server) > 0) is (days > 0)
    assert bool(always_on.expired(chat)) is (days > 60)


@pytest.mark.parametrize("days", [1, 13, -13])
def test_a_server_that_was_switched_off_for_a_fortnight_goes_on(server: MemoryServer, days: int) -> None:
    """Nobody is asked anything; the time is stored for the next start."""
    review(server, days * DAY_S)
    assert server.chat.alarms == {}
    record = server.chat.world.registry.clock[""]
    assert record.believed_ms == server.chat.now_ms()
    assert ("clock", "") in server.store.tables.records


def test_a_doubted_clock_is_not_believed_because_time_goes_on(server: MemoryServer) -> None:
    """The believed time goes on by the monotonic clock; what it makes old is deleted, and nothing else."""
    server.send("ana", "PRIVMSG #sala :antiga")
    stored = server.chat.world.registry.clock[""]
    review(server, 400 * DAY_S)
    for _ in range(364):
        server.now_s += DAY_S
        review(server)
    assert server.chat.world.registry.clock[""] == stored
    assert pruned(server) == 0
    server.now_s += 2 * DAY_S
    review(server)
    assert pruned(server) > 0


def test_a_clock_that_is_set_right_again_is_believed(server: MemoryServer) -> None:
    """And operators are told."""
    operate.become_operator(server.chat, server.clients["bia"], "chefe", ("see",))
    review(server, 400 * DAY_S)
    review(server, 0)
    said = server.received("bia")
    assert "ahead of" in said[-2]
    assert "agrees" in said[-1]
    assert not server.chat.clock.is_doubted


def test_whoever_becomes_operator_hears_what_is_wrong() -> None:
    """Also long after it began, and in the operator's own language."""
    server = MemoryServer(
        msgspec.structs.replace(KEPT, operators=(Operator(name="chefe", password=hash_password("senha")),))
    )
    server.register("ana")
    clock.review(server.chat)
    review(server, 400 * DAY_S)
    server.send("ana", "LANGUAGE pt-BR")
    said = asyncio.run(server.ask_and_wait("ana", "OPER chefe senha"))
    assert "400 dias à frente" in said[-1]


def test_a_read_marker_of_a_time_to_come_hides_nothing(server: MemoryServer) -> None:
    """The marker goes back with the clock, on the user's screens and on disk, and forwards again from there."""
    right_ms = server.chat.now_ms()
    server.clients["ana"].me.account_id, server.clients["ana"].me.account = "a1", "ana"
    server.send("ana", "CAP REQ :draft/read-marker")
    server.received("ana")
    server.set_by_s = 365.0 * DAY_S
    server.send("ana", f"MARKREAD #sala timestamp={iso_time(server.chat.now_ms())}")
    assert iso_time(right_ms + 365 * DAY_MS) in server.received("ana")[-1]
    server.set_by_s = 0
    server.send("bia", "PRIVMSG #sala :nova")
    review(server)
    assert server.received("ana")[-1].endswith(f"MARKREAD #sala timestamp={iso_time(right_ms)}")
    assert list(server.store.tables.markers.values()) == [right_ms]
    later = iso_time(right_ms + 2000)
    server.send("ana", f"MARKREAD #sala timestamp={later}")
    assert later in server.received("ana")[-1]


def test_nobody_can_have_read_what_is_still_to_come(server: MemoryServer) -> None:
    """A marker is never after now."""
    server.send("ana", "CAP REQ :draft/read-marker")
    server.send("ana", "MARKREAD #sala timestamp=2999-01-01T00:00:00.000Z")
    assert server.received("ana")[-1].endswith(f"timestamp={iso_time(server.chat.now_ms())}")


def test_accounts_devices_and_bans_of_a_time_to_come_are_corrected(server: MemoryServer) -> None:
    """An account owns what it says from now on, a device gets its replay, a ban ends when it was meant to."""
    chat = server.chat
    now_ms = chat.now_ms()
    server.set_by_s = 365.0 * DAY_S
    ahead_ms = chat.now_ms()
    for record in (
        Account(
            id="a1", name="ana", created_at_ms=ahead_ms, named_at_ms=ahead_ms, seen_ms=ahead_ms, not_before_ms=ahead_ms
        ),
        Presence(account="a1", nick="ana", username="a", realname="A", devices={"tablet": ahead_ms, "pc": 7}),
        Ban(kind="mask", mask="x!*@*", reason="r", by="o", at_ms=ahead_ms, until_ms=ahead_ms + 60_000),
        Ban(kind="mask", mask="y!*@*", reason="r", by="o", at_ms=ahead_ms),
    ):
        chat.records.store_soon(record)
    review(server, 0)
    registry: Any = chat.world.registry
    assert (registry.accounts["a1"].named_at_ms, registry.accounts["a1"].seen_ms) == (now_ms + 30_000, now_ms + 30_000)
    assert registry.accounts["a1"].not_before_ms == now_ms + 30_000
    assert registry.presences["a1"].devices == {"tablet": now_ms + 30_000, "pc": 7}
    assert registry.bans["mask:x!*@*"].until_ms == now_ms + 90_000
    assert registry.bans["mask:y!*@*"].until_ms == 0


def test_a_clock_far_behind_corrects_nothing(server: MemoryServer) -> None:
    """A machine that starts in 1970 is wrong itself."""
    account = Account(id="a1", name="ana", created_at_ms=0, named_at_ms=server.chat.now_ms())
    server.chat.records.store_soon(account)
    kept = server.chat.world.registry.accounts.get("a1")
    review(server, -20_000.0 * DAY_S)
    assert server.chat.world.registry.accounts.get("a1") == kept
    assert isinstance(server.chat.world.registry.clock[""], ClockRecord)


def test_the_clock_is_shown_and_accepted(server: MemoryServer) -> None:
    """`papo clock`: three sentences while it is doubted; what an administrator accepts is in the audit log."""
    review(server, 400 * DAY_S)
    shown = asyncio.run(clock.show(server.chat, of_server(server.chat)))
    assert len(shown) == 3

    asyncio.run(server.run_action(clock.accept(server.chat, of_server(server.chat))))
    assert [each.action for each in server.store.tables.audited] == ["CLOCK accept"]
    assert len(asyncio.run(clock.show(server.chat, of_server(server.chat)))) == 2


def test_a_clock_is_not_believed_before_that_is_on_disk(server: MemoryServer) -> None:
    """Nothing is deleted by it, and the administrator is told."""
    review(server, 400 * DAY_S)
    server.store.failure = NotStored("disk full")
    with pytest.raises(Refused):
        asyncio.run(server.run_action(clock.accept(server.chat, of_server(server.chat))))
    assert server.chat.clock.is_doubted
    assert "clock" in server.chat.alarms
    assert server.store.tables.audited == []


def test_times_to_come_are_corrected_again_if_that_is_refused(server: MemoryServer) -> None:
    """At the next review."""
    right_ms = server.chat.now_ms()
    server.clients["ana"].me.account_id, server.clients["ana"].me.account = "a1", "ana"
    server.send("ana", "CAP REQ :draft/read-marker")
    server.set_by_s = 365.0 * DAY_S
    server.send("ana", f"MARKREAD #sala timestamp={iso_time(server.chat.now_ms())}")
    server.set_by_s = 0
    server.send("bia", "PRIVMSG #sala :nova")
    server.store.failure = NotStored("disk full")
    review(server)
    server.store.failure = None
    review(server)
    assert list(server.store.tables.markers.values()) == [right_ms]
    review(server)
    assert not server.chat.clock.leaves_traces


def test_a_first_start_in_1970_is_no_reason_to_doubt_the_right_time() -> None:
    """A machine without a battery has found the network."""
    server = MemoryServer()
    server.set_by_s = -server.now_s
    server.chat.clock.accept()
    review(server)
    review(server, 0)
    assert server.chat.alarms == {}
    assert server.chat.clock.believed_ms == server.chat.now_ms()
