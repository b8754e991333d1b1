"""The web page in the user's browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from papo.demo.terminals import SCREEN


def has_screen(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether there is a screen for a browser; `platform` as in `sys.platform`."""
    return platform in {"win32", "darwin"} or any(environ.get(variable) for variable in SCREEN)


def open_page(url: str) -> subprocess.Popen[bytes]:
    """Start a process that opens the page.

    `webbrowser.open` runs in its own process, without our terminal: if there is no other browser, it runs one in the
    terminal and waits for its end.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "webbrowser", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
