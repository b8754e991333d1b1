"""Whether the files that are written are still those at their paths: one that is deleted keeps nothing.

SQLite knows it as "file unlinked while open", and says it when the file is opened only.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

Identities: TypeAlias = dict[Path, tuple[int, int]]
"""Path to its file's device and number."""


def identities(paths: Iterable[Path]) -> Identities:
    """Those of the files that are there."""
    found = {path: _identity(path) for path in paths}
    return {path: identity for path, identity in found.items() if identity is not None}


def first_moved(known: Identities) -> Path | None:
    """The first path where the file is gone, or another one is; None if there is none.

    Raises OSError if it cannot be told.
    """
    return next((path for path, identity in known.items() if _identity(path) != identity), None)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino
