"""`papo demo`: a server, two clients and the web page."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path


def run(chosen: argparse.Namespace) -> int:
    """Run the demo until the user ends it. Raises StartError."""
    from papo.demo.demo import Options, run_demo

    options = Options(
        terminal=chosen.terminal,
        data=Path(chosen.data).expanduser().absolute() if chosen.data else None,
        browser=not chosen.no_browser,
    )
    return run_demo(options, functools.partial(print, flush=True))
