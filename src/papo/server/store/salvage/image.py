"""The pages of a damaged database, with the newer ones of its write-ahead log over them.

https://www.sqlite.org/fileformat2.html, sections 1.3 and 4.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import BinaryIO

from papo.server.store import wal_file
from papo.server.store.preflight import MAGIC, wal_of

PAGE_BYTES = 4096
"""Of databases that Papo makes, for a file that does not say."""


class Image:
    """Pages by number, from 1. Reads as far as the disk lets it."""

    def __init__(self, path: Path) -> None:
        """Without a file, or without a log, there is nothing in it. Raises OSError if one cannot be opened."""
        with contextlib.ExitStack() as stack:
            self._file = stack.enter_context(_open(path))
            self._wal = stack.enter_context(_open(wal_of(path)))
            self._close = stack.pop_all().close
        self.page_bytes = self._page_bytes()
        frames = list(wal_file.read_frames(self._wal, self.page_bytes))
        self._in_wal = {frame.page: frame.at for frame in wal_file.committed(frames)}
        """Page number to its place in the log."""
        self.unused = wal_file.unused(frames)
        """Pages in the log that are damaged."""
        size = self._file.seek(0, 2)
        self.pages = max(-(-size // self.page_bytes), *self._in_wal, 0)

    def close(self) -> None:
        """Close both files."""
        self._close()

    def page(self, number: int) -> bytes:
        """A page; what cannot be read of it is zero."""
        at = self._in_wal.get(number)
        if at is not None:
            data = _read(self._wal, at, self.page_bytes)
        else:
            data = _read(self._file, (number - 1) * self.page_bytes, self.page_bytes)
        return data.ljust(self.page_bytes, b"\0")

    def _page_bytes(self) -> int:
        head = _read(self._file, 0, 18)
        size = int.from_bytes(head[16:18], "big")
        if head.startswith(MAGIC) and _is_page_size(size):
            return size
        size = int.from_bytes(_read(self._wal, 8, 4), "big")
        return size if _is_page_size(size) else PAGE_BYTES


def _open(path: Path) -> BinaryIO:
    return path.open("rb") if path.is_file() else io.BytesIO()


def _is_page_size(size: int) -> bool:
    return 512 <= size <= 32768 and not size & (size - 1)


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    """As much as the disk gives."""
    try:
        file.seek(at)
        return file.read(size)
    except OSError:
        return b""
