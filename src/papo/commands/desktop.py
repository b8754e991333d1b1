"""`papo desktop`: the client with a window."""

from __future__ import annotations

import argparse
import importlib.util
import sys

from papo.client.address import NotAnAddressError
from papo.i18n import _


def run(chosen: argparse.Namespace) -> int:
    """Show the window until it is closed; 2 where that is not possible."""
    if importlib.util.find_spec("PySide6") is None:
        sys.stderr.write(_('papo: the window needs PySide6; install it with: pip install "papo[desktop]"') + "\n")
        return 2
    from papo.desktop import program

    try:
        return program.run(chosen.url or "", chosen.nick or "", chosen.join or "")
    except NotAnAddressError as error:
        sys.stderr.write(f"papo: {error}\n")
        return 2
