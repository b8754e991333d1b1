"""What monitoring is told of a store that has failed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from memory_server import MemoryServer, make_config
from prometheus_client import CollectorRegistry, generate_latest

from papo.config import History
from papo.server.delivery.ports import NotStored
from papo.server.web.health import Numbers, why_not_ready, why_restart


@pytest.fixture
def server() -> MemoryServer:
    """Ana in a room."""
    server = MemoryServer()
    server.register("ana", "#sala")
    return server


def numbers(server: MemoryServer) -> list[str]:
    """The lines that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(Numbers(server.chat))
    return generate_latest(registry).decode().splitlines()


def reason(server: MemoryServer, *, draining: bool = False) -> str:
    """Why the server is not ready."""
    return why_not_ready(cast("Any", SimpleNamespace(chat=server.chat, draining=draining)))


def test_a_refused_commit_is_counted_and_the_server_stays_ready(server: MemoryServer) -> None:
    """A full disk has space again one day."""
    server.store.failure = NotStored("FullError: no space")
    server.send("ana", "PRIVMSG #sala :oi")
    assert "papo_refused_commits_total 1.0" in numbers(server)
    assert "papo_store_failed 0.0" in numbers(server)
    assert reason(server) == ""


def test_a_server_whose_store_has_failed_is_not_ready_and_says_why(server: MemoryServer) -> None:
    """Even while it drains: that is the reason why it does."""
    assert "papo_store_failed 0.0" in numbers(server)
    server.store.stop_writing("IOError: disk I/O error")
    assert "papo_store_failed 1.0" in numbers(server)
    for draining in (False, True):
        assert reason(server, draining=draining) == "nothing is stored until a restart: IOError: disk I/O error"


@pytest.mark.parametrize(
    ("on_disk_failure", "damaged", "alive"),
    [("stop", False, False), ("stop", True, True), ("read-only", False, True), ("read-only", True, True)],
)
def test_a_server_that_shows_history_is_not_to_be_restarted(
    on_disk_failure: Any, *, damaged: bool, alive: bool
) -> None:
    """Its operator chose that, or it would not help; one that stops may be ended at once if it does not get to it."""
    server = MemoryServer(make_config(history=History(on_disk_failure=on_disk_failure)))
    site = cast("Any", SimpleNamespace(chat=server.chat))
    assert why_restart(site) == ""
    server.store.stop_writing("IOError: disk I/O error", damaged=damaged)
    assert (why_restart(site) == "") is alive
    assert server.chat.must_restart is not alive


def test_a_server_that_stops_is_not_ready(server: MemoryServer) -> None:
    """No new clients are sent to it."""
    assert reason(server, draining=True) == "the server is stopping"
