"""What a backup says of itself: its first file, which names every other with its size and hash, in their order."""

from __future__ import annotations

import re

import msgspec

from papo.config.errors import StartError
from papo.i18n import _
from papo.server.backup import names

FORMAT = 1
"""Counts up when an older Papo could not restore what a newer one writes."""
MAX_BYTES = 256 << 20
"""Of the manifest: about 1,500,000 files. What claims to be longer is not read into memory."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file."""

    name: str
    """Its path in the data folder, with `/`."""
    bytes: int
    sha256: str
    """In lower-case hexadecimal."""
    origin: str = ""
    """Where it was, if that was not in the data folder: settings name such files."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `names.MANIFEST`, as JSON."""

    format: int = FORMAT
    papo: str
    """The version that wrote it."""
    schema: int
    """The version of its database."""
    made_at: str
    """The moment of the database, as 2026-11-21T18:04:05Z."""
    server: str
    """The server's name."""
    counts: dict[str, int]
    """What the database holds: `messages`, `accounts`, `channels`."""
    files: list[Entry]

    @property
    def total_bytes(self) -> int:
        """Of all files."""
        return sum(entry.bytes for entry in self.files)


class _Kind(msgspec.Struct, frozen=True):
    """What every later manifest has too."""

    format: int


def encode(manifest: Manifest) -> bytes:
    """As JSON. Raises StartError if there are more files than a backup can hold."""
    data = msgspec.json.encode(manifest)
    if len(data) > MAX_BYTES:
        raise StartError(_("there are {count} files, too many for a backup").format(count=len(manifest.files)))
    return data


def decode(data: bytes) -> Manifest:
    """Read and check one. Raises StartError with a sentence, without the name of the backup."""
    try:
        if msgspec.json.decode(data, type=_Kind).format > FORMAT:
            raise StartError(_("it was made by a newer Papo; install that one to restore it"))
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise StartError(_("its manifest is damaged ({reason})").format(reason=error)) from None
    _check(manifest)
    return manifest


def _check(manifest: Manifest) -> None:
    """Every name is a file's of its own, below the folder; every size is one."""
    files: set[str] = set()
    folders: set[str] = set()
    for entry in manifest.files:
        # Where names differ in case only, some file systems have one file.
        name = entry.name.casefold()
        parts = name.split("/")
        bad = (
            not names.is_safe(entry.name)
            or name == names.MANIFEST
            or entry.bytes < 0
            or not re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        )
        if bad or name in files:
            raise StartError(_("its manifest names a file that cannot be: {name}").format(name=repr(entry.name)[:120]))
        files.add(name)
        folders.update("/".join(parts[:count]) for count in range(1, len(parts)))
    if not files.isdisjoint(folders) or names.DATABASE not in files:
        raise StartError(_("its manifest does not name the files of a server"))
