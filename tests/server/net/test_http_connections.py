"""Connections for pages: who makes room for whom."""

from __future__ import annotations

import asyncio

import pytest

from papo.server.net import http_connections
from papo.server.net.http_connections import HttpConnection, HttpConnections

ANA, BIA = (("ana", 1),), (("bia", 1),)


class FakeTransport(asyncio.Transport):
    """A transport that only knows how much waits in it."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> HttpConnections:
    """With limits that are soon reached."""
    monkeypatch.setattr(http_connections, "MAX_PER_ADDRESS", 2)
    monkeypatch.setattr(http_connections, "MAX_CONNECTIONS", 3)
    return HttpConnections()


def come(connections: HttpConnections, who: tuple[tuple[str, int], ...]) -> tuple[HttpConnection, FakeTransport] | None:
    """A connection that is admitted; None if it is not."""
    if not connections.admit(who, limited=True):
        return None
    connection, transport = connections.add(asyncio.Protocol(), who), FakeTransport()
    connection.connection_made(transport)
    return connection, transport


def test_the_one_that_was_used_longest_ago_makes_room(connections: HttpConnections) -> None:
    """Of the same address first; then of all."""
    first, second = come(connections, ANA), come(connections, ANA)
    assert first
    assert second
    first[0].data_received(b"GET")
    third = come(connections, ANA)
    assert third
    assert (first[1].aborted, second[1].aborted) == (False, True)
    assert come(connections, BIA)
    assert come(connections, BIA)
    assert (first[1].aborted, third[1].aborted) == (True, False)
    assert len(connections.open) == 3


def test_those_in_use_make_no_room(connections: HttpConnections) -> None:
    """A request is handled, or an answer is on its way; others are refused until it is done."""
    first, second = come(connections, ANA), come(connections, ANA)
    assert first
    assert second
    first[0].requests = 1
    second[1].waiting = 1
    assert come(connections, ANA) is None
    assert come(connections, BIA)
    second[1].waiting = 0
    assert come(connections, ANA)
    assert (first[1].aborted, second[1].aborted) == (False, True)


def test_without_limits_all_come(connections: HttpConnections) -> None:
    """And those that close are forgotten."""
    assert all(connections.admit(ANA, limited=False) for _ in range(9))
    came = come(connections, ANA)
    assert came
    came[0].connection_lost(None)
    assert len(connections.open) == 0
