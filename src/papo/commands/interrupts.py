"""How a command that takes a while ends early: cleaned up, and without a traceback."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator

INTERRUPTED = 130
"""Exit code, as shells give it for Ctrl-C."""


@contextlib.contextmanager
def orderly() -> Iterator[None]:
    """On SIGTERM and on Ctrl-C, everything that is open is closed and what is half done is deleted."""

    def end(_number: int, _frame: object) -> None:
        sys.exit(INTERRUPTED)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
