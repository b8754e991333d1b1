"""A disk that can be made to fail: an SQLite VFS whose writes and syncs raise, and which counts the syncs."""

from __future__ import annotations

import itertools

import apsw

_numbers = itertools.count()


class BrokenDisk(apsw.VFS):
    """Register by creating; pass `name` to the store as its VFS and keep the object alive."""

    def __init__(self) -> None:
        self.name = f"broken-{next(_numbers)}"
        self.failing = ""
        """Ending of the files whose sync fails: `-wal`, `.db`, or "" for none."""
        self.full = False
        """Whether writes find no space."""
        self.syncs: list[str] = []
        """Ending of each file a sync was asked for, in order."""
        super().__init__(self.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        """Open a file of this disk."""
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: BrokenDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        text = name if isinstance(name, str) else "" if name is None else name.filename()
        self._ending = "-wal" if text.endswith("-wal") else ".db"
        super().__init__("", name, flags)

    def xSync(self, flags: int) -> None:  # noqa: N802 -- apsw's name
        self._disk.syncs.append(self._ending)
        if self._ending == self._disk.failing:
            raise apsw.IOError("the disk does not sync")
        super().xSync(flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 -- apsw's name
        if self._disk.full:
            raise apsw.FullError("no space")
        super().xWrite(data, offset)
