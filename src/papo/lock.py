"""A lock on an open file that goes with the process, however it ends."""

from __future__ import annotations

import sys
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    _LOCK_AT = 1024
    """A byte beyond the process number: Windows lets nobody read locked bytes."""

    def acquire(lock: BinaryIO) -> None:
        """Take the lock at once, or raise OSError. It goes with the process."""
        lock.seek(_LOCK_AT)
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def acquire(lock: BinaryIO) -> None:
        """Take the lock at once, or raise OSError. It goes with the process."""
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
