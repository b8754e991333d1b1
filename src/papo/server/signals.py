"""What signals do to the server: SIGTERM and SIGINT stop it, SIGHUP reloads it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

_waiting: list[int] = []
"""Numbers of the signals that came before `install`."""


def hold() -> None:
    """Let signals wait for `install`: nothing that is just being opened is torn down. The second Ctrl-C interrupts."""
    if sys.platform == "win32":
        return
    _waiting.clear()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _note)


def _note(number: int, _frame: FrameType | None) -> None:
    if number == signal.SIGINT and number in _waiting:
        raise KeyboardInterrupt
    _waiting.append(number)


def install(stop: Callable[[], None], reload: Callable[[], object]) -> None:
    """Call these on the running loop when a signal comes, or has come since `hold`. Windows has none."""
    if sys.platform == "win32":
        return
    import asyncio  # noqa: PLC0415 -- `hold` comes before everything slow

    loop = asyncio.get_running_loop()
    terminal = _terminal()

    def hang_up() -> None:
        """Reload; or stop, if the terminal that the server was started in has been closed."""
        if terminal is not None and not _is_open(terminal):
            stop()
        else:
            reload()

    handlers: dict[int, Callable[[], None]] = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: hang_up}
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    for number in _waiting:
        loop.call_soon(handlers[number])
    _waiting.clear()


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
