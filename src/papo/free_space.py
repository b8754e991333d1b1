"""Whether a disk has room for what is about to be written."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from papo.i18n import _

KEEP_FREE_BYTES = 64 << 20
"""What backups and copies leave free: the disk may be the server's own, and a full one refuses messages."""

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A full disk, a quota, and the largest file that there may be: `errno` of an OSError."""


def megabytes(size: int) -> int:
    """Bytes in MiB, rounded up, as people are told them."""
    return -(-size >> 20)


def require(folder: Path, size: int) -> None:
    """Raise OSError with a sentence unless so many bytes fit into a folder, and `KEEP_FREE_BYTES` stay free."""
    needed = size + KEEP_FREE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        sentence = _("{path}: {needed} MB are needed, and {free} MB are free; make room first")
        raise OSError(sentence.format(path=folder, needed=megabytes(needed), free=free >> 20))
