"""`papo doctor`: examine the data folder and the settings, beside a running server or without one."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from papo.commands.sources import folder_of, read_settings
from papo.config.errors import ConfigError
from papo.data_folder import is_in_use
from papo.i18n import _

if TYPE_CHECKING:
    from papo.server.doctor.check import Check, Finding, Installation

HAS_ERRORS = 1
"""Exit code if there is an error; warnings alone are 0."""


def run(chosen: argparse.Namespace) -> int:
    """Print each check with what it found."""
    from papo.server.doctor.examine import examine

    installation = _installation(chosen)
    if not chosen.json:
        state = _("a server uses it") if installation.running else _("no server uses it")
        print(_("The data folder is {path}; {state}.").format(path=installation.folder, state=state))
    results = []
    for check, findings in examine(installation):
        results.append((check, findings))
        if not chosen.json:
            _print_check(check, findings)
    count = sum(found.level == "error" for _check, findings in results for found in findings)
    if chosen.json:
        print(_as_json(installation, results))
    elif count:
        print(_("Errors: {count}").format(count=count))
    else:
        print(_("No errors."))
    return HAS_ERRORS if count else 0


def _installation(chosen: argparse.Namespace) -> Installation:
    from papo.config import Config
    from papo.server import named_files
    from papo.server.doctor.check import Installation

    folder = folder_of(chosen)
    config, mistake = Config(), ""
    try:
        config = read_settings(chosen).config
        named_files.check(config)
    except ConfigError as error:
        mistake = str(error)
    return Installation(folder, config, mistake, is_in_use(folder))


def _print_check(check: Check, findings: list[Finding]) -> None:
    words = {"error": _("ERROR"), "warning": _("warning")}
    worst = min((found.level for found in findings), default="")  # "error" sorts before "warning"
    print(f"{words.get(worst, _('ok')):<9} {_(check.about)}", flush=True)
    for found in findings:
        print(f"{'':<9} {words[found.level]}: {found.text}", flush=True)


def _as_json(installation: Installation, results: list[tuple[Check, list[Finding]]]) -> str:
    """One object: the folder, whether a server runs, whether all is well, and every check with its findings."""
    checks = [
        {"name": check.name, "about": _(check.about), "findings": [found._asdict() for found in findings]}
        for check, findings in results
    ]
    ok = not any(found.level == "error" for _check, findings in results for found in findings)
    return json.dumps(
        {"folder": str(installation.folder), "running": installation.running, "ok": ok, "checks": checks},
        ensure_ascii=False,
        indent=1,
    )
