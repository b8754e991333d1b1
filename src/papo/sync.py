"""Waits until files are on disk, and the names in a folder: a new or renamed file needs both."""

from __future__ import annotations

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Sync a file that somebody else has written (POSIX, fsync). Raises OSError."""
    with path.open("r+b") as file:  # Windows syncs only files that are open for writing
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Sync a folder (POSIX, fsync). Raises OSError. Windows cannot, and does nothing here."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
