"""The port `Files` on a folder: one subfolder for each uploaded file, whole or not there.

`uploads/20261121/<id>/` holds `data`, `about.json` and, for pictures, `thumb.webp`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from papo.i18n import _
from papo.private_file import copy_file
from papo.server.delivery import ports
from papo.server.delivery.ports import DATA, THUMB, UploadedFile
from papo.sync import sync_file, sync_folder

ID = re.compile(r"(\d{8})[A-Za-z0-9_-]{22}")
DAY = re.compile(r"\d{8}")
ABOUT = "about.json"


class FolderUpload:
    """Implements `delivery.ports.Upload`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.size = 0
        self._file: BinaryIO = (folder / DATA).open("wb")

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)

    def close(self) -> None:
        """Sync it to the disk, and close it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        with suppress(OSError):  # `close` writes what a full disk has refused once more
            self._file.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class FileFolder:
    """Implements `delivery.ports.Files`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._new = folder / ".new"
        shutil.rmtree(self._new, ignore_errors=True)  # what a crash has cut off
        self._copies: set[Path] = set()
        """Folders that `copy_to` is filling."""

    async def begin(self) -> ports.Upload:
        return await asyncio.to_thread(self._begin)

    def _begin(self) -> FolderUpload:
        folder = self._new / secrets.token_hex(16)
        folder.mkdir(parents=True, mode=0o700)
        return FolderUpload(folder)

    async def keep(self, upload: ports.Upload, file: UploadedFile) -> None:
        """Written beside the others, synced, and renamed."""
        await asyncio.to_thread(self._keep, upload.folder, file)

    def _keep(self, folder: Path, file: UploadedFile) -> None:
        for name in (DATA, THUMB):
            path = folder / name
            if path.exists():
                sync_file(path)
        with (folder / ABOUT).open("wb") as about:
            about.write(msgspec.json.encode(file))
            about.flush()
            os.fsync(about.fileno())
        place = self._place(file.id)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_folder(folder)
        folder.rename(place)
        try:
            for each in (place.parent, self.folder, self.folder.parent):
                sync_folder(each)
        except OSError:
            shutil.rmtree(place, ignore_errors=True)  # its sender is told that it is not kept
            raise

    async def find(self, file_id: str) -> UploadedFile | None:
        return _read(self._place(file_id) / ABOUT) if ID.fullmatch(file_id) else None

    async def path(self, file: UploadedFile, *, thumb: bool = False) -> Path | None:
        path = self._place(file.id) / (THUMB if thumb else DATA)
        return path if path.is_file() else None

    async def remove(self, file: UploadedFile) -> None:
        await asyncio.to_thread(self._remove, self._place(file.id))

    def _remove(self, place: Path) -> None:
        for copy in tuple(self._copies):
            with suppress(OSError):  # a copy that cannot be made must not keep a file
                link_upload(place, copy / place.parent.name / place.name)
        shutil.rmtree(place, ignore_errors=True)

    async def prune(self, before_ms: int) -> None:
        await asyncio.to_thread(self._prune, _day(before_ms))

    def _prune(self, before: str) -> None:
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if DAY.fullmatch(path.name) and path.name < before:
                for place in path.iterdir() if self._copies else ():
                    self._remove(place)
                shutil.rmtree(path, ignore_errors=True)

    async def copy_to(self, folder: Path) -> None:
        self._copies.add(folder)
        linking = asyncio.ensure_future(asyncio.to_thread(link_uploads, self.folder, folder))
        try:
            await asyncio.shield(linking)
        finally:
            # If it was cancelled, nobody must delete the folder while the thread goes on filling it.
            await asyncio.wait([linking])
            self._copies.discard(folder)

    async def recent(self, since_ms: int) -> list[UploadedFile]:
        return await asyncio.to_thread(self._recent, since_ms)

    def _recent(self, since_ms: int) -> list[UploadedFile]:
        first = _day(since_ms)
        found = (
            _read(path)
            for day in (self.folder.iterdir() if self.folder.is_dir() else ())
            if DAY.fullmatch(day.name) and day.name >= first
            for path in day.glob(f"*/{ABOUT}")
        )
        return [file for file in found if file is not None and file.at_ms >= since_ms]

    async def free_bytes(self) -> int:
        """Free space of the disk that holds the folder."""
        return await asyncio.to_thread(self._free_bytes)

    def _free_bytes(self) -> int:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self.folder).free

    def _place(self, file_id: str) -> Path:
        return self.folder / file_id[:8] / file_id[8:]


def upload_folders(folder: Path) -> list[Path]:
    """The folders of all uploads, whole or not."""
    return [
        place
        for day in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if DAY.fullmatch(day.name) and day.is_dir()
        for place in sorted(day.iterdir())
        if place.is_dir()
    ]


def fault_of(place: Path) -> str:
    """Why an upload is not what was sent; "" if it is, as far as its description says."""
    try:
        about = msgspec.json.decode((place / ABOUT).read_bytes(), type=UploadedFile)
        size = (place / DATA).stat().st_size
    except (OSError, msgspec.MsgspecError) as error:
        return str(error)
    if about.id != place.parent.name + place.name:
        return _("it is in the place of another")
    return "" if about.bytes == size else _("it has another length")


def link_uploads(source: Path, folder: Path) -> None:
    """Put every whole upload of a folder into another one, as `Files.copy_to`. Raises OSError."""
    for day in source.iterdir() if source.is_dir() else ():
        if DAY.fullmatch(day.name):
            with suppress(FileNotFoundError):  # pruned meanwhile
                for place in day.iterdir():
                    link_upload(place, folder / day.name / place.name)


def link_upload(place: Path, copy: Path) -> None:
    """Hard links to the files of one upload, or copies where there are no links. Raises OSError."""
    # An upload that is removed meanwhile has been linked before by whoever removes it.
    for name in (DATA, THUMB, ABOUT):
        with suppress(FileNotFoundError, FileExistsError):
            source = place / name
            if stat.S_ISREG(source.lstat().st_mode):
                copy.mkdir(parents=True, exist_ok=True, mode=0o700)
                try:
                    os.link(source, copy / name)
                except (FileNotFoundError, FileExistsError):
                    raise
                except OSError:  # another file system, or one without hard links
                    copy_file(source, copy / name)


def _day(at_ms: int) -> str:
    return f"{dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC):%Y%m%d}"


def _read(path: Path) -> UploadedFile | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=UploadedFile)
    except (OSError, msgspec.DecodeError):
        return None
