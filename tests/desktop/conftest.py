"""Tests of the window draw into memory; without Qt there is nothing to test."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator

import pytest

from papo.i18n import choose

os.environ["QT_QPA_PLATFORM"] = "offscreen"
try:
    importlib.import_module("PySide6.QtWidgets")
except ImportError:
    # An extra, `papo[desktop]`; and Qt draws with libraries that a system without a screen may lack.
    if os.environ.get("PAPO_NEEDS_BROWSER"):
        raise
    collect_ignore = ["test_desktop_live.py", "test_desktop_rows.py", "test_window.py"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Every test begins in English, and leaves it so."""
    choose({"LANG": "en_GB.UTF-8"})
    yield
    choose({"LANG": "en_GB.UTF-8"})
