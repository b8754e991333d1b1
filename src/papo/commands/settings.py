"""`papo config show`, `papo config check` and `papo config default`."""

from __future__ import annotations

import argparse

from papo.commands.sources import read_settings
from papo.i18n import _


def run(chosen: argparse.Namespace) -> int:
    """Run an action of `papo config`. Raises ConfigError."""
    from papo.config import text

    if chosen.action == "default":
        print(text.default_file(), end="")
        return 0
    loaded = read_settings(chosen)
    if chosen.action == "show":
        print(text.show(loaded), end="")
        return 0
    from papo.server import closed_listeners, named_files

    named_files.check(loaded.config)
    warning = closed_listeners.warning(loaded.config)
    if warning:
        print(_("warning: {sentence}").format(sentence=warning))
    if loaded.path is not None:
        print(_("The settings are valid ({path}).").format(path=loaded.path))
    else:
        print(_("The settings are valid (no configuration file)."))
    return 0
