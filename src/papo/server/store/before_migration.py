"""A copy of the database as it was, before a newer Papo changes its tables: the way back if that was a mistake."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import apsw

from papo.i18n import _
from papo.server.store import preflight, schema
from papo.server.store.database_copy import check_space, copy_whole
from papo.sync import sync_folder

log = logging.getLogger(__name__)

_NAME = re.compile(r"-before-\d+\.db")


def keep_copy(connection: apsw.Connection, path: Path) -> None:
    """Copy a database of an older version beside itself, and delete the copies of earlier updates.

    Raises ValueError with a sentence if there is no space, or the disk refuses; the database is as it was then.
    """
    have, wanted = schema.first(connection, "PRAGMA user_version"), len(schema.files())
    if not have or have >= wanted:
        return
    copy = path.with_name(f"{path.stem}-before-{wanted}.db")
    # An update that was cut off after its first steps goes on: the copy from before them is the one to keep.
    if not (copy.exists() and preflight.read_header(copy).user_version < have):
        try:
            check_space(path, path.parent)
            copy_whole(connection, copy)
            sync_folder(path.parent)
        except OSError as error:
            sentence = _("{path} is to be brought to a new version, and cannot be copied before ({reason})")
            raise ValueError(sentence.format(path=path, reason=error.strerror or error)) from error
    for old in copies(path):
        if old != copy:
            old.unlink()
    log.info(
        "%s is brought from version %d to %d; as it is now, it is kept in %s until the next time. To go back: stop "
        "Papo, move that copy over %s, delete %s-wal and %s-shm, and install the Papo from before",
        path, have, wanted, copy, path.name, path.name, path.name,
    )  # fmt: skip


def copies(path: Path) -> list[Path]:
    """The copies beside a database: one, or one more while it is replaced."""
    start = path.stem
    return [
        each
        for each in path.parent.iterdir()
        if each.name.startswith(start) and _NAME.fullmatch(each.name[len(start) :])
    ]
