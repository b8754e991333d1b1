"""Counting connections with a fake clock, and running out of descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import resource
import socket
import subprocess
import sys
import time
from ipaddress import ip_network
from typing import Any

import pytest

from papo.config import Limits
from papo.server.net import admission
from papo.server.net.admission import Admission
from papo.server.net.fd_limit import SPARE, limit_accept_reports, raise_descriptor_limit

ANA, BIA = "203.0.113.1", "203.0.113.2"


def limits(**changed: Any) -> Limits:
    """Limits small enough to reach, with changes."""
    values: dict[str, Any] = {
        "connections_per_address": 3,
        "unregistered_per_address": 2,
        "connections_per_10min": 100,
        "connections_per_s": 1000,
    }
    return Limits(**(values | changed))


def test_connections_per_address_are_counted_until_they_close() -> None:
    """The fourth is refused, another address is not; one that closes makes room."""
    admit = Admission(limits)
    for _ in range(3):
        assert admit.admit(ANA, 0) == ""
        admit.registered(ANA)
    assert "Too many" in admit.admit(ANA, 0)
    assert admit.admit(BIA, 0) == ""
    admit.release(ANA, registered=True)
    assert admit.admit(ANA, 0) == ""
    assert "Too many" in admit.admit(ANA, 0)
    assert admit.total == 4


def test_unregistered_connections_are_fewer() -> None:
    """Two unregistered ones; a third is admitted when one of them has registered or is closed."""
    admit = Admission(limits)
    assert admit.admit(ANA, 0) == admit.admit(ANA, 0) == ""
    assert "not registered" in admit.admit(ANA, 0)
    admit.release(ANA, registered=False)
    assert admit.admit(ANA, 0) == ""
    admit.registered(ANA)
    assert admit.admit(ANA, 0) == ""


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:203.0.113.1", "203.0.113.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("203.0.113.1", "203.0.113.2", False),
    ],
)
def test_ipv6_counts_by_its_64_and_mapped_ipv4_as_ipv4(first: str, second: str, same: bool) -> None:  # noqa: FBT001 - a table
    """Two addresses that belong to one customer share one count."""
    admit = Admission(lambda: limits(connections_per_address=1))
    assert admit.admit(first, 0) == ""
    assert bool(admit.admit(second, 0)) is same


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "", "10.1.2.3"])
def test_loopback_unix_and_exempt_networks_have_no_limit(address: str) -> None:
    """All are admitted; they count only in the total."""
    admit = Admission(lambda: limits(connections_per_s=1), exempt=lambda: (ip_network("10.0.0.0/8"),))
    assert [admit.admit(address, 0) for _ in range(50)] == [""] * 50
    assert admit.total == 50
    admit.registered(address)
    admit.release(address, registered=True)
    assert admit.total == 49


def test_networks_that_become_exempt_have_no_limit_from_then_on() -> None:
    """A reload trusts another proxy."""
    exempt = [ip_network("192.0.2.0/24")]
    admit = Admission(limits, exempt=lambda: tuple(exempt))
    assert [bool(admit.admit("10.0.0.1", 0)) for _ in range(4)] == [False, False, True, True]
    exempt.append(ip_network("10.0.0.0/8"))
    assert admit.admit("10.0.0.1", 0) == ""


def test_a_48_has_sixteen_times_as_much() -> None:
    """Connections, unregistered ones and arrivals: whoever has 65,536 networks does not fill the server."""
    for changed in ({"connections_per_address": 1}, {"unregistered_per_address": 1}, {"connections_per_10min": 1}):
        admit = Admission(lambda changed=changed: limits(**changed))  # type: ignore[misc]
        answers = [admit.admit(f"2001:db8:0:{n:x}::1", 0) for n in range(20)]
        assert [bool(answer) for answer in answers] == [False] * 16 + [True] * 4
        assert admit.admit("2001:db8:1::1", 0) == ""
        for n in range(16):
            admit.release(f"2001:db8:0:{n:x}::1", registered=False)
        assert admit.total == 1


def test_room_is_made_only_for_who_may_come_otherwise() -> None:
    """A connection is closed for one that then comes in, and for no other; what is refused has not arrived."""
    admit = Admission(lambda: limits(connections_per_10min=5))
    closed: list[str] = []

    def make_room(network: str) -> bool:
        closed.append(network)
        admit.release(ANA, registered=False)
        return True

    assert [admit.admit(ANA, 0, make_room) for _ in range(5)] == [""] * 5
    assert closed == [ANA] * 3
    assert "too often" in admit.admit(ANA, 0, make_room)
    assert len(closed) == 3
    assert admit.total == 2
    refused = [admit.admit(ANA, 121) for _ in range(10)]
    assert all("not registered" in reason for reason in refused)
    assert admit.admit(ANA, 121, make_room) == ""


def test_rate_of_one_address_recovers_with_time() -> None:
    """Thirty at once, then one each 20 s; refused ones cost nothing."""
    admit = Admission(lambda: limits(connections_per_10min=30))

    def come_and_go(now_s: float) -> str:
        reason = admit.admit(ANA, now_s)
        if not reason:
            admit.release(ANA, registered=False)
        return reason

    assert [come_and_go(5.0) for _ in range(30)] == [""] * 30
    assert [bool(come_and_go(now_s)) for now_s in (5.0, 24.9, 25.1, 25.2, 45.2)] == [True, True, False, True, False]


def test_rate_of_all_is_one_and_follows_a_reload() -> None:
    """All addresses share the connections per second; a new setting counts at once."""
    numbers = limits(connections_per_s=2)
    admit = Admission(lambda: numbers)
    assert [bool(admit.admit(f"203.0.113.{n}", 0)) for n in range(3)] == [False, False, True]
    assert admit.admit("203.0.113.9", 0.5) == ""
    numbers = limits(connections_per_s=10)
    assert admit.admit("203.0.113.10", 0.5) == ""


def test_limits_that_are_off_admit_all() -> None:
    """They are off for benchmarks. Switched on again, the counts are right."""
    numbers = limits(enabled=False)
    admit = Admission(lambda: numbers)
    assert [admit.admit(ANA, 0) for _ in range(100)] == [""] * 100
    numbers = limits()
    admit.release(ANA, registered=False)
    assert "Too many" in admit.admit(ANA, 0)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle addresses are forgotten after ten minutes, or at once if there are too many; connected ones never."""
    admit = Admission(lambda: limits(connections_per_s=10**9))
    assert admit.admit(ANA, 0) == ""
    for n in range(1000):
        address = f"198.51.{n // 250}.{n % 250}"
        assert admit.admit(address, 1) == ""
        admit.release(address, registered=False)
    assert len(admit) == 1001
    assert admit.admit(BIA, 602) == ""
    assert len(admit) == 2
    monkeypatch.setattr(admission, "MAX_IDLE_ADDRESSES", 10)
    for n in range(1000):
        address = f"198.51.{n // 250}.{n % 250}"
        assert admit.admit(address, 603) == ""
        admit.release(address, registered=False)
        assert len(admit) <= 14


