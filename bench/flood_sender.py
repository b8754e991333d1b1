"""One flood: connections that send a block again and again, as fast as the server takes it, and read the answers."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import ssl
import time

from flood_rows import Flood

READ_BYTES = 1 << 16
REOPEN_EVERY_S = 0.05


class Attacker:
    """One connection."""

    def __init__(self, sock: socket.socket, prelude: bytes, payload: bytes, ready: bytes) -> None:
        self.sock = sock
        self.prelude = memoryview(prelude)
        self.payload = payload
        self.ready = ready
        """What the server says when the flood may begin; b"" for at once."""
        self.rest = self.prelude
        self.begun = False
        self.tail = b""

    def read(self) -> bool:
        """Read; False if the server has closed."""
        try:
            data = self.sock.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except OSError:
            return False
        if not self.begun and self.ready:
            self.tail = self.tail[-64:] + data
            if self.ready in self.tail:
                self._begin()
        return bool(data)

    def _begin(self) -> None:
        self.begun = True
        self.rest = memoryview(self.payload)

    def write(self) -> bool:
        """Write; False if the connection is broken."""
        if not self.rest:
            if not self.begun and self.ready:
                return True
            self._begin()
        try:
            self.rest = self.rest[self.sock.send(self.rest) :]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except OSError:
            return False
        return True

    @property
    def wants_to_write(self) -> bool:
        """Whether there is something to send now."""
        return bool(self.rest) or self.begun or not self.ready


def send(flood: Flood, source: str, server: str, ports: dict[str, int], seconds: float) -> None:
    """Flood for so many seconds."""
    with contextlib.suppress(OSError):
        os.nice(20)  # an attacker has a machine of their own: this one's cores are for the server and the observers
    end_s = time.monotonic() + seconds
    if not flood.connections:
        time.sleep(seconds)
        return
    number = 0
    open_again_s = 0.0
    selector = selectors.DefaultSelector()
    while (now_s := time.monotonic()) < end_s:
        if len(selector.get_map()) < flood.connections and now_s >= open_again_s:
            if number >= flood.connections:
                open_again_s = now_s + REOPEN_EVERY_S
            number += 1
            attacker = _connect(flood, source, server, ports, number)
            if attacker is not None:
                selector.register(attacker.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, attacker)
        if not selector.get_map():
            time.sleep(0.005)
            continue
        busy = False
        for key, mask in selector.select(0.02):
            attacker = key.data
            fine = not mask & selectors.EVENT_READ or attacker.read()
            if fine and mask & selectors.EVENT_WRITE:
                busy = busy or attacker.wants_to_write
                fine = attacker.write()
            if not fine:
                selector.unregister(attacker.sock)
                attacker.sock.close()
        if not busy:
            time.sleep(0.001)


def _connect(flood: Flood, source: str, server: str, ports: dict[str, int], number: int) -> Attacker | None:
    sock = socket.socket()
    try:
        sock.bind((source, 0))
        sock.settimeout(5)
        sock.connect((server, ports[flood.scheme]))
        if flood.scheme == "ircs":
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            sock = context.wrap_socket(sock)
        sock.setblocking(False)
    except OSError:
        sock.close()
        return None
    name = f"{source.rpartition('.')[2]}x{number}".encode()  # no nick that the row before had
    return Attacker(sock, flood.prelude.replace(b"%d", name), flood.payload.replace(b"%d", name), flood.ready)
