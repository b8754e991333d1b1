"""Operators are told before the disk is full."""

from __future__ import annotations

import pytest
from memory_server import MemoryServer

from papo.server.actions import operate, space
from papo.server.actions.alarms import REMIND_S
from papo.server.delivery.ports import StoreSize

GIB = 1 << 30


@pytest.fixture(name="server")
def _server() -> MemoryServer:
    server = MemoryServer()
    operate.become_operator(server.chat, server.register("ana"), "chefe", ("see",))
    server.register("bia")
    server.received("ana")
    return server


def told(server: MemoryServer, *, free: int = 9 * GIB, wal: int = 0) -> list[str]:
    """What the operator hears when the store has these sizes; others hear nothing."""
    server.store.sizes = StoreSize(database_bytes=GIB, wal_bytes=wal, free_bytes=free)
    space.review(server.chat)
    server.run_deferred()
    assert server.received("bia") == []
    return server.received("ana")


def test_a_disk_that_fills_up_is_told_once_a_day(server: MemoryServer) -> None:
    """And its end, when there is clearly more."""
    assert told(server) == []
    (line,) = told(server, free=GIB - 1)
    assert "only 1023 MB" in line
    assert told(server, free=GIB // 2) == []
    assert told(server, free=GIB + 1) == []
    assert told(server, free=GIB - 1) == []
    server.now_s += REMIND_S
    assert len(told(server, free=GIB - 1)) == 1
    (line,) = told(server, free=2 * GIB)
    assert "2048 MB" in line
    assert told(server) == []


def test_a_log_that_grows_is_told(server: MemoryServer) -> None:
    """Somebody else reads the database."""
    (line,) = told(server, wal=GIB)
    assert "another program" in line
    assert told(server, wal=space.WAL_ALARM_BYTES) == []
    (line,) = told(server)
    assert "short again" in line


def test_a_disk_that_cannot_be_asked_is_no_alarm(server: MemoryServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The review goes on the next time."""

    def fail() -> StoreSize:
        raise OSError("no")

    monkeypatch.setattr(server.store, "size", fail)
    space.review(server.chat)
    assert server.chat.alarms == {}
