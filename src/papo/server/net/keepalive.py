"""TCP keepalive: the system asks a silent peer whether it is there, and ends the connection of one that is gone.

IRC has PING. The classroom dialects have nothing that a client would answer, and an honest client may say nothing for
hours: it only reads. A peer that has lost its network is gone all the same, and would keep its nick for ever.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

IDLE_S = 120
"""Silence before the first question; then one every `INTERVAL_S`, and after `COUNT` without an answer it is over."""
INTERVAL_S = 30
COUNT = 4
_OPTIONS = (("TCP_KEEPIDLE", IDLE_S), ("TCP_KEEPALIVE", IDLE_S), ("TCP_KEEPINTVL", INTERVAL_S), ("TCP_KEEPCNT", COUNT))
"""As Linux and Windows call them; macOS says TCP_KEEPALIVE for the first."""


def keep_alive(peer: Any) -> None:
    """Let the system watch this TCP socket; does nothing for another, and leaves out what the system does not know."""
    if peer.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    with contextlib.suppress(OSError):  # it may be closed already
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _OPTIONS:
            if hasattr(socket, name):
                peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