# --- descriptors

SERVER = """
import asyncio, logging, os, resource, sys
import uvloop
from papo.server.net.fd_limit import limit_accept_reports
logging.basicConfig(stream=sys.stderr, format="%(message)s")
class Echo(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data): self.transport.write(data)
async def main():
    loop = asyncio.get_running_loop()
    limit_accept_reports(loop)
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    limit = len(os.listdir("/proc/self/fd")) + 10
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    times = os.times()
    print(times.user + times.system, flush=True)
factory = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}[sys.argv[1]]
with asyncio.Runner(loop_factory=factory) as runner: runner.run(main())
"""


def echoed(client: socket.socket) -> bool:
    """True if the server answers; False if it has closed."""
    try:
        client.sendall(b"x")
        return client.recv(1) == b"x"
    except OSError:
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts descriptors in /proc")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_server_without_descriptors_serves_those_it_has_and_recovers(loop: str) -> None:
    """Accepted ones are answered, one line a second is logged, no CPU time is burnt; later new ones are accepted."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with (
        subprocess.Popen(
            [sys.executable, "-c", SERVER, loop],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        ) as server,
        contextlib.ExitStack() as stack,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        port = int(server.stdout.readline())
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(30)]
        assert echoed(clients[0])
        if loop == "asyncio":
            assert "raise the limit" in server.stderr.readline()
        else:
            assert not echoed(clients[-1])  # refused at once
        served = 8
        assert all(echoed(client) for client in clients[:served])
        for client in clients:
            client.close()
        # Those in the queue of the system come first; each that is accepted sees its end and frees its place.
        # Nothing tells when that has happened, so new ones try until they are served.
        deadline_s = time.monotonic() + 20
        served_again = False
        while not served_again:
            assert time.monotonic() < deadline_s
            with socket.create_connection(("127.0.0.1", port), 10) as client:
                served_again = echoed(client)
        out, err = server.communicate("\n", timeout=20)
        assert float(out) < 2.0
        assert err.count("cannot accept") <= 5
        assert "Traceback" not in err


def test_accept_reports_are_one_a_second_and_other_errors_pass(caplog: pytest.LogCaptureFixture) -> None:
    """A hundred errors within a second are one line; other errors go to the former handler."""
    loop = asyncio.new_event_loop()
    passed: list[dict[str, object]] = []
    now_s = 0.0
    loop.set_exception_handler(lambda _, context: passed.append(context))
    limit_accept_reports(loop, lambda: now_s)
    full = {"message": "socket.accept() out of system resource", "exception": OSError(errno.EMFILE, "too many")}
    with caplog.at_level(logging.ERROR):
        for _ in range(100):
            loop.call_exception_handler(full)
        now_s = 1.0
        loop.call_exception_handler(full)
        loop.call_exception_handler({"message": "other", "exception": OSError(errno.EIO, "disk")})
    assert len(caplog.records) == 2
    assert [context["message"] for context in passed] == ["other"]
    loop.close()


def test_descriptor_limit_is_raised_and_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The soft limit becomes the hard one; `SPARE` are not for connections; unlimited is 0."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 5000))
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: asked.append(pair))
    assert raise_descriptor_limit() == 5000 - SPARE
    assert asked == [(5000, 5000)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert raise_descriptor_limit() == 0
