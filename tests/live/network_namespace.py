"""A network of its own for a server, with addresses that are not loopback; needs Linux, and to be root."""

from __future__ import annotations

import ctypes
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

_CLONE_NEWNET = 0x40000000


@lru_cache
def is_available() -> bool:
    """Whether this machine lets us make one."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        done = subprocess.run(["unshare", "-n", "ip", "link", "set", "lo", "up"], check=False, capture_output=True)
    except OSError:
        return False
    return not done.returncode


def command_in(addresses: Sequence[str]) -> tuple[str, ...]:
    """What to put before a command that is to run in a network with these addresses, such as `203.0.113.1/24`."""
    add = "".join(f"ip addr add {address} dev lo nodad; " for address in addresses)
    return ("unshare", "-n", "sh", "-ec", f'ip link set lo up; {add} exec "$@"', "sh")


def connect(pid: int, source: str, address: tuple[str, int], timeout_s: float) -> socket.socket:
    """A connection from one of the addresses in the network of this process."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    made: list[socket.socket | OSError] = []

    def enter_and_connect() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/proc/{pid}/ns/net").open("rb") as namespace:
            if libc.setns(namespace.fileno(), _CLONE_NEWNET):  # of this thread alone
                made.append(OSError(ctypes.get_errno(), "setns"))
                return
        opened = socket.socket(family)
        opened.settimeout(timeout_s)
        try:
            opened.bind((source, 0))
            opened.connect(address)
        except OSError as error:
            opened.close()
            made.append(error)
        else:
            made.append(opened)

    thread = threading.Thread(target=enter_and_connect)
    thread.start()
    thread.join()
    (found,) = made
    if isinstance(found, OSError):
        raise found
    return found
