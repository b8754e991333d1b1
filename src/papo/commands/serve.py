"""`papo serve`: settings, data folder, then the server."""

from __future__ import annotations

import argparse

from papo.commands.sources import folder_of, read_settings
from papo.data_folder import acquire


def run(chosen: argparse.Namespace) -> int:
    """Serve until a signal. Raises StartError for everything that can be put into one sentence."""
    loaded = read_settings(chosen)
    with acquire(folder_of(chosen)) as folder:
        from papo.server import app

        return app.run(loaded, folder.path)
