"""The sources of a command's settings: data folder, configuration file and flags."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from papo.config.load import Loaded, load
from papo.data_folder import default_path

FILE = "papo.toml"


def folder_of(chosen: argparse.Namespace) -> Path:
    """The data folder that the command line names, or the platform's."""
    return Path(chosen.data).expanduser().absolute() if chosen.data else default_path()


def read_settings(chosen: argparse.Namespace) -> Loaded:
    """The settings by this command line. Raises ConfigError."""
    overrides: dict[str, object] = {}
    if getattr(chosen, "listen", None):
        overrides["listen.at"] = chosen.listen
    if getattr(chosen, "lan", False):
        overrides["listen.lan"] = True
    if getattr(chosen, "name", None):
        overrides["server.name"] = chosen.name
    if chosen.config:
        path: Path | None = Path(chosen.config).expanduser().absolute()
    else:
        usual = folder_of(chosen) / FILE
        path = usual if _exists(usual) else None
    return load(overrides, os.environ, path)


def _exists(path: Path) -> bool:
    """Whether there is such a file; a folder that cannot be searched is reported by whoever opens it."""
    try:
        return path.exists()
    except OSError:
        return False
