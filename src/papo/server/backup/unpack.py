"""Reads a backup, which may be damaged or made to do harm: every byte is checked before it is believed."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from papo import free_space
from papo.config.errors import StartError
from papo.i18n import _
from papo.private_file import create
from papo.server.backup import manifest as manifests
from papo.server.backup import names, tar
from papo.server.backup.manifest import Entry, Manifest
from papo.server.backup.tar import Member, NotTarError


def read_manifest(source: BinaryIO, name: str) -> Manifest:
    """The manifest alone; the rest is not read. `name` is the backup's, for the sentence. Raises StartError."""
    with sentences(name):
        return _manifest(tar.read_files(_unzipped(source)))


def check(source: BinaryIO, name: str) -> Manifest:
    """Read all of it and compare every hash. Raises StartError."""
    with sentences(name):
        members = tar.read_files(_unzipped(source))
        manifest = _manifest(members)
        for entry, member in _pairs(manifest, members):
            _copy(entry, member, None)
        return manifest


def extract(source: BinaryIO, name: str, folder: Path) -> Manifest:
    """Put its files into an empty folder, synced, each compared with its hash.

    Raises StartError, and OSError if the disk refuses; then the folder holds a part of them. They are not begun where
    they do not fit.
    """
    with sentences(name):
        members = tar.read_files(_unzipped(source))
        manifest = _manifest(members)
        free_space.require(folder.parent, manifest.total_bytes)
        for entry, member in _pairs(manifest, members):
            path = folder / entry.name
            _make_folders(folder, entry.name)
            # The manifest's names are checked, and the folder is new: nothing can be there, no link either.
            with create(path) as out:
                _copy(entry, member, out)
                out.flush()
                os.fsync(out.fileno())
        return manifest


def _make_folders(folder: Path, name: str) -> None:
    """Make those that a file is in; `parents=True` would let others read the upper ones."""
    for part in name.split("/")[:-1]:
        folder /= part
        folder.mkdir(mode=0o700, exist_ok=True)


def _unzipped(source: BinaryIO) -> tar.Reader:
    return gzip.GzipFile(fileobj=source, mode="rb")


@contextmanager
def sentences(name: str) -> Iterator[None]:
    """Every error as a sentence that begins with the backup's name."""
    try:
        yield
    except StartError as error:
        raise StartError(f"{name}: {error}") from None
    except gzip.BadGzipFile as error:
        raise StartError(
            _("{name}: this is no backup, or it is damaged ({reason})").format(name=name, reason=error)
        ) from None
    except (NotTarError, EOFError, zlib.error) as error:
        raise StartError(
            _("{name}: this backup is damaged or incomplete ({reason}); take another one").format(
                name=name, reason=error
            )
        ) from None


def _manifest(members: Iterator[Member]) -> Manifest:
    member = next(members, None)
    if member is None or member.name != names.MANIFEST:
        raise StartError(_("this is no backup of Papo: it does not begin with {file}").format(file=names.MANIFEST))
    if member.size > manifests.MAX_BYTES:
        raise StartError(_("its manifest is damaged ({reason})").format(reason=f"{member.size} B"))
    return manifests.decode(b"".join(member.content))


def _pairs(manifest: Manifest, members: Iterator[Member]) -> Iterator[tuple[Entry, Member]]:
    """What the manifest says of each file, and the file. Raises NotTarError unless they are the same, to the end."""
    for entry in manifest.files:
        member = next(members, None)
        if member is None:
            raise NotTarError(_("{name} is missing").format(name=entry.name))
        if (member.name, member.size) != (entry.name, entry.bytes):
            raise NotTarError(_("{name} is not what its manifest names").format(name=repr(member.name)))
        yield entry, member
    extra = next(members, None)
    if extra is not None:
        raise NotTarError(_("{name} is not in its manifest").format(name=repr(extra.name)))


def _copy(entry: Entry, member: Member, out: BinaryIO | None) -> None:
    digest = hashlib.sha256()
    for chunk in member.content:
        digest.update(chunk)
        if out is not None:
            out.write(chunk)
    if digest.hexdigest() != entry.sha256:
        raise NotTarError(_("{name} has another hash").format(name=entry.name))
