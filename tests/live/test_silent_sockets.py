"""Sockets that connect and say nothing: counted from the start, and closed for people who want to talk."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import LiveServer, serve
from network_namespace import command_in, connect, is_available

from papo.server.net.http_connections import MAX_PER_ADDRESS

pytestmark = pytest.mark.skipif(not is_available(), reason="needs a network namespace")

SERVER, MALLORY, ANA = "203.0.113.1", "203.0.113.2", "203.0.113.3"
SERVER6, SITE, ELSEWHERE = "2001:db8:ffff::1", "2001:db8:0", "2001:db8:eeee::1"
TIMEOUT_S = 30.0
CONFIG = '[server]\nname = "papo.test"\n[limits]\nconnections_per_10min = 10000\nconnections_per_s = 10000\n'
SCHEMES = ("irc", "ircs", "http", "https", "relay")
BEGINNINGS = {"irc": b"", "ircs": b"\x16\x03", "http": b"GET / HT", "https": b"\x16", "relay": b""}
"""What the silent ones send: not even a whole first message of TLS or HTTP."""
HEALTH = (b"GET /healthz HTTP/1.1\r\nHost: papo.test\r\nConnection: close\r\n\r\n", b"200 OK")
REQUESTS = {
    "irc": (b"NICK ana\r\nUSER ana 0 * :ana\r\nQUIT\r\n", b" 001 ana "),
    "http": HEALTH,
    "https": HEALTH,
    "relay": (b"oi\n", b""),
}
"""What people send, and what they are answered."""
CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname = False
CONTEXT.verify_mode = ssl.CERT_NONE
MANY = 200


@contextlib.contextmanager
def serving(
    folder: Path, config: str = CONFIG, *, before: tuple[str, ...] = (), host: str = SERVER
) -> Iterator[LiveServer]:
    """A server in a network of its own, with default limits but for how often an address may connect."""
    addresses = [f"{SERVER}/24", *(f"203.0.113.{n}/24" for n in range(2, 30)), f"{SERVER6}/64", f"{ELSEWHERE}/64"]
    addresses += [f"{SITE}:{n}::1/64" for n in range(40)]
    command = (*command_in(addresses), *before)
    with serve(folder, [f"{scheme}://{host}:0" for scheme in SCHEMES], config=config, before=command) as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One for all tests that leave nothing behind."""
    with serving(tmp_path_factory.mktemp("silent")) as started:
        yield started


