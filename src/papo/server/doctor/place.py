"""Settings and data folder: are they valid, is it there, who may read it, is there space."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from papo.i18n import _
from papo.server.doctor.check import Finding, Installation

PRIVATE = ("papo.db", "papo.db-wal", "papo.db-shm", "secret", "control.json", "papo.lock", "tls", "uploads")
"""What nobody but the server's user should read."""


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
    for name in PRIVATE:
        path = folder / name
        if not path.exists():
            continue
        if not os.access(path, os.R_OK | os.W_OK):
            sentence = _("{path}: this user may not read and write it; check its owner and permissions")
            yield Finding("error", sentence.format(path=path))
        elif os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077 and _is_open(folder):
            sentence = _('{path}: other users of this machine can read it; run "chmod go= {path}"')
            yield Finding("warning", sentence.format(path=path))


def _is_open(folder: Path) -> bool:
    """Whether others may enter the folder; if not, the modes of what is in it do not matter."""
    return bool(stat.S_IMODE(folder.stat().st_mode) & 0o011)


def space(installation: Installation) -> Iterator[Finding]:
    """The disk has room for some time."""
    if not installation.folder.is_dir():
        return
    free = shutil.disk_usage(installation.folder).free
    if free < installation.config.history.warn_free_bytes:
        sentence = _("{path}: only {count} MB of the disk are free; messages are refused when it is full")
        yield Finding("warning", sentence.format(path=installation.folder, count=free >> 20))
