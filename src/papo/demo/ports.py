"""On which ports the server of a demo listens: the usual ones that are free, and free ones for the rest."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

from papo.config.listen import PORTS, USUAL

HOST = "127.0.0.1"
USUAL_PORTS = {scheme: PORTS[scheme] for scheme in USUAL}


def choose(usual: Mapping[str, int] = USUAL_PORTS) -> dict[str, int]:
    """A port for each scheme. Nothing keeps them free until the server has them."""
    with contextlib.ExitStack() as held:
        ports = {}
        for scheme, port in usual.items():
            probe = held.enter_context(socket.socket())
            if not _takes(probe, port):
                probe.bind((HOST, 0))
            ports[scheme] = probe.getsockname()[1]
        return ports


def _takes(probe: socket.socket, port: int) -> bool:
    """Bind to a port that nobody listens on, just as the server would."""
    if os.name != "nt":
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # BSD and macOS let us have a port of loopback that somebody has for all addresses.
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
