"""Settings and data folder: are they valid, is it there, who may read it, is there space."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from papo.i18n import _
from papo.private_file import is_open_to_others
from papo.server.doctor.check import Finding, Installation

USED = (
    "papo.db",
    "papo.db-wal",
    "papo.db-shm",
    "secret",
    "control.json",
    "control.sock",
    "papo.lock",
    "tls",
    "uploads",
)
"""What the server reads and writes, of what may be in the folder."""


def settings(installation: Installation) -> Iterator[Finding]:
    """A server can start with them."""
    if installation.mistake:
        yield Finding("error", installation.mistake)


def permissions(installation: Installation) -> Iterator[Finding]:
    """The folder is there, can be written, and is its owner's alone."""
    folder = installation.folder
    if not folder.is_dir():
        sentence = _("{path}: there is no such folder; name the data folder with --data")
        yield Finding("error", sentence.format(path=folder))
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        sentence = _("{path}: this user may not write here; check its owner and permissions")
        yield Finding("error", sentence.format(path=folder))
        return
    for path in (folder / name for name in USED):
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            sentence = _("{path}: this user may not read and write it; check its owner and permissions")
            yield Finding("error", sentence.format(path=path))
    # What is in a folder of it needs no look: it is as closed as that folder.
    for path in sorted(folder.iterdir()) if _may_be_entered(folder) else ():
        if _is_open(path):
            sentence = _('{path}: other users of this machine can read it; run "chmod go= {path}"')
            yield Finding("warning", sentence.format(path=path))


def _may_be_entered(folder: Path) -> bool:
    """Whether others may enter the folder; if not, the modes of what is in it do not matter."""
    return os.name != "nt" and bool(folder.stat().st_mode & 0o011)


def _is_open(path: Path) -> bool:
    try:
        return is_open_to_others(path)
    except FileNotFoundError:  # a server that is running has deleted it meanwhile
        return False


def space(installation: Installation) -> Iterator[Finding]:
    """The disk has room for some time."""
    if not installation.folder.is_dir():
        return
    free = shutil.disk_usage(installation.folder).free
    if free < installation.config.history.warn_free_bytes:
        sentence = _("{path}: only {count} MB of the disk are free; messages are refused when it is full")
        yield Finding("warning", sentence.format(path=installation.folder, count=free >> 20))
