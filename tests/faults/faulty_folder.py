"""A folder of plain files whose system calls fail, or which loses its power.

What a power loss leaves follows from syncs alone: a file has what it held when it was last synced, or any later
beginning of it; a name is in its folder if the folder was synced since, and otherwise by chance, as names that were
removed are gone by chance (POSIX, fsync; "All File Systems Are Not Created Equal", OSDI 2014).
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

CALLS = {
    "os.fsync": os.fsync,
    "os.rename": os.rename,
    "os.replace": os.replace,
    "os.mkdir": os.mkdir,
    "os.unlink": os.unlink,
    "io.open": io.open,
}


class PowerLost(BaseException):
    """Nothing of the program runs from here on."""


class FaultyFolder:
    """Watches the system calls while `watching`; they may be of any folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.count = 0
        """Calls so far."""
        self.failing_at = 0
        """Which one fails, counted from 1; 0: none."""
        self.error: Callable[[], BaseException] = PowerLost
        self._contents: dict[int, bytes] = {}
        """Inode of a file to what is safe of it."""
        self._names: dict[int, dict[str, int]] = {}
        """Inode of a folder to the names in it that are safe, and their inodes."""
        for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
            self._note(folder)
        for path in root.rglob("*"):
            if path.is_file():
                self._note(path)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Fail and remember for the time of a `with`."""
        with contextlib.ExitStack() as stack:
            for name in CALLS:
                stack.enter_context(patch(name, self._watched(name)))
            yield

    def _watched(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self.failing_at:
                raise self.error()
            result = CALLS[name](*arguments, **options)  # type: ignore[operator]
            if name == "os.fsync":
                self._note(Path(f"/proc/self/fd/{arguments[0]}").resolve())
            return result

        return call

    def _note(self, path: Path) -> None:
        """A file or folder is synced."""
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            self._names[found.st_ino] = {each.name: each.stat().st_ino for each in path.iterdir()}
        else:
            self._contents[found.st_ino] = path.read_bytes()

    def restart(self, target: Path, chance: random.Random) -> None:
        """Write what is left after a power loss to a folder that is not there yet."""
        now = {path.stat().st_ino: path for path in (self.root, *self.root.rglob("*"))}
        self._survive(self.root.stat().st_ino, target, chance, now)

    def _survive(self, inode: int, target: Path, chance: random.Random, now: dict[int, Path]) -> None:
        path = now.get(inode)
        if inode in self._names if path is None else path.is_dir():
            target.mkdir()
            safe = self._names.get(inode, {})
            here = {each.name: each.stat().st_ino for each in path.iterdir()} if path is not None else safe
            for name in safe.keys() | here.keys():
                versions = {safe.get(name), here.get(name)}
                chosen = chance.choice(sorted(versions, key=str))
                if chosen is not None:
                    self._survive(chosen, target / name, chance, now)
            return
        safe_bytes = self._contents.get(inode, b"")
        written = path.read_bytes() if path is not None else safe_bytes
        target.write_bytes(written if written == safe_bytes else written[: chance.randint(0, len(written))])
