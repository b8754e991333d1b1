"""The client's files: read once, compressed once, under an address that changes when any of them does."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
"""What is served, by the end of its name; nothing else is."""
COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"}
_IMPORT = re.compile(r"""(?:^|[;\s])(?:import|export)\s*(?:[^'"();]*?\bfrom\s*)?["'](\.{1,2}/[^"']+)["']""")


class Asset(NamedTuple):
    """One file as it goes out."""

    content_type: str
    body: bytes
    packed: bytes | None
    """The body in gzip; None where that gains nothing."""


class Assets:
    """All files below a folder."""

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder
        self._read: dict[str, Asset] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """Every path that can be asked for, relative to the folder."""
        files = (path for path in self.folder.rglob("*") if path.is_file() and path.suffix in TYPES)
        return frozenset(path.relative_to(self.folder).as_posix() for path in files)

    @cached_property
    def version(self) -> str:
        """Changes when any file does; part of every address, so that browsers may keep files for ever."""
        digest = hashlib.sha256()
        for name in sorted(self.names):
            digest.update(name.encode() + b"\0" + (self.folder / name).read_bytes() + b"\0")
        return digest.hexdigest()[:12]

    def get(self, name: str) -> Asset | None:
        """The file of this path; None where there is none."""
        if name not in self.names:
            return None
        asset = self._read.get(name)
        if asset is None:
            path = self.folder / name
            body = path.read_bytes()
            packed = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED else None
            asset = self._read[name] = Asset(TYPES[path.suffix], body, packed)
        return asset

    def imported_by(self, name: str) -> list[str]:
        """Modules that the module needs before it can start, itself first; what is imported later is left out."""
        found = [name]
        for each in found:
            for target in _IMPORT.findall((self.folder / each).read_text(encoding="utf-8")):
                resolved = _resolve(PurePosixPath(each).parent, target)
                if resolved not in found:
                    found.append(resolved)
        return found


def _resolve(folder: PurePosixPath, target: str) -> str:
    parts = list(folder.parts)
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
