"""A real server under stress: slow readers, floods, garbage, resets, silence, too few descriptors."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import CONFIG, TIMEOUT_S, IrcClient, LiveServer, serve, wait_until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

LIMITS = CONFIG.partition("[limits]")[0]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server with limits off."""
    with serve(tmp_path, ["irc", "ircs", "ws", "nick"]) as found:
        yield found


def descriptors(server: LiveServer) -> int:
    """How many files and sockets the server has open."""
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


def resident_kib(server: LiveServer) -> int:
    """How much memory the server uses."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def raw(port: int) -> socket.socket:
    """A bare connection."""
    return socket.create_connection(("127.0.0.1", port), TIMEOUT_S)


def read_to_end(connection: socket.socket) -> bytes:
    """All bytes until the server closes or resets the connection."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def member(server: LiveServer, nick: str = "ana", *, caps: str = "") -> IrcClient:
    """A registered client in #sala."""
    client = IrcClient(server.ports["irc"])
    client.register(nick, caps)
    client.send("JOIN #sala")
    client.receive_until(" 366 ")
    return client


def test_a_client_that_does_not_read_is_dropped_and_others_are_not_affected(tmp_path: Path) -> None:
    """Other members get every message in order; the slow one quits with a reason, and memory stays bounded."""
    config = CONFIG + "send_queue_bytes = 65536\n"
    with serve(tmp_path, ["irc"], config=config) as server:
        deaf = IrcClient.__new__(IrcClient)
        deaf.socket = socket.socket()
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.socket.connect(("127.0.0.1", server.ports["irc"]))
        deaf.socket.sendall(b"NICK deaf\r\nUSER d 0 * :d\r\nJOIN #sala\r\n")
        ana, bia = member(server), member(server, "bia")
        ana.send("NAMES #sala")
        assert "deaf" in " ".join(ana.receive_until(" 366 "))
        before = resident_kib(server)
        heard: list[str] = []
        sent = 0
        while not any("QUIT" in line for line in heard):
            assert sent < 200_000, "it was never dropped"
            for _ in range(100):
                ana.send(f"PRIVMSG #sala :{sent} " + "x" * 400)
                sent += 1
            bia.send("PING agora")
            heard += [line for line in bia.receive_until("PONG") if "PRIVMSG" in line or "QUIT" in line]
        ana.received()
        heard += [line for line in bia.received() if "PRIVMSG" in line]
        said = [int(line.split(" :")[1].split(" ")[0]) for line in heard if "PRIVMSG" in line]
        assert said == list(range(sent))
        assert ":deaf!d@127.0.0.1 QUIT :SendQ exceeded" in heard
        assert resident_kib(server) - before < 32 * 1024
        for client in (ana, bia, deaf):
            client.socket.close()


def test_resets_leave_nothing_behind(server: LiveServer) -> None:
    """A thousand connections that end in a reset, some within a TLS handshake: no descriptor is lost."""
    ana = member(server)
    before = descriptors(server)
    for n in range(1000):
        connection = raw(server.ports[("irc", "ircs", "ws", "nick")[n % 4]])
        connection.sendall((b"NICK x\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HT", b"")[n % 4])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    wait_until(lambda: descriptors(server) <= before)
    assert ana.received() == []
    ana.close()


def test_garbage_harms_nobody(server: LiveServer) -> None:
    """Random bytes, a TLS hello and an HTTP request on the plain port; a megabyte without a line end."""
    ana = member(server)
    before = resident_kib(server)
    for data in (os.urandom(4096), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500), b"\n" * 5000):
        with raw(server.ports["irc"]) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            read_to_end(connection)
    with raw(server.ports["irc"]) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n\r\nNICK eva\r\nUSER e 0 * :e\r\nJOIN #sala\r\n")
        assert read_to_end(connection) == b""
    with raw(server.ports["irc"]) as connection:
        for _ in range(256):
            connection.sendall(b"x" * 65536)
        connection.sendall(b"\r\nPING fim\r\n")
        while b"PONG" not in connection.recv(65536):
            pass
    assert resident_kib(server) - before < 8 * 1024
    assert ana.received() == []
    ana.close()


def test_a_client_that_does_not_register_or_falls_silent_is_closed(tmp_path: Path) -> None:
    """A client that does not register is refused and closed; one that falls silent is pinged, and then dropped."""
    config = LIMITS + "[limits]\nregistration_timeout_s = 1\nping_after_s = 1\ndrop_after_s = 6\n"
    with serve(tmp_path, ["irc"], config=config) as server:
        with raw(server.ports["irc"]) as connection:
            began_s = time.monotonic()
            assert b"Registration timed out" in read_to_end(connection)
            assert time.monotonic() - began_s < 25
        ana, bia = member(server), member(server, "bia")
        assert ana.receive_until("PING :papo.test")
        lines: list[str] = []
        while not lines or " QUIT :Ping timeout" not in lines[-1]:
            lines.append(bia.receive())
            if lines[-1].startswith("PING"):
                bia.send("PONG papo.test")
        assert lines[-1].startswith(":ana!")
        ana.close()
        bia.close()


