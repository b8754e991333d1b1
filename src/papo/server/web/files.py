"""The files that people sent, on disk: one folder each, whole or not there. It knows no HTTP.

`uploads/20261121/<id>/` holds `data`, `about.json` and, of pictures, `thumb.webp`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import secrets
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from papo.server.web.images import clean
from papo.server.web.sniff import HEAD_BYTES, PICTURES, sniff

ID = re.compile(r"(\d{8})[A-Za-z0-9_-]{22}")
DAY_MS = 86_400_000
DATA, THUMB, ABOUT = "data", "thumb.webp", "about.json"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file."""

    id: str
    name: str
    type: str
    """Media type, as its content says."""
    bytes: int
    by: str
    """Identity of who sent it (`world.user.User.identity`)."""
    payer: str
    """Whose daily share it counts against: an account, or a guest's address."""
    conversation: str = ""
    """Where it was sent, as `events.MessageSent.conversation`; "" for nowhere: whoever has the link may read it."""
    history_scope: int = 0
    """As `events.MessageSent.history_scope`."""
    at_ms: int
    width: int = 0
    height: int = 0
    """Pixels of a picture; 0 for anything else."""


class NotTaken(Exception):
    """The content is of no kind that is taken here."""


class Upload:
    """A file that is coming in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bytes = 0
        self.head = b""
        self._file: BinaryIO = (folder / DATA).open("wb")

    def write(self, data: bytes) -> None:
        """Add to it; blocks. Raises OSError."""
        if len(self.head) < HEAD_BYTES:
            self.head += data[: HEAD_BYTES - len(self.head)]
        self._file.write(data)
        self.bytes += len(data)

    def close(self) -> None:
        """Put it on the disk; blocks. Raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Leave nothing behind; blocks."""
        with suppress(OSError):  # what a full disk did not take is tried once more by `close`
            self._file.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Files:
    """All files of a server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._new = folder / ".new"
        self._used: dict[str, list[tuple[int, int]]] | None = None
        """Payer to (time, bytes) of the last day; read from the disk when first needed."""
        self._first = threading.Lock()
        """Held while it is read: the first uploads may begin in several threads."""

    async def begin(self) -> Upload:
        """A place for a new file. Raises OSError."""
        return await asyncio.to_thread(self._begin)

    def _begin(self) -> Upload:
        with self._first:
            if self._used is None:
                shutil.rmtree(self._new, ignore_errors=True)  # of uploads that a crash cut off
                self._used = self._read_used()
        folder = self._new / secrets.token_hex(16)
        folder.mkdir(parents=True, mode=0o700)
        return Upload(folder)

    def _read_used(self) -> dict[str, list[tuple[int, int]]]:
        used: dict[str, list[tuple[int, int]]] = {}
        today = dt.datetime.now(dt.UTC).date()
        for day in (today - dt.timedelta(days=1), today):
            for path in self.folder.glob(f"{day:%Y%m%d}/*/{ABOUT}"):
                about = _read(path)
                if about is not None:
                    used.setdefault(about.payer, []).append((about.at_ms, about.bytes))
        return used

    def reserve(self, payer: str, size: int, now_ms: int, limit: int) -> bool:
        """Count bytes against a person's day; False, and nothing counted, where they are too many."""
        assert self._used is not None
        mine = self._used.setdefault(payer, [])
        mine[:] = [(at_ms, each) for at_ms, each in mine if at_ms > now_ms - DAY_MS]
        if sum(each for _, each in mine) + size > limit:
            return False
        mine.append((now_ms, size))
        return True

    def settle(self, payer: str, reserved: int, used: int, at_ms: int) -> None:
        """Count what was used in place of what was reserved, even where it is more."""
        assert self._used is not None
        mine = self._used.setdefault(payer, [])
        if (at_ms, reserved) in mine:
            mine.remove((at_ms, reserved))
        if used:
            mine.append((at_ms, used))

    async def finish(self, upload: Upload, about: About) -> About:
        """Keep it; returns what is known now. Raises NotTaken, BadPicture, OSError; the caller discards it then."""
        await asyncio.to_thread(upload.close)
        kind = sniff(upload.head, whole=upload.bytes <= HEAD_BYTES)
        if kind is None:
            raise NotTaken
        about = msgspec.structs.replace(about, type=kind, bytes=upload.bytes)
        if kind in PICTURES:
            raw = upload.folder / "raw"
            (upload.folder / DATA).rename(raw)
            width, height = await clean(raw, upload.folder / DATA, upload.folder / THUMB)
            raw.unlink()
            size = (upload.folder / DATA).stat().st_size
            about = msgspec.structs.replace(about, width=width, height=height, bytes=size)
        await asyncio.to_thread(self._settle, upload, about)
        return about

    def _settle(self, upload: Upload, about: About) -> None:
        for name in (DATA, THUMB):
            path = upload.folder / name
            if path.exists():
                with path.open("r+b") as file:  # Windows syncs only what may be written
                    os.fsync(file.fileno())
        with (upload.folder / ABOUT).open("wb") as file:
            file.write(msgspec.json.encode(about))
            file.flush()
            os.fsync(file.fileno())
        place = self._place(about.id)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        upload.folder.rename(place)

    def find(self, file_id: str) -> About | None:
        """What is known of a file; None where there is none of this id, whatever it looks like."""
        if not ID.fullmatch(file_id):
            return None
        return _read(self._place(file_id) / ABOUT)

    def path(self, about: About, *, thumb: bool = False) -> Path:
        """Where its content is."""
        return self._place(about.id) / (THUMB if thumb else DATA)

    def remove(self, about: About) -> None:
        """Delete it; blocks."""
        shutil.rmtree(self._place(about.id), ignore_errors=True)

    def prune(self, before: dt.date) -> int:
        """Delete the files of days before this one; blocks. Returns of how many days."""
        count = 0
        if not self.folder.is_dir():
            return 0
        for path in self.folder.iterdir():
            if re.fullmatch(r"\d{8}", path.name) and path.name < f"{before:%Y%m%d}":
                shutil.rmtree(path, ignore_errors=True)
                count += 1
        return count

    def free_bytes(self) -> int:
        """Of the disk; blocks, shortly."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self.folder).free

    def _place(self, file_id: str) -> Path:
        return self.folder / file_id[:8] / file_id[8:]


def new_id(at_ms: int) -> str:
    """The day, and 128 bits that nobody guesses."""
    day = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
    return f"{day:%Y%m%d}{secrets.token_urlsafe(16)}"


def _read(path: Path) -> About | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=About)
    except (OSError, msgspec.DecodeError):
        return None
