"""Tests of the window paint into memory; without Qt they are left out."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from papo.i18n import choose

if TYPE_CHECKING:
    from desktop_screen import DesktopScreen

os.environ["QT_QPA_PLATFORM"] = "offscreen"
try:
    importlib.import_module("PySide6.QtWidgets")
except ImportError:
    # An extra, `papo[desktop]`; and Qt draws with libraries that a system without a screen may lack.
    if os.environ.get("PAPO_NEEDS_BROWSER"):
        raise
    collect_ignore_glob = ["test_desktop_[!c]*.py", "test_desktop_composer.py"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Run every test in English."""
    choose({"LANG": "en_GB.UTF-8"})
    yield
    choose({"LANG": "en_GB.UTF-8"})


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[DesktopScreen]:
    """A window in a channel with two messages."""
    from desktop_screen import HISTORY, desktop_screen

    with desktop_screen(tmp_path) as made:
        made.connect(history=HISTORY)
        yield made