def test_a_flood_is_slowed_and_other_clients_are_not(tmp_path: Path) -> None:
    """With limits on: nothing is lost, and other clients are served at once while the flood waits."""
    config = LIMITS + "[limits]\nmessages_per_s = 20\n"
    with serve(tmp_path, ["irc"], config=config) as server:
        ana, bia, cris = member(server), member(server, "bia"), member(server, "cris")
        bia.receive_until(" JOIN ")
        for n in range(40):
            ana.send(f"PRIVMSG #sala :{n}")
        cris.send("PRIVMSG #sala :eu")
        heard = bia.receive_until(":eu")
        assert len(heard) < 40
        heard += bia.receive_until(" PRIVMSG #sala :39")
        assert [line.split(" :")[1] for line in heard if line.startswith(":ana!")] == [str(n) for n in range(40)]
        for client in (ana, bia, cris):
            client.close()


def test_addresses_are_limited_through_a_trusted_proxy(tmp_path: Path) -> None:
    """The PROXY header's address counts; loopback itself does not."""
    config = (
        LIMITS
        + '[proxy]\ntrusted = ["127.0.0.0/8"]\n[limits]\nconnections_per_address = 3\nunregistered_per_address = 3\n'
    )
    with serve(tmp_path, ["irc"], config=config) as server, contextlib.ExitStack() as stack:
        for n in range(4):
            connection = stack.enter_context(raw(server.ports["irc"]))
            connection.sendall(b"PROXY TCP4 203.0.113.9 203.0.113.1 4000 6667\r\nPING oi\r\n")
            if n < 3:
                assert b"PONG" in connection.recv(4096)
            else:
                assert b"Too many connections" in read_to_end(connection)
        other = stack.enter_context(raw(server.ports["irc"]))
        other.sendall(b"PROXY TCP6 2001:db8::1 2001:db8::2 4000 6667\r\nNICK ana\r\nUSER a 0 * :a\r\nWHOIS ana\r\n")
        data = b""
        while b" 318 " not in data:
            data += other.recv(65536)
        assert b" 311 ana ana a 2001:db8::1 * " in data


def test_a_gateway_passes_addresses_with_the_right_password_only(tmp_path: Path) -> None:
    """WEBIRC from a configured address with its password; any other connection is closed."""
    config = CONFIG + '[proxy]\nwebirc = [{ password = "senha-do-gateway", addresses = ["127.0.0.0/8"] }]\n'
    with serve(tmp_path, ["irc"], config=config) as server:
        ana = IrcClient(server.ports["irc"])
        ana.send("WEBIRC senha-do-gateway kiwi casa.example 203.0.113.7")
        ana.register("ana")
        ana.send("WHOIS ana")
        lines = ana.receive_until(" 318 ")
        assert any(" 311 ana ana ana casa.example * :Ana" in line for line in lines)
        assert any("203.0.113.7" in line for line in lines)
        eva = IrcClient(server.ports["irc"])
        eva.send("WEBIRC senha-errada kiwi casa.example 203.0.113.7")
        assert "ERROR" in eva.receive()
        ana.close()
        eva.close()


def test_too_few_descriptors_are_survived(tmp_path: Path) -> None:
    """New connections wait or are refused, existing ones work, and new ones are accepted when there is room again."""
    with serve(tmp_path, ["irc"], before=["prlimit", "--nofile=120:120"]) as server:
        ana = member(server)
        crowd = []
        for _ in range(150):
            connection = socket.socket()
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", server.ports["irc"]))
            crowd.append(connection)
        assert ana.received() == []
        for connection in crowd:
            connection.close()

        def works() -> bool:
            # Somebody refused may see a reset: the server closed before it had read the PING.
            with contextlib.suppress(ConnectionError), raw(server.ports["irc"]) as connection:
                connection.sendall(b"PING oi\r\n")
                ready, _, _ = select.select([connection], [], [], 2)
                return bool(ready) and b"PONG" in connection.recv(4096)
            return False

        wait_until(works)
        assert ana.received() == []
        ana.close()


def test_a_unix_socket_accepts_clients(tmp_path: Path) -> None:
    """`irc+unix://`, for gateways on the same machine; the file is deleted when the server stops."""
    path = tmp_path / "papo.sock"
    with serve(tmp_path, [f"irc+unix://{path}"]) as server:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(b"NICK ana\r\nUSER a 0 * :a\r\n")
            data = b""
            while b" 422 " not in data:
                data += connection.recv(65536)
            assert b"ana!a@localhost" in data
        assert server.stop() == 0
        assert not path.exists()


def test_web_pages_of_other_sites_cannot_connect(server: LiveServer) -> None:
    """A foreign Origin is refused with 403; the server's own page and clients without an Origin may connect."""
    url = f"ws://127.0.0.1:{server.ports['ws']}/"
    with pytest.raises(InvalidStatus, match="403"), connect(url, origin=Origin("https://evil.example")):
        pass
    with connect(url, origin=Origin(f"http://127.0.0.1:{server.ports['ws']}")) as web:
        web.send("PING oi")
        assert "PONG" in str(web.recv(TIMEOUT_S))


def test_a_client_that_quits_before_it_has_registered_is_no_longer_counted(server: LiveServer) -> None:
    """LUSERS is right as soon as the server has closed its side, though the client has not closed its own yet."""
    client = member(server)
    for _ in range(5):
        with raw(server.ports["irc"]) as other:
            other.sendall(b"NICK bia\r\nQUIT\r\n")
            read_to_end(other)
            client.send("LUSERS")
            assert not [line for line in client.receive_until(" 266 ") if " 253 " in line and " 0 :" not in line]
    client.close()
