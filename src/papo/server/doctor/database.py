"""The database: every page, row, index and record, beside a running server too."""

from __future__ import annotations

from collections.abc import Iterator

from papo.i18n import _
from papo.server.doctor.check import Finding, Installation
from papo.server.store import integrity, preflight
from papo.server.store.database import open_to_read


def database(installation: Installation) -> Iterator[Finding]:
    """The file is whole and ours, and everything in it can be read."""
    path = installation.folder / "papo.db"
    if not installation.folder.is_dir():
        return
    try:
        preflight.refuse_what_is_missing(installation.folder)
        if preflight.is_new(path):
            sentence = _("{path}: there is no data of a server here; name its folder with --data")
            yield Finding("error", sentence.format(path=installation.folder))
            return
        if not installation.running:
            # A running server may be writing its log into the file.
            preflight.inspect(path, installation.config.history.durability)
        connection = open_to_read(path)
    except ValueError as error:
        yield Finding("error", str(error))
        return
    try:
        wrong = integrity.pages(connection)
        for part in integrity.check(connection):
            wrong += part.wrong
    finally:
        connection.close()
    for reason in dict.fromkeys(wrong):
        yield Finding("error", str(preflight.damaged(path, reason)))
