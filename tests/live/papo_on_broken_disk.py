"""`papo` on a disk that fails as a file says: `python papo_on_broken_disk.py FILE serve …`.

The file holds `-wal` or `.db`, the ending of what cannot be synced, or `full`; without it the disk is well. Beside it,
`FILE.syncs` gets a line for every sync that is asked for.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import apsw
from broken_disk import BrokenDisk

from papo import cli
from papo.server import assembly
from papo.server.store.sqlite import SqliteStore


class SwitchedDisk(BrokenDisk):
    """A disk whose health is a file's content."""

    def __init__(self, switch: Path) -> None:
        super().__init__()
        self._switch = switch
        self._syncs = Path(f"{switch}.syncs").open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 -- for ever

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 -- apsw's name
        """Open a file that looks at the switch before it writes or syncs."""
        file = super().xOpen(name, flags)
        sync, write = file.xSync, file.xWrite

        def look_and_sync(flags: int) -> None:
            self._look()
            try:
                sync(flags)
            finally:
                self._syncs.write(f"{self.syncs[-1]}\n")

        def look_and_write(data: bytes, offset: int) -> None:
            self._look()
            write(data, offset)

        file.xSync, file.xWrite = look_and_sync, look_and_write  # type: ignore[method-assign]
        return file

    def _look(self) -> None:
        state = self._switch.read_text(encoding="utf-8") if self._switch.exists() else ""
        self.full = state == "full"
        self.failing = "" if self.full else state


if __name__ == "__main__":
    disk = SwitchedDisk(Path(sys.argv[1]))
    vars(assembly)["SqliteStore"] = functools.partial(SqliteStore, vfs=disk.name)
    sys.exit(cli.main(sys.argv[2:]))
