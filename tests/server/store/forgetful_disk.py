"""A disk whose failed syncs forget: what they should have written stays readable, and is never written.

That is what Linux does (Rebello and others, "Can Applications Recover from fsync Failures?", USENIX ATC 2020): the page
is marked clean after the error, so the next sync succeeds without it, and the loss shows after a power cut.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import apsw

BLOCK = 4096
"""Bytes of a page of the cache."""
_numbers = itertools.count()


class ForgetfulDisk(apsw.VFS):
    """Register by creating; pass `name` to the store as its VFS and keep the object alive."""

    def __init__(self) -> None:
        self.name = f"forgetful-{next(_numbers)}"
        self.failing = ""
        """Ending of the files whose sync fails: `-wal`, `.db`, or "" for none."""
        self.written: dict[str, bytearray] = {}
        """Path to what is on the disk; what can be read may be more."""
        self.dirty: dict[str, set[int]] = {}
        """Path to the blocks that wait for a sync."""
        super().__init__(self.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        """Open a file of this disk."""
        return _File(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: FBT001, N802 -- apsw's name and signature
        """Delete a file, durably."""
        self.written.pop(name, None)
        self.dirty.pop(name, None)
        super().xDelete(name, sync)

    def cut_power(self, folder: Path) -> None:
        """Put what is on the disk into a folder, as a machine finds it that is switched on again."""
        for name, data in self.written.items():
            (folder / Path(name).name).write_bytes(data)


class _File(apsw.VFSFile):
    def __init__(self, disk: ForgetfulDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        self._path = name if isinstance(name, str) else "" if name is None else name.filename()
        if self._path:
            disk.written.setdefault(self._path, bytearray())
            disk.dirty.setdefault(self._path, set())
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 -- apsw's name
        super().xWrite(data, offset)
        if self._path:
            self._disk.dirty[self._path].update(range(offset // BLOCK, (offset + len(data) - 1) // BLOCK + 1))

    def xTruncate(self, size: int) -> None:  # noqa: N802 -- apsw's name
        super().xTruncate(size)
        if self._path:
            del self._disk.written[self._path][size:]

    def xSync(self, flags: int) -> None:  # noqa: N802 -- apsw's name
        blocks, self._disk.dirty[self._path] = self._disk.dirty[self._path], set()
        if self._disk.failing and self._path.endswith(self._disk.failing):
            raise apsw.IOError("the disk does not sync")
        content, written = Path(self._path).read_bytes(), self._disk.written[self._path]
        for block in sorted(blocks):
            data = content[block * BLOCK : (block + 1) * BLOCK]
            written.extend(bytes(max(0, block * BLOCK + len(data) - len(written))))
            written[block * BLOCK : block * BLOCK + len(data)] = data
        super().xSync(flags)
