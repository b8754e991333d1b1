"""Ports in memory: what the contracts ask, and nothing that lasts."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from papo.protocol.times import DAY_MS
from papo.server.delivery.ports import DATA, THUMB, Upload, UploadedFile
from papo.server.store.certificate import self_signed


class MemoryUpload:
    """An upload in a temporary folder, where pictures are cleaned."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.size = 0
        self._content = bytearray()

    def write(self, data: bytes) -> None:
        """Append."""
        self._content += data
        self.size += len(data)

    def close(self) -> None:
        """Write it out."""
        (self.folder / DATA).write_bytes(self._content)

    def discard(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


class MemoryFiles:
    """Content in a dict, as object storage would have it: `path` makes a local copy."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp())
        self._kept: dict[str, tuple[UploadedFile, dict[str, bytes]]] = {}

    async def begin(self) -> Upload:
        """A temporary folder."""
        return MemoryUpload(Path(tempfile.mkdtemp(dir=self._folder)))

    async def keep(self, upload: Upload, file: UploadedFile) -> None:
        """Take the content over."""
        paths = [upload.folder / name for name in (DATA, THUMB)]
        self._kept[file.id] = (file, {path.name: path.read_bytes() for path in paths if path.exists()})
        upload.discard()

    async def find(self, file_id: str) -> UploadedFile | None:
        """By its id."""
        kept = self._kept.get(file_id)
        return None if kept is None else kept[0]

    async def path(self, file: UploadedFile, *, thumb: bool = False) -> Path | None:
        """A copy."""
        content = self._kept.get(file.id, (file, {}))[1].get(THUMB if thumb else DATA)
        if content is None:
            return None
        copy = Path(tempfile.mkdtemp(dir=self._folder)) / "copy"
        copy.write_bytes(content)
        return copy

    async def remove(self, file: UploadedFile) -> None:
        """Forget it."""
        self._kept.pop(file.id, None)

    async def prune(self, before_ms: int) -> None:
        """Forget whole days."""
        for file, _ in tuple(self._kept.values()):
            if file.at_ms < before_ms - before_ms % DAY_MS:
                await self.remove(file)

    async def recent(self, since_ms: int) -> list[UploadedFile]:
        """By time."""
        return [file for file, _ in self._kept.values() if file.at_ms >= since_ms]

    async def free_bytes(self) -> int:
        """Plenty."""
        return 1 << 40

    async def copy_to(self, folder: Path) -> None:
        """Write them out."""
        for file, contents in self._kept.values():
            place = folder / file.id[:8] / file.id[8:]
            place.mkdir(parents=True)
            for name, content in {**contents, "about.json": msgspec.json.encode(file)}.items():
                (place / name).write_bytes(content)


class MemorySecrets:
    """Keys that everybody knows."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp())

    def key(self, purpose: str) -> bytes:
        """A digest of the purpose."""
        return hashlib.sha256(purpose.encode()).digest()

    def certificate(self, names: Sequence[str]) -> tuple[Path, Path]:
        """A real one: TLS reads files."""
        return self_signed(self._folder / "tls", names)

    def copy_to(self, folder: Path) -> None:
        """The certificate is all there is."""
        if (self._folder / "tls").exists():
            shutil.copytree(self._folder / "tls", folder / "tls")
