"""Backups on a schedule: is there one, and is it as new as the settings say."""

from __future__ import annotations

import time
from collections.abc import Iterator

from papo.i18n import _
from papo.server.backup import rotation
from papo.server.doctor.check import Finding, Installation
from papo.server.store.secret_folder import SecretFolder

LATE = 2
"""Intervals after which the newest backup is a warning: one may have been missed while the server did not run."""


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
