"""`papo salvage`: make a new data folder of what can be read of a damaged one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from papo.commands.interrupts import orderly
from papo.commands.sources import folder_of, usable
from papo.config.errors import StartError
from papo.data_folder import is_in_use
from papo.i18n import _

if TYPE_CHECKING:
    from papo.server.salvage import Salvaged

LOST = 1
"""Exit code if the new folder works, and something is known to be lost."""


def run(chosen: argparse.Namespace) -> int:
    """Say what was brought out and what was not. Raises StartError."""
    from papo.server.salvage import salvage

    folder = folder_of(chosen)
    new = usable(Path(chosen.to))
    if is_in_use(folder):
        raise StartError(_("{path}: a server uses this folder; stop it first").format(path=folder))
    with orderly():
        found = salvage(folder, new)
    _tell(found)
    print(_('{path} is a data folder that works: see "papo doctor --data {path}"').format(path=new))
    return 0 if found.is_whole else LOST


def _tell(found: Salvaged) -> None:
    report = found.report
    rows = report.rows
    print(
        _("Brought out: events: {events}, accounts and other records: {records}, uploads: {uploads}.").format(
            events=rows.get("events", 0), records=rows.get("records", 0), uploads=found.uploads
        )
    )
    if found.is_whole:
        print(_("Nothing is known to be lost."))
        return
    lost = (
        (_("events that are missing: {count}"), report.missing),
        (_("rows that are not as they were stored: {count}"), sum(report.wrong.values())),
        (_("pages and rows that cannot be read: {count}"), report.unreadable),
        (_("uploads that are damaged: {count}"), found.lost_uploads),
    )
    print(_("Not brought out, as far as it is known:"))
    for sentence, count in lost:
        if count:
            print("  " + sentence.format(count=count))
    if found.is_secret_new:
        print(_("The secret was lost, and a new one made: hidden addresses, bans of them and tokens change."))
