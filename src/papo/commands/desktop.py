"""`papo desktop`: the client with a window."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Mapping

from papo.client.address import NotAnAddressError
from papo.i18n import _


def run(chosen: argparse.Namespace) -> int:
    """Show the window until it is closed; 2 if that is not possible."""
    if importlib.util.find_spec("PySide6") is None:
        sys.stderr.write(_('papo: the window needs PySide6; install it with: pip install "papo[desktop]"') + "\n")
        return 2
    if not has_screen(sys.platform, os.environ):
        sys.stderr.write(_("papo: there is no screen here to show a window on; use papo chat") + "\n")
        return 2
    try:
        from papo.desktop import program
    except ImportError as error:
        # Qt needs libraries of the system that a machine without a screen may lack.
        sys.stderr.write(
            _("papo: the window cannot be shown here ({reason}); use papo chat").format(reason=error) + "\n"
        )
        return 2
    try:
        return program.run(chosen.url or "", chosen.nick or "", chosen.join or "")
    except NotAnAddressError as error:
        sys.stderr.write(f"papo: {error}\n")
        return 2


def has_screen(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether there is a screen; without one, Qt aborts the process. `platform` is as in `sys.platform`."""
    if platform in {"win32", "darwin"} or environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
