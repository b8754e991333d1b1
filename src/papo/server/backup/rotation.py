"""The backups that a server makes on a schedule: their names, which is the newest, which go."""

from __future__ import annotations

import calendar
import re
import time
from pathlib import Path
from typing import NamedTuple

from papo.config import Backup
from papo.lock import acquire

_NAME = re.compile(r"papo-[A-Za-z0-9.-]{1,63}-([0-9a-f]{8})-(\d{8}T\d{6}Z)\.tar\.gz(?:\.age)?(\.new)?")
FOLDER = "backups"
"""Where they are, in the data folder, if the settings name no other place."""
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "": 0}


class Made(NamedTuple):
    """A backup."""

    at_s: int
    """When it was begun, by the clock of then."""
    path: Path


def interval_s(text: str) -> int:
    """Seconds of a setting such as `24h`; 0 for ""."""
    return int(text[:-1] or 0) * UNITS_S[text[-1:]]


def folder_of(settings: Backup, data: Path) -> Path:
    """Where the backups of a data folder are."""
    return Path(settings.to).expanduser() if settings.to else data / FOLDER


def mark(key: bytes) -> str:
    """What the names of one data folder's backups have in common. `key`: a secret of that folder (`Secrets.key`)."""
    return key[:4].hex()


def name_of(server: str, own_mark: str, at_s: float, *, encrypted: bool) -> str:
    """The name of a new one."""
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at_s))
    return f"papo-{server}-{own_mark}-{at}.tar.gz" + (".age" if encrypted else "")


def made(folder: Path, own_mark: str, now_s: float) -> list[Made]:
    """Those that are there, oldest first. One from the future was made by a wrong clock, and counts as the oldest."""
    found = [Made(at_s, path) for path, at_s, unfinished in _with_mark(folder, own_mark) if not unfinished]
    return sorted(found, key=lambda each: (each.at_s <= now_s, each))


def newest_s(folder: Path, own_mark: str, now_s: float) -> float | None:
    """When the newest was made; None if there is none."""
    found = [each.at_s for each in made(folder, own_mark, now_s) if each.at_s <= now_s]
    return found[-1] if found else None


def delete_old(folder: Path, own_mark: str, keep: int, now_s: float) -> list[Path]:
    """Delete all but the newest, and what killed backups have left; returns what was deleted. Raises OSError.

    Names of another data folder's backups have another mark; no other file is touched.
    """
    gone = [each.path for each in made(folder, own_mark, now_s)[: -max(1, keep)]]
    gone += [path for path, _at_s, unfinished in _with_mark(folder, own_mark) if unfinished and not _is_locked(path)]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def time_of(name: str, own_mark: str) -> tuple[int, bool] | None:
    """(seconds since 1970, whether it is still written) that a name tells; None if it has another mark or form."""
    match = _NAME.fullmatch(name)
    if match is None or match[1] != own_mark:
        return None
    try:
        return calendar.timegm(time.strptime(match[2], "%Y%m%dT%H%M%SZ")), bool(match[3])
    except ValueError:  # the 99th of a month
        return None


def _with_mark(folder: Path, own_mark: str) -> list[tuple[Path, int, bool]]:
    """(path, time, whether it is still written) of every file with this mark."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        told = time_of(path.name, own_mark)
        if told is not None and path.is_file() and not path.is_symlink():
            found.append((path, *told))
    return found


def _is_locked(path: Path) -> bool:
    """Whether somebody writes it now."""
    try:
        with path.open("r+b") as file:
            acquire(file)
    except OSError:
        return True
    return False
