"""Looks at the files of a database before SQLite opens them: a few hundred bytes, and the log that a crash has left.

SQLite opens nearly everything: a missing file is a new database, half a file is a whole one until the other half is
asked for, another program's database gets our tables. https://www.sqlite.org/fileformat2.html, sections 1.3 and 4.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from pathlib import Path
from typing import NamedTuple

from papo.i18n import _
from papo.server.store import wal_file

MAGIC = b"SQLite format 3\0"
_HEADER = 100


class Damaged(ValueError):
    """The database cannot be used as it is. The text is one sentence that says what is wrong and what to do."""


class Header(NamedTuple):
    """What the first 100 bytes of a database say."""

    page_bytes: int
    pages: int
    """Size of the database; 0 if it does not say."""
    user_version: int
    application_id: int


def advice(path: Path) -> str:
    """What can be done about damage."""
    return _(
        'move {folder} away and restore a backup ("papo restore FILE --data {folder}"), or bring out what can be read '
        'with "papo salvage --data {folder} --to NEW-DIR"'
    ).format(folder=path.parent)


def damaged(path: Path, reason: str) -> Damaged:
    """The error for this reason, with what can be done."""
    return Damaged(_("{path} is damaged: {reason}; {advice}").format(path=path, reason=reason, advice=advice(path)))


def is_new(path: Path) -> bool:
    """Whether there is nothing yet: no file, or an empty one. Raises Damaged for what is no readable file."""
    if path.is_symlink() and not path.exists():
        sentence = _("{path} is a link to {target}, where nothing is: is that disk mounted?")
        raise Damaged(sentence.format(path=path, target=path.readlink()))
    if not path.exists():
        return True
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise Damaged(_("{path} is not a file; move it away, or choose another folder with --data").format(path=path))
    if not found.st_mode & stat.S_IWUSR or not os.access(path, os.R_OK | os.W_OK):
        sentence = _('{path} cannot be written; check its owner, and run "chmod u+rw {path}"')
        raise Damaged(sentence.format(path=path))
    if found.st_size:
        return False
    if has_wal(path):
        raise damaged(path, _("it is empty, and its write-ahead log is not"))
    return True


def refuse_what_is_missing(folder: Path) -> None:
    """Raise Damaged if a folder that was used has lost its database, or its secret or uploads cannot be read."""
    database, secret, uploads = folder / "papo.db", folder / "secret", folder / "uploads"
    if is_new(database) and (secret.exists() or uploads.exists()):
        sentence = _(
            "{path} is missing or empty, but the folder has been used: put it back, move {folder} away and restore a "
            'backup ("papo restore FILE --data {folder}"), or start with an empty server by "papo serve --new --data '
            '{folder}"'
        )
        raise Damaged(sentence.format(path=database, folder=folder))
    if secret.is_file() and not os.access(secret, os.R_OK):
        sentence = _("{path} cannot be read ({reason}); check its owner and permissions")
        raise Damaged(sentence.format(path=secret, reason=os.strerror(errno.EACCES)))
    if os.path.lexists(uploads) and not (uploads.is_dir() and os.access(uploads, os.R_OK | os.W_OK | os.X_OK)):
        sentence = _("{path} is not a folder that this user may read and write; check its owner and permissions")
        raise Damaged(sentence.format(path=uploads))


def inspect(path: Path, durability: str = "power-loss") -> None:
    """Raise Damaged if the file at `path`, or its write-ahead log, is not whole. They are only read.

    `durability`: with which the server has run.
    """
    journal = path.with_name(path.name + "-journal")
    if journal.exists() and journal.stat().st_size:
        return  # the power failed while the file was made: SQLite makes it empty again
    try:
        header = read_header(path)
    except Damaged:
        if _has_first_page(wal_of(path)):
            return  # the power failed while it was copied from the log: SQLite reads it there
        raise
    have = path.stat().st_size // header.page_bytes
    frames = _inspect_wal(path, header.page_bytes, durability) if has_wal(path) else []
    pages = frames[-1].pages if frames else header.pages
    if pages > have:
        # What a crash kept from the file is in the log; without it, it is gone.
        missing = len({*range(have + 1, pages + 1)} - {frame.page for frame in frames})
        if missing:
            reason = _("it was cut off, and {missing} of its {pages} pages are gone")
            raise damaged(path, reason.format(pages=pages, missing=missing))


def _inspect_wal(path: Path, page_bytes: int, durability: str) -> list[wal_file.Frame]:
    """What SQLite reads of the log of a database. Raises Damaged."""
    with wal_of(path).open("rb") as wal, path.open("rb") as database:
        if wal_file.size_of(wal) not in {0, page_bytes}:
            sentence = _("{path} is the log of another database; put back the one that belongs here, or move it away")
            raise Damaged(sentence.format(path=wal_of(path)))
        frames = list(wal_file.read_frames(wal, page_bytes))
        if wal_file.is_damaged(wal, frames, database, page_bytes, is_synced=durability == "power-loss"):
            raise damaged(path, _("its write-ahead log is broken before its end"))
    return wal_file.readable(frames)


def read_header(path: Path) -> Header:
    """The header of a database. Raises Damaged."""
    with path.open("rb") as file:
        data = file.read(_HEADER)
    if len(data) < _HEADER or not data.startswith(MAGIC):
        raise damaged(path, _("its beginning is not that of a database"))
    page_bytes = int.from_bytes(data[16:18], "big")
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    counter, pages = struct.unpack(">II", data[24:32])
    valid_for = int.from_bytes(data[92:96], "big")
    if page_bytes < 512 or page_bytes & (page_bytes - 1) or data[21:24] != b"\x40\x20\x20":
        raise damaged(path, _("its beginning is not that of a database"))
    if data[18] > 2 or data[19] > 2 or int.from_bytes(data[56:60], "big") not in {0, 1}:
        raise damaged(path, _("it is in a format that Papo does not write"))
    return Header(
        page_bytes,
        pages if counter == valid_for else 0,
        int.from_bytes(data[60:64], "big"),
        int.from_bytes(data[68:72], "big"),
    )


def wal_of(path: Path) -> Path:
    """The write-ahead log of a database."""
    return path.with_name(path.name + "-wal")


def has_wal(path: Path) -> bool:
    """Whether there is something in a database's write-ahead log."""
    wal = wal_of(path)
    return wal.exists() and wal.stat().st_size > wal_file.WAL_HEADER


def _has_first_page(wal: Path) -> bool:
    """Whether a transaction in the log has written the page with the header."""
    if not wal.exists():
        return False
    with wal.open("rb") as file:
        page_bytes = wal_file.size_of(file)
        frames = list(wal_file.read_frames(file, page_bytes)) if page_bytes else []
    return any(frame.page == 1 for frame in wal_file.readable(frames))
