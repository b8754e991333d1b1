"""`papo restore`: a backup becomes a data folder; or it is listed, or everything but the last step is tried."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from papo.commands.interrupts import orderly
from papo.commands.passphrase import ask_passphrase, read_passphrase
from papo.commands.sources import folder_of
from papo.config.errors import StartError
from papo.data_folder import LOCK, InUseError, acquire
from papo.free_space import megabytes
from papo.i18n import _
from papo.sync import sync_folder

if TYPE_CHECKING:
    from papo.server.backup.manifest import Manifest

STDIN = "-"
UNFINISHED = ".restoring"
"""What the name of a folder ends in while a backup is put into it."""


def run(chosen: argparse.Namespace) -> int:
    """Do it, or list, or rehearse. Raises StartError."""
    try:
        with orderly(), _opened(chosen) as source:
            if chosen.list:
                return _list(source, chosen.file)
            if chosen.verify:
                return _rehearse(source, chosen.file)
            return _restore(source, chosen.file, folder_of(chosen))
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise StartError(_("the backup was not restored ({reason})").format(reason=reason)) from None


@contextlib.contextmanager
def _opened(chosen: argparse.Namespace) -> Iterator[BinaryIO]:
    """The backup, decrypted."""
    from papo.server.backup.archive_file import Peeked, decrypted

    with contextlib.ExitStack() as stack:
        if chosen.file == STDIN:
            file: BinaryIO = sys.stdin.buffer
        else:
            try:
                file = stack.enter_context(Path(chosen.file).expanduser().open("rb"))
            except OSError as error:
                sentence = _("{path}: the backup cannot be read ({reason})")
                raise StartError(sentence.format(path=chosen.file, reason=error.strerror)) from None
        peeked = Peeked(file)
        passphrase = ""
        if peeked.is_encrypted:
            path = chosen.passphrase_file
            passphrase = read_passphrase(path) if path else ask_passphrase(twice=False)
        yield decrypted(peeked, chosen.file, passphrase)


def _list(source: BinaryIO, name: str) -> int:
    from papo.server.backup.unpack import read_manifest

    manifest = read_manifest(source, name)
    _print_about(manifest)
    for entry in manifest.files:
        origin = f"  ({_plain(entry.origin)})" if entry.origin else ""
        print(f"{entry.bytes:>12}  {_plain(entry.name)}{origin}")
    return 0


def _print_about(manifest: Manifest) -> None:
    sentence = _("Backup of {server}, made {at} by Papo {version}; files: {count}, unpacked: {size} MB")
    print(
        sentence.format(
            server=_plain(manifest.server),
            at=_plain(manifest.made_at),
            version=_plain(manifest.papo),
            count=len(manifest.files),
            size=megabytes(manifest.total_bytes),
        )
    )


def _plain(text: str) -> str:
    """A text from a backup, as one line that no terminal obeys."""
    return "".join(each if each.isprintable() else "?" for each in text)[:100]


def _rehearse(source: BinaryIO, name: str) -> int:
    """Everything but putting it in place."""
    from papo.config import Config
    from papo.server.assembly import try_to_open

    with tempfile.TemporaryDirectory(prefix="papo-restore-") as parent:
        folder = Path(parent, "data")
        folder.mkdir(mode=0o700)
        manifest = _extract(source, name, folder)
        asyncio.run(try_to_open(Config(), folder))
    _print_about(manifest)
    _print_counts(manifest)
    print(_("Every hash is right, and a server can open the database. Nothing was put in place."))
    return 0


def _extract(source: BinaryIO, name: str, folder: Path) -> Manifest:
    """Put the files into an empty folder, and check the database. Raises StartError, OSError."""
    from papo.server.assembly import examine_database
    from papo.server.backup.names import DATABASE
    from papo.server.backup.unpack import extract

    manifest = extract(source, name, folder)
    try:
        counts = examine_database(folder / DATABASE).counts
    except StartError as error:
        raise StartError(f"{name}: {error}") from None
    if counts != manifest.counts:
        raise StartError(_("{name}: the database does not hold what the manifest says").format(name=name))
    return manifest


def _print_counts(manifest: Manifest) -> None:
    from papo.server.backup.stage import UPLOADS

    uploads = sum(entry.name.startswith(f"{UPLOADS}/") and entry.name.endswith("/data") for entry in manifest.files)
    print(
        _(
            "Messages: {messages}; accounts: {accounts}; registered channels: {channels}; uploaded files: {uploads}"
        ).format(**{"messages": 0, "accounts": 0, "channels": 0, **manifest.counts}, uploads=uploads)
    )


def _restore(source: BinaryIO, name: str, target: Path) -> int:
    """Put it in place: written into a folder beside, checked, synced, renamed."""
    _refuse_to_overwrite(target)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(target.name + UNFINISHED)
    with _locked_folder(beside):
        try:
            manifest = _extract(source, name, beside)
            for folder, _folders, _files in os.walk(beside):
                sync_folder(Path(folder))
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    try:
        if target.exists():
            target.rmdir()
        beside.rename(target)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise StartError(
            _("{path}: the folder cannot be replaced ({reason}); name one that does not exist, such as {other}").format(
                path=target, reason=error.strerror, other=target / "papo"
            )
        ) from None
    sync_folder(target.parent)
    _print_about(manifest)
    _print_counts(manifest)
    print(_("It is in {path}. Start it with: papo serve --data {path}").format(path=target))
    for entry in manifest.files:
        if entry.origin:
            sentence = _("{origin} was outside of the data folder; it is now in {path}")
            print(sentence.format(origin=_plain(entry.origin), path=target / entry.name))
    return 0


def _refuse_to_overwrite(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise StartError(_("{path}: this is not a folder; name another with --data").format(path=target))
    if target.is_dir() and any(target.iterdir()):
        raise StartError(
            _("{path}: there is something in this folder, and nothing is overwritten; name another with --data").format(
                path=target
            )
        )


@contextlib.contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    """An empty folder with our lock; what a restore that was killed has left there is deleted, nothing else."""
    if os.path.lexists(folder) and (folder.is_symlink() or not (folder / LOCK).is_file()) and not _is_empty(folder):
        raise StartError(_("{path}: this is in the way; move it away").format(path=folder))
    try:
        with acquire(folder):
            for path in folder.iterdir():
                if path.name == LOCK:
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            yield
    except InUseError:
        raise StartError(_("{path}: another restore is under way there").format(path=folder)) from None


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())
