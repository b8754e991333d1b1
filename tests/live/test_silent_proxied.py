"""Sockets through a proxy that say nothing: counted by the address that the proxy states."""

from __future__ import annotations

import contextlib
import select
import socket
from pathlib import Path

from live_server import TIMEOUT_S, LiveServer, serve

CONFIG = (
    '[server]\nname = "papo.test"\n[proxy]\ntrusted = ["127.0.0.1"]\n'
    "[limits]\nconnections_per_10min = 10000\nconnections_per_s = 10000\n"
)


def call(server: LiveServer, address: str) -> socket.socket:
    """A connection that the proxy makes for this address; "" if it says nothing yet."""
    opened = socket.create_connection(("127.0.0.1", server.ports["irc"]), TIMEOUT_S)
    if address:
        opened.sendall(f"PROXY TCP4 {address} 127.0.0.1 5000 6667\r\n".encode())
    return opened


def register(opened: socket.socket, nick: str) -> bool:
    """Whether a person gets in."""
    opened.sendall(f"NICK {nick}\r\nUSER {nick} 0 * :x\r\n".encode())
    received = b""
    while f" 001 {nick} ".encode() not in received:
        more = opened.recv(4096)
        if not more:
            return False
        received += more
    return True


def test_one_stated_address_holds_few_and_locks_nobody_out(tmp_path: Path) -> None:
    """Neither its neighbours, nor others behind the proxy, nor those whose header is late."""
    with serve(tmp_path, ["irc"], config=CONFIG) as server, contextlib.ExitStack() as stack:
        late = stack.enter_context(call(server, ""))
        silent = [stack.enter_context(call(server, "203.0.113.9")) for _ in range(100)]
        assert register(stack.enter_context(call(server, "203.0.113.9")), "ana")
        assert register(stack.enter_context(call(server, "203.0.113.10")), "bia")
        late.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 6667\r\n")
        assert register(late, "caio")
        poll = select.poll()
        for each in silent:
            poll.register(each, select.POLLIN | select.POLLHUP | select.POLLERR)
        assert len(silent) - len(poll.poll(0)) <= 5
