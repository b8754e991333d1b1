"""Keeps Python 3.11 alive beside a PySide6 that was built for later ones.

PySide6 6.12.0 gives None, True and False back without counting them, as is right from Python 3.12 on, where they live
for ever (PEP 683). In 3.11 each such call takes one away: after some thousands of them the process aborts with
"deallocating None". Here they get so many that they live for ever too.
"""

from __future__ import annotations

import ctypes
import sys

PLENTY = 1 << (40 if sys.maxsize > 1 << 32 else 29)


def enough() -> None:
    """Once for each process; does nothing where Python has seen to it."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython" or hasattr(sys, "getobjects"):
        return
    for each in (None, True, False):
        if sys.getrefcount(each) < PLENTY // 2:
            ctypes.c_ssize_t.from_address(id(each)).value += PLENTY
