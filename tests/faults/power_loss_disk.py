"""A disk that loses its power: what was not synced is there, or not, or in part, or garbage, sector by sector.

The method is SQLite's own (https://sqlite.org/testing.html#crash_testing and its `test6.c`): writes are remembered
until they are synced; at the end each sector that was written to since then is chosen at random.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import apsw
from faulty_disk import FaultyDisk, FaultyFile

SECTOR = 512
GARBAGE = 0.1
"""Share of the unsynced sectors that hold garbage where they were written to, and nowhere else: SQLite relies on that,
and disks do it ("powersafe overwrite", https://sqlite.org/psow.html)."""


class _Content:
    """A file: what is safe, and what was done to it since the last sync."""

    def __init__(self, data: bytes, *, linked: bool) -> None:
        self.safe = bytearray(data)
        self.linked = linked
        """Whether its name in the folder is safe too."""
        self.sectors: dict[int, list[tuple[bytes, int, int]]] = {}
        """Number of a sector to (what it held after a write, first byte and end of what was written), oldest first."""
        self.now = bytearray(data)
        self.sizes: list[int] = []
        """That the file has had since the last sync."""

    def write(self, data: bytes, offset: int) -> None:
        end = offset + len(data)
        if end > len(self.now):
            self.now.extend(bytes(end - len(self.now)))
        self.now[offset:end] = data
        self.sizes.append(len(self.now))
        for sector in range(offset // SECTOR, (end - 1) // SECTOR + 1):
            start = sector * SECTOR
            piece = bytes(self.now[start : start + SECTOR])
            first, last = max(offset - start, 0), min(end - start, SECTOR)
            self.sectors.setdefault(sector, []).append((piece, first, last))

    def truncate(self, size: int) -> None:
        del self.now[size:]
        self.sizes.append(size)

    def sync(self) -> None:
        self.safe = bytearray(self.now)
        self.sectors.clear()
        self.sizes.clear()

    def survivor(self, chance: random.Random, share: float) -> bytes:
        """What is read after the power is back; `share` of the unsynced sectors have been written."""
        data = bytearray(self.safe)
        for sector, versions in self.sectors.items():
            if chance.random() >= share:
                continue
            piece, first, last = chance.choice(versions)
            if chance.random() < GARBAGE:
                piece = piece[:first] + chance.randbytes(last - first) + piece[last:]
            start = sector * SECTOR
            if start + len(piece) > len(data):
                data.extend(bytes(start + len(piece) - len(data)))
            data[start : start + len(piece)] = piece
        size = chance.choice([*self.sizes, len(data)])
        return bytes(data[:size]).ljust(size, b"\0")


class PowerLossDisk(FaultyDisk):
    """The power fails at the operation that `arm` names: give it a fault that stays."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._files = {
            path.name: _Content(path.read_bytes(), linked=True) for path in folder.iterdir() if path.is_file()
        }
        self._deleted: dict[str, _Content] = {}
        """Files that may come back."""

    def content(self, name: str) -> _Content:
        """Of a file, which is new if it is not there."""
        return self._files.setdefault(name, _Content(b"", linked=False))

    def link_all(self) -> None:
        """The folder is synced."""
        for each in self._files.values():
            each.linked = True
        self._deleted.clear()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        """Open a file of this disk."""
        self.check("open", "")
        text = name if isinstance(name, str) else "" if name is None else name.filename()
        return _File(self, name, flags, self.content(Path(text).name))

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001 -- apsw's name
        """Delete a file, which may come back if the folder is not synced."""
        super().xDelete(filename, syncdir)
        content = self._files.pop(Path(filename).name, None)
        if content is not None and content.linked:
            self._deleted[Path(filename).name] = content
        if syncdir:
            self.link_all()

    def restart(self, folder: Path) -> Path:
        """A new folder beside the other, with what is left when the power is back."""
        survivors = folder.with_name(f"{folder.name}-survivors")
        survivors.mkdir()
        share = self._chance.choice([0.0, 0.1, 0.5, 0.9, 1.0])
        back = {name: each for name, each in self._deleted.items() if self._chance.random() < 0.5}
        for name, content in (back | self._files).items():
            if content.linked or self._chance.random() < 0.5:
                (survivors / name).write_bytes(content.survivor(self._chance, share))
        return survivors


class _File(FaultyFile):
    def __init__(
        self, disk: PowerLossDisk, name: str | apsw.URIFilename | None, flags: list[int], content: _Content
    ) -> None:
        self._content = content
        self._power = disk
        super().__init__(disk, name, flags)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 -- apsw's name
        if not self._disk.failed:
            self._content.write(bytes(data), offset)  # also the one during which the power fails
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 -- apsw's name
        if not self._disk.failed:
            self._content.truncate(newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 -- apsw's name
        super().xSync(flags)
        self._content.sync()
        if self.ending != ".db":
            # SQLite's VFS syncs the folder with the first sync of a new journal or log.
            self._power.link_all()
