"""What an address asks for too fast waits, and is refused in the end; other addresses notice nothing."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import Any

import pytest
from memory_ports import MemoryFiles
from memory_server import MemoryServer, make_config

from papo.config import Limits, Proxy
from papo.server import costs
from papo.server.web.request_rate import MAX_WAIT_S, RequestRate, cost_of
from papo.server.web.routes import ROUTES, make_site

LIMITS = Limits(http_burst=10, http_per_s=2)


class Clock:
    """A clock that runs when it is told."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def rate_of(limits: Limits = LIMITS) -> tuple[RequestRate, Clock]:
    """A rate, and its clock."""
    clock = Clock()
    return RequestRate(lambda: limits, clock), clock


def test_requests_beyond_the_burst_wait_in_line() -> None:
    """Each a little longer than the one before; the debt ends where refusals begin."""
    rate, clock = rate_of()
    assert [rate.charge("203.0.113.5", 1) for _ in range(10)] == [0.0] * 10
    assert [rate.charge("203.0.113.5", 1) for _ in range(3)] == [0.5, 1.0, 1.5]
    for _ in range(1000):
        wait_s = rate.charge("203.0.113.5", 1)
    assert wait_s == MAX_WAIT_S + 0.5
    clock.now_s += MAX_WAIT_S
    assert rate.charge("203.0.113.5", 1) == 0.5
    assert rate.charge("203.0.113.6", 1) == 0.0


def test_addresses_of_one_home_share() -> None:
    """A /64 is one home, and a /48 has sixteen homes' worth; loopback, a unix socket and limits that are off: free."""
    rate, _ = rate_of()
    for _ in range(11):
        wait_s = rate.charge("2001:db8::1", 1)
    assert wait_s
    assert rate.charge("2001:db8::2", 1)
    assert not rate.charge("2001:db8:0:1::2", 1)
    for subnet in range(2, 2 + 16):
        for _ in range(11):
            wait_s = rate.charge(f"2001:db8:0:{subnet:x}::1", 1)
    assert rate.charge("2001:db8:0:ff::1", 1)
    for address in ("127.0.0.1", "::1", "", "::ffff:127.0.0.1"):
        assert not any(rate.charge(address, 1) for _ in range(100))
    free, _ = rate_of(Limits(enabled=False, http_burst=1))
    assert not any(free.charge("203.0.113.5", 1) for _ in range(100))


def test_every_route_of_the_table_exists() -> None:
    """A row without its route charges nothing."""
    routes = {(route.method, route.path) for route in ROUTES}
    assert costs.HTTP_ROUTES.keys() <= routes
    assert cost_of("GET", "/nothing") == costs.HTTP_REQUEST > 0
    assert min(costs.HTTP_ROUTES.values()) > 0


def test_the_site_charges_what_is_asked_and_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the address that a trusted proxy names; 429 says when to come back, and closes."""
    # Nobody waits in a test: the first that would is refused.
    monkeypatch.setattr("papo.server.web.site.MAX_WAIT_S", 0.0)

    async def test() -> None:
        config = make_config(limits=Limits(http_burst=20, http_per_s=0.5), proxy=Proxy(trusted=(_loopback(),)))
        server = MemoryServer(config)
        site = make_site(server.chat, MemoryFiles(), [])
        await site.start()
        listening = await asyncio.get_running_loop().create_server(site.protocol, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]

        async def ask(path: str, address: str) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nX-Forwarded-For: {address}\r\n\r\n".encode()
            )
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

        async def get(path: str, address: str) -> bytes:
            return await server.run_action(ask(path, address))

        assert b" 404 " in (await get("/nothing", "203.0.113.5")).split(b"\r\n")[0]
        assert b" 404 " in (await get("/nothing", "203.0.113.5")).split(b"\r\n")[0]
        left = 20 - 2 * (costs.HTTP_REQUEST + costs.HTTP_REFUSED)
        for _ in range(int(left / costs.HTTP_REQUEST)):
            assert b" 200 " in (await get("/healthz", "203.0.113.5")).split(b"\r\n")[0]
        refused = await get("/healthz", "203.0.113.5")
        assert b" 429 " in refused.split(b"\r\n")[0]
        assert b"Retry-After: " in refused
        assert b"Too many requests" in refused
        assert b" 200 " in (await get("/healthz", "203.0.113.6")).split(b"\r\n")[0]
        listening.close()
        await site.stop()

    asyncio.run(test())


def _loopback() -> Any:
    return ip_network("127.0.0.0/8")
