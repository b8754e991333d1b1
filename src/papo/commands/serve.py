"""`papo serve`: the server."""

from __future__ import annotations

import argparse
import logging

from papo.commands.sources import folder_of, read_settings
from papo.data_folder import acquire
from papo.server import signals

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
"""contrib/fail2ban reads it too."""


def run(chosen: argparse.Namespace) -> int:
    """Serve until a signal. Raises StartError."""
    signals.hold()
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    loaded = read_settings(chosen)
    with acquire(folder_of(chosen)) as folder:
        from papo.server import app

        return app.run(loaded, folder.path, new=chosen.new)
