"""Writes a backup: a gzipped tar archive of a folder, its manifest first."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from papo import __version__
from papo.config.errors import StartError
from papo.i18n import _
from papo.server.backup import manifest as manifests
from papo.server.backup import names, tar
from papo.server.backup.manifest import Entry, Manifest

LEVEL = 1
"""Of gzip: the fastest. The next ones take twice the time for a few per cent."""


def describe(
    folder: Path, *, server: str, schema: int, counts: Mapping[str, int], made_at_s: float, origins: Mapping[str, str]
) -> Manifest:
    """The manifest of a folder that nobody changes. `origins`: name to its former place. Raises OSError, StartError."""
    found = sorted(_names(folder), key=lambda name: (name.startswith("uploads/"), name))
    return Manifest(
        papo=__version__,
        schema=schema,
        made_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made_at_s)),
        server=server,
        counts=dict(counts),
        files=[_entry(folder, name, origins.get(name, "")) for name in found],
    )


def _names(folder: Path) -> list[str]:
    found = []
    for parent, _folders, files in os.walk(folder):
        for each in files:
            path = Path(parent, each)
            name = path.relative_to(folder).as_posix()
            if not names.is_safe(name) or not stat.S_ISREG(path.lstat().st_mode):
                raise StartError(_("{path}: a file of such a name or kind cannot be in a backup").format(path=path))
            found.append(name)
    return found


def _entry(folder: Path, name: str, origin: str) -> Entry:
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Entry(name, file.tell(), digest, origin)


def write(folder: Path, manifest: Manifest, out: BinaryIO) -> None:
    """Write the archive. Raises OSError, ValueError if a file is another than the manifest says."""
    data = manifests.encode(manifest)
    at_s = int(time.time())
    with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=out, mtime=0) as packed:
        tar.write_file(packed, names.MANIFEST, len(data), at_s, io.BytesIO(data))
        for entry in manifest.files:
            with (folder / entry.name).open("rb") as content:
                tar.write_file(packed, entry.name, entry.bytes, at_s, content)
        tar.write_end(packed)
