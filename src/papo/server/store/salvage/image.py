"""The pages of a damaged database, with the newer ones of its write-ahead log over them.

https://www.sqlite.org/fileformat2.html, sections 1.3 and 4.
"""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from papo.server.store.preflight import MAGIC, wal_of

PAGE_BYTES = 4096
"""Of databases that Papo makes, for a file that does not say."""
_WAL_HEADER, _FRAME_HEADER = 32, 24
_LITTLE, _BIG = 0x377F0682, 0x377F0683
_ALL = 0xFFFFFFFF


class Image:
    """Pages by number, from 1. Reads as far as the disk lets it."""

    def __init__(self, path: Path) -> None:
        """Without a file, or without a log, there is nothing in it. Raises OSError if one cannot be opened."""
        with contextlib.ExitStack() as stack:
            self._file = stack.enter_context(_open(path))
            self._wal = stack.enter_context(_open(wal_of(path)))
            self._close = stack.pop_all().close
        self.page_bytes = self._page_bytes()
        self._in_wal = dict(self._frames())
        """Page number to its place in the log."""
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

    def _frames(self) -> Iterator[tuple[int, int]]:
        """(page, its place) of each frame that is whole, up to the end of the last transaction.

        A frame's checksum goes on from the one before, which is stored too: behind a damaged frame the next can be
        verified again, although SQLite itself would stop there.
        """
        wal = self._wal
        header = _read(wal, 0, _WAL_HEADER)
        if len(header) < _WAL_HEADER:
            return
        magic, _version, size = struct.unpack(">III", header[:12])
        if magic not in {_LITTLE, _BIG} or size != self.page_bytes:
            return
        words = f"{'>' if magic == _BIG else '<'}{(8 + size) // 4}I"
        salts, last = header[16:24], struct.unpack(">II", header[24:32])
        waiting: list[tuple[int, int]] = []
        at = _WAL_HEADER
        while True:
            frame = _read(wal, at, _FRAME_HEADER + size)
            if len(frame) < _FRAME_HEADER + size or frame[8:16] != salts:
                return
            stored = struct.unpack(">II", frame[16:24])
            if _checksum(struct.unpack(words, frame[:8] + frame[_FRAME_HEADER:]), last) == stored:
                waiting.append((int.from_bytes(frame[:4], "big"), at + _FRAME_HEADER))
                if frame[4:8] != bytes(4):  # it ends a transaction
                    yield from waiting
                    waiting = []
            last = stored
            at += _FRAME_HEADER + size


def _open(path: Path) -> BinaryIO:
    return path.open("rb") if path.is_file() else io.BytesIO()


def _is_page_size(size: int) -> bool:
    return 512 <= size <= 32768 and not size & (size - 1)


def _checksum(words: tuple[int, ...], start: tuple[int, ...]) -> tuple[int, int]:
    one, two = start
    for at in range(0, len(words), 2):
        one = (one + words[at] + two) & _ALL
        two = (two + words[at + 1] + one) & _ALL
    return one, two


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    """As much as the disk gives."""
    try:
        file.seek(at)
        return file.read(size)
    except OSError:
        return b""
