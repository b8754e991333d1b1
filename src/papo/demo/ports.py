"""The ports of a demo's server: the default ones that are free, and any free ports in place of the others."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

from papo.config.listen import default_schemes
from papo.protocol.dialects import schemes

HOST = "127.0.0.1"
DEFAULT_PORTS = {scheme: schemes()[scheme].port for scheme in default_schemes()}


def choose(default: Mapping[str, int] = DEFAULT_PORTS) -> dict[str, int]:
    """A free port for each scheme. Another program may take one before the server does."""
    with contextlib.ExitStack() as held:
        ports = {}
        for scheme, port in default.items():
            probe = held.enter_context(socket.socket())
            if not _bind(probe, port):
                probe.bind((HOST, 0))
            ports[scheme] = probe.getsockname()[1]
        return ports


def _bind(probe: socket.socket, port: int) -> bool:
    """Bind as the server would; False if the port is in use."""
    if os.name != "nt":
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # BSD and macOS allow binding to a loopback port that another program has on all addresses.
    with socket.socket() as caller:
        caller.settimeout(1)
        if port and caller.connect_ex((HOST, port)) == 0:
            return False
    try:
        probe.bind((HOST, port))
    except OSError:
        return False
    return True


def listen_flags(ports: Mapping[str, int]) -> list[str]:
    """The flags of `papo serve` for these ports."""
    return [part for scheme, port in ports.items() for part in ("--listen", f"{scheme}://{HOST}:{port}")]
