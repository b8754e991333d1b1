"""Waits until the names in a folder are on disk, as a new or renamed file needs besides its own sync."""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(path: Path) -> None:
    """Sync a folder (POSIX, fsync). Raises OSError. Windows cannot, and does nothing here."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
