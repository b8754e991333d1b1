"""Signals that ask for an end, noted instead of obeyed: what has been started is ended first."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

ASKING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextlib.contextmanager
def noted() -> Iterator[list[int]]:
    """The signals that came, as they come. One that is ignored (nohup) stays so."""
    asked: list[int] = []
    before = {}
    for name in ASKING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, lambda number, _frame: asked.append(number))
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
