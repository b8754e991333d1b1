"""The file of a write-ahead log, read without SQLite: damage, and what a power loss has left, are told apart.

https://www.sqlite.org/fileformat2.html, section 4.
"""

from __future__ import annotations

import array
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

WAL_HEADER, FRAME_HEADER = 32, 24
LITTLE, BIG = 0x377F0682, 0x377F0683
VERSION = 3007000
_ALL = 0xFFFFFFFF
_GROWTH = 1 << 20
"""Pages by which one log can make a database larger."""


class Frame(NamedTuple):
    """A page in a write-ahead log."""

    page: int
    pages: int
    """Size of the database after the transaction that this frame ends; 0 if it does not end one."""
    at: int
    """Where its page begins in the file."""
    is_ours: bool
    """Whether it has the salts of this run of the log, or its checksum continues one that has."""
    is_whole: bool
    """Whether its checksum is right."""
    is_read: bool
    """Whether SQLite takes it, if it takes all before."""


def read_frames(wal: BinaryIO, page_bytes: int) -> Iterator[Frame]:
    """All frames, oldest first, those too that are left from earlier runs. Ends where the disk does not let it read.

    A frame's checksum goes on from the one before, which is stored too: behind a damaged frame the next can be
    verified again, although SQLite itself stops there.
    """
    header = _read(wal, 0, WAL_HEADER)
    if len(header) < WAL_HEADER:
        return
    is_header_whole = size_of(wal) == page_bytes
    salts = header[16:24] if is_header_whole else _read(wal, WAL_HEADER + 8, 8)
    is_big = int.from_bytes(header[:4], "big") == BIG
    last, at, is_ours = header[24:32], WAL_HEADER, True
    while True:
        head = _read(wal, at, FRAME_HEADER)
        if len(head) < FRAME_HEADER:
            return
        is_whole, has_salts = False, head[8:16] == salts
        if has_salts or is_ours:  # else it is of an earlier run, and left unread
            data = _read(wal, at + FRAME_HEADER, page_bytes)
            if len(data) < page_bytes:
                return
            is_whole = checksum(head[:8] + data, last, is_big=is_big) == head[16:24]
        is_ours = has_salts or (is_ours and is_whole)
        page, pages = struct.unpack(">II", head[:8])
        is_read = is_header_whole and has_salts and is_whole and page > 0
        yield Frame(page, pages, at + FRAME_HEADER, is_ours, is_whole, is_read)
        last = head[16:24]
        at += FRAME_HEADER + page_bytes


def size_of(wal: BinaryIO) -> int:
    """The size of its pages; 0 if its header is not whole: SQLite then takes it for empty."""
    header = _read(wal, 0, WAL_HEADER)
    return int.from_bytes(header[8:12], "big") if _is_header_whole(header) else 0


def committed(frames: list[Frame]) -> Iterator[Frame]:
    """Those that are whole, up to the end of the last transaction."""
    waiting: list[Frame] = []
    for frame in frames:
        if frame.is_ours and frame.is_whole and frame.page:
            waiting.append(frame)
            if frame.pages:
                yield from waiting
                waiting = []


def readable(frames: list[Frame]) -> list[Frame]:
    """Those that SQLite reads."""
    end = 0
    for at, frame in enumerate(frames, 1):
        if not frame.is_read:
            break
        end = at if frame.pages else end
    return frames[:end]


def is_damaged(wal: BinaryIO, frames: list[Frame], database: BinaryIO, page_bytes: int, *, is_synced: bool) -> bool:
    """Whether SQLite would leave out of a log what was committed, and no power loss explains it.

    `is_synced`: each commit was synced before the next began. Then only the last transaction can be torn, and what is
    broken before the end of a later one is damage. Only a whole end counts as that: what a transaction has left that
    was rolled back has none.
    """
    if size_of(wal) != page_bytes:
        # The header was torn while the log began again, when all of it was in the database; or it is damaged.
        return any(
            _read(wal, frame.at, page_bytes) != _read(database, (frame.page - 1) * page_bytes, page_bytes)
            for frame in _newest(frames)
        )
    broken = next((at for at, frame in enumerate(frames) if not frame.is_read), len(frames))
    most = max((frame.pages for frame in frames[:broken]), default=0) or database.seek(0, 2) // page_bytes
    has_ended = False
    for frame in frames[broken:]:
        if has_ended and frame.is_ours and frame.is_whole and frame.pages:
            return is_synced
        # The end of the broken transaction need not be whole. Garbage has an unlikely size.
        has_ended = has_ended or (frame.is_ours and 0 < frame.page <= frame.pages <= most + _GROWTH)
    return False


def unused(frames: list[Frame]) -> int:
    """How many frames of this run cannot be used: before the end of the last transaction, or all if there is none."""
    whole = [frame.is_ours and frame.is_whole for frame in frames]
    last = max((at for at, frame in enumerate(frames, 1) if frame.pages and whole[at - 1]), default=0)
    return whole[:last].count(False) if last else sum(frame.is_ours for frame in frames)


def checksum(data: bytes, start: bytes, *, is_big: bool) -> bytes:
    """Of so many bytes, a multiple of 8, that follow what has the checksum `start`."""
    words = array.array("I", data)
    if is_big != (sys.byteorder == "big"):
        words.byteswap()
    one, two = struct.unpack(">II", start)
    pairs = iter(words)
    for left, right in zip(pairs, pairs, strict=True):
        one = (one + left + two) & _ALL
        two = (two + right + one) & _ALL
    return struct.pack(">II", one, two)


def _newest(frames: list[Frame]) -> list[Frame]:
    """The last frame of each page that the database has after all transactions."""
    found = list(committed(frames))
    pages = found[-1].pages if found else 0
    return [frame for frame in {frame.page: frame for frame in found}.values() if frame.page <= pages]


def _is_header_whole(header: bytes) -> bool:
    if len(header) < WAL_HEADER:
        return False
    magic, version = struct.unpack(">II", header[:8])
    is_ours = magic in {LITTLE, BIG} and version == VERSION
    return is_ours and checksum(header[:24], bytes(8), is_big=magic == BIG) == header[24:32]


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    """As much as the disk gives."""
    try:
        file.seek(at)
        return file.read(size)
    except OSError:
        return b""
