"""The clock of this machine, by what the server has stored and by the times of its files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec

from papo.i18n import _
from papo.protocol.times import DAY_MS
from papo.server.actions.clock import AHEAD, BEHIND
from papo.server.delivery.clock import PLAUSIBLE_MS
from papo.server.doctor.check import Finding, Installation
from papo.server.store import preflight
from papo.server.store.database import open_to_read
from papo.server.world.records import ClockRecord

SLACK_MS = 60_000


def clock(installation: Installation) -> Iterator[Finding]:
    """It is neither far from the time at which the server ran last, nor behind what is stored."""
    path = installation.folder / "papo.db"
    if not installation.folder.is_dir() or preflight.is_new(path):
        return
    now_ms = int(time.time() * 1000)
    try:
        connection = open_to_read(path)
    except ValueError:
        return  # the check of the database says why
    try:
        newest: Any = connection.execute("SELECT at_ms FROM events ORDER BY id DESC LIMIT 1").fetchone()
        record: Any = connection.execute("SELECT body FROM records WHERE kind = 'clock'").fetchone()
    finally:
        connection.close()
    newest_ms = now_ms if newest is None else newest[0]
    believed_ms = newest_ms if record is None else msgspec.json.decode(record[0], type=ClockRecord).believed_ms
    days = abs(now_ms - believed_ms) // DAY_MS
    if abs(now_ms - believed_ms) > PLAUSIBLE_MS:
        yield Finding("warning", _(AHEAD if now_ms > believed_ms else BEHIND).format(days=days))
    elif newest_ms > now_ms + SLACK_MS:
        ahead_ms = newest_ms - now_ms
        if ahead_ms < 2 * DAY_MS:
            sentence = _("the newest message is {minutes} minutes ahead of the clock of this machine; check the clock")
        else:
            sentence = _("the newest message is {days} days ahead of the clock of this machine; check the clock")
        yield Finding("warning", sentence.format(minutes=ahead_ms // 60_000, days=ahead_ms // DAY_MS))
    changed_ms = max((int(file.stat().st_mtime * 1000) for file in installation.folder.glob("papo.db*")), default=0)
    if changed_ms > now_ms + SLACK_MS:
        ahead_ms = changed_ms - now_ms
        if ahead_ms < 2 * DAY_MS:
            sentence = _("the database was written {minutes} minutes from now, by its file's time; check the clock")
        else:
            sentence = _("the database was written {days} days from now, by its file's time; check the clock")
        yield Finding("warning", sentence.format(minutes=ahead_ms // 60_000, days=ahead_ms // DAY_MS))