@pytest.fixture(scope="module")
def server6(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One that is reached by IPv6."""
    with serving(tmp_path_factory.mktemp("silent6"), host=f"[{SERVER6}]") as started:
        yield started


def call(server: LiveServer, scheme: str, source: str) -> socket.socket:
    """A connection from this address."""
    address = SERVER6 if ":" in source else SERVER
    return connect(server.process.pid, source, (address, server.ports[scheme]), TIMEOUT_S)


def is_served(server: LiveServer, scheme: str, source: str) -> bool:
    """Whether a person at this address gets in: an answer to the first request."""
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(call(server, scheme, source))
        if scheme in {"ircs", "https"}:
            opened = stack.enter_context(CONTEXT.wrap_socket(opened))
        request, answer = REQUESTS.get(scheme, REQUESTS["irc"])
        opened.sendall(request)
        received = b""
        while answer not in received:
            more = opened.recv(4096)
            if not more:
                return False
            received += more
        return True


def count_open(sockets: list[socket.socket]) -> int:
    """How many the server has not closed."""
    poll = select.poll()
    for each in sockets:
        poll.register(each, select.POLLIN | select.POLLHUP | select.POLLERR)
    return len(sockets) - len(poll.poll(0))


@contextlib.contextmanager
def silence(server: LiveServer, scheme: str, sources: list[str], count: int) -> Iterator[list[socket.socket]]:
    """So many connections from each of these addresses, which say next to nothing."""
    with contextlib.ExitStack() as stack:
        opened = []
        for source in sources * count:
            each = stack.enter_context(call(server, scheme, source))
            with contextlib.suppress(OSError):
                each.sendall(BEGINNINGS[scheme])
            opened.append(each)
        yield opened


@pytest.mark.parametrize("scheme", ["irc", "ircs", "http", "https"])
def test_one_address_holds_few_silent_sockets_and_locks_nobody_out(server: LiveServer, scheme: str) -> None:
    """Neither people elsewhere nor its own neighbours behind the same address."""
    with silence(server, scheme, [MALLORY], MANY) as opened:
        assert is_served(server, scheme, ANA)
        for _ in range(3):
            assert is_served(server, scheme, MALLORY)
        assert count_open(opened) <= 32


@pytest.mark.parametrize("scheme", ["irc", "ircs", "http", "https"])
def test_ipv6_is_counted_by_64_and_48(server6: LiveServer, scheme: str) -> None:
    """Forty networks of one site hold no more than sixteen addresses would."""
    with silence(server6, scheme, [f"{SITE}:{n}::1" for n in range(40)], 20) as opened:
        assert is_served(server6, scheme, f"{SITE}:1::1")
        assert is_served(server6, scheme, ELSEWHERE)
        assert count_open(opened) <= 32 * 16


def test_settings_without_client_certificates(tmp_path: Path) -> None:
    """Python's own TLS is counted as well as the one that asks for a certificate."""
    with (
        serving(tmp_path, f"{CONFIG}[tls]\nclient_certificates = false\n") as server,
        silence(server, "ircs", [MALLORY], MANY) as opened,
    ):
        assert is_served(server, "ircs", MALLORY)
        assert count_open(opened) <= 32


@pytest.mark.parametrize("scheme", ["irc", "ircs", "http", "https", "relay"])
def test_a_process_without_descriptors_closes_the_oldest_silent_one(tmp_path: Path, scheme: str) -> None:
    """Twenty-five addresses hold more than the process has, and everybody who says something gets in."""
    with (
        serving(tmp_path, before=("prlimit", "--nofile=160")) as server,
        silence(server, scheme, [f"203.0.113.{n}" for n in range(5, 30)], 5),
    ):
        for source in (ANA, MALLORY, "203.0.113.5"):
            assert is_served(server, scheme, source)


def test_people_who_talk_stay(server: LiveServer) -> None:
    """A registered user keeps the connection, whatever comes from the same address."""
    with call(server, "irc", MALLORY) as bia:
        bia.sendall(b"NICK bia\r\nUSER bia 0 * :bia\r\n")
        with silence(server, "irc", [MALLORY], MANY):
            text = b""
            bia.sendall(b"PING :ainda\r\n")
            while b"ainda" not in text:
                received = bia.recv(4096)
                assert received
                text += received


def test_idle_connections_for_pages_make_room(server: LiveServer) -> None:
    """The one that was used longest ago closes for the next, of the same address or another; who asks again stays."""
    health = b"GET /healthz HTTP/1.1\r\nHost: papo.test\r\n\r\n"

    def ask(opened: socket.socket) -> bool:
        opened.sendall(health)
        return b"200 OK" in opened.recv(4096)

    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(call(server, "http", MALLORY)) for _ in range(20)]
        while len(kept) < MAX_PER_ADDRESS:
            assert ask(kept[-1])
            kept.append(stack.enter_context(call(server, "http", MALLORY)))
        assert all(ask(each) for each in kept)
        assert ask(kept[0])
        for source in (MALLORY, ANA, MALLORY):
            assert is_served(server, "http", source)
        assert ask(kept[0])
        assert MAX_PER_ADDRESS - 3 <= count_open(kept) < MAX_PER_ADDRESS


@pytest.mark.parametrize("scheme", ["ircs", "http", "https"])
def test_an_unfinished_handshake_ends(tmp_path: Path, scheme: str) -> None:
    """After `limits.handshake_timeout_s`, though it goes on byte by byte."""
    with serving(tmp_path, f"{CONFIG}handshake_timeout_s = 1\n") as server, call(server, scheme, MALLORY) as opened:
        opened.sendall(BEGINNINGS[scheme])
        with contextlib.suppress(ConnectionError):
            assert opened.recv(1) == b""
