"""The sources of a command's settings: data folder, configuration file and flags."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from papo.config.errors import StartError
from papo.config.load import Loaded, load
from papo.data_folder import default_path
from papo.i18n import _

FILE = "papo.toml"


def folder_of(chosen: argparse.Namespace) -> Path:
    """The data folder that the command line names, or the platform's. Raises StartError."""
    return usable(Path(chosen.data)) if chosen.data else usable(default_path())


def usable(folder: Path) -> Path:
    """The whole path of a data folder. Raises StartError if its name is not UTF-8: SQLite could not open it."""
    path = folder.expanduser().absolute()
    try:
        str(path).encode()
    except UnicodeEncodeError:
        sentence = _("{path}: this name is not valid UTF-8, and cannot be that of a data folder; choose another")
        raise StartError(sentence.format(path=path)) from None
    return path


def read_settings(chosen: argparse.Namespace) -> Loaded:
    """The settings by this command line. Raises StartError."""
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
