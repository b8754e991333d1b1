"""Runs the checks, one after the other: a new one is a function and a row here."""

from __future__ import annotations

from collections.abc import Iterator

from papo.i18n import N_, _
from papo.server.doctor import backups, clock, database, files, place
from papo.server.doctor.check import Check, Finding, Installation

CHECKS = (
    Check("settings", place.settings, N_("the settings")),
    Check("permissions", place.permissions, N_("the data folder and who may read it")),
    Check("database", database.database, N_("the database: pages, events, indexes, records")),
    Check("uploads", files.uploads, N_("uploaded files")),
    Check("secrets", files.secrets, N_("the secret of hidden addresses and tokens")),
    Check("certificates", files.certificates, N_("the TLS certificate")),
    Check("backups", backups.backups, N_("backups on a schedule")),
    Check("copies", backups.old_copies, N_("copies from before updates")),
    Check("clock", clock.clock, N_("the clock of this machine")),
    Check("space", place.space, N_("free space of the disk")),
)
"""In the order in which they run and are printed."""


def examine(installation: Installation) -> Iterator[tuple[Check, list[Finding]]]:
    """Each check with what it found, as soon as it is done. A check that fails is a finding, not an end."""
    for check in CHECKS:
        try:
            findings = list(check.run(installation))
        except Exception as error:  # noqa: BLE001 -- on a damaged folder anything may be raised, and the rest is wanted
            reason = f"{type(error).__name__}: {error}"
            findings = [Finding("error", _("this could not be examined: {reason}").format(reason=reason))]
        yield check, findings
