"""Standard output that cannot be written: it is closed, its reader has gone, or its disk is full."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path


def prepare() -> None:
    """Before anything is printed: a stream that was closed goes nowhere, and no letter is an error."""
    # Else the next file that is opened, such as the database, has the number of standard output.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 -- until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our letters shows marks in their places


def give_up() -> None:
    """What is printed, or waits to be, goes nowhere from now on."""
    with contextlib.suppress(OSError):  # no file of the system's, as in a test
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def is_lost() -> bool:
    """After an error that may be that of standard output: whether it is. Then `give_up` was called."""
    try:
        print(flush=True)  # noqa: T201 -- without a buffer, nothing that failed waits to be written again
    except OSError:
        give_up()
        return True
    return False


def say(line: str) -> None:
    """Print a line of a program that goes on, whether anybody reads it or not."""
    try:
        print(line, flush=True)  # noqa: T201 -- a command's output
    except OSError:
        give_up()
