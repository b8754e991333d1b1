"""Where the settings of a command are: its data folder, its file, its flags."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from papo.config.load import Loaded, load
from papo.data_folder import usual_path

FILE = "papo.toml"


def folder_of(chosen: argparse.Namespace) -> Path:
    """The data folder of the command line, or the platform's."""
    return Path(chosen.data).expanduser().absolute() if chosen.data else usual_path()


def read_settings(chosen: argparse.Namespace) -> Loaded:
    """The settings as this command line sees them. Raises ConfigError."""
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
        path = usual if usual.exists() else None
    return load(overrides, os.environ, path)
