"""The part of tar that a backup needs: plain files with short names, one after the other, in a stream.

`tar xzf` reads what this writes. What this reads is what it writes: no links, devices, folders or extended headers, of
which each is a way to write outside the folder or to fill the memory (Python's `tarfile` knows them all).
POSIX.1-1988 ustar headers; sizes from 8 GiB on as GNU tar writes them.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Protocol

from papo.i18n import _
from papo.server.backup.names import MAX_BYTES

BLOCK = 512
CHUNK_BYTES = 1 << 20
END_BYTES = 20 * BLOCK
"""Zeros at the end, at most: GNU tar fills up to so many."""


class NotTarError(Exception):
    """The stream is not what `write_file` makes: damaged, cut off, or made to do harm."""


class Reader(Protocol):
    """What can be read from."""

    def read(self, size: int, /) -> bytes:
        """As `BinaryIO.read`."""


class Writer(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> object:
        """As `BinaryIO.write`."""


class Member(NamedTuple):
    """A file in the stream, at its first byte."""

    name: str
    size: int
    content: Iterator[bytes]
    """Its bytes, to be read before the next member. Raises NotTarError if the stream ends before."""


def write_file(out: Writer, name: str, size: int, at_s: int, content: BinaryIO) -> None:
    """Append a file. Raises ValueError if the content has another size, or the name does not fit."""
    out.write(header(name, size, at_s))
    left = size
    while left and (chunk := content.read(min(left, CHUNK_BYTES))):
        out.write(chunk)
        left -= len(chunk)
    if left or content.read(1):
        raise ValueError(_("{name} has changed meanwhile").format(name=name))
    out.write(bytes(-size % BLOCK))


def write_end(out: Writer) -> None:
    """Append the end of the archive."""
    out.write(bytes(2 * BLOCK))


def header(name: str, size: int, at_s: int) -> bytes:
    """One block."""
    if len(name.encode()) > MAX_BYTES:
        raise ValueError(_("{name} is longer than {count} bytes").format(name=name, count=MAX_BYTES))
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, at_s, 0o600
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def read_files(stream: Reader) -> Iterator[Member]:
    """The files, one after the other, up to the end of the stream. Raises NotTarError."""
    while True:
        block = read_exactly(stream, BLOCK)
        if not any(block):
            break
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeError, ValueError) as error:
            raise NotTarError(_("a header is damaged: {reason}").format(reason=error)) from None
        if info.type != tarfile.REGTYPE or info.size < 0:
            raise NotTarError(_("{name} is not a plain file").format(name=repr(info.name)))
        content = _content(stream, info.size)
        yield Member(info.name, info.size, content)
        for _chunk in content:
            pass  # what was not asked for
    rest = stream.read(END_BYTES + 1)
    if any(rest) or not BLOCK <= len(rest) <= END_BYTES:
        raise NotTarError(_("there is something after its end") if any(rest) else _("its end is damaged"))


def _content(stream: Reader, size: int) -> Iterator[bytes]:
    left = size
    while left:
        chunk = read_exactly(stream, min(left, CHUNK_BYTES))
        left -= len(chunk)
        yield chunk
    read_exactly(stream, -size % BLOCK)


def read_exactly(stream: Reader, size: int) -> bytes:
    """So many bytes. Raises NotTarError if there are fewer."""
    parts = []
    left = size
    while left:
        chunk = stream.read(left)
        if not chunk:
            raise NotTarError(_("it is cut off"))
        parts.append(chunk)
        left -= len(chunk)
    return b"".join(parts)
