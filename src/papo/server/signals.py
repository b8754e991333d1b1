"""What signals do to the server: SIGTERM and SIGINT stop it, SIGHUP reloads it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable


def install(stop: Callable[[], None], reload: Callable[[], object]) -> None:
    """Call these on the running loop when a signal comes. Windows has none."""
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    terminal = _terminal()

    def hang_up() -> None:
        """Reload; or stop, if the terminal that the server was started in has been closed."""
        if terminal is not None and not _is_open(terminal):
            stop()
        else:
            reload()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, hang_up)


def _terminal() -> int | None:
    """Descriptor of the terminal on standard input; None for a service."""
    try:
        return sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
    except (OSError, ValueError):
        return None


def _is_open(terminal: int) -> bool:
    """Whether the terminal still exists."""
    try:
        os.tcgetpgrp(terminal)
    except OSError:
        return False
    return True
