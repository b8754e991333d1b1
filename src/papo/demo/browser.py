"""The web page in the user's browser, where there is a screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from papo.demo.terminals import SCREEN


def has_screen(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether a browser has somewhere to be shown; `platform` as in `sys.platform`."""
    return platform in {"win32", "darwin"} or any(environ.get(variable) for variable in SCREEN)


def open_page(url: str) -> subprocess.Popen[bytes]:
    """Start what opens the page.

    `webbrowser.open` runs in a process of its own, without our terminal: where there is no other browser it takes one
    that runs in a terminal, and waits for its end.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "webbrowser", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
