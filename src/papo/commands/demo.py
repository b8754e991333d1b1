"""`papo demo`: a server, two clients and the web page, each where it can be seen."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path


def run(chosen: argparse.Namespace) -> int:
    """Play until somebody ends it. Raises StartError."""
    from papo.demo.play import Wishes, play

    wishes = Wishes(
        terminal=chosen.terminal,
        data=Path(chosen.data).expanduser().absolute() if chosen.data else None,
        browser=not chosen.no_browser,
    )
    return play(wishes, functools.partial(print, flush=True))
