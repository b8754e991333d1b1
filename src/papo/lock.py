"""A lock on an open file that ends with the process, however that ends."""

from __future__ import annotations

import sys
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    _LOCK_AT = 1024
    """A byte after the process number: on Windows nobody can read locked bytes."""

    def acquire(lock: BinaryIO) -> None:
        """Lock at once, or raise OSError. The lock ends with the process."""
        lock.seek(_LOCK_AT)
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def acquire(lock: BinaryIO) -> None:
        """Lock at once, or raise OSError. The lock ends with the process."""
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
