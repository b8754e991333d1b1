"""The files of the web client: read once, compressed once, at an address that changes if any of them does."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from papo.protocol import data

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
"""Content types by suffix; a file of any other is not served."""
COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"}
_IMPORT = re.compile(r"""(?:^|[;\s])(?:import|export)\s*(?:[^'"();]*?\bfrom\s*)?["'](\.{1,2}/[^"']+)["']""")


class Asset(NamedTuple):
    """A file as it is sent."""

    content_type: str
    body: bytes
    packed: bytes | None
    """The body in gzip; None if that gains nothing."""


class Assets:
    """All files below a folder, and from `papo.protocol.data` the icons, and the tables as the modules `data/NAME.js`.

    They are modules and not JSON because not every browser imports JSON. The names of emoji, which the page fetches
    when it needs them, are JSON.
    """

    def __init__(self, folder: Path = STATIC, tables: Path = data.FOLDER) -> None:
        self.folder = folder
        self.tables = tables
        self._assets: dict[str, Asset] = {}
        self._imports: dict[str, list[str]] = {}

    @cached_property
    def _paths(self) -> dict[str, Path]:
        files = (path for path in self.folder.rglob("*") if path.is_file() and path.suffix in TYPES)
        paths = {path.relative_to(self.folder).as_posix(): path for path in files}
        tables = {f"data/{path.stem}.js": path for path in self.tables.glob("*.json")}
        emoji = {f"data/emoji/{path.name}": path for path in self.tables.glob("emoji/*.json")}
        icons = {f"icons/{path.name}": path for path in self.tables.glob("icons/*.svg")}
        return paths | tables | emoji | icons

    @property
    def names(self) -> AbstractSet[str]:
        """Every path that can be asked for, relative to the folder."""
        return self._paths.keys()

    @cached_property
    def version(self) -> str:
        """A hash of all files; part of every address, so that browsers may keep files for ever."""
        digest = hashlib.sha256()
        for name in sorted(self.names):
            digest.update(name.encode() + b"\0" + self._body(name) + b"\0")
        return digest.hexdigest()[:12]

    def _body(self, name: str) -> bytes:
        path = self._paths[name]
        body = path.read_bytes()
        return b"export default " + body.strip() + b";\n" if path.suffix != PurePosixPath(name).suffix else body

    def get(self, name: str) -> Asset | None:
        """The file at this path; None if there is none."""
        if name not in self.names:
            return None
        asset = self._assets.get(name)
        if asset is None:
            suffix = PurePosixPath(name).suffix
            body = self._body(name)
            packed = gzip.compress(body, 9, mtime=0) if suffix in COMPRESSED else None
            asset = self._assets[name] = Asset(TYPES[suffix], body, packed)
        return asset

    def imported_by(self, name: str) -> list[str]:
        """Modules that the module needs before it can start, itself first; dynamic imports are not among them.

        Found out once: it takes 10 ms of reading, and every request for the page asks.
        """
        if name not in self._imports:
            self._imports[name] = self._find_imports(name)
        return self._imports[name]

    def _find_imports(self, name: str) -> list[str]:
        found = [name]
        for module in found:
            for target in _IMPORT.findall(self._body(module).decode()):
                resolved = _resolve(PurePosixPath(module).parent, target)
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
