"""Signals that ask to end: recorded, so that everything started is ended first."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

ASKING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextlib.contextmanager
def recorded_signals() -> Iterator[list[int]]:
    """The list of signals received, which grows. A signal that is ignored (nohup) stays ignored."""
    signals: list[int] = []
    before = {}
    for name in ASKING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, lambda number, _frame: signals.append(number))
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
