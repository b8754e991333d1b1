"""Files that nobody but the server's user can read, from the first moment on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO


def create(path: Path) -> BinaryIO:
    """Open a new file for writing. Raises OSError, FileExistsError if there is one."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def copy_file(source: Path, path: Path) -> None:
    """Copy a file to one that does not exist. Raises OSError."""
    with source.open("rb") as old, create(path) as new:
        shutil.copyfileobj(old, new)
