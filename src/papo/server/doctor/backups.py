"""Backups on a schedule, and copies from before updates: is there one, is it new enough, has one been forgotten."""

from __future__ import annotations

import time
from collections.abc import Iterator

from papo.i18n import _
from papo.server.backup import rotation
from papo.server.doctor.check import Finding, Installation
from papo.server.store.before_migration import copies
from papo.server.store.secret_folder import SecretFolder

LATE = 2
"""Intervals after which the newest backup is a warning: one may have been missed while the server did not run."""


KEPT_DAYS = 30
"""After so long, an update has proved itself."""


def old_copies(installation: Installation) -> Iterator[Finding]:
    """No copy from before an update has been forgotten."""
    for path in copies(installation.folder / "papo.db") if installation.folder.is_dir() else ():
        made_s = path.stat().st_mtime
        if time.time() - made_s > KEPT_DAYS * 86_400:
            sentence = _(
                "{path} is from before the update of {day}, with all that was deleted since; delete it if all is well"
            )
            yield Finding("warning", sentence.format(path=path, day=time.strftime("%Y-%m-%d", time.localtime(made_s))))


def backups(installation: Installation) -> Iterator[Finding]:
    """There is one that is not old; nothing is asked if the settings want none."""
    settings = installation.config.backup
    if not settings.every or not (installation.folder / "secret").is_file():
        return
    folder = rotation.folder_of(settings, installation.folder)
    own_mark = rotation.mark(SecretFolder(installation.folder, new=False).key("backup"))
    now_s = time.time()
    newest_s = rotation.newest_s(folder, own_mark, now_s)
    if newest_s is None:
        sentence = _("{path}: there is no backup of this server; its log says why")
        yield Finding("warning", sentence.format(path=folder))
    elif now_s - newest_s > LATE * rotation.interval_s(settings.every):
        sentence = _("{path}: the newest backup is of {day}, and the settings want one every {every}; the log says why")
        day = time.strftime("%Y-%m-%d", time.localtime(newest_s))
        yield Finding("warning", sentence.format(path=folder, day=day, every=settings.every))
